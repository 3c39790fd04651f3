import { formatCount, formatPercent, formatPopulation, formatUsage } from '../../src/core/report/format.ts';
import type { CoreUsage, PopulationUsage, Resource } from '../../src/core/map/types.ts';
import type { Report } from '../../src/core/report/types.ts';
import {
  corePopulations,
  coreTable,
  populationTable,
  resources,
  resourceTitles,
} from '../model/core-tables.ts';
import { DataGrid, type GridColumn } from '../ui/data-grid.tsx';
import { Divider } from '../ui/divider.tsx';
import { TableBar } from './table-bar.tsx';

const coreColumns: readonly GridColumn<CoreUsage>[] = [
  {
    key: 'core',
    title: 'Core',
    width: 'minmax(56px, .3fr)',
    numeric: true,
    cell: ({ core }) => String(core),
  },
  {
    key: 'populations',
    title: 'Populations (neurons)',
    width: 'minmax(178px, 2fr)',
    cell: (core) => corePopulations(core),
  },
  ...resources.map((resource) => ({
    key: resource,
    title: resourceTitles[resource],
    width: resource === 'synapseBits' ? 'minmax(186px, 1.1fr)' : 'minmax(128px, .9fr)',
    numeric: true,
    hint: 'With the part of the core’s limit',
    cell: (core: CoreUsage) => <Filled core={core} resource={resource} />,
  })),
  {
    key: 'limitedBy',
    title: 'Limited by',
    width: 'minmax(132px, .9fr)',
    hint: 'The resource that is fullest',
    cell: ({ limitedBy }) => resourceTitles[limitedBy].replace(', bits', '').toLowerCase(),
  },
];

function Filled({ core, resource }: { readonly core: CoreUsage; readonly resource: Resource }) {
  const utilisation = core.utilisation[resource];
  return (
    <>
      {formatUsage(core[resource], utilisation)}
      <span class="meter" aria-hidden="true">
        <span style={{ width: `${100 * Math.min(1, utilisation)}%` }} />
      </span>
    </>
  );
}

const populationColumns: readonly GridColumn<PopulationUsage>[] = [
  { key: 'layer', title: 'Layer', width: 'minmax(90px, 1fr)', cell: ({ layer }) => layer },
  {
    key: 'population',
    title: 'Population',
    width: 'minmax(120px, 1.2fr)',
    cell: ({ population }) => formatPopulation(population),
  },
  ...resources.map((resource) => ({
    key: resource,
    title: resourceTitles[resource],
    width: resource === 'synapseBits' ? 'minmax(186px, 1fr)' : 'minmax(128px, 1fr)',
    numeric: true,
    cell: (usage: PopulationUsage) => formatCount(usage[resource]),
  })),
];

export function Cores({ report: { model, chip } }: { readonly report: Report }) {
  return (
    <section class="view">
      <TableBar
        title="Cores"
        caption={
          `${formatCount(chip.coresUsed)} of ${formatCount(chip.coresAvailable)} cores of ${chip.name} ` +
          `(${formatPercent(chip.coresUsed / chip.coresAvailable)})`
        }
        fileName={[model.name, 'cores']}
        table={() => coreTable(chip)}
      />
      <DataGrid label="Cores" columns={coreColumns} rows={chip.cores} rowKey={({ core }) => String(core)} />
      <Divider />
      <TableBar
        title="Populations"
        caption="What each needs by itself, summed over its cores"
        fileName={[model.name, 'populations']}
        table={() => populationTable(chip)}
      />
      <DataGrid
        label="Populations"
        columns={populationColumns}
        rows={chip.populations}
        rowKey={({ layer, population }) => `${layer}/${population}`}
      />
    </section>
  );
}
