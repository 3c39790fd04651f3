/** One conversion as the editor shows it: panel, progress, diagnostics, and what is said when it fails. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { Fix } from '../core/findings/types.ts';
import type { ConversionResult } from '../node/conversion-client.ts';
import { reportName } from '../node/runs-store.ts';
import { noFiles, type Failure, type Files, type Kept } from '../protocol/worker.ts';
import type { Context } from './context.ts';
import { openFindingPage } from './finding-pages.ts';
import { applyFix, firstFixes } from './fixes.ts';
import { nameOf } from './specification-files.ts';
import { revealFile } from './places.ts';
import { stateOf } from './report-store.ts';
import type { ReportView } from './report-view.ts';

/** @returns how the run ended. */
export async function convert(
  context: Context,
  specification: vscode.Uri,
): Promise<ConversionResult['outcome']> {
  // The panel loads while the worker runs.
  const view = context.panels.show(specification);
  await saveEdits(specification);
  const run = context.runs.start(specification, context.keptRuns.request);
  context.log.info(`${specification.fsPath}: run started`);
  const result = await run.result;
  const seconds = ((performance.now() - run.startedAt) / 1000).toFixed(2);
  context.log.info(`${specification.fsPath}: ${result.outcome} after ${seconds} s`);
  if (result.outcome === 'done') await rememberKept(context, result.kept);
  context.tests.finished(run, result);
  if (!run.superseded) await show(context, specification, view, result);
  return result.outcome;
}

/** Results are shown all the same where there is no room for them on disk. */
async function rememberKept(context: Context, kept: Kept | null): Promise<void> {
  if (kept && 'fault' in kept) context.log.warn(`The run was not kept: ${kept.fault}`);
  else await context.keptRuns.added(kept);
}

function keptState(specification: vscode.Uri, kept: Kept | null): { readonly uri?: string } {
  if (!kept || 'fault' in kept) return {};
  return { uri: stateOf({ file: vscode.Uri.file(path.join(kept.folder, reportName)), specification }) };
}

export async function saveEdits(specification: vscode.Uri): Promise<void> {
  const document = vscode.workspace.textDocuments.find(
    ({ uri }) => uri.toString() === specification.toString(),
  );
  if (document?.isDirty && !(await document.save())) {
    throw new Error(vscode.l10n.t('{0} could not be saved', specification.fsPath));
  }
}

async function show(
  context: Context,
  specification: vscode.Uri,
  view: ReportView,
  result: ConversionResult,
): Promise<void> {
  switch (result.outcome) {
    case 'done':
      view.showReport({
        report: result.report,
        files: result.files,
        ...keptState(specification, result.kept),
      });
      await context.diagnostics.show(specification, result.report.findings, result.files);
      return;
    case 'failed': {
      context.log.error(result.failure.message);
      const failure = shortened(result.failure);
      const files = { ...failure.files, specification: failure.files.specification ?? specification.fsPath };
      view.showFailure({ failure, files });
      // Before the message, whose buttons lead there.
      await context.diagnostics.show(specification, failure.findings, files);
      void context.guard(nameOf(specification), () => offerWaysOut(context, specification, failure, files));
      return;
    }
    case 'cancelled':
      view.showCancelled();
  }
}

/** As far as paths go: those of the workspace without its folder, as everywhere in the editor. */
export function shortened<F extends Pick<Failure, 'message' | 'findings'>>(failure: F): F {
  const folders = (vscode.workspace.workspaceFolders ?? []).map(({ uri }) => uri.fsPath + path.sep);
  const shorten = (text: string) => folders.reduce((rest, folder) => rest.replaceAll(folder, ''), text);
  const findings = failure.findings.map((finding) => ({ ...finding, message: shorten(finding.message) }));
  return { ...failure, message: shorten(failure.message), findings };
}

/** A model that could not be read before there was a run. */
export async function showUnreadable(context: Context, model: vscode.Uri, failure: Failure): Promise<void> {
  context.log.error(failure.message);
  const files = { ...noFiles, model: model.fsPath };
  const { message, findings } = shortened(failure);
  await context.diagnostics.show(model, findings, files);
  void context.guard(nameOf(model), () => offerWaysOut(context, model, { message, findings }, files));
}

export interface Button extends vscode.MessageItem {
  readonly act: () => Promise<unknown>;
}

/** The failure in a message, with what can be done about it. @param again what else to do of it once more */
export async function offerWaysOut(
  context: Context,
  specification: vscode.Uri,
  failure: Pick<Failure, 'message' | 'findings'>,
  files: Files,
  again: Button = {
    title: vscode.l10n.t('Convert Again'),
    act: () => convert(context, specification),
  },
): Promise<void> {
  const errors = failure.findings.filter(({ severity }) => severity === 'error');
  const [finding] = errors;
  const buttons: Button[] = [];
  const fix = firstFixes(errors);
  if (fix) buttons.push({ title: fix.title, act: () => fixAndConvert(context, specification, fix) });
  if (finding) {
    const { place, code } = finding;
    buttons.push(
      { title: vscode.l10n.t('Open File'), act: () => revealFile(files, place, vscode.ViewColumn.Active) },
      { title: vscode.l10n.t('Show Documentation'), act: () => openFindingPage(context, code) },
    );
  } else {
    buttons.push(again, {
      title: vscode.l10n.t('Show Log'),
      act: () => {
        context.log.show();
        return Promise.resolve();
      },
    });
  }
  const chosen = await vscode.window.showErrorMessage(failure.message, ...buttons);
  await chosen?.act();
}

/** Applies the fix to the specification, saves it and runs again. */
export async function fixAndConvert(
  context: Context,
  specification: vscode.Uri,
  fix: Pick<Fix, 'edits'>,
): Promise<void> {
  await applyFix(specification, fix);
  await convert(context, specification);
}
