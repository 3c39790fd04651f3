/** The curves of a retraining as numbers: over epochs, of which a step is a part. */
import type { Epoch, FinetuneProgress } from '../../src/core/finetune/types.ts';
import { formatCount, formatPercent } from '../../src/core/report/format.ts';
import { formatLoss } from '../../src/core/report/finetune-words.ts';
import type { Series } from './series.ts';
import type { Table } from './table.ts';

export interface TrainingPoint {
  /** Epochs since training began. */
  readonly at: number;
  readonly value: number;
}

export interface TrainingCurves {
  /** All that there are to be. */
  readonly epochs: number;
  /** Steps that one point of the losses is the mean of. */
  readonly together: number;
  readonly losses: readonly TrainingPoint[];
  readonly validationLosses: readonly TrainingPoint[];
  readonly accuracies: readonly TrainingPoint[];
  /** Where the best epoch so far ended. */
  readonly best: number;
  /** Ends of epochs, the first before training. */
  readonly ends: readonly Epoch[];
}

type Curved = Pick<FinetuneProgress, 'options' | 'steps' | 'losses' | 'epochs' | 'best' | 'stopped'>;

export function trainingCurves({ options, steps, losses, epochs, best }: Curved): TrainingCurves {
  const ended = (value: (epoch: Epoch) => number): TrainingPoint[] =>
    epochs.map((epoch) => ({ at: epoch.epoch, value: value(epoch) }));
  return {
    epochs: options.epochs,
    together: losses[0]?.step ?? 1,
    losses: losses.map(({ step, loss }) => ({ at: step / steps, value: loss })),
    validationLosses: ended(({ validationLoss }) => validationLoss),
    accuracies: ended(({ validationAccuracy }) => validationAccuracy),
    best,
    ends: epochs,
  };
}

/** What the legend names. Values stand in the read-out. */
export function trainingSeries({ together }: Pick<TrainingCurves, 'together'>): Series[] {
  const mean = together > 1 ? `, mean of ${formatCount(together)} steps` : ' of a step';
  return [
    { name: 'loss', label: `training loss${mean}`, values: [], colour: 'blue', dash: [], width: 1.5 },
    {
      name: 'validationLoss',
      label: 'validation loss',
      values: [],
      colour: 'orange',
      dash: [6, 3],
      width: 1.5,
    },
    { name: 'accuracy', label: 'validation accuracy', values: [], colour: 'green', dash: [2, 3], width: 1.5 },
  ];
}

/** In the order of time; where an epoch ends, its mean loss while training and what was validated. */
export function trainingNumbers({ steps, losses, epochs }: Curved): Table {
  const rows = [
    ...losses.map(({ step, loss }) => ({ step, row: [step, step / steps, loss, null, null, null] })),
    ...epochs.map(({ epoch, loss, validationLoss, validationAccuracy }) => ({
      step: epoch * steps,
      row: [epoch * steps, epoch, null, loss, validationLoss, validationAccuracy],
    })),
  ];
  return {
    columns: [
      { title: 'step', format: formatCount },
      { title: 'epoch', format: (epoch) => String(Number(epoch.toFixed(2))) },
      { title: 'training loss', format: formatLoss },
      { title: 'training loss, mean of the epoch', format: formatLoss },
      { title: 'validation loss', format: formatLoss },
      { title: 'validation accuracy', format: formatPercent },
    ],
    rows: rows.sort((a, b) => a.step - b.step).map(({ row }) => row),
  };
}

/** "After epoch 2, the best so far: loss 0.0492, validation loss 0.0511, validation accuracy 98.60 %" */
export function epochReadOut({ ends, best }: TrainingCurves, index: number): string {
  const end = ends[index];
  if (!end) return '';
  const { epoch, loss, validationLoss, validationAccuracy } = end;
  const when = epoch === 0 ? 'Before training' : `After epoch ${epoch}`;
  const training = loss === null ? '' : `loss ${formatLoss(loss)}, `;
  return `${when}${epoch === best ? ', the best so far' : ''}: ${training}validation loss ${formatLoss(validationLoss)}, validation accuracy ${formatPercent(validationAccuracy)}`;
}

/** The three networks over the validation samples. */
export function networksNumbers({ accuracy }: Pick<FinetuneProgress, 'accuracy'>): Table {
  const { trained, before, after } = accuracy;
  return {
    columns: [
      { title: 'network' },
      { title: 'analog', format: formatPercent },
      { title: 'spiking', format: formatPercent },
    ],
    rows: [
      ['as trained', trained, null],
      ['constrained, before retraining', before.analog, before.spiking],
      ['constrained, after retraining', after?.analog ?? null, after?.spiking ?? null],
    ],
  };
}
