/** Data files as a specification and the command line name them. */
import { stat } from 'node:fs/promises';
import { readData, type ReadDataOptions } from '../core/formats/data/data.ts';
import type { SampleArray } from '../core/formats/data/sample-array.ts';
import { sideBySideInputs, type InputArrays, type InputFiles } from '../core/formats/data/several-inputs.ts';
import type { JsonPath } from '../core/formats/json.ts';
import { InputFault, type Fix } from '../core/findings/types.ts';
import type { Network, NetworkInput } from '../core/network/types.ts';
import { openFile } from './files.ts';

/**
 * @param named absolute path, behind it the name of one of the file's arrays where it has several:
 *   digits.npz#x
 * @param path of the key that names it
 * @throws InputFault `data-unreadable`
 */
export async function readDataFile(
  named: string,
  options: Omit<ReadDataOptions, 'name'>,
  path: JsonPath = ['data', options.role],
): Promise<SampleArray> {
  const { file, name } = await splitName(named);
  const place = { file: 'specification', path } as const;
  return readData(await openFile(file, { code: 'data-unreadable', place }), { ...options, name });
}

/**
 * The samples of a model: of several inputs one file whose arrays have their names, or a file for each.
 * @param files absolute paths
 * @throws InputFault `data-unreadable`; `data-mismatch` where the names are not those of the inputs
 */
export async function readInputs(
  files: InputFiles,
  { inputShape, inputs }: Pick<Network, 'inputShape' | 'inputs'>,
  limit: number | undefined,
): Promise<SampleArray | InputArrays> {
  if (typeof files !== 'string') return readEach(files, inputs ?? [], limit);
  return inputs
    ? readInputFile(files, inputs, limit)
    : readDataFile(files, { role: 'inputs', limit, sampleShape: inputShape });
}

async function readEach(
  files: Readonly<Record<string, string>>,
  inputs: readonly NetworkInput[],
  limit: number | undefined,
): Promise<InputArrays> {
  refuseOtherNames(files, inputs);
  const arrays: SampleArray[] = [];
  const partFiles = inputs.map(({ name }) => files[name]!);
  for (const [index, { name, shape }] of inputs.entries()) {
    const options = { role: 'inputs', limit, sampleShape: shape, usual: name } as const;
    const array = await readDataFile(partFiles[index]!, options, ['data', 'inputs', name]);
    const [samples, first] = [array.shape[0] ?? 0, arrays[0]?.shape[0] ?? array.shape[0] ?? 0];
    if (samples !== first) {
      const words = `holds ${samples} samples of input "${name}", but there are ${first} of "${inputs[0]!.name}" (${partFiles[0]!})`;
      throw mismatch(partFiles[index]!, words, [name]);
    }
    arrays.push(array);
  }
  const fault = (words: string) => mismatch(partFiles[0]!, words, []);
  return { ...sideBySideInputs(inputs, arrays, fault), partFiles };
}

function refuseOtherNames(files: Readonly<Record<string, string>>, inputs: readonly NetworkInput[]): void {
  const [first] = Object.values(files) as [string];
  if (inputs.length === 0) {
    const fix = { title: 'Name the file alone', edits: [{ path: ['data', 'inputs'], value: first }] };
    throw mismatch(first, 'is given by name, but the model has one input; name its file alone', [], [fix]);
  }
  const known = inputs.map(({ name }) => name);
  const listed = `the model's inputs are ${known.map((name) => `"${name}"`).join(', ')}`;
  const other = Object.keys(files).find((name) => !known.includes(name));
  if (other !== undefined) throw mismatch(files[other]!, `is of input "${other}", but ${listed}`, [other]);
  const missing = known.find((name) => files[name] === undefined);
  if (missing !== undefined)
    throw mismatch(first, `has no file for input "${missing}" beside it; ${listed}`, []);
}

/** @param within data.inputs */
function mismatch(file: string, words: string, within: JsonPath, fixes: readonly Fix[] = []): InputFault {
  const place = { file: 'specification', path: ['data', 'inputs', ...within] } as const;
  return new InputFault('data-mismatch', file, words, place, fixes);
}

/**
 * Of a model with several inputs: one file whose arrays have their names.
 * @throws InputFault `data-unreadable`
 */
async function readInputFile(
  named: string,
  inputs: readonly NetworkInput[],
  limit: number | undefined,
): Promise<InputArrays> {
  const arrays: SampleArray[] = [];
  const together = inputs.map(({ name }) => name);
  for (const { name, shape } of inputs) {
    const options = { role: 'inputs', limit, sampleShape: shape, together } as const;
    arrays.push(await readDataFile(`${named}#${name}`, options));
  }
  const fault = (words: string) =>
    new InputFault('data-unreadable', named, words, { file: 'inputs', path: [] });
  return sideBySideInputs(inputs, arrays, fault);
}

/** Names of files and of arrays may both hold a #: the first split that is a file counts. */
export async function splitName(named: string): Promise<{ file: string; name: string | undefined }> {
  const whole = { file: named, name: undefined };
  if (await isThere(named)) return whole;
  for (let at = named.indexOf('#'); at > 0; at = named.indexOf('#', at + 1)) {
    const file = named.slice(0, at);
    if (await isThere(file)) return { file, name: named.slice(at + 1) };
  }
  return whole;
}

function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    (info) => info.isFile(),
    () => false,
  );
}
