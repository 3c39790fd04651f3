/** Which epoch is kept, when training has to stop, and how the learning rate falls. */
import type { Epoch, StepLoss } from './types.ts';

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

/** Points of the curve of losses. */
const mostPoints = 400;

export interface LossCurve {
  readonly points: readonly StepLoss[];
  /** Takes the loss of the next step. */
  add(loss: number): void;
}

/** Means over 1, 2, 4, ... steps: twice as many, in every point, whenever there are too many points. */
export function lossCurve(): LossCurve {
  const points: StepLoss[] = [];
  let [step, sum, together] = [0, 0, 1];
  return {
    points,
    add: (loss) => {
      step++;
      sum += loss;
      if (step % together !== 0) return;
      points.push({ step, loss: sum / together });
      sum = 0;
      if (points.length <= mostPoints) return;
      const [last] = points.splice(mostPoints);
      points.splice(0, mostPoints, ...pairs(points));
      together *= 2;
      sum = (last!.loss * together) / 2;
    },
  };
}

function pairs(points: readonly StepLoss[]): StepLoss[] {
  return points.flatMap(({ step, loss }, n) =>
    n % 2 === 0 ? [] : [{ step, loss: (points[n - 1]!.loss + loss) / 2 }],
  );
}

/** Falls from the first step's to 0 along half a cosine. @param done 0..1 of all steps */
export function rateAt(learningRate: number, done: number): number {
  return 0.5 * learningRate * (1 + Math.cos(Math.PI * done));
}
