/** A made-up chip with what lives on it and what it spends, for every case that the panel has to show. */
import type { Resource } from '../../src/core/chips/types.ts';
import type {
  Baseline,
  ChipComparison,
  EnergyReport,
  LedgerEvent,
  LedgerGroup,
  LedgerLine,
  Range,
} from '../../src/core/energy/types.ts';
import type { ChipUsage, CoreUsage, PopulationShare, ProcessorBlock } from '../../src/core/map/types.ts';

export interface ChipShape {
  /** loihi2: limits that are not published. */
  readonly chip?: 'loihi1' | 'loihi2';
  /** How many cores the two layers take; more than 128 need several chips. */
  readonly cores?: { readonly lstm: number; readonly encoder: number };
  readonly generators?: 'processors' | 'cores';
  readonly simulated?: boolean;
}

type Limits = Readonly<Record<Resource, number | null>>;

const loihi1: Limits = {
  compartments: 1024,
  inAxons: 4096,
  outAxons: 4096,
  synapseBits: 1_048_576,
  compartmentConfigurations: 32,
  thresholdConfigurations: 16,
  synapseConfigurations: 16,
};

const loihi2: Limits = {
  compartments: 8192,
  inAxons: null,
  outAxons: null,
  synapseBits: 1_572_864,
  compartmentConfigurations: null,
  thresholdConfigurations: null,
  synapseConfigurations: null,
};

const perTile = 4;
const gates = ['i', 'f', 'c', 'o'] as const;

/** Cores of one layer, each with its part of every gate. */
function lstmCores(layer: string, units: number, inputs: number, cores: number): PopulationShare[][] {
  return Array.from({ length: cores }, (_, core) => {
    const from = Math.floor((core * units) / cores);
    const to = Math.floor(((core + 1) * units) / cores);
    return gates.map((population) => ({ layer, population, neurons: to - from, from }));
  }).map((shares) => shares.filter(({ neurons }) => neurons > 0 && inputs > 0));
}

function core(
  index: number,
  populations: readonly PopulationShare[],
  limits: Limits,
  simulated: boolean,
): CoreUsage {
  const generator = populations[0]?.population === 'generator';
  const inputs = populations[0]?.layer === 'encoder' ? 192 : 92;
  // Both thresholds of the candidate, and a soft reset for each.
  const thresholds = populations.reduce((n, p) => n + p.neurons * (p.population === 'c' ? 2 : 1), 0);
  const usage: Readonly<Record<Resource, number>> = {
    compartments: 2 * thresholds,
    inAxons: generator ? 0 : 2 * inputs,
    outAxons: thresholds,
    synapseBits: generator ? 64 * thresholds : 2 * inputs * thresholds * 9 + 64 * thresholds,
    compartmentConfigurations: generator ? 1 : 2,
    thresholdConfigurations: populations.length,
    synapseConfigurations: generator ? 1 : 2,
  };
  const resources = Object.keys(usage) as Resource[];
  const part = (resource: Resource): number | null => {
    const limit = limits[resource];
    return limit === null ? null : usage[resource] / limit;
  };
  const utilisation = Object.fromEntries(resources.map((name) => [name, part(name)])) as Record<
    Resource,
    number | null
  >;
  const place = index % 128;
  return {
    ...usage,
    chip: Math.floor(index / 128),
    core: place,
    tile: Math.floor(place / perTile),
    limitedBy: resources.reduce((a, b) => ((part(b) ?? 0) > (part(a) ?? 0) ? b : a)),
    utilisation,
    populations,
    traffic: simulated
      ? {
          received: generator ? 0 : 2311.5 + 17 * (index % 9),
          sent: 1201.25 + 23 * (index % 7),
          hops: 812.5 + 31 * (index % 11),
          synapticOperations: generator ? 0 : 143_211.5 + 997 * (index % 13),
          spikes: 1201.25 + 23 * (index % 7),
        }
      : null,
  };
}

