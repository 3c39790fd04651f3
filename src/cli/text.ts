/** The report as text; the same formatters as the panel. */
import { editWords } from '../core/report/edit-words.ts';
import { formatCount, formatOptions, summary } from '../core/report/format.ts';
import { layerTable } from '../core/report/tables/layers.ts';
import type { Report } from '../core/report/types.ts';
import type { RunCommand } from './arguments.ts';
import { energyText } from './energy-text.ts';
import { coresText, mapText } from './map-text.ts';
import { tableText } from './tables.ts';

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
        tableText(layerTable(report)),
        ...(report.chip.cores.length > 0 ? ['', coresText(report.chip, mostCores)] : []),
      ];
    case 'map':
      return [mapText(report)];
    case 'energy':
      return [energyText(report)];
  }
}

function findingLines({ findings }: Report): string {
  return findings
    .flatMap(({ severity, code, message, fixes }) => [
      `${severity}: ${message} [${code}]`,
      ...fixes.flatMap((fix) => [`    possible: ${fix.title}`, `        ${editWords(fix)}`]),
    ])
    .join('\n');
}
