/** Runs a conversion in a worker thread; used by the extension host and the command line alike. */
import { Worker } from 'node:worker_threads';
import type { Report } from '../core/report/types.ts';
import {
  noFiles,
  type ConvertRequest,
  type Failure,
  type Files,
  type Progress,
  type WorkerMessage,
} from '../protocol/worker.ts';

export type ConversionResult =
  | { readonly outcome: 'done'; readonly report: Report; readonly files: Files }
  | { readonly outcome: 'failed'; readonly failure: Failure }
  | { readonly outcome: 'cancelled' };

export interface RunningConversion {
  /** Never rejects: a worker that dies is an outcome of its own ('failed', exit code 3). */
  readonly result: Promise<ConversionResult>;
  /** Ends the worker thread at once, whatever it is doing. Files are written whole at the very end, so none is left half-written. */
  cancel(): void;
}

/**
 * @param workerFile the built worker, `dist/worker.mjs`
 */
export function startConversion(
  workerFile: URL,
  request: ConvertRequest,
  onProgress: (progress: Progress) => void,
): RunningConversion {
  // The editor passes flags to its own process that a worker must not inherit.
  const worker = new Worker(workerFile, { workerData: { role: 'convert', request }, execArgv: [] });
  let settle!: (result: ConversionResult) => void;
  const result = new Promise<ConversionResult>((resolve) => {
    settle = resolve;
    const died = (why: string): void => {
      resolve({
        outcome: 'failed',
        failure: {
          exitCode: 3,
          message: `The worker thread ended unexpectedly (${why}). Running again starts a new one.`,
          file: null,
          findings: [],
          files: noFiles,
          report: null,
        },
      });
    };
    worker.on('message', (message: WorkerMessage) => {
      if (message.type === 'progress') onProgress(message.progress);
      else if (message.type === 'done') {
        resolve({ outcome: 'done', report: message.report, files: message.files });
      } else resolve({ outcome: 'failed', failure: message.failure });
    });
    worker.on('error', (error) => {
      died(error.message);
    });
    worker.on('exit', (code) => {
      died(`exit code ${code}`);
    });
  });
  return {
    result,
    cancel: () => {
      settle({ outcome: 'cancelled' });
      void worker.terminate();
    },
  };
}
