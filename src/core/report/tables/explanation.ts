/** The ladder and the causes as tables in words. */
import { rungWords } from '../../attribute/summary.ts';
import type { Explanation, Rung } from '../../attribute/types.ts';
import { formatError, formatPercent, formatPopulation, noNumber, outputPopulation } from '../format.ts';
import { left, right, type TextTable } from './table.ts';

/** A signed difference of accuracies, in points. */
export function formatPoints(fraction: number | null): string {
  if (fraction === null) return noNumber;
  const points = (100 * fraction).toFixed(2);
  if (Number(points) === 0) return '0.00';
  return fraction > 0 ? `+${points}` : points.replace('-', '−');
}

/** A signed difference of mean squared errors. */
export function formatErrorChange(change: number): string {
  if (change === 0) return '0';
  return `${change > 0 ? '+' : '−'}${formatError(Math.abs(change))}`;
}

/** One row a rung. */
export function ladderTable({ rungs }: Pick<Explanation, 'rungs'>): TextTable {
  return {
    columns: [
      left('rung'),
      left('what is changed'),
      right('accuracy'),
      right('points'),
      right('agreement'),
      right('output MSE'),
      right('adds'),
    ],
    rows: rungs.map((rung) =>
      rung.applies
        ? [
            rung.name,
            rungWords[rung.name],
            formatPercent(rung.accuracy),
            formatPoints(rung.name === 'trained' ? null : rung.change.accuracy),
            formatPercent(rung.agreement),
            formatError(rung.mse),
            rung.name === 'trained' ? noNumber : formatErrorChange(rung.change.mse),
          ]
        : [rung.name, `${rungWords[rung.name]}: nothing to change here`, ...Array<string>(5).fill(noNumber)],
    ),
  };
}

/** Mean squared error of each gate (rows) at each rung that changes something (columns). */
export function rungGatesTable({ rungs }: Pick<Explanation, 'rungs'>): TextTable {
  const shown = rungs.filter((rung) => rung.applies && rung.name !== 'trained');
  const layers = shown[0]?.layers ?? [];
  const values = (of: (layer: Rung['layers'][number]) => number) => (index: number) =>
    shown.map((rung) => formatError(of(rung.layers[index]!)));
  return {
    columns: [left('layer'), left('population'), ...shown.map(({ name }) => right(name))],
    rows: layers.flatMap(({ name, gates }, index) => [
      ...gates.map((gate, g) => [
        name,
        formatPopulation(gate.name),
        ...values((layer) => layer.gates[g]!.mse)(index),
      ]),
      [name, formatPopulation(outputPopulation), ...values((layer) => layer.mse)(index)],
    ]),
  };
}

/** One row a cause, the first cause first. Without labels an answer is as good as it agrees with the trained network's. */
export function causesTable({ causes }: Pick<Explanation, 'causes'>): TextTable {
  const labelled = causes.some(({ tried }) => tried.accuracy !== null);
  return {
    columns: [
      left('cause'),
      left('where'),
      left('evidence'),
      right('of what is wrong'),
      left('change that was tried'),
      right('points'),
      right(labelled ? 'accuracy then' : 'agreement then'),
      right('output MSE then'),
    ],
    rows: causes.map(({ code, layer, gate, neuron, evidence, share, fix, gain, tried }) => [
      code,
      [layer, gate, neuron].filter((part) => part !== null).join('/') || 'network',
      evidence,
      formatPercent(share),
      fix.title,
      formatPoints(gain.accuracy ?? gain.agreement),
      formatPercent(tried.accuracy ?? tried.agreement),
      formatError(tried.mse),
    ]),
  };
}

/** Whether the rungs add up to the run, in words. */
export function additionWords({ whole, rungs }: Pick<Explanation, 'whole' | 'rungs'>): string {
  const { difference, mse, accuracy } = whole;
  const answers =
    accuracy === null
      ? ''
      : ` and accuracy from ${formatPercent(rungs[0]!.accuracy)} to ${formatPercent(accuracy)}`;
  const exact =
    Math.abs(difference.mse) <= 1e-9 * Math.max(mse, 1e-9) && Math.abs(difference.accuracy) < 1e-9;
  return exact
    ? `The changes add up to the run itself: an output MSE of ${formatError(mse)}${answers}.`
    : `The changes do not add up to the run itself: they are ${formatErrorChange(difference.mse)} of output MSE and ${formatPoints(difference.accuracy)} points off.`;
}
