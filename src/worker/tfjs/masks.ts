/** Which sequence steps are skipped, where tfjs (4.22) has it otherwise than Keras. A mask is [samples, steps], 0 where a step is skipped. */
import * as tf from '@tensorflow/tfjs';
import type { Layer, MergeLayer } from '../../core/network/types.ts';

type Kwargs = Parameters<tf.layers.Layer['call']>[1];

/** What a layer's input skips; undefined where it skips nothing. */
export function maskOf(kwargs: Kwargs): tf.Tensor | undefined {
  const given = kwargs['mask'] as tf.Tensor | (tf.Tensor | null)[] | null | undefined;
  return (Array.isArray(given) ? given[0] : given) ?? undefined;
}

/** A run of a model hands one record of arguments from layer to layer, and with it the mask of a layer to others. */
export function forgetMask(layer: tf.layers.Layer): tf.layers.Layer {
  const call = layer.call.bind(layer);
  layer.call = (inputs, kwargs) => {
    const made = call(inputs, kwargs);
    delete (kwargs as Kwargs | undefined)?.['mask'];
    return made;
  };
  return layer;
}

/**
 * Behind a layer that works on whole sequences no step is skipped, as in Keras 3; tfjs would refuse the model.
 * A mean over the sequence leaves out what is skipped, in Keras alone.
 */
export function endMask(built: tf.layers.Layer, layer: Layer): void {
  if (built.supportsMasking) return;
  if (layer.kind === 'Reshape' && layer.ofEachStep) {
    built.supportsMasking = true;
    return;
  }
  built.computeMask = () => null as unknown as tf.Tensor;
  if (layer.kind !== 'Pooling' || !layer.global || layer.of !== 'average') return;
  const call = built.call.bind(built);
  built.call = (inputs, kwargs) => {
    const mask = maskOf(kwargs);
    if (!mask) return call(inputs, kwargs);
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tf.tidy(() => {
      const kept = tf.expandDims(tf.cast(mask, 'float32'), -1);
      return tf.div(tf.sum(tf.mul(x, kept), 1), tf.maximum(tf.sum(kept, 1), 1));
    });
  };
}

/** tfjs leaves the last mask out. */
export function mergeMasks(built: tf.layers.Layer, { operation, axis, skipsTogether }: MergeLayer): void {
  built.supportsMasking = true;
  built.computeMask = (inputs, given) => {
    const masks: readonly (tf.Tensor | null | undefined)[] = [given].flat();
    const known = masks.filter((mask) => mask !== null && mask !== undefined);
    const none = null as unknown as tf.Tensor;
    if (known.length === 0) return none;
    const isLonger = operation === 'concatenate' && axis === 'steps';
    if (isLonger) {
      const ofEach = (inputs as tf.Tensor[]).map((input, n) =>
        numbers(masks[n] ?? tf.ones(input.shape.slice(0, 2))),
      );
      return tf.cast(tf.concat(ofEach, 1), 'bool');
    }
    if (skipsTogether) {
      if (known.length < masks.length) return none;
      return tf.cast(
        known.map(numbers).reduce((a, b) => tf.maximum(a, b)),
        'bool',
      );
    }
    return tf.cast(
      known.map(numbers).reduce((a, b) => tf.minimum(a, b)),
      'bool',
    );
  };
}

const numbers = (mask: tf.Tensor): tf.Tensor => tf.cast(mask, 'float32');

/** A sequence with one more feature: 1 where the step is not skipped. */
export class KeptBeside extends tf.layers.Layer {
  static readonly className = 'SpikewiseKeptBeside';
  override readonly supportsMasking = true;

  override call(inputs: tf.Tensor | tf.Tensor[], kwargs: Kwargs): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tf.tidy(() => {
      const kept = numbers(maskOf(kwargs) ?? tf.ones(x.shape.slice(0, 2)));
      return tf.concat([x, tf.expandDims(kept, -1)], -1);
    });
  }

  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    return [...inputShape.slice(0, -1), inputShape.at(-1)! + 1];
  }
}

/** What {@link KeptBeside} gives of several, put together at each step by those that do not skip it. */
export class MergedWhereKept extends tf.layers.Layer {
  static readonly className = 'SpikewiseMergedWhereKept';
  readonly #operation: MergeLayer['operation'];

  constructor({ operation }: MergeLayer) {
    super({});
    this.#operation = operation;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const operation = this.#operation;
    return tf.tidy(() => {
      const parts = (inputs as tf.Tensor3D[]).map((x) => {
        const features = x.shape[2] - 1;
        return {
          x: tf.slice3d(x, [0, 0, 0], [-1, -1, features]),
          kept: tf.cast(tf.slice3d(x, [0, 0, features], [-1, -1, 1]), 'bool'),
        };
      });
      // What changes no result.
      const neutral = operation === 'multiply' ? 1 : operation === 'maximum' ? -3e38 : 3e38;
      const filled = parts.map(({ x, kept }) =>
        tf.where(tf.broadcastTo(kept, x.shape), x, tf.fill(x.shape, neutral)),
      );
      const of = operation === 'multiply' ? tf.mul : operation === 'maximum' ? tf.maximum : tf.minimum;
      const value = filled.reduce((a, b) => of(a, b));
      const isKept = parts.map(({ kept }) => numbers(kept)).reduce((a, b) => tf.maximum(a, b));
      const otherwise = operation === 'multiply' ? tf.zerosLike(value) : parts[0]!.x;
      return tf.where(tf.broadcastTo(tf.cast(isKept, 'bool'), value.shape), value, otherwise);
    });
  }

  override computeOutputShape(inputShape: tf.Shape | tf.Shape[]): tf.Shape {
    const [first] = inputShape as tf.Shape[];
    return [...first!.slice(0, -1), first!.at(-1)! - 1];
  }
}
