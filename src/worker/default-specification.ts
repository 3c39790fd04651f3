/** A specification with working defaults for a model that has none, and the sample data that it names. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { imageOf } from '../core/check/inputs.ts';
import { defaultSpecification } from '../core/convert/specification.ts';
import { mapFiles, type InputFiles } from '../core/formats/data/several-inputs.ts';
import { readInputsOf } from '../core/formats/model-kind.ts';
import { readNpyHeader } from '../core/formats/data/npy.ts';
import type { Network } from '../core/network/types.ts';
import { openFile } from '../node/files.ts';
import { newSpecificationFile } from '../node/specifications.ts';
import { writeWhole } from '../node/write.ts';
import { guessOtherData, guessSeveral } from './guess-other-data.ts';

/** A folder with more files than this is not searched for sample data. */
const mostCandidates = 100;

export interface GuessedData {
  /** Absolute paths. */
  readonly inputs: InputFiles | null;
  readonly labels: string | null;
}

/**
 * The first .npy file of a folder whose samples fit the model, and the first that fits as its labels.
 * Where none does: the one file of another format that fits. Of a model with several inputs a file for each, or one.
 * @param model null where it is not known what it takes: then any array of samples fits
 */
export async function guessData(
  folder: string,
  model: Pick<Network, 'inputShape' | 'inputs'> | null,
): Promise<GuessedData> {
  const all = await list(folder);
  if (model?.inputs) return guessSeveral(folder, all, model.inputs, fits);
  const inputShape = model?.inputShape ?? null;
  const names = all.filter((name) => name.endsWith('.npy')).slice(0, mostCandidates);
  const shapes = await Promise.all(names.map((name) => shapeOf(path.join(folder, name))));
  const candidates = names.map((name, n) => ({ file: path.join(folder, name), shape: shapes[n] }));
  const inputs = candidates.find(({ shape }) => shape && fits(shape, inputShape));
  if (!inputs) {
    return guessOtherData(folder, all, inputShape, (shape) => fits(shape, inputShape));
  }
  const samples = inputs.shape?.[0];
  const labels = candidates.find(
    ({ file, shape }) => file !== inputs.file && shape?.[0] === samples && shape?.length === 1,
  );
  return { inputs: inputs.file, labels: labels?.file ?? null };
}

function fits(shape: readonly number[], wanted: readonly (number | null)[] | null): boolean {
  if (wanted === null) return shape.length === 2 || shape.length === 3;
  if (imageOf(shape.slice(1), wanted)) return true;
  // Images of one channel may leave its axis out, wherever it is.
  const channel = wanted.length === 3 ? [2, 0].find((axis) => wanted[axis] === 1) : undefined;
  return hasSizes(shape, wanted) || (channel !== undefined && hasSizes(shape, wanted.toSpliced(channel, 1)));
}

/** @param shape with the axis of samples before those that are wanted */
function hasSizes(shape: readonly number[], wanted: readonly (number | null)[]): boolean {
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
 * Writes a specification beside a model.
 * @param inputs absolute path of the sample data; guessed from the folder's files where left out
 * @returns the file, or null where no sample data were found and nothing was written
 * @throws InputFault where the model is unreadable
 */
export async function writeDefaultSpecification(modelFile: string, inputs?: string): Promise<string | null> {
  const folder = path.dirname(path.resolve(modelFile));
  const role = { code: 'model-unreadable', place: { file: 'model', path: [] } } as const;
  const model = await readInputsOf(await openFile(modelFile, role));
  const data = inputs ? { inputs, labels: null } : await guessData(folder, model);
  if (!data.inputs) return null;
  const relative = (file: string): string => path.relative(folder, file).replaceAll('\\', '/');
  const labels = data.labels ? relative(data.labels) : undefined;
  const specification = defaultSpecification(
    path.basename(modelFile),
    mapFiles(data.inputs, relative),
    labels,
  );
  const file = newSpecificationFile(modelFile);
  await writeWhole(file, `${JSON.stringify(specification, null, 2)}\n`);
  return file;
}
