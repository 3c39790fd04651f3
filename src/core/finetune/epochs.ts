/** Which epoch is kept, when training has to stop, and how the learning rate falls. */
import type { Epoch } from './types.ts';

/** Loss that no training comes back from, in multiples of that of chance or of the first batch. */
const diverged = 20;

/** The first of the most accurate; of as accurate ones that with the least loss. */
export function bestEpoch(epochs: readonly Epoch[]): Epoch {
  const better = (a: Epoch, b: Epoch): boolean =>
    a.validationAccuracy !== b.validationAccuracy
      ? a.validationAccuracy > b.validationAccuracy
      : a.validationLoss < b.validationLoss;
  return epochs.reduce((best, epoch) => (better(epoch, best) ? epoch : best));
}

/**
 * @param loss of a batch
 * @param first of the first batch
 * @param outputs of the network; a single one decides between two classes
 */
export function hasDiverged(loss: number, first: number, outputs: number): boolean {
  // Written so that NaN is beyond the limit.
  return !(loss <= diverged * Math.max(first, Math.log(Math.max(outputs, 2))));
}

/** Falls from the first step's to 0 along half a cosine. @param done 0..1 of all steps */
export function rateAt(learningRate: number, done: number): number {
  return 0.5 * learningRate * (1 + Math.cos(Math.PI * done));
}
