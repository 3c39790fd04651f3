/** Runs a conversion in a worker thread; used by the extension host and the command line alike. */
import type { Report } from '../core/report/types.ts';
import type { ConvertRequest, Failure, Files, Progress, WorkerMessage } from '../protocol/worker.ts';
import { startWorker } from './worker-client.ts';

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

/** For reading a model and its data, without a word of the worker. What is computed from them may take longer. In milliseconds. */
const longestReading = 120_000;

/**
 * @param workerFile the built worker, `dist/worker.mjs`
 */
export function startConversion(
  workerFile: URL,
  request: ConvertRequest,
  onProgress: (progress: Progress) => void,
  silence = longestReading,
): RunningConversion {
  let settle!: (result: ConversionResult) => void;
  const result = new Promise<ConversionResult>((resolve) => {
    settle = resolve;
  });
  const end = startWorker<WorkerMessage>(
    workerFile,
    { role: 'convert', request },
    {
      onMessage: (message) => {
        if (message.type === 'progress') onProgress(message.progress);
        else if (message.type === 'done') {
          settle({ outcome: 'done', report: message.report, files: message.files });
        } else settle({ outcome: 'failed', failure: message.failure });
      },
      onFailure: (failure) => {
        settle({ outcome: 'failed', failure });
      },
    },
    {
      longest: silence,
      file: request.file,
      words: (seconds) =>
        `was not read within ${seconds} s, so it is no longer read; it or its data are damaged, or too large`,
      until: (message) => message.type !== 'progress' || message.progress.stage !== 'read',
    },
  );
  return {
    result,
    cancel: () => {
      settle({ outcome: 'cancelled' });
      end();
    },
  };
}
