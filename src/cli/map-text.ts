/** The map as text: `spikewise map`, and the part of it in `spikewise convert`. */
import type { ChipUsage } from '../core/map/types.ts';
import { formatAverage, formatChips, formatCount, formatCoresUsed } from '../core/report/format.ts';
import { chipsTable, coreTable, processorTable, registerTable } from '../core/report/tables/cores.ts';
import type { Report } from '../core/report/types.ts';
import { tableText } from './tables.ts';

/** Everything about the chip. */
export function mapText(report: Report): string {
  const { chip } = report;
  if (chip.cores.length === 0 && chip.problems.length === 0) return 'No layer is spiking: nothing is mapped';
  return [
    headline(chip),
    ...(chip.cores.length > 0 ? [coresText(chip), '', tableText(registerTable(chip))] : []),
    ...(chip.processors.length > 0 ? ['', tableText(processorTable(chip))] : []),
    ...(chip.cores.length > 0 ? trafficLines(chip) : []),
    '',
    tableText(chipsTable(report)),
  ].join('\n');
}

function headline(chip: ChipUsage): string {
  if (chip.cores.length === 0) return `${chip.name}: no spiking layer fits its cores`;
  return `${chip.name}: ${formatCoresUsed(chip)} cores on ${formatChips(chip.chipsUsed)}; no mapping takes fewer than ${formatCount(chip.coresLowerBound)}`;
}

/** @param most rows; the rest is counted in a line */
export function coresText(chip: ChipUsage, most = Infinity): string {
  const table = coreTable(chip, most);
  const rest = chip.cores.length - table.rows.length;
  const text = tableText(table);
  return rest > 0 ? `${text}\n${formatCount(rest)} more cores; "spikewise map" lists them` : text;
}

function trafficLines({ traffic }: ChipUsage): string[] {
  if (!traffic) return ['', 'Traffic: not simulated'];
  const { messages, hopsEastWest, hopsNorthSouth } = traffic;
  return [
    '',
    `Traffic of an inference: ${formatAverage(messages)} spike messages, ${formatAverage(hopsEastWest)} hops east-west, ${formatAverage(hopsNorthSouth)} north-south`,
  ];
}
