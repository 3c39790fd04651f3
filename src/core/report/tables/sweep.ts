/** The points of a sweep as a table in words. */
import type { LeastTimesteps, NeuronsPerGate, Proportion, Sweep, SweepPoint } from '../../sweep/types.ts';
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

/** Whether numbers of neurons stand side by side. */
export function comparesNeurons({ points }: Pick<Sweep, 'points'>): boolean {
  return points.some(({ neuronsPerGate }) => neuronsPerGate !== undefined);
}

/** "2", and "2 (auto)" for the one that the tolerance asks for. @param automatic as of a sweep */
export function formatNeuronsPerGate(count: NeuronsPerGate, automatic: number | null): string {
  return count === automatic ? `${count} (auto)` : String(count);
}

/** "2 neurons for each value". */
export function neuronsWords(count: NeuronsPerGate): string {
  if (count === 'auto') return 'as many neurons for each value as the tolerance asks for';
  return `${count} neuron${count === 1 ? '' : 's'} for each value`;
}

/** K, and what it takes: columns where numbers of neurons stand side by side. */
const neuronColumns = [right('K'), right('neurons'), right('cores')];

function neuronCells({ neuronsPerGate, neurons, cores }: SweepPoint, automatic: number | null): string[] {
  return [
    formatNeuronsPerGate(neuronsPerGate ?? 'auto', automatic),
    formatCount(neurons),
    cores === null ? noNumber : formatCount(cores),
  ];
}

/** @param chip id of the chip of energy and latency */
export function sweepTable(sweep: Pick<Sweep, 'points' | 'automatic'>, chip: string): TextTable {
  const { points, automatic } = sweep;
  const compared = comparesNeurons(sweep);
  return {
    columns: [
      left('arithmetic'),
      left('coding'),
      right('T'),
      ...(compared ? neuronColumns : []),
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
        ...(compared ? neuronCells(point, automatic) : []),
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
  const settingOf = ({ coding, arithmetic }: LeastTimesteps) => `${coding} coding, ${arithmetic} arithmetic`;
  const settings = [...new Set(least.map(settingOf))];
  return settings
    .map((setting) => {
      const group = least.filter((each) => settingOf(each) === setting);
      return groupWords(group, setting, words);
    })
    .join(' ');
}

function groupWords(group: readonly LeastTimesteps[], setting: string, tolerance: string): string {
  if (group.every(({ timesteps }) => timesteps === null)) {
    return `In ${setting}, nothing that was swept meets ${tolerance}.`;
  }
  // Numbers of neurons that need as many time-steps stand together, those that nothing helps last.
  const least = [...new Set(group.map(({ timesteps }) => timesteps))].sort(
    (a, b) => (a ?? Infinity) - (b ?? Infinity),
  );
  const parts = least.map((timesteps) => {
    const counts = group.flatMap((each) =>
      each.timesteps === timesteps && each.neuronsPerGate ? [each.neuronsPerGate] : [],
    );
    const neurons = counts.length > 0 ? `with K = ${counts.join(', ')} ` : '';
    return neurons + (timesteps === null ? 'by nothing that was swept' : `from T = ${timesteps} on`);
  });
  return `In ${setting}, ${tolerance} is met ${parts.join(', ')}.`;
}
