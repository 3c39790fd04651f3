/** Layers of a network in training that arrange values anew, or say which sequence steps are skipped. */
import * as tf from '@tensorflow/tfjs';
import type { MaskingLayer, PermuteLayer, ReshapeLayer } from '../../core/network/types.ts';
import { flattened, type Flow, type Values } from './forward-parts.ts';

/** Skips the steps whose values are all the layer's; they become 0. */
export function maskingFlow({ maskValue }: MaskingLayer): (input: Flow) => Flow {
  const wanted = Math.fround(maskValue);
  return ({ x }) => {
    const mask: tf.Tensor2D = tf.cast(tf.greater(tf.max(tf.abs(tf.sub(x, wanted)), -1), 0), 'float32');
    return { x: tf.mul(x, tf.expandDims(mask, -1)), mask };
  };
}

export function reshapeFlow({ shape, ofEachStep }: ReshapeLayer): (input: Flow) => Flow {
  return ({ x, mask }) => ({ x: arranged(flattened(x), shape), ...(ofEachStep && mask && { mask }) });
}

export function permuteFlow({ shape, axes }: PermuteLayer): (input: Flow) => Flow {
  const after = axes.map((axis) => shape[axis]!);
  return ({ x }) => {
    const values = tf.reshape(flattened(x), [-1, ...shape]);
    const turned: tf.Tensor = tf.transpose(values, [0, ...axes.map((axis) => axis + 1)]);
    return { x: arranged(tf.reshape(turned, [x.shape.at(-2)!, -1]), after) };
  };
}

/**
 * As layers hand on samples of that shape: [features], [steps, features], or images.
 * @param x [samples, values]
 */
function arranged(x: tf.Tensor2D, shape: readonly (number | null)[]): Values {
  if (shape.length !== 2 && shape.length !== 4) return x;
  const features = shape.slice(1).reduce<number>((product, size) => product * (size ?? 1), 1);
  const [samples, values] = x.shape;
  return tf.transpose(tf.reshape(x, [samples, values / features, features]), [1, 0, 2]) as Values;
}
