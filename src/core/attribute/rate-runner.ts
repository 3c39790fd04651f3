/**
 * A spiking layer without its time-steps: what a neuron's firing rate would be, were its input spread evenly over
 * the window. Exact, or rounded to counts of T.
 */
import { blocksOf, type SpikingBlock } from '../convert/blocks.ts';
import type { SpikingConv, SpikingDense, SpikingLayer, SpikingRecurrent } from '../convert/types.ts';
import { convTrace, eachWindow } from '../simulate/analog-conv.ts';
import type { Kernel, PopulationParameters } from '../simulate/kernel/types.ts';
import { recurrentRunner, rowsOf, type Evaluate } from '../simulate/recurrent-layer.ts';
import type { SpikingOptions } from '../simulate/spiking.ts';
import {
  blockParameters,
  decodingOfNeurons,
  isConv,
  isSpikingRecurrent,
  onePlace,
  valueOfNeurons,
} from '../simulate/synapses.ts';
import type { LayerRun, LayerRunner } from '../simulate/types.ts';
import { framesOf, rememberPlaces } from '../simulate/windows.ts';

export interface RateOptions extends SpikingOptions {
  /** Inputs beyond the generator's range are cut off. */
  readonly cutInputs: boolean;
  /** Inputs and neurons give whole counts of T. */
  readonly counts: boolean;
}

/** Values of all neurons of a block from its inputs at one sequence step. */
interface RateBlock {
  readonly inputs: number;
  readonly values: number;
  readonly neurons: number;
  /**
   * @param joined [inputs] as the block is given them
   * @param seen [inputs] as the generator carries them, overwritten
   * @param values [values] overwritten
   */
  readonly evaluate: (joined: Float32Array, seen: Float32Array, values: Float32Array) => void;
}

/** Whole counts in [-T, T] of a rate: to the nearest in residual coding, towards zero in the paper's. */
function rounder({ counts, coding, timesteps }: RateOptions): (rate: number) => number {
  if (!counts) return (rate) => rate;
  return coding === 'residual'
    ? (rate) => Math.round(rate * timesteps) / timesteps
    : (rate) => Math.trunc(rate * timesteps) / timesteps;
}

function rateBlock(
  spiking: SpikingLayer,
  block: SpikingBlock,
  kernel: Kernel,
  options: RateOptions,
): RateBlock {
  const parameters = blockParameters(spiking, block, options);
  const { inputs, neurons } = parameters;
  const { ranges, populations } = block;
  const affine = driveOf(parameters, kernel);
  const { base, span } = decodingOfNeurons(populations);
  const least = populations.flatMap((p) => Array<number>(p.neurons).fill(p.dual ? -1 : 0));
  const valueOf = valueOfNeurons(populations);
  const round = rounder(options);
  const rates = new Float32Array(inputs);
  const drive = new Float32Array(neurons);
  return {
    inputs,
    neurons,
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

/** Runs the layer by its rates; what stays analog as in the hybrid network. */
export function rateRunner(spiking: SpikingLayer, kernel: Kernel, options: RateOptions): LayerRunner {
  const blocks = blocksOf(onePlace(spiking)).map((block) => rateBlock(spiking, block, kernel, options));
  if (isSpikingRecurrent(spiking)) return recurrent(spiking, blocks, options);
  const [block] = blocks as [RateBlock];
  return isConv(spiking) ? convolution(spiking, block) : dense(spiking, block);
}

function recurrent(
  { layer }: SpikingRecurrent,
  blocks: readonly RateBlock[],
  options: RateOptions,
): LayerRunner {
  const rows = rowsOf(blocks);
  return recurrentRunner(layer, options, (steps) => {
    const record = buffers(rows, steps);
    const evaluate = blocks.map(({ inputs, values, evaluate }, b): Evaluate => {
      const start = rows.starts[b]!;
      return (joined, step) => {
        const [input, value] = [step * rows.inputs + start.inputs, step * rows.values + start.values];
        const row = record.neurons.subarray(value, value + values);
        evaluate(joined, record.inputs.subarray(input, input + inputs), row);
        return row;
      };
    });
    return { blocks: evaluate, record };
  });
}

/** Every place of a convolution's window is as a step of a Dense layer. */
function convolution({ layer }: SpikingConv, block: RateBlock): LayerRunner {
  const placesFor = rememberPlaces(layer.windows);
  return (input) => {
    const places = placesFor(input.steps);
    const record = buffers(block, framesOf(layer.windows, input.steps) * places.count);
    const covered = new Float32Array(layer.inputSize);
    eachWindow(layer, input, places, (row, cover) => {
      cover(covered);
      evaluateRow(block, record, row, covered);
    });
    return { output: convTrace(layer, input, places, record.neurons), cell: null, ...record };
  };
}

function dense({ layer }: SpikingDense, block: RateBlock): LayerRunner {
  const { units, inputSize } = layer;
  return (input) => {
    const record = buffers(block, input.steps);
    for (let step = 0; step < input.steps; step++) {
      evaluateRow(block, record, step, input.values.subarray(step * inputSize, (step + 1) * inputSize));
    }
    return { output: { ...input, features: units, values: record.neurons }, cell: null, ...record };
  };
}

function evaluateRow(
  { inputs, values, evaluate }: RateBlock,
  record: Pick<LayerRun, 'neurons' | 'inputs'>,
  row: number,
  given: Float32Array,
): void {
  const seen = record.inputs.subarray(row * inputs, (row + 1) * inputs);
  evaluate(given, seen, record.neurons.subarray(row * values, (row + 1) * values));
}

/** What a run of one sample leaves, a row a sequence step. */
function buffers({ inputs, values }: { readonly inputs: number; readonly values: number }, steps: number) {
  return {
    neurons: new Float32Array(steps * values),
    inputs: new Float32Array(steps * inputs),
    spikes: null,
  } satisfies Partial<LayerRun>;
}
