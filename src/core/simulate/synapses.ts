/** The synapses and neurons of a spiking layer, as the kernel takes them. */
import { blocksOf, type SpikingBlock } from '../convert/blocks.ts';
import { decodingOf } from '../convert/pieces.ts';
import type { PopulationSpec, SpikingConv, SpikingLayer, SpikingRecurrent } from '../convert/types.ts';
import { isRecurrent } from '../network/shapes.ts';
import type { ClippedLinear } from '../network/types.ts';
import { chipPopulation, fittingExponents, type LeastExponents } from './chip-arithmetic.ts';
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

export function isSpikingRecurrent(layer: SpikingLayer): layer is SpikingRecurrent {
  return isRecurrent(layer.layer);
}

export function isConv(layer: SpikingLayer): layer is SpikingConv {
  return layer.layer.kind === 'Conv1D' || layer.layer.kind === 'Conv2D';
}

/** The neurons of one place of a convolution over images; any other layer as it is. */
export function onePlace<T extends SpikingLayer>(spiking: T): T {
  if (!isConv(spiking) || !spiking.layer.windows.image) return spiking;
  const { units } = spiking.layer;
  const populations = spiking.populations.map((population) => ({
    ...population,
    values: units,
    neurons: units * population.pieces.length,
  }));
  return { ...spiking, populations };
}

/** How many places a layer has neurons for: 1, but for a convolution over images. */
export function placesOfLayer(spiking: SpikingLayer): number {
  return isConv(spiking) && spiking.layer.windows.image
    ? spiking.populations[0]!.values / spiking.layer.units
    : 1;
}

/** [inputs] what one spike of the generator every time-step stands for, of a layer of one block. */
export function inputRanges(spiking: SpikingLayer): Float32Array {
  return blocksOf(spiking)[0]!.ranges;
}

/** A block's weights and neurons. */
function synapses({ inputs, ranges, weights: joined, bias, populations }: SpikingBlock): Synapses {
  const kernel = joined();
  const values = valueOfNeurons(populations);
  const neurons = values.length;
  const columns = populations.reduce((sum, population) => sum + population.values, 0);
  const weights = new Float32Array(inputs * neurons);
  for (let row = 0; row < inputs; row++) {
    for (let j = 0; j < neurons; j++) {
      weights[row * neurons + j] = kernel[row * columns + values[j]!]! * ranges[row]!;
    }
  }
  return {
    inputs,
    neurons,
    weights,
    bias: biasesOf(bias, populations, values),
    activations: piecesOfNeurons(populations),
    dual: populations.flatMap((p) => Array<boolean>(p.neurons).fill(p.dual)),
  };
}

/** [neurons] as trained, and what the spiking neurons have beside it. @param valueOf as {@link valueOfNeurons} gives it */
function biasesOf(
  trained: Float32Array,
  populations: readonly PopulationSpec[],
  valueOf: readonly number[],
): Float32Array {
  const own = populations.flatMap(({ values, spikingBias: [...some] = [0] }) =>
    Array.from({ length: values }, (_, v) => some[v % some.length]!),
  );
  return Float32Array.from(valueOf, (value) => trained[value]! + own[value]!);
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
  return populations.flatMap(({ neurons, pieces, highs, dual }) =>
    Array.from({ length: neurons }, (_, n) => {
      const piece = pieces[n % pieces.length]!;
      if (!highs) return piece;
      const high = highs[n % highs.length]!;
      return { ...piece, high, low: dual ? -high : piece.low };
    }),
  );
}

/** [neurons] value = base + span * rate, of each piece. */
export function decodingOfNeurons(populations: readonly PopulationSpec[]) {
  const pieces = piecesOfNeurons(populations);
  const dual = populations.flatMap((p) => Array<boolean>(p.neurons).fill(p.dual));
  const decoded = pieces.map((piece, n) => decodingOf(piece, dual[n]!));
  return {
    base: Float64Array.from(decoded, ({ base }) => base),
    span: Float64Array.from(decoded, ({ span }) => span),
  };
}

/** The population of a layer of one block in the arithmetic and coding asked for. */
export function layerParameters(spiking: SpikingLayer, options: SpikingOptions): PopulationParameters {
  return blockParameters(spiking, blocksOf(onePlace(spiking))[0]!, options);
}

/** The populations of one of a layer's blocks, as one. */
export function blockParameters(
  spiking: SpikingLayer,
  block: SpikingBlock,
  options: SpikingOptions,
): PopulationParameters {
  // The paper's LSTMs have one scale for all weights.
  const rescale = spiking.layer.kind !== 'LSTM' || (options.rescaleWeights ?? false);
  return options.arithmetic === 'loihi'
    ? chipPopulation(synapses(block), options, {
        exponent: spiking.weightExponent ?? (rescale ? 'fit' : 0),
      })
    : floatPopulation(synapses(block), options);
}

/** The exponents at which all weights of a layer fit the chip, and at which all thresholds do; both from it on. */
export function leastExponents(spiking: SpikingLayer, weightBits: number): LeastExponents {
  const each = blocksOf(onePlace(spiking)).map((block) => fittingExponents(synapses(block), weightBits));
  return {
    weights: Math.max(...each.map(({ weights }) => weights)),
    thresholds: Math.max(...each.map(({ thresholds }) => thresholds)),
  };
}
