/** The map as tables in words. */
import { resources } from '../../chips/types.ts';
import type { ChipComparison } from '../../energy/types.ts';
import type { ChipUsage, CoreUsage } from '../../map/types.ts';
import {
  formatCount,
  formatCoresUsed,
  formatEnergy,
  formatLimit,
  formatPercent,
  formatPopulation,
  formatRange,
  formatResource,
  formatSeconds,
  formatUsage,
  noNumber,
} from '../format.ts';
import type { Report } from '../types.ts';
import { left, right, type TextTable } from './table.ts';

/** @param most rows */
export function coreTable(chip: ChipUsage, most = Infinity): TextTable {
  const several = chip.chipsUsed > 1;
  return {
    columns: [
      ...(several ? [right('chip')] : []),
      right('core'),
      right('tile'),
      left('neurons of'),
      right('compartments'),
      right('in-axons'),
      right('out-axons'),
      right('synapse memory, bit'),
      left('limited by'),
    ],
    rows: chip.cores
      .slice(0, most)
      .map((core) => [
        ...(several ? [String(core.chip)] : []),
        String(core.core),
        String(core.tile),
        corePopulations(core),
        formatUsage(core.compartments, core.utilisation.compartments),
        formatUsage(core.inAxons, core.utilisation.inAxons),
        formatUsage(core.outAxons, core.utilisation.outAxons),
        formatUsage(core.synapseBits, core.utilisation.synapseBits),
        formatResource(core.limitedBy),
      ]),
  };
}

/** "lstm/i 64, lstm/f 64": what lives on a core, with its neurons. */
export function corePopulations({ populations }: Pick<CoreUsage, 'populations'>): string {
  return populations.map((p) => `${p.layer}/${p.population} ${p.neurons}`).join(', ');
}

/** The fullest core of each resource: configurations too, which seldom limit. */
export function registerTable(chip: ChipUsage): TextTable {
  return {
    columns: [left('resource'), right('limit of a core'), right('most on a core'), right('on all cores')],
    rows: resources.map((resource) => [
      formatResource(resource),
      formatLimit(chip.limits[resource]),
      formatCount(chip.cores.reduce((most, core) => Math.max(most, core[resource]), 0)),
      formatCount(chip.cores.reduce((sum, core) => sum + core[resource], 0)),
    ]),
  };
}

export function processorTable({ processors }: ChipUsage): TextTable {
  return {
    columns: [left('on the embedded processors'), left('layer'), right('values')],
    rows: processors.map(({ layer, population, values }) => [
      population === 'counter' ? 'spike counters' : formatPopulation(population),
      layer,
      formatCount(values),
    ]),
  };
}

/** What each population needs by itself. */
export function needsTable({ populations }: ChipUsage): TextTable {
  return {
    columns: [
      left('layer'),
      left('population'),
      ...resources.map((resource) =>
        right(`${formatResource(resource)}${resource === 'synapseBits' ? ', bit' : ''}`),
      ),
    ],
    rows: populations.map((usage) => [
      usage.layer,
      formatPopulation(usage.population),
      ...resources.map((resource) => formatCount(usage[resource])),
    ]),
  };
}

/** The same network on every chip that is known. */
export function chipsTable({ chips }: Pick<Report, 'chips'>): TextTable {
  return {
    columns: [
      left('chip'),
      right('chips'),
      right('cores'),
      left('fits'),
      right('energy of an inference'),
      right('latency'),
    ],
    rows: chips.map((chip) => [
      chip.name,
      formatCount(chip.chipsUsed),
      `${formatCoresUsed(chip)} (${formatPercent(chip.coresUsed / (chip.coresPerChip * Math.max(1, chip.chipsUsed)))})`,
      chip.fits ? 'yes' : 'no',
      energyOnChip(chip),
      chip.coresUsed > 0 ? formatRange(chip.latency, formatSeconds) : noNumber,
    ]),
  };
}

/** Of a chip that holds no layer nothing is known, rather than 0 J. */
function energyOnChip({ coresUsed, perInference, complete }: ChipComparison): string {
  if (coresUsed === 0 || !perInference) return noNumber;
  return `${formatRange(perInference, formatEnergy)}${complete ? '' : ', incomplete'}`;
}
