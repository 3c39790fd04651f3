/** Two reports side by side: what differs in options, results, layers, cores and energy. Plain data. */
import type { Range } from '../energy/types.ts';
import { formatOptions, outputPopulation } from './format.ts';
import type { LayerReport, Report } from './types.ts';

/** A number of both; null where a run does not have it. */
export interface Pair {
  readonly a: number | null;
  readonly b: number | null;
  /** b - a; null where either is. */
  readonly difference: number | null;
  /** b / a; null where either is, or a is 0. */
  readonly ratio: number | null;
}

export interface RangePair {
  readonly a: Range | null;
  readonly b: Range | null;
}

/** A setting in the words of the reports; null where a run does not have it. */
export interface OptionPair {
  readonly name: string;
  readonly a: string | null;
  readonly b: string | null;
}

export interface RunHead {
  readonly model: string;
  readonly file: string;
  readonly specification: string | null;
  readonly createdAt: string;
  readonly spikewiseVersion: string;
}

/** A population, or a layer's output. */
export interface PopulationComparison {
  readonly layer: string;
  /** "output" for the layer's output. */
  readonly population: string;
  /** The run that alone has it; null where both do. */
  readonly only: 'a' | 'b' | null;
  readonly neurons: Pair;
  readonly mse: Pair;
  readonly maxError: Pair;
  readonly firingRate: Pair;
  readonly spikesPerSample: Pair;
}

export interface LayerComparison {
  readonly name: string;
  readonly only: 'a' | 'b' | null;
  /** How it runs; null where a run does not have it. */
  readonly runsAs: {
    readonly a: LayerReport['runsAs'] | null;
    readonly b: LayerReport['runsAs'] | null;
  };
  readonly populations: readonly PopulationComparison[];
}

export interface FindingDifference {
  readonly code: string;
  readonly message: string;
  /** The run that alone has it. */
  readonly only: 'a' | 'b';
}

export interface ReportComparison {
  readonly a: RunHead;
  readonly b: RunHead;
  /** Those that differ. */
  readonly options: readonly OptionPair[];
  readonly accuracy: {
    readonly analog: Pair;
    readonly spiking: Pair;
    readonly agreement: Pair;
  };
  readonly layers: readonly LayerComparison[];
  readonly chip: {
    readonly name: { readonly a: string; readonly b: string };
    readonly chipsUsed: Pair;
    readonly coresUsed: Pair;
    readonly coresPerChip: Pair;
    /** Spike messages a sample. */
    readonly messages: Pair;
  };
  readonly energy: {
    readonly perInference: RangePair;
    readonly latency: RangePair;
    /** Null where nothing was estimated. */
    readonly complete: { readonly a: boolean | null; readonly b: boolean | null };
  };
  readonly findings: readonly FindingDifference[];
}

export function compareReports(a: Report, b: Report): ReportComparison {
  return {
    a: head(a),
    b: head(b),
    options: compareOptions(a, b),
    accuracy: {
      analog: pair(a.accuracy.analog, b.accuracy.analog),
      spiking: pair(a.accuracy.spiking, b.accuracy.spiking),
      agreement: pair(a.accuracy.agreement, b.accuracy.agreement),
    },
    layers: compareLayers(a.layers, b.layers),
    chip: {
      name: { a: a.chip.name, b: b.chip.name },
      chipsUsed: pair(a.chip.chipsUsed, b.chip.chipsUsed),
      coresUsed: pair(a.chip.coresUsed, b.chip.coresUsed),
      coresPerChip: pair(a.chip.coresPerChip, b.chip.coresPerChip),
      messages: pair(a.chip.traffic?.messages, b.chip.traffic?.messages),
    },
    energy: {
      perInference: { a: a.energy?.perInference ?? null, b: b.energy?.perInference ?? null },
      latency: { a: a.energy?.latency ?? null, b: b.energy?.latency ?? null },
      complete: { a: a.energy?.complete ?? null, b: b.energy?.complete ?? null },
    },
    findings: compareFindings(a, b),
  };
}

