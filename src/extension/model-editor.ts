/**
 * Model files in a read-only editor, by two names: one opens what no other extension shows; the other is offered
 * where a type belongs to somebody else (HDF5 to H5Web, ONNX to Netron) or is text (model.json).
 */
import * as vscode from 'vscode';
import type { Context } from './context.ts';
import { ModelView } from './model-view.ts';
import { isModelFile } from './specification-files.ts';

const ownTypes = 'spikewise.model';
const sharedTypes = 'spikewise.modelView';

export class ModelEditors implements vscode.CustomReadonlyEditorProvider {
  readonly #views = new Map<string, Set<ModelView>>();

  constructor(private readonly context: Context) {}

  openCustomDocument(uri: vscode.Uri): vscode.CustomDocument {
    return { uri, dispose: () => undefined };
  }

  resolveCustomEditor({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel): void {
    const key = uri.toString();
    const view = new ModelView(this.context, panel, uri);
    const views = this.#views.get(key) ?? new Set();
    this.#views.set(key, views.add(view));
    panel.onDidDispose(() => {
      views.delete(view);
      if (views.size === 0) this.#views.delete(key);
    });
  }

  /** The view of a file that was opened last. */
  of(file: vscode.Uri): ModelView | undefined {
    return [...(this.#views.get(file.toString()) ?? [])].at(-1);
  }
}

export function registerModelEditors(context: Context): void {
  for (const viewType of [ownTypes, sharedTypes]) {
    context.own(
      vscode.window.registerCustomEditorProvider(viewType, context.modelEditors, {
        supportsMultipleEditorsPerDocument: true,
        webviewOptions: { enableFindWidget: true },
      }),
    );
  }
}

/** The view of a model file, opened or brought to the front. */
export async function showModel(context: Context, file: vscode.Uri, layer?: number): Promise<void> {
  await vscode.commands.executeCommand('vscode.openWith', file, viewTypeOf(file));
  if (layer !== undefined) context.modelEditors.of(file)?.select(layer);
}

function viewTypeOf({ path }: vscode.Uri): string {
  return /\.(?:keras|pt|pth|safetensors|nir)$/.test(path) ? ownTypes : sharedTypes;
}

/** Asked for where no file is given or active. */
export async function chooseModel(): Promise<vscode.Uri | undefined> {
  const files = await vscode.workspace.findFiles(
    '**/{model.json,*.keras,*.h5,*.pt,*.pth,*.safetensors,*.onnx,*.nir}',
    '**/node_modules/**',
    // A list to choose from; nobody reads more.
    500,
  );
  const items = files
    .filter(isModelFile)
    .map((uri) => ({ label: vscode.workspace.asRelativePath(uri), uri }))
    .sort((a, b) => a.label.localeCompare(b.label));
  if (items.length > 0) {
    const placeHolder = vscode.l10n.t('Show which model?');
    return (await vscode.window.showQuickPick(items, { placeHolder }))?.uri;
  }
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('No model in this workspace: choose one'),
    filters: {
      [vscode.l10n.t('Models')]: ['json', 'keras', 'h5', 'pt', 'pth', 'safetensors', 'onnx', 'nir'],
    },
  });
  return chosen?.[0];
}
