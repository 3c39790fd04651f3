/**
 * Populations that read the same inputs: what nengo-loihi calls a block, and what the mapper puts on cores together.
 * A Dense layer, a convolution, an LSTM and a SimpleRNN are one; a GRU is two, whose windows follow each other in every
 * sequence step, since its candidate needs the reset gate.
 */
import type { GruLayer, RecurrentLayer, Tensor } from '../network/types.ts';
import { gatesOf } from './gates.ts';
import type { PopulationSpec, SpikingLayer } from './types.ts';
import { isRecurrent } from '../network/shapes.ts';

/** Fully connected: values = inputs W + b. */
export interface WeightBlock {
  /** "gates" and "candidate" of a GRU; that of a layer which has one only is empty. */
  readonly name: string;
  readonly inputs: number;
  /**
   * [inputs, values] row-major; the first rows are of what the layer reads. Made when asked for: many ask for the sizes
   * alone, and a copy may be large.
   */
  readonly weights: () => Float32Array;
  /** [values] */
  readonly bias: Float32Array;
  /** Of the layer's populations, how many are of this block. */
  readonly populations: number;
}

export interface SpikingBlock extends Omit<WeightBlock, 'populations'> {
  /** [inputs] what one spike of the generator every time-step stands for. */
  readonly ranges: Float32Array;
  readonly populations: readonly PopulationSpec[];
}

/** Rows of the input kernel, then rows of the recurrent kernel: [inputSize + units, columns]. */
function joinedKernel(kernel: Tensor, recurrentKernel: Tensor): Float32Array {
  const joined = new Float32Array(kernel.values.length + recurrentKernel.values.length);
  joined.set(kernel.values);
  joined.set(recurrentKernel.values, kernel.values.length);
  return joined;
}

/** In the order in which they run. */
export function weightBlocks(layer: RecurrentLayer): WeightBlock[] {
  if (layer.kind === 'GRU') return [gruGates(layer), gruCandidate(layer)];
  return [
    {
      name: '',
      inputs: layer.inputSize + layer.units,
      weights: () => joinedKernel(layer.kernel, layer.recurrentKernel),
      bias: layer.bias.values,
      populations: gatesOf(layer).length,
    },
  ];
}

/** x and h -> z, r and, where it resets after, u = h Uc + dc. */
function gruGates(layer: GruLayer): WeightBlock {
  const { units, inputSize, kernel, recurrentKernel, bias, recurrentBias, resetAfter } = layer;
  const inputs = inputSize + units;
  const own = resetAfter ? 3 * units : 2 * units;
  const weights = (): Float32Array => {
    const joined = new Float32Array(inputs * own);
    for (let row = 0; row < inputs; row++) {
      const recurrent = row >= inputSize;
      const from = recurrent ? recurrentKernel : kernel;
      const start = (recurrent ? row - inputSize : row) * 3 * units;
      // x has no part in u.
      joined.set(from.values.subarray(start, start + (recurrent ? own : 2 * units)), row * own);
    }
    return joined;
  };
  const biases = recurrentBias.values.slice(0, own);
  for (let k = 0; k < 2 * units; k++) biases[k]! += bias.values[k]!;
  return { name: 'gates', inputs, weights, bias: biases, populations: resetAfter ? 3 : 2 };
}

/** x and v -> candidate: v = r h comes through Uc, v = r u as it is. */
function gruCandidate(layer: GruLayer): WeightBlock {
  const { units, inputSize, kernel, recurrentKernel, bias, recurrentBias, resetAfter } = layer;
  const last = (tensor: Tensor, row: number) =>
    tensor.values.subarray((3 * row + 2) * units, (3 * row + 3) * units);
  const weights = (): Float32Array => {
    const joined = new Float32Array((inputSize + units) * units);
    for (let row = 0; row < inputSize; row++) joined.set(last(kernel, row), row * units);
    for (let row = 0; row < units; row++) {
      const at = (inputSize + row) * units;
      if (resetAfter) joined[at + row] = 1;
      else joined.set(last(recurrentKernel, row), at);
    }
    return joined;
  };
  const biases = bias.values.slice(2 * units);
  if (!resetAfter) for (let k = 0; k < units; k++) biases[k]! += recurrentBias.values[2 * units + k]!;
  return { name: 'candidate', inputs: inputSize + units, weights, bias: biases, populations: 1 };
}

/** Of any layer that spikes, in the order in which they run and in which the layer's populations and inputs stand. */
export function blocksOf(spiking: SpikingLayer): SpikingBlock[] {
  const { layer, inputRange, populations } = spiking;
  if (!isRecurrent(layer)) {
    const { inputSize, kernel, bias } = layer;
    const ranges = new Float32Array(inputSize).fill(inputRange);
    return [
      { name: '', inputs: inputSize, weights: () => kernel.values, bias: bias.values, ranges, populations },
    ];
  }
  let first = 0;
  return weightBlocks(layer).map((block, index) => {
    const own = populations.slice(first, (first += block.populations));
    const ranges = new Float32Array(block.inputs).fill(inputRange, 0, layer.inputSize);
    ranges.set(fedBackRanges(spiking, index, layer.units), layer.inputSize);
    return { ...block, ranges, populations: own };
  });
}

/** [units] of the inputs of a block that come from the layer itself: h, or what the reset gate lets through. */
function fedBackRanges(spiking: SpikingLayer, index: number, units: number): readonly number[] {
  if (index > 0 && 'resetRange' in spiking) return spiking.resetRange;
  return Array<number>(units).fill('hiddenRange' in spiking ? spiking.hiddenRange : 1);
}
