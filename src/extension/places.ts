/** Where a finding points in the editor: exact also in a model.json of one line. */
import { readFile, stat } from 'node:fs/promises';
import * as vscode from 'vscode';
import { positionOf } from '../core/convert/positions.ts';
import type { Place } from '../core/findings/types.ts';
import type { JsonPath } from '../core/formats/json.ts';
import type { Files } from '../protocol/worker.ts';

/** Larger files are not parsed on this thread, which every extension shares: their start has to do. In characters. */
const PARSED_LIMIT = 8 * 2 ** 20;
const READ_LIMIT = 64 * 2 ** 20;

export interface Located {
  readonly uri: vscode.Uri;
  readonly path: JsonPath;
  readonly range: vscode.Range;
}

/**
 * The place in a text file. What points into a file without text (.npy), or into none that can be read, is
 * shown at the key of the specification that names it, else at the start of the model file.
 */
export async function locate(files: Files, place: Place): Promise<Located | null> {
  for (const { file, path } of candidates(files, place)) {
    const text = file === null ? null : await readText(file);
    if (file !== null && text !== null)
      return { uri: vscode.Uri.file(file), path, range: rangeOf(text, path) };
  }
  return null;
}

interface Candidate {
  readonly file: string | null;
  readonly path: JsonPath;
}

function candidates({ model, specification, chip }: Files, place: Place): Candidate[] {
  const start = { file: model, path: [] };
  switch (place.file) {
    case 'model':
      return [
        { file: model, path: place.path },
        { file: specification, path: ['model'] },
      ];
    case 'specification':
      return [{ file: specification, path: place.path }, start];
    case 'inputs':
    case 'labels':
      return [{ file: specification, path: ['data', place.file] }, start];
    case 'chip':
      return [{ file: chip, path: place.path }, { file: specification, path: ['chip'] }, start];
  }
}

/** As the editor shows it, unsaved edits included. */
async function readText(file: string): Promise<string | null> {
  const key = vscode.Uri.file(file).toString();
  const open = vscode.workspace.textDocuments.find(({ uri }) => uri.toString() === key);
  if (open) return open.getText();
  try {
    const { size } = await stat(file);
    if (size > READ_LIMIT) return '';
    return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file));
  } catch {
    // Missing, not to be read, or not text.
    return null;
  }
}

export function rangeOf(text: string, path: JsonPath): vscode.Range {
  if (text.length > PARSED_LIMIT) return new vscode.Range(0, 0, 0, 1);
  const { offset, length } = shortPosition(text, path);
  return new vscode.Range(positionAt(text, offset), positionAt(text, offset + length));
}

/** The value of a key; of an object or a list only what names it, as an underlined layer shows nothing. */
function shortPosition(text: string, path: JsonPath): ReturnType<typeof positionOf> {
  const opens = (offset: number) => text[offset] === '{' || text[offset] === '[';
  const value = positionOf(text, path);
  if (!opens(value.offset)) return value;
  const key = positionOf(text, path, 'key');
  if (!opens(key.offset)) return key;
  // A layer stands in a list and has no key of its own.
  const name = positionOf(text, [...path, 'class_name'], 'key');
  return name.offset > key.offset && name.offset < key.offset + key.length
    ? name
    : { offset: key.offset, length: Math.min(1, key.length) };
}

function positionAt(text: string, offset: number): vscode.Position {
  let line = 0;
  let start = 0;
  for (;;) {
    const end = text.indexOf('\n', start);
    if (end < 0 || end >= offset) return new vscode.Position(line, offset - start);
    line++;
    start = end + 1;
  }
}

/** Opens the file in a text editor, with the place selected. */
export async function revealFile(files: Files, place: Place, column: vscode.ViewColumn): Promise<void> {
  const located = await locate(files, place);
  if (!located) throw new Error(vscode.l10n.t('The file that this is about is no longer there.'));
  const { uri, range } = located;
  // Where the file is open already it is not opened a second time.
  const shown = vscode.window.visibleTextEditors.find(
    (editor) => editor.document.uri.toString() === uri.toString(),
  );
  await vscode.window.showTextDocument(uri, { viewColumn: shown?.viewColumn ?? column, selection: range });
}
