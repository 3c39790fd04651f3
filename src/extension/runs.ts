/** Conversions under way: at most one for a specification. */
import { pathToFileURL } from 'node:url';
import * as vscode from 'vscode';
import { startConversion, type ConversionResult, type RunningConversion } from '../node/conversion-client.ts';
import type { ConvertRequest, KeepRequest, Progress } from '../protocol/worker.ts';

export interface Run {
  readonly specification: vscode.Uri;
  /** As of performance.now(). */
  readonly startedAt: number;
  readonly progress: Progress;
  readonly result: Promise<ConversionResult>;
  /** Cancelled because the same specification runs again: its end is of no interest. */
  readonly superseded: boolean;
}

class ActiveRun implements Run {
  progress: Progress = { stage: 'read', fraction: 0, message: vscode.l10n.t('Starting') };
  superseded = false;
  readonly startedAt = performance.now();
  readonly #conversion: RunningConversion;

  constructor(
    readonly specification: vscode.Uri,
    workerFile: vscode.Uri,
    keep: KeepRequest,
    onProgress: () => void,
  ) {
    const request: ConvertRequest = {
      file: specification.fsPath,
      overrides: {},
      purpose: 'convert',
      keep,
    };
    this.#conversion = startConversion(pathToFileURL(workerFile.fsPath), request, (progress) => {
      this.progress = progress;
      onProgress();
    });
  }

  get result(): Promise<ConversionResult> {
    return this.#conversion.result;
  }

  cancel(): void {
    this.#conversion.cancel();
  }
}

export class Runs {
  readonly #running = new Map<string, ActiveRun>();
  readonly #changed = new vscode.EventEmitter<Run>();
  /** A run started, got further, or ended. */
  readonly onDidChange = this.#changed.event;

  constructor(public workerFile: vscode.Uri) {}

  get running(): readonly Run[] {
    return [...this.#running.values()];
  }

  of(specification: vscode.Uri): Run | undefined {
    return this.#running.get(specification.toString());
  }

  /** Starts a run; an earlier one of the same specification is cancelled. */
  start(specification: vscode.Uri, keep: KeepRequest): Run {
    const key = specification.toString();
    const earlier = this.#running.get(key);
    if (earlier) {
      earlier.superseded = true;
      earlier.cancel();
    }
    const run = new ActiveRun(specification, this.workerFile, keep, () => {
      if (this.#running.get(key) === run) this.#changed.fire(run);
    });
    this.#running.set(key, run);
    this.#changed.fire(run);
    void run.result.then(() => {
      if (this.#running.get(key) !== run) return;
      this.#running.delete(key);
      this.#changed.fire(run);
    });
    return run;
  }

  cancel(specification: vscode.Uri): void {
    this.#running.get(specification.toString())?.cancel();
  }

  dispose(): void {
    for (const run of this.#running.values()) run.cancel();
    this.#changed.dispose();
  }
}
