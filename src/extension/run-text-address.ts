/** Which run a text is of, and where its lines are. */
import * as vscode from 'vscode';
import type { RunDocument } from '../core/report/document.ts';
import type { Report } from '../core/report/types.ts';
import { nameOf } from './specification-files.ts';

export const runTextScheme = 'spikewise-run';

export interface RunText {
  readonly report: Report;
  readonly document: RunDocument;
}

/** A document's address: beside the report, named as its run is; the report's path in the query. */
export function addressOf(file: vscode.Uri, { specification, model }: Report): vscode.Uri {
  const name = specification === null ? model.name : nameOf(vscode.Uri.file(specification));
  return vscode.Uri.from({
    scheme: runTextScheme,
    path: vscode.Uri.joinPath(file, '..', `${name.replaceAll(/[\\/]/g, '_')}.spikewise-run`).path,
    query: file.fsPath,
  });
}

export function reportFileOf(uri: vscode.Uri): vscode.Uri {
  return vscode.Uri.file(uri.query);
}

export function nameRange({ lines }: RunDocument, line: number): vscode.Range {
  const [from, to] = lines[line]?.name ?? [0, 0];
  return new vscode.Range(line, from, line, to);
}
