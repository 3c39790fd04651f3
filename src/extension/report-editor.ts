/** `*.spikewise-report.json`, as the command line's `--out` writes it, in the same page as a run's results. */
import path from 'node:path';
import * as vscode from 'vscode';
import type { Context } from './context.ts';
import { noFiles } from '../protocol/worker.ts';
import { filesOf, readReport } from './report-store.ts';
import { ReportView } from './report-view.ts';

const reportViewType = 'spikewise.report';

export function registerReportEditor(context: Context): void {
  const provider: vscode.CustomReadonlyEditorProvider = {
    openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
    resolveCustomEditor: ({ uri }, panel) => openReport(context, uri, panel),
  };
  context.own(
    vscode.window.registerCustomEditorProvider(reportViewType, provider, {
      supportsMultipleEditorsPerDocument: true,
    }),
  );
}

async function openReport(context: Context, file: vscode.Uri, panel: vscode.WebviewPanel): Promise<void> {
  const view = new ReportView(context, panel, null);
  const load = () => showFile(view, file);
  // Written anew by the next run of the command line.
  const watcher = vscode.workspace.createFileSystemWatcher(
    new vscode.RelativePattern(vscode.Uri.joinPath(file, '..'), path.posix.basename(file.path)),
  );
  watcher.onDidChange(load);
  watcher.onDidCreate(load);
  panel.onDidDispose(() => {
    watcher.dispose();
  });
  await load();
  const target = context.reportViews.takeTarget(file);
  if (target) view.showTarget(target);
}

async function showFile(view: ReportView, file: vscode.Uri): Promise<void> {
  try {
    const report = await readReport(file);
    view.showReport({ report, files: filesOf(report), file });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    view.showFailure({
      failure: {
        message: vscode.l10n.t('{0} cannot be shown: {1}.', vscode.workspace.asRelativePath(file), reason),
        findings: [],
        report: null,
      },
      files: noFiles,
    });
  }
}

/** The command: a report of the workspace, or any. */
export async function openReportFile(uri?: vscode.Uri): Promise<void> {
  const file = uri ?? (await chooseReport());
  if (file) await vscode.commands.executeCommand('vscode.openWith', file, reportViewType);
}

async function chooseReport(): Promise<vscode.Uri | undefined> {
  const files = await vscode.workspace.findFiles('**/*.spikewise-report.json', '**/node_modules/**', 500);
  const browse = { label: vscode.l10n.t('Browse…'), uri: undefined };
  if (files.length > 0) {
    const items = files.map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }));
    const chosen = await vscode.window.showQuickPick<{ label: string; uri: vscode.Uri | undefined }>([
      ...items,
      browse,
    ]);
    if (chosen !== browse) return chosen?.uri;
  }
  const opened = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Open a Spikewise report'),
    filters: { [vscode.l10n.t('Spikewise reports')]: ['json'] },
  });
  return opened?.[0];
}
