/** The same network on several chips, as a table and as bars. */
import type { ChipComparison, Range } from '../../src/core/energy/types.ts';
import {
  formatChips,
  formatEnergy,
  formatRange,
  formatSeconds,
  noNumber,
} from '../../src/core/report/format.ts';
import type { BarSection } from './range-bars.ts';
import type { Colour } from './series.ts';
import type { Table } from './table.ts';

export function comparisonEnergy({ perInference, complete }: ChipComparison): string {
  if (perInference === null) return noNumber;
  return `${formatRange(perInference, formatEnergy)}${complete ? '' : ', incomplete'}`;
}

/** Energy and latency, a bar for each chip. */
export function comparisonBars(chips: readonly ChipComparison[]): BarSection[] {
  const section = (
    title: string,
    colour: Colour,
    format: (value: number) => string,
    range: (chip: ChipComparison) => Range | null,
    words: (chip: ChipComparison) => string,
  ): BarSection => ({
    title,
    format,
    groups: [
      {
        heading: null,
        words: '',
        bars: chips.map((chip) => ({ label: chip.name, range: range(chip), words: words(chip), colour })),
      },
    ],
  });
  return [
    section(
      'Energy per inference',
      'blue',
      formatEnergy,
      ({ perInference }) => perInference,
      (chip) => (chip.perInference === null ? 'no price' : comparisonEnergy(chip)),
    ),
    section(
      'Latency per inference',
      'orange',
      formatSeconds,
      ({ latency }) => latency,
      ({ latency }) => (latency === null ? 'not known' : formatRange(latency, formatSeconds)),
    ),
  ];
}

export function fitsInWords({ fits, chipsUsed }: ChipComparison): string {
  return fits ? 'fits' : `does not fit${chipsUsed > 1 ? ` (${formatChips(chipsUsed)} needed)` : ''}`;
}

export function comparisonTable(chips: readonly ChipComparison[]): Table {
  return {
    columns: [
      { title: 'chip' },
      { title: 'id' },
      { title: 'chips used' },
      { title: 'cores used' },
      { title: 'cores per chip' },
      { title: 'fits' },
      { title: 'energy per inference, low, J', format: formatEnergy },
      { title: 'energy per inference, high, J', format: formatEnergy },
      { title: 'complete' },
      { title: 'latency, low, s', format: formatSeconds },
      { title: 'latency, high, s', format: formatSeconds },
    ],
    rows: chips.map((chip) => [
      ...[chip.name, chip.id, chip.chipsUsed, chip.coresUsed, chip.coresPerChip],
      chip.fits ? 'yes' : 'no',
      ...[chip.perInference?.low ?? null, chip.perInference?.high ?? null],
      chip.perInference === null ? null : chip.complete ? 'yes' : 'no',
      ...[chip.latency?.low ?? null, chip.latency?.high ?? null],
    ]),
  };
}
