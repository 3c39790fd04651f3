/** The chip's cores, populations and processor blocks as tables for export. */
import { resources as allResources, type Resource } from '../../src/core/chips/types.ts';
import type { ChipUsage, CoreUsage, PopulationShare } from '../../src/core/map/types.ts';
import { formatPopulation, formatResource, notPublished } from '../../src/core/report/format.ts';
import type { Table } from './table.ts';

/** What the tables on the page show; files have the configurations too. */
export const resources: readonly Resource[] = ['compartments', 'inAxons', 'outAxons', 'synapseBits'];

/** "Synapse memory, bits" */
export function resourceTitle(resource: Resource): string {
  const words = formatResource(resource);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}${resource === 'synapseBits' ? ', bits' : ''}`;
}

/** "lstm: i (64), f (64)": what a core holds, a layer at a time, with the neurons of each population. */
export function corePopulations({ populations }: Pick<CoreUsage, 'populations'>): string {
  const layers = new Map<string, string[]>();
  for (const { layer, population, neurons } of populations) {
    const names = layers.get(layer) ?? [];
    names.push(`${population} (${neurons})`);
    layers.set(layer, names);
  }
  return [...layers].map(([layer, names]) => `${layer}: ${names.join(', ')}`).join('; ');
}

/** Indices in the population: "0–63", "7". */
export function neuronRange({ from, neurons }: Pick<PopulationShare, 'from' | 'neurons'>): string {
  return neurons === 1 ? String(from) : `${from}–${from + neurons - 1}`;
}

export function coreTable({ cores }: ChipUsage): Table {
  return {
    columns: [
      { title: 'chip' },
      { title: 'tile' },
      { title: 'core' },
      { title: 'populations (neurons)' },
      ...allResources.flatMap((resource) => {
        const title = resourceTitle(resource).toLowerCase();
        return [{ title }, { title: `${title}, fraction of limit` }];
      }),
      { title: 'limited by' },
      { title: 'messages received per sample' },
      { title: 'messages sent per sample' },
      { title: 'hops per sample' },
      { title: 'synaptic operations per sample' },
      { title: 'spikes per sample' },
    ],
    rows: cores.map((core) => [
      ...[core.chip, core.tile, core.core],
      corePopulations(core),
      ...allResources.flatMap((resource) => [core[resource], core.utilisation[resource]]),
      formatResource(core.limitedBy),
      core.traffic?.received ?? null,
      core.traffic?.sent ?? null,
      core.traffic?.hops ?? null,
      core.traffic?.synapticOperations ?? null,
      core.traffic?.spikes ?? null,
    ]),
  };
}

export function populationTable({ populations }: ChipUsage): Table {
  return {
    columns: [
      { title: 'layer' },
      { title: 'population' },
      ...allResources.map((resource) => ({ title: resourceTitle(resource).toLowerCase() })),
    ],
    rows: populations.map((usage) => [
      usage.layer,
      formatPopulation(usage.population),
      ...allResources.map((resource) => usage[resource]),
    ]),
  };
}

export function processorTable({ processors }: ChipUsage): Table {
  return {
    columns: [{ title: 'layer' }, { title: 'block' }, { title: 'values or neurons' }],
    rows: processors.map(({ layer, population, values }) => [layer, processorBlock(population), values]),
  };
}

export function processorBlock(population: ChipUsage['processors'][number]['population']): string {
  return population === 'generator' ? 'spike generator' : 'spike counter';
}

/** "compartments 1,024; in-axons 4,096; …": one core. */
export function limitsInWords({ limits }: ChipUsage, format: (limit: number) => string): string {
  return allResources
    .map((resource) => {
      const limit = limits[resource];
      return `${resourceTitle(resource).toLowerCase()} ${limit === null ? notPublished : format(limit)}`;
    })
    .join('; ');
}
