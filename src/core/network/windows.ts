/** How many places a window has, and the shapes that layers with windows hand on. */
import type { ConvLayer, PermuteLayer, PoolingLayer, ReshapeLayer, Windows } from './types.ts';

/** Of one axis: how many places, and how much padding is before the first. */
export function placesAlong(
  { size, stride, dilation, padding }: Pick<Windows, 'size' | 'stride' | 'dilation' | 'padding'>,
  axis: number,
  length: number,
): { readonly count: number; readonly before: number } {
  const [step, width] = [stride[axis]!, (size[axis]! - 1) * dilation[axis]! + 1];
  if (typeof padding !== 'string' || padding === 'valid') {
    const [before, after] = typeof padding === 'string' ? [0, 0] : padding[axis]!;
    return { count: Math.max(0, Math.floor((before + length + after - width) / step) + 1), before };
  }
  const count = Math.ceil(length / step);
  if (padding === 'causal') return { count, before: width - 1 };
  return { count, before: Math.floor(Math.max(0, (count - 1) * step + width - length) / 2) };
}

/** How many places a window has on an image; 1 along a sequence, whose places are windows of time. */
export function countPlaces(windows: Windows): number {
  const along = windows.image?.map((length, axis) => placesAlong(windows, axis, length).count) ?? [];
  return along.reduce((all, count) => all * count, 1);
}

/** Of a sample: [features], [steps, features], [height, width, channels] or [steps, height, width, channels]. */
type Shape = readonly (number | null)[];

/** Layers that change a sample's shape by windows, or without a change of its values. */
export type ShapingLayer = ConvLayer | PoolingLayer | ReshapeLayer | PermuteLayer;

/** What a sample of that shape becomes. Sizes that are not known stay so. */
export function shapeAfter(layer: ShapingLayer, input: Shape): Shape {
  if (layer.kind === 'Permute') return layer.axes.map((axis) => input[axis] ?? null);
  if (layer.kind === 'Reshape') return reshaped(layer.shape, input);
  const { windows } = layer;
  const channels = layer.kind === 'Pooling' ? windows.channels : layer.units;
  const isGlobal = layer.kind === 'Pooling' && layer.global;
  const axes = windows.image ? 2 : 1;
  const before = input.slice(0, -1 - axes);
  if (isGlobal) return [...before, channels];
  const lengths = input.slice(-1 - axes, -1);
  const places = lengths.map((length, axis) =>
    length === null ? null : placesAlong(windows, axis, length).count,
  );
  return [...before, ...places, channels];
}

/** Of the one size that is open, as many as the values allow. */
function reshaped(shape: Shape, input: Shape): Shape {
  const product = (sizes: Shape) =>
    sizes.reduce<number | null>((all, size) => (all === null || size === null ? null : all * size), 1);
  const values = product(input);
  const others = product(shape.filter((size) => size !== null));
  return shape.map((size) => size ?? (values === null || others === null ? null : values / others));
}

/** Sequence steps and the values of each of a sample of that shape: an image is one step. */
export function stepsOfShape(shape: readonly number[]): {
  readonly steps: number;
  readonly features: number;
  readonly sequence: boolean;
} {
  const sequence = shape.length === 2 || shape.length === 4;
  const values = shape.reduce((all, size) => all * size, 1);
  return sequence
    ? { steps: shape[0]!, features: values / shape[0]!, sequence }
    : { steps: 1, features: values, sequence };
}
