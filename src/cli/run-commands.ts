/** `spikewise report` and `spikewise compare`: what was run already, in other words. */
import { compareReports, type ReportComparison } from '../core/report/compare.ts';
import { comparisonPage } from '../core/report/html/comparison-page.ts';
import { reportPage } from '../core/report/html/report-page.ts';
import {
  differencesTable,
  findingsTable,
  headTable,
  optionsTable,
  resultsTable,
} from '../core/report/tables/comparison.ts';
import { findRun, type NamedRun } from '../node/named-run.ts';
import { obstacleTo, writeWhole } from '../node/write.ts';
import { UsageError } from './usage.ts';
import { tableText } from './tables.ts';
import { reportText } from './text.ts';

export interface ReportCommand {
  readonly command: 'report';
  /** As a person names it. */
  readonly run: string;
  readonly json: boolean;
  /** Absolute path. */
  readonly html: string | null;
}

export interface CompareCommand {
  readonly command: 'compare';
  readonly runs: readonly [string, string];
  readonly json: boolean;
  readonly html: string | null;
}

/**
 * @returns what is to be printed
 * @throws UsageError where there is no such run, or the HTML file cannot be written
 */
export async function tellReport({ run, json, html }: ReportCommand): Promise<string> {
  await checkTarget(html);
  const { report, manifest } = await named(run);
  if (html !== null) await writeWhole(html, reportPage(report, manifest));
  if (json) return JSON.stringify(report);
  return html === null ? reportText(report, 'convert') : `Report: ${html}`;
}

/** As above. */
export async function tellComparison({ runs, json, html }: CompareCommand): Promise<string> {
  await checkTarget(html);
  const [a, b] = [await named(runs[0]), await named(runs[1])];
  const comparison = compareReports(a.report, b.report);
  if (html !== null) await writeWhole(html, comparisonPage(comparison));
  if (json) return JSON.stringify(comparison);
  return html === null ? comparisonText(comparison) : `Comparison: ${html}`;
}

async function checkTarget(file: string | null): Promise<void> {
  const obstacle = file === null ? null : await obstacleTo(file);
  if (obstacle !== null) throw new UsageError(`${file ?? ''}: ${obstacle}`);
}

async function named(run: string): Promise<NamedRun> {
  try {
    return await findRun(run, process.cwd());
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function comparisonText(comparison: ReportComparison): string {
  const { options, findings } = comparison;
  return [
    tableText(headTable(comparison)),
    '',
    options.length === 0 ? 'Options: the same' : tableText(optionsTable(comparison)),
    '',
    tableText(differencesTable(comparison)),
    '',
    findings.length === 0 ? 'Findings: the same' : tableText(findingsTable(comparison)),
    '',
    tableText(resultsTable(comparison)),
  ].join('\n');
}
