/** A report as one HTML document that needs nothing else: every table and chart of the panel. */
import type { Finding } from '../../findings/types.ts';
import type { RunManifest } from '../../runs/manifest.ts';
import {
  formatAverage,
  formatChips,
  formatCount,
  formatCoresUsed,
  formatError,
  formatOptions,
  formatPopulation,
  formatRate,
  formatSamples,
  outputPopulation,
  summary,
} from '../format.ts';
import { chipsTable, coreTable, needsTable, processorTable, registerTable } from '../tables/cores.ts';
import {
  baselineTable,
  energyTotals,
  footnotes,
  ledgerTable,
  neurobenchSettings,
  operationTable,
  savingsNote,
} from '../tables/energy.ts';
import { layerTable } from '../tables/layers.ts';
import { left, right, type TextTable } from '../tables/table.ts';
import type { LayerReport, Report } from '../types.ts';
import { barChart, stepChart, type BarRow, type Curve } from './charts.ts';
import { floorPlan } from './floor-plan.ts';
import { madeSection } from './made.ts';
import { html, type Html } from './markup.ts';
import { figure, page, section, settings, table, tiles, type PageOptions } from './parts.ts';

/** @param manifest of the kept run; null where the report is not one of a kept run */
export function reportPage(report: Report, manifest: RunManifest | null, options: PageOptions = {}): string {
  const { model, createdAt } = report;
  const head = html`<h1>${model.name}</h1>
    <p class="muted">
      ${model.format}, ${formatCount(model.parameters)} parameters; a hybrid analog-spiking network, simulated
      and mapped by Spikewise, ${createdAt}
    </p>`;
  const body = [
    tiles(summary(report)),
    findingsSection(report.findings),
    section('options', 'Options', [settings(formatOptions(report.options))]),
    layersSection(report),
    stepsSection(report),
    chipSection(report),
    energySection(report),
    section('chips', 'Chips side by side', [table('The same network on every chip', chipsTable(report))]),
    madeSection(report, manifest),
  ];
  return page(`${model.name}: Spikewise report`, head, body, options);
}

function findingsSection(findings: readonly Finding[]): Html {
  const items = findings.map(
    ({ severity, code, message, fixes }) =>
      html`<li class="${severity}">
        <strong>${severity}</strong>: ${message} <code>${code}</code>
        ${
          fixes.length === 0
            ? null
            : html`<ul>
                ${fixes.map(({ title }) => html`<li>possible: ${title}</li>`)}
              </ul>`
        }
      </li> `,
  );
  return section('findings', `Findings (${formatCount(findings.length)})`, [
    items.length === 0
      ? html`<p>None.</p>`
      : html`<ul class="findings">
          ${items}
        </ul>`,
  ]);
}

interface Measured {
  readonly label: string;
  readonly mse: number;
  readonly firingRate: number | null;
}

function measured(layers: readonly LayerReport[]): Measured[] {
  return layers.flatMap(({ name, output, populations }) => [
    ...populations.map((population) => ({
      label: `${name}: ${formatPopulation(population.name)}`,
      mse: population.mse,
      firingRate: population.firingRate,
    })),
    ...(output === null
      ? []
      : [{ label: `${name}: ${formatPopulation(outputPopulation)}`, mse: output.mse, firingRate: null }]),
  ]);
}

function layersSection(report: Report): Html {
  const all = measured(report.layers);
  const errors = all.map(({ label, mse }): BarRow => ({ label, values: [mse], words: [formatError(mse)] }));
  const rates = all
    .filter(({ firingRate }) => firingRate !== null)
    .map(({ label, firingRate }): BarRow => ({
      label,
      values: [firingRate],
      words: [formatRate(firingRate)],
    }));
  const over = formatSamples(report.options.samples);
  return section('layers', 'Layers and gates', [
    table(
      all.length > 0 ? `Layers and gates: errors against the analog network, ${over}` : 'Layers',
      layerTable(report),
    ),
    errors.length === 0
      ? null
      : figure(
          'Mean squared error against the analog network, logarithmic',
          barChart('Bars of the mean squared error of every population and layer output', errors, 'log'),
        ),
    rates.length === 0
      ? null
      : figure(
          'Firing rate: spikes per neuron and time-step, of either sign',
          barChart('Bars of the firing rate of every population', rates, 'linear'),
        ),
  ]);
}