function head({ model, specification, createdAt, spikewiseVersion }: Report): RunHead {
  return { model: model.name, file: model.file, specification, createdAt, spikewiseVersion };
}

function pair(a: number | null | undefined, b: number | null | undefined): Pair {
  const [left, right] = [a ?? null, b ?? null];
  if (left === null || right === null) return { a: left, b: right, difference: null, ratio: null };
  return { a: left, b: right, difference: right - left, ratio: left === 0 ? null : right / left };
}

function compareOptions(a: Report, b: Report): OptionPair[] {
  const settings = [a, b].map(
    ({ options }) => new Map(formatOptions(options).map(({ name, value }) => [name, value])),
  ) as [Map<string, string>, Map<string, string>];
  return union([...settings[0].keys()], [...settings[1].keys()])
    .map((name) => ({ name, a: settings[0].get(name) ?? null, b: settings[1].get(name) ?? null }))
    .filter((option) => option.a !== option.b);
}

/** The first list's names in their order, then those that only the second has. */
function union(a: readonly string[], b: readonly string[]): string[] {
  return [...new Set([...a, ...b])];
}

/** Layers of the same name are the same; a name that comes again is another layer. */
function compareLayers(a: readonly LayerReport[], b: readonly LayerReport[]): LayerComparison[] {
  const [left, right] = [byName(a), byName(b)];
  return union([...left.keys()], [...right.keys()]).map((key) => {
    const [before, after] = [left.get(key), right.get(key)];
    return {
      name: (before ?? after)!.name,
      only: onlyOf(before, after),
      runsAs: { a: before?.runsAs ?? null, b: after?.runsAs ?? null },
      populations: comparePopulations(before, after),
    };
  });
}

function byName(layers: readonly LayerReport[]): Map<string, LayerReport> {
  const counts = new Map<string, number>();
  return new Map(
    layers.map((layer) => {
      const count = counts.get(layer.name) ?? 0;
      counts.set(layer.name, count + 1);
      return [`${layer.name}\0${count}`, layer];
    }),
  );
}

function onlyOf(a: unknown, b: unknown): 'a' | 'b' | null {
  if (a !== undefined && b !== undefined) return null;
  return a === undefined ? 'b' : 'a';
}

interface Measured {
  readonly neurons?: number;
  readonly mse: number;
  readonly maxError: number;
  readonly firingRate?: number;
  readonly spikesPerSample?: number;
}

function comparePopulations(a: LayerReport | undefined, b: LayerReport | undefined): PopulationComparison[] {
  const [left, right] = [measured(a), measured(b)];
  return union([...left.keys()], [...right.keys()]).map((population) => {
    const [before, after] = [left.get(population), right.get(population)];
    return {
      layer: (a ?? b)!.name,
      population,
      only: onlyOf(before, after),
      neurons: pair(before?.neurons, after?.neurons),
      mse: pair(before?.mse, after?.mse),
      maxError: pair(before?.maxError, after?.maxError),
      firingRate: pair(before?.firingRate, after?.firingRate),
      spikesPerSample: pair(before?.spikesPerSample, after?.spikesPerSample),
    };
  });
}

function measured(layer: LayerReport | undefined): Map<string, Measured> {
  const all = new Map<string, Measured>(
    layer?.populations.map((population) => [population.name, population]),
  );
  if (layer?.output) all.set(outputPopulation, layer.output);
  return all;
}

function compareFindings(a: Report, b: Report): FindingDifference[] {
  const key = ({ code, message }: Report['findings'][number]) => `${code}\0${message}`;
  const alone = (own: Report, other: Report, only: 'a' | 'b') => {
    const others = new Set(other.findings.map(key));
    return own.findings
      .filter((finding) => !others.has(key(finding)))
      .map(({ code, message }) => ({ code, message, only }));
  };
  return [...alone(a, b, 'a'), ...alone(b, a, 'b')];
}
