/** Reports on disk: those of the panels in the extension's storage, and those written by the command line. */
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Report } from '../core/report/types.ts';
import type { Files } from '../protocol/worker.ts';

export class ReportStore {
  constructor(private readonly storage: vscode.Uri) {}

  /** Where the worker writes the report of a specification, over that of the run before. */
  fileOf(specification: vscode.Uri): vscode.Uri {
    const hash = createHash('sha256').update(specification.fsPath).digest('hex').slice(0, 16);
    return vscode.Uri.joinPath(this.storage, 'reports', `${hash}.spikewise-report.json`);
  }

  /** What a panel keeps over a reload: the file's address, with the specification to tell when the file is gone. */
  stateOf(specification: vscode.Uri): string {
    return this.fileOf(specification).with({ fragment: specification.toString() }).toString();
  }
}

/** The inverse of {@link ReportStore.stateOf}. */
export function parseState(state: string): { readonly file: vscode.Uri; readonly specification: vscode.Uri } {
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
  if (!isRecord(value) || value['schemaVersion'] !== 1) return false;
  const objects = ['model', 'options', 'accuracy', 'chip', 'seconds'].every((key) => isRecord(value[key]));
  const lists = ['layers', 'findings'].every((key) => {
    const list = value[key];
    return Array.isArray(list) && list.every(isRecord);
  });
  const { specification } = value;
  return objects && lists && (specification === null || typeof specification === 'string');
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The files that the findings of a stored report point into. */
export function filesOf({ model, specification }: Report): Files {
  const absolute = (file: string | null) => (file !== null && path.isAbsolute(file) ? file : null);
  return { model: absolute(model.file), specification: absolute(specification), inputs: null, labels: null };
}