function stepsSection({ layers }: Report): Html | null {
  // Of a single step the table of layers tells all.
  const compared = layers
    .map((layer) => ({ layer, curves: curvesOf(layer) }))
    .filter(({ curves }) => curves.some(({ values }) => values.length > 1));
  if (compared.length === 0) return null;
  return section(
    'steps',
    'Error over sequence steps',
    compared.map(({ layer, curves }) => {
      const caption = `${layer.name}: mean squared error at each sequence step, logarithmic`;
      const numbers = table(`${layer.name}: mean squared error by sequence step`, stepTable(curves));
      return figure(
        caption,
        stepChart(`${layer.name}: curves of the error over sequence steps`, curves),
        numbers,
      );
    }),
  );
}

function curvesOf({ output, populations }: LayerReport): Curve[] {
  return [
    ...(output === null ? [] : [{ name: formatPopulation(outputPopulation), values: output.perStep.mse }]),
    ...populations.map(({ name, perStep }) => ({ name: formatPopulation(name), values: perStep.mse })),
  ];
}

function stepTable(curves: readonly Curve[]): TextTable {
  const steps = curves.reduce((most, { values }) => Math.max(most, values.length), 0);
  return {
    columns: [right('sequence step'), ...curves.map(({ name }) => right(name))],
    rows: Array.from({ length: steps }, (_, step) => [
      String(step + 1),
      ...curves.map(({ values }) => formatError(values[step] ?? null)),
    ]),
  };
}

/** More would be no picture any more. */
const mostPlans = 4;

function chipSection({ chip }: Report): Html {
  if (chip.cores.length === 0) {
    const words =
      chip.problems.length === 0 ? 'No layer is spiking: nothing is mapped.' : 'No spiking layer fits.';
    return section('cores', `Cores: ${chip.name}`, [html`<p>${words}</p>`]);
  }
  const { traffic } = chip;
  const plans = [...new Set(chip.cores.map((core) => core.chip))].slice(0, mostPlans).map((number) => {
    const drawing = floorPlan(chip, number);
    const words = `Floor plan of ${chip.name}${chip.chipsUsed > 1 ? `, chip ${number}` : ''}: percent of the fullest limit of each core that is used; tiles by number, heavy outline: the processors' tile`;
    return drawing && figure(words, drawing);
  });
  return section('cores', `Cores: ${chip.name}`, [
    html`<p>
      ${formatCoresUsed(chip)} cores on ${formatChips(chip.chipsUsed)}; no mapping takes fewer than
      ${formatCount(chip.coresLowerBound)}.
      ${
        traffic === null
          ? 'Traffic was not simulated.'
          : `An inference sends ${formatAverage(traffic.messages)} spike messages, ${formatAverage(traffic.hopsEastWest)} hops east-west and ${formatAverage(traffic.hopsNorthSouth)} north-south.`
      }
    </p>`,
    ...plans,
    table('Cores', coreTable(chip)),
    table('Limits of a core', registerTable(chip)),
    table('What each population needs by itself', needsTable(chip)),
    chip.processors.length === 0 ? null : table('Embedded processors', processorTable(chip)),
  ]);
}

function energySection({ energy }: Report): Html {
  if (!energy) return section('energy', 'Energy', [html`<p>Not estimated, as nothing was simulated.</p>`]);
  const notes = footnotes();
  const ledger = table('Ledger: every event and its price', ledgerTable(energy, notes));
  const totals = settings(energyTotals(energy, notes));
  const baselines = table('Compared with', baselineTable(energy, notes));
  const saved = savingsNote(energy);
  return section('energy', 'Energy and latency, an estimate', [
    totals,
    ledger,
    baselines,
    saved === null ? null : html`<p>${saved}</p>`,
    table(
      'Operations of the analog network, multiply-accumulates of a sequence step',
      operationTable(energy),
    ),
    html`<h3>NeuroBench</h3>`,
    settings(neurobenchSettings(energy)),
    html`<h3>Sources</h3>`,
    table('Sources of the figures', {
      columns: [left('number'), left('source')],
      rows: notes.sources().map((source, index) => [`[${index + 1}]`, source]),
    }),
  ]);
}
