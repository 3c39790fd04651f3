/** Every message between the extension host and the results panel. */
import type { Finding } from '../core/findings/types.ts';
import type { RunSubject, RunTab } from '../core/report/document.ts';
import type { Report } from '../core/report/types.ts';
import type { AnalysisMessage, AnalysisName, AnalysisRequest } from './analyses.ts';
import type { DetailMessage, DetailQuestion } from './detail.ts';
import type { Progress } from './worker.ts';

export type ToWebview =
  /** A run has started: earlier results stay visible, with the progress above. */
  | { readonly type: 'running'; readonly file: string; readonly progress: Progress }
  /** `uri`: where the report is stored; kept as {@link PanelState.report}. */
  | { readonly type: 'report'; readonly report: Report; readonly uri?: string }
  /**
   * The run ended without a result; earlier results stay. `report`: how far it got, where it listed the layers;
   * shown, as nothing but that list, where there are no earlier results.
   */
  | {
      readonly type: 'failed';
      readonly message: string;
      readonly findings: readonly Finding[];
      readonly report?: Report;
    }
  | { readonly type: 'cancelled' }
  /** Show this of the results, from the run's text. Comes after the report that it is of. */
  | ({ readonly type: 'select' } & PanelTarget)
  /** On a question about single neurons. */
  | { readonly type: 'detail'; readonly message: DetailMessage }
  /** On what is computed beside the run. */
  | { readonly type: 'analysis'; readonly message: AnalysisMessage };

/** A place in the panel. */
export interface PanelTarget {
  readonly tab: RunTab | AnalysisName;
  /** Null: the tab as it is. */
  readonly about: RunSubject | null;
}

export type ToHost =
  /** The script has loaded and listens. */
  | { readonly type: 'ready' }
  /** Results have been drawn: the end of "from the command to a painted panel". */
  | { readonly type: 'painted'; readonly createdAt: string }
  | { readonly type: 'cancel' }
  | { readonly type: 'runAgain' }
  /**
   * Show where a finding points, in the text editor. `index` into the shown findings: those of the latest
   * `report` or `failed` message; `running` and `cancelled` leave them as they are.
   */
  | { readonly type: 'reveal'; readonly index: number }
  /** Apply fix `fix` of finding `index` to the specification and run again. */
  | { readonly type: 'applyFix'; readonly index: number; readonly fix: number }
  | { readonly type: 'openPage'; readonly index: number }
  /** About single neurons of the shown run; `id` comes back with the answer. */
  | { readonly type: 'detail'; readonly id: number; readonly question: DetailQuestion }
  | { readonly type: 'analysis'; readonly request: AnalysisRequest }
  /** Show the run as text, at the line of what this is; null: at its start. */
  | { readonly type: 'openRunText'; readonly about: RunSubject | null }
  /** Save an exported chart or table, through the editor's save dialog. */
  | { readonly type: 'save'; readonly name: string; readonly content: string | Uint8Array };

/**
 * Kept by the webview's setState, read by the panel serializer after a window reload. The panel keeps
 * what is selected beside it; `report` is missing until a `report` message has named a `uri`.
 */
export interface PanelState {
  /** URI of the stored report. */
  readonly report: string;
}
