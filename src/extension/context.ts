/** Everything that lives as long as the extension, made in one place and disposed of with it. */
import * as vscode from 'vscode';
import { Analyses } from './analyses.ts';
import { AnalysisStore } from './analysis-store.ts';
import { TestRecords } from './api.ts';
import { FindingDiagnostics } from './diagnostics.ts';
import { ModelEditors } from './model-editor.ts';
import { ModelOutline } from './model-outline.ts';
import { Models } from './models.ts';
import { KeptRuns } from './kept-runs.ts';
import { ReportViews } from './report-views.ts';
import { ResultsPanels } from './results-panels.ts';
import { RunTexts } from './run-text.ts';
import { RunsView } from './runs-view.ts';
import { Runs } from './runs.ts';
import { RunStatus } from './status.ts';

export class Context {
  readonly log: vscode.LogOutputChannel;
  readonly keptRuns: KeptRuns;
  readonly runs: Runs;
  readonly analyses: Analyses;
  readonly runTexts: RunTexts;
  readonly reportViews = new ReportViews();
  readonly diagnostics: FindingDiagnostics;
  readonly panels: ResultsPanels;
  readonly models: Models;
  readonly modelEditors: ModelEditors;
  readonly outline: ModelOutline;
  readonly runsView: RunsView;
  readonly tests: TestRecords;
  /** Of the workspace. */
  readonly memory: vscode.Memento;

  constructor(private readonly extension: vscode.ExtensionContext) {
    this.log = this.own(vscode.window.createOutputChannel('Spikewise', { log: true }));
    this.memory = extension.workspaceState;
    const storage = extension.storageUri ?? extension.globalStorageUri;
    this.keptRuns = this.own(new KeptRuns(storage, extension.workspaceState, this.log));
    this.runs = this.own(new Runs(this.file('dist', 'worker.mjs')));
    const { version } = extension.extension.packageJSON as { readonly version: string };
    const results = new AnalysisStore(storage, version);
    this.analyses = this.own(
      new Analyses(this.runs, results, (error) => {
        this.log.warn('A result could not be stored', error instanceof Error ? error.message : String(error));
      }),
    );
    this.runTexts = this.own(new RunTexts());
    this.diagnostics = this.own(new FindingDiagnostics());
    this.panels = this.own(new ResultsPanels(this));
    this.models = this.own(new Models(() => this.runs.workerFile));
    this.modelEditors = new ModelEditors(this);
    this.outline = this.own(new ModelOutline(this));
    this.runsView = this.own(new RunsView(this));
    this.tests = this.own(new TestRecords(this));
    this.own(new RunStatus([this.runs, this.analyses]));
  }

  /** A file of the extension. */
  file(...segments: string[]): vscode.Uri {
    return vscode.Uri.joinPath(this.extension.extensionUri, ...segments);
  }

  /** Disposes of it with the extension. */
  own<T extends vscode.Disposable>(disposable: T): T {
    this.extension.subscriptions.push(disposable);
    return disposable;
  }

  /** For what nobody waits for: an error is logged and shown. */
  async guard(what: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.log.error(what, error instanceof Error ? error : String(error));
      void vscode.window.showErrorMessage(
        vscode.l10n.t('Spikewise: {0}: {1}', what, error instanceof Error ? error.message : String(error)),
      );
    }
  }
}
