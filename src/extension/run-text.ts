/** Runs as text: read-only documents that follow their reports on disk. The format: docs/run-document.md. */
import path from 'node:path';
import * as vscode from 'vscode';
import { documentText, lineAbout, runDocument, type RunSubject } from '../core/report/document.ts';
import { readReport } from './report-store.ts';
import { addressOf, nameRange, reportFileOf, runTextScheme, type RunText } from './run-text-address.ts';
import { RunTextDiagnostics } from './run-text-diagnostics.ts';

export class RunTexts implements vscode.TextDocumentContentProvider {
  readonly #changed = new vscode.EventEmitter<vscode.Uri>();
  readonly onDidChange = this.#changed.event;
  /** By address, as the editor last asked for them. */
  readonly #texts = new Map<string, RunText>();
  readonly #watchers = new Map<string, vscode.Disposable>();
  readonly #diagnostics = new RunTextDiagnostics();
  readonly #subscriptions: vscode.Disposable[] = [];

  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    this.#watch(uri);
    const file = reportFileOf(uri);
    try {
      return documentText((await this.#read(uri)).document);
    } catch (error) {
      this.#texts.delete(uri.toString());
      this.#diagnostics.clear(uri);
      const reason = error instanceof Error ? error.message : String(error);
      return `# ${vscode.l10n.t('{0} cannot be shown: {1}.', vscode.workspace.asRelativePath(file), reason)}\n`;
    }
  }

  /** The run behind a document; null where its report cannot be read. */
  async of(uri: vscode.Uri): Promise<RunText | null> {
    return this.#texts.get(uri.toString()) ?? (await this.#read(uri).catch(() => null));
  }

  /** Opens the text of a report, at the line of what it is to show. */
  async open(file: vscode.Uri, about: RunSubject | null, column: vscode.ViewColumn): Promise<void> {
    const uri = addressOf(file, await readReport(file));
    const document = await vscode.workspace.openTextDocument(uri);
    const text = await this.of(uri);
    const index = about && text ? lineAbout(text.document, about) : undefined;
    const selection = index === undefined ? undefined : nameRange(text!.document, index);
    // Where it is open already it is not opened a second time.
    const shown = vscode.window.visibleTextEditors.find((editor) => editor.document === document);
    await vscode.window.showTextDocument(document, {
      viewColumn: shown?.viewColumn ?? column,
      preview: false,
      ...(selection && { selection }),
    });
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
    this.#changed.dispose();
    this.#diagnostics.dispose();
    for (const watcher of this.#watchers.values()) watcher.dispose();
  }

  async #read(uri: vscode.Uri): Promise<RunText> {
    const report = await readReport(reportFileOf(uri));
    const text = { report, document: runDocument(report) };
    this.#texts.set(uri.toString(), text);
    if (isInTab(uri)) await this.#diagnostics.show(uri, text);
    return text;
  }

  /** From the first text on. */
  #subscribe(): void {
    if (this.#subscriptions.length > 0) return;
    this.#subscriptions.push(
      vscode.workspace.onDidCloseTextDocument(({ uri }) => {
        this.#forget(uri);
      }),
      // The editor keeps a document for minutes after its tab is closed: findings are shown for what is seen.
      vscode.window.tabGroups.onDidChangeTabs(({ opened, closed }) => {
        for (const uri of closed.flatMap(textsOf)) if (!isInTab(uri)) this.#diagnostics.clear(uri);
        for (const uri of opened.flatMap(textsOf)) {
          const text = this.#texts.get(uri.toString());
          if (text) void this.#diagnostics.show(uri, text);
        }
      }),
    );
  }

  #watch(uri: vscode.Uri): void {
    this.#subscribe();
    const key = uri.toString();
    if (this.#watchers.has(key)) return;
    const file = reportFileOf(uri);
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(vscode.Uri.joinPath(file, '..'), path.posix.basename(file.path)),
    );
    const changed = () => {
      this.#changed.fire(uri);
    };
    watcher.onDidChange(changed);
    watcher.onDidCreate(changed);
    this.#watchers.set(key, watcher);
  }

  #forget(uri: vscode.Uri): void {
    if (uri.scheme !== runTextScheme) return;
    const key = uri.toString();
    this.#watchers.get(key)?.dispose();
    this.#watchers.delete(key);
    this.#texts.delete(key);
    this.#diagnostics.clear(uri);
  }
}

/** Runs that a tab shows. */
function textsOf({ input }: vscode.Tab): vscode.Uri[] {
  const shown =
    input instanceof vscode.TabInputText
      ? [input.uri]
      : input instanceof vscode.TabInputTextDiff
        ? [input.original, input.modified]
        : [];
  return shown.filter(({ scheme }) => scheme === runTextScheme);
}

function isInTab(uri: vscode.Uri): boolean {
  const key = uri.toString();
  return vscode.window.tabGroups.all.some(({ tabs }) =>
    tabs.some((tab) => textsOf(tab).some((shown) => shown.toString() === key)),
  );
}
