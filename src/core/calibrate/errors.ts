/** How far networks are from the trained one, of what was run over samples. */
import { meanSquaredError } from '../attribute/ladder.ts';
import { accuracy } from '../compare/accuracy.ts';
import { ranAt, type ErrorSums } from '../compare/sums.ts';
import type { VariantChunk, VariantSums } from '../compare/variants.ts';
import type { Errors, Score } from './types.ts';

type Ran = Pick<VariantChunk, 'samples' | 'trained'>;

/**
 * Of probabilities the logarithms are compared: their squares would be those of the few samples that are undecided, and
 * chance would say which change is better.
 * @param network one of those that ran
 */
export function errorsOf({ samples, trained }: Ran, { outputs, layers }: VariantSums): Errors {
  const compared = areProbabilities(trained, trained.length / samples) ? logarithm : (value: number) => value;
  const squares = outputs.reduce((sum, value, i) => sum + (compared(value) - compared(trained[i]!)) ** 2, 0);
  const mean = ({ squares, width }: ErrorSums, windows: number) =>
    squares.reduce((sum, value) => sum + value, 0) / Math.max(1, width * windows);
  return {
    outputs: squares / outputs.length,
    populations: layers.reduce((sum, layer) => {
      const windows = ranAt(layer, samples).reduce((a, b) => a + b, 0);
      return layer.populations.reduce((all, population) => all + mean(population, windows), sum);
    }, 0),
  };
}

/** Below, a probability is none. */
const leastProbability = 1e-6;

function logarithm(probability: number): number {
  return Math.log(Math.max(probability, leastProbability));
}

/** Whether rows of [samples, width] are those of a softmax. */
function areProbabilities(outputs: Float32Array, width: number): boolean {
  if (width < 2) return false;
  for (let from = 0; from < outputs.length; from += width) {
    const row = outputs.subarray(from, from + width);
    if (row.some((value) => value < 0)) return false;
    if (Math.abs(row.reduce((sum, value) => sum + value, 0) - 1) > 1e-3) return false;
  }
  return true;
}

/** @param labels class of each sample, or null */
export function scoreOf(ran: Ran, network: VariantSums, labels: Int32Array | null): Score {
  const width = ran.trained.length / ran.samples;
  const { analog, spiking, agreement } = accuracy(ran.trained, network.outputs, width, labels);
  const mse = meanSquaredError(ran.trained, network.outputs);
  return { ...errorsOf(ran, network), mse, accuracy: spiking, analogAccuracy: analog, agreement };
}
