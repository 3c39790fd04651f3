/** A layer of a network as a layer of Keras: its class, its configuration and its weights. */
import { numberOf } from '../../convert/activations.ts';
import type { OpenShape } from '../../network/sample-shapes.ts';
import { isConv, isRecurrent } from '../../network/shapes.ts';
import type {
  ActivationName,
  ConvLayer,
  Layer,
  MergeOperation,
  PoolingLayer,
  RecurrentLayer,
  Tensor,
  Windows,
} from '../../network/types.ts';
import { placesAlong } from '../../network/windows.ts';

export interface KerasClass {
  readonly className: string;
  readonly config: object;
}

/** Weights of a layer by the names that Keras has for them. */
export type NamedWeights = readonly (readonly [name: string, tensor: Tensor])[];

const mergeClasses: Readonly<Record<MergeOperation, string>> = {
  add: 'Add',
  subtract: 'Subtract',
  multiply: 'Multiply',
  average: 'Average',
  maximum: 'Maximum',
  minimum: 'Minimum',
  concatenate: 'Concatenate',
};

/** @param read of one sample, what the layer reads; a step of images stands within a TimeDistributed layer */
export function kerasClass(layer: Layer, read: OpenShape): KerasClass {
  const own = classOf(layer, read);
  const isAlone = isConv(layer) || layer.kind === 'Pooling' || layer.kind === 'Scale';
  if (!isAlone || read?.length !== 4) return own;
  return eachStepOf(own);
}

/** A layer that works on each sequence step by itself. */
export function eachStepOf({ className, config }: KerasClass): KerasClass {
  const layer = { class_name: className, config: { name: 'each_step', ...config } };
  return { className: 'TimeDistributed', config: { layer } };
}

function classOf(layer: Layer, read: OpenShape): KerasClass {
  switch (layer.kind) {
    case 'LSTM':
    case 'GRU':
    case 'SimpleRNN':
      return recurrentClass(layer);
    case 'Dense':
      return {
        className: 'Dense',
        config: { units: layer.units, activation: activation(layer.activation), use_bias: true },
      };
    case 'Conv1D':
    case 'Conv2D':
      return { className: layer.kind, config: convConfig(layer, read) };
    case 'Pooling':
      return poolingClass(layer, read);
    case 'Scale':
      // y = gamma (x - mean) / sqrt(variance + epsilon) + beta, of a mean of 0 and a variance of 1.
      return {
        className: 'BatchNormalization',
        config: { axis: -1, momentum: 0.99, epsilon: 0, center: true, scale: true },
      };
    case 'Embedding':
      return {
        className: 'Embedding',
        config: {
          ...{ input_dim: layer.vocabulary, output_dim: layer.dimension, input_length: null },
          mask_zero: layer.maskZero ?? false,
        },
      };
    case 'Activation':
      return activationClass(layer.activation);
    case 'Masking':
      return { className: 'Masking', config: { mask_value: layer.maskValue } };
    case 'Reshape':
      if (layer.ofEachStep) return eachStepOf({ className: 'Flatten', config: {} });
      return { className: 'Reshape', config: { target_shape: layer.shape.map((size) => size ?? -1) } };
    case 'Permute':
      return { className: 'Permute', config: { dims: layer.axes.map((axis) => axis + 1) } };
    case 'Merge': {
      const axis = layer.axis === 'steps' ? 1 : -1;
      const config = layer.operation === 'concatenate' ? { axis } : {};
      return { className: mergeClasses[layer.operation], config };
    }
    case 'Dropout':
      // How much is not known here, and nothing is dropped at inference.
      return { className: 'Dropout', config: { rate: 0 } };
    case 'Flatten':
      return { className: 'Flatten', config: {} };
    default:
      throw new Error(`layer "${layer.name}" (${layer.kind}) cannot be written as a tfjs layer`);
  }
}

/** One that has a number of its own is a layer in the place of a name. */
function activation(name: ActivationName): unknown {
  if (!numberOf(name)) return name;
  const { className, config } = activationClass(name);
  return { class_name: className, config };
}

function activationClass(name: ActivationName): KerasClass {
  const numbered = numberOf(name);
  if (!numbered) return { className: 'Activation', config: { activation: name } };
  const className = numbered.name === 'elu' ? 'ELU' : 'LeakyReLU';
  return { className, config: { alpha: numbered.value } };
}

