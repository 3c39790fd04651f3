/** What spiking neurons count, as tfjs operations with a gradient. For training. */
import * as tf from '@tensorflow/tfjs';
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
export interface NeuronGroup extends Pick<PopulationSpec, 'neurons' | 'dual'> {
  readonly activation: ClippedLinear;
}

/** @param counting null where counts are not rounded */
export function createNeurons(groups: readonly NeuronGroup[], counting: Counting | null): Neurons {
  const timesteps = counting?.timesteps ?? 1;
  const each = (value: (group: NeuronGroup) => number): tf.Tensor1D =>
    tf.tensor1d(groups.flatMap((of) => new Array<number>(of.neurons).fill(value(of))));
  const base = ({ activation, dual }: NeuronGroup) => (dual ? 0 : activation.low);
  const step = (of: NeuronGroup) => (of.activation.high - base(of)) / timesteps;
  return {
    gain: each((of) => of.activation.slope / step(of)),
    shift: each((of) => (of.activation.offset - base(of)) / step(of)),
    least: each(({ dual }) => (dual ? -timesteps : 0)),
    most: each(() => timesteps),
    base: each(base),
    step: each(step),
    slope: each(({ activation }) => activation.slope),
    coding: counting?.coding ?? null,
  };
}

/** A spike generator: a dual neuron that fires in every time-step for a value of `range`. */
export function createGenerator(range: number, counting: Counting): Neurons {
  const activation = { slope: 1, offset: 0, low: -range, high: range };
  return createNeurons([{ neurons: 1, activation, dual: true }], counting);
}

export function disposeNeurons({ gain, shift, least, most, base, step, slope }: Neurons): void {
  tf.dispose([gain, shift, least, most, base, step, slope]);
}

/**
 * Neurons with fresh membranes, as at the start of a sample.
 * @returns gives the values of one sequence step after the other, [samples, neurons]. Their gradient is that of the
 *   clipped-linear function: straight through the rounding, and none through what the membranes carry.
 */
export function startNeurons(neurons: Neurons): (x: tf.Tensor) => tf.Tensor {
  const { gain, shift, least, most, base, step, slope, coding } = neurons;
  /** Of the window before: what was rounded away of each count, [samples, neurons]. */
  let carried: tf.Tensor | null = null;
  return (x) => {
    const exact = tf.add(tf.mul(x, gain), shift);
    const due = carried === null ? exact : tf.add(exact, carried);
    const counts = within(whole(due, coding), least, most);
    if (coding === 'residual') carried = tf.clipByValue(tf.sub(due, counts), -0.5, 0.5);
    const inside = tf.cast(tf.equal(within(exact, least, most), exact), 'float32');
    return straightThrough(x, tf.add(tf.mul(counts, step), base), tf.mul(inside, slope));
  };
}

/** residual: to the nearest, a half down, as a spike needs more than the threshold. reset: down in size. */
function whole(exact: tf.Tensor, coding: Coding | null): tf.Tensor {
  if (coding === null) return exact;
  if (coding === 'residual') return tf.ceil(tf.sub(exact, 0.5));
  return tf.mul(tf.sign(exact), tf.floor(tf.abs(exact)));
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
