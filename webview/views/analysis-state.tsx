/** What stands above an explanation, a sweep or a retraining: how far it is, or how it ended. */
import type { AnalysisName, AnalysisRequest } from '../../src/protocol/analyses.ts';
import { post } from '../host.ts';
import { SeverityIcon } from '../icons.tsx';
import { analysisWords } from '../model/analyses-state.ts';
import { analyses } from '../state.ts';
import { Link } from '../ui/link.tsx';
import { Running } from './running.tsx';

export function ask(request: AnalysisRequest): void {
  post({ type: 'analysis', request });
}

export function isRunning(name: AnalysisName): boolean {
  return analyses.value[name].state?.kind === 'running';
}

const titles: Readonly<Record<AnalysisName, string>> = {
  explain: 'Explaining',
  sweep: 'Sweeping',
  calibrate: 'Calibrating',
  finetune: 'Retraining',
};

const cancelTitles: Readonly<Record<AnalysisName, string>> = {
  explain: 'Cancel the explanation',
  sweep: 'Cancel the sweep',
  calibrate: 'Cancel the calibration',
  finetune: 'Cancel the retraining',
};

export function AnalysisStateView({ name }: { readonly name: AnalysisName }) {
  const { state } = analyses.value[name];
  return (
    <>
      <div role="status" class="for-screen-readers">
        {analysisWords(name, state)}
      </div>
      {state?.kind === 'running' && (
        <Running
          title={titles[name]}
          progress={state.progress}
          cancelTitle={cancelTitles[name]}
          onCancel={() => {
            ask({ type: 'cancel', name });
          }}
        />
      )}
      {state?.kind === 'failed' && (
        <div class="notice notice-error">
          <SeverityIcon severity="error" />
          <p>{state.message}</p>
        </div>
      )}
      {state?.kind === 'cancelled' && (
        <div class="notice">
          <SeverityIcon severity="info" />
          <p>{analysisWords(name, state)}</p>
        </div>
      )}
    </>
  );
}

/** Where what is shown is not of the run as it is now. */
export function Earlier({ words }: { readonly words: string }) {
  return (
    <div class="notice">
      <SeverityIcon severity="info" />
      <p>{words}</p>
    </div>
  );
}

export function PageLink({ name, children }: { readonly name: AnalysisName; readonly children: string }) {
  return (
    <Link
      title={children}
      onClick={() => {
        ask({ type: 'openPage', name });
      }}
    >
      {children}
    </Link>
  );
}
