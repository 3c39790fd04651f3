/** The report as text; the same formatters as the panel. */
import Table from 'cli-table3';
import {
  formatAverage,
  formatCount,
  formatError,
  formatOptions,
  formatPopulation,
  formatRate,
  formatRunsAs,
  formatUsage,
  noNumber,
  outputPopulation,
  summary,
} from '../core/report/format.ts';
import type { Report } from '../core/report/types.ts';

const plain = { style: { head: [], border: [], compact: true } };

/** Several tables, then the summary, so that the result stands at the end. */
export function reportText(report: Report): string {
  const { model, findings, chip } = report;
  const options = formatOptions(report.options).map(({ name, value }) => `${name}: ${value}`);
  return [
    `${model.name} (${model.format}, ${formatCount(model.parameters)} parameters)`,
    options.join(', '),
    '',
    layerTable(report),
    ...(chip.cores.length > 0 ? ['', coreTable(report)] : []),
    ...(findings.length > 0 ? ['', findingLines(report)] : []),
    '',
    ...summary(report).map(({ label, value, detail }) => `${label}: ${value}${detail ? ` (${detail})` : ''}`),
  ].join('\n');
}

function layerTable(report: Report): string {
  const table = new Table({
    head: ['layer', 'population', 'runs as', 'neurons', 'firing rate', 'spikes/sample', 'MSE', 'max error'],
    colAligns: ['left', 'left', 'left', 'right', 'right', 'right', 'right', 'right'],
    ...plain,
  });
  for (const { name, kind, runsAs, output, populations } of report.layers) {
    for (const p of populations) {
      table.push([
        name,
        formatPopulation(p.name),
        formatRunsAs(runsAs),
        formatCount(p.neurons),
        formatRate(p.firingRate),
        formatAverage(p.spikesPerSample),
        formatError(p.mse),
        formatError(p.maxError),
      ]);
    }
    const errors = [formatError(output?.mse ?? null), formatError(output?.maxError ?? null)];
    const what = populations.length > 0 ? formatPopulation(outputPopulation) : kind;
    table.push([
      name,
      what,
      populations.length > 0 ? 'analog' : formatRunsAs(runsAs),
      noNumber,
      noNumber,
      noNumber,
      ...errors,
    ]);
  }
  return table.toString();
}

function coreTable({ chip }: Report): string {
  const table = new Table({
    head: [
      'core',
      'neurons of',
      'compartments',
      'in-axons',
      'out-axons',
      'synapse memory, bit',
      'limited by',
    ],
    colAligns: ['right', 'left', 'right', 'right', 'right', 'right', 'left'],
    ...plain,
  });
  for (const core of chip.cores) {
    const { utilisation } = core;
    table.push([
      core.core,
      core.populations.map((p) => `${p.layer}/${p.population} ${p.neurons}`).join(', '),
      formatUsage(core.compartments, utilisation.compartments),
      formatUsage(core.inAxons, utilisation.inAxons),
      formatUsage(core.outAxons, utilisation.outAxons),
      formatUsage(core.synapseBits, utilisation.synapseBits),
      core.limitedBy,
    ]);
  }
  return table.toString();
}

function findingLines({ findings }: Report): string {
  return findings
    .flatMap(({ severity, code, message, fixes }) => [
      `${severity}: ${message} [${code}]`,
      ...fixes.map((fix) => `    possible: ${fix.title}`),
    ])
    .join('\n');
}
