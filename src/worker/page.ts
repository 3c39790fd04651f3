/** Reports as HTML pages, away from the editor's own thread. */
import path from 'node:path';
import { compareReports } from '../core/report/compare.ts';
import { comparisonPage } from '../core/report/html/comparison-page.ts';
import { reportPage } from '../core/report/html/report-page.ts';
import type { Report } from '../core/report/types.ts';
import { manifestBeside, readReportFile } from '../node/runs-store.ts';
import type { PageRequest, Tasks } from '../protocol/worker.ts';

/** @throws Error where a report cannot be read */
export async function makePage({ file, other, nonce }: PageRequest): Promise<Tasks['page']['result']> {
  const options = nonce === undefined ? {} : { nonce };
  const report = await read(file);
  if (other === undefined) return { html: reportPage(report, await manifestBeside(file), options) };
  return { html: comparisonPage(compareReports(report, await read(other)), options) };
}

async function read(file: string): Promise<Report> {
  const found = await readReportFile(file);
  if ('fault' in found) throw new Error(`${path.normalize(file)}: ${found.fault}`);
  return found.report;
}
