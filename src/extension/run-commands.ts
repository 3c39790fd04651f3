/** Commands of the kept runs: open, compare, export, delete, clear. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as vscode from 'vscode';
import { formatDate, formatRun } from '../core/runs/format.ts';
import { requestPage } from '../node/page-client.ts';
import type { KeptRun } from '../node/runs-store.ts';
import { compareReportFiles } from './comparison.ts';
import type { Context } from './context.ts';
import { reportFileOf } from './kept-runs.ts';
import { openReportFile } from './report-editor.ts';
import { filesOf, readReport, stateOf } from './report-store.ts';
import type { RunNode, RunsNode } from './runs-view.ts';

/** The first of two runs to compare, until the second is chosen. */
let selected: KeptRun | null = null;

/** In the panel of its specification; a run without one in an editor of its own. */
export async function openRun(context: Context, node?: RunNode): Promise<void> {
  const run = node?.run ?? (await pickRun(context, vscode.l10n.t('Open which run?')));
  if (!run) return;
  const file = reportFileOf(run);
  const specification = run.manifest?.specification ? run.owner : null;
  if (specification === null) {
    await openReportFile(file);
    return;
  }
  const report = await readReport(file).catch((error: unknown) => {
    throw damaged(run, error);
  });
  const owner = vscode.Uri.file(specification);
  const view = context.panels.show(owner);
  view.showReport({ report, files: filesOf(report), uri: stateOf({ file, specification: owner }) });
}

function damaged({ folder }: KeptRun, error: unknown): Error {
  const reason = error instanceof Error ? error.message : String(error);
  return new Error(vscode.l10n.t('{0} cannot be shown: {1}.', folder, reason));
}

export async function showRunText(_context: Context, node: RunNode): Promise<void> {
  await vscode.commands.executeCommand('spikewise.openRunText', reportFileOf(node.run));
}

export async function selectRunForCompare(_context: Context, node: RunNode): Promise<void> {
  selected = node.run;
  await vscode.commands.executeCommand('setContext', 'spikewise.runSelected', true);
}

export async function compareWithSelected(context: Context, node: RunNode): Promise<void> {
  if (selected) await showComparison(context, selected, node.run);
}

/** Two that are selected in the list, or two that are asked for. */
export async function compareRuns(
  context: Context,
  node?: RunsNode,
  nodes?: readonly RunsNode[],
): Promise<void> {
  // The button above the list is told nothing.
  const chosen = nodes ?? (node ? [node] : twoOf(context.runsView.selection));
  const given = chosen.filter((each) => each.kind === 'run').map(({ run }) => run);
  const a = given[0] ?? (await pickRun(context, vscode.l10n.t('Compare which run?')));
  const b = a && (given[1] ?? (await pickRun(context, vscode.l10n.t('With which other run?'), a)));
  if (a && b) await showComparison(context, a, b);
}

function twoOf(selection: readonly RunsNode[]): readonly RunsNode[] {
  return selection.length === 2 && selection.every(({ kind }) => kind === 'run') ? selection : [];
}

/** The earlier of the two is A. */
async function showComparison(context: Context, one: KeptRun, other: KeptRun): Promise<void> {
  const [a, b] = one.id <= other.id ? [one, other] : [other, one];
  await compareReportFiles(context, reportFileOf(a), reportFileOf(b), b.manifest?.name ?? b.id);
}

/**
 * Of a run in the list, of the panel or report editor that has the focus, or of one that is asked for.
 * @param target where the save dialog is not to ask
 */
export async function exportReport(context: Context, argument?: unknown, target?: vscode.Uri): Promise<void> {
  const run = isRunNode(argument) ? argument.run : undefined;
  const shown = run ? undefined : context.reportViews.active?.reportFile;
  const picked = run ?? (shown ? undefined : await pickRun(context, vscode.l10n.t('Export which run?')));
  const file = shown ?? (picked && reportFileOf(picked));
  if (!file) return;
  const report = await readReport(file);
  const to = target ?? (await askWhere(report.specification ?? report.model.file));
  if (!to) return;
  const worker = pathToFileURL(context.runs.workerFile.fsPath);
  const html = await requestPage(worker, { file: file.fsPath });
  await vscode.workspace.fs.writeFile(to, new TextEncoder().encode(html));
  if (!target) void offerToOpen(to);
}

function isRunNode(argument: unknown): argument is RunNode {
  return typeof argument === 'object' && argument !== null && 'run' in argument;
}

function askWhere(near: string): Thenable<vscode.Uri | undefined> {
  const name = path.basename(near).replace(/\.(?:spikewise\.)?[^.]*$/, '');
  return vscode.window.showSaveDialog({
    defaultUri: vscode.Uri.file(path.join(path.dirname(near), `${name}-report.html`)),
    filters: { HTML: ['html'] },
  });
}

async function offerToOpen(file: vscode.Uri): Promise<void> {
  const open = vscode.l10n.t('Open in Browser');
  const said = vscode.l10n.t('Wrote {0}.', vscode.workspace.asRelativePath(file));
  if ((await vscode.window.showInformationMessage(said, open)) === open) await vscode.env.openExternal(file);
}

export async function deleteRun(
  context: Context,
  node?: RunsNode,
  nodes?: readonly RunsNode[],
): Promise<void> {
  const chosen = nodes ?? (node ? [node] : context.runsView.selection);
  const runs = chosen.flatMap((each) => (each.kind === 'run' ? [each] : each.runs)).map(({ run }) => run);
  // A few come back by running again; many are asked about.
  if (runs.length > 1 && !(await confirm(vscode.l10n.t('Delete {0} kept runs?', runs.length)))) return;
  await context.keptRuns.remove(runs);
}

/** @param sure from the tests, which cannot answer */
export async function clearKeptRuns(context: Context, sure?: unknown): Promise<void> {
  const question = vscode.l10n.t('Delete all kept runs of this workspace?');
  if (sure !== true && !(await confirm(question))) return;
  const count = await context.keptRuns.clear();
  context.log.info(`${count} kept runs deleted`);
}

async function confirm(question: string): Promise<boolean> {
  const yes = vscode.l10n.t('Delete');
  const detail = vscode.l10n.t('Models, data and specifications stay. This cannot be undone.');
  return (await vscode.window.showWarningMessage(question, { modal: true, detail }, yes)) === yes;
}

async function pickRun(
  context: Context,
  placeHolder: string,
  without?: KeptRun,
): Promise<KeptRun | undefined> {
  const runs = (await context.keptRuns.all()).filter((run) => run.manifest && run.folder !== without?.folder);
  if (runs.length === 0) {
    throw new Error(vscode.l10n.t('There is no other kept run: convert a model first.'));
  }
  const items = runs.map((run) => ({
    label: run.manifest!.name,
    description: `${formatDate(run.manifest!.createdAt)}, ${formatRun(run.manifest!)}`,
    run,
  }));
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true }))?.run;
}
