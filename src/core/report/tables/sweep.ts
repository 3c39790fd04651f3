/** The points of a sweep as a table in words. */
import type { LeastTimesteps, Proportion, Sweep } from '../../sweep/types.ts';
import {
  formatAverage,
  formatCount,
  formatEnergy,
  formatError,
  formatPercent,
  formatRange,
  formatSeconds,
  noNumber,
} from '../format.ts';
import { left, right, type TextTable } from './table.ts';

/** "98.60 % (97.15 – 99.32)": a proportion with its 95 % interval. */
export function formatProportion(proportion: Proportion | null): string {
  if (!proportion) return noNumber;
  const [low, high] = [proportion.low, proportion.high].map((value) => (100 * value).toFixed(2));
  return `${formatPercent(proportion.value)} (${low!} – ${high!})`;
}

/** @param chip id of the chip of energy and latency */
export function sweepTable({ points }: Pick<Sweep, 'points'>, chip: string): TextTable {
  return {
    columns: [
      left('arithmetic'),
      left('coding'),
      right('T'),
      right('accuracy (95 %)'),
      right('agreement'),
      right('worst MSE'),
      right('output MSE'),
      right('spikes/sample'),
      right('energy'),
      right('latency'),
      left('tolerance'),
    ],
    rows: points.map((point) => {
      const on = point.chips.find(({ id }) => id === chip);
      return [
        point.arithmetic,
        point.coding,
        formatCount(point.timesteps),
        formatProportion(point.accuracy),
        formatPercent(point.agreement.value),
        formatError(point.mse),
        formatError(point.outputMse),
        formatAverage(point.spikesPerSample),
        formatRange(on?.perInference ?? null, formatEnergy),
        formatRange(on?.latency ?? null, formatSeconds),
        point.meets ? 'met' : '',
      ];
    }),
  };
}

/** "In residual coding T = 8 meets the tolerance, in reset coding nothing that was swept does." */
export function leastWords(
  least: readonly LeastTimesteps[],
  { tolerance, analog }: Pick<Sweep, 'tolerance' | 'analog'>,
): string {
  const points = `${(100 * tolerance.accuracyDrop).toFixed(2)} points of accuracy`;
  const answers = analog ? points : 'accuracy is not known without labels';
  const words = `the tolerance (MSE ${tolerance.mse}, ${answers})`;
  return least
    .map(({ coding, arithmetic, timesteps }) =>
      timesteps === null
        ? `In ${coding} coding, ${arithmetic} arithmetic, nothing that was swept meets ${words}.`
        : `In ${coding} coding, ${arithmetic} arithmetic, ${words} is met from T = ${timesteps} on.`,
    )
    .join(' ');
}
