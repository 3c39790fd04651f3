/** The floor plan of a chip: its tiles and cores as drawn on the chip, each with the part of a resource it fills. */
import type { Resource } from '../../src/core/chips/types.ts';
import type { EnergyReport } from '../../src/core/energy/types.ts';
import type { ChipUsage, CoreUsage } from '../../src/core/map/types.ts';
import {
  formatPercent,
  formatPopulation,
  formatResource,
  notPublished,
} from '../../src/core/report/format.ts';
import { corePopulations } from './core-tables.ts';
import type { Table } from './table.ts';

export const planMetrics = [
  'fullest',
  'compartments',
  'inAxons',
  'outAxons',
  'synapseBits',
  'configurations',
  'traffic',
  'energy',
] as const;
export type PlanMetric = (typeof planMetrics)[number];

export const metricTitles: Readonly<Record<PlanMetric, string>> = {
  fullest: 'fullest resource',
  compartments: 'compartments',
  inAxons: 'in-axons',
  outAxons: 'out-axons',
  synapseBits: 'synapse memory',
  configurations: 'configurations',
  traffic: 'share of traffic',
  energy: 'share of energy',
};

/** What is outlined: a layer, or one population of it. */
export interface Lit {
  readonly layer: string;
  readonly population: string | null;
}

export interface CoreId {
  readonly chip: number;
  readonly core: number;
}

export interface PlanCore {
  readonly core: number;
  readonly tile: number;
  /** In the grid of all cores of the chip, from the north-west. */
  readonly row: number;
  readonly column: number;
  /** Null: nothing lives there. */
  readonly usage: CoreUsage | null;
  /** 0..1; null where there is no such number. */
  readonly value: number | null;
  readonly lit: boolean;
}

export interface Plan {
  readonly mesh: ChipUsage['mesh'];
  /** Cores of a tile lie in a square as far as they can. */
  readonly tile: { readonly across: number; readonly down: number };
  /** Rows of tiles that are drawn; the rest of a very large mesh is unused. */
  readonly tileRows: number;
  /** By row, then by column. */
  readonly cores: readonly PlanCore[];
  /** The value that has the full colour: 1 for a resource, the largest share of any core for a share. */
  readonly full: number;
}

interface PlanOptions {
  readonly metric: PlanMetric;
  readonly chip: number;
  readonly lit: Lit | null;
}

/** Cores that are drawn without regard to whether they are used: above it, tiles behind the last used one are not. */
const mostCores = 1024;

export function floorPlan(usage: ChipUsage, energy: EnergyReport | null, options: PlanOptions): Plan {
  const { mesh } = usage;
  const across = Math.ceil(Math.sqrt(mesh.coresPerTile));
  const down = Math.ceil(mesh.coresPerTile / across);
  const values = metricValues(usage, energy, options.metric);
  const used = new Map(
    usage.cores.flatMap((core, index) =>
      core.chip === options.chip ? [[core.core, { core, value: values[index]! }] as const] : [],
    ),
  );
  const tileRows = drawnRows(usage, options.chip);
  const count = Math.min(usage.coresPerChip, tileRows * mesh.columns * mesh.coresPerTile);
  const cores = Array.from({ length: count }, (_, core): PlanCore => {
    const tile = Math.floor(core / mesh.coresPerTile);
    const place = core % mesh.coresPerTile;
    const here = used.get(core);
    return {
      core,
      tile,
      row: Math.floor(tile / mesh.columns) * down + Math.floor(place / across),
      column: (tile % mesh.columns) * across + (place % across),
      usage: here?.core ?? null,
      value: here?.value ?? null,
      lit: here !== undefined && isLit(here.core, options.lit),
    };
  });
  return {
    mesh,
    tile: { across, down },
    tileRows,
    cores: cores.sort((a, b) => a.row - b.row || a.column - b.column),
    full: isShare(options.metric) ? Math.max(0, ...values.map((value) => value ?? 0)) : 1,
  };
}

function drawnRows({ mesh, coresPerChip, cores }: ChipUsage, chip: number): number {
  if (coresPerChip <= mostCores) return mesh.rows;
  const tiles = cores.filter((core) => core.chip === chip).map(({ tile }) => tile);
  return Math.floor(Math.max(mesh.processorTile, ...tiles) / mesh.columns) + 1;
}

export function isShare(metric: PlanMetric): boolean {
  return metric === 'traffic' || metric === 'energy';
}

const configurations = [
  'compartmentConfigurations',
  'thresholdConfigurations',
  'synapseConfigurations',
] as const satisfies readonly Resource[];

/** In the order of `usage.cores`: parts of a core's limit, or shares of the sum over all cores; 0..1. */
export function metricValues(
  usage: ChipUsage,
  energy: EnergyReport | null,
  metric: PlanMetric,
): (number | null)[] {
  switch (metric) {
    case 'fullest':
      return usage.cores.map(({ utilisation, limitedBy }) => utilisation[limitedBy]);
    case 'configurations':
      return usage.cores.map(({ utilisation }) => largest(configurations.map((name) => utilisation[name])));
    case 'traffic':
      return trafficShares(usage);
    case 'energy':
      return usage.cores.map((_, index) => energy?.cores[index]?.energyShare ?? null);
    default:
      return usage.cores.map(({ utilisation }) => utilisation[metric]);
  }
}

