/** What the tests inside the extension host share. */
import assert from 'node:assert/strict';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Report } from '../../src/core/report/types.ts';
import type { FinishedRun, SpikewiseApi } from '../../src/extension/api.ts';
import type { Failure } from '../../src/protocol/worker.ts';

export async function activate(): Promise<SpikewiseApi> {
  const extension = vscode.extensions.getExtension<SpikewiseApi>('spikewise.spikewise');
  assert.ok(extension, 'the extension is not installed');
  return extension.activate();
}

export interface Example {
  readonly folder: string;
  readonly model: vscode.Uri;
  readonly specification: vscode.Uri;
}

/**
 * A copy of an example that a test may change, with few samples so that a run takes no time. The workspace itself
 * is a copy of examples/ already, but one that all tests share.
 */
export function copyExample(name: 'mnist-rows' | 'mnist-rows-plain', change: object = {}): Example {
  const workspace = vscode.workspace.workspaceFolders![0]!.uri.fsPath;
  const folder = mkdtempSync(path.join(workspace, 'copy-'));
  // Runs that are kept there are not the copy's.
  const filter = (from: string) => path.basename(from) !== '.spikewise';
  cpSync(path.join(workspace, name), folder, { recursive: true, filter });
  const file = path.join(folder, `${name}.spikewise.json`);
  const example = {
    folder,
    model: vscode.Uri.file(path.join(folder, 'model.json')),
    specification: vscode.Uri.file(file),
  };
  const { data } = readSpecification(example);
  changeSpecification(example, { data: { ...(data as object), limit: 10 }, ...change });
  return example;
}

/** Gates of functions that nobody knows: nothing of the model converts. */
export function withUnknownGates(example: Example): Example {
  const model = readFileSync(example.model.fsPath, 'utf8');
  writeFileSync(
    example.model.fsPath,
    model.replaceAll('"sigmoid"', '"my_gate"').replaceAll('"tanh"', '"my_candidate"'),
  );
  return example;
}

export function readSpecification({ specification }: Example): Record<string, unknown> {
  return JSON.parse(readFileSync(specification.fsPath, 'utf8')) as Record<string, unknown>;
}

/** As if by a person in another program. */
export function changeSpecification(example: Example, change: object): void {
  const changed = { ...readSpecification(example), ...change };
  writeFileSync(example.specification.fsPath, `${JSON.stringify(changed, null, 2)}\n`);
}

/** Starts the command and gives how the run ended; the editor's own messages are not waited for. */
export async function convert(api: SpikewiseApi, file: vscode.Uri): Promise<FinishedRun> {
  const finished = nextRun(api);
  await vscode.commands.executeCommand('spikewise.convert', file);
  return finished;
}

/** The report of a run that went well; the test fails with the run's own words otherwise. */
export function reportOf({ result }: FinishedRun): Report {
  assert.ok(result.outcome === 'done', result.outcome === 'failed' ? result.failure.message : result.outcome);
  return result.report;
}

/** Where the report of the newest kept run lies. */
export async function newestReport(api: SpikewiseApi, { specification }: Example): Promise<vscode.Uri> {
  const file = await api.reportFile(specification);
  assert.ok(file, `no run of ${specification.fsPath} is kept`);
  return file;
}

/** The failure of a run that was to fail. */
export function failureOf({ result }: FinishedRun): Failure {
  assert.ok(result.outcome === 'failed', result.outcome);
  return result.failure;
}

export function nextRun(api: SpikewiseApi): Promise<FinishedRun> {
  return new Promise((resolve) => {
    const subscription = api.onDidFinishRun((run) => {
      subscription.dispose();
      resolve(run);
    });
  });
}

/** The first value that is there: not undefined, false or null. */
export async function until<T>(
  what: string,
  probe: () => T | Promise<T>,
  milliseconds = 20_000,
): Promise<Exclude<T, undefined | false | null>> {
  const end = Date.now() + milliseconds;
  while (Date.now() < end) {
    const value = await probe();
    if (value !== undefined && value !== false && value !== null) {
      return value as Exclude<T, undefined | false | null>;
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited in vain for ${what}`);
}

/** As code and the text that is underlined. */
export async function underlined(file: vscode.Uri): Promise<[code: string, text: string][]> {
  const diagnostics = await someIn(file);
  const document = await vscode.workspace.openTextDocument(file);
  return diagnostics.map((diagnostic) => [codeOf(diagnostic), document.getText(diagnostic.range)]);
}

export function codeOf({ code }: vscode.Diagnostic): string {
  return (code as { value: string }).value;
}

/** Ours in a file once there are any: they come after the run has ended. */
export function someIn(file: vscode.Uri): Promise<vscode.Diagnostic[]> {
  return until(`diagnostics in ${path.basename(file.path)}`, () => {
    const all = ours(file);
    return all.length > 0 && all;
  });
}

export function ours(file: vscode.Uri): vscode.Diagnostic[] {
  return vscode.languages.getDiagnostics(file).filter(({ source }) => source === 'spikewise');
}

export async function quickFixes(file: vscode.Uri, range: vscode.Range): Promise<vscode.CodeAction[]> {
  await vscode.workspace.openTextDocument(file);
  const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
    'vscode.executeCodeActionProvider',
    file,
    range,
    vscode.CodeActionKind.QuickFix.value,
  );
  // The editor's own are there too.
  return actions.filter(({ edit, command }) => edit ?? command?.command.startsWith('spikewise.'));
}

export function remove(file: string): void {
  rmSync(file);
}

/** The results panel of an example, by its title. */
export function panelTab({ specification }: Example): vscode.Tab | undefined {
  const name = path.basename(specification.fsPath, '.spikewise.json');
  return vscode.window.tabGroups.all
    .flatMap(({ tabs }) => tabs)
    .find(({ input, label }) => input instanceof vscode.TabInputWebview && label === `Spikewise: ${name}`);
}
