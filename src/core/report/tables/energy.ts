/** The ledger, its totals and its baselines in words. */
import type { EnergyReport, LedgerLine } from '../../energy/types.ts';
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
  type Setting,
} from '../format.ts';
import { left, right, type TextTable } from './table.ts';

export interface Footnotes {
  /** "[3]" */
  mark(source: string): string;
  /** The sources in the order of their numbers, which count from 1. */
  sources(): readonly string[];
}

/** Sources are long and come again and again: a number in the tables, the words below. */
export function footnotes(): Footnotes {
  const sources: string[] = [];
  return {
    mark: (source) => {
      if (!sources.includes(source)) sources.push(source);
      return `[${sources.indexOf(source) + 1}]`;
    },
    sources: () => sources,
  };
}

export function ledgerTable({ lines }: EnergyReport, notes: Footnotes): TextTable {
  return {
    columns: [left('spent by'), left('event'), right('count an inference'), right('energy'), left('price')],
    rows: lines.map((line) => [
      formatGroup(line.group),
      formatEvent(line.event),
      formatEventCount(line),
      formatLineEnergy(line),
      priceWords(line, notes),
    ]),
  };
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
export function energyTotals(energy: EnergyReport, notes: Footnotes): Setting[] {
  const { latencySources: sources } = energy;
  return [
    {
      name: `Estimated energy of an inference on ${energy.chip}`,
      value: `${formatRange(energy.perInference, formatEnergy)} (${formatComplete(energy)})`,
    },
    {
      name: 'Of a sequence step',
      value: `${formatRange(energy.perSequenceStep, formatEnergy)} (${formatCount(energy.sequenceSteps)} steps)`,
    },
    ...Object.entries(energy.groups).map(([group, range]) => ({
      name: `  ${formatGroup(group as keyof EnergyReport['groups'])}`,
      value: formatRange(range, formatEnergy),
    })),
    {
      name: 'Estimated latency',
      value: `${formatRange(energy.latency, formatSeconds)}${sources ? ` (${sourceWords(sources)})` : ''}`,
    },
    { name: 'Of a sequence step', value: formatRange(energy.latencyPerSequenceStep, formatSeconds) },
    { name: 'Average power', value: formatRange(energy.averagePower, formatPower) },
    ...energy.calibrated.map(({ name, energy: range, source }) => ({
      name: 'Calibrated estimate',
      value: `${formatRange(range, formatEnergy)} (${name}) ${notes.mark(source)}`,
    })),
  ];
}

function sourceWords({ low, high }: NonNullable<EnergyReport['latencySources']>): string {
  return low === high ? low : `low: ${low}; high: ${high}`;
}

/** A saving that leaves out what nobody has priced looks better than it is; null where that is not so. */
export function savingsNote({ complete, baselines }: EnergyReport): string | null {
  if (complete || baselines.every(({ savings }) => savings === null)) return null;
  return 'Savings are too favourable: they leave out what has no price.';
}

export function baselineTable({ baselines }: EnergyReport, notes: Footnotes): TextTable {
  return {
    columns: [
      left('compared with'),
      right('energy'),
      right('latency'),
      right('savings'),
      left('grade'),
      left('note'),
    ],
    rows: baselines.map((baseline) => [
      baseline.name,
      formatEnergy(baseline.energy),
      formatSeconds(baseline.latency),
      formatRange(baseline.savings, formatRatio),
      formatGrade(baseline.grade),
      [baseline.note, notes.mark(baseline.source)].filter((word) => word !== null).join(' '),
    ]),
  };
}

export function operationTable({ operations }: EnergyReport): TextTable {
  return {
    columns: [
      left('layer'),
      left('kind'),
      right('MACs fully connected, a step'),
      right('MACs of the rest, a step'),
      right('steps'),
    ],
    rows: operations.map(({ layer, kind, fullyConnected, rest, steps }) => [
      layer,
      kind,
      formatCount(fullyConnected),
      formatCount(rest),
      Number.isInteger(steps) ? formatCount(steps) : formatAverage(steps),
    ]),
  };
}

/** NeuroBench's metrics. */
export function neurobenchSettings({ neurobench }: EnergyReport): Setting[] {
  const { footprint, connectionSparsity, activationSparsity, synapticOperations, membraneUpdates } =
    neurobench;
  const { effectiveMACs, effectiveACs, dense } = synapticOperations;
  return [
    { name: 'footprint', value: `${formatCount(footprint)} bytes` },
    { name: 'connection sparsity', value: formatPercent(connectionSparsity) },
    { name: 'activation sparsity', value: formatPercent(activationSparsity) },
    {
      name: 'synaptic operations',
      value: `${formatAverage(effectiveMACs)} effective MACs, ${formatAverage(effectiveACs)} effective ACs, ${formatAverage(dense)} dense`,
    },
    { name: 'membrane updates', value: formatCount(membraneUpdates) },
  ];
}
