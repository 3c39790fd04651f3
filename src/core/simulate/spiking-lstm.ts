/** An LSTM whose gates are integrate-and-fire neurons. */
import { resolveActivation } from '../convert/activations.ts';
import type { SpikingLstm } from '../convert/types.ts';
import { decoder, recorder } from './counters.ts';
import type { Kernel } from './kernel/types.ts';
import { runCell } from './lstm-cell.ts';
import type { SpikingOptions } from './spiking.ts';
import { inputRanges, layerParameters } from './synapses.ts';
import type { LayerRunner } from './types.ts';

export function lstmRunner(spiking: SpikingLstm, kernel: Kernel, options: SpikingOptions): LayerRunner {
  const { layer } = spiking;
  const { units } = layer;
  const population = kernel.createPopulation(layerParameters(spiking, options));
  const { timesteps } = options;
  const decode = decoder(spiking, timesteps);
  const values = 4 * units;
  const activation = resolveActivation(layer.activation, options.activations).analog;
  if (!activation) throw new Error(`layer "${layer.name}": unknown activation`);
  const parameters = {
    units,
    returnSequences: layer.returnSequences,
    activation,
    cellClip: options.cellClip,
  };
  const ranges = inputRanges(spiking);
  const scaled = new Float32Array(ranges.length);
  return (input, forced) => {
    population.begin();
    const { record, note } = recorder(population, { timesteps, values }, input.steps, ranges);
    const gatesOf = (joined: Float32Array, step: number): Float32Array => {
      for (let k = 0; k < joined.length; k++) scaled[k] = joined[k]! / ranges[k]!;
      population.window(scaled);
      note(step);
      const gates = record.neurons.subarray(step * 4 * units, (step + 1) * 4 * units);
      decode(population.counts, gates);
      return gates;
    };
    const { output, cell } = runCell(parameters, input, gatesOf, forced);
    return { output, cell, ...record };
  };
}