export function madeUpChip(shape: ChipShape = {}): ChipUsage {
  const {
    chip = 'loihi1',
    cores: counts = { lstm: 1, encoder: 3 },
    generators = 'processors',
    simulated = true,
  } = shape;
  const limits = chip === 'loihi1' ? loihi1 : loihi2;
  const onCores = generators === 'cores';
  const generatorShares = (layer: string, neurons: number): PopulationShare[][] =>
    onCores ? [[{ layer, population: 'generator', neurons, from: 0 }]] : [];
  const contents = [
    ...generatorShares('lstm', 92),
    ...lstmCores('lstm', 64 * Math.max(1, counts.lstm / 2), 92, counts.lstm),
    ...generatorShares('encoder', 192),
    ...lstmCores('encoder', 128 * Math.max(1, counts.encoder / 4), 192, counts.encoder),
  ];
  const cores = contents.map((populations, index) => core(index, populations, limits, simulated));
  const processors: ProcessorBlock[] = [
    ...(onCores
      ? []
      : ([
          { layer: 'lstm', population: 'generator', values: 92 },
          { layer: 'encoder', population: 'generator', values: 192 },
        ] as const)),
    { layer: 'lstm', population: 'counter', values: 256 },
    { layer: 'encoder', population: 'counter', values: 512 },
  ];
  const keys = [
    ...new Map(contents.flat().map((share) => [`${share.layer}/${share.population}`, share])).values(),
  ];
  return {
    id: chip,
    name: chip === 'loihi1' ? 'Loihi 1' : 'Loihi 2',
    chipsUsed: Math.ceil(cores.length / 128),
    chipsAllowed: Math.ceil(cores.length / 128),
    coresUsed: cores.length,
    coresPerChip: 128,
    coresLowerBound: Math.max(1, cores.length - 1),
    mesh: { columns: 8, rows: 4, coresPerTile: perTile, processorTile: 0 },
    limits,
    cores,
    processors,
    populations: keys.map(({ layer, population }) => {
      const own = cores.filter((c) =>
        c.populations.some((p) => p.layer === layer && p.population === population),
      );
      return {
        layer,
        population,
        compartments: 128 * own.length,
        inAxons: 184 * own.length,
        outAxons: 64 * own.length,
        synapseBits: 52_992 * own.length,
        compartmentConfigurations: 2 * own.length,
        thresholdConfigurations: own.length,
        synapseConfigurations: 2 * own.length,
      };
    }),
    traffic: simulated ? { messages: 9135.5, hopsEastWest: 1320.25, hopsNorthSouth: 911.75 } : null,
    problems: [],
  };
}

export interface EnergyShape {
  /** None: no event has a price. Some: hops and host have none. */
  readonly prices?: 'all' | 'some' | 'none';
}

interface MadeUpLine {
  readonly event: LedgerEvent;
  readonly group: LedgerGroup;
  readonly count: number | Range;
  /** Joules or watts of an event. */
  readonly prices: Range;
}

const latency: Range = { low: 4.31e-3, high: 1.286e-2 };

const lines: readonly MadeUpLine[] = [
  {
    event: 'synapticOperations',
    group: 'cores',
    count: 1_719_538.5,
    prices: { low: 23.6e-12, high: 35.5e-12 },
  },
  { event: 'updatesActive', group: 'cores', count: 215_040, prices: { low: 21.6e-12, high: 81e-12 } },
  { event: 'updatesInactive', group: 'cores', count: 645_120, prices: { low: 21.6e-12, high: 52e-12 } },
  { event: 'spikes', group: 'cores', count: 27_431.5, prices: { low: 69.3e-12, high: 69.3e-12 } },
  { event: 'messages', group: 'mesh', count: 9135.5, prices: { low: 1.7e-12, high: 111e-12 } },
  { event: 'hopsEastWest', group: 'mesh', count: 1320.25, prices: { low: 3e-12, high: 3e-12 } },
  { event: 'hopsNorthSouth', group: 'mesh', count: 911.75, prices: { low: 4e-12, high: 4.2e-12 } },
  { event: 'synchronisation', group: 'mesh', count: 224, prices: { low: 1e-12, high: 2e-12 } },
  { event: 'generatedSpikes', group: 'processors', count: 3411, prices: { low: 1e-10, high: 1e-9 } },
  { event: 'countedSpikes', group: 'processors', count: 27_431.5, prices: { low: 1e-10, high: 1e-9 } },
  { event: 'cellUpdates', group: 'processors', count: 16_128, prices: { low: 2.3e-13, high: 4.6e-12 } },
  { event: 'hostInput', group: 'processors', count: 784, prices: { low: 1e-11, high: 1e-11 } },
  { event: 'hostOutput', group: 'processors', count: 10, prices: { low: 1e-11, high: 1e-11 } },
  {
    event: 'embeddedProcessors',
    group: 'processors',
    count: latency,
    prices: { low: 2.32e-2, high: 2.32e-2 },
  },
  { event: 'static', group: 'static', count: latency, prices: { low: 1.16e-3, high: 1.16e-3 } },
];