export function recurrentClass(layer: RecurrentLayer): KerasClass {
  const { kind, units, returnSequences, zeroSkipped } = layer;
  return {
    className: kind,
    config: {
      units,
      activation: activation(layer.activation),
      ...(kind !== 'SimpleRNN' && { recurrent_activation: activation(layer.recurrentActivation) }),
      use_bias: true,
      ...(kind === 'GRU' && { reset_after: layer.resetAfter }),
      return_sequences: returnSequences,
      return_state: false,
      go_backwards: layer.direction === 'backward',
      stateful: false,
      unroll: false,
      ...(zeroSkipped && { zero_output_for_mask: true }),
    },
  };
}

function convConfig(layer: ConvLayer, read: OpenShape): object {
  const { windows, units } = layer;
  return {
    filters: units,
    kernel_size: windows.size,
    strides: windows.stride,
    dilation_rate: windows.dilation,
    // What has no name is written as a layer of its own before it.
    padding: paddingName(windows, read) ?? 'valid',
    data_format: 'channels_last',
    activation: activation(layer.activation),
    use_bias: true,
  };
}

function poolingClass({ of, windows, global }: PoolingLayer, read: OpenShape): KerasClass {
  const axes = windows.image ? '2D' : '1D';
  const whole = { data_format: 'channels_last' };
  if (of === 'padding') return zeroPadding(windows);
  const name = `${of === 'max' ? 'Max' : 'Average'}Pooling${axes}`;
  if (global) return { className: `Global${name}`, config: whole };
  const { size, stride } = windows;
  const padding = paddingName(windows, read);
  return { className: name, config: { pool_size: size, strides: stride, padding, ...whole } };
}

export function zeroPadding({ padding }: Windows): KerasClass {
  return { className: 'ZeroPadding2D', config: { padding, data_format: 'channels_last' } };
}

/**
 * The padding that Keras has a name for and that is the same for samples of that shape; null where none is.
 * @param read of one sample
 */
export function paddingName(windows: Windows, read: OpenShape): 'valid' | 'same' | 'causal' | null {
  const { padding, image, size, dilation, stride } = windows;
  if (typeof padding === 'string') return padding;
  const isOpen = !image && typeof read?.[0] !== 'number';
  // Where every step has a window, how many steps there are does not matter.
  const any = stride[0] === 1 ? (size[0]! - 1) * dilation[0]! + 1 : null;
  const lengths = image ?? [isOpen ? any : read![0]!];
  const names = ['valid', 'same', ...(image ? [] : (['causal'] as const))] as const;
  const isSame = (name: (typeof names)[number]): boolean =>
    lengths.every((length, axis) => {
      if (length === null) return name === 'valid' && padding[axis]!.every((zeros) => zeros === 0);
      const [own, named] = [windows, { ...windows, padding: name }].map((one) =>
        placesAlong(one, axis, length),
      );
      return own!.count === named!.count && own!.before === named!.before;
    });
  return names.find(isSame) ?? null;
}

/** Of a layer that stands for itself. */
export function kerasWeights(layer: Layer): NamedWeights {
  if (layer.kind === 'Embedding') return [['embeddings', layer.table]];
  if (layer.kind === 'Scale') {
    const of = (value: number): Tensor => ({
      shape: [layer.channels],
      values: new Float32Array(layer.channels).fill(value),
    });
    return [
      ['gamma', layer.scale],
      ['beta', layer.offset],
      ['moving_mean', of(0)],
      ['moving_variance', of(1)],
    ];
  }
  if (isRecurrent(layer)) {
    const { kernel, recurrentKernel } = layer;
    return [
      ['kernel', kernel],
      ['recurrent_kernel', recurrentKernel],
      ['bias', recurrentBias(layer)],
    ];
  }
  if (layer.kind !== 'Dense' && !isConv(layer)) return [];
  return [
    ['kernel', layer.kernel],
    ['bias', layer.bias],
  ];
}

/** Those of a GRU that resets after lie one above the other; of any other they add up. */
function recurrentBias(layer: RecurrentLayer): Tensor {
  if (layer.kind !== 'GRU') return layer.bias;
  const [own, other] = [layer.bias, layer.recurrentBias];
  const [width] = own.shape as [number];
  if (!layer.resetAfter) return { shape: [width], values: own.values.map((x, k) => x + other.values[k]!) };
  const values = new Float32Array(2 * width);
  values.set(own.values);
  values.set(other.values, width);
  return { shape: [2, width], values };
}
