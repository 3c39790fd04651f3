import { useMemo } from 'preact/hooks';
import type { ChipComparison } from '../../src/core/energy/types.ts';
import {
  formatChips,
  formatCoresUsed,
  formatRange,
  formatSamples,
  formatSeconds,
} from '../../src/core/report/format.ts';
import type { Report } from '../../src/core/report/types.ts';
import { comparisonBars, comparisonEnergy, comparisonTable, fitsInWords } from '../model/comparison.ts';
import { select, ui } from '../state.ts';
import { DataGrid, type GridColumn } from '../ui/data-grid.tsx';
import { Divider } from '../ui/divider.tsx';
import { RangeChart } from './range-chart.tsx';
import { TableBar } from './table-bar.tsx';

function columns(asked: string): readonly GridColumn<ChipComparison>[] {
  return [
    {
      key: 'chip',
      title: 'Chip',
      width: 'minmax(140px, 1.6fr)',
      cell: ({ id, name }) => (
        <>
          {name} {id === asked && <span class="mark">this run</span>}
        </>
      ),
    },
    { key: 'fits', title: 'Fits', width: 'minmax(104px, 1.2fr)', cell: fitsInWords },
    {
      key: 'chips',
      title: 'Chips',
      width: 'minmax(72px, .6fr)',
      numeric: true,
      cell: ({ chipsUsed }) => formatChips(chipsUsed),
    },
    {
      key: 'cores',
      title: 'Cores used',
      width: 'minmax(96px, .8fr)',
      numeric: true,
      cell: formatCoresUsed,
    },
    {
      key: 'energy',
      title: 'Energy',
      width: 'minmax(190px, 1.4fr)',
      numeric: true,
      hint: 'Per inference, estimate',
      cell: comparisonEnergy,
    },
    {
      key: 'latency',
      title: 'Latency',
      width: 'minmax(130px, 1fr)',
      numeric: true,
      hint: 'Per inference, estimate',
      cell: ({ latency }) => formatRange(latency, formatSeconds),
    },
  ];
}

export function Chips({ report }: { readonly report: Report }) {
  const { chips, chip, model } = report;
  const shown = useMemo(() => columns(chip.id), [chip]);
  const numbers = chips.some(({ perInference, latency }) => perInference !== null || latency !== null);
  return (
    <section class="view">
      {numbers && <Comparison report={report} />}
      {numbers && <Divider />}
      <TableBar
        title="Side by side"
        caption="The same network on every chip that is known"
        fileName={[model.name, 'chips']}
        table={() => comparisonTable(chips)}
      />
      <DataGrid label="Chips side by side" columns={shown} rows={chips} rowKey={({ id }) => id} />
    </section>
  );
}

function Comparison({ report: { chips, model, options } }: { readonly report: Report }) {
  const sections = useMemo(() => comparisonBars(chips), [chips]);
  const table = useMemo(() => comparisonTable(chips), [chips]);
  return (
    <RangeChart
      title="Chips side by side"
      caption={
        `Estimates from ${formatSamples(options.samples)}, T = ${options.timesteps}; logarithmic. ` +
        'An incomplete total lacks events without a price, so it cannot be held against a complete one.'
      }
      description={`Bars of energy and latency of ${chips.length} chips. "Show as table" gives all numbers.`}
      fileName={[model.name, 'chips']}
      sections={sections}
      table={table}
      asTable={ui.value.comparisonAsTable}
      onAsTable={(comparisonAsTable) => {
        select({ comparisonAsTable });
      }}
    />
  );
}
