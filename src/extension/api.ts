/**
 * What activate() returns. It is for the tests inside the extension host, which can neither look into a
 * webview nor wait for a run otherwise; it is no interface for other extensions and may change at any time.
 */
import * as vscode from 'vscode';
import type { ConversionResult } from '../node/conversion-client.ts';
import type { AnalysisMessage } from '../protocol/analyses.ts';
import type { ToHost } from '../protocol/webview.ts';
import type { FromModelView } from '../protocol/model-view.ts';
import type { Context } from './context.ts';
import type { OutlineNode } from './model-outline.ts';
import type { ModelState } from './models.ts';
import type { RunsNode } from './runs-view.ts';
import type { Run } from './runs.ts';

export interface Paint {
  readonly specification: string;
  /** `createdAt` of the report that was drawn. */
  readonly createdAt: string;
  /** From the start of the run to the drawn results. */
  readonly milliseconds: number;
}

export interface FinishedRun {
  readonly specification: string;
  readonly result: ConversionResult;
  readonly milliseconds: number;
}

export interface SpikewiseApi {
  readonly onDidFinishRun: vscode.Event<FinishedRun>;
  /** Paths of the specifications that are being converted. */
  running(): string[];
  /** The last time that a panel drew the results of a run of this session. */
  lastPaint(): Paint | undefined;
  /** The report of the newest kept run of a specification. */
  reportFile(specification: vscode.Uri): Promise<vscode.Uri | undefined>;
  /** What the pages of a specification are told of its explanation and its sweep. */
  analyses(specification: vscode.Uri): readonly AnalysisMessage[];
  /** As if the panel had sent it. */
  sendFromPanel(specification: vscode.Uri, message: ToHost): Promise<void>;
  /** What is known of a model that is looked at. */
  modelOf(file: vscode.Uri): ModelState | undefined;
  /** Paths of the models whose layers a page has drawn. */
  paintedModels(): ReadonlySet<string>;
  /** As if the model's page had sent it. */
  sendFromModel(file: vscode.Uri, message: FromModelView): Promise<void>;
  outline(): readonly OutlineNode[];
  /** What the list of kept runs shows, and how. */
  keptRuns(): Promise<readonly RunsNode[]>;
  keptRunItem(node: RunsNode): vscode.TreeItem;
  /** Runs another worker from now on, such as one that dies; without an argument the real one again. */
  useWorker(file?: vscode.Uri): void;
}

export class TestRecords implements SpikewiseApi {
  readonly #finished = new vscode.EventEmitter<FinishedRun>();
  readonly onDidFinishRun = this.#finished.event;
  readonly #realWorker: vscode.Uri;
  /** Of finished runs, by their report's `createdAt`. */
  readonly #starts = new Map<string, Run>();
  #lastPaint: Paint | undefined;
  readonly #paintedModels = new Set<string>();

  constructor(private readonly context: Context) {
    this.#realWorker = context.runs.workerFile;
  }

  finished(run: Run, result: ConversionResult): void {
    if (result.outcome === 'done') {
      this.#starts.clear();
      this.#starts.set(result.report.createdAt, run);
    }
    this.#finished.fire({
      specification: run.specification.fsPath,
      result,
      milliseconds: performance.now() - run.startedAt,
    });
  }

  painted(createdAt: string): void {
    const run = this.#starts.get(createdAt);
    if (!run) return;
    this.#lastPaint = {
      specification: run.specification.fsPath,
      createdAt,
      milliseconds: performance.now() - run.startedAt,
    };
  }

  running(): string[] {
    return this.context.runs.running.map(({ specification }) => specification.fsPath);
  }

  lastPaint(): Paint | undefined {
    return this.#lastPaint;
  }

  reportFile(specification: vscode.Uri): Promise<vscode.Uri | undefined> {
    return this.context.keptRuns.latestOf(specification);
  }

  analyses(specification: vscode.Uri): readonly AnalysisMessage[] {
    return this.context.analyses.messages(specification);
  }

  async sendFromPanel(specification: vscode.Uri, message: ToHost): Promise<void> {
    const view = this.context.panels.of(specification);
    if (!view) throw new Error(`no panel of ${specification.fsPath}`);
    await view.receive(message);
  }

  modelPainted(file: vscode.Uri): void {
    this.#paintedModels.add(file.fsPath);
  }

  paintedModels(): ReadonlySet<string> {
    return this.#paintedModels;
  }

  modelOf(file: vscode.Uri): ModelState | undefined {
    return this.context.models.stateOf(file);
  }

  async sendFromModel(file: vscode.Uri, message: FromModelView): Promise<void> {
    const view = this.context.modelEditors.of(file);
    if (!view) throw new Error(`no view of ${file.fsPath}`);
    await view.receive(message);
  }

  outline(): readonly OutlineNode[] {
    return this.context.outline.getChildren();
  }

  keptRuns(): Promise<readonly RunsNode[]> {
    return this.context.runsView.getChildren();
  }

  keptRunItem(node: RunsNode): vscode.TreeItem {
    return this.context.runsView.getTreeItem(node);
  }

  useWorker(file: vscode.Uri = this.#realWorker): void {
    this.context.runs.workerFile = file;
  }

  dispose(): void {
    this.#finished.dispose();
  }
}
