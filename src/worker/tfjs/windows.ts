/** Convolutions, pooling, scaling and reshaping as tfjs has them. */
import * as tf from '@tensorflow/tfjs';
import type {
  ConvLayer,
  Layer,
  Network,
  PoolingLayer,
  ReshapeLayer,
  ScaleLayer,
  Windows,
} from '../../core/network/types.ts';
import { countPlaces, placesAlong } from '../../core/network/windows.ts';

type Pair = [number, number];

/** @param activation as tfjs takes it */
export function buildConv({ windows, units }: ConvLayer, activation: unknown): tf.layers.Layer {
  const { size, stride, dilation, image } = windows;
  const common = {
    filters: units,
    activation: activation as 'linear',
    kernelInitializer: 'zeros',
    padding: 'valid',
  } as const;
  const layer = image
    ? tf.layers.conv2d({
        ...common,
        kernelSize: [...size] as Pair,
        strides: [...stride] as Pair,
        dilationRate: [...dilation] as Pair,
      })
    : tf.layers.conv1d({
        ...common,
        kernelSize: size[0]!,
        strides: stride[0]!,
        dilationRate: dilation[0]!,
      });
  return windows.padding === 'valid' ? layer : padded(layer, windows, units);
}

/**
 * The padding is done here: tfjs has none that is causal, and the `same` of its wasm backend gives zeros where a stride
 * is larger than the window (4.22).
 */
function padded(layer: tf.layers.Layer, windows: Windows, units: number, value = 0): tf.layers.Layer {
  const around = (lengths: readonly (number | null)[]) =>
    lengths.map((length, axis): Pair => {
      const { count, before } = placesAlong(windows, axis, length!);
      const width = (windows.size[axis]! - 1) * windows.dilation[axis]! + 1;
      return [before, Math.max(0, (count - 1) * windows.stride[axis]! + width - length! - before)];
    });
  const call = layer.call.bind(layer);
  layer.call = (inputs, kwargs) => {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return call(tf.pad(x, [[0, 0], ...around(x.shape.slice(1, -1)), [0, 0]], value), kwargs);
  };
  layer.computeOutputShape = (shape) => {
    const [batch, ...lengths] = shape.slice(0, -1) as (number | null)[];
    const counts = lengths.map((length, axis) =>
      length === null ? null : placesAlong(windows, axis, length).count,
    );
    return [batch!, ...counts, units];
  };
  return layer;
}

export function buildPooling(layer: PoolingLayer): tf.layers.Layer {
  const { windows, of, global } = layer;
  const { size, stride, padding, image } = windows;
  if (of === 'last') return new LastStep({});
  if (of === 'padding') {
    const [[top, bottom], [left, right]] = padding as unknown as [Pair, Pair];
    const around: [Pair, Pair] = [
      [top, bottom],
      [left, right],
    ];
    return tf.layers.zeroPadding2d({ padding: around });
  }
  if (typeof padding !== 'string') {
    const unpadded = buildPooling({ ...layer, windows: { ...windows, padding: 'valid' } });
    // What is no padding is always more.
    return padded(unpadded, windows, windows.channels, -3e38);
  }
  if (padding === 'causal') throw new Error('pooling has no causal padding');
  if (image) {
    const whole = { dataFormat: 'channelsLast' } as const;
    if (global)
      return of === 'max' ? tf.layers.globalMaxPooling2d(whole) : tf.layers.globalAveragePooling2d(whole);
    const config = { poolSize: [...size] as Pair, strides: [...stride] as Pair, padding };
    return of === 'max' ? tf.layers.maxPooling2d(config) : tf.layers.averagePooling2d(config);
  }
  if (global) return of === 'max' ? tf.layers.globalMaxPooling1d({}) : tf.layers.globalAveragePooling1d({});
  const config = { poolSize: size[0]!, strides: stride[0]!, padding };
  return of === 'max' ? tf.layers.maxPooling1d(config) : tf.layers.averagePooling1d(config);
}

/** [batch, steps, features] -> [batch, features] */
class LastStep extends tf.layers.Layer {
  static readonly className = 'SpikewiseLastStep';

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    const [, steps, features] = x.shape as [number, number, number];
    return tf.tidy(() => tf.reshape(tf.slice(x, [0, steps - 1, 0], [-1, 1, -1]), [-1, features]));
  }

  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    return [inputShape[0]!, inputShape[2]!];
  }
}

/** y = scale x + offset over the last axis. */
export class ScaledChannels extends tf.layers.Layer {
  static readonly className = 'SpikewiseScaledChannels';
  override readonly supportsMasking = true;
  readonly #scale: tf.Tensor;
  readonly #offset: tf.Tensor;

  constructor({ scale, offset }: ScaleLayer) {
    super({});
    [this.#scale, this.#offset] = [tf.tensor(scale.values), tf.tensor(offset.values)];
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor {
    const x = Array.isArray(inputs) ? inputs[0]! : inputs;
    return tf.tidy(() => tf.add(tf.mul(x, this.#scale), this.#offset));
  }

  override computeOutputShape(inputShape: tf.Shape): tf.Shape {
    return inputShape;
  }

  override dispose(): ReturnType<tf.layers.Layer['dispose']> {
    tf.dispose([this.#scale, this.#offset]);
    return super.dispose();
  }
}

export function buildReshape({ shape }: ReshapeLayer): tf.layers.Layer {
  return tf.layers.reshape({ targetShape: [...shape] });
}

/** Works on each sequence step of images by itself, where there are several. */
export function overSteps(layer: tf.layers.Layer, input: tf.SymbolicTensor): tf.layers.Layer {
  return input.shape.length === 5 ? tf.layers.timeDistributed({ layer }) : layer;
}

export function slidesOverImages(layer: Layer): boolean {
  return 'windows' in layer && layer.windows.image !== null;
}

/** Values of the widest step between the first layers: samples, or what a convolution makes of their images. */
export function widest({ inputShape, layers }: Network): number {
  const [values = 1] = inputShape.slice(-1);
  const image = inputShape.length > 2 ? inputShape.slice(-3) : [values];
  const sizes = layers.map((layer) =>
    'windows' in layer && 'units' in layer ? countPlaces(layer.windows) * layer.units : 0,
  );
  return Math.max(
    image.reduce<number>((product, size) => product * (size ?? 1), 1),
    ...sizes,
  );
}
