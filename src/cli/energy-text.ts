/** The ledger as text: `spikewise energy`. */
import type { EnergyReport, LedgerLine } from '../core/energy/types.ts';
import {
  formatAverage,
  formatComplete,
  formatCount,
  formatEnergy,
  formatEvent,
  formatEventCount,
  formatGrade,
  formatGroup,
  formatLineEnergy,
  formatPercent,
  formatPower,
  formatRange,
  formatRatio,
  formatSeconds,
  noNumber,
} from '../core/report/format.ts';
import type { Report } from '../core/report/types.ts';
import { left, right, tableText } from './tables.ts';

export function energyText({ energy }: Report): string {
  if (!energy) return 'Energy: not estimated, as nothing was simulated';
  const notes = footnotes();
  return [
    ledgerTable(energy, notes),
    '',
    ...totals(energy),
    ...energy.calibrated.map(
      ({ name, energy: range, source }) =>
        `Calibrated estimate: ${formatRange(range, formatEnergy)} (${name}) ${notes.mark(source)}`,
    ),
    '',
    baselineTable(energy, notes),
    ...savingsNote(energy),
    '',
    operationTable(energy),
    '',
    neurobenchLine(energy),
    '',
    ...notes.lines(),
  ].join('\n');
}

interface Footnotes {
  /** "[3]" */
  mark(source: string): string;
  lines(): readonly string[];
}

/** Sources are long and come again and again: a number in the tables, the words below. */
function footnotes(): Footnotes {
  const sources: string[] = [];
  return {
    mark: (source) => {
      if (!sources.includes(source)) sources.push(source);
      return `[${sources.indexOf(source) + 1}]`;
    },
    lines: () => sources.map((source, index) => `[${index + 1}] ${source}`),
  };
}

function ledgerTable({ lines }: EnergyReport, notes: Footnotes): string {
  return tableText(
    [left('spent by'), left('event'), right('count an inference'), right('energy'), left('price')],
    lines.map((line) => [
      formatGroup(line.group),
      formatEvent(line.event),
      formatEventCount(line),
      formatLineEnergy(line),
      priceWords(line, notes),
    ]),
  );
}

/** "23.6 – 35.5 pJ, simulated before silicon [1] [2]" */
function priceWords({ prices, grade }: LedgerLine, notes: Footnotes): string {
  if (prices.length === 0) return noNumber;
  const values = prices.map(({ value }) => value);
  const range = { low: Math.min(...values), high: Math.max(...values) };
  const words = formatRange(range, prices[0]!.unit === 'W' ? formatPower : formatEnergy);
  return [`${words}, ${formatGrade(grade)}`, ...prices.map(({ source }) => notes.mark(source))].join(' ');
}

/** Estimates, and what they lack, in the order in which a person asks. */
function totals(energy: EnergyReport): string[] {
  const { latencySources: sources } = energy;
  return [
    `Estimated energy of an inference on ${energy.chip}: ${formatRange(energy.perInference, formatEnergy)} (${formatComplete(energy)})`,
    `Of a sequence step: ${formatRange(energy.perSequenceStep, formatEnergy)} (${formatCount(energy.sequenceSteps)} steps)`,
    ...Object.entries(energy.groups).map(
      ([group, range]) =>
        `  ${formatGroup(group as keyof EnergyReport['groups'])}: ${formatRange(range, formatEnergy)}`,
    ),
    `Estimated latency: ${formatRange(energy.latency, formatSeconds)}${sources ? ` (${sourceWords(sources)})` : ''}`,
    `Of a sequence step: ${formatRange(energy.latencyPerSequenceStep, formatSeconds)}`,
    `Average power: ${formatRange(energy.averagePower, formatPower)}`,
  ];
}

function sourceWords({ low, high }: NonNullable<EnergyReport['latencySources']>): string {
  return low === high ? low : `low: ${low}; high: ${high}`;
}

/** A saving that leaves out what nobody has priced looks better than it is. */
function savingsNote({ complete, baselines }: EnergyReport): string[] {
  if (complete || baselines.every(({ savings }) => savings === null)) return [];
  return ['Savings are too favourable: they leave out what has no price.'];
}

function baselineTable({ baselines }: EnergyReport, notes: Footnotes): string {
  return tableText(
    [left('compared with'), right('energy'), right('latency'), right('savings'), left('grade'), left('note')],
    baselines.map((baseline) => [
      baseline.name,
      formatEnergy(baseline.energy),
      formatSeconds(baseline.latency),
      formatRange(baseline.savings, formatRatio),
      formatGrade(baseline.grade),
      [baseline.note, notes.mark(baseline.source)].filter((word) => word !== null).join(' '),
    ]),
  );
}

function operationTable({ operations }: EnergyReport): string {
  return tableText(
    [
      left('layer'),
      left('kind'),
      right('MACs fully connected, a step'),
      right('MACs of the rest, a step'),
      right('steps'),
    ],
    operations.map(({ layer, kind, fullyConnected, rest, steps }) => [
      layer,
      kind,
      formatCount(fullyConnected),
      formatCount(rest),
      formatCount(steps),
    ]),
  );
}

function neurobenchLine({ neurobench }: EnergyReport): string {
  const { footprint, connectionSparsity, activationSparsity, synapticOperations, membraneUpdates } =
    neurobench;
  return [
    `NeuroBench: footprint ${formatCount(footprint)} bytes`,
    `connection sparsity ${formatPercent(connectionSparsity)}`,
    `activation sparsity ${formatPercent(activationSparsity)}`,
    `synaptic operations ${formatAverage(synapticOperations.effectiveMACs)} effective MACs, ${formatAverage(synapticOperations.effectiveACs)} effective ACs, ${formatAverage(synapticOperations.dense)} dense`,
    `membrane updates ${formatCount(membraneUpdates)}`,
  ].join(', ');
}
