/**
 * Convolutions and pooling of a network in training. The wasm backend has no gradient of its own convolutions (4.22):
 * here the values under each place of a window are copied side by side, and the rest is a product.
 */
import * as tf from '@tensorflow/tfjs';
import type { SpikingConv } from '../../core/convert/types.ts';
import type { ConvLayer, PoolingLayer, ScaleLayer, Windows } from '../../core/network/types.ts';
import { placesOf, rememberPlaces, wholeOf, type Places } from '../../core/simulate/windows.ts';
import {
  analogActivation,
  generator,
  overSteps,
  shaped,
  spikingNeurons,
  times,
  type Flow,
  type LayerOptions,
  type Values,
  type Weights,
} from './forward-parts.ts';

/**
 * As the simulation has it: over images every place has neurons of its own, along a sequence the same neurons go on
 * from place to place.
 */
export function convFlow(
  layer: ConvLayer,
  spiking: SpikingConv | null,
  weights: Weights,
  options: LayerOptions,
): (input: Flow) => Flow {
  const { windows, units, inputSize } = layer;
  const [kernel, bias] = weights as [tf.Variable, tf.Variable];
  const cover = covering(windows);
  const covered = (x: tf.Tensor): Values => {
    const taken = cover(x, 0);
    return shaped(taken, [taken.shape[0], taken.shape[1], inputSize]);
  };
  const sums = (x: tf.Tensor) => tf.add(times(x, tf.reshape(kernel, [inputSize, units])), bias);
  const activated = analogActivation(layer.activation, options);
  const named = spiking?.populations.map((population) => ({ population, activation: layer.activation }));
  const startOutputs = named ? spikingNeurons(named, options) : () => activated;
  const startInputs = spiking ? generator(spiking.inputRange, options) : () => (x: tf.Tensor) => x;
  if (!windows.image) {
    return ({ x }) => {
      const heard = overSteps(covered(x), startInputs());
      return { x: overSteps(sums(heard) as Values, startOutputs()) };
    };
  }
  return ({ x, mask }) => {
    const rows = sums(covered(overSteps(x, startInputs())));
    // A softmax is over the channels of a place.
    const made = spiking ? rows : activated(rows);
    const values = shaped(made, [...x.shape.slice(0, -1), -1]);
    return { x: spiking ? overSteps(values, startOutputs()) : values, ...(mask && { mask }) };
  };
}

export function poolingFlow({ windows, of, global }: PoolingLayer): (input: Flow) => Flow {
  if (of === 'last') return ({ x }) => ({ x: lastStep(x) });
  const cover = covering(windows, global ? wholeOf : placesOf);
  return ({ x, mask }) => {
    if (global && of === 'average' && mask && !windows.image) return { x: meanOfKept(x, mask) };
    const taken = cover(x, of === 'max' ? lowest : 0);
    const pooled = of === 'max' ? tf.max(taken, 2) : tf.sum(taken, 2);
    const made = of === 'average' ? tf.div(pooled, cover.counted(x)) : pooled;
    if (windows.image) {
      return { x: shaped(made, [...x.shape.slice(0, -1), -1]), ...(mask && { mask }) };
    }
    return { x: (global ? tf.squeeze(made, [0]) : made) as Values };
  };
}

/** [steps, samples, features] -> [samples, features] */
function lastStep(x: tf.Tensor): Values {
  return tf.squeeze(tf.slice(x, [x.shape[0] - 1, 0, 0], [1, -1, -1]), [0]);
}

/** In the place of padding, which is never the largest. */
const lowest = -3e38;

/** [samples, features] over the steps that are not skipped; zeros where all are. @param mask [steps, samples] */
function meanOfKept(x: tf.Tensor, mask: tf.Tensor2D): Values {
  const kept = tf.expandDims(mask, -1);
  return tf.div(tf.sum(tf.mul(x, kept), 0), tf.maximum(tf.sum(kept, 0), 1));
}

/** y = scale x + offset, of each channel. */
export function scaleFlow({ channels }: ScaleLayer, weights: Weights): (input: Flow) => Flow {
  const [scale, offset] = weights as [tf.Variable, tf.Variable];
  return ({ x, mask }) => {
    const scaled = tf.add(tf.mul(tf.reshape(x, [-1, channels]), scale), offset);
    return { x: shaped(scaled, x.shape), ...(mask && { mask }) };
  };
}

