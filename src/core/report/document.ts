/**
 * A run as text, for the text editor and for diffs: a line for each layer, gate and core.
 * The format is documented in docs/run-document.md. Numbers are written as in the panel and on the command line.
 * Columns are as wide as names need it, never as values do: what did not change is the same line in two runs.
 */
import type { Finding } from '../findings/types.ts';
import type { CoreUsage } from '../map/types.ts';
import {
  formatAverage,
  formatCount,
  formatCoresUsed,
  formatError,
  formatOptions,
  formatPercent,
  formatPopulation,
  formatRate,
  formatResource,
  formatRunsAs,
  notPublished,
  summary,
} from './format.ts';
import { corePopulations } from './tables/cores.ts';
import type { LayerReport, PopulationReport, Report } from './types.ts';

/** What a line is about, and what the panel can show of it. */
export type RunSubject =
  | { readonly kind: 'layer'; readonly layer: string }
  | { readonly kind: 'population'; readonly layer: string; readonly population: string }
  | { readonly kind: 'core'; readonly chip: number; readonly core: number };

/** Where the panel shows more of it. */
export type RunTab = 'layers' | 'rates' | 'errors' | 'cores';

export type RunSection = 'model' | 'options' | 'results' | 'layers' | 'cores';

export interface DocumentLine {
  readonly text: string;
  /** 0 for a section; what belongs to a line follows it and is deeper. */
  readonly depth: number;
  /** Columns of what names the line: the first, and the one behind the last. */
  readonly name: readonly [number, number];
  readonly section: RunSection | null;
  readonly about: RunSubject | null;
  /** Index of the finding that stands here as a comment. */
  readonly finding: number | null;
  /** The name is the path of this file. */
  readonly file: 'model' | 'specification' | null;
  /** What else the line names: on a core's line the populations that live there. */
  readonly mentions: readonly Mention[];
}

export interface Mention {
  /** Columns, the first and the one behind the last. */
  readonly columns: readonly [number, number];
  readonly about: RunSubject;
}

export interface RunDocument {
  readonly lines: readonly DocumentLine[];
  /** Index of the line that a finding is about, for each finding of the report: its own where it is about no other. */
  readonly findingLines: readonly number[];
}

const format = '# Spikewise run, format 1: a line for each layer, gate and core (docs/run-document.md)';
/** Between the populations on a core. */
const separator = ', ';
/** Longer names push the rest of their own line only. */
const widest = 32;

/** A run has at most one line for a layer, a population or a core. */
export function runDocument(report: Report): RunDocument {
  const about = report.findings.map((finding) => subjectOf(report, finding));
  const comments = (subject: RunSubject | null, depth: number): DocumentLine[] =>
    report.findings.flatMap((finding, index) =>
      isSame(about[index]!, subject) ? [comment(finding, index, depth)] : [],
    );
  const lines = [
    line(format, 0),
    blank,
    ...modelLines(report),
    blank,
    section('options'),
    ...settings(formatOptions(report.options)),
    blank,
    section('results'),
    ...settings(
      summary(report).map(({ label, value, detail }) => ({
        name: label.charAt(0).toLowerCase() + label.slice(1),
        value: detail === null ? value : `${value} (${detail})`,
      })),
    ),
    ...comments(null, 1),
    blank,
    section('layers'),
    ...layerLines(report.layers, comments),
    blank,
    section('cores', `${formatCoresUsed(report.chip)}, ${report.chip.name}`),
    ...report.chip.cores.flatMap((core) => {
      const subject: RunSubject = { kind: 'core', chip: core.chip, core: core.core };
      return [coreLine(core, subject), ...comments(subject, 2)];
    }),
  ];
  return { lines, findingLines: about.map((subject, index) => findingLine(lines, subject, index)) };
}

/** The text of the document, with a line break at its end. */
export function documentText({ lines }: RunDocument): string {
  return lines.map(({ text }) => `${text}\n`).join('');
}

