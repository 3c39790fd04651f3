/** The samples to which the spiking network gives another answer. */
import type { Flip } from '../../src/core/detail/types.ts';
import { formatFlips, formatValue } from '../../src/core/report/detail.ts';
import { formatCount, formatSamples, noNumber } from '../../src/core/report/format.ts';
import type { Report } from '../../src/core/report/types.ts';
import type { Table } from '../model/table.ts';
import { select, ui } from '../state.ts';
import { DataGrid, type GridColumn } from '../ui/data-grid.tsx';
import { TableBar } from './table-bar.tsx';
import { NotTold, useTold } from './told.tsx';

const numeric = { numeric: true };

const columns: readonly GridColumn<Flip>[] = [
  { key: 'sample', title: 'Sample', width: '1fr', cell: ({ sample }) => formatCount(sample), ...numeric },
  {
    key: 'label',
    title: 'Label',
    width: '1fr',
    cell: ({ label }) => (label === null ? noNumber : String(label)),
    ...numeric,
  },
  { key: 'analog', title: 'Analog answer', width: '1.2fr', cell: ({ analog }) => analog.class, ...numeric },
  {
    key: 'analogMargin',
    title: 'Analog margin',
    width: '1.2fr',
    hint: 'By how much its output is above the next',
    cell: ({ analog }) => formatValue(analog.margin),
    ...numeric,
  },
  {
    key: 'spiking',
    title: 'Spiking answer',
    width: '1.2fr',
    cell: ({ spiking }) => spiking.class,
    ...numeric,
  },
  {
    key: 'spikingMargin',
    title: 'Spiking margin',
    width: '1.2fr',
    hint: 'By how much its output is above the next',
    cell: ({ spiking }) => formatValue(spiking.margin),
    ...numeric,
  },
];

function flipTable(flips: readonly Flip[]): Table {
  return {
    columns: columns.map(({ title }) => ({ title })),
    rows: flips.map(({ sample, label, analog, spiking }) => [
      sample,
      label,
      analog.class,
      analog.margin,
      spiking.class,
      spiking.margin,
    ]),
  };
}

export function Flips({ report }: { readonly report: Report }) {
  const told = useTold<'flips'>({ kind: 'flips' });
  if (told?.state !== 'told') return told && <NotTold told={told} />;
  const { flips, samples } = told.answer;
  const available = report.options.samples;
  const among =
    samples < available
      ? ` Looked at: ${formatCount(samples)} of ${formatSamples(available)}, evenly spaced.`
      : '';
  return (
    <>
      <TableBar
        title="Answers that flip"
        caption={`${formatFlips(flips.length, samples)}${among}${flips.length > 0 ? ' Select one to look at its neurons.' : ''}`}
        fileName={[report.model.name, 'flips']}
        table={() => flipTable(flips)}
      />
      {flips.length > 0 && (
        <div class="tall-table">
          <DataGrid
            label="Answers that flip"
            columns={columns}
            rows={flips}
            rowKey={({ sample }) => String(sample)}
            isSelected={({ sample }) => sample === ui.value.sample}
            onSelect={({ sample }) => {
              select({ sample: sample === ui.value.sample ? null : sample });
            }}
          />
        </div>
      )}
    </>
  );
}
