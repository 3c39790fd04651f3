/** Python modules with the paper's constraints, for people who train elsewhere. */
import * as vscode from 'vscode';
import type { Context } from './context.ts';

const files = {
  pytorch: 'constrained_lstm_torch.py',
  keras: 'constrained_lstm_keras.py',
} as const;

/** At the cursor, in the place of what is selected; in a new file where no text is being edited. */
export async function insertSnippet(context: Context, framework: keyof typeof files): Promise<void> {
  const bytes = await vscode.workspace.fs.readFile(context.file('snippets', files[framework]));
  const content = new TextDecoder().decode(bytes);
  const editor = vscode.window.activeTextEditor;
  if (!editor) {
    const document = await vscode.workspace.openTextDocument({ language: 'python', content });
    await vscode.window.showTextDocument(document);
    return;
  }
  const inserted = await editor.edit((edit) => {
    for (const selection of editor.selections) edit.replace(selection, content);
  });
  if (!inserted) throw new Error(vscode.l10n.t('{0} could not be changed', editor.document.fileName));
}
