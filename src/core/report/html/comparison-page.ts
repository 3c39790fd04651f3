/** Two runs side by side as one HTML document that needs nothing else. */
import type { Pair, PopulationComparison, ReportComparison } from '../compare.ts';
import { formatCount, formatError, formatPopulation, formatRate } from '../format.ts';
import {
  differencesTable,
  findingsTable,
  headTable,
  optionsTable,
  resultsTable,
} from '../tables/comparison.ts';
import { barChart, type BarRow } from './charts.ts';
import { html, type Html } from './markup.ts';
import { figure, page, section, table, type PageOptions } from './parts.ts';

export function comparisonPage(comparison: ReportComparison, options: PageOptions = {}): string {
  const { a, b } = comparison;
  const names = a.model === b.model ? `${a.model}: two runs` : `${a.model} and ${b.model}`;
  const head = html`<h1>${names}</h1>
    <p class="muted">A: ${a.createdAt}. B: ${b.createdAt}.</p>`;
  const same = html`<p>The same in both.</p>`;
  const body = [
    section('runs', 'Runs', [table('What is compared', headTable(comparison))]),
    section('results', 'Results', [table('Accuracy, cores and energy', resultsTable(comparison))]),
    section('options', `Options that differ (${formatCount(comparison.options.length)})`, [
      comparison.options.length === 0 ? same : table('Options', optionsTable(comparison)),
    ]),
    layersSection(comparison),
    section('findings', `Findings of one run alone (${formatCount(comparison.findings.length)})`, [
      comparison.findings.length === 0 ? same : table('Findings', findingsTable(comparison)),
    ]),
  ];
  return page(`${names}: Spikewise comparison`, head, body, options);
}

function layersSection(comparison: ReportComparison): Html {
  const all = comparison.layers.flatMap(({ populations }) => populations);
  const rows = (pair: (of: PopulationComparison) => Pair, format: (value: number | null) => string) =>
    all.flatMap((of): BarRow[] => {
      const { a, b } = pair(of);
      if (a === null && b === null) return [];
      const label = `${of.layer}: ${formatPopulation(of.population)}`;
      return [{ label, values: [a, b], words: [`A ${format(a)}`, `B ${format(b)}`] }];
    });
  const errors = rows(({ mse }) => mse, formatError);
  const rates = rows(({ firingRate }) => firingRate, formatRate);
  return section('layers', 'Layers and gates', [
    table('Layers and gates of both runs', differencesTable(comparison)),
    errors.length === 0
      ? null
      : figure(
          'Mean squared error against the analog network, logarithmic; the upper bar is A, the lower B',
          barChart('Bars of the mean squared error in both runs', errors, 'log'),
        ),
    rates.length === 0
      ? null
      : figure(
          'Firing rate: spikes per neuron and time-step; the upper bar is A, the lower B',
          barChart('Bars of the firing rate in both runs', rates, 'linear'),
        ),
  ]);
}
