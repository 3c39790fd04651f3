/** The worker's tasks behind explanations, sweeps and retrainings. */
import { startTask, type RunningTask, type TaskResult } from '../node/task-client.ts';
import type { AnalysisMessage, AnalysisName, FinetuneChoice, SweepChoice } from '../protocol/analyses.ts';
import type { Progress } from '../protocol/worker.ts';

/** What is to be computed. */
export type AnalysisOrder =
  | { readonly name: 'explain' }
  | { readonly name: 'calibrate' }
  | { readonly name: 'sweep'; readonly choice: SweepChoice }
  | { readonly name: 'finetune'; readonly choice: FinetuneChoice };

export type AnalysisResult = TaskResult<AnalysisName>;
/** What pages draw. */
export type Computed = Exclude<AnalysisMessage, { readonly type: 'state' | 'unfinished' }>;

interface AnalysisEvents {
  readonly onProgress: (progress: Progress) => void;
  readonly onPartial: (result: Computed) => void;
}

/** @param stop see FinetuneRequest */
export function begin(
  order: AnalysisOrder,
  worker: URL,
  file: string,
  stop: SharedArrayBuffer,
  { onProgress, onPartial }: AnalysisEvents,
): RunningTask<'explain'> | RunningTask<'sweep'> | RunningTask<'calibrate'> | RunningTask<'finetune'> {
  const request = { file, overrides: {} };
  switch (order.name) {
    case 'explain':
      return startTask(worker, { role: 'explain', request }, onProgress);
    case 'calibrate':
      // The fix is applied where the person wants it, in the editor.
      return startTask(worker, { role: 'calibrate', request: { ...request, write: false } }, onProgress);
    case 'sweep': {
      const { timesteps, codings, arithmetics, neuronsPerGate } = order.choice;
      const swept = {
        ...request,
        reuse: true,
        ...(timesteps && { timesteps }),
        ...(codings && { codings }),
        ...(arithmetics && { arithmetics }),
        ...(neuronsPerGate && { neuronsPerGate }),
      };
      return startTask(worker, { role: 'sweep', request: swept }, onProgress, {
        onPartial: (sweep) => {
          onPartial({ type: 'sweep', sweep });
        },
      });
    }
    case 'finetune':
      return startTask(
        worker,
        { role: 'finetune', request: { ...request, ...order.choice, stop } },
        onProgress,
        {
          onPartial: (retraining) => {
            onPartial({ type: 'finetune', retraining });
          },
        },
      );
  }
}

export function resultOf(result: Extract<AnalysisResult, { readonly outcome: 'done' }>): Computed {
  if ('sweep' in result) return { type: 'sweep', sweep: result.sweep };
  if ('calibration' in result) return { type: 'calibration', calibration: result.calibration };
  if ('finetuning' in result) return { type: 'finetune', retraining: result.finetuning };
  return { type: 'explanation', explanation: result.explanation };
}
