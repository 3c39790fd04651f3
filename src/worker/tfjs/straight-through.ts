/** What spiking neurons count, as tfjs operations with a gradient. For training. */
import * as tf from '@tensorflow/tfjs';
import { decodingOf } from '../../core/convert/pieces.ts';
import type { Coding, PopulationSpec } from '../../core/convert/types.ts';
import type { ClippedLinear } from '../../core/network/types.ts';

/** How values become counts of spikes. */
export interface Counting {
  /** T */
  readonly timesteps: number;
  readonly coding: Coding;
}

/**
 * Of each neuron, [neurons] or [1] for all: with x, a window of T time-steps has `gain x + shift` spikes, within
 * [least, most] and rounded, which stand for `base + step` times their number.
 */
export interface Neurons {
  readonly gain: tf.Tensor1D;
  readonly shift: tf.Tensor1D;
  readonly least: tf.Tensor1D;
  readonly most: tf.Tensor1D;
  readonly base: tf.Tensor1D;
  readonly step: tf.Tensor1D;
  /** Of the value, between the clips. */
  readonly slope: tf.Tensor1D;
  /** Null: counts are not rounded, and values are those of the clipped-linear function. */
  readonly coding: Coding | null;
}

/** Neurons that compute one function, each for a value of its own. */
export interface NeuronGroup extends Pick<PopulationSpec, 'neurons' | 'dual' | 'highs'> {
  readonly activation: ClippedLinear;
}

/** @param counting null where counts are not rounded */
export function createNeurons(groups: readonly NeuronGroup[], counting: Counting | null): Neurons {
  const all = groups.flatMap((group) => numbersOf(group, counting));
  const each = (key: keyof (typeof all)[number]): tf.Tensor1D => tf.tensor1d(all.map((one) => one[key]));
  return {
    gain: each('gain'),
    shift: each('shift'),
    least: each('least'),
    most: each('most'),
    base: each('base'),
    step: each('step'),
    slope: each('slope'),
    coding: counting?.coding ?? null,
  };
}

/** Of each neuron of a group. */
function numbersOf({ neurons, activation, dual, highs }: NeuronGroup, counting: Counting | null) {
  return Array.from({ length: neurons }, (_, n) => {
    const high = highs?.[n % highs.length] ?? activation.high;
    const piece = highs ? { ...activation, high, low: dual ? -high : activation.low } : activation;
    const { slope, offset, low } = piece;
    if (counting === null)
      return { gain: slope, shift: offset, least: low, most: high, base: 0, step: 1, slope };
    const { timesteps } = counting;
    const { base, span } = decodingOf(piece, dual);
    const step = span / timesteps;
    const counts = { least: dual ? -timesteps : 0, most: timesteps };
    return { gain: slope / step, shift: (offset - base) / step, ...counts, base, step, slope };
  });
}

/**
 * Spike generators: dual neurons that fire in every time-step for a value of their range.
 * @param range of all, or of each
 */
export function createGenerator(range: number | readonly number[], counting: Counting): Neurons {
  const highs = typeof range === 'number' ? [range] : range;
  const activation = { slope: 1, offset: 0, low: -1, high: 1 };
  return createNeurons([{ neurons: highs.length, activation, dual: true, highs }], counting);
}

export function disposeNeurons({ gain, shift, least, most, base, step, slope }: Neurons): void {
  tf.dispose([gain, shift, least, most, base, step, slope]);
}

/**
 * Neurons over the sequence steps of some samples.
 * @param x [samples, neurons] what they are driven by in the next step
 * @param kept [samples, 1] 0 where a sample skips the step, so that its membranes stay as they are; else 1
 * @returns [samples, neurons]
 */
export type Window = (x: tf.Tensor, kept?: tf.Tensor) => tf.Tensor;

/**
 * Neurons with fresh membranes, as at the start of a sample.
 * @returns gives the values of one sequence step after the other. Their gradient is that of the clipped-linear
 *   function: straight through the rounding, and none through what the membranes carry.
 */
export function startNeurons(neurons: Neurons): Window {
  const { gain, shift, least, most, base, step, slope, coding } = neurons;
  /** Of the window before: what was rounded away of each count, [samples, neurons]. */
  let carried: tf.Tensor | null = null;
  return (x, kept) => {
    const exact = tf.add(tf.mul(x, gain), shift);
    const due = carried === null ? exact : tf.add(exact, carried);
    const counts = within(whole(due, coding), least, most);
    if (coding === 'residual') {
      carried = keptOr(kept, tf.clipByValue(tf.sub(due, counts), -0.5, 0.5), carried);
    }
    const inside = tf.cast(tf.equal(within(exact, least, most), exact), 'float32');
    return straightThrough(x, tf.add(tf.mul(counts, step), base), tf.mul(inside, slope));
  };
}

/**
 * What comes after a sequence step, of samples that do not skip it; what was before it of the others.
 * @param kept [samples, 1] 1 or 0; all where it is left out
 * @param before zeros where there is nothing yet
 */
export function keptOr(kept: tf.Tensor | undefined, after: tf.Tensor, before: tf.Tensor | null): tf.Tensor {
  if (!kept) return after;
  const there = tf.mul(after, kept);
  return before ? tf.add(there, tf.mul(before, tf.sub(1, kept))) : there;
}

/** What just reaches a threshold is no spike: that needs more. By less than counts are exact to. */
const less = 1 - 2 ** -20;

/** residual: to the nearest, a half towards 0. reset: to the next that is nearer to 0. */
function whole(exact: tf.Tensor, coding: Coding | null): tf.Tensor {
  if (coding === null) return exact;
  if (coding === 'residual') return tf.ceil(tf.sub(tf.mul(exact, less), 0.5));
  return tf.mul(tf.sign(exact), tf.floor(tf.mul(tf.abs(exact), less)));
}

/** `counted`, with the gradient of `exact`, which it comes near to. */
export function standingFor(exact: tf.Tensor, counted: tf.Tensor): tf.Tensor {
  return tf.customGrad(() => ({ value: tf.clone(counted), gradFunc: (dy) => tf.clone(dy) }))(exact);
}

/** `value`, with the gradient `slopes` with respect to x and none to what either was made of. */
function straightThrough(x: tf.Tensor, value: tf.Tensor, slopes: tf.Tensor): tf.Tensor {
  return tf.customGrad((_, save) => {
    (save as tf.GradSaveFunc)([slopes]);
    return {
      value: tf.clone(value),
      gradFunc: (dy, saved) => tf.mul(dy, saved[0]!),
    };
  })(x);
}

function within(x: tf.Tensor, least: tf.Tensor, most: tf.Tensor): tf.Tensor {
  return tf.minimum(tf.maximum(x, least), most);
}

/**
 * A matrix product. The wasm backend is fast only where nothing is transposed on the fly, as the gradient of its own
 * product wants it.
 * @param a [rows, inner]
 * @param b [inner, columns]
 */
export function product(a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D {
  return tf.customGrad((left, right, save) => {
    (save as tf.GradSaveFunc)([left as tf.Tensor, right as tf.Tensor]);
    return {
      value: tf.matMul(left as tf.Tensor2D, right as tf.Tensor2D),
      gradFunc: (dy, saved) => {
        const [first, second] = saved as tf.Tensor2D[];
        return [tf.matMul(dy, tf.transpose(second!)), tf.matMul(tf.transpose(first!), dy)];
      },
    };
  })(a, b) as tf.Tensor2D;
}
