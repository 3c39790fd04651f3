/** A run as a person names it: its folder, its report, its id, or the specification or model that it is of. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Report } from '../core/report/types.ts';
import type { RunManifest } from '../core/runs/manifest.ts';
import {
  latestRunOf,
  listRuns,
  manifestName,
  readReportFile,
  readRun,
  reportName,
  runsFolderOf,
} from './runs-store.ts';
import { isSpecification } from './specifications.ts';

export interface NamedRun {
  readonly report: Report;
  /** Null where the report is not one of a kept run. */
  readonly manifest: RunManifest | null;
  /** Absolute path of the report. */
  readonly file: string;
}

/**
 * @param name a path, absolute or from `base`; or the id of a run that is kept in `base`, or how it begins
 * @throws Error that says what is wrong, with the name
 */
export async function findRun(name: string, base: string): Promise<NamedRun> {
  const file = path.resolve(base, name);
  const info = await stat(file).catch(() => null);
  if (info?.isDirectory()) return readKept(file);
  if (info && mayBeReport(file)) return readAlone(file);
  if (info) return latest(file);
  return readKept(await folderOfId(name, base));
}

function mayBeReport(file: string): boolean {
  return file.endsWith('.json') && !isSpecification(file) && path.basename(file) !== 'model.json';
}

async function readKept(folder: string): Promise<NamedRun> {
  const file = path.join(folder, reportName);
  const read = await readReportFile(file);
  if ('fault' in read) throw new Error(`${file}: ${read.fault}`);
  const { manifest } = await readRun(folder);
  return { report: read.report, manifest, file };
}

/** Of a kept run too, where it lies beside the run's manifest. */
async function readAlone(file: string): Promise<NamedRun> {
  const folder = path.dirname(file);
  const [name, beside] = [path.basename(file), path.join(folder, manifestName)];
  if (name === manifestName || (name === reportName && (await isThere(beside)))) return readKept(folder);
  const read = await readReportFile(file);
  if ('fault' in read) throw new Error(`${file}: ${read.fault}`);
  return { report: read.report, manifest: null, file };
}

async function latest(file: string): Promise<NamedRun> {
  const run = await latestRunOf(file);
  if (run) return readKept(run.folder);
  throw new Error(
    `${file}: no run of it is kept; "spikewise convert --keep" keeps one, and the editor keeps its own`,
  );
}

async function folderOfId(name: string, base: string): Promise<string> {
  const folder = runsFolderOf(path.join(base, 'any'));
  const runs = await listRuns(folder);
  const found = runs.filter(({ id }) => id === name);
  const [only, ...others] = found.length > 0 ? found : runs.filter(({ id }) => id.startsWith(name));
  if (!only) throw new Error(`${name}: is neither a file or folder nor a run that is kept in ${folder}`);
  if (others.length > 0) {
    const ids = [only, ...others].map(({ id }) => id).join(', ');
    throw new Error(`${name}: may be any of ${ids}`);
  }
  return only.folder;
}

function isThere(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
