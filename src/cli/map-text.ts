/** The map as text: `spikewise map`, and the part of it in `spikewise convert`. */
import { resources } from '../core/chips/types.ts';
import type { ChipComparison } from '../core/energy/types.ts';
import type { ChipUsage, CoreUsage } from '../core/map/types.ts';
import {
  formatAverage,
  formatChips,
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
} from '../core/report/format.ts';
import type { Report } from '../core/report/types.ts';
import { left, right, tableText } from './tables.ts';

/** Everything about the chip. */
export function mapText(report: Report): string {
  const { chip } = report;
  if (chip.cores.length === 0 && chip.problems.length === 0) return 'No layer is spiking: nothing is mapped';
  return [
    headline(chip),
    ...(chip.cores.length > 0 ? [coreTable(chip), '', registerTable(chip)] : []),
    ...(chip.processors.length > 0 ? ['', processorTable(chip)] : []),
    ...(chip.cores.length > 0 ? trafficLines(chip) : []),
    '',
    comparisonTable(report),
  ].join('\n');
}

function headline(chip: ChipUsage): string {
  if (chip.cores.length === 0) return `${chip.name}: no spiking layer fits its cores`;
  return `${chip.name}: ${formatCoresUsed(chip)} cores on ${formatChips(chip.chipsUsed)}; no mapping takes fewer than ${formatCount(chip.coresLowerBound)}`;
}

/** @param most rows; the rest is counted in a line */
export function coreTable(chip: ChipUsage, most = Infinity): string {
  const several = chip.chipsUsed > 1;
  const rows = chip.cores
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
    ]);
  const table = tableText(
    [
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
    rows,
  );
  const rest = chip.cores.length - rows.length;
  return rest > 0 ? `${table}\n${formatCount(rest)} more cores; "spikewise map" lists them` : table;
}

function corePopulations({ populations }: CoreUsage): string {
  return populations.map((p) => `${p.layer}/${p.population} ${p.neurons}`).join(', ');
}

/** The fullest core of each resource: configurations too, which seldom limit. */
function registerTable(chip: ChipUsage): string {
  return tableText(
    [left('resource'), right('limit of a core'), right('most on a core'), right('on all cores')],
    resources.map((resource) => [
      formatResource(resource),
      formatLimit(chip.limits[resource]),
      formatCount(Math.max(...chip.cores.map((core) => core[resource]))),
      formatCount(chip.cores.reduce((sum, core) => sum + core[resource], 0)),
    ]),
  );
}

function processorTable({ processors }: ChipUsage): string {
  return tableText(
    [left('on the embedded processors'), left('layer'), right('values')],
    processors.map(({ layer, population, values }) => [
      population === 'counter' ? 'spike counters' : formatPopulation(population),
      layer,
      formatCount(values),
    ]),
  );
}

function trafficLines({ traffic }: ChipUsage): string[] {
  if (!traffic) return ['', 'Traffic: not simulated'];
  const { messages, hopsEastWest, hopsNorthSouth } = traffic;
  return [
    '',
    `Traffic of an inference: ${formatAverage(messages)} spike messages, ${formatAverage(hopsEastWest)} hops east-west, ${formatAverage(hopsNorthSouth)} north-south`,
  ];
}

/** Of a chip that holds no layer nothing is known, rather than 0 J. */
function energyOnChip({ coresUsed, perInference, complete }: ChipComparison): string {
  if (coresUsed === 0 || !perInference) return noNumber;
  return `${formatRange(perInference, formatEnergy)}${complete ? '' : ', incomplete'}`;
}

function comparisonTable({ chips }: Report): string {
  return tableText(
    [
      left('chip'),
      right('chips'),
      right('cores'),
      left('fits'),
      right('energy of an inference'),
      right('latency'),
    ],
    chips.map((chip) => [
      chip.name,
      formatCount(chip.chipsUsed),
      `${formatCoresUsed(chip)} (${formatPercent(chip.coresUsed / (chip.coresPerChip * Math.max(1, chip.chipsUsed)))})`,
      chip.fits ? 'yes' : 'no',
      energyOnChip(chip),
      chip.coresUsed > 0 ? formatRange(chip.latency, formatSeconds) : noNumber,
    ]),
  );
}
