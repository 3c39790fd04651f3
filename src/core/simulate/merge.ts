/** Layers that put what several others hand on together: arithmetic of the host, between counters and generators. */
import type { MergeLayer, MergeOperation } from '../network/types.ts';
import type { Trace } from './types.ts';

const { fround } = Math;

const together: Record<
  Exclude<MergeOperation, 'concatenate' | 'average'>,
  (a: number, b: number) => number
> = {
  add: (a, b) => fround(a + b),
  subtract: (a, b) => fround(a - b),
  multiply: (a, b) => fround(a * b),
  maximum: Math.max,
  minimum: Math.min,
};

/** Value by value, or as a concatenation. A step is skipped after it where one of them skips it. */
export function merged(
  { name, operation, axis, places }: MergeLayer,
  given: readonly [Trace, ...Trace[]],
): Trace {
  if (operation === 'concatenate')
    return axis === 'steps' ? oneAfterTheOther(given) : sideBySide(given, places);
  const [first, ...others] = given;
  if (others.some(({ values }) => values.length !== first.values.length)) {
    throw new Error(`layer "${name}" is given ${given.map(({ values }) => values.length).join(', ')} values`);
  }
  const values = first.values.slice();
  const of = together[operation === 'average' ? 'add' : operation];
  for (const other of others) {
    for (let k = 0; k < values.length; k++) values[k] = of(values[k]!, other.values[k]!);
  }
  if (operation === 'average') for (let k = 0; k < values.length; k++) values[k]! /= given.length;
  return withMask({ ...first, values }, given);
}

/** Values of a step, or of each of its places, one after the other, layer by layer. */
export function sideBySide(given: readonly [Trace, ...Trace[]], places = 1): Trace {
  const [first] = given;
  const rows = first.steps * places;
  const features = given.reduce((sum, trace) => sum + trace.features, 0);
  const values = new Float32Array(first.steps * features);
  for (let row = 0; row < rows; row++) {
    let at = (row * features) / places;
    for (const trace of given) {
      const width = trace.features / places;
      values.set(trace.values.subarray(row * width, (row + 1) * width), at);
      at += width;
    }
  }
  return withMask({ ...first, features, values }, given);
}

function oneAfterTheOther(given: readonly [Trace, ...Trace[]]): Trace {
  const steps = given.reduce((sum, trace) => sum + trace.steps, 0);
  const values = new Float32Array(steps * given[0].features);
  const all = new Uint8Array(steps).fill(1);
  let at = 0;
  for (const trace of given) {
    values.set(trace.values, at * trace.features);
    if (trace.mask) all.set(trace.mask, at);
    at += trace.steps;
  }
  const { features, sequence } = given[0];
  const mask = given.some((trace) => trace.mask) ? all : undefined;
  return { steps, features, values, sequence, ...(mask && { mask }) };
}

function withMask(trace: Trace, given: readonly Trace[]): Trace {
  const masks = given.flatMap(({ mask }) => (mask ? [mask] : []));
  if (masks.length === 0) return trace;
  const all = Uint8Array.from({ length: trace.steps }, (_, step) =>
    masks.every((mask) => mask[step] !== 0) ? 1 : 0,
  );
  return { ...trace, mask: all };
}
