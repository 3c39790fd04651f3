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
  outputPopulation,
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
import { litPlaces, type Lit } from '../model/plan.ts';
import { rowSubject } from '../model/target.ts';
import { post } from '../host.ts';
import { select, ui } from '../state.ts';
import { Button } from '../ui/button.tsx';
import { DataGrid, type GridColumn } from '../ui/data-grid.tsx';
import { showLit } from './cores.tsx';
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

interface LayersProps {
  readonly report: Report;
  /** Whether there is a floor plan to lead to. */
  readonly mapped: boolean;
}

export function Layers({ report, mapped }: LayersProps) {
  const { sort, row } = ui.value;
  const rows = useMemo(() => sortRows(layerRows(report.layers), sort), [report, sort]);
  const selected = rows.find(({ key }) => key === row) ?? null;
  return (
    <section class="view">
      <TableBar
        title="Layers and gates"
        caption={
          report.accuracy.agreement === null
            ? 'Nothing was simulated'
            : `Errors against the analog network, ${formatSamples(report.options.samples)}`
        }
        fileName={[report.model.name, 'layers']}
        table={() => layerTable(rows)}
      >
        {mapped && <ShowCores report={report} row={selected} />}
        {mapped && <ShowText row={selected} />}
      </TableBar>
      <DataGrid
        label="Layers and gates"
        columns={columns}
        rows={rows}
        rowKey={({ key }) => key}
        sort={sort}
        onSort={(key) => {
          select({ sort: nextSort(sort, key) });
        }}
        isSelected={({ key }) => key === row}
        onSelect={({ key, layer, population }) => {
          select(key === row ? { row: null } : { row: key, layer, population });
        }}
      />
    </section>
  );
}

/** The way from a row to its cores on the floor plan. */
function ShowCores({ report: { chip }, row }: { readonly report: Report; readonly row: LayerRow | null }) {
  const lit = row && litOf(row);
  const places = lit && litPlaces(chip, lit);
  const none = lit === null || places === null;
  return (
    <>
      <span class="muted" aria-live="polite">
        {row === null
          ? 'Select a row to see its cores'
          : `${nameOf(row)}: on ${places ?? elsewhere(chip, row)}`}
      </span>
      <Button
        title={none ? 'Show cores' : `Show cores: ${nameOf(row!)}`}
        disabled={none}
        onClick={() => {
          showLit(chip, lit);
          select({ tab: 'cores' });
        }}
      >
        Show cores
      </Button>
    </>
  );
}

/** The way from a row to its line in the run's text. */
function ShowText({ row }: { readonly row: LayerRow | null }) {
  return (
    <Button
      title={row === null ? 'Show the run as text' : `Show in text: ${nameOf(row)}`}
      onClick={() => {
        post({ type: 'openRunText', about: row && rowSubject(row.layer, row.population) });
      }}
    >
      Show in text
    </Button>
  );
}

function elsewhere({ processors }: Report['chip'], { layer, population }: LayerRow): string {
  const block = processors.find((block) => block.layer === layer && block.population === population);
  return block === undefined ? 'no core' : 'the embedded processors';
}

/** A layer's output lives where the layer does. */
function litOf({ layer, population }: LayerRow): Lit {
  return { layer, population: population === outputPopulation ? null : population };
}

function nameOf({ layer, population }: LayerRow): string {
  return population === null || population === outputPopulation
    ? layer
    : `${layer}, ${formatPopulation(population)}`;
}
