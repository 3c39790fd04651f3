/**
 * The host's end of a webview that shows a report: in a results panel or in the editor of a report file.
 * It keeps what the page shows, because the page is gone while it is hidden.
 */
import path from 'node:path';
import * as vscode from 'vscode';
import type { Finding } from '../core/findings/types.ts';
import type { Report } from '../core/report/types.ts';
import type { AnalysisMessage } from '../protocol/analyses.ts';
import type { PanelTarget, ToHost, ToWebview } from '../protocol/webview.ts';
import type { Failure, Files, Progress } from '../protocol/worker.ts';
import { handleAnalysis } from './analyze.ts';
import type { Context } from './context.ts';
import { fixAndConvert } from './conversion.ts';
import { Details } from './details.ts';
import { openFindingPage } from './finding-pages.ts';
import { revealFile } from './places.ts';
import { parseState } from './report-store.ts';
import { openPage, saveExport } from './webview-page.ts';

export interface ShownReport {
  readonly report: Report;
  readonly files: Files;
  /** Kept by the page over a reload. */
  readonly uri?: string;
  /** The report on disk, where `uri` does not say. */
  readonly file?: vscode.Uri;
}

export interface ShownFailure {
  readonly failure: Pick<Failure, 'message' | 'findings' | 'report'>;
  readonly files: Files;
}

type RunState =
  | { readonly kind: 'none' }
  | { readonly kind: 'running'; readonly progress: Progress }
  | { readonly kind: 'cancelled' };

export class ReportView {
  #report: ShownReport | null = null;
  /** Of a run after the report's. */
  #failure: ShownFailure | null = null;
  #run: RunState = { kind: 'none' };
  /** What the page is to show once it listens. */
  #target: PanelTarget | null = null;
  /** The page listens. */
  #ready = false;
  #disposed = false;
  readonly #details: Details;

