/**
 * A spiking layer without its time-steps: what a neuron's firing rate would be, were its input spread evenly over
 * the window. Exact, or rounded to counts of T.
 */
import { resolveActivation } from '../convert/activations.ts';
import type { SpikingLayer } from '../convert/types.ts';
import type { Kernel, PopulationParameters } from '../simulate/kernel/types.ts';
import { runCell } from '../simulate/lstm-cell.ts';
import type { SpikingOptions } from '../simulate/spiking.ts';
import {
  decodingOfNeurons,
  inputRanges,
  isLstm,
  layerParameters,
  valueOfNeurons,
} from '../simulate/synapses.ts';
import type { LayerRun, LayerRunner, Trace } from '../simulate/types.ts';

export interface RateOptions extends SpikingOptions {
  /** Inputs beyond the generator's range are cut off. */
  readonly cutInputs: boolean;
  /** Inputs and neurons give whole counts of T. */
  readonly counts: boolean;
}

/** Values of all neurons of a layer from its inputs at one sequence step. */
interface RateLayer {
  readonly inputs: number;
  readonly values: number;
  /**
   * @param joined [inputs] as the layer is given them
   * @param seen [inputs] as the generator carries them, overwritten
   * @param values [values] overwritten
   */
  evaluate(joined: Float32Array, seen: Float32Array, values: Float32Array): void;
}

/** Whole counts in [-T, T] of a rate: to the nearest in residual coding, towards zero in the paper's. */
function rounder({ counts, coding, timesteps }: RateOptions): (rate: number) => number {
  if (!counts) return (rate) => rate;
  return coding === 'residual'
    ? (rate) => Math.round(rate * timesteps) / timesteps
    : (rate) => Math.trunc(rate * timesteps) / timesteps;
}

function rateLayer(spiking: SpikingLayer, kernel: Kernel, options: RateOptions): RateLayer {
  const parameters = layerParameters(spiking, options);
  const { inputs, neurons } = parameters;
  const ranges = inputRanges(spiking);
  const affine = driveOf(parameters, kernel);
  const { populations } = spiking;
  const { base, span } = decodingOfNeurons(populations);
  const least = populations.flatMap((p) => Array<number>(p.neurons).fill(p.dual ? -1 : 0));
  const valueOf = valueOfNeurons(populations);
  const round = rounder(options);
  const rates = new Float32Array(inputs);
  const drive = new Float32Array(neurons);
  return {
    inputs,
    values: populations.reduce((sum, population) => sum + population.values, 0),
    evaluate: (joined, seen, values) => {
      for (let k = 0; k < inputs; k++) {
        const rate = joined[k]! / ranges[k]!;
        rates[k] = round(options.cutInputs ? Math.min(Math.max(rate, -1), 1) : rate);
        seen[k] = rates[k]! * ranges[k]!;
      }
      affine.apply(rates, drive);
      values.fill(0);
      for (let j = 0; j < neurons; j++) {
        values[valueOf[j]!]! += base[j]! + span[j]! * round(Math.min(Math.max(drive[j]!, least[j]!), 1));
      }
    },
  };
}

/** x W + b in units of each neuron's threshold: 1 is a spike at every time-step. */
function driveOf({ inputs, neurons, weights, neuron }: PopulationParameters, kernel: Kernel) {
  const scaled = Float32Array.from(weights, (weight, i) => weight / neuron.threshold[i % neurons]!);
  const bias = Float32Array.from(neuron.bias, (value, j) => value / neuron.threshold[j]!);
  return kernel.createAffine(inputs, neurons, scaled, bias);
}

/** Runs the layer by its rates; h and c as in the hybrid network. */
export function rateRunner(spiking: SpikingLayer, kernel: Kernel, options: RateOptions): LayerRunner {
  const layer = rateLayer(spiking, kernel, options);
  return isLstm(spiking) ? lstmRunner(spiking, layer, options) : denseRunner(spiking, layer);
}

function lstmRunner(spiking: SpikingLayer, rates: RateLayer, options: RateOptions): LayerRunner {
  const { layer } = spiking;
  if (layer.kind !== 'LSTM') throw new Error('an LSTM is needed');
  const activation = resolveActivation(layer.activation, options.activations).analog;
  if (!activation) throw new Error(`layer "${layer.name}": unknown activation`);
  const { units, returnSequences } = layer;
  const cell = { units, returnSequences, activation, cellClip: options.cellClip };
  return (input, forced) => {
    const record = buffers(rates, input);
    const gatesOf = (joined: Float32Array, step: number): Float32Array => {
      const { seen, values } = record.row(step);
      rates.evaluate(joined, seen, values);
      return values;
    };
    return { ...runCell(cell, input, gatesOf, forced), ...record.run };
  };
}

function denseRunner(spiking: SpikingLayer, rates: RateLayer): LayerRunner {
  const { units, inputSize } = spiking.layer;
  return (input) => {
    const record = buffers(rates, input);
    for (let step = 0; step < input.steps; step++) {
      const { seen, values } = record.row(step);
      rates.evaluate(input.values.subarray(step * inputSize, (step + 1) * inputSize), seen, values);
    }
    const { neurons } = record.run;
    const output = { steps: input.steps, features: units, values: neurons, sequence: input.sequence };
    return { output, cell: null, ...record.run };
  };
}

/** What a run of one sample leaves, a row a sequence step. */
function buffers({ inputs, values }: RateLayer, { steps }: Trace) {
  const run = {
    neurons: new Float32Array(steps * values),
    inputs: new Float32Array(steps * inputs),
    spikes: null,
  } satisfies Partial<LayerRun>;
  const row = (step: number) => ({
    seen: run.inputs.subarray(step * inputs, (step + 1) * inputs),
    values: run.neurons.subarray(step * values, (step + 1) * values),
  });
  return { run, row };
}
