/** All pages that show a report: results panels and editors of report files. */
import type * as vscode from 'vscode';
import type { Report } from '../core/report/types.ts';
import type { PanelTarget } from '../protocol/webview.ts';
import type { ReportView } from './report-view.ts';

export class ReportViews {
  readonly #views = new Set<ReportView>();
  /** What a report's editor is to show once it is open, by the report's address. */
  readonly #kept = new Map<string, PanelTarget>();

  add(view: ReportView): void {
    this.#views.add(view);
    view.panel.onDidDispose(() => this.#views.delete(view));
  }

  /** The one that has the focus. */
  get active(): ReportView | undefined {
    return [...this.#views].find(({ panel }) => panel.active);
  }

  /** One that shows this run. */
  showing(report: Report): ReportView | undefined {
    return [...this.#views].find((view) => view.shows(report));
  }

  keepTarget(file: vscode.Uri, target: PanelTarget): void {
    this.#kept.set(file.toString(), target);
  }

  /** What the editor of a report was opened for; once. */
  takeTarget(file: vscode.Uri): PanelTarget | undefined {
    const target = this.#kept.get(file.toString());
    this.#kept.delete(file.toString());
    return target;
  }
}