/** Index of the line about a subject; undefined where the run has none such. */
export function lineAbout({ lines }: RunDocument, subject: RunSubject): number | undefined {
  const index = lines.findIndex(({ about }) => isSame(about, subject));
  return index < 0 ? undefined : index;
}

export interface Fold {
  /** Indices of the first and of the last line. */
  readonly start: number;
  readonly end: number;
}

/** What lies deeper than a line folds into it. */
export function documentFolds({ lines }: RunDocument): Fold[] {
  const folds: Fold[] = [];
  const open: number[] = [];
  const close = (depth: number, end: number): void => {
    for (let start = open.at(-1); start !== undefined && lines[start]!.depth >= depth; start = open.at(-1)) {
      open.pop();
      if (end > start) folds.push({ start, end });
    }
  };
  lines.forEach(({ depth }, index) => {
    close(depth, index - 1);
    open.push(index);
  });
  close(0, lines.length - 1);
  return folds.sort((a, b) => a.start - b.start);
}

/** Cores on which a layer, or one population of it, lives. */
export function coresOf({ chip }: Pick<Report, 'chip'>, layer: string, population?: string): CoreUsage[] {
  return chip.cores.filter(({ populations }) =>
    populations.some((p) => p.layer === layer && (population === undefined || p.population === population)),
  );
}

/** Spikes per neuron and time-step of a layer's neurons, without its spike generator; null where none spikes. */
export function layerFiringRate({ populations }: LayerReport): number | null {
  const spiking = populations.filter(({ name }) => name !== 'generator');
  const neurons = spiking.reduce((sum, p) => sum + p.neurons, 0);
  if (neurons === 0) return null;
  return spiking.reduce((sum, { firingRate, neurons }) => sum + firingRate * neurons, 0) / neurons;
}

/** The core that a finding names, else the population, else the layer, as far as the run has it. */
function subjectOf({ layers, chip }: Report, { layer, population, core }: Finding): RunSubject | null {
  if (core && chip.cores.some((one) => one.chip === core.chip && one.core === core.core)) {
    return { kind: 'core', chip: core.chip, core: core.core };
  }
  const known = layers.find(({ name }) => name === layer);
  if (!known) return null;
  return known.populations.some(({ name }) => name === population)
    ? { kind: 'population', layer: known.name, population: population! }
    : { kind: 'layer', layer: known.name };
}

function findingLine(lines: readonly DocumentLine[], subject: RunSubject | null, index: number): number {
  return lines.findIndex(({ about, finding }) =>
    subject === null ? finding === index : isSame(about, subject),
  );
}

function isSame(a: RunSubject | null, b: RunSubject | null): boolean {
  if (a === null || b === null) return a === b;
  switch (a.kind) {
    case 'layer':
      return b.kind === 'layer' && a.layer === b.layer;
    case 'population':
      return b.kind === 'population' && a.layer === b.layer && a.population === b.population;
    case 'core':
      return b.kind === 'core' && a.chip === b.chip && a.core === b.core;
  }
}

/** @param words named by their start, up to `named` characters */
function line(
  words: string,
  depth: number,
  named = 0,
  more: Partial<Pick<DocumentLine, 'section' | 'about' | 'finding' | 'mentions'>> = {},
): DocumentLine {
  const indent = 2 * depth;
  const text = ' '.repeat(indent) + words.trimEnd();
  return {
    text,
    depth,
    name: [indent, Math.min(indent + named, text.length)],
    ...{ section: null, about: null, finding: null, file: null, mentions: [] },
    ...more,
  };
}

/** Between sections; it belongs to none. */
const blank: DocumentLine = line('', 0);

function section(name: RunSection, detail = ''): DocumentLine {
  return line(`${name} ${detail}`, 0, name.length, { section: name });
}

function comment({ severity, code, message }: Finding, index: number, depth: number): DocumentLine {
  const start = `# ${severity} ${code}`;
  return line(`${start}: ${plain(message)}`, depth, start.length, { finding: index });
}

