/** Layers that put several together, as tfjs has them. */
import * as tf from '@tensorflow/tfjs';
import type { MergeLayer } from '../../core/network/types.ts';
import { MergedWhereKept, mergeMasks } from './masks.ts';

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

/** Whether what skips a sequence step takes no part in it: {@link MergeLayer}. */
export function leavesSkippedOut({ operation, skipsTogether }: MergeLayer): boolean {
  return (skipsTogether ?? false) && ['multiply', 'maximum', 'minimum'].includes(operation);
}

export function buildMerge(layer: MergeLayer, isSequence: boolean): tf.layers.Layer {
  if (!isSequence) return buildPlain(layer);
  const built = leavesSkippedOut(layer) ? new MergedWhereKept(layer) : buildPlain(layer);
  mergeMasks(built, layer);
  return built;
}

function buildPlain({ operation, axis }: MergeLayer): tf.layers.Layer {
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
