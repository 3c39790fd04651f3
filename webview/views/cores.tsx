import { useMemo } from 'preact/hooks';
import type { Resource } from '../../src/core/chips/types.ts';
import type { ChipUsage, CoreUsage, PopulationUsage, ProcessorBlock } from '../../src/core/map/types.ts';
import {
  formatChips,
  formatCount,
  formatCoresUsed,
  formatPopulation,
  formatResource,
  formatUsage,
} from '../../src/core/report/format.ts';
import type { Report } from '../../src/core/report/types.ts';
import {
  corePopulations,
  coreTable,
  limitsInWords,
  populationTable,
  processorBlock,
  processorTable,
  resources,
  resourceTitle,
} from '../model/core-tables.ts';
import { firstLit, isLit, type Lit } from '../model/plan.ts';
import { select, ui } from '../state.ts';
import { DataGrid, type GridColumn } from '../ui/data-grid.tsx';
import { Divider } from '../ui/divider.tsx';
import { Meter } from './core-details.tsx';
import { FloorPlan, shownChip } from './floor-plan.tsx';
import { TableBar } from './table-bar.tsx';

const coreColumns: readonly GridColumn<CoreUsage>[] = [
  {
    key: 'tile',
    title: 'Tile',
    width: 'minmax(44px, .25fr)',
    numeric: true,
    cell: ({ tile }) => String(tile),
  },
  {
    key: 'core',
    title: 'Core',
    width: 'minmax(48px, .25fr)',
    numeric: true,
    cell: ({ core }) => String(core),
  },
  {
    key: 'populations',
    title: 'Populations (neurons)',
    width: 'minmax(170px, 2fr)',
    cell: (core) => corePopulations(core),
  },
  ...resources.map((resource) => ({
    key: resource,
    title: resourceTitle(resource),
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
    cell: ({ limitedBy }) => formatResource(limitedBy),
  },
];

function Filled({ core, resource }: { readonly core: CoreUsage; readonly resource: Resource }) {
  return (
    <>
      {formatUsage(core[resource], core.utilisation[resource])}
      <Meter usage={core} resource={resource} />
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
    title: resourceTitle(resource),
    width: resource === 'synapseBits' ? 'minmax(186px, 1fr)' : 'minmax(128px, 1fr)',
    numeric: true,
    cell: (usage: PopulationUsage) => formatCount(usage[resource]),
  })),
];

const processorColumns: readonly GridColumn<ProcessorBlock>[] = [
  { key: 'layer', title: 'Layer', width: 'minmax(90px, 1fr)', cell: ({ layer }) => layer },
  {
    key: 'population',
    title: 'Block',
    width: 'minmax(120px, 1fr)',
    cell: ({ population }) => processorBlock(population),
  },
  {
    key: 'values',
    title: 'Values or neurons',
    width: 'minmax(140px, 2fr)',
    hint: 'Values that the generator encodes, neurons that the counter counts',
    cell: ({ values }) => formatCount(values),
  },
];

export function Cores({ report }: { readonly report: Report }) {
  const { model, chip } = report;
  const shown = shownChip(chip, ui.value.chip);
  const cores = useMemo(() => chip.cores.filter((core) => core.chip === shown), [chip, shown]);
  return (
    <section class="view">
      <FloorPlan report={report} />
      <Divider />
      <Populations report={report} />
      <Divider />
      <TableBar
        title={chip.chipsUsed > 1 ? `Cores of chip ${shown}` : 'Cores'}
        caption={coresCaption(chip)}
        fileName={[model.name, 'cores']}
        table={() => coreTable(chip)}
      />
      <p class="muted limits">Limits of a core: {limitsInWords(chip, formatCount)}.</p>
      <div class="tall-table">
        <DataGrid label="Cores" columns={coreColumns} rows={cores} rowKey={({ core }) => String(core)} />
      </div>
      {chip.processors.length > 0 && (
        <>
          <Divider />
          <TableBar
            title="On the embedded processors"
            caption="These take nothing of a core"
            fileName={[model.name, 'processors']}
            table={() => processorTable(chip)}
          />
          <DataGrid
            label="On the embedded processors"
            columns={processorColumns}
            rows={chip.processors}
            rowKey={({ layer, population }) => `${layer}/${population}`}
          />
        </>
      )}
    </section>
  );
}

function coresCaption(chip: ChipUsage): string {
  const { name, chipsUsed, chipsAllowed, coresLowerBound } = chip;
  return (
    `${formatCoresUsed(chip)} cores of ${name}${chipsUsed > 1 ? ` on ${formatChips(chipsUsed)}` : ''}, ` +
    `no mapping takes fewer than ${formatCount(coresLowerBound)}` +
    (chipsUsed > chipsAllowed ? `; only ${formatChips(chipsAllowed)} allowed` : '')
  );
}

function Populations({ report: { model, chip } }: { readonly report: Report }) {
  const { lit } = ui.value;
  const outlined = ({ layer, population }: PopulationUsage): boolean =>
    lit?.layer === layer && (lit.population === null || lit.population === population);
  return (
    <>
      <TableBar
        title="Populations"
        caption="What each needs by itself, summed over its cores. Select one to outline its cores."
        fileName={[model.name, 'populations']}
        table={() => populationTable(chip)}
      />
      <DataGrid
        label="Populations"
        columns={populationColumns}
        rows={chip.populations}
        rowKey={({ layer, population }) => `${layer}/${population}`}
        isSelected={outlined}
        onSelect={({ layer, population }) => {
          const same = lit?.layer === layer && lit.population === population;
          showLit(chip, same ? null : { layer, population });
        }}
      />
    </>
  );
}

/** Outlines the cores, on a chip that has one of them. */
export function showLit(chip: ChipUsage, lit: Lit | null): void {
  const shown = shownChip(chip, ui.value.chip);
  const here = chip.cores.some((core) => core.chip === shown && isLit(core, lit));
  select({ lit, chip: here ? shown : (firstLit(chip, lit)?.chip ?? shown) });
}
