/** What the panel shows, as a function of the messages so far. */
import type { Finding } from '../../src/core/findings/types.ts';
import type { Report } from '../../src/core/report/types.ts';
import type { ToWebview } from '../../src/protocol/webview.ts';
import type { Progress } from '../../src/protocol/worker.ts';

export type Run =
  /** Nothing has been heard yet. */
  | { readonly kind: 'none' }
  | { readonly kind: 'running'; readonly file: string; readonly progress: Progress }
  | { readonly kind: 'done' }
  | { readonly kind: 'failed'; readonly message: string }
  | { readonly kind: 'cancelled' };

export interface ViewState {
  readonly run: Run;
  readonly report: Report | null;
  /** False where the report only lists the layers of a model that could not be converted. */
  readonly measured: boolean;
  /** Of the latest `report` or `failed` message: their indices are what the host is told. */
  readonly findings: readonly Finding[];
}

export const initialView: ViewState = { run: { kind: 'none' }, report: null, measured: false, findings: [] };

export function receive(view: ViewState, message: ToWebview): ViewState {
  switch (message.type) {
    case 'running':
      return { ...view, run: { kind: 'running', file: message.file, progress: message.progress } };
    case 'report':
      return {
        run: { kind: 'done' },
        report: message.report,
        measured: true,
        findings: message.report.findings,
      };
    case 'failed': {
      // Results of an earlier run say more than a bare list of layers.
      const keep = view.measured || message.report === undefined;
      return {
        run: { kind: 'failed', message: message.message },
        report: keep ? view.report : message.report,
        measured: view.measured,
        findings: message.findings,
      };
    }
    case 'cancelled':
      return { ...view, run: { kind: 'cancelled' } };
    case 'select':
    case 'detail':
    case 'analysis':
      return view;
  }
}

/** The results shown are of a run before the one that the panel tells of. */
export function isEarlier(view: ViewState): boolean {
  return view.measured && view.run.kind !== 'done' && view.run.kind !== 'none';
}
