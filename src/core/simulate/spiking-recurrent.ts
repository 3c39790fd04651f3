/** A recurrent layer whose gates are integrate-and-fire neurons. One window of T time-steps a block and sequence step. */
import { blocksOf } from '../convert/blocks.ts';
import type { SpikingRecurrent } from '../convert/types.ts';
import { decoder } from './counters.ts';
import type { Kernel } from './kernel/types.ts';
import { recurrentRunner, rowsOf, type Evaluate } from './recurrent-layer.ts';
import type { SpikingOptions } from './spiking.ts';
import { blockParameters } from './synapses.ts';
import type { LayerRunner } from './types.ts';

export function spikingRecurrent(
  spiking: SpikingRecurrent,
  kernel: Kernel,
  options: SpikingOptions,
): LayerRunner {
  const { timesteps } = options;
  const blocks = blocksOf(spiking).map((block) => {
    const population = kernel.createPopulation(blockParameters(spiking, block, options));
    const { inputs, ranges, populations } = block;
    return {
      ...{ inputs, ranges, population },
      values: populations.reduce((sum, { values }) => sum + values, 0),
      neurons: population.counts.length,
      decode: decoder(block, timesteps),
      scaled: new Float32Array(inputs),
    };
  });
  const rows = rowsOf(blocks);
  return recurrentRunner(spiking.layer, options, (steps) => {
    const record = {
      neurons: new Float32Array(steps * rows.values),
      inputs: new Float32Array(steps * rows.inputs),
      spikes: {
        neurons: new Int32Array(steps * rows.neurons),
        inputs: new Int32Array(steps * rows.inputs),
      },
    };
    const evaluate = blocks.map(({ population, ranges, values, decode, scaled }, b): Evaluate => {
      population.begin();
      const start = rows.starts[b]!;
      return (inputs, step) => {
        for (let k = 0; k < inputs.length; k++) scaled[k] = inputs[k]! / ranges[k]!;
        population.window(scaled);
        record.spikes.neurons.set(population.spikes, step * rows.neurons + start.neurons);
        const first = step * rows.inputs + start.inputs;
        record.spikes.inputs.set(population.inputSpikes, first);
        for (let k = 0; k < ranges.length; k++) {
          record.inputs[first + k] = (ranges[k]! * population.inputCounts[k]!) / timesteps;
        }
        const from = step * rows.values + start.values;
        const row = record.neurons.subarray(from, from + values);
        decode(population.counts, row);
        return row;
      };
    });
    return { blocks: evaluate, record };
  });
}
