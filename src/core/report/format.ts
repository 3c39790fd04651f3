/**
 * How a report's numbers are written, for the panel and the command line alike:
 * a number in the panel is the number that the command line prints.
 * Always with "." and ",", whatever the locale, so that output can be compared.
 */
import { engineering } from '../findings/quantities.ts';
import { resourceWords } from '../map/words.ts';
import type { Grade, Resource } from '../chips/types.ts';
import type { EnergyReport, LedgerEvent, LedgerGroup, LedgerLine, Range } from '../energy/types.ts';
import type { ChipUsage } from '../map/types.ts';
import type { LayerReport, Report, RunOptions } from './types.ts';

const withoutLabels = 'not available without labels';
const notSimulated = 'not simulated';
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

/** Shown in place of a limit that no source gives. */
export const notPublished = 'not published';

/** A count with the part of its limit that it fills: "256 (25.00 %)"; null where the limit is not published. */
export function formatUsage(count: number, utilisation: number | null): string {
  const part = utilisation === null ? `limit ${notPublished}` : formatPercent(utilisation);
  return `${formatCount(count)} (${part})`;
}

/** A limit of a core: "4,096". */
export function formatLimit(limit: number | null): string {
  return limit === null ? notPublished : formatCount(limit);
}

/** Joules as "93.4 µJ". */
export function formatEnergy(joules: number | null): string {
  return write(joules, (value) => engineering(value, 'J'));
}

/** Seconds as "63.1 ms". */
export function formatSeconds(seconds: number | null): string {
  return write(seconds, (value) => engineering(value, 's'));
}

/** Watts as "25.9 mW". */
export function formatPower(watts: number | null): string {
  return write(watts, (value) => engineering(value, 'W'));
}

/** How many times: "6.75×". */
export function formatRatio(ratio: number | null): string {
  return write(ratio, (value) => `${value < 1000 ? Number(value.toPrecision(3)) : formatCount(value)}×`);
}

/** "62.1 – 93.4 µJ"; both units where they differ, one value where both ends are written alike. */
export function formatRange(range: Range | null, format: (value: number) => string): string {
  if (range === null) return noNumber;
  const [low, high] = [format(range.low), format(range.high)];
  if (low === high) return low;
  const unit = /[^\d.,]*$/;
  const shared = unit.exec(low)?.[0] === unit.exec(high)?.[0];
  return `${shared ? low.replace(unit, '') : low} – ${high}`;
}

/** A number as the user wrote it: "33.3285". */
export function formatSetting(value: number): string {
  return write(value, (number) => plain.format(number));
}

const populationWords: Readonly<Record<string, string>> = {
  generator: 'spike generator',
  i: 'i, input gate',
  f: 'f, forget gate',
  z: 'z, update gate',
  r: 'r, reset gate',
  u: 'u, recurrent part',
  h: 'h, hidden state',
  c: 'c, candidate',
  o: 'o, output gate',
  neurons: 'neurons',
};

/** Name of the row that stands for a layer's output: h of an LSTM, y of any other layer. */
export const outputPopulation = 'output';

/** A population's name in words; gates keep their letter. */
export function formatPopulation(name: string): string {
  if (name === outputPopulation) return 'layer output';
  // A name out of a file may be one that every object has: "toString".
  return Object.hasOwn(populationWords, name) ? populationWords[name]! : name;
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

/** A resource of a core in words; synapse memory is counted in bits. */
export function formatResource(resource: Resource): string {
  return resource === 'synapseBits' ? 'synapse memory' : resourceWords[resource];
}

const eventWords: Readonly<Record<LedgerEvent, string>> = {
  synapticOperations: 'synaptic operations',
  updatesActive: 'active updates',
  updatesInactive: 'inactive updates',
  spikes: 'spikes',
  messages: 'spike messages',
  hopsEastWest: 'hops east-west',
  hopsNorthSouth: 'hops north-south',
  synchronisation: 'synchronisations',
  generatedSpikes: 'spikes generated',
  countedSpikes: 'spikes counted',
  cellUpdates: 'cell multiplications',
  hostInput: 'host input values',
  hostOutput: 'host output values',
  embeddedProcessors: 'processor power',
  static: 'static power',
};

/** An event of the ledger in words. */
export function formatEvent(event: LedgerEvent): string {
  return eventWords[event];
}

const groupWords: Readonly<Record<LedgerGroup, string>> = {
  cores: 'neuro-cores',
  mesh: 'mesh',
  processors: 'processors and host',
  static: 'static',
};

/** Who spends a line's energy, in words. */
export function formatGroup(group: LedgerGroup): string {
  return groupWords[group];
}

const gradeWords: Readonly<Record<Grade, string>> = {
  measured: 'measured',
  calibrated: 'calibrated',
  simulated: 'simulated before silicon',
  coded: 'coded in software',
  unofficial: 'unofficial',
  assumed: 'assumed',
};

/** How far a figure can be trusted, in words. */
export function formatGrade(grade: Grade | null): string {
  return grade === null ? noNumber : gradeWords[grade];
}

/** Events an inference; the seconds that a power is spent over. */
export function formatEventCount({ count }: Pick<LedgerLine, 'count'>): string {
  if (count === null) return noNumber;
  return typeof count === 'number' ? formatCount(count) : formatRange(count, formatSeconds);
}

/** Joules of a line; a line without a price, or a power without a latency, says so. */
export function formatLineEnergy({ low, high, prices }: Pick<LedgerLine, 'low' | 'high' | 'prices'>): string {
  if (low !== null && high !== null) return formatRange({ low, high }, formatEnergy);
  return prices.length > 0 ? 'no latency' : 'no price';
}

/** "complete", or what the total lacks: "incomplete: no price for host input values; layer lstm is on no core". */
export function formatComplete({ complete, perInference, unpriced, unmapped }: EnergyReport): string {
  if (complete) return 'complete';
  const events = unpriced.map(formatEvent).join(', ');
  const lacks = [
    ...(unpriced.length > 0
      ? [perInference === null ? 'no event has a price' : `no price for ${events}`]
      : []),
    ...unmapped.map((layer) => `layer ${layer} is on no core`),
  ];
  return `incomplete: ${lacks.join('; ')}`;
}

/** "1 chip", "2 chips" */
export function formatChips(chips: number): string {
  return `${formatCount(chips)} ${chips === 1 ? 'chip' : 'chips'}`;
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
    ...(options.embedding ? [{ name: 'vectors', value: 'of length 1' }] : []),
    ...(options.neuronsPerGate ? [{ name: 'neurons per gate', value: String(options.neuronsPerGate) }] : []),
    ...(options.rescaleWeights ? [{ name: 'weights', value: 'rescaled to fit the chip' }] : []),
    ...(options.corrections ? [{ name: 'corrections', value: formatCount(options.corrections.length) }] : []),
    ...chipOptions(options),
  ];
}

