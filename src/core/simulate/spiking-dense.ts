/** A Dense layer of integrate-and-fire neurons. */
import type { SpikingDense } from '../convert/types.ts';
import { decoder, recorder } from './counters.ts';
import type { Kernel } from './kernel/types.ts';
import type { SpikingOptions } from './spiking.ts';
import { inputRanges, layerParameters } from './synapses.ts';
import type { LayerRunner } from './types.ts';

export function denseRunner(spiking: SpikingDense, kernel: Kernel, options: SpikingOptions): LayerRunner {
  const { units, inputSize } = spiking.layer;
  const population = kernel.createPopulation(layerParameters(spiking, options));
  const { timesteps } = options;
  const decode = decoder(spiking, timesteps);
  const values = units;
  const ranges = inputRanges(spiking);
  const scaled = new Float32Array(inputSize);
  return (input) => {
    population.begin();
    const { record, note } = recorder(population, { timesteps, values }, input.steps, ranges);
    for (let step = 0; step < input.steps; step++) {
      const row = input.values.subarray(step * inputSize, (step + 1) * inputSize);
      for (let k = 0; k < inputSize; k++) scaled[k] = row[k]! / ranges[k]!;
      population.window(scaled);
      note(step);
      decode(population.counts, record.neurons.subarray(step * units, (step + 1) * units));
    }
    const output = { ...input, features: units, values: record.neurons };
    return { output, cell: null, ...record };
  };
}
