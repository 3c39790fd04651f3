/** The files and arrays of a model with several inputs, the arrays as one array of samples. */
import type { NetworkInput } from '../../network/types.ts';
import { READ_LIMIT, type MakeFault, type SampleArray } from './sample-array.ts';

/** Path of the samples' file; of a model with several inputs perhaps one for each, by their names. */
export type InputFiles = string | Readonly<Record<string, string>>;

export function mapFiles<T extends InputFiles>(files: T, of: (file: string) => string): T {
  if (typeof files === 'string') return of(files) as T;
  return Object.fromEntries(Object.entries(files).map(([name, file]) => [name, of(file)])) as T;
}

export function filesOf(files: InputFiles | null): string[] {
  if (files === null) return [];
  return typeof files === 'string' ? [files] : Object.values(files);
}

/** Of every input its own array: [samples, ...]. */
export interface InputArrays extends SampleArray {
  readonly parts: readonly (readonly number[])[];
  /** Of each, where each has one of its own. */
  readonly partFiles?: readonly string[];
}

/**
 * A sample's values of all inputs, one after the other.
 * @param arrays in the order of the inputs
 * @throws what `fault` makes, where the arrays are of different numbers of samples, or too large together
 */
export function sideBySideInputs(
  inputs: readonly NetworkInput[],
  arrays: readonly SampleArray[],
  fault: MakeFault,
): InputArrays {
  const [samples = 0] = arrays[0]!.shape;
  const uneven = arrays.findIndex(({ shape }) => shape[0] !== samples);
  if (uneven >= 0) {
    throw fault(
      `holds ${samples} samples of input "${inputs[0]!.name}", but ${arrays[uneven]!.shape[0] ?? 0} of "${inputs[uneven]!.name}"`,
    );
  }
  const sizes = arrays.map(({ values }) => (samples === 0 ? 0 : values.length / samples));
  const size = sizes.reduce((sum, own) => sum + own, 0);
  if (4 * size * samples > READ_LIMIT) throw fault('has over 2 GiB of inputs together; set "limit" in data');
  const values = new Float32Array(samples * size);
  for (let n = 0, at = 0; n < samples; n++) {
    arrays.forEach((array, index) => {
      const own = sizes[index]!;
      values.set(array.values.subarray(n * own, (n + 1) * own), at);
      at += own;
    });
  }
  return { shape: [samples, size], values, parts: arrays.map(({ shape }) => shape) };
}
