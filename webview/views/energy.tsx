import { useMemo } from 'preact/hooks';
import type { Baseline, EnergyReport, LayerOperations } from '../../src/core/energy/types.ts';
import {
  formatComplete,
  formatCount,
  formatEnergy,
  formatGrade,
  formatPercent,
  formatPower,
  formatRange,
  formatRatio,
  formatSamples,
  formatSeconds,
  noNumber,
} from '../../src/core/report/format.ts';
import type { Report } from '../../src/core/report/types.ts';
import {
  baselineTable,
  energyTiles,
  ledgerBars,
  ledgerTable,
  neurobenchRows,
  neurobenchTable,
  operationsTable,
  restPart,
} from '../model/energy-tables.ts';
import { select, ui } from '../state.ts';
import { DataGrid, type GridColumn } from '../ui/data-grid.tsx';
import { Divider } from '../ui/divider.tsx';
import { RangeChart } from './range-chart.tsx';
import { Tile } from './summary.tsx';
import { TableBar } from './table-bar.tsx';

export function Energy({ report }: { readonly report: Report }) {
  const { energy } = report;
  if (energy === null)
    return (
      <p class="view muted">
        Energy is estimated from the spikes of a simulation, and nothing was simulated: give the specification
        sample inputs and run again.
      </p>
    );
  return (
    <section class="view">
      <Totals energy={energy} />
      <Ledger report={report} energy={energy} />
      <Calibrated energy={energy} />
      <Divider />
      <Baselines report={report} energy={energy} />
      <Divider />
      <Counts report={report} energy={energy} />
    </section>
  );
}

function Totals({ energy }: { readonly energy: EnergyReport }) {
  const { latencySources } = energy;
  return (
    <>
      <p class="estimate">
        <span class="mark">ESTIMATE</span> of {energy.chip}, not a measurement; ranges are over the price
        tables. <strong>{capital(formatComplete(energy))}.</strong>
      </p>
      <dl class="tiles wide" aria-label="Energy and time">
        {energyTiles(energy).map(({ key, name, value, detail }) => (
          <Tile key={key} name={key} label={name} value={value} detail={detail} />
        ))}
      </dl>
      {latencySources && (
        <p class="muted sources">
          Latency, low: {latencySources.low}. High: {latencySources.high}.
        </p>
      )}
    </>
  );
}

function capital(words: string): string {
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}

interface PartProps {
  readonly report: Report;
  readonly energy: EnergyReport;
}

function Ledger({ report: { model, options }, energy }: PartProps) {
  const sections = useMemo(() => [ledgerBars(energy)], [energy]);
  const table = useMemo(() => ledgerTable(energy), [energy]);
  const total = energy.perInference === null ? 'no price' : formatRange(energy.perInference, formatEnergy);
  return (
    <RangeChart
      title={`Energy of an inference on ${energy.chip}`}
      caption={
        `Estimate from ${formatSamples(options.samples)}, T = ${options.timesteps}; joules an inference, logarithmic, ` +
        `from the lowest to the highest price. ${capital(formatComplete(energy))}.`
      }
      description={
        `Bars of ${energy.lines.length} lines of the ledger, total ${total}, ${formatComplete(energy)}. ` +
        '"Show as table" gives all numbers.'
      }
      fileName={[model.name, 'energy', energy.chip]}
      sections={sections}
      table={table}
      asTable={ui.value.ledgerAsTable}
      onAsTable={(ledgerAsTable) => {
        select({ ledgerAsTable });
      }}
    />
  );
}

function Calibrated({ energy: { calibrated } }: { readonly energy: EnergyReport }) {
  if (calibrated.length === 0) return null;
  return (
    <div class="calibrated">
      <h3>Fitted to measurements of whole systems</h3>
      <ul>
        {calibrated.map(({ name, energy, source, grade }) => (
          <li key={name}>
            <strong>{formatRange(energy, formatEnergy)}</strong> per inference, {name}{' '}
            <span class="muted">
              ({formatGrade(grade)}: {source})
            </span>
          </li>
        ))}
      </ul>
    </div>
  );
}

