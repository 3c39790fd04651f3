/** Data files as a specification and the command line name them. */
import { stat } from 'node:fs/promises';
import { readData, type ReadDataOptions } from '../core/formats/data/data.ts';
import type { SampleArray } from '../core/formats/data/sample-array.ts';
import { sideBySideInputs, type InputArrays } from '../core/formats/data/several-inputs.ts';
import { InputFault } from '../core/findings/types.ts';
import type { NetworkInput } from '../core/network/types.ts';
import { openFile } from './files.ts';

/**
 * @param named absolute path, behind it the name of one of the file's arrays where it has several:
 *   digits.npz#x
 * @throws InputFault `data-unreadable`
 */
export async function readDataFile(
  named: string,
  options: Omit<ReadDataOptions, 'name'>,
): Promise<SampleArray> {
  const { file, name } = await splitName(named);
  const place = { file: 'specification', path: ['data', options.role] } as const;
  return readData(await openFile(file, { code: 'data-unreadable', place }), { ...options, name });
}

/**
 * Of a model with several inputs: one file whose arrays have their names.
 * @throws InputFault `data-unreadable`
 */
export async function readInputFile(
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
