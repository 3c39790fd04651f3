/** Epoch after epoch of a retraining, of which the best is kept. */
import type { LayerValues } from '../core/finetune/constrained.ts';
import { bestEpoch, hasDiverged, rateAt } from '../core/finetune/epochs.ts';
import { batchesOf, type Split } from '../core/finetune/order.ts';
import type { Epoch, FinetuneOptions, Finetuning } from '../core/finetune/types.ts';
import { divergedWords, epochWords } from '../core/report/finetune-words.ts';
import { Refusal } from './failure.ts';
import type { Say } from './sayer.ts';
import type { Trainer } from './tfjs-training.ts';

export interface TrainingPlan {
  readonly options: FinetuneOptions;
  readonly split: Split;
  /** Of the network. */
  readonly outputs: number;
}

export interface Trained extends Pick<Finetuning, 'epochs' | 'best' | 'stopped'> {
  /** Of the best epoch. */
  readonly weights: readonly LayerValues[];
}

/**
 * Keeps the weights of the best epoch so far, so that a later one can lose nothing.
 * @throws Refusal where training diverges before an epoch has ended: then there is nothing to keep
 */
export function trainEpochs(trainer: Trainer, plan: TrainingPlan, say: Say): Trained {
  const { options, split } = plan;
  const score = (epoch: number, loss: number | null): Epoch => {
    const held = trainer.score(split.validation);
    return { epoch, loss, validationLoss: held.loss, validationAccuracy: held.accuracy };
  };
  const epochs = [score(0, null)];
  let [best, weights] = [0, trainer.weights()];
  for (let epoch = 1; epoch <= options.epochs; epoch++) {
    const last = epochs.at(-1)!;
    const ran = runEpoch(trainer, plan, epoch, (fraction, loss) => {
      const words = epochWords(epoch, options.epochs, loss, last);
      say('simulate', (epoch - 1 + fraction) / options.epochs, words);
    });
    if ('diverged' in ran) {
      const stopped = divergedWords(ran.diverged, epoch, options.learningRate);
      if (epoch === 1) throw new Refusal(`${stopped}; nothing was written`);
      return { epochs, best, weights, stopped };
    }
    epochs.push(score(epoch, ran.loss));
    if (bestEpoch(epochs).epoch !== epoch) continue;
    best = epoch;
    weights = trainer.weights();
  }
  return { epochs, best, weights, stopped: null };
}

/** @param onBatch told what part of the epoch is done, and its mean loss so far */
function runEpoch(
  trainer: Trainer,
  { options, split, outputs }: TrainingPlan,
  epoch: number,
  onBatch: (fraction: number, loss: number) => void,
): { readonly loss: number } | { readonly diverged: number } {
  const batches = batchesOf(split.training, options.batch, options.seed, epoch);
  let [sum, first] = [0, 0];
  for (const [n, batch] of batches.entries()) {
    const done = (epoch - 1 + n / batches.length) / options.epochs;
    const loss = trainer.train(batch, rateAt(options.learningRate, done));
    if (n === 0) first = loss;
    if (hasDiverged(loss, first, outputs)) return { diverged: loss };
    sum += loss;
    onBatch((n + 1) / batches.length, sum / (n + 1));
  }
  return { loss: sum / batches.length };
}
