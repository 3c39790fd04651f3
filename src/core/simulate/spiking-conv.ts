/** A convolution of integrate-and-fire neurons. */
import type { SpikingConv } from '../convert/types.ts';
import { convTrace, eachWindow } from './analog-conv.ts';
import { decoder, recorder } from './counters.ts';
import type { Kernel } from './kernel/types.ts';
import type { SpikingOptions } from './spiking.ts';
import { inputRanges, layerParameters, onePlace } from './synapses.ts';
import type { LayerRunner } from './types.ts';
import { framesOf, rememberPlaces } from './windows.ts';

/**
 * Along a sequence the same neurons go on from window to window. Over an image every place has neurons of its own, all
 * with the same weights, which go on from image to image where the sample has several.
 */
export function convRunner(spiking: SpikingConv, kernel: Kernel, options: SpikingOptions): LayerRunner {
  const { windows, units, inputSize } = spiking.layer;
  const population = kernel.createPopulation(layerParameters(spiking, options));
  const { timesteps } = options;
  const decode = decoder(onePlace(spiking), timesteps);
  const ranges = inputRanges(spiking);
  const scaled = new Float32Array(inputSize);
  const placesFor = rememberPlaces(windows);
  return (input) => {
    const places = placesFor(input.steps);
    const rows = framesOf(windows, input.steps) * places.count;
    const { record, note } = recorder(population, { timesteps, values: units }, rows, ranges);
    const fresh = (place: number): void => {
      if (windows.image || place === 0) population.begin();
    };
    eachWindow(
      spiking.layer,
      input,
      places,
      (row, cover) => {
        cover(scaled);
        for (let k = 0; k < inputSize; k++) scaled[k]! /= ranges[k]!;
        population.window(scaled);
        note(row);
        decode(population.counts, record.neurons.subarray(row * units, (row + 1) * units));
      },
      fresh,
    );
    return { output: convTrace(spiking.layer, input, places, record.neurons), cell: null, ...record };
  };
}