function largest(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.max(...known);
}

/** Messages that arrive and leave. */
function trafficShares({ cores }: ChipUsage): (number | null)[] {
  const messages = cores.map(({ traffic }) => (traffic === null ? null : traffic.received + traffic.sent));
  const sum = messages.reduce<number>((total, value) => total + (value ?? 0), 0);
  return messages.map((value) => (value === null ? null : sum > 0 ? value / sum : 0));
}

/** Why a metric has no numbers at all; null where it has. */
export function missing(usage: ChipUsage, energy: EnergyReport | null, metric: PlanMetric): string | null {
  if (metricValues(usage, energy, metric).some((value) => value !== null)) return null;
  if (usage.cores.length === 0) return 'no core is used';
  return isShare(metric) ? 'nothing was simulated' : `limit ${notPublished}`;
}

export function isLit(core: CoreUsage, lit: Lit | null): boolean {
  return (
    lit !== null &&
    core.populations.some(
      ({ layer, population }) =>
        layer === lit.layer && (lit.population === null || population === lit.population),
    )
  );
}

/** The first core that is lit. */
export function firstLit({ cores }: ChipUsage, lit: Lit | null): CoreId | null {
  return cores.find((core) => isLit(core, lit)) ?? null;
}

export function litName({ layer, population }: Lit): string {
  return population === null ? layer : `${layer}: ${formatPopulation(population)}`;
}

/** "2 cores of chip 0, 1 core of chip 1"; null where no core is lit. */
export function litPlaces({ cores, chipsUsed }: ChipUsage, lit: Lit): string | null {
  const counts = new Map<number, number>();
  for (const core of cores) if (isLit(core, lit)) counts.set(core.chip, (counts.get(core.chip) ?? 0) + 1);
  if (counts.size === 0) return null;
  return [...counts]
    .map(([chip, n]) => `${n} ${n === 1 ? 'core' : 'cores'}${chipsUsed > 1 ? ` of chip ${chip}` : ''}`)
    .join(', ');
}

/** [chips] cores that are used. */
export function coresOnChips({ cores, chipsUsed }: ChipUsage): number[] {
  const counts = Array.from({ length: chipsUsed }, () => 0);
  for (const { chip } of cores) counts[chip] = (counts[chip] ?? 0) + 1;
  return counts;
}

/** The number on a core: "62", "3.1"; percent. */
export function percentOnCore(value: number | null): string {
  if (value === null) return '–';
  const percent = 100 * value;
  return percent > 0 && percent < 9.95 ? percent.toFixed(1) : percent.toFixed(0);
}

/** All that the picture says of a core, for a screen reader. */
export function coreLabel(
  { core, tile, usage, value, lit }: PlanCore,
  metric: PlanMetric,
  on: string,
): string {
  const place = `Core ${core}, tile ${tile}`;
  if (usage === null) return `${place}${on}: unused`;
  const number = value === null ? 'not known' : formatPercent(value);
  return (
    `${place}${on}: ${metricTitles[metric]} ${number}, limited by ${formatResource(usage.limitedBy)}; ` +
    `${corePopulations(usage)}${lit ? '; outlined' : ''}`
  );
}

const steps: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
};

/** Where a key leads from a core; undefined: the key does not move. */
export function moveOnPlan(
  { cores }: Pick<Plan, 'cores'>,
  from: number,
  key: string,
  whole: boolean,
): number | undefined {
  const at = cores.find(({ core }) => core === from) ?? cores[0];
  if (at === undefined) return undefined;
  const row = whole ? cores : cores.filter((core) => core.row === at.row);
  if (key === 'Home') return row[0]?.core;
  if (key === 'End') return row.at(-1)?.core;
  const step = steps[key];
  if (step === undefined) return undefined;
  const [row_, column] = [at.row + step[0], at.column + step[1]];
  return cores.find((core) => core.row === row_ && core.column === column)?.core ?? at.core;
}

/** The same numbers as the picture, a row for each used core of the chip. */
export function planTable(plan: Plan, metric: PlanMetric): Table {
  return {
    columns: [
      { title: 'tile' },
      { title: 'core' },
      {
        title: isShare(metric)
          ? `${metricTitles[metric]}, all cores`
          : `${metricTitles[metric]}, part of limit`,
        format: formatPercent,
      },
      { title: 'limited by' },
      { title: 'populations (neurons)' },
      { title: 'outlined' },
    ],
    rows: plan.cores.flatMap(({ core, tile, usage, value, lit }) =>
      usage === null
        ? []
        : [[tile, core, value, formatResource(usage.limitedBy), corePopulations(usage), lit ? 'yes' : 'no']],
    ),
  };
}
