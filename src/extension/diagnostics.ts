/** Findings as diagnostics. Those of a run stay until the same specification is run again or the file is gone. */
import * as vscode from 'vscode';
import type { Finding, Severity } from '../core/findings/types.ts';
import { noFiles, type Files } from '../protocol/worker.ts';
import { pageAddress } from './finding-pages.ts';
import { locate, type Located } from './places.ts';

export interface ShownFinding {
  readonly finding: Finding;
  readonly located: Located;
  readonly specification: vscode.Uri;
}

interface RunDiagnostics {
  /** One a run: findings of two runs about one model file stand beside each other. */
  readonly collection: vscode.DiagnosticCollection;
  shown: readonly ShownFinding[];
}

const severities: Readonly<Record<Severity, vscode.DiagnosticSeverity>> = {
  error: vscode.DiagnosticSeverity.Error,
  warning: vscode.DiagnosticSeverity.Warning,
  info: vscode.DiagnosticSeverity.Information,
};

export class FindingDiagnostics {
  readonly #runs = new Map<string, RunDiagnostics>();
  readonly #disposables: vscode.Disposable[] = [];
  /** Counts calls, so that of two that overlap the later one stays. */
  #calls = 0;
  readonly #latest = new Map<string, number>();

  /** Replaces all diagnostics of the earlier run. */
  async show(specification: vscode.Uri, findings: readonly Finding[], files: Files): Promise<void> {
    const key = specification.toString();
    const call = ++this.#calls;
    this.#latest.set(key, call);
    const shown: ShownFinding[] = [];
    for (const finding of findings) {
      const located = await locate(files, finding.place);
      if (located) shown.push({ finding, located, specification });
    }
    if (this.#latest.get(key) !== call) return;
    if (shown.length === 0 && !this.#runs.has(key)) return;
    const run = this.#of(key);
    run.shown = shown;
    run.collection.clear();
    for (const [uri, diagnostics] of byFile(shown)) run.collection.set(uri, diagnostics);
  }

  async clear(specification: vscode.Uri): Promise<void> {
    await this.show(specification, [], noFiles);
  }

  /** What is shown of a run. */
  of(specification: vscode.Uri): readonly ShownFinding[] {
    return this.#runs.get(specification.toString())?.shown ?? [];
  }

  /** What is shown in a file, of all runs. */
  in(file: vscode.Uri): ShownFinding[] {
    const key = file.toString();
    return [...this.#runs.values()].flatMap(({ shown }) =>
      shown.filter(({ located }) => located.uri.toString() === key),
    );
  }

  #of(key: string): RunDiagnostics {
    let run = this.#runs.get(key);
    if (!run) {
      if (this.#runs.size === 0) this.#watchForDeletion();
      run = { collection: vscode.languages.createDiagnosticCollection('spikewise'), shown: [] };
      this.#runs.set(key, run);
    }
    return run;
  }

  #watchForDeletion(): void {
    const watcher = vscode.workspace.createFileSystemWatcher('**/*.json', true, true, false);
    this.#disposables.push(
      watcher,
      watcher.onDidDelete((file) => {
        this.#forget(file);
      }),
      // Outside of the workspace only the editor's own deletions are told.
      vscode.workspace.onDidDeleteFiles(({ files }) => {
        for (const file of files) this.#forget(file);
      }),
    );
  }

  #forget(file: vscode.Uri): void {
    for (const [key, run] of this.#runs) {
      if (key === file.toString()) {
        run.collection.clear();
        run.shown = [];
      } else {
        run.collection.delete(file);
        run.shown = run.shown.filter(({ located }) => located.uri.toString() !== file.toString());
      }
    }
  }

  dispose(): void {
    for (const { collection } of this.#runs.values()) collection.dispose();
    for (const disposable of this.#disposables) disposable.dispose();
  }
}

function byFile(shown: readonly ShownFinding[]): Map<vscode.Uri, vscode.Diagnostic[]> {
  const files = new Map<string, [vscode.Uri, vscode.Diagnostic[]]>();
  for (const one of shown) {
    const { uri } = one.located;
    const entry = files.get(uri.toString()) ?? [uri, []];
    entry[1].push(diagnosticOf(one));
    files.set(uri.toString(), entry);
  }
  return new Map(files.values());
}

export function diagnosticOf({ finding, located, specification }: ShownFinding): vscode.Diagnostic {
  const { message, severity, code } = finding;
  const made = new vscode.Diagnostic(located.range, message, severities[severity]);
  made.source = 'spikewise';
  made.code = { value: code, target: pageAddress(code) };
  if (finding.fixes.length > 0 && located.uri.toString() !== specification.toString()) {
    const start = new vscode.Location(specification, new vscode.Position(0, 0));
    made.relatedInformation = [
      new vscode.DiagnosticRelatedInformation(start, vscode.l10n.t('Its fixes change this specification')),
    ];
  }
  return made;
}
