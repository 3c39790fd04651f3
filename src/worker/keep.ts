/** Keeps a run: what it read, as it was then, beside its report. */
import { randomBytes } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { filesOf } from '../core/formats/data/several-inputs.ts';
import { summary } from '../core/report/format.ts';
import type { Report } from '../core/report/types.ts';
import { RUN_SCHEMA_VERSION, type RunFile, type RunManifest } from '../core/runs/manifest.ts';
import { runId } from '../core/runs/run-id.ts';
import { splitName } from '../node/data-files.ts';
import { hashFile } from '../node/hash.ts';
import { runsFolderOf, writeRun } from '../node/runs-store.ts';
import { nameOf, newSpecificationFile } from '../node/specifications.ts';
import type { ConvertRequest, Kept } from '../protocol/worker.ts';
import type { ModelInputs } from './read.ts';

export interface Keeper {
  /** Never throws: a run that cannot be kept is a run all the same. */
  keep(report: Report): Promise<Kept>;
}

/**
 * Reads and hashes what the run has read, beside its computing.
 * @returns null where the run is not to be kept
 */
export function startKeeping(request: ConvertRequest, model: ModelInputs): Keeper | null {
  const { keep } = request;
  if (!keep) return null;
  const known = Promise.all([specificationOf(model), hashFiles(model)]);
  return {
    keep: async (report) => {
      const [specification, files] = await known;
      const manifest = manifestOf(request, report, specification, files);
      const text = `${JSON.stringify(report)}\n`;
      const beside = runsFolderOf(specification?.path ?? request.file);
      try {
        return { folder: await writeRun(beside, manifest, text, keep.bounds) };
      } catch (error) {
        if (keep.fallback === null) return { fault: faultOf(beside, error) };
      }
      try {
        return { folder: await writeRun(keep.fallback, manifest, text, keep.bounds) };
      } catch (error) {
        return { fault: faultOf(keep.fallback, error) };
      }
    },
  };
}

function faultOf(folder: string, error: unknown): string {
  return `${folder}: cannot be written (${error instanceof Error ? error.message : String(error)})`;
}

/** As text: comments and the order of keys are a person's. */
async function specificationOf({ files }: ModelInputs): Promise<RunManifest['specification']> {
  if (files.specification === null) return null;
  const text = await readFile(files.specification, 'utf8').catch(() => '');
  return { path: files.specification, text };
}

async function hashFiles({ files, weightFiles, data }: ModelInputs): Promise<RunFile[]> {
  const { model, labels, chip } = files;
  const hashed = [
    ...(model === null ? [] : [hashFile('model', model)]),
    ...weightFiles.map((file) => hashFile('weights', file)),
    ...filesOf(data.inputs).map((file) => hashData('inputs', file)),
    ...(labels === null ? [] : [hashData('labels', labels)]),
    ...(chip === null ? [] : [hashFile('chip', chip)]),
  ];
  return Promise.all(hashed);
}

/** Of digits.npz#x the file is digits.npz. */
async function hashData(role: 'inputs' | 'labels', named: string): Promise<RunFile> {
  const { file } = await splitName(named);
  return { ...(await hashFile(role, file)), path: named };
}

function manifestOf(
  { file, overrides }: ConvertRequest,
  report: Report,
  specification: RunManifest['specification'],
  files: readonly RunFile[],
): RunManifest {
  const { createdAt, accuracy } = report;
  const { timesteps, coding, arithmetic, chip, samples } = report.options;
  const name = nameOf(specification?.path ?? newSpecificationFile(file));
  return {
    schemaVersion: RUN_SCHEMA_VERSION,
    id: runId(createdAt, name, randomBytes(2).toString('hex')),
    name,
    createdAt,
    versions: {
      spikewise: report.spikewiseVersion,
      node: process.versions.node,
      platform: `${process.platform} ${process.arch}`,
    },
    specification,
    overrides: { ...overrides },
    files,
    options: { timesteps, coding, arithmetic, chip, samples },
    accuracy,
    summary: summary(report),
  };
}
