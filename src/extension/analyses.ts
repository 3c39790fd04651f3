/**
 * Explanations, sweeps, calibrations and retrainings: at most one of each under way for a specification, and the last
 * of each for its pages.
 */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as vscode from 'vscode';
import type { Finetuning, Unfinished } from '../core/finetune/types.ts';
import type { Fix } from '../core/findings/types.ts';
import { neuronsFix } from '../core/sweep/neurons.ts';
import type { NeuronsPerGate } from '../core/sweep/types.ts';
import type { AnalysisMessage, AnalysisName, AnalysisState } from '../protocol/analyses.ts';
import type { Progress } from '../protocol/worker.ts';
import { begin, resultOf, type AnalysisOrder, type AnalysisResult, type Computed } from './analysis-tasks.ts';
import type { AnalysisStore } from './analysis-store.ts';
import { shortened } from './conversion.ts';
import type { Runs } from './runs.ts';

/** What a result was made from; the specification may change, and run, after that. */
interface Basis {
  /** Text of the specification. */
  readonly text: string;
  /** As of performance.now(). */
  readonly startedAt: number;
  changed: boolean;
  ranSince: boolean;
}

interface Analysis {
  readonly name: AnalysisName;
  readonly specification: vscode.Uri;
  state: AnalysisState;
  /** What runs now. */
  task: { readonly basis: Basis; readonly cancel: () => void; readonly stop: Int32Array } | null;
  shown: { readonly result: Computed; readonly basis: Basis } | null;
}

export interface AnalysisChange {
  readonly specification: vscode.Uri;
  readonly message: AnalysisMessage;
}

const names: readonly AnalysisName[] = ['explain', 'sweep', 'calibrate', 'finetune'];

const starting = (): AnalysisState => ({
  kind: 'running',
  progress: { stage: 'read', fraction: 0, message: vscode.l10n.t('Starting') },
});

export class Analyses {
  readonly #all = new Map<string, Analysis>();
  /** Of retrainings, by their specification. */
  readonly #unfinished = new Map<string, Unfinished>();
  readonly #watchers = new Map<string, vscode.Disposable>();
  readonly #changed = new vscode.EventEmitter<AnalysisChange>();
  readonly onDidChange = this.#changed.event;
  readonly #subscription: vscode.Disposable;

  /** Specifications whose results have been looked for in the store. */
  readonly #restored = new Set<string>();

