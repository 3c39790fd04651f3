/** A convolution as it was trained: a Dense layer at every place of its window. */
import { resolveActivation } from '../convert/activations.ts';
import type { ConvLayer } from '../network/types.ts';
import type { AnalogOptions } from './analog.ts';
import { activated } from './elementwise.ts';
import type { Kernel } from './kernel/types.ts';
import type { LayerRunner, Trace } from './types.ts';
import { coverInto, framesOf, rememberPlaces, type Places } from './windows.ts';

/** What is recorded has a row for each place of each frame: [frames, places, values]. */
export function convRunner(layer: ConvLayer, kernel: Kernel, options: AnalogOptions): LayerRunner {
  const { units, inputSize, windows } = layer;
  const affine = kernel.createAffine(inputSize, units, layer.kernel.values, layer.bias.values);
  const activation = resolveActivation(layer.activation, options.activations);
  const placesFor = rememberPlaces(windows);
  return (input) => {
    const places = placesFor(input.steps);
    const frames = framesOf(windows, input.steps);
    const rows = frames * places.count;
    const values = new Float32Array(rows * units);
    const inputs = new Float32Array(rows * inputSize);
    eachWindow(layer, input, places, (row, cover) => {
      const covered = inputs.subarray(row * inputSize, (row + 1) * inputSize);
      cover(covered);
      affine.apply(covered, values.subarray(row * units, (row + 1) * units));
    });
    options.onPreActivations?.(layer, values);
    activated(activation, values, units);
    return {
      output: convTrace(layer, input, places, values),
      neurons: values,
      inputs,
      cell: null,
      spikes: null,
    };
  };
}

/** Of an image, one step of all its values; of a sequence, as many steps as places. */
export function convTrace(
  { windows, units }: Pick<ConvLayer, 'windows' | 'units'>,
  { steps, sequence }: Trace,
  { count }: Places,
  values: Float32Array,
): Trace {
  return windows.image
    ? { steps, features: count * units, values, sequence }
    : { steps: count, features: units, values, sequence };
}

/**
 * Place by place, and at each place frame by frame: what a neuron of that place sees follows one another.
 * @param see told the row of frame and place, and given what copies the values of the window
 * @param start told before the first frame of each place
 */
export function eachWindow(
  { windows }: Pick<ConvLayer, 'windows'>,
  { steps, values }: Trace,
  places: Places,
  see: (row: number, cover: (into: Float32Array) => void) => void,
  start: (place: number) => void = () => undefined,
): void {
  const frames = framesOf(windows, steps);
  const size = values.length / frames;
  for (let place = 0; place < places.count; place++) {
    start(place);
    for (let frame = 0; frame < frames; frame++) {
      const pixels = values.subarray(frame * size, (frame + 1) * size);
      see(frame * places.count + place, (into) => {
        coverInto(places, place, windows.channels, pixels, into);
      });
    }
  }
}
