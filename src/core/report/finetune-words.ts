/** What the command line and the panel say of a retraining. */
import type { Epoch, FinetuneProgress } from '../finetune/types.ts';
import { formatCount, formatPercent, noNumber } from './format.ts';
import { left, right, type TextTable } from './tables/table.ts';

/** A mean cross entropy: "0.0492". */
export function formatLoss(loss: number | null): string {
  if (loss === null || !Number.isFinite(loss)) return noNumber;
  return loss < 1e4 ? loss.toPrecision(3) : loss.toExponential(2);
}

/** "Epoch 2 of 8: loss 0.0492, validation accuracy 98.60 %". @param last that has ended */
export function epochWords(epoch: number, epochs: number, loss: number, last: Epoch): string {
  const before = last.epoch === 0 ? ' before training' : ` after epoch ${last.epoch}`;
  return `Epoch ${epoch} of ${epochs}: loss ${formatLoss(loss)}, validation accuracy${before} ${formatPercent(last.validationAccuracy)}`;
}

export function divergedWords(loss: number, epoch: number, learningRate: number): string {
  const reached = Number.isFinite(loss) ? `reached ${formatLoss(loss)}` : 'is no longer a number';
  return `training diverged in epoch ${epoch}: the loss ${reached} at a learning rate of ${learningRate}; retrain with a lower one`;
}

/** @param done 0..1 of the epoch */
export function stoppedWords(epoch: number, epochs: number, done: number): string {
  return done > 0
    ? `training was stopped in epoch ${epoch} of ${epochs}, after ${Math.round(100 * done)} % of it, which counts as an epoch`
    : `training was stopped after epoch ${epoch - 1} of ${epochs}`;
}

/** "analog 97.10 % before, 98.60 % after; spiking 96.30 % before, 98.40 % after" */
export function networksWords({ before, after }: FinetuneProgress['accuracy']): string {
  const words = (name: string, of: 'analog' | 'spiking') =>
    `${name} ${formatPercent(before[of])} before, ${formatPercent(after?.[of] ?? null)} after`;
  return `${words('analog', 'analog')}; ${words('spiking', 'spiking')}`;
}

/** Of what is left where it was interrupted, or cancelled. @param folder where the epoch is */
export function unfinishedWords(best: number, epochs: number, folder: string): string {
  return `the best epoch so far, ${best} of ${epochs}, is a whole model in ${folder}`;
}

export function epochsTable({ epochs, best }: Pick<FinetuneProgress, 'epochs' | 'best'>): TextTable {
  return {
    columns: [
      right('epoch'),
      right('loss'),
      right('validation loss'),
      right('validation accuracy'),
      left(''),
    ],
    rows: epochs.map(({ epoch, loss, validationLoss, validationAccuracy }) => [
      epoch === 0 ? 'before' : formatCount(epoch),
      formatLoss(loss),
      formatLoss(validationLoss),
      formatPercent(validationAccuracy),
      epoch === best ? 'best, written' : '',
    ]),
  };
}

/** Over the validation samples. */
export function networksTable({
  accuracy: { trained, before, after },
}: Pick<FinetuneProgress, 'accuracy'>): TextTable {
  return {
    columns: [left('network'), right('analog'), right('spiking')],
    rows: [
      ['as trained', formatPercent(trained), noNumber],
      ['constrained, before retraining', formatPercent(before.analog), formatPercent(before.spiking)],
      [
        'constrained, after retraining',
        formatPercent(after?.analog ?? null),
        formatPercent(after?.spiking ?? null),
      ],
    ],
  };
}

/** "tanh became hard_tanh_half, clip(0.5 x + 0, -1, 1)" */
export function replacedWords({ replaced }: Pick<FinetuneProgress, 'replaced'>): string {
  if (replaced.length === 0) return 'No function was replaced: all are linear between two clips already.';
  return replaced
    .map(({ from, to, clip: { slope, offset, low, high } }) => {
      return `${from} became ${to}, clip(${slope} x + ${offset}, ${low}, ${high})`;
    })
    .join('\n');
}

/** "rounded to the counts of T = 4, residual coding; ..." */
export function trainingWords({ options, samples }: Pick<FinetuneProgress, 'options' | 'samples'>): string {
  const { rounding, timesteps, coding, learningRate, batch, seed } = options;
  const counts = rounding ? `rounded to counts of T = ${timesteps}, ${coding} coding` : 'not rounded';
  return `${formatCount(samples.training)} samples trained on, ${formatCount(samples.validation)} held for validation; ${counts}; learning rate ${learningRate}, ${batch} samples a step, seed ${seed}`;
}
