/** Names of specification and model files, and which specification a command is about. */
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as vscode from 'vscode';
import { specify } from '../node/specification-client.ts';
import { findSpecifications, newSpecificationFile } from '../node/specifications.ts';
import type { Failure } from '../protocol/worker.ts';

const suffix = '.spikewise.json';

export function isSpecification(file: vscode.Uri): boolean {
  return file.path.endsWith(suffix);
}

/** Files that are models by their name; `model.json` is one of TensorFlow.js, or not one at all. */
export function isModelFile(file: vscode.Uri): boolean {
  const name = path.posix.basename(file.path);
  return name === 'model.json' || /\.(?:keras|h5|pt|pth|safetensors|onnx|nir)$/.test(name);
}

/** "mnist-rows" of mnist-rows.spikewise.json. */
export function nameOf(specification: vscode.Uri): string {
  return path.posix.basename(specification.path).replace(/\.spikewise\.json$/, '');
}

/** A model that cannot be read, so no specification was written for it. */
export class UnreadableModel extends Error {
  override readonly name = 'UnreadableModel';

  constructor(readonly failure: Failure) {
    super(failure.message);
  }
}

/**
 * The specification that belongs to a model file or is the file itself. A model without one gets one.
 * @param workerFile the built worker, which looks into the model
 * @returns undefined where the user dismissed a question.
 * @throws UnreadableModel
 */
export async function specificationOf(
  file: vscode.Uri,
  workerFile: vscode.Uri,
): Promise<vscode.Uri | undefined> {
  if (isSpecification(file)) return file;
  const found = (await findSpecifications(file.fsPath)).map((specification) =>
    vscode.Uri.file(specification),
  );
  if (found.length === 0) return newSpecification(file, workerFile);
  if (found.length === 1) return found[0];
  return pickFile(found, vscode.l10n.t('Convert with which specification?'));
}

/** From a command without an argument: the active editor's file, else one of the workspace. */
export async function askForFile(): Promise<vscode.Uri | undefined> {
  const active = activeFile();
  if (active && (isSpecification(active) || isModelFile(active))) return active;
  const files = await vscode.workspace.findFiles(
    '**/{model.json,*.spikewise.json,*.keras,*.h5,*.pt,*.pth,*.safetensors,*.onnx,*.nir}',
    '**/node_modules/**',
    // A list to choose from; nobody reads more.
    500,
  );
  if (files.length === 0) return browseForModel();
  return pickFile(files, vscode.l10n.t('Which model or specification?'));
}

/** Of the tab that has the focus. */
export function activeFile(): vscode.Uri | undefined {
  const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
  if (input instanceof vscode.TabInputText || input instanceof vscode.TabInputCustom) return input.uri;
  return undefined;
}

async function browseForModel(): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('No model in this workspace: choose one'),
    filters: {
      [vscode.l10n.t('Models and specifications')]: [
        ...['json', 'keras', 'h5', 'pt', 'pth', 'safetensors', 'onnx', 'nir'],
      ],
    },
  });
  return chosen?.[0];
}

async function pickFile(files: readonly vscode.Uri[], placeHolder: string): Promise<vscode.Uri | undefined> {
  const items = files
    .map((uri) => ({
      label: path.posix.basename(uri.path),
      description: vscode.workspace.asRelativePath(path.dirname(uri.fsPath)),
      iconPath: new vscode.ThemeIcon(isSpecification(uri) ? 'settings' : 'pulse'),
      uri,
    }))
    .sort((a, b) => a.description.localeCompare(b.description) || a.label.localeCompare(b.label));
  return (await vscode.window.showQuickPick(items, { placeHolder, matchOnDescription: true }))?.uri;
}

async function newSpecification(
  modelFile: vscode.Uri,
  workerFile: vscode.Uri,
): Promise<vscode.Uri | undefined> {
  const folder = vscode.Uri.joinPath(modelFile, '..');
  const taken = vscode.Uri.file(newSpecificationFile(modelFile.fsPath));
  if (await exists(taken)) {
    const words = '{0} names another model: write a specification that names this one.';
    throw new Error(vscode.l10n.t(words, vscode.workspace.asRelativePath(taken)));
  }
  const write = async (inputs?: string): Promise<string | null> => {
    const request = { file: modelFile.fsPath, ...(inputs !== undefined && { inputs }) };
    const answer = await specify(pathToFileURL(workerFile.fsPath), request);
    if (answer.type === 'failed') throw new UnreadableModel(answer.failure);
    return answer.file;
  };
  let file = await write();
  if (file === null) {
    const inputs = await askForInputs(folder);
    if (!inputs) return undefined;
    file = await write(inputs.fsPath);
  }
  if (file === null) return undefined;
  const specification = vscode.Uri.file(file);
  void tellOfNew(specification);
  return specification;
}

async function exists(file: vscode.Uri): Promise<boolean> {
  try {
    await vscode.workspace.fs.stat(file);
    return true;
  } catch {
    return false;
  }
}

async function askForInputs(folder: vscode.Uri): Promise<vscode.Uri | undefined> {
  const chosen = await vscode.window.showOpenDialog({
    title: vscode.l10n.t('Choose the input samples of the model'),
    openLabel: vscode.l10n.t('Use as Inputs'),
    defaultUri: folder,
    filters: {
      [vscode.l10n.t('Sample data')]: ['npy', 'npz', 'csv', 'idx', 'gz', 'safetensors', 'json'],
      // The files of MNIST have no ending.
      [vscode.l10n.t('All files')]: ['*'],
    },
  });
  return chosen?.[0];
}

async function tellOfNew(specification: vscode.Uri): Promise<void> {
  const open = vscode.l10n.t('Open');
  const said = vscode.l10n.t(
    'Wrote {0} with defaults: look over the inputs, their normalisation and the time-steps.',
    path.basename(specification.fsPath),
  );
  if ((await vscode.window.showInformationMessage(said, open)) === open) {
    await vscode.window.showTextDocument(specification);
  }
}
