/** Every message between the extension host and the results panel. */
import type { Finding } from '../core/findings/types.ts';
import type { Report } from '../core/report/types.ts';
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
  | { readonly type: 'cancelled' };

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
