/** What is computed of a specification beside its run, an explanation and a sweep, between host and results panel. */
import type { Explanation } from '../core/attribute/types.ts';
import type { Sweep } from '../core/sweep/types.ts';
import type { Progress, SweepRequest } from './worker.ts';

export type AnalysisName = 'explain' | 'sweep';

/** What is to be swept; what is left out is as usual. */
export type SweepChoice = Pick<SweepRequest, 'timesteps' | 'codings' | 'arithmetics'>;

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
  | { readonly type: 'sweep'; readonly sweep: Sweep };

export type AnalysisRequest =
  | { readonly type: 'startExplain' }
  | { readonly type: 'startSweep'; readonly choice: SweepChoice }
  | { readonly type: 'cancel'; readonly name: AnalysisName }
  /** The page that says what it means. */
  | { readonly type: 'openPage'; readonly name: AnalysisName }
  /** Apply the fix of cause `index` of the shown explanation to the specification and run again. */
  | { readonly type: 'applyCause'; readonly index: number }
  /** The same with the fix of the shown sweep. */
  | { readonly type: 'applySweep' };