const withoutPrice: readonly LedgerEvent[] = [
  'generatedSpikes',
  'countedSpikes',
  'cellUpdates',
  'hostInput',
  'hostOutput',
];

function ledgerLine({ event, group, count, prices }: MadeUpLine, priced: boolean): LedgerLine {
  if (!priced) return { event, group, count, low: null, high: null, source: null, grade: null, prices: [] };
  const { low, high } = typeof count === 'number' ? { low: count, high: count } : count;
  const power = event === 'static' || event === 'embeddedProcessors';
  const source = power
    ? 'LSNN on sequential MNIST, Loihi 1, NxTF repository'
    : 'Davies et al., IEEE Micro 2018, table 2; SANA-FE, arch/loihi.yaml:12-89';
  const grade = power ? 'measured' : 'simulated';
  const unit = power ? 'W' : 'J';
  return {
    event,
    group,
    count,
    low: low * prices.low,
    high: high * prices.high,
    source,
    grade,
    prices: [
      { table: 'Davies 2018', value: prices.low, unit, source, grade },
      { table: 'SANA-FE', value: prices.high, unit, source, grade },
    ],
  };
}

function sum(list: readonly LedgerLine[]): Range | null {
  const priced = list.filter(({ low }) => low !== null);
  if (priced.length === 0) return null;
  return {
    low: priced.reduce((total, { low }) => total + (low ?? 0), 0),
    high: priced.reduce((total, { high }) => total + (high ?? 0), 0),
  };
}

function baseline(
  name: string,
  change: Partial<Baseline> & Pick<Baseline, 'kind'>,
  total: Range | null,
): Baseline {
  const { energy = null } = change;
  return {
    name,
    batch: null,
    energy,
    latency: null,
    watts: null,
    source: 'median of 7 runs of tfjs',
    grade: 'measured',
    comparable: true,
    note: null,
    savings:
      energy === null || total === null || change.comparable === false
        ? null
        : { low: energy / total.high, high: energy / total.low },
    ...change,
  };
}

