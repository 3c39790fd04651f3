/** Random orders that are the same for the same seed. */

/** Uniform in [0, 1) (mulberry32). */
function randomSource(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** The same values in another order (Fisher and Yates). */
function shuffled(values: readonly number[], random: () => number): number[] {
  const mixed = [...values];
  for (let last = mixed.length - 1; last > 0; last--) {
    const other = Math.floor(random() * (last + 1));
    [mixed[last], mixed[other]] = [mixed[other]!, mixed[last]!];
  }
  return mixed;
}

/** Numbers of samples. */
export interface Split {
  readonly training: readonly number[];
  /** In the order of the data. */
  readonly validation: readonly number[];
}

/** @param validation fraction of the samples, rounded down to whole ones */
export function splitSamples(samples: number, validation: number, seed: number): Split {
  const numbers = Array.from({ length: samples }, (_, n) => n);
  const mixed = shuffled(numbers, randomSource(seed));
  const held = Math.floor(samples * validation);
  return { training: mixed.slice(held), validation: mixed.slice(0, held).sort((a, b) => a - b) };
}

/**
 * All samples once, in an order of the epoch's own.
 * @param epoch from 1
 */
export function batchesOf(samples: readonly number[], size: number, seed: number, epoch: number): number[][] {
  const mixed = shuffled(samples, randomSource(Math.imul(seed, 0x9e3779b1) + epoch));
  const count = Math.ceil(mixed.length / size);
  return Array.from({ length: count }, (_, n) => mixed.slice(n * size, (n + 1) * size));
}
