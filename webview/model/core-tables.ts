/** The chip's cores and populations as tables for export. */
import { formatPopulation } from '../../src/core/report/format.ts';
import type { ChipUsage, CoreUsage, Resource } from '../../src/core/map/types.ts';
import type { Table } from './table.ts';

export const resources: readonly Resource[] = ['compartments', 'inAxons', 'outAxons', 'synapseBits'];

export const resourceTitles: Readonly<Record<Resource, string>> = {
  compartments: 'Compartments',
  inAxons: 'In-axons',
  outAxons: 'Out-axons',
  synapseBits: 'Synapse memory, bits',
};

/** "lstm: i (64), f (64)": what a core holds, a layer at a time, with the neurons of each population. */
export function corePopulations({ populations }: CoreUsage): string {
  const layers = new Map<string, string[]>();
  for (const { layer, population, neurons } of populations) {
    const names = layers.get(layer) ?? [];
    names.push(`${population} (${neurons})`);
    layers.set(layer, names);
  }
  return [...layers].map(([layer, names]) => `${layer}: ${names.join(', ')}`).join('; ');
}

export function coreTable({ cores }: ChipUsage): Table {
  return {
    columns: [
      { title: 'core' },
      { title: 'populations (neurons)' },
      ...resources.flatMap((resource) => [
        { title: resourceTitles[resource].toLowerCase() },
        { title: `${resourceTitles[resource].toLowerCase()}, fraction of limit` },
      ]),
      { title: 'limited by' },
    ],
    rows: cores.map((core) => [
      core.core,
      corePopulations(core),
      ...resources.flatMap((resource) => [core[resource], core.utilisation[resource]]),
      resourceTitles[core.limitedBy].toLowerCase(),
    ]),
  };
}

export function populationTable({ populations }: ChipUsage): Table {
  return {
    columns: [
      { title: 'layer' },
      { title: 'population' },
      ...resources.map((resource) => ({ title: resourceTitles[resource].toLowerCase() })),
    ],
    rows: populations.map((usage) => [
      usage.layer,
      formatPopulation(usage.population),
      ...resources.map((resource) => usage[resource]),
    ]),
  };
}