  /** @param specification null where only the report, once read, can tell. */
  constructor(
    private readonly context: Context,
    readonly panel: vscode.WebviewPanel,
    private readonly specification: vscode.Uri | null,
  ) {
    const { webview } = panel;
    context.reportViews.add(this);
    this.#details = new Details(context, (message) => {
      this.#post({ type: 'detail', message });
    });
    const subscription = context.analyses.onDidChange((change) => {
      if (change.specification.toString() === this.#owner()?.toString()) this.#postAnalysis(change.message);
    });
    panel.onDidDispose(() => {
      this.#disposed = true;
      subscription.dispose();
      this.#details.end();
    });
    panel.onDidChangeViewState(() => {
      if (!panel.visible) this.#ready = false;
    });
    webview.onDidReceiveMessage((message: ToHost) => this.receive(message));
    openPage(context, webview, 'panel');
  }

  /** True once there is something to show: what was stored earlier must not replace it. */
  get hasReport(): boolean {
    return this.#report !== null;
  }

  /** Whether the results shown are of this run. */
  shows({ createdAt, model }: Report): boolean {
    const shown = this.#report?.report;
    return shown?.createdAt === createdAt && shown.model.file === model.file;
  }

  /** Where the report that is shown lies. */
  get reportFile(): vscode.Uri | undefined {
    const { file, uri } = this.#report ?? {};
    return file ?? (uri === undefined ? undefined : parseState(uri).file);
  }

  /** Selects a place of the results. */
  showTarget(target: PanelTarget): void {
    this.#target = target;
    if (this.#ready) this.#postTarget();
  }

  showReport(report: ShownReport): void {
    if (!this.shows(report.report)) this.#details.end();
    this.#report = report;
    this.#failure = null;
    this.#run = { kind: 'none' };
    this.#post(reportMessage(report));
  }

  /** A report of an earlier run, below whatever has been said since. */
  showEarlier(report: ShownReport): void {
    this.#report = report;
    if (this.#ready) this.#replay();
  }

  showRunning(progress: Progress): void {
    this.#run = { kind: 'running', progress };
    this.#post(this.#runningMessage(progress));
  }

  showFailure(failure: ShownFailure): void {
    this.#failure = failure;
    this.#run = { kind: 'none' };
    this.#post(failureMessage(failure));
  }

  showCancelled(): void {
    this.#run = { kind: 'cancelled' };
    this.#post({ type: 'cancelled' });
  }

  /** Public for the tests, which have no page to click in. */
  async receive(message: ToHost): Promise<void> {
    await this.context.guard(this.panel.title, () => this.#handle(message));
  }

  async #handle(message: ToHost): Promise<void> {
    switch (message.type) {
      case 'ready':
        this.#ready = true;
        this.#replay();
        return;
      case 'painted':
        this.context.tests.painted(message.createdAt);
        await vscode.commands.executeCommand('setContext', 'spikewise.hasResults', true);
        return;
      case 'cancel':
        await vscode.commands.executeCommand('spikewise.cancel', this.#owner());
        return;
      case 'runAgain':
        await vscode.commands.executeCommand('spikewise.convert', this.#owner());
        return;
      case 'save':
        await saveExport(this.#owner(), message.name, message.content);
        return;
      case 'openPage':
        await openFindingPage(this.context, this.#finding(message.index)?.code);
        return;
      case 'reveal':
        await this.#reveal(this.#finding(message.index));
        return;
      case 'detail':
        if (this.#report) await this.#details.answer(message.id, message.question, this.#report.report);
        return;
      case 'analysis':
        await handleAnalysis(this.context, this.#owner(), message.request, (answer) => {
          this.#postAnalysis(answer);
        });
        return;
      case 'openRunText':
        if (this.reportFile) await this.context.runTexts.open(this.reportFile, message.about, this.#beside);
        return;
      case 'applyFix': {
        const fix = this.#finding(message.index)?.fixes[message.fix];
        const specification = this.#owner();
        if (fix && specification) await fixAndConvert(this.context, specification, fix);
      }
    }
  }

  /** The page starts empty: everything that it has been told, in the same order. */
  #replay(): void {
    if (this.#report) this.#post(reportMessage(this.#report));
    if (this.#failure) this.#post(failureMessage(this.#failure));
    if (this.#run.kind === 'running') this.#post(this.#runningMessage(this.#run.progress));
    if (this.#run.kind === 'cancelled') this.#post({ type: 'cancelled' });
    const owner = this.#owner();
    if (owner) {
      for (const message of this.context.analyses.messages(owner)) this.#postAnalysis(message);
      void this.context.analyses.restore(owner);
    }
    this.#postTarget();
  }

  #postAnalysis(message: AnalysisMessage): void {
    this.#post({ type: 'analysis', message });
  }

  #postTarget(): void {
    if (this.#target && this.#report) {
      this.#post({ type: 'select', ...this.#target });
      this.#target = null;
    }
  }

  #post(message: ToWebview): void {
    // A page that does not listen yet is told everything when it does.
    if (this.#ready && !this.#disposed) void this.panel.webview.postMessage(message);
  }

  #runningMessage(progress: Progress): ToWebview {
    return { type: 'running', file: path.basename(this.#owner()?.fsPath ?? ''), progress };
  }

  #owner(): vscode.Uri | undefined {
    if (this.specification) return this.specification;
    const named = this.#report?.files.specification;
    return named ? vscode.Uri.file(named) : undefined;
  }

  #finding(index: number): Finding | undefined {
    return (this.#failure?.failure.findings ?? this.#report?.report.findings)?.[index];
  }

  async #reveal(finding: Finding | undefined): Promise<void> {
    const files = (this.#failure ?? this.#report)?.files;
    if (finding && files) await revealFile(files, finding.place, this.#beside);
  }

  /** Beside the panel, not over it. */
  get #beside(): vscode.ViewColumn {
    return this.panel.viewColumn === vscode.ViewColumn.One ? vscode.ViewColumn.Beside : vscode.ViewColumn.One;
  }
}

function reportMessage({ report, uri }: ShownReport): ToWebview {
  return { type: 'report', report, ...(uri !== undefined && { uri }) };
}

function failureMessage({ failure: { message, findings, report } }: ShownFailure): ToWebview {
  return { type: 'failed', message, findings, ...(report && { report }) };
}