export function madeUpEnergy(chip: ChipUsage, { prices = 'some' }: EnergyShape = {}): EnergyReport {
  const ledger = lines.map((line) =>
    ledgerLine(line, prices === 'all' || (prices === 'some' && !withoutPrice.includes(line.event))),
  );
  const total = sum(ledger);
  const steps = 28;
  const group = (name: LedgerGroup) => sum(ledger.filter((line) => line.group === name));
  const traffic = chip.cores.map((c) => (c.traffic?.received ?? 0) + (c.traffic?.sent ?? 0));
  const work = chip.cores.map((c) => c.traffic?.synapticOperations ?? 0);
  const share = (list: readonly number[], index: number) =>
    list[index]! /
    Math.max(
      1,
      list.reduce((a, b) => a + b, 0),
    );
  const cores = group('cores');
  const time = prices === 'none' ? null : latency;
  return {
    chip: chip.name,
    perInference: total,
    perSequenceStep: total && { low: total.low / steps, high: total.high / steps },
    sequenceSteps: steps,
    groups: { cores, mesh: group('mesh'), processors: group('processors'), static: group('static') },
    latency: time,
    latencyPerSequenceStep: time && { low: time.low / steps, high: time.high / steps },
    latencySources: time && {
      low: 'LSNN on sequential MNIST, 16.65 us a step (NxTF repository)',
      high: 'MNIST CNN, 57.4 us a step (NxTF repository)',
    },
    averagePower: total && time && { low: total.high / time.high, high: total.low / time.low },
    complete: prices === 'all',
    unpriced: ledger.filter(({ low }) => low === null).map(({ event }) => event),
    unmapped: [],
    lines: ledger,
    calibrated:
      prices === 'none'
        ? []
        : [
            {
              name: 'by spikes',
              energy: { low: 3.1e-4, high: 3.9e-4 },
              source: 'fitted to the paper’s table I; leave-one-out error 12.4 %',
              grade: 'calibrated',
            },
          ],
    cores: chip.cores.map((_, index) => ({
      energy: {
        low: (cores?.low ?? 0) * share(work, index),
        high: (cores?.high ?? 0) * share(work, index),
      },
      energyShare: share(work, index),
      trafficShare: share(traffic, index),
    })),
    baselines: [
      baseline(
        'This machine, batch 1',
        {
          kind: 'here',
          batch: 1,
          latency: 6.1e-3,
          note: 'This machine does not expose its power: give its watts as baseline.watts of the specification, or with --watts.',
        },
        total,
      ),
      baseline(
        'Intel i7-6700, batch 1',
        {
          kind: 'paper',
          batch: 1,
          energy: 0.235,
          latency: 7.62e-3,
          source: 'Ponghiran and Roy, table I',
          note: 'Active energy: idle power is subtracted.',
        },
        total,
      ),
      baseline(
        'Intel i7-6700, batch 32',
        {
          kind: 'paper',
          batch: 32,
          energy: 0.01,
          latency: 9.69e-3,
          source: 'Ponghiran and Roy, table I',
          comparable: false,
          note: 'Of another workload: an LSTM of 64 on 28 rows of 28 pixels.',
        },
        total,
      ),
      baseline(
        'SpiNNaker, spiking network',
        {
          kind: 'per-operation',
          energy: 2.4e-2,
          source: 'Hoeppner et al. 2019, as in keras-spiking model_energy.py:173-208',
          grade: 'unofficial',
          note: 'Operations and updates only: no idle power, no host.',
        },
        total,
      ),
    ],
    neurobench: {
      footprint: 97_832,
      connectionSparsity: 0.0123,
      activationSparsity: 0.8122,
      synapticOperations: { effectiveMACs: 17_920, effectiveACs: 1_719_538.5, dense: 5_160_960 },
      membraneUpdates: 860_160,
    },
    operations: [
      { layer: 'lstm', kind: 'LSTM', fullyConnected: 23_552, rest: 192, steps: 28 },
      { layer: 'encoder', kind: 'LSTM', fullyConnected: 98_304, rest: 384, steps: 28 },
      { layer: 'dense', kind: 'Dense', fullyConnected: 1280, rest: 0, steps: 1 },
    ],
  };
}

export function madeUpComparison(chip: ChipUsage, energy: EnergyReport | null): ChipComparison[] {
  return [
    {
      id: chip.id,
      name: chip.name,
      chipsUsed: chip.chipsUsed,
      coresUsed: chip.coresUsed,
      coresPerChip: chip.coresPerChip,
      fits: true,
      perInference: energy?.perInference ?? null,
      complete: energy?.complete ?? false,
      latency: energy?.latency ?? null,
    },
    {
      id: chip.id === 'loihi1' ? 'loihi2' : 'loihi1',
      name: chip.id === 'loihi1' ? 'Loihi 2' : 'Loihi 1',
      chipsUsed: 1,
      coresUsed: 1,
      coresPerChip: 128,
      fits: true,
      perInference: null,
      complete: false,
      latency: null,
    },
    {
      id: 'chips/half-size.chip.json',
      name: 'A half-size Loihi with a long name',
      chipsUsed: 2,
      coresUsed: 5,
      coresPerChip: 4,
      fits: false,
      perInference: energy === null ? null : { low: 8.1e-5, high: 4.4e-4 },
      complete: energy !== null,
      latency: energy === null ? null : { low: 2.1e-3, high: 2.1e-3 },
    },
  ];
}
