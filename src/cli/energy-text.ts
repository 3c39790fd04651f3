/** The ledger as text: `spikewise energy`. */
import {
  baselineTable,
  energyTotals,
  footnotes,
  ledgerTable,
  neurobenchSettings,
  operationTable,
  savingsNote,
} from '../core/report/tables/energy.ts';
import type { Report } from '../core/report/types.ts';
import { tableText } from './tables.ts';

export function energyText({ energy }: Report): string {
  if (!energy) return 'Energy: not estimated, as nothing was simulated';
  const notes = footnotes();
  const ledger = tableText(ledgerTable(energy, notes));
  const totals = energyTotals(energy, notes).map(({ name, value }) => `${name}: ${value}`);
  const saved = savingsNote(energy);
  const neurobench = neurobenchSettings(energy).map(({ name, value }) => `${name} ${value}`);
  return [
    ledger,
    '',
    ...totals,
    '',
    tableText(baselineTable(energy, notes)),
    ...(saved === null ? [] : [saved]),
    '',
    tableText(operationTable(energy)),
    '',
    `NeuroBench: ${neurobench.join(', ')}`,
    '',
    ...notes.sources().map((source, index) => `[${index + 1}] ${source}`),
  ].join('\n');
}
