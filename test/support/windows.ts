/** Convolutions and their neighbours with made-up weights. */
import type {
  ConvLayer,
  PermuteLayer,
  PoolingLayer,
  ReshapeLayer,
  ScaleLayer,
  Windows,
} from '../../src/core/network/types.ts';
import { randomTensor } from './networks.ts';

export function windows(size: readonly number[], given: Partial<Windows> = {}): Windows {
  const ones = size.map(() => 1);
  return { size, stride: ones, dilation: ones, padding: 'valid', image: null, channels: 1, ...given };
}

export function conv(
  random: () => number,
  over: Windows,
  units: number,
  activation: string,
  name = 'conv',
): ConvLayer {
  const inputSize = over.size.reduce((a, b) => a * b, over.channels);
  return {
    kind: over.image ? 'Conv2D' : 'Conv1D',
    name,
    path: ['layers', 1],
    windows: over,
    units,
    inputSize,
    activation,
    kernel: randomTensor(random, [...over.size, over.channels, units], 1.5 / Math.sqrt(inputSize)),
    bias: randomTensor(random, [units], 0.2),
  };
}

export function pooling(over: Windows, of: 'average' | 'max', global = false, name = 'pool'): PoolingLayer {
  const axes = over.image ? '2D' : '1D';
  const className = `${global ? 'Global' : ''}${of === 'max' ? 'Max' : 'Average'}Pooling${axes}`;
  return { kind: 'Pooling', name, path: ['layers', 2], className, of, windows: over, global };
}

export function scale(random: () => number, channels: number, name = 'scale'): ScaleLayer {
  const around = randomTensor(random, [channels], 0.5);
  return {
    kind: 'Scale',
    name,
    path: ['layers', 3],
    channels,
    scale: { shape: [channels], values: around.values.map((x) => 1 + x) },
    offset: randomTensor(random, [channels], 0.3),
  };
}

export function reshape(shape: readonly number[], name = 'reshape'): ReshapeLayer {
  return { kind: 'Reshape', name, path: ['layers', 4], shape };
}

export function permute(shape: readonly number[], axes: readonly number[], name = 'permute'): PermuteLayer {
  return { kind: 'Permute', name, path: ['layers', 5], shape, axes };
}
