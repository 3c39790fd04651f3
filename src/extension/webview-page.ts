/** What every webview of ours has in common: its page, what it may load, how it saves. */
import { randomBytes } from 'node:crypto';
import path from 'node:path';
import * as vscode from 'vscode';
import { panelHtml } from '../protocol/panel-html.ts';
import type { Context } from './context.ts';

/** @param name of the script and the style in dist/webview */
export function openPage(context: Context, webview: vscode.Webview, name: 'panel' | 'model-view'): void {
  webview.options = {
    enableScripts: true,
    localResourceRoots: [context.file('dist'), context.file('media')],
  };
  const address = (file: string) => webview.asWebviewUri(context.file('dist', 'webview', file)).toString();
  webview.html = panelHtml({
    cspSource: webview.cspSource,
    nonce: randomBytes(16).toString('base64'),
    scriptUri: address(`${name}.js`),
    styleUri: address(`${name}.css`),
  });
}

/** Through the editor's save dialog, beside `near`. */
export async function saveExport(
  near: vscode.Uri | undefined,
  name: string,
  content: string | Uint8Array,
): Promise<void> {
  const fileName = path.basename(name);
  const target = await vscode.window.showSaveDialog(
    near ? { defaultUri: vscode.Uri.joinPath(near, '..', fileName) } : {},
  );
  if (!target) return;
  const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : content;
  await vscode.workspace.fs.writeFile(target, bytes);
}
