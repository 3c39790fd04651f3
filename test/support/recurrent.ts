/** GRU, SimpleRNN and masking layers with made-up weights. */
import type {
  EmbeddingLayer,
  GruLayer,
  MaskingLayer,
  RecurrentLayer,
  SimpleRnnLayer,
} from '../../src/core/network/types.ts';
import { lstm, randomTensor } from './networks.ts';

export interface RecurrentOptions {
  readonly name?: string;
  readonly returnSequences?: boolean;
  readonly zeroSkipped?: true;
  readonly activation?: string;
  readonly recurrentActivation?: string;
  readonly resetAfter?: boolean;
}

export function gru(
  random: () => number,
  inputSize: number,
  units: number,
  options: RecurrentOptions = {},
): GruLayer {
  return {
    kind: 'GRU',
    name: 'gru',
    path: ['layers', 0],
    units,
    inputSize,
    returnSequences: false,
    activation: 'hard_tanh_half',
    recurrentActivation: 'hard_sigmoid_quarter',
    resetAfter: false,
    kernel: randomTensor(random, [inputSize, 3 * units]),
    recurrentKernel: randomTensor(random, [units, 3 * units], 0.5),
    bias: randomTensor(random, [3 * units], 0.5),
    recurrentBias: randomTensor(random, [3 * units], 0.5),
    ...options,
  };
}

export function simpleRnn(
  random: () => number,
  inputSize: number,
  units: number,
  { name, returnSequences, zeroSkipped, activation }: RecurrentOptions = {},
): SimpleRnnLayer {
  return {
    kind: 'SimpleRNN',
    name: 'rnn',
    path: ['layers', 0],
    units,
    inputSize,
    returnSequences: false,
    activation: 'hard_tanh_half',
    kernel: randomTensor(random, [inputSize, units]),
    recurrentKernel: randomTensor(random, [units, units], 0.5),
    bias: randomTensor(random, [units], 0.3),
    ...(name !== undefined && { name }),
    ...(returnSequences !== undefined && { returnSequences }),
    ...(zeroSkipped && { zeroSkipped }),
    ...(activation !== undefined && { activation }),
  };
}

export const recurrentKinds = ['LSTM', 'GRU', 'GRU after', 'SimpleRNN'] as const;
export type RecurrentKind = (typeof recurrentKinds)[number];

export function recurrent(
  kind: RecurrentKind,
  random: () => number,
  inputSize: number,
  units: number,
  options: Omit<RecurrentOptions, 'resetAfter'> = {},
): RecurrentLayer {
  if (kind === 'LSTM') return lstm(random, inputSize, units, options);
  if (kind === 'SimpleRNN') return simpleRnn(random, inputSize, units, options);
  return gru(random, inputSize, units, { ...options, resetAfter: kind === 'GRU after' });
}

export function masking(maskValue: number): MaskingLayer {
  return { kind: 'Masking', name: 'masking', path: ['layers', 0], maskValue };
}

export function maskedEmbedding(random: () => number, vocabulary: number, dimension: number): EmbeddingLayer {
  const table = randomTensor(random, [vocabulary, dimension], 0.5);
  return { kind: 'Embedding', name: 'vectors', path: [], vocabulary, dimension, table, maskZero: true };
}
