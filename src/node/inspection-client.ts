/** A look at a model in a worker thread; used by the extension host and the command line alike. */
import { Worker } from 'node:worker_threads';
import { withWeights } from '../core/inspect/summary.ts';
import type { ModelSummary, WeightsCounted } from '../core/inspect/types.ts';
import { noFiles, type Failure, type InspectMessage, type InspectRequest } from '../protocol/worker.ts';

export type InspectionResult =
  | { readonly outcome: 'done'; readonly summary: ModelSummary }
  | { readonly outcome: 'failed'; readonly failure: Failure }
  | { readonly outcome: 'cancelled' };

export interface RunningInspection {
  /** Never rejects: a worker that dies or takes too long is an outcome of its own ('failed'). */
  readonly result: Promise<InspectionResult>;
  /** Ends the worker thread at once. */
  cancel(): void;
}

export interface InspectionEvents {
  /** The layers are known; of their weights nothing yet. */
  readonly onLayers?: (summary: ModelSummary) => void;
  readonly onWeights?: (counted: WeightsCounted) => void;
}

/** Without a word of the worker; the layers, and then each tensor, have as long. In milliseconds. */
const longestSilence = 30_000;

/**
 * @param workerFile the built worker, `dist/worker.mjs`
 */
export function startInspection(
  workerFile: URL,
  request: InspectRequest,
  { onLayers, onWeights }: InspectionEvents = {},
  silence = longestSilence,
): RunningInspection {
  // The editor passes flags to its own process that a worker must not inherit.
  const worker = new Worker(workerFile, { workerData: { role: 'inspect', request }, execArgv: [] });
  let summary: ModelSummary | null = null;
  let settle!: (result: InspectionResult) => void;
  const result = new Promise<InspectionResult>((resolve) => {
    settle = resolve;
  });
  const end = (ended: InspectionResult): void => {
    clearTimeout(timer);
    settle(ended);
    void worker.terminate();
  };
  const tooLong = (): void => {
    const words = `was not read within ${silence / 1000} s, so it is no longer read; it is damaged, or too large for a look`;
    end(failed(request.file, 2, `${request.file}: ${words}`));
  };
  let timer = setTimeout(tooLong, silence);
  worker.on('message', (message: InspectMessage) => {
    clearTimeout(timer);
    timer = setTimeout(tooLong, silence);
    switch (message.type) {
      case 'layers':
        summary = message.summary;
        onLayers?.(summary);
        return;
      case 'weights':
        summary = summary && withWeights(summary, message.counted);
        onWeights?.(message.counted);
        return;
      case 'end':
        if (summary) end({ outcome: 'done', summary });
        return;
      case 'failed':
        end({ outcome: 'failed', failure: message.failure });
    }
  });
  const died = (why: string): void => {
    end(failed(null, 3, `The worker thread ended unexpectedly (${why}).`));
  };
  worker.on('error', (error) => {
    died(error.message);
  });
  worker.on('exit', (code) => {
    died(`exit code ${code}`);
  });
  return {
    result,
    cancel: () => {
      end({ outcome: 'cancelled' });
    },
  };
}

function failed(file: string | null, exitCode: 2 | 3, message: string): InspectionResult {
  const files = { ...noFiles, model: file };
  return { outcome: 'failed', failure: { exitCode, message, file, findings: [], files, report: null } };
}
