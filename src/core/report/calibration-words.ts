/** What panel and command line say of a calibration. */
import type { Calibration, Change, ChangeKind, Score } from '../calibrate/types.ts';
import { formatCount, formatError, formatPercent, formatPopulation, formatSamples } from './format.ts';
import { formatPoints } from './tables/explanation.ts';
import { left, right, type TextTable } from './tables/table.ts';

const kindWords: Readonly<Record<ChangeKind, string>> = {
  weights: 'weight exponent',
  inputs: 'range of the inputs',
  hidden: 'range of the hidden state',
  range: 'range of the values',
  bias: 'bias',
};

/** "lstm, f, forget gate" */
export function placeWords({ layer, population }: Pick<Change, 'layer' | 'population'>): string {
  return population === null ? layer : `${layer}, ${formatPopulation(population)}`;
}

/** "the range of the values of lstm, f, forget gate" */
export function stepWords({ kind, ...place }: Pick<Change, 'kind' | 'layer' | 'population'>): string {
  return `the ${kindWords[kind]} of ${placeWords(place)}`;
}

/** One row a change, in the order in which they were tried. */
export function changesTable({ changes }: Pick<Calibration, 'changes'>): TextTable {
  return {
    columns: [
      left('where'),
      left('change'),
      right('tried'),
      right('chosen on: before'),
      right('after'),
      right('held out: before'),
      right('after'),
      left('kept'),
    ],
    rows: changes.map(({ words, tried, chosenOn, heldOut, kept, ...place }) => [
      placeWords(place),
      words,
      formatCount(tried),
      formatError(chosenOn.before.outputs),
      formatError(chosenOn.after.outputs),
      formatError(heldOut.before.outputs),
      formatError(heldOut.after.outputs),
      kept ? 'kept' : 'dropped',
    ]),
  };
}

/** The networks before and after, over the samples held out and over all. */
export function scoresTable({
  heldOut,
  all,
  samples,
}: Pick<Calibration, 'heldOut' | 'all' | 'samples'>): TextTable {
  const row = (name: string, before: Score, after: Score): string[] => [
    name,
    formatError(before.outputs),
    formatError(after.outputs),
    formatError(before.mse),
    formatError(after.mse),
    formatPercent(before.accuracy),
    formatPercent(after.accuracy),
    formatPoints(before.accuracy === null ? null : after.accuracy! - before.accuracy),
    formatPercent(before.agreement),
    formatPercent(after.agreement),
  ];
  return {
    columns: [
      left('samples'),
      right('error before'),
      right('after'),
      right('output MSE before'),
      right('after'),
      right('accuracy before'),
      right('after'),
      right('points'),
      right('agreement before'),
      right('after'),
    ],
    rows: [
      row(`${formatCount(samples.heldOut)} held out`, heldOut.before, heldOut.after),
      row(`all ${formatCount(samples.all)}`, all.before, all.after),
    ],
  };
}

/** "12 of 17 changes kept, chosen on 250 samples, each held against 250 others" */
export function calibrationWords({ changes, samples }: Pick<Calibration, 'changes' | 'samples'>): string {
  const kept = changes.filter((change) => change.kept).length;
  return `${formatCount(kept)} of ${formatCount(changes.length)} changes kept, chosen on ${formatSamples(samples.chosenOn)}, each held against ${formatCount(samples.heldOut)} others`;
}

export const nothingKept = 'Nothing helps on both parts of the samples: the specification stays as it is.';

/** What an error is here. */
export const errorWords =
  'Errors: mean squared error of the outputs against the trained network, of a softmax of their logarithms. A change is kept where it lowers the error on both parts of the samples.';
