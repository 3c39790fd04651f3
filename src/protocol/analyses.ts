/**
 * What is computed of a specification beside its run, an explanation, a sweep and a retraining, between host and
 * results panel.
 */
import type { Explanation } from '../core/attribute/types.ts';
import type { Calibration } from '../core/calibrate/types.ts';
import type { FinetuneOptions, FinetuneProgress, Finetuning, Unfinished } from '../core/finetune/types.ts';
import type { NeuronsPerGate, Sweep } from '../core/sweep/types.ts';
import type { Progress, SweepRequest } from './worker.ts';

export type AnalysisName = 'explain' | 'sweep' | 'calibrate' | 'finetune';

/** What is to be swept; what is left out is as usual. */
export type SweepChoice = Pick<SweepRequest, 'timesteps' | 'codings' | 'arithmetics' | 'neuronsPerGate'>;

/** How a model is to be retrained. */
export interface FinetuneChoice {
  readonly options: FinetuneOptions;
  /** Absolute path of the folder of the new model. */
  readonly out: string;
}

/** How far it is, or how it ended. What was found before stays in sight. */
export type AnalysisState =
  | { readonly kind: 'running'; readonly progress: Progress }
  | { readonly kind: 'done' }
  | { readonly kind: 'cancelled' }
  | { readonly kind: 'failed'; readonly message: string };

/** A result comes before the state that tells of its end. */
export type AnalysisMessage =
  | {
      readonly type: 'state';
      readonly name: AnalysisName;
      readonly state: AnalysisState;
      /** What is shown is of an earlier run: the specification has changed since, or has run again. */
      readonly earlier: boolean;
    }
  | { readonly type: 'explanation'; readonly explanation: Explanation }
  /** Also while it runs: then it is not complete. */
  | { readonly type: 'sweep'; readonly sweep: Sweep }
  | { readonly type: 'calibration'; readonly calibration: Calibration }
  /** Also while it trains: then nothing is written yet. */
  | { readonly type: 'finetune'; readonly retraining: FinetuneProgress | Finetuning }
  /** Of a retraining that was interrupted, until somebody has said what becomes of it. */
  | { readonly type: 'unfinished'; readonly unfinished: Unfinished | null };

export type AnalysisRequest =
  | { readonly type: 'startExplain' }
  | { readonly type: 'startSweep'; readonly choice: SweepChoice }
  | { readonly type: 'cancel'; readonly name: AnalysisName }
  /** The page that says what it means. */
  | { readonly type: 'openPage'; readonly name: AnalysisName }
  /** Apply the fix of cause `index` of the shown explanation to the specification and run again. */
  | { readonly type: 'applyCause'; readonly index: number }
  /** The same with the fix of the shown sweep. */
  | { readonly type: 'applySweep' }
  /** The same with one of the numbers of neurons that the shown sweep compares. */
  | { readonly type: 'applyNeurons'; readonly neuronsPerGate: NeuronsPerGate }
  | { readonly type: 'startCalibrate' }
  /** Apply all that the shown calibration kept, and run again. */
  | { readonly type: 'applyCalibration' }
  /** The host asks how. */
  | { readonly type: 'startFinetune' }
  /** End training here and write its best epoch. */
  | { readonly type: 'stopFinetune' }
  /** Of the shown retraining: run the new model, or both it and the old one. */
  | { readonly type: 'convertRetrained' | 'compareRetrained' }
  /** What becomes of an interrupted one. */
  | { readonly type: 'useUnfinished' | 'discardUnfinished' };
