/** Reading and starting a specification, `NAME.spikewise.json`. */
import * as v from 'valibot';
import { InputFault, type Fix } from '../findings/types.ts';
import type { InputFiles } from '../formats/data/several-inputs.ts';
import { isObject, parseJsonWithComments, type JsonPath } from '../formats/json.ts';
import { firstFault } from '../formats/schema-parts.ts';
import { defaults, specificationSchema } from './specification-schema.ts';
import { SPECIFICATION_LIMIT, type Specification } from './types.ts';

/**
 * @param text The file; comments are allowed.
 * @param file Its path, for faults.
 * @returns The specification with its defaults filled in. Paths stay as written, relative to the file.
 * @throws InputFault `specification-invalid` that names and points at the key.
 */
export function parseSpecification(text: string, file: string): Specification {
  const fault = (words: string, path: JsonPath = [], fixes: readonly Fix[] = []) =>
    new InputFault('specification-invalid', file, words, { file: 'specification', path }, fixes);
  if (text.length > SPECIFICATION_LIMIT) throw fault('is longer than 1 MiB, which no specification is');
  const parsed = parseJsonWithComments(text);
  if ('fault' in parsed) throw fault(parsed.fault);
  if (Array.isArray(parsed.value)) throw fault('must be an object');

  const result = v.safeParse(specificationSchema, parsed.value);
  if (result.success) return result.output;
  const { path, words, unknown } = firstFault(result.issues);
  throw fault(words, path, fixesOf(path, unknown));
}

/** A key that is unknown can go; one that has a default can get it. */
function fixesOf(path: JsonPath, unknown: boolean): Fix[] {
  const name = path.join('.');
  if (path.length === 0) return [];
  if (unknown) return [{ title: `Remove ${name}`, edits: [{ path, value: undefined }] }];
  const value = path.reduce<unknown>((at, key) => (isObject(at) ? at[key] : undefined), defaults);
  if (value === undefined) return [];
  return [{ title: `Set ${name} to ${JSON.stringify(value)}, the default`, edits: [{ path, value }] }];
}

/**
 * What a new specification starts with; the keys that few people change are left to their defaults.
 * @param model Path of the model, relative to where the specification will be.
 * @param inputs Path of the inputs, or of each; `inputs.npy` where it is not known yet.
 */
export function defaultSpecification(
  model: string,
  inputs?: InputFiles,
  labels?: string,
): Omit<Specification, 'mapping'> {
  const { timesteps, coding, arithmetic, chip, tolerance } = defaults;
  return {
    model,
    data: { inputs: inputs ?? 'inputs.npy', ...(labels === undefined ? {} : { labels }) },
    timesteps,
    coding,
    arithmetic,
    chip,
    tolerance,
  };
}
