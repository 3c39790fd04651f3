import { useMemo } from 'preact/hooks';
import {
  formatAverage,
  formatCount,
  formatError,
  formatPopulation,
  formatRate,
  formatRunsAs,
  formatSamples,
  noNumber,
} from '../../src/core/report/format.ts';
import type { Report } from '../../src/core/report/types.ts';
import {
  layerColumnTitles,
  layerRows,
  layerTable,
  nextSort,
  sortRows,
  type LayerColumn,
  type LayerRow,
} from '../model/layer-rows.ts';
import { select, ui } from '../state.ts';
import { DataGrid, type GridColumn } from '../ui/data-grid.tsx';
import { TableBar } from './table-bar.tsx';

function column(
  key: LayerColumn,
  width: string,
  cell: GridColumn<LayerRow>['cell'],
  more: Pick<GridColumn<LayerRow>, 'numeric' | 'hint'> = {},
): GridColumn<LayerRow, LayerColumn> {
  return { key, title: layerColumnTitles[key], width, cell, ...more };
}

const numeric = { numeric: true };

const columns: readonly GridColumn<LayerRow, LayerColumn>[] = [
  column('layer', 'minmax(120px, 1.6fr)', ({ layer, kind }) => (
    <>
      {layer} <span class="muted">{kind}</span>
    </>
  )),
  column('population', 'minmax(124px, 1.4fr)', ({ population }) =>
    population === null ? noNumber : formatPopulation(population),
  ),
  column('runsAs', 'minmax(130px, 1fr)', ({ runsAs }) => (
    <span class={`runs-as runs-as-${runsAs}`}>{formatRunsAs(runsAs)}</span>
  )),
  column('neurons', 'minmax(92px, .8fr)', ({ neurons }) => formatCount(neurons), numeric),
  column('firingRate', 'minmax(108px, .9fr)', ({ firingRate }) => formatRate(firingRate), {
    ...numeric,
    hint: 'Spikes per neuron and time-step, of either sign, 0 to 1',
  }),
  column('spikes', 'minmax(132px, 1fr)', ({ spikes }) => formatAverage(spikes), {
    ...numeric,
    hint: 'Average over the samples',
  }),
  column('mse', 'minmax(80px, .8fr)', ({ mse }) => formatError(mse), {
    ...numeric,
    hint: 'Mean squared error against the analog value',
  }),
  column('maxError', 'minmax(104px, .8fr)', ({ maxError }) => formatError(maxError), {
    ...numeric,
    hint: 'Largest absolute error against the analog value',
  }),
];

export function Layers({ report }: { readonly report: Report }) {
  const { sort } = ui.value;
  const rows = useMemo(() => sortRows(layerRows(report.layers), sort), [report, sort]);
  return (
    <section class="view">
      <TableBar
        title="Layers and gates"
        caption={`Errors against the analog network, ${formatSamples(report.options.samples)}`}
        fileName={[report.model.name, 'layers']}
        table={() => layerTable(rows)}
      />
      <DataGrid
        label="Layers and gates"
        columns={columns}
        rows={rows}
        rowKey={({ key }) => key}
        sort={sort}
        onSort={(key) => {
          select({ sort: nextSort(sort, key) });
        }}
      />
    </section>
  );
}
