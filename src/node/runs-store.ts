/** Kept runs on disk: a folder for each, written whole or not at all. Documented in docs/runs.md. */
import { mkdir, readdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { formatBytes } from '../core/formats/files.ts';
import { parseReport, type ReadReport } from '../core/report/schema.ts';
import { parseManifest, type ReadManifest, type RunManifest } from '../core/runs/manifest.ts';
import { isRunId } from '../core/runs/run-id.ts';

/** How much of a folder of runs stays when a run is added. The run that is added stays in any case. */
export interface RunBounds {
  readonly runs: number;
  readonly bytes: number;
}

export const defaultBounds: RunBounds = { runs: 50, bytes: 200_000_000 };

export const manifestName = 'run.json';
export const reportName = 'report.json';
const home = '.spikewise';

/** The folder of the runs of a specification, or of a model that has none. */
export function runsFolderOf(file: string): string {
  return path.join(path.dirname(path.resolve(file)), home, 'runs');
}

/** A run in a list; `fault` says what is wrong with one that is damaged. */
export interface KeptRun {
  readonly id: string;
  /** Absolute path. */
  readonly folder: string;
  readonly manifest: RunManifest | null;
  /** Absolute path of its specification, or of its model where it has none; null of a damaged run. */
  readonly owner: string | null;
  readonly fault: string | null;
}

/** Begins the names of what is being written or removed, or was when its process ended. */
const passing = '.passing-';
/** After this time what is left of it belongs to no process any more. In milliseconds. */
const abandoned = 60 * 60 * 1000;

/**
 * Writes a run beside the others and removes the oldest that are beyond the bounds.
 * @returns the run's folder
 * @throws Error of the file system; nothing of the run is left then
 */
export async function writeRun(
  folder: string,
  manifest: RunManifest,
  report: string,
  bounds: RunBounds = defaultBounds,
): Promise<string> {
  await mkdir(folder, { recursive: true });
  await ignoreInGit(folder);
  await removeAbandoned(folder);
  const target = path.join(folder, manifest.id);
  const temporary = path.join(folder, `${passing}${manifest.id}-${process.pid}`);
  try {
    await mkdir(temporary);
    await writeFile(path.join(temporary, reportName), report);
    await writeFile(path.join(temporary, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { recursive: true, force: true });
    throw error;
  }
  await prune(folder, manifest.id, bounds);
  return target;
}

/** Kept runs are results, not sources. A file that is there already may say otherwise. */
export async function ignoreInGit(folder: string): Promise<void> {
  const above = path.dirname(folder);
  if (path.basename(above) !== home) return;
  await writeFile(path.join(above, '.gitignore'), '# Kept runs of Spikewise\n*\n', { flag: 'wx' }).catch(
    () => undefined,
  );
}

async function removeAbandoned(folder: string): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.startsWith(passing));
  for (const name of names) {
    const file = path.join(folder, name);
    const info = await stat(file).catch(() => null);
    if (info && Date.now() - info.mtimeMs > abandoned) await rm(file, { recursive: true, force: true });
  }
}

/** @param newest id that stays whatever the bounds are */
async function prune(folder: string, newest: string, bounds: RunBounds): Promise<void> {
  const older = (await runIds(folder)).filter((id) => id !== newest);
  let bytes = await sizeOf(path.join(folder, newest));
  for (const [index, id] of older.entries()) {
    bytes += await sizeOf(path.join(folder, id));
    if (index + 1 >= bounds.runs || bytes > bounds.bytes) await removeRun(path.join(folder, id));
  }
}

/** Newest first. */
async function runIds(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch(() => []);
  return names.filter(isRunId).sort().reverse();
}

async function sizeOf(folder: string): Promise<number> {
  const files = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    files.map((file) =>
      stat(path.join(folder, file)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
}

/** Newest first; a damaged run is listed with what is wrong. */
export async function listRuns(folder: string): Promise<KeptRun[]> {
  const ids = await runIds(folder);
  return Promise.all(ids.map((id) => readRun(path.join(folder, id))));
}

export async function readRun(folder: string): Promise<KeptRun> {
  const id = path.basename(folder);
  const read = await readManifest(path.join(folder, manifestName), id);
  if ('fault' in read)
    return { id, folder, manifest: null, owner: null, fault: `${manifestName} ${read.fault}` };
  return { id, folder, manifest: read.manifest, owner: ownerOf(folder, read.manifest), fault: null };
}

/** What lies beside its runs has moved with them, when a folder was moved or copied. */
function ownerOf(run: string, manifest: RunManifest): string | null {
  const file = manifest.specification?.path ?? modelOf(manifest);
  const above = path.resolve(run, '..', '..');
  if (file === null || path.basename(above) !== home) return file;
  // A path may be of another system.
  return path.join(path.dirname(above), file.split(/[\\/]/).at(-1)!);
}

/** Of the kept run whose report it is; null for a report that stands alone, or where the manifest is damaged. */
export async function manifestBeside(report: string): Promise<RunManifest | null> {
  return path.basename(report) === reportName ? (await readRun(path.dirname(report))).manifest : null;
}

/** Larger ones are none. In bytes. */
const manifestLimit = 16 * 2 ** 20;
const reportLimit = 256 * 2 ** 20;

async function readManifest(file: string, id: string): Promise<ReadManifest> {
  const text = await readText(file, manifestLimit);
  return typeof text === 'string' ? parseManifest(text, id) : text;
}

/** @returns the report, or what is wrong with the file, in words that follow its name */
export async function readReportFile(file: string): Promise<ReadReport> {
  const text = await readText(file, reportLimit);
  return typeof text === 'string' ? parseReport(text) : text;
}

async function readText(file: string, limit: number): Promise<string | { readonly fault: string }> {
  try {
    const { size } = await stat(file);
    if (size > limit)
      return { fault: `is ${formatBytes(size)} long; at most ${formatBytes(limit)} are read` };
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { fault: 'is not there' };
    return { fault: code === 'EISDIR' ? 'is a folder' : `cannot be read: ${message}` };
  }
}

/** The newest run of a specification or a model file that is not damaged; null where there is none. */
export async function latestRunOf(
  file: string,
  folder: string = runsFolderOf(file),
): Promise<KeptRun | null> {
  // One after the other: the newest is most often it.
  for (const id of await runIds(folder)) {
    const run = await readRun(path.join(folder, id));
    if (run.manifest && (run.owner === file || modelOf(run.manifest) === file)) return run;
  }
  return null;
}

function modelOf({ files }: RunManifest): string | null {
  return files.find(({ role }) => role === 'model')?.path ?? null;
}

/** At once for whoever lists runs: the folder gets another name before its files go. */
export async function removeRun(folder: string): Promise<void> {
  const passed = path.join(path.dirname(folder), `${passing}${path.basename(folder)}-${process.pid}`);
  try {
    await rename(folder, passed);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return;
    throw error;
  }
  await rm(passed, { recursive: true, force: true });
}

/** @returns how many there were */
export async function clearRuns(folder: string): Promise<number> {
  const ids = await runIds(folder);
  for (const id of ids) await removeRun(path.join(folder, id));
  return ids.length;
}