function chipOptions({ chip, weightBits, mapping, watts }: RunOptions): Setting[] {
  const { chips, fill, generators } = mapping;
  return [
    { name: 'chip', value: chips === 1 ? chip : `${chip}, up to ${formatChips(chips)}` },
    { name: 'weight bits', value: formatCount(weightBits) },
    { name: 'cores filled to', value: `${formatSetting(100 * fill)} %` },
    { name: 'spike generators', value: generators === 'cores' ? 'on cores' : 'on processors' },
    ...(watts === null ? [] : [{ name: 'baseline', value: `${formatSetting(watts)} W` }]),
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
  const ran = accuracy.agreement !== null;
  return [
    {
      name: 'analog',
      label: 'Analog accuracy',
      value: ran ? formatAccuracy(accuracy.analog) : notSimulated,
      detail: accuracy.analog === null ? null : `on ${samples}`,
    },
    {
      name: 'spiking',
      label: 'Spiking accuracy',
      value: ran ? formatAccuracy(accuracy.spiking) : notSimulated,
      detail: accuracyChange(accuracy),
    },
    {
      name: 'agreement',
      label: 'Agreement',
      value: ran ? formatPercent(accuracy.agreement) : notSimulated,
      detail: ran ? `same class, ${samples}` : null,
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
      value: formatCoresUsed(chip),
      detail: chipDetail(chip),
    },
    { name: 'energy', label: 'Energy', ...energySummary(report.energy) },
  ];
}

/** "2 of 128"; of all chips that are used. */
export function formatCoresUsed({
  coresUsed,
  coresPerChip,
  chipsUsed,
}: Pick<ChipUsage, 'coresUsed' | 'coresPerChip' | 'chipsUsed'>): string {
  return `${formatCount(coresUsed)} of ${formatCount(coresPerChip * Math.max(1, chipsUsed))}`;
}

function chipDetail({ name, chipsUsed, chipsAllowed, problems }: ChipUsage): string {
  if (problems.some(({ kind }) => kind === 'core-limit')) return `${name}, does not fit`;
  if (chipsUsed > chipsAllowed)
    return `${name}, ${formatChips(chipsUsed)}, ${formatCount(chipsAllowed)} allowed`;
  return chipsUsed > 1 ? `${name}, ${formatChips(chipsUsed)}` : name;
}

function energySummary(energy: EnergyReport | null): Pick<SummaryEntry, 'value' | 'detail'> {
  if (energy === null) return { value: notSimulated, detail: null };
  if (energy.perInference === null) return { value: 'not known', detail: 'no event has a price' };
  if (energy.cores.length === 0) return { value: 'not known', detail: 'no spiking layer is on a core' };
  return {
    value: formatRange(energy.perInference, formatEnergy),
    detail: `per inference, estimate${energy.complete ? '' : ', incomplete'}`,
  };
}

function accuracyChange({ analog, spiking }: Report['accuracy']): string | null {
  if (analog === null || spiking === null) return null;
  const points = (100 * (spiking - analog)).toFixed(2);
  if (Number(points) === 0) return 'same as analog';
  return Number(points) < 0 ? `${points.slice(1)} points lower` : `${points} points higher`;
}
