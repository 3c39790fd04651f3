/** The ledger, its baselines and its counts as tables and bars. */
import type { EnergyReport, LedgerGroup, LedgerLine, Range } from '../../src/core/energy/types.ts';
import {
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
  formatSeconds,
  type Setting,
} from '../../src/core/report/format.ts';
import type { BarGroup, BarSection } from './range-bars.ts';
import type { Colour } from './series.ts';
import type { Table } from './table.ts';

const groups: readonly LedgerGroup[] = ['cores', 'mesh', 'processors', 'static'];
const groupColours: Readonly<Record<LedgerGroup, Colour>> = {
  cores: 'blue',
  mesh: 'green',
  processors: 'orange',
  static: 'purple',
};

/** In the ledger's order within each group. */
function linesByGroup({ lines }: EnergyReport): LedgerLine[] {
  return groups.flatMap((group) => lines.filter((line) => line.group === group));
}

function rangeOf({ low, high }: Pick<LedgerLine, 'low' | 'high'>): Range | null {
  return low === null || high === null ? null : { low, high };
}

/** A bar for each line, then the total. */
export function ledgerBars(energy: EnergyReport): BarSection {
  const list = groups.map((group): BarGroup => ({
    heading: formatGroup(group),
    words: energy.groups[group] === null ? 'no price' : formatRange(energy.groups[group], formatEnergy),
    bars: energy.lines
      .filter((line) => line.group === group)
      .map((line) => ({
        label: formatEvent(line.event),
        range: rangeOf(line),
        words: formatLineEnergy(line),
        colour: groupColours[group],
      })),
  }));
  const total: BarGroup = {
    heading: null,
    words: '',
    bars: [
      {
        label: energy.complete ? 'total' : 'total, incomplete',
        range: energy.perInference,
        words: energy.perInference === null ? 'no price' : formatRange(energy.perInference, formatEnergy),
        colour: 'foreground',
        bold: true,
      },
    ],
  };
  return {
    title: null,
    groups: [...list.filter(({ bars }) => bars.length > 0), total],
    format: formatEnergy,
  };
}

/** Its lines add up to the total, which stands last. */
export function ledgerTable(energy: EnergyReport): Table {
  const { perInference } = energy;
  return {
    columns: [
      { title: 'who' },
      { title: 'event' },
      { title: 'count per inference', format: formatCount },
      { title: 'low, J', format: formatEnergy },
      { title: 'high, J', format: formatEnergy },
      { title: 'grade' },
      { title: 'source' },
    ],
    rows: [
      ...linesByGroup(energy).map((line) => [
        formatGroup(line.group),
        formatEvent(line.event),
        typeof line.count === 'number' ? line.count : formatEventCount(line),
        line.low,
        line.high,
        line.grade === null ? formatLineEnergy(line) : formatGrade(line.grade),
        line.source,
      ]),
      [
        'total',
        energy.complete ? 'complete' : 'incomplete',
        null,
        perInference?.low ?? null,
        perInference?.high ?? null,
        null,
        energy.complete ? null : formatComplete(energy),
      ],
    ],
  };
}

export interface EnergyTile extends Setting {
  readonly key: string;
  readonly detail: string | null;
}

export function energyTiles(energy: EnergyReport): EnergyTile[] {
  const { perInference, perSequenceStep, latency, latencyPerSequenceStep, averagePower } = energy;
  const price = (range: Range | null): string =>
    range === null ? 'no price' : formatRange(range, formatEnergy);
  return [
    {
      key: 'inference',
      name: 'Energy per inference',
      value: price(perInference),
      detail: energy.complete ? 'complete' : 'incomplete',
    },
    {
      key: 'step',
      name: 'Energy per step',
      value: price(perSequenceStep),
      detail: `${formatCount(energy.sequenceSteps)} sequence steps`,
    },
    {
      key: 'latency',
      name: 'Latency per inference',
      value: latency === null ? 'not known' : formatRange(latency, formatSeconds),
      detail: null,
    },
    {
      key: 'latency-step',
      name: 'Latency per step',
      value:
        latencyPerSequenceStep === null ? 'not known' : formatRange(latencyPerSequenceStep, formatSeconds),
      detail: null,
    },
    {
      key: 'power',
      name: 'Average power',
      value: averagePower === null ? 'not known' : formatRange(averagePower, formatPower),
      detail: null,
    },
  ];
}

export function baselineTable({ baselines }: EnergyReport): Table {
  return {
    columns: [
      ...['baseline', 'batch', 'energy per inference, J', 'latency, s', 'power, W'],
      ...['savings, low', 'savings, high', 'grade', 'source', 'note'],
    ].map((title) => ({ title })),
    rows: baselines.map(({ name, batch, energy, latency, watts, savings, grade, source, note }) => [
      ...[name, batch, energy, latency, watts],
      ...[savings?.low ?? null, savings?.high ?? null, formatGrade(grade), source, note],
    ]),
  };
}

/** Under NeuroBench's names. */
export function neurobenchRows({ neurobench }: EnergyReport): (Setting & { readonly number: number })[] {
  const { footprint, connectionSparsity, activationSparsity, synapticOperations, membraneUpdates } =
    neurobench;
  const counted = (name: string, number: number) => ({ name, number, value: formatCount(number) });
  const fraction = (name: string, number: number) => ({ name, number, value: formatPercent(number) });
  return [
    { ...counted('Footprint', footprint), value: `${formatCount(footprint)} bytes` },
    fraction('Connection Sparsity', connectionSparsity),
    fraction('Activation Sparsity', activationSparsity),
    counted('Synaptic Operations, Effective_MACs', synapticOperations.effectiveMACs),
    counted('Synaptic Operations, Effective_ACs', synapticOperations.effectiveACs),
    counted('Synaptic Operations, Dense', synapticOperations.dense),
    counted('Membrane Updates', membraneUpdates),
  ];
}

export function neurobenchTable(energy: EnergyReport): Table {
  return {
    columns: [{ title: 'metric' }, { title: 'per inference' }],
    rows: neurobenchRows(energy).map(({ name, number }) => [name, number]),
  };
}

export function operationsTable({ operations }: EnergyReport): Table {
  return {
    columns: [
      'layer',
      'kind',
      'fully connected, 4ab + 4b^2',
      'rest, 3b',
      'sequence steps',
      'rest, fraction',
    ].map((title) => ({ title })),
    rows: operations.map(({ layer, kind, fullyConnected, rest, steps }) => [
      ...[layer, kind, fullyConnected, rest, steps],
      restPart({ fullyConnected, rest }),
    ]),
  };
}

/** The part of a layer's operations that stays analog. */
export function restPart({
  fullyConnected,
  rest,
}: Pick<EnergyReport['operations'][number], 'fullyConnected' | 'rest'>): number {
  return fullyConnected + rest > 0 ? rest / (fullyConnected + rest) : 0;
}
