/** Which specification belongs to a model, and one with working defaults where there is none. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { defaultSpecification, SPECIFICATION_LIMIT } from '../core/convert/specification.ts';
import { isObject, parseJsonWithComments } from '../core/formats/json.ts';
import { readNpyHeader } from '../core/formats/npy.ts';
import { MODEL_JSON_LIMIT, readTfjsInputShape } from '../core/formats/tfjs.ts';
import { openFile, readTextFile } from './files.ts';
import { writeWhole } from './write.ts';

const ending = '.spikewise.json';
/** A folder with more files than this is not searched for sample data. */
const mostCandidates = 100;

export function isSpecification(file: string): boolean {
  return file.endsWith(ending);
}

/**
 * Specifications in the model's folder that name it. Where none does, those of which nobody can tell
 * because they are damaged: converting one says what is wrong with it.
 */
export async function findSpecifications(modelFile: string): Promise<string[]> {
  const folder = path.dirname(modelFile);
  const found: string[] = [];
  const damaged: string[] = [];
  for (const name of await list(folder)) {
    if (!isSpecification(name)) continue;
    const file = path.join(folder, name);
    const model = await modelOf(file);
    if (model === null) damaged.push(file);
    else if (path.resolve(folder, model) === path.resolve(modelFile)) found.push(file);
  }
  return found.length > 0 ? found : damaged;
}

/** What a specification names as its model, whether or not it is valid otherwise. */
async function modelOf(file: string): Promise<string | null> {
  const role = { code: 'specification-invalid', place: { file: 'specification', path: [] } } as const;
  const text = await readTextFile(file, role, SPECIFICATION_LIMIT).catch(() => '');
  const parsed = parseJsonWithComments(text);
  const model = 'value' in parsed && isObject(parsed.value) ? parsed.value['model'] : null;
  return typeof model === 'string' ? model : null;
}

export interface GuessedData {
  /** Absolute paths. */
  readonly inputs: string | null;
  readonly labels: string | null;
}

/** The first .npy file of a folder whose samples fit the model, and the first that fits as its labels. */
export async function guessData(
  folder: string,
  inputShape: readonly (number | null)[],
): Promise<GuessedData> {
  const names = (await list(folder)).filter((name) => name.endsWith('.npy')).slice(0, mostCandidates);
  const shapes = await Promise.all(names.map((name) => shapeOf(path.join(folder, name))));
  const candidates = names.map((name, n) => ({ file: path.join(folder, name), shape: shapes[n] }));
  const inputs = candidates.find(({ shape }) => shape && fits(shape, inputShape));
  const samples = inputs?.shape?.[0];
  const labels = candidates.find(
    ({ file, shape }) => file !== inputs?.file && shape?.[0] === samples && shape?.length === 1,
  );
  return { inputs: inputs?.file ?? null, labels: (inputs && labels?.file) ?? null };
}

function fits(shape: readonly number[], wanted: readonly (number | null)[]): boolean {
  return (
    shape.length === wanted.length + 1 &&
    wanted.every((size, axis) => size === null || size === shape[axis + 1])
  );
}

async function shapeOf(file: string): Promise<readonly number[] | undefined> {
  const role = { code: 'data-unreadable', place: { file: 'inputs', path: [] } } as const;
  return openFile(file, role)
    .then((source) => readNpyHeader(source))
    .then(({ shape }) => shape)
    .catch(() => undefined);
}

async function list(folder: string): Promise<string[]> {
  return (await readdir(folder).catch(() => [])).sort();
}

/**
 * Writes NAME.spikewise.json beside a model, NAME being its folder's name.
 * @param inputs absolute path of the sample data; guessed from the folder's .npy files where left out
 * @returns the file, or null where no sample data were found and nothing was written
 * @throws InputFault where the model is unreadable
 */
export async function writeDefaultSpecification(modelFile: string, inputs?: string): Promise<string | null> {
  const folder = path.dirname(path.resolve(modelFile));
  const role = { code: 'model-unreadable', place: { file: 'model', path: [] } } as const;
  const text = await readTextFile(modelFile, role, MODEL_JSON_LIMIT);
  const inputShape = readTfjsInputShape(modelFile, text);
  const data = inputs ? { inputs, labels: null } : await guessData(folder, inputShape);
  if (!data.inputs) return null;
  const relative = (file: string): string => path.relative(folder, file).replaceAll('\\', '/');
  const labels = data.labels ? relative(data.labels) : undefined;
  const specification = defaultSpecification(path.basename(modelFile), relative(data.inputs), labels);
  const file = path.join(folder, `${path.basename(folder) || 'model'}${ending}`);
  await writeWhole(file, `${JSON.stringify(specification, null, 2)}\n`);
  return file;
}
