/** Two reports side by side, as a page. */
import { randomBytes } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import * as vscode from 'vscode';
import { requestPage } from '../node/page-client.ts';
import type { Context } from './context.ts';

/** The page has no script. @param name in its title */
export async function compareReportFiles(
  context: Context,
  a: vscode.Uri,
  b: vscode.Uri,
  name: string,
): Promise<void> {
  const html = await requestPage(pathToFileURL(context.runs.workerFile.fsPath), {
    file: a.fsPath,
    other: b.fsPath,
    nonce: randomBytes(16).toString('base64'),
  });
  const panel = vscode.window.createWebviewPanel(
    'spikewise.comparison',
    vscode.l10n.t('Spikewise: two runs of {0}', name),
    vscode.ViewColumn.Active,
    { enableScripts: false, localResourceRoots: [], enableFindWidget: true },
  );
  panel.iconPath = context.file('media', 'icon.svg');
  panel.webview.html = html;
}
