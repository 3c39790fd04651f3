/** The ways between the results panel and the text of a run. */
import * as vscode from 'vscode';
import type { DocumentLine, RunDocument } from '../core/report/document.ts';
import type { PanelTarget } from '../protocol/webview.ts';
import type { Context } from './context.ts';
import { openReportFile } from './report-editor.ts';
import { readReport } from './report-store.ts';
import { reportFileOf, runTextScheme } from './run-text-address.ts';

/** The command: the text of a report, or of the panel that has the focus. */
export async function openRunText(context: Context, argument?: unknown): Promise<void> {
  // The title bar of a panel gives the panel's own address.
  const given = argument instanceof vscode.Uri && argument.scheme === 'file' ? argument : undefined;
  const file = given ?? context.reportViews.active?.reportFile;
  if (!file) {
    throw new Error(
      vscode.l10n.t('There is no run to show as text: convert a model or open a report first.'),
    );
  }
  await context.runTexts.open(file, null, vscode.ViewColumn.Beside);
}

/**
 * The command: a place of a run in the results panel.
 * @param file path of the report; without it the run and the place are those of the active text editor
 */
export async function showInResults(context: Context, file?: unknown, target?: PanelTarget): Promise<void> {
  if (typeof file === 'string' && target) {
    await showTarget(context, vscode.Uri.file(file), target);
    return;
  }
  const editor = vscode.window.activeTextEditor;
  if (editor?.document.uri.scheme !== runTextScheme) return;
  const { uri } = editor.document;
  const text = await context.runTexts.of(uri);
  if (text)
    await showTarget(context, reportFileOf(uri), targetAt(text.document, editor.selection.active.line));
}

async function showTarget(context: Context, file: vscode.Uri, target: PanelTarget): Promise<void> {
  const view = context.reportViews.showing(await readReport(file));
  if (view) {
    view.panel.reveal();
    view.showTarget(target);
    return;
  }
  // The panel of its specification is closed, or shows another run.
  context.reportViews.keepTarget(file, target);
  await openReportFile(file);
}

/** What a line is about, or the nearest line above that it belongs to. */
function targetAt({ lines }: RunDocument, line: number): PanelTarget {
  let at: DocumentLine | undefined = lines[line];
  for (let index = line; at?.about === null && at.section === null && index > 0; index--) {
    if (lines[index - 1]!.depth < at.depth || at.depth === 0) at = lines[index - 1];
  }
  const about = at?.about ?? null;
  return { tab: about?.kind === 'core' || at?.section === 'cores' ? 'cores' : 'layers', about };
}