interface Covering {
  /**
   * The values under every part (tap) of the window at every place.
   * @param x as layers hand it on
   * @param padding what stands beside them
   * @returns of a sequence [places, samples, taps, channels]; of images [images, places, taps, channels], those of one
   *   step one after the other
   */
  (x: tf.Tensor, padding: number): tf.Tensor4D;
  /** How many of the taps are no padding: a factor's shape for what is left without the axis of taps. */
  readonly counted: (x: tf.Tensor) => tf.Tensor;
}

function covering(windows: Windows, make = placesOf): Covering {
  const { image, channels } = windows;
  const axis = image ? 1 : 0;
  const pixels = (x: tf.Tensor): tf.Tensor3D =>
    image ? tf.reshape(x, [-1, image[0] * image[1], channels]) : (x as tf.Tensor3D);
  const placesFor = rememberPlaces(windows, make);
  const take = taking(axis);
  const cover = (x: tf.Tensor, padding: number): tf.Tensor4D => {
    const frames = pixels(x);
    const { count, table } = placesFor(frames.shape[0]);
    const taps = table.length / count;
    const taken = take(frames, table, padding);
    if (image) return tf.reshape(taken, [frames.shape[0], count, taps, channels]);
    return tf.transpose(tf.reshape(taken, [count, taps, frames.shape[1], channels]), [0, 2, 1, 3]);
  };
  const counted = (x: tf.Tensor): tf.Tensor => {
    const counts = tapsOf(placesFor(x.shape[0]));
    return tf.tensor(counts, image ? [1, counts.length, 1] : [counts.length, 1, 1]);
  };
  return Object.assign(cover, { counted });
}

/** Of each place, those that are no padding. */
function tapsOf({ count, table }: Places): number[] {
  const taps = table.length / count;
  return Array.from({ length: count }, (_, place) => {
    return table.subarray(place * taps, (place + 1) * taps).filter((pixel) => pixel >= 0).length;
  });
}

/**
 * tf.gather along an axis, with padding where an index is -1. Its own gradient is none that the wasm backend has; here
 * that too is a gather: of each pixel, from everywhere that it was copied to.
 */
function taking(axis: 0 | 1) {
  const known = new WeakMap<Int32Array, Sources>();
  return (x: tf.Tensor3D, table: Int32Array, padding: number): tf.Tensor => {
    const pixels = x.shape[axis];
    const from = known.get(table) ?? sourcesOf(table, pixels);
    known.set(table, from);
    return tf.customGrad((given) => ({
      value: tf.gather(
        withOneMore(given as tf.Tensor, axis, padding),
        tf.tensor1d(from.forward, 'int32'),
        axis,
      ),
      gradFunc: (dy) => {
        const all = tf.gather(withOneMore(dy, axis, 0), tf.tensor1d(from.backward, 'int32'), axis);
        const shape = [...all.shape];
        shape.splice(axis, 1, pixels, from.most);
        return tf.sum(tf.reshape(all, shape), axis + 1);
      },
    }))(x);
  };
}

interface Sources {
  /** [copies] of what pixel each is; one behind the last for padding. */
  readonly forward: Int32Array;
  /** [pixels, most] where the copies of each pixel are; one behind the last where there are fewer. */
  readonly backward: Int32Array;
  readonly most: number;
}

function sourcesOf(table: Int32Array, pixels: number): Sources {
  const uses = Array.from({ length: pixels }, (): number[] => []);
  table.forEach((pixel, copy) => {
    if (pixel >= 0) uses[pixel]!.push(copy);
  });
  const most = Math.max(1, ...uses.map(({ length }) => length));
  const backward = new Int32Array(pixels * most).fill(table.length);
  uses.forEach((copies, pixel) => {
    backward.set(copies, pixel * most);
  });
  return { forward: table.map((pixel) => (pixel < 0 ? pixels : pixel)), backward, most };
}

function withOneMore(x: tf.Tensor, axis: number, value: number): tf.Tensor {
  return tf.pad(
    x,
    x.shape.map((_, at): [number, number] => [0, at === axis ? 1 : 0]),
    value,
  );
}
