/** The synapses and neurons of a spiking layer, as the kernel takes them. */
import type { PopulationSpec, SpikingLayer, SpikingLstm } from '../convert/types.ts';
import type { ClippedLinear } from '../network/types.ts';
import { joinedKernel } from './analog-lstm.ts';
import { chipPopulation } from './chip-arithmetic.ts';
import { floatPopulation } from './float-arithmetic.ts';
import type { PopulationParameters } from './kernel/types.ts';
import type { SpikingOptions } from './spiking.ts';

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
