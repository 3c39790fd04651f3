/** Samples as the networks see them: normalised float32. */
import type { SamplePart, SampleShape } from '../check/inputs.ts';
import type { Trace } from './types.ts';

/**
 * @param values raw values, [samples, steps, features] row-major
 * @param input becomes (x - mean) / scale
 * @returns sample n as a trace
 */
export function sampleReader(
  values: ArrayLike<number>,
  shape: SampleShape,
  input: { readonly mean: number; readonly scale: number },
): (n: number) => Trace {
  const { steps, features, sequence, parts } = shape;
  const size = steps * features;
  const read = (n: number): Trace => {
    const sample = new Float32Array(size);
    for (let i = 0; i < size; i++) sample[i] = (values[n * size + i]! - input.mean) / input.scale;
    return { steps, features, values: sample, sequence };
  };
  if (!parts) return read;
  return (n) => {
    const sample = read(n);
    return { ...sample, parts: parts.map((part) => partOf(part, sample.values, values, n * size)) };
  };
}

/** Ids stay as they are. @param first of the sample's raw values */
function partOf(
  { start, steps, features, sequence, ids }: SamplePart,
  sample: Float32Array,
  raw: ArrayLike<number>,
  first: number,
): Trace {
  const own = sample.subarray(start, start + steps * features);
  if (ids) for (let i = 0; i < own.length; i++) own[i] = raw[first + start + i]!;
  return { steps, features, sequence, values: own };
}

/** At most `most` samples, evenly spaced from the first: data are often sorted by class. */
export function chooseSamples(samples: number, most: number): number[] {
  const chosen = Math.min(samples, most);
  return Array.from({ length: chosen }, (_, n) => Math.floor((n * samples) / chosen));
}
