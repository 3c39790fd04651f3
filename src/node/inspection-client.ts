/** A look at a model in a worker thread; used by the extension host and the command line alike. */
import type { LayerOffer } from '../core/formats/weights/layer-choices.ts';
import { withWeights } from '../core/inspect/summary.ts';
import type { ModelSummary, WeightsCounted } from '../core/inspect/types.ts';
import type { Failure, InspectMessage, InspectRequest } from '../protocol/worker.ts';
import { startWorker } from './worker-client.ts';

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
  /** Of a file of weights alone: what may be chosen. Comes first, also where the model cannot be read without it. */
  readonly onOffer?: (offer: LayerOffer) => void;
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
  { onOffer, onLayers, onWeights }: InspectionEvents = {},
  silence = longestSilence,
): RunningInspection {
  let summary: ModelSummary | null = null;
  let settle!: (result: InspectionResult) => void;
  const result = new Promise<InspectionResult>((resolve) => {
    settle = resolve;
  });
  const finish = (ended: InspectionResult): void => {
    settle(ended);
    end();
  };
  const end = startWorker<InspectMessage>(
    workerFile,
    { role: 'inspect', request },
    {
      onMessage: (message) => {
        switch (message.type) {
          case 'offer':
            onOffer?.(message.offer);
            return;
          case 'layers':
            summary = message.summary;
            onLayers?.(summary);
            return;
          case 'weights':
            summary = summary && withWeights(summary, message.counted);
            onWeights?.(message.counted);
            return;
          case 'end':
            if (summary) finish({ outcome: 'done', summary });
            return;
          case 'failed':
            finish({ outcome: 'failed', failure: message.failure });
        }
      },
      onFailure: (failure) => {
        settle({ outcome: 'failed', failure });
      },
    },
    {
      longest: silence,
      file: request.file,
      words: (seconds) =>
        `was not read within ${seconds} s, so it is no longer read; it is damaged, or too large for a look`,
    },
  );
  return {
    result,
    cancel: () => {
      finish({ outcome: 'cancelled' });
    },
  };
}
