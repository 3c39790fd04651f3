/**
 * How a report's numbers are written, for the panel and the command line alike:
 * a number in the panel is the number that the command line prints.
 * Always with "." and ",", whatever the locale, so that output can be compared.
 */
import type { LayerReport, Report, RunOptions } from './types.ts';

const withoutLabels = 'not available without labels';
/** Shown where there is no number: a layer that does not spike has no firing rate. */
export const noNumber = '–';

const grouped = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const groupedTenths = new Intl.NumberFormat('en-US', { minimumFractionDigits: 1, maximumFractionDigits: 1 });
const plain = new Intl.NumberFormat('en-US', { useGrouping: false, maximumSignificantDigits: 7 });

/** JSON has no NaN: a number that was not computed may arrive as null. */
function write(value: number | null | undefined, text: (value: number) => string): string {
  return typeof value === 'number' && Number.isFinite(value) ? text(value) : noNumber;
}

/** A fraction 0..1 as "98.60 %". */
export function formatPercent(fraction: number | null): string {
  return write(fraction, (value) => `${(100 * value).toFixed(2)} %`);
}

/** An accuracy; null where the run had no labels. */
export function formatAccuracy(fraction: number | null): string {
  return fraction === null ? withoutLabels : formatPercent(fraction);
}

/** Squared and absolute errors, three significant digits: "3.49e-3". */
export function formatError(error: number | null): string {
  return write(error, (value) => (value === 0 ? '0' : value.toExponential(2)));
}

/** "1,024" */
export function formatCount(count: number | null): string {
  return write(count, (value) => grouped.format(value));
}

/** Spikes per neuron and time-step, 0..1: "0.1278". */
export function formatRate(rate: number | null): string {
  return write(rate, (value) => value.toFixed(4));
}

/** An average count: "1,431.5". */
export function formatAverage(count: number | null): string {
  return write(count, (value) => groupedTenths.format(value));
}

/** A count with the part of its limit that it fills: "256 (25.00 %)". */
export function formatUsage(count: number, utilisation: number): string {
  return `${formatCount(count)} (${formatPercent(utilisation)})`;
}

/** A number as the user wrote it: "33.3285". */
export function formatSetting(value: number): string {
  return write(value, (number) => plain.format(number));
}

const populationWords: Readonly<Record<string, string>> = {
  generator: 'spike generator',
  i: 'i, input gate',
  f: 'f, forget gate',
  c: 'c, candidate',
  o: 'o, output gate',
  neurons: 'neurons',
};

/** Name of the row that stands for a layer's output: h of an LSTM, y of any other layer. */
export const outputPopulation = 'output';

/** A population's name in words; gates keep their letter. */
export function formatPopulation(name: string): string {
  return name === outputPopulation ? 'layer output' : (populationWords[name] ?? name);
}

const runsAsWords: Readonly<Record<LayerReport['runsAs'], string>> = {
  spiking: 'spiking',
  analog: 'analog',
  unsupported: 'unsupported',
  nothing: 'no computation',
};

/** How a layer runs, in words. */
export function formatRunsAs(runsAs: LayerReport['runsAs']): string {
  return runsAsWords[runsAs];
}

export interface Setting {
  readonly name: string;
  readonly value: string;
}

/** The options of a run in words. */
export function formatOptions(options: RunOptions): Setting[] {
  const { mean, scale } = options.input;
  return [
    { name: 'time-steps', value: `T = ${formatCount(options.timesteps)}` },
    { name: 'coding', value: options.coding },
    { name: 'arithmetic', value: options.arithmetic === 'loihi' ? 'Loihi integers' : 'floating point' },
    { name: 'samples', value: formatCount(options.samples) },
    {
      name: 'inputs',
      value:
        mean === 0 && scale === 1
          ? 'as they are'
          : `(x ${mean < 0 ? '+' : '−'} ${formatSetting(Math.abs(mean))}) / ${formatSetting(scale)}`,
    },
    { name: 'cell clip', value: options.cellClip === null ? 'none' : `±${formatSetting(options.cellClip)}` },
  ];
}

/** "500 samples" */
export function formatSamples(samples: number): string {
  return `${formatCount(samples)} ${samples === 1 ? 'sample' : 'samples'}`;
}

export interface WorstError {
  readonly layer: string;
  readonly population: string;
  readonly mse: number;
}

/** The largest mean squared error of any population or layer output; null where nothing was compared. */
export function worstError(report: Report): WorstError | null {
  let worst: WorstError | null = null;
  for (const layer of report.layers) {
    const rows = layer.populations.map(({ name, mse }) => ({ population: name, mse }));
    if (layer.output !== null) rows.push({ population: outputPopulation, mse: layer.output.mse });
    for (const { population, mse } of rows) {
      if (Number.isFinite(mse) && (worst === null || mse > worst.mse))
        worst = { layer: layer.name, population, mse };
    }
  }
  return worst;
}

export interface SummaryEntry {
  readonly name: 'analog' | 'spiking' | 'agreement' | 'worst-mse' | 'cores' | 'energy';
  readonly label: string;
  readonly value: string;
  /** What the value is about, null where nothing is to be added. */
  readonly detail: string | null;
}

/** The numbers that stand at the top of the panel and at the end of the command line's output. */
export function summary(report: Report): SummaryEntry[] {
  const { accuracy, chip, options } = report;
  const samples = formatSamples(options.samples);
  const worst = worstError(report);
  return [
    {
      name: 'analog',
      label: 'Analog accuracy',
      value: formatAccuracy(accuracy.analog),
      detail: accuracy.analog === null ? null : `on ${samples}`,
    },
    {
      name: 'spiking',
      label: 'Spiking accuracy',
      value: formatAccuracy(accuracy.spiking),
      detail: accuracyChange(accuracy),
    },
    {
      name: 'agreement',
      label: 'Agreement',
      value: formatPercent(accuracy.agreement),
      detail: `same class, ${samples}`,
    },
    {
      name: 'worst-mse',
      label: 'Worst MSE',
      value: formatError(worst?.mse ?? null),
      detail: worst === null ? 'nothing compared' : `${worst.layer}: ${formatPopulation(worst.population)}`,
    },
    {
      name: 'cores',
      label: 'Cores used',
      value: `${formatCount(chip.coresUsed)} of ${formatCount(chip.coresAvailable)}`,
      detail: chip.name,
    },
    { name: 'energy', label: 'Energy', value: 'not estimated yet', detail: null },
  ];
}

function accuracyChange({ analog, spiking }: Report['accuracy']): string | null {
  if (analog === null || spiking === null) return null;
  const points = (100 * (spiking - analog)).toFixed(2);
  if (Number(points) === 0) return 'same as analog';
  return Number(points) < 0 ? `${points.slice(1)} points lower` : `${points} points higher`;
}
