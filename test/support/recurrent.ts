/** GRU, SimpleRNN and masking layers with made-up weights. */
import type {
  EmbeddingLayer,
  GruLayer,
  MaskingLayer,
  RecurrentLayer,
  SimpleRnnLayer,
  Tensor,
} from '../../src/core/network/types.ts';
import { lstm } from './networks.ts';

function tensor(random: () => number, shape: readonly number[], scale = 1): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, values: Float32Array.from({ length: size }, () => scale * random()) };
}

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
    kernel: tensor(random, [inputSize, 3 * units]),
    recurrentKernel: tensor(random, [units, 3 * units], 0.5),
    bias: tensor(random, [3 * units], 0.5),
    recurrentBias: tensor(random, [3 * units], 0.5),
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
    kernel: tensor(random, [inputSize, units]),
    recurrentKernel: tensor(random, [units, units], 0.5),
    bias: tensor(random, [units], 0.3),
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
  const table = tensor(random, [vocabulary, dimension], 0.5);
  return { kind: 'Embedding', name: 'vectors', path: [], vocabulary, dimension, table, maskZero: true };
}
