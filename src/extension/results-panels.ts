/** The results panels: one for a specification, restored when the window is loaded again. */
import * as vscode from 'vscode';
import type { Report } from '../core/report/types.ts';
import type { PanelState } from '../protocol/webview.ts';
import { noFiles } from '../protocol/worker.ts';
import type { Context } from './context.ts';
import { filesOf, parseState, readReport, stateOf, type StoredReport } from './report-store.ts';
import { ReportView } from './report-view.ts';
import { nameOf } from './specification-files.ts';

const viewType = 'spikewise.results';

export class ResultsPanels {
  readonly #views = new Map<string, ReportView>();
  readonly #subscription: vscode.Disposable;

  constructor(private readonly context: Context) {
    this.#subscription = context.runs.onDidChange((run) => {
      // How a run ended is said by whoever waits for its result.
      if (context.runs.of(run.specification) === run) this.of(run.specification)?.showRunning(run.progress);
    });
  }

  of(specification: vscode.Uri): ReportView | undefined {
    return this.#views.get(specification.toString());
  }

  /** The specification of the panel that has the focus. */
  get active(): vscode.Uri | undefined {
    const entry = [...this.#views].find(([, view]) => view.panel.active);
    return entry && vscode.Uri.parse(entry[0], true);
  }

  /** The panel of a specification, opened or brought to the front. */
  show(specification: vscode.Uri): ReportView {
    const known = this.of(specification);
    if (known) {
      known.panel.reveal(undefined, true);
      return known;
    }
    const panel = vscode.window.createWebviewPanel(
      viewType,
      titleOf(nameOf(specification)),
      columnFor(specification),
    );
    const view = this.#adopt(panel, specification);
    void this.#showEarlier(view, specification);
    return view;
  }

  /** The same, once results of an earlier run are in it, where there are any. */
  async showLoaded(specification: vscode.Uri): Promise<ReportView> {
    const view = this.show(specification);
    if (!view.hasReport) await this.#showEarlier(view, specification);
    return view;
  }

  /** A panel from before the window was loaded again. */
  async restore(panel: vscode.WebviewPanel, state: PanelState | undefined): Promise<void> {
    const known = await this.#stored(panel, state);
    if (!known) {
      const view = new ReportView(this.context, panel, null);
      view.showFailure(failureOf(vscode.l10n.t('The window was loaded again before the run had ended.')));
      return;
    }
    const { specification } = known;
    if (this.of(specification)) {
      panel.dispose();
      return;
    }
    const view = this.#adopt(panel, specification);
    try {
      const { file, report } = await this.#readOrLatest(known);
      const files = filesOf(report);
      // Unless a run has been started meanwhile.
      if (view.hasReport) return;
      view.showEarlier({ report, files, uri: stateOf({ file, specification }) });
      await this.context.diagnostics.show(specification, report.findings, files);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      const words = vscode.l10n.t(
        'The stored report cannot be shown: {0}. Convert again to see results.',
        reason,
      );
      view.showFailure(failureOf(words));
    }
  }

  async #stored(panel: vscode.WebviewPanel, state: PanelState | undefined): Promise<StoredReport | null> {
    if (state?.report) return parseState(state.report);
    // The editor writes a page's state now and then: a window that is loaded again in between has none.
    return (await this.context.keptRuns.latestNamed(panel.title.slice(titleOf('').length))) ?? null;
  }

  /** The run that was shown may have been removed meanwhile: then the newest of its specification. */
  async #readOrLatest({ file, specification }: StoredReport): Promise<{ file: vscode.Uri; report: Report }> {
    try {
      return { file, report: await readReport(file) };
    } catch (error) {
      const latest = await this.context.keptRuns.latestOf(specification);
      if (!latest || latest.toString() === file.toString()) throw error;
      return { file: latest, report: await readReport(latest) };
    }
  }

  dispose(): void {
    this.#subscription.dispose();
  }

  #adopt(panel: vscode.WebviewPanel, specification: vscode.Uri): ReportView {
    const key = specification.toString();
    panel.title = titleOf(nameOf(specification));
    panel.iconPath = this.context.file('media', 'icon.svg');
    const view = new ReportView(this.context, panel, specification);
    this.#views.set(key, view);
    panel.onDidDispose(() => this.#views.delete(key));
    return view;
  }

  /** Results of the last run stay in sight until there are new ones. */
  async #showEarlier(view: ReportView, specification: vscode.Uri): Promise<void> {
    try {
      const file = await this.context.keptRuns.latestOf(specification);
      if (!file) return;
      const report = await readReport(file);
      if (view.hasReport) return;
      view.showEarlier({ report, files: filesOf(report), uri: stateOf({ file, specification }) });
    } catch {
      // There is none, or none that this version reads.
    }
  }
}

function failureOf(message: string) {
  return {
    failure: { message, findings: [], report: null },
    files: noFiles,
  };
}

function titleOf(name: string): string {
  return vscode.l10n.t('Spikewise: {0}', name);
}

/** Beside the specification where it is being edited. */
function columnFor(specification: vscode.Uri): vscode.ViewColumn {
  const active = vscode.window.activeTextEditor?.document.uri.toString();
  return active === specification.toString() ? vscode.ViewColumn.Beside : vscode.ViewColumn.Active;
}

export function registerPanelSerializer(context: Context): void {
  context.own(
    vscode.window.registerWebviewPanelSerializer(viewType, {
      deserializeWebviewPanel: (panel, state: PanelState | undefined) => context.panels.restore(panel, state),
    }),
  );
}
