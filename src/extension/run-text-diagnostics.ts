/** The findings of a run on the lines of its text that they are about, while it is open. */
import * as vscode from 'vscode';
import { diagnosticOf } from './diagnostics.ts';
import { locate } from './places.ts';
import { filesOf } from './report-store.ts';
import { nameRange, type RunText } from './run-text-address.ts';

export class RunTextDiagnostics {
  #collection: vscode.DiagnosticCollection | null = null;
  /** Counts calls, so that of two that overlap the later one stays. */
  readonly #latest = new Map<string, number>();
  #calls = 0;

  async show(uri: vscode.Uri, { report, document }: RunText): Promise<void> {
    const call = ++this.#calls;
    this.#latest.set(uri.toString(), call);
    const files = filesOf(report);
    const made: vscode.Diagnostic[] = [];
    for (const [index, finding] of report.findings.entries()) {
      const located = { uri, path: [], range: nameRange(document, document.findingLines[index]!) };
      const specification = vscode.Uri.file(report.specification ?? report.model.file);
      const diagnostic = diagnosticOf({ finding, located, specification });
      const place = await locate(files, finding.place);
      if (place) {
        const words = vscode.l10n.t('Where it comes from');
        diagnostic.relatedInformation = [
          new vscode.DiagnosticRelatedInformation(new vscode.Location(place.uri, place.range), words),
        ];
      }
      made.push(diagnostic);
    }
    if (this.#latest.get(uri.toString()) !== call) return;
    this.#collection ??= vscode.languages.createDiagnosticCollection('spikewise-run');
    this.#collection.set(uri, made);
  }

  clear(uri: vscode.Uri): void {
    this.#latest.delete(uri.toString());
    this.#collection?.delete(uri);
  }

  dispose(): void {
    this.#collection?.dispose();
  }
}
