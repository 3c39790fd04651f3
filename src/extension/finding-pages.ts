/** The documentation page behind every finding's code. */
import * as vscode from 'vscode';
import { findingCodes, type FindingCode } from '../core/findings/types.ts';
import type { Context } from './context.ts';

/** Opens the page as a person reads it; a file's address would open its source. */
export function pageAddress(code: FindingCode): vscode.Uri {
  return vscode.Uri.from({
    scheme: 'command',
    path: 'spikewise.openFindingPage',
    query: JSON.stringify([code]),
  });
}

/** @param code Anything: a report may come from anywhere, and a page is only opened by a code that exists. */
export async function openFindingPage(context: Context, code?: unknown): Promise<void> {
  const known = findingCodes.find((one) => one === code) ?? (await pickCode());
  if (known === undefined) return;
  await openDocument(context.file('docs', 'findings', `${known}.md`));
}

/** A page of Markdown as a person reads it. */
export async function openDocument(page: vscode.Uri): Promise<void> {
  try {
    await vscode.commands.executeCommand('markdown.showPreview', page);
  } catch {
    // The editor's own Markdown extension can be disabled.
    await vscode.window.showTextDocument(page);
  }
}

function pickCode(): Thenable<string | undefined> {
  return vscode.window.showQuickPick([...findingCodes], {
    placeHolder: vscode.l10n.t('Explain which finding?'),
  });
}
