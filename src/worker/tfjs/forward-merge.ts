/** Layers of a network in training that put several together. */
import * as tf from '@tensorflow/tfjs';
import type { MergeLayer } from '../../core/network/types.ts';
import { shaped, type Flow, type Values } from './forward-parts.ts';

type Several = readonly [Flow, ...Flow[]];

/** Value by value, or as a concatenation. A step is skipped after it where one of them skips it, or all. */
export function mergeFlow({ operation, axis, places, skipsTogether }: MergeLayer, read: Several): Flow {
  const isTogether = skipsTogether === true;
  if (operation === 'concatenate') {
    if (axis === 'steps') return oneAfterTheOther(read);
    return { x: sideBySide(read, places), ...maskOf(read, isTogether) };
  }
  const values = read.map(({ x }) => x) as [Values, ...Values[]];
  const mask = maskOf(read, isTogether);
  if (isTogether && (operation === 'multiply' || operation === 'maximum' || operation === 'minimum')) {
    return { x: ofKept(operation, read), ...mask };
  }
  return { x: together(operation, values), ...mask };
}

/** What changes no result. */
const neutral = { multiply: 1, maximum: -3e38, minimum: 3e38 } as const;

/** At each step of those that do not skip it. Where all do, a product is 0 and the others are the first's. */
function ofKept(operation: keyof typeof neutral, read: Several): Values {
  const kept = read.map(({ x, mask }) => (mask ? tf.expandDims(mask, -1) : tf.onesLike(x)));
  const filled = read.map(({ x }, n) => {
    const skipped = tf.mul(tf.sub(1, kept[n]!), neutral[operation]);
    return tf.add<Values>(tf.mul(x, kept[n]!), skipped);
  });
  const any = kept.reduce((a, b) => tf.maximum(a, b));
  const value = tf.mul(together(operation, filled as [Values, ...Values[]]), any);
  if (operation === 'multiply') return value as Values;
  return tf.add(value, tf.mul(read[0].x, tf.sub(1, any)));
}

/** The second half of a bidirectional layer beside the first. */
export function besides(forward: Flow, backward: Flow): Flow {
  return { x: sideBySide([forward, backward], 1), ...maskOf([forward, backward], false) };
}

function together(
  operation: Exclude<MergeLayer['operation'], 'concatenate'>,
  [first, ...others]: readonly [Values, ...Values[]],
): Values {
  const fold = (of: (a: tf.Tensor, b: tf.Tensor) => tf.Tensor) =>
    others.reduce<tf.Tensor>((a, b) => of(a, b), first) as Values;
  switch (operation) {
    case 'add':
      return fold(tf.add);
    case 'subtract':
      return fold(tf.sub);
    case 'multiply':
      return fold(tf.mul);
    case 'average':
      return tf.div(fold(tf.add), others.length + 1);
    case 'maximum':
      return fold(tf.maximum);
    case 'minimum':
      return fold(tf.minimum);
  }
}

/** Values of a step, or of each of its places, one after the other, layer by layer. */
function sideBySide(read: Several, places: number): Values {
  const [first] = read;
  const split = read.map(({ x }) =>
    tf.reshape(x, [...x.shape.slice(0, -1), places, x.shape.at(-1)! / places]),
  );
  const joined = tf.concat(split, -1);
  return shaped(joined, [...first.x.shape.slice(0, -1), -1]);
}

function oneAfterTheOther(read: Several): Flow {
  const x = tf.concat<Values>(
    read.map((one) => one.x),
    0,
  );
  if (!read.some(({ mask }) => mask)) return { x };
  const masks = read.map(
    (one) => one.mask ?? tf.ones<tf.Rank.R2>(one.x.shape.slice(0, 2) as [number, number]),
  );
  return { x, mask: tf.concat(masks, 0) };
}

/** @param isTogether a step is skipped only where all skip it */
function maskOf(read: Several, isTogether: boolean): Pick<Flow, 'mask'> {
  const [first, ...others] = read.flatMap(({ mask }) => (mask ? [mask] : []));
  if (!first || (isTogether && others.length + 1 < read.length)) return {};
  return {
    mask: others.reduce((all, mask) => (isTogether ? tf.maximum(all, mask) : tf.mul(all, mask)), first),
  };
}
