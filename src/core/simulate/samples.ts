/** Samples as the networks see them: normalised float32. */
import type { SampleShape } from '../check/inputs.ts';
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
  const { steps, features, sequence } = shape;
  const size = steps * features;
  return (n) => {
    const sample = new Float32Array(size);
    for (let i = 0; i < size; i++) sample[i] = (values[n * size + i]! - input.mean) / input.scale;
    return { steps, features, values: sample, sequence };
  };
}

/** At most `most` samples, evenly spaced from the first: data are often sorted by class. */
export function chooseSamples(samples: number, most: number): number[] {
  const chosen = Math.min(samples, most);
  return Array.from({ length: chosen }, (_, n) => Math.floor((n * samples) / chosen));
}
