/** The report as text; the same formatters as the panel. */
import {
  formatAverage,
  formatCount,
  formatError,
  formatOptions,
  formatPopulation,
  formatRate,
  formatRunsAs,
  noNumber,
  outputPopulation,
  summary,
} from '../core/report/format.ts';
import type { Report } from '../core/report/types.ts';
import type { RunCommand } from './arguments.ts';
import { energyText } from './energy-text.ts';
import { coreTable, mapText } from './map-text.ts';
import { left, right, tableText } from './tables.ts';

/** A model of many cores has a command of its own for them. */
const mostCores = 16;

/** What a command prints of a report: tables, findings, then the summary, so that the result stands at the end. */
export function reportText(report: Report, command: RunCommand): string {
  const { model, findings } = report;
  const options = formatOptions(report.options).map(({ name, value }) => `${name}: ${value}`);
  return [
    `${model.name} (${model.format}, ${formatCount(model.parameters)} parameters)`,
    options.join(', '),
    '',
    ...tables(report, command),
    ...(findings.length > 0 ? ['', findingLines(report)] : []),
    '',
    ...summary(report).map(({ label, value, detail }) => `${label}: ${value}${detail ? ` (${detail})` : ''}`),
  ].join('\n');
}

function tables(report: Report, command: RunCommand): string[] {
  switch (command) {
    case 'convert':
      return [
        layerTable(report),
        ...(report.chip.cores.length > 0 ? ['', coreTable(report.chip, mostCores)] : []),
      ];
    case 'map':
      return [mapText(report)];
    case 'energy':
      return [energyText(report)];
  }
}

function layerTable(report: Report): string {
  const rows = report.layers.flatMap(({ name, kind, runsAs, output, populations }) => [
    ...populations.map((p) => [
      name,
      formatPopulation(p.name),
      formatRunsAs(runsAs),
      formatCount(p.neurons),
      formatRate(p.firingRate),
      formatAverage(p.spikesPerSample),
      formatError(p.mse),
      formatError(p.maxError),
    ]),
    [
      name,
      populations.length > 0 ? formatPopulation(outputPopulation) : kind,
      populations.length > 0 ? 'analog' : formatRunsAs(runsAs),
      noNumber,
      noNumber,
      noNumber,
      formatError(output?.mse ?? null),
      formatError(output?.maxError ?? null),
    ],
  ]);
  return tableText(
    [
      left('layer'),
      left('population'),
      left('runs as'),
      right('neurons'),
      right('firing rate'),
      right('spikes/sample'),
      right('MSE'),
      right('max error'),
    ],
    rows,
  );
}

function findingLines({ findings }: Report): string {
  return findings
    .flatMap(({ severity, code, message, fixes }) => [
      `${severity}: ${message} [${code}]`,
      ...fixes.map((fix) => `    possible: ${fix.title}`),
    ])
    .join('\n');
}
