/** Pooling, scaling and reshaping, which the host does on decoded values. */
import type { PermuteLayer, PoolingLayer, ReshapeLayer, ScaleLayer } from '../network/types.ts';
import type { Trace } from './types.ts';
import { framesOf, rememberPlaces, wholeOf } from './windows.ts';

export function pooler({ of, windows, global }: PoolingLayer): (input: Trace) => Trace {
  const { channels, image } = windows;
  const placesFor = rememberPlaces(windows, global ? wholeOf : undefined);
  return (input) => {
    if (global && of === 'average' && input.mask) return meanOfKept(input, input.mask);
    const places = placesFor(input.steps);
    const frames = framesOf(windows, input.steps);
    const size = input.values.length / frames;
    const values = new Float32Array(frames * places.count * channels);
    for (let frame = 0; frame < frames; frame++) {
      const pixels = input.values.subarray(frame * size, (frame + 1) * size);
      for (let place = 0; place < places.count; place++) {
        const row = (frame * places.count + place) * channels;
        for (let c = 0; c < channels; c++) values[row + c] = pooled(of, pixels, c, channels, place, places);
      }
    }
    if (image) return { ...input, features: places.count * channels, values };
    return { steps: places.count, features: channels, values, sequence: input.sequence && !global };
  };
}

/** Over the sequence steps that are not skipped, as Keras has it; zeros where all are. */
function meanOfKept({ steps, features, values }: Trace, mask: Uint8Array): Trace {
  const kept = mask.reduce((sum, there) => sum + there, 0);
  const mean = new Float32Array(features);
  for (let step = 0; step < steps; step++) {
    if (mask[step] === 0) continue;
    for (let k = 0; k < features; k++) mean[k]! += values[step * features + k]! / kept;
  }
  return { steps: 1, features, values: mean, sequence: false };
}

/** Of one channel under the window at one place. */
function pooled(
  of: PoolingLayer['of'],
  pixels: Float32Array,
  channel: number,
  channels: number,
  place: number,
  { table, count }: { readonly table: Int32Array; readonly count: number },
): number {
  const taps = table.length / count;
  let [sum, most, last, seen] = [0, -Infinity, 0, 0];
  for (let tap = place * taps; tap < (place + 1) * taps; tap++) {
    const pixel = table[tap]!;
    if (pixel < 0) continue;
    const value = pixels[pixel * channels + channel]!;
    sum += value;
    if (value > most) most = value;
    last = value;
    seen++;
  }
  if (of === 'padding') return sum;
  if (of === 'last') return last;
  return of === 'max' ? most : sum / seen;
}

export function scaler({ channels, scale, offset }: ScaleLayer): (input: Trace) => Trace {
  return (input) => ({
    ...input,
    values: input.values.map((x, i) => x * scale.values[i % channels]! + offset.values[i % channels]!),
  });
}

/** The last axes of an image are one step of many values. */
export function reshaper({ shape, ofEachStep }: ReshapeLayer): (input: Trace) => Trace {
  return ({ values, mask }) => ({
    ...traceShape(shape, values.length),
    values,
    ...(ofEachStep && mask && { mask }),
  });
}

export function permuter({ shape, axes }: PermuteLayer): (input: Trace) => Trace {
  const after = axes.map((axis) => shape[axis]!);
  const strides = shape.map((_, axis) => shape.slice(axis + 1).reduce((all, size) => all * size, 1));
  const count = shape.reduce((all, size) => all * size, 1);
  const order = Int32Array.from({ length: count }, (_, index) => {
    let [rest, from] = [index, 0];
    for (let k = axes.length - 1; k >= 0; k--) {
      from += (rest % after[k]!) * strides[axes[k]!]!;
      rest = Math.floor(rest / after[k]!);
    }
    return from;
  });
  return ({ values }) => ({
    ...traceShape(after, count),
    values: Float32Array.from(order, (from) => values[from]!),
  });
}

/** How the values of a sample of that shape are arranged: [features], [steps, features], or images. */
function traceShape(shape: readonly (number | null)[], values: number): Omit<Trace, 'values'> {
  const sequence = shape.length === 2 || shape.length === 4;
  if (!sequence) return { steps: 1, features: values, sequence };
  const features = shape.slice(1).reduce<number>((product, size) => product * (size ?? 1), 1);
  return { steps: values / features, features, sequence };
}
