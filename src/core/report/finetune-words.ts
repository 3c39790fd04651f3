/** What the command line says of a retraining. */
import type { Epoch, Finetuning } from '../finetune/types.ts';
import { formatCount, formatPercent, noNumber } from './format.ts';
import { left, right, type TextTable } from './tables/table.ts';

/** A mean cross entropy: "0.0492". */
function formatLoss(loss: number | null): string {
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
  return `training diverged in epoch ${epoch}: the loss ${reached} at a learning rate of ${learningRate}; give a lower one with --learning-rate`;
}

export function epochsTable({ epochs, best }: Pick<Finetuning, 'epochs' | 'best'>): TextTable {
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
}: Pick<Finetuning, 'accuracy'>): TextTable {
  return {
    columns: [left('network'), right('analog'), right('spiking')],
    rows: [
      ['as trained', formatPercent(trained), noNumber],
      ['constrained, before retraining', formatPercent(before.analog), formatPercent(before.spiking)],
      ['constrained, after retraining', formatPercent(after.analog), formatPercent(after.spiking)],
    ],
  };
}

/** "tanh became hard_tanh_half, clip(0.5 x + 0, -1, 1)" */
export function replacedWords({ replaced }: Pick<Finetuning, 'replaced'>): string {
  if (replaced.length === 0) return 'No function was replaced: all are linear between two clips already.';
  return replaced
    .map(({ from, to, clip: { slope, offset, low, high } }) => {
      return `${from} became ${to}, clip(${slope} x + ${offset}, ${low}, ${high})`;
    })
    .join('\n');
}

/** "rounded to the counts of T = 4, residual coding; ..." */
export function trainingWords({ options, samples }: Pick<Finetuning, 'options' | 'samples'>): string {
  const { rounding, timesteps, coding, learningRate, batch, seed } = options;
  const counts = rounding ? `rounded to counts of T = ${timesteps}, ${coding} coding` : 'not rounded';
  return `${formatCount(samples.training)} samples trained on, ${formatCount(samples.validation)} held for validation; ${counts}; learning rate ${learningRate}, ${batch} samples a step, seed ${seed}`;
}