function modelLines({ model, specification, createdAt, spikewiseVersion }: Report): DocumentLine[] {
  const file = (name: string, path: string, which: 'model' | 'specification'): DocumentLine => {
    const made = setting(name, path);
    return { ...made, name: [made.text.length - plain(path).length, made.text.length], file: which };
  };
  return [
    section('model', plain(model.name)),
    setting('format', model.format),
    setting('parameters', formatCount(model.parameters)),
    file('file', model.file, 'model'),
    ...(specification === null ? [] : [file('specification', specification, 'specification')]),
    setting('run ended', createdAt),
    setting('spikewise', spikewiseVersion),
  ];
}

function settings(list: readonly { readonly name: string; readonly value: string }[]): DocumentLine[] {
  return list.map(({ name, value }) => setting(name, value));
}

function setting(name: string, value: string): DocumentLine {
  return line(`${name.padEnd(16)}  ${plain(value)}`, 1, name.length);
}

function layerLines(
  layers: readonly LayerReport[],
  comments: (subject: RunSubject, depth: number) => DocumentLine[],
): DocumentLine[] {
  const widths = {
    name: columnOf(layers.map(({ name }) => plain(name))),
    kind: columnOf(layers.map(({ kind }) => plain(kind))),
  };
  return layers.flatMap((layer) => {
    const subject: RunSubject = { kind: 'layer', layer: layer.name };
    return [
      layerLine(layer, subject, widths),
      ...comments(subject, 2),
      ...layer.populations.flatMap((population) => {
        const about: RunSubject = { kind: 'population', layer: layer.name, population: population.name };
        return [populationLine(population, about), ...comments(about, 3)];
      }),
    ];
  });
}

function layerLine(
  { name, kind, runsAs, output }: LayerReport,
  about: RunSubject,
  widths: { readonly name: number; readonly kind: number },
): DocumentLine {
  const columns = [
    plain(name).padEnd(widths.name),
    plain(kind).padEnd(widths.kind),
    formatRunsAs(runsAs).padEnd(14),
    ...(output === null ? [] : [errorColumns(output)]),
  ];
  return line(columns.join('  '), 1, plain(name).length, { about });
}

function populationLine(population: PopulationReport, about: RunSubject): DocumentLine {
  const name = plain(formatPopulation(population.name));
  const columns = [
    name.padEnd(15),
    `neurons ${formatCount(population.neurons).padStart(7)}`,
    `rate ${formatRate(population.firingRate).padStart(6)}`,
    `spikes/sample ${formatAverage(population.spikesPerSample).padStart(11)}`,
    errorColumns(population),
  ];
  return line(columns.join('  '), 2, name.length, { about });
}

function errorColumns({ mse, maxError }: Pick<PopulationReport, 'mse' | 'maxError'>): string {
  return `MSE ${formatError(mse).padStart(8)}  max error ${formatError(maxError).padStart(8)}`;
}

function coreLine(core: CoreUsage, about: RunSubject): DocumentLine {
  const fullest = core.utilisation[core.limitedBy];
  const name = `chip ${core.chip} core ${String(core.core).padStart(3)}`;
  const columns = [
    name,
    `tile ${String(core.tile).padStart(3)}`,
    `${fullest === null ? `limit ${notPublished}` : formatPercent(fullest).padStart(8)} ${formatResource(core.limitedBy)}`,
  ];
  const start = columns.join('  ') + '  ';
  const shares = core.populations.map((share) => ({
    words: plain(corePopulations({ populations: [share] })),
    about: { kind: 'population', layer: share.layer, population: share.population } as const,
  }));
  let column = 2 + start.length;
  const mentions = shares.map(({ words, about }): Mention => {
    const from = column;
    column += words.length + separator.length;
    return { columns: [from, from + words.length], about };
  });
  const words = start + shares.map((share) => share.words).join(separator);
  return line(words, 1, name.length, { about, mentions });
}

/** Width of a column of names. */
function columnOf(names: readonly string[]): number {
  return Math.min(widest, Math.max(0, ...names.map(({ length }) => length)));
}

/** Names and paths out of files hold anything: here they are one line that people read. */
function plain(words: string): string {
  return words.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ');
}
