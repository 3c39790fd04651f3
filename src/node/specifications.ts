/** Which specifications belong to a model. */
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { SPECIFICATION_LIMIT } from '../core/convert/types.ts';
import { isObject, parseJsonWithComments } from '../core/formats/json.ts';
import { readTextFile } from './files.ts';

/** Ending of their names. */
const specificationEnding = '.spikewise.json';

export function isSpecification(file: string): boolean {
  return file.endsWith(specificationEnding);
}

/** NAME of NAME.spikewise.json. */
export function nameOf(specification: string): string {
  return path.basename(specification, specificationEnding);
}

/**
 * The specification that is written for a model: "state.spikewise.json" beside state.pt. Of a model.json, as most
 * are called, it has the folder's name.
 */
export function newSpecificationFile(modelFile: string): string {
  const { dir, base, name } = path.parse(path.resolve(modelFile));
  const stem = base === 'model.json' ? path.basename(dir) || 'model' : name;
  return path.join(dir, `${stem}${specificationEnding}`);
}

/**
 * Specifications in the model's folder that name it. Where none does, those of which nobody can tell
 * because they are damaged: converting one says what is wrong with it.
 */
export async function findSpecifications(modelFile: string): Promise<string[]> {
  const folder = path.dirname(modelFile);
  const found: string[] = [];
  const damaged: string[] = [];
  const names = await readdir(folder).catch(() => []);
  for (const name of names.sort()) {
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
