/** What the counters of a spiking layer give back to the analog part, and what is kept of it. */
import type { SpikingLayer } from '../convert/types.ts';
import type { Population } from './kernel/types.ts';
import { decodingOfNeurons, valueOfNeurons } from './synapses.ts';

const { fround } = Math;

/** The counters: firing rates of [neurons] back to [values], each the sum of its pieces. */
export function decoder(
  { populations }: Pick<SpikingLayer, 'populations'>,
  timesteps: number,
): (counts: Int32Array, into: Float32Array) => void {
  const { base, span } = decodingOfNeurons(populations);
  const values = valueOfNeurons(populations);
  return (counts, into) => {
    into.fill(0);
    for (let k = 0; k < counts.length; k++) {
      into[values[k]!]! += base[k]! + fround(span[k]! * fround(counts[k]! / timesteps));
    }
  };
}

/** Buffers of one sample, one row a sequence step. */
export function recorder(
  population: Population,
  { timesteps, values }: { readonly timesteps: number; readonly values: number },
  steps: number,
  ranges: Float32Array,
) {
  const neurons = population.counts.length;
  const inputs = population.inputCounts.length;
  const record = {
    neurons: new Float32Array(steps * values),
    inputs: new Float32Array(steps * inputs),
    spikes: { neurons: new Int32Array(steps * neurons), inputs: new Int32Array(steps * inputs) },
  };
  const note = (step: number): void => {
    record.spikes.neurons.set(population.spikes, step * neurons);
    record.spikes.inputs.set(population.inputSpikes, step * inputs);
    for (let k = 0; k < inputs; k++) {
      record.inputs[step * inputs + k] = (ranges[k]! * population.inputCounts[k]!) / timesteps;
    }
  };
  return { record, note };
}
