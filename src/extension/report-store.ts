/** Reports on disk, of kept runs and those written by the command line; how a panel remembers the one it shows. */
import path from 'node:path';
import * as vscode from 'vscode';
import { isBuiltinChip } from '../core/chips/names.ts';
import type { Report } from '../core/report/types.ts';
import { readReportFile } from '../node/runs-store.ts';
import { noFiles, type Files } from '../protocol/worker.ts';

export interface StoredReport {
  readonly file: vscode.Uri;
  readonly specification: vscode.Uri;
}

/** What a panel keeps over a reload: the report's address, with the specification to tell when it is gone. */
export function stateOf({ file, specification }: StoredReport): string {
  return file.with({ fragment: specification.toString() }).toString();
}

/** The inverse of {@link stateOf}. */
export function parseState(state: string): StoredReport {
  const uri = vscode.Uri.parse(state, true);
  return { file: uri.with({ fragment: '' }), specification: vscode.Uri.parse(uri.fragment, true) };
}

/**
 * @throws Error that says what is wrong with the file, without its name.
 */
export async function readReport(file: vscode.Uri): Promise<Report> {
  const read = await readReportFile(file.fsPath);
  if ('fault' in read) throw new Error(`it ${read.fault}`);
  return read.report;
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