const baselineColumns: readonly GridColumn<Baseline>[] = [
  { key: 'name', title: 'Baseline', width: 'minmax(150px, 1.4fr)', cell: ({ name }) => name },
  {
    key: 'energy',
    title: 'Energy',
    width: 'minmax(80px, .6fr)',
    numeric: true,
    hint: 'Per inference',
    cell: ({ energy }) => formatEnergy(energy),
  },
  {
    key: 'latency',
    title: 'Latency',
    width: 'minmax(80px, .6fr)',
    numeric: true,
    hint: 'Of an inference, of a whole batch where there is one',
    cell: ({ latency }) => formatSeconds(latency),
  },
  {
    key: 'power',
    title: 'Power',
    width: 'minmax(72px, .5fr)',
    numeric: true,
    cell: ({ watts }) => formatPower(watts),
  },
  {
    key: 'savings',
    title: 'Savings',
    width: 'minmax(128px, .8fr)',
    numeric: true,
    hint: 'Its energy over the spiking network’s: above 1 is a saving',
    cell: ({ savings, comparable }) =>
      savings === null && !comparable ? 'not comparable' : formatRange(savings, formatRatio),
  },
  {
    key: 'grade',
    title: 'Grade',
    width: 'minmax(100px, .7fr)',
    hint: 'How far the figure can be trusted',
    cell: ({ grade }) => formatGrade(grade),
  },
  { key: 'source', title: 'Source', width: 'minmax(160px, 1.6fr)', cell: ({ source }) => source },
  { key: 'note', title: 'Note', width: 'minmax(180px, 1.8fr)', cell: ({ note }) => note ?? noNumber },
];

function Baselines({ report: { model }, energy }: PartProps) {
  return (
    <>
      <TableBar
        title="Baselines"
        caption={`The analog network and other devices against ${energy.chip}`}
        fileName={[model.name, 'baselines']}
        table={() => baselineTable(energy)}
      />
      <DataGrid
        label="Baselines"
        columns={baselineColumns}
        rows={energy.baselines}
        rowKey={({ name }) => name}
      />
    </>
  );
}

const operationColumns: readonly GridColumn<LayerOperations>[] = [
  {
    key: 'layer',
    title: 'Layer',
    width: 'minmax(110px, 1.2fr)',
    cell: ({ layer, kind }) => (
      <>
        {layer} <span class="muted">{kind}</span>
      </>
    ),
  },
  {
    key: 'fullyConnected',
    title: '4ab + 4b²',
    width: 'minmax(104px, 1fr)',
    numeric: true,
    hint: 'Fully connected: can spike',
    cell: ({ fullyConnected }) => formatCount(fullyConnected),
  },
  {
    key: 'rest',
    title: '3b',
    width: 'minmax(72px, .7fr)',
    numeric: true,
    hint: 'The rest: stays analog',
    cell: ({ rest }) => formatCount(rest),
  },
  {
    key: 'part',
    title: 'Rest',
    width: 'minmax(72px, .7fr)',
    numeric: true,
    hint: 'Part of the layer’s operations',
    cell: (operations) => formatPercent(restPart(operations)),
  },
  {
    key: 'steps',
    title: 'Steps',
    width: 'minmax(64px, .6fr)',
    numeric: true,
    hint: 'Sequence steps an inference',
    cell: ({ steps }) => formatCount(steps),
  },
];

function Counts({ report: { model }, energy }: PartProps) {
  return (
    <div class="two-columns">
      <div>
        <TableBar
          title="NeuroBench"
          caption="Per inference"
          fileName={[model.name, 'neurobench']}
          table={() => neurobenchTable(energy)}
        />
        <dl class="facts neurobench">
          {neurobenchRows(energy).map(({ name, value }) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
        </dl>
      </div>
      <div>
        <TableBar
          title="Operations of a sequence step"
          caption="a inputs, b neurons"
          fileName={[model.name, 'operations']}
          table={() => operationsTable(energy)}
        />
        <DataGrid
          label="Operations of a sequence step"
          columns={operationColumns}
          rows={energy.operations}
          rowKey={({ layer }) => layer}
        />
      </div>
    </div>
  );
}
