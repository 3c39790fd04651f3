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

/** Value by value, or as a concatenation. A step is skipped after it where one of them skips it, or all: {@link MergeLayer}. */
export function merged(
  { name, operation, axis, places, skipsTogether }: MergeLayer,
  given: readonly [Trace, ...Trace[]],
): Trace {
  const isTogether = skipsTogether === true;
  if (operation === 'concatenate') {
    if (axis === 'steps') return oneAfterTheOther(given);
    return withMask(sideBySide(given, places), given, isTogether);
  }
  const [first, ...others] = given;
  if (others.some(({ values }) => values.length !== first.values.length)) {
    throw new Error(`layer "${name}" is given ${given.map(({ values }) => values.length).join(', ')} values`);
  }
  if (isTogether && (operation === 'multiply' || operation === 'maximum' || operation === 'minimum')) {
    return withMask({ ...first, values: ofKept(operation, given) }, given, isTogether);
  }
  const of = together[operation === 'average' ? 'add' : operation];
  const values = first.values.slice();
  for (const other of others) {
    for (let k = 0; k < values.length; k++) values[k] = of(values[k]!, other.values[k]!);
  }
  if (operation === 'average') for (let k = 0; k < values.length; k++) values[k]! /= given.length;
  return withMask({ ...first, values }, given, isTogether);
}

/** At each step of those that do not skip it. Where all do, a product is 0 and the others are the first's. */
function ofKept(
  operation: 'multiply' | 'maximum' | 'minimum',
  given: readonly [Trace, ...Trace[]],
): Float32Array {
  const [{ steps, features, values: first }] = given;
  const values = operation === 'multiply' ? new Float32Array(first.length) : first.slice();
  for (let step = 0; step < steps; step++) {
    const [kept, ...others] = given.filter(({ mask }) => mask?.[step] !== 0);
    if (!kept) continue;
    for (let k = step * features; k < (step + 1) * features; k++) {
      values[k] = others.reduce(
        (value, other) => together[operation](value, other.values[k]!),
        kept.values[k]!,
      );
    }
  }
  return values;
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
  return withMask({ ...first, features, values }, given, false);
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

/** @param isTogether a step is skipped only where all skip it */
function withMask(trace: Trace, given: readonly Trace[], isTogether: boolean): Trace {
  const { steps, features, values, sequence } = trace;
  const unmasked = { steps, features, values, sequence };
  const masks = given.flatMap(({ mask }) => (mask ? [mask] : []));
  if (masks.length === 0 || (isTogether && masks.length < given.length)) return unmasked;
  const mask = Uint8Array.from({ length: steps }, (_, step) => {
    const kept = masks.filter((one) => one[step] !== 0).length;
    return kept === masks.length || (isTogether && kept > 0) ? 1 : 0;
  });
  return { ...unmasked, mask };
}