  /** @param onFault told why a result could not be stored */
  constructor(
    private readonly runs: Runs,
    private readonly store: AnalysisStore,
    private readonly onFault: (error: unknown) => void,
  ) {
    this.#subscription = runs.onDidChange(({ specification, startedAt }) => {
      this.#outdate(specification, (basis) => {
        basis.ranSince ||= startedAt > basis.startedAt;
      });
    });
  }

  get running() {
    return [...this.#all.values()].flatMap(({ name, specification, state }) =>
      state.kind === 'running' ? [{ name, specification, progress: state.progress }] : [],
    );
  }

  /** Everything that a page of the specification is to know. */
  messages(specification: vscode.Uri): AnalysisMessage[] {
    const told = this.#of(specification).flatMap((analysis) => [
      ...(analysis.shown ? [analysis.shown.result] : []),
      stateMessage(analysis),
    ]);
    const unfinished = this.unfinishedOf(specification);
    return unfinished ? [...told, { type: 'unfinished', unfinished }] : told;
  }

  /** Brings back what the window showed before it was loaded again; pages are told. */
  async restore(specification: vscode.Uri): Promise<void> {
    const key = specification.toString();
    if (this.#restored.has(key)) return;
    this.#restored.add(key);
    const now = await readFile(specification.fsPath, 'utf8').catch(() => '');
    for (const name of names) {
      const stored = await this.store.read(name, specification);
      // One that has been started meanwhile is newer.
      if (stored === null || this.#all.has(keyOf(name, specification))) continue;
      const { result, text, ranSince } = stored;
      const analysis = this.#adopt(name, specification);
      // Every run of this window began after it.
      analysis.shown = { result, basis: { text, startedAt: 0, changed: text !== now, ranSince } };
      this.#tell(analysis, result);
      this.#state(analysis, { kind: 'done' });
    }
  }

  /** Starts one; an earlier one of the same kind is cancelled. */
  async start(order: AnalysisOrder, specification: vscode.Uri): Promise<AnalysisResult> {
    const { name } = order;
    const text = await readFile(specification.fsPath, 'utf8').catch(() => '');
    this.cancel(specification, name);
    const basis: Basis = { text, startedAt: performance.now(), changed: false, ranSince: false };
    const analysis = this.#adopt(name, specification);
    const show = (result: Computed) => {
      analysis.shown = { result, basis };
      this.#tell(analysis, result);
    };
    const onProgress = (progress: Progress) => {
      if (analysis.task === task) this.#state(analysis, { kind: 'running', progress });
    };
    const worker = pathToFileURL(this.runs.workerFile.fsPath);
    const stop = new Int32Array(new SharedArrayBuffer(4));
    const run = begin(order, worker, specification.fsPath, stop.buffer, {
      onProgress,
      onPartial: (result) => {
        if (analysis.task === task) show(result);
      },
    });
    const task = {
      basis,
      stop,
      cancel: () => {
        run.cancel();
      },
    };
    analysis.task = task;
    this.#state(analysis, starting());
    const result = await run.result;
    // Another has been started meanwhile.
    if (analysis.task !== task) return result;
    analysis.task = null;
    if (result.outcome === 'done') {
      show(resultOf(result));
      this.#keep(analysis);
    }
    this.#state(analysis, stateOf(result));
    return result;
  }

  /** Has a retraining end where it is, and write its best epoch. */
  stop(specification: vscode.Uri): void {
    const { task } = this.#all.get(keyOf('finetune', specification)) ?? {};
    if (task) Atomics.store(task.stop, 0, 1);
  }

  /** The retraining that the pages show, once it has written something. */
  retrainingOf(specification: vscode.Uri): Finetuning | null {
    const result = this.#all.get(keyOf('finetune', specification))?.shown?.result;
    return result?.type === 'finetune' && 'written' in result.retraining ? result.retraining : null;
  }

  unfinishedOf(specification: vscode.Uri): Unfinished | null {
    return this.#unfinished.get(specification.toString()) ?? null;
  }

  /** @param unfinished null: it has been taken or deleted */
  setUnfinished(specification: vscode.Uri, unfinished: Unfinished | null): void {
    if (unfinished) this.#unfinished.set(specification.toString(), unfinished);
    else this.#unfinished.delete(specification.toString());
    this.#changed.fire({ specification, message: { type: 'unfinished', unfinished } });
  }

  /** @param name every kind where left out */
  cancel(specification: vscode.Uri, name?: AnalysisName): void {
    for (const analysis of this.#of(specification)) {
      if (name === undefined || analysis.name === name) analysis.task?.cancel();
    }
  }

  /** Of a cause of the explanation that the pages show. */
  causeFix(specification: vscode.Uri, index: number): Fix | null {
    const result = this.#all.get(keyOf('explain', specification))?.shown?.result;
    return result?.type === 'explanation' ? (result.explanation.causes[index]?.fix ?? null) : null;
  }

  /** Of the sweep that the pages show. */
  sweepFix(specification: vscode.Uri): Fix | null {
    const result = this.#all.get(keyOf('sweep', specification))?.shown?.result;
    return result?.type === 'sweep' ? result.sweep.fix : null;
  }

  /** Of the calibration that the pages show. */
  calibrationFix(specification: vscode.Uri): Fix | null {
    const result = this.#all.get(keyOf('calibrate', specification))?.shown?.result;
    return result?.type === 'calibration' ? result.calibration.fix : null;
  }

  /** Of a number of neurons that the sweep compares. */
  neuronsFix(specification: vscode.Uri, neuronsPerGate: NeuronsPerGate): Fix | null {
    const result = this.#all.get(keyOf('sweep', specification))?.shown?.result;
    return result?.type === 'sweep' ? neuronsFix(result.sweep, neuronsPerGate) : null;
  }

  dispose(): void {
    for (const { task } of this.#all.values()) task?.cancel();
    for (const watcher of this.#watchers.values()) watcher.dispose();
    this.#subscription.dispose();
    this.#changed.dispose();
  }

  #of(specification: vscode.Uri): Analysis[] {
    return names.flatMap((name) => this.#all.get(keyOf(name, specification)) ?? []);
  }

  #adopt(name: AnalysisName, specification: vscode.Uri): Analysis {
    const key = keyOf(name, specification);
    const known = this.#all.get(key);
    if (known) return known;
    const analysis: Analysis = { name, specification, state: starting(), task: null, shown: null };
    this.#all.set(key, analysis);
    this.#watch(specification);
    return analysis;
  }

  #state(analysis: Analysis, state: AnalysisState): void {
    analysis.state = state;
    this.#tell(analysis, stateMessage(analysis));
  }

  #tell({ specification }: Analysis, message: AnalysisMessage): void {
    this.#changed.fire({ specification, message });
  }

  /** Pages are told where what they show has become one of an earlier run, or no longer is. */
  #outdate(specification: vscode.Uri, update: (basis: Basis) => void): void {
    for (const analysis of this.#of(specification)) {
      const before = isEarlier(analysis);
      const ranBefore = analysis.shown?.basis.ranSince;
      for (const held of [analysis.task, analysis.shown]) if (held) update(held.basis);
      if (isEarlier(analysis) !== before) this.#tell(analysis, stateMessage(analysis));
      if (analysis.shown?.basis.ranSince !== ranBefore) this.#keep(analysis);
    }
  }

  /** Only what has ended is kept. */
  #keep({ name, specification, shown, task }: Analysis): void {
    if (shown === null || task !== null) return;
    const { text, ranSince } = shown.basis;
    this.store.write(name, specification, { result: shown.result, text, ranSince }).catch(this.onFault);
  }

  #watch(specification: vscode.Uri): void {
    const key = specification.toString();
    if (this.#watchers.has(key)) return;
    const watcher = vscode.workspace.createFileSystemWatcher(
      new vscode.RelativePattern(
        vscode.Uri.joinPath(specification, '..'),
        path.posix.basename(specification.path),
      ),
    );
    const compare = async () => {
      const text = await readFile(specification.fsPath, 'utf8').catch(() => '');
      this.#outdate(specification, (basis) => {
        basis.changed = text !== basis.text;
      });
    };
    watcher.onDidChange(compare);
    watcher.onDidCreate(compare);
    this.#watchers.set(key, watcher);
  }
}

function keyOf(name: AnalysisName, specification: vscode.Uri): string {
  return `${name} ${specification.toString()}`;
}

function isEarlier({ shown }: Analysis): boolean {
  return shown !== null && (shown.basis.changed || shown.basis.ranSince);
}

function stateMessage(analysis: Analysis): AnalysisMessage {
  const { name, state } = analysis;
  return { type: 'state', name, state, earlier: isEarlier(analysis) };
}

function stateOf(result: AnalysisResult): AnalysisState {
  if (result.outcome !== 'failed') return { kind: result.outcome };
  return { kind: 'failed', message: shortened(result.failure).message };
}
