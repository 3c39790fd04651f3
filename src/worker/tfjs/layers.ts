/** A layer of a trained network as tfjs has it. */
import * as tf from '@tensorflow/tfjs';
import { resolveActivation } from '../../core/convert/activations.ts';
import { hasOneActivation, isRecurrent } from '../../core/network/shapes.ts';
import type { ClippedLinear, Layer, LstmLayer } from '../../core/network/types.ts';
import type { AnalogOptions } from '../../core/simulate/analog.ts';
import { namedActivation } from './activations.ts';
import { buildGru, buildSimpleRnn, recurrentWeights, stepping } from './recurrent.ts';
import { buildConv, buildPooling, buildReshape, ScaledChannels } from './windows.ts';

/** y = clip(slope x + offset, low, high) as a tfjs activation. */
export class ClippedLinearActivation extends tf.serialization.Serializable {
  static readonly className = 'SpikewiseClippedLinear';
  readonly #clip: ClippedLinear;

  constructor(clip: ClippedLinear) {
    super();
    this.#clip = clip;
  }

  apply(x: tf.Tensor): tf.Tensor {
    const { slope, offset, low, high } = this.#clip;
    return tf.tidy(() => tf.clipByValue(tf.add(tf.mul(x, slope), offset), low, high));
  }

  getConfig(): tf.serialization.ConfigDict {
    return { ...this.#clip };
  }
}

/** Sequence steps from the last to the first, as a layer. */
export class ReversedSteps extends tf.layers.Layer {
  static readonly className = 'SpikewiseReversedSteps';
  override readonly supportsMasking = true;

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    return tf.reverse(Array.isArray(inputs) ? inputs[0]! : inputs, 1);
  }

  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    return inputShape;
  }
}

export function layerWeights(layer: Layer) {
  if (isRecurrent(layer)) return recurrentWeights(layer);
  if (layer.kind === 'Embedding') return [layer.table];
  return hasOneActivation(layer) ? [layer.kernel, layer.bias] : [];
}

export function buildLayer(layer: Layer, options: AnalogOptions): tf.layers.Layer {
  switch (layer.kind) {
    case 'LSTM':
      return buildLstm(layer, options);
    case 'GRU':
      return buildGru(layer, {
        activation: activation(layer.activation, options),
        recurrent: activation(layer.recurrentActivation, options),
      });
    case 'SimpleRNN':
      return buildSimpleRnn(layer, activation(layer.activation, options));
    case 'Masking':
      return tf.layers.masking({ maskValue: layer.maskValue });
    case 'Dense':
      return tf.layers.dense({
        units: layer.units,
        activation: activation(layer.activation, options) as 'linear',
        kernelInitializer: 'zeros',
      });
    case 'Embedding':
      return tf.layers.embedding({
        inputDim: layer.vocabulary,
        outputDim: layer.dimension,
        embeddingsInitializer: 'zeros',
        maskZero: layer.maskZero ?? false,
      });
    case 'Activation':
      return tf.layers.activation({ activation: activation(layer.activation, options) as 'linear' });
    case 'Conv1D':
    case 'Conv2D':
      return buildConv(layer, activation(layer.activation, options));
    case 'Pooling':
      return buildPooling(layer);
    case 'Scale':
      return new ScaledChannels(layer);
    case 'Reshape':
      return buildReshape(layer);
    case 'Permute':
      return tf.layers.permute({ dims: layer.axes.map((axis) => axis + 1) });
    case 'Flatten':
      return tf.layers.flatten();
    default:
      throw new Error(`layer "${layer.name}" (${layer.kind}) has no analog counterpart`);
  }
}

function buildLstm(layer: LstmLayer, options: AnalogOptions): tf.layers.Layer {
  const cell = tf.layers.lstmCell({
    units: layer.units,
    activation: activation(layer.activation, options) as 'linear',
    recurrentActivation: activation(layer.recurrentActivation, options) as 'linear',
    kernelInitializer: 'zeros',
    recurrentInitializer: 'zeros',
  });
  const { cellClip } = options;
  if (cellClip !== null) {
    const call = cell.call.bind(cell);
    // c is clipped after h has been taken from it, as in the paper authors' implementation.
    cell.call = (inputs, kwargs) => {
      const [output, hidden, state] = call(inputs, kwargs) as [tf.Tensor, tf.Tensor, tf.Tensor];
      return [output, hidden, tf.clipByValue(state, -cellClip, cellClip)];
    };
  }
  return stepping(layer, cell);
}

/** A name that tfjs has itself, or our clipped-linear class with its numbers. */
export function activation(name: string, options: AnalogOptions): unknown {
  const { spiking, replaced } = resolveActivation(name, options.activations);
  if (spiking === null || spiking === 'relu' || replaced) {
    return namedActivation(name);
  }
  return { className: ClippedLinearActivation.className, config: { ...spiking } };
}
