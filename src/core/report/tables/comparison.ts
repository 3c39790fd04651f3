/** Two runs side by side, in words. */
import type { Range } from '../../energy/types.ts';
import type { OptionPair, Pair, ReportComparison, RunHead } from '../compare.ts';
import {
  formatAccuracy,
  formatAverage,
  formatChips,
  formatCount,
  formatCoresUsed,
  formatEnergy,
  formatError,
  formatPercent,
  formatPopulation,
  formatRange,
  formatRate,
  formatRatio,
  formatRunsAs,
  formatSeconds,
  noNumber,
} from '../format.ts';
import { left, right, type TextTable } from './table.ts';

const absent = 'not there';

/** What both runs are of. */
export function headTable({ a, b }: ReportComparison): TextTable {
  const row = (name: string, of: (run: RunHead) => string) => [name, of(a), of(b)];
  return {
    columns: [left(''), left('A'), left('B')],
    rows: [
      row('model', ({ model }) => model),
      row('model file', ({ file }) => file),
      row('specification', ({ specification }) => specification ?? 'none'),
      row('made', ({ createdAt }) => createdAt),
      row('by Spikewise', ({ spikewiseVersion }) => spikewiseVersion),
    ],
  };
}

export function optionsTable({ options }: ReportComparison): TextTable {
  return {
    columns: [left('option'), left('A'), left('B')],
    rows: options.map(({ name, a, b }: OptionPair) => [name, a ?? noNumber, b ?? noNumber]),
  };
}

/** Accuracy, cores, energy. */
export function resultsTable({ accuracy, chip, energy }: ReportComparison): TextTable {
  const { name, coresUsed, coresPerChip, chipsUsed, messages } = chip;
  const cores = (side: 'a' | 'b') =>
    formatCoresUsed({
      coresUsed: coresUsed[side] ?? 0,
      coresPerChip: coresPerChip[side] ?? 0,
      chipsUsed: chipsUsed[side] ?? 0,
    });
  const complete = (side: 'a' | 'b') => (energy.complete[side] === false ? ', incomplete' : '');
  // Of a run without simulation nothing is known, whether or not it had labels.
  const accuracyRow = (words: string, pair: Pair, format: (value: number | null) => string) => [
    words,
    ...(['a', 'b'] as const).map((side) =>
      accuracy.agreement[side] === null ? noNumber : format(pair[side]),
    ),
    formatPoints(pair),
  ];
  return {
    columns: [left('result'), right('A'), right('B'), right('B against A')],
    rows: [
      accuracyRow('analog accuracy', accuracy.analog, formatAccuracy),
      accuracyRow('spiking accuracy', accuracy.spiking, formatAccuracy),
      accuracyRow('agreement', accuracy.agreement, formatPercent),
      ['chip', name.a, name.b, name.a === name.b ? 'same' : 'another'],
      [
        'chips',
        formatChips(chipsUsed.a ?? 0),
        formatChips(chipsUsed.b ?? 0),
        formatChange(chipsUsed, formatCount),
      ],
      ['cores', cores('a'), cores('b'), formatChange(coresUsed, formatCount)],
      [
        'spike messages a sample',
        formatAverage(messages.a),
        formatAverage(messages.b),
        formatTimes(messages),
      ],
      [
        'energy of an inference',
        `${formatRange(energy.perInference.a, formatEnergy)}${complete('a')}`,
        `${formatRange(energy.perInference.b, formatEnergy)}${complete('b')}`,
        rangeTimes(energy.perInference.a, energy.perInference.b),
      ],
      [
        'latency of an inference',
        formatRange(energy.latency.a, formatSeconds),
        formatRange(energy.latency.b, formatSeconds),
        rangeTimes(energy.latency.a, energy.latency.b),
      ],
    ],
  };
}

/** A row for each population and each layer's output. */
export function differencesTable({ layers }: ReportComparison): TextTable {
  return {
    columns: [
      left('layer'),
      left('population'),
      right('MSE, A'),
      right('MSE, B'),
      right('B / A'),
      right('firing rate, A'),
      right('firing rate, B'),
      right('B − A'),
      right('spikes/sample, A'),
      right('spikes/sample, B'),
      right('B / A'),
    ],
    rows: layers.flatMap(({ name, only, runsAs, populations }) => {
      if (populations.length === 0) {
        const words = [runsAs.a, runsAs.b].map((way) => (way === null ? absent : formatRunsAs(way)));
        const same = only === null && words[0] === words[1];
        return [
          [name, same ? words[0]! : `A: ${words[0]!}, B: ${words[1]!}`, ...Array<string>(9).fill(noNumber)],
        ];
      }
      return populations.map(({ population, only, mse, firingRate, spikesPerSample }) => [
        name,
        `${formatPopulation(population)}${only === null ? '' : ` (only in ${only.toUpperCase()})`}`,
        formatError(mse.a),
        formatError(mse.b),
        formatTimes(mse),
        formatRate(firingRate.a),
        formatRate(firingRate.b),
        formatChange(firingRate, formatRate),
        formatAverage(spikesPerSample.a),
        formatAverage(spikesPerSample.b),
        formatTimes(spikesPerSample),
      ]);
    }),
  };
}

export function findingsTable({ findings }: ReportComparison): TextTable {
  return {
    columns: [left('only in'), left('code'), left('finding')],
    rows: findings.map(({ only, code, message }) => [only.toUpperCase(), code, message]),
  };
}

/** "+0.40 points", of two fractions. */
function formatPoints({ difference }: Pair): string {
  if (difference === null) return noNumber;
  const points = (100 * difference).toFixed(2);
  return Number(points) === 0 ? 'same' : `${signed(points)} points`;
}

/** "+2", "−0.0130". */
function formatChange({ difference }: Pair, format: (value: number) => string): string {
  if (difference === null) return noNumber;
  const words = format(Math.abs(difference));
  return Number(words) === 0 ? 'same' : `${difference > 0 ? '+' : '−'}${words}`;
}

function formatTimes({ a, b, ratio }: Pair): string {
  if (a !== null && a === b) return 'same';
  return formatRatio(ratio);
}

/** Of the least and of the greatest: "0.95 – 1.1×". */
function rangeTimes(a: Range | null, b: Range | null): string {
  if (a === null || b === null || !(a.low > 0) || !(a.high > 0)) return noNumber;
  const ratios = [b.low / a.low, b.high / a.high];
  return ratios.every((ratio) => ratio === 1)
    ? 'same'
    : formatRange({ low: Math.min(...ratios), high: Math.max(...ratios) }, formatRatio);
}

function signed(number: string): string {
  return number.startsWith('-') ? `−${number.slice(1)}` : `+${number}`;
}
