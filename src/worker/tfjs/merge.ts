/** Layers that put several together, as tfjs has them. */
import * as tf from '@tensorflow/tfjs';
import type { MergeLayer } from '../../core/network/types.ts';

/** tfjs has none of its own. */
class Subtracted extends tf.layers.Layer {
  static readonly className = 'SpikewiseSubtracted';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const [first, second] = inputs as [tf.Tensor, tf.Tensor];
    return tf.sub(first, second);
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    return (inputShape as tf.Shape[])[0]!;
  }
}

export function buildMerge({ operation, axis }: MergeLayer): tf.layers.Layer {
  switch (operation) {
    case 'add':
      return tf.layers.add();
    case 'subtract':
      return new Subtracted({});
    case 'multiply':
      return tf.layers.multiply();
    case 'average':
      return tf.layers.average();
    case 'maximum':
      return tf.layers.maximum();
    case 'minimum':
      return tf.layers.minimum();
    case 'concatenate':
      return tf.layers.concatenate({ axis: axis === 'steps' ? 1 : -1 });
  }
}
