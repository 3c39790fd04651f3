/**
 * The hybrid network: spike generator, populations of integrate-and-fire neurons, counters; the cell
 * update stays analog (paper, figure 1c). One window of T time-steps a sequence step.
 */
import type { AnalogOptions } from './analog.ts';
import { analogRunner, joinedKernel } from './analog.ts';
import { resolveActivation } from '../convert/activations.ts';
import type {
  Arithmetic,
  Coding,
  HybridLayer,
  PopulationSpec,
  SpikingDense,
  SpikingLayer,
  SpikingLstm,
} from '../convert/types.ts';
import type { ClippedLinear } from '../network/types.ts';
import { chipPopulation } from './chip-arithmetic.ts';
import { floatPopulation } from './float-arithmetic.ts';
import type { Kernel, Population, PopulationParameters } from './kernel/types.ts';
import { runCell } from './lstm-cell.ts';
import type { LayerRunner } from './types.ts';

export interface SpikingOptions extends AnalogOptions {
  readonly timesteps: number;
  readonly coding: Coding;
  readonly arithmetic: Arithmetic;
  /** Of a weight in the chip's arithmetic. */
  readonly weightBits: number;
  /** In the chip's arithmetic, whether LSTMs are rescaled as Dense layers are. */
  readonly rescaleWeights?: boolean;
}

/** A spiking layer's synapses, the generator's inputs scaled to [-1, 1]. */
export interface Synapses {
  readonly inputs: number;
  readonly neurons: number;
  /** [inputs, neurons] */
  readonly weights: Float32Array;
  /** [neurons] the trained bias, without the activation's offset. */
  readonly bias: Float32Array;
  /** [neurons] what each neuron computes. */
  readonly activations: readonly ClippedLinear[];
  readonly dual: readonly boolean[];
}

const { fround } = Math;

/** Runs a layer of the hybrid network; what stays analog runs as it was trained. */
export function hybridRunner(layer: HybridLayer, kernel: Kernel, options: SpikingOptions): LayerRunner {
  if (layer.runsAs !== 'spiking') return analogRunner(layer.layer, kernel, options);
  return isLstm(layer) ? lstmRunner(layer, kernel, options) : denseRunner(layer, kernel, options);
}

export function isLstm(layer: SpikingLayer): layer is SpikingLstm {
  return layer.layer.kind === 'LSTM';
}

/** [inputs] what one spike of the generator every time-step stands for. */
export function inputRanges(spiking: SpikingLayer): Float32Array {
  const { inputSize, units } = spiking.layer;
  if (!isLstm(spiking)) return new Float32Array(inputSize).fill(spiking.inputRange);
  return new Float32Array(inputSize + units)
    .fill(spiking.inputRange, 0, inputSize)
    .fill(spiking.hiddenRange, inputSize);
}

/** The layer's weights and neurons, rows of the recurrent inputs after those of x. */
function synapses(spiking: SpikingLayer): Synapses {
  const { populations } = spiking;
  const values = valueOfNeurons(populations);
  const neurons = values.length;
  const kernel = isLstm(spiking) ? joinedKernel(spiking.layer) : spiking.layer.kernel.values;
  const columns = populations.reduce((sum, population) => sum + population.values, 0);
  const ranges = inputRanges(spiking);
  const weights = new Float32Array(ranges.length * neurons);
  for (let row = 0; row < ranges.length; row++) {
    for (let j = 0; j < neurons; j++) {
      weights[row * neurons + j] = kernel[row * columns + values[j]!]! * ranges[row]!;
    }
  }
  return {
    inputs: ranges.length,
    neurons,
    weights,
    bias: Float32Array.from(values, (value) => spiking.layer.bias.values[value]!),
    activations: piecesOfNeurons(populations),
    dual: populations.flatMap((p) => Array<boolean>(p.neurons).fill(p.dual)),
  };
}

/** [neurons] the value, of all of the layer's, that each neuron is a piece of. */
export function valueOfNeurons(populations: readonly PopulationSpec[]): number[] {
  let first = 0;
  return populations.flatMap(({ values, neurons, pieces }) => {
    const from = first;
    first += values;
    return Array.from({ length: neurons }, (_, n) => from + Math.floor(n / pieces.length));
  });
}

/** [neurons] what each neuron computes. */
function piecesOfNeurons(populations: readonly PopulationSpec[]): ClippedLinear[] {
  return populations.flatMap(({ neurons, pieces }) =>
    Array.from({ length: neurons }, (_, n) => pieces[n % pieces.length]!),
  );
}

/** [neurons] value = base + span * rate, of each piece. */
export function decodingOfNeurons(populations: readonly PopulationSpec[]) {
  const pieces = piecesOfNeurons(populations);
  const dual = populations.flatMap((p) => Array<boolean>(p.neurons).fill(p.dual));
  return {
    base: Float64Array.from(pieces, ({ low }, n) => (dual[n] ? 0 : low)),
    span: Float64Array.from(pieces, ({ low, high }, n) => (dual[n] ? high : high - low)),
  };
}

/** The population of a layer in the arithmetic and coding asked for. */
export function layerParameters(spiking: SpikingLayer, options: SpikingOptions): PopulationParameters {
  return options.arithmetic === 'loihi'
    ? chipPopulation(synapses(spiking), options, {
        rescale: !isLstm(spiking) || (options.rescaleWeights ?? false),
      })
    : floatPopulation(synapses(spiking), options);
}

/** The counters: firing rates of [neurons] back to [values], each the sum of its pieces. */
function decoder(
  { populations }: SpikingLayer,
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
function recorder(
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

function lstmRunner(spiking: SpikingLstm, kernel: Kernel, options: SpikingOptions): LayerRunner {
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

function denseRunner(spiking: SpikingDense, kernel: Kernel, options: SpikingOptions): LayerRunner {
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
    const output = { steps: input.steps, features: units, values: record.neurons, sequence: input.sequence };
    return { output, cell: null, ...record };
  };
}
