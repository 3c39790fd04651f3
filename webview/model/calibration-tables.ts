/** A calibration's tables with their numbers. */
import type { Calibration, Score } from '../../src/core/calibrate/types.ts';
import { placeWords } from '../../src/core/report/calibration-words.ts';
import { formatCount, formatError, formatPercent } from '../../src/core/report/format.ts';
import type { Table } from './table.ts';

/** One row a change, in the order in which they were tried. */
export function changesNumbers({ changes }: Pick<Calibration, 'changes'>): Table {
  return {
    columns: [
      { title: 'where' },
      { title: 'change' },
      { title: 'values tried', format: formatCount },
      { title: 'chosen on, before', format: formatError },
      { title: 'chosen on, after', format: formatError },
      { title: 'held out, before', format: formatError },
      { title: 'held out, after', format: formatError },
      { title: 'kept' },
    ],
    rows: changes.map(({ words, tried, chosenOn, heldOut, kept, ...place }) => [
      placeWords(place),
      words,
      tried,
      chosenOn.before.outputs,
      chosenOn.after.outputs,
      heldOut.before.outputs,
      heldOut.after.outputs,
      kept ? 'kept' : 'dropped',
    ]),
  };
}

/** The networks before and after, over the samples held out and over all. */
export function scoresNumbers({
  heldOut,
  all,
  samples,
}: Pick<Calibration, 'heldOut' | 'all' | 'samples'>): Table {
  const row = (name: string, when: string, score: Score) => [
    name,
    when,
    score.outputs,
    score.mse,
    score.accuracy,
    score.agreement,
  ];
  const held = `${formatCount(samples.heldOut)} held out`;
  const whole = `all ${formatCount(samples.all)}`;
  return {
    columns: [
      { title: 'samples' },
      { title: 'calibrated' },
      { title: 'error', format: formatError },
      { title: 'output MSE', format: formatError },
      { title: 'accuracy', format: formatPercent },
      { title: 'agreement', format: formatPercent },
    ],
    rows: [
      row(held, 'before', heldOut.before),
      row(held, 'after', heldOut.after),
      row(whole, 'before', all.before),
      row(whole, 'after', all.after),
    ],
  };
}
