/** Epoch after epoch of a retraining, of which the best is kept. */
import type { LayerValues } from '../core/finetune/weights.ts';
import { bestEpoch, hasDiverged, lossCurve, rateAt } from '../core/finetune/epochs.ts';
import { batchesOf, type Split } from '../core/finetune/order.ts';
import type { Epoch, FinetuneOptions, FinetuneProgress } from '../core/finetune/types.ts';
import { divergedWords, epochWords, stoppedWords } from '../core/report/finetune-words.ts';
import { Refusal } from './failure.ts';
import type { Say } from './sayer.ts';
import type { Trainer } from './tfjs/training.ts';

export interface TrainingPlan {
  readonly options: FinetuneOptions;
  readonly split: Split;
  /** Of the network. */
  readonly outputs: number;
  /** Asked after each step: whether training is to end here. */
  readonly isStopped: () => boolean;
  /** Measures over data what thresholds and ranges depend on, with the weights that an epoch has left. */
  readonly renew?: () => Promise<void>;
}

export type TrainingState = Pick<FinetuneProgress, 'steps' | 'losses' | 'epochs' | 'best' | 'stopped'>;

export interface Trained {
  readonly state: TrainingState;
  /** Of the best epoch. */
  readonly weights: readonly LayerValues[];
}

export interface TrainingEvents {
  readonly say: Say;
  /** After each step. */
  readonly onStep: (state: TrainingState) => void;
  /** After an epoch that is the best so far. */
  readonly onBetter: (trained: Trained) => Promise<void>;
}

/**
 * Keeps the weights of the best epoch so far, so that a later one can lose nothing.
 * @throws Refusal where training ends before there is anything to keep: it diverges in the first epoch, or is stopped
 * before the first step
 */
export async function trainEpochs(
  trainer: Trainer,
  plan: TrainingPlan,
  { say, onStep, onBetter }: TrainingEvents,
): Promise<Trained> {
  const { options, split } = plan;
  const score = (epoch: number, loss: number | null): Epoch => {
    const held = trainer.score(split.validation);
    return { epoch, loss, validationLoss: held.loss, validationAccuracy: held.accuracy };
  };
  const steps = Math.ceil(split.training.length / options.batch);
  const curve = lossCurve();
  const epochs = [score(0, null)];
  let [best, weights] = [0, trainer.weights()];
  const trained = (stopped: string | null): Trained => ({
    state: { steps, losses: [...curve.points], epochs: [...epochs], best, stopped },
    weights,
  });
  onStep(trained(null).state);
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    const last = epochs.at(-1)!;
    const ran = runEpoch(trainer, plan, epoch, (fraction, loss, mean) => {
      curve.add(loss);
      onStep(trained(null).state);
      say('simulate', (epoch - 1 + fraction) / options.epochs, epochWords(epoch, options.epochs, mean, last));
    });
    if (ran.diverged !== null) {
      const stopped = divergedWords(ran.diverged, epoch, options.learningRate);
      if (epoch === 1) throw new Refusal(`${stopped}; nothing was written`);
      return trained(stopped);
    }
    // A part of an epoch counts as one: what it has learned may be the best.
    if (ran.done > 0) {
      await plan.renew?.();
      epochs.push(score(epoch, ran.loss));
    }
    if (epochs.length === 1)
      throw new Refusal('training was stopped before its first step; nothing was written');
    if (ran.done > 0 && bestEpoch(epochs).epoch === epoch) {
      best = epoch;
      weights = trainer.weights();
      await onBetter(trained(null));
    }
    onStep(trained(null).state);
    if (ran.done < 1) return trained(stoppedWords(epoch, options.epochs, ran.done));
  }
  return trained(null);
}

interface RanEpoch {
  /** 0..1 of the epoch; less than 1 where training was stopped. */
  readonly done: number;
  /** Mean over its steps. */
  readonly loss: number;
  /** The loss that training does not come back from. */
  readonly diverged: number | null;
}

/** @param onStep told what part of the epoch is done, the step's loss, and the mean so far */
function runEpoch(
  trainer: Trainer,
  { options, split, outputs, isStopped }: TrainingPlan,
  epoch: number,
  onStep: (fraction: number, loss: number, mean: number) => void,
): RanEpoch {
  const batches = batchesOf(split.training, options.batch, options.seed, epoch);
  let [sum, first] = [0, 0];
  for (const [n, batch] of batches.entries()) {
    if (isStopped()) return { done: n / batches.length, loss: sum / n, diverged: null };
    const done = (epoch - 1 + n / batches.length) / options.epochs;
    const loss = trainer.train(batch, rateAt(options.learningRate, done));
    if (n === 0) first = loss;
    if (hasDiverged(loss, first, outputs)) return { done: n / batches.length, loss, diverged: loss };
    sum += loss;
    onStep((n + 1) / batches.length, loss, sum / (n + 1));
  }
  return { done: 1, loss: sum / batches.length, diverged: null };
}
