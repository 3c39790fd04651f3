/** Reports on disk: those of the panels in the extension's storage, and those written by the command line. */
import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import { isBuiltinChip } from '../core/chips/names.ts';
import type { Report } from '../core/report/types.ts';
import { noFiles, type Files } from '../protocol/worker.ts';
import { nameOf } from './specification-files.ts';

export interface StoredReport {
  readonly file: vscode.Uri;
  readonly specification: vscode.Uri;
}

const ending = '.spikewise-report.json';

export class ReportStore {
  constructor(private readonly storage: vscode.Uri) {}

  /** Where the worker writes the report of a specification, over that of the run before. */
  fileOf(specification: vscode.Uri): vscode.Uri {
    const hash = createHash('sha256').update(specification.fsPath).digest('hex').slice(0, 16);
    return vscode.Uri.joinPath(this.#folder, `${fileNameOf(nameOf(specification))}-${hash}${ending}`);
  }

  /** The last report of a specification of that name, for a panel of which nothing else is known. */
  async latestOf(name: string): Promise<vscode.Uri | undefined> {
    const folder = this.#folder.fsPath;
    const ours = (await readdir(folder).catch(() => [])).filter(
      (file) => file.slice(0, -ending.length - '-0123456789abcdef'.length) === fileNameOf(name),
    );
    const files = await Promise.all(
      ours.map(async (file) => {
        const { mtimeMs } = await stat(path.join(folder, file));
        return { file, mtimeMs };
      }),
    );
    const latest = files.sort((a, b) => b.mtimeMs - a.mtimeMs)[0];
    return latest && vscode.Uri.joinPath(this.#folder, latest.file);
  }

  get #folder(): vscode.Uri {
    return vscode.Uri.joinPath(this.storage, 'reports');
  }

  /** What a panel keeps over a reload: the file's address, with the specification to tell when the file is gone. */
  stateOf(specification: vscode.Uri): string {
    return this.fileOf(specification).with({ fragment: specification.toString() }).toString();
  }
}

/** A name of any language and length, as part of a file's. */
function fileNameOf(name: string): string {
  return name.replaceAll(/[^\w.-]/g, '_').slice(0, 60);
}

/** The inverse of {@link ReportStore.stateOf}. */
export function parseState(state: string): StoredReport {
  const uri = vscode.Uri.parse(state, true);
  return { file: uri.with({ fragment: '' }), specification: vscode.Uri.parse(uri.fragment, true) };
}

/**
 * @throws Error that says what is wrong with the file, without its name.
 */
export async function readReport(file: vscode.Uri): Promise<Report> {
  const text = await readFile(file.fsPath, 'utf8').catch((error: unknown) => {
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw new Error(missing ? vscode.l10n.t('it is no longer there') : String(error));
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Error(vscode.l10n.t('it is not valid JSON'));
  }
  if (!isReport(value))
    throw new Error(vscode.l10n.t('it is not a report that this version of Spikewise reads'));
  return value;
}

/** As far as what draws it relies on; numbers are checked where they are written. */
function isReport(value: unknown): value is Report {
  if (!isRecord(value) || value['schemaVersion'] !== 2) return false;
  const objects = ['model', 'options', 'accuracy', 'chip', 'seconds'].every((key) => isRecord(value[key]));
  const lists = ['layers', 'findings', 'chips'].every((key) => {
    const list = value[key];
    return Array.isArray(list) && list.every(isRecord);
  });
  const { specification, energy, chip } = value;
  return (
    objects &&
    lists &&
    (energy === null || isRecord(energy)) &&
    (specification === null || typeof specification === 'string') &&
    isRecord(chip) &&
    typeof chip['id'] === 'string'
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The files that the findings of a stored report point into. */
export function filesOf({ model, specification, chip: { id } }: Report): Files {
  const absolute = (file: string | null) => (file !== null && path.isAbsolute(file) ? file : null);
  // As the specification names it.
  const chip = isBuiltinChip(id) ? null : path.resolve(path.dirname(specification ?? model.file), id);
  return {
    ...noFiles,
    model: absolute(model.file),
    specification: absolute(specification),
    chip: absolute(chip),
  };
}
