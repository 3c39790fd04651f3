/** What stands above an explanation or a sweep: how far it is, or how it ended. */
import type { AnalysisName, AnalysisRequest } from '../../src/protocol/analyses.ts';
import type { Progress } from '../../src/protocol/worker.ts';
import { post } from '../host.ts';
import { SeverityIcon } from '../icons.tsx';
import { analysisWords } from '../model/analyses-state.ts';
import { analyses } from '../state.ts';
import { Button } from '../ui/button.tsx';
import { Link } from '../ui/link.tsx';

export function ask(request: AnalysisRequest): void {
  post({ type: 'analysis', request });
}

export function isRunning(name: AnalysisName): boolean {
  return analyses.value[name].state?.kind === 'running';
}

const titles: Readonly<Record<AnalysisName, string>> = { explain: 'Explaining', sweep: 'Sweeping' };

export function AnalysisStateView({ name }: { readonly name: AnalysisName }) {
  const { state } = analyses.value[name];
  return (
    <>
      <div role="status" class="for-screen-readers">
        {analysisWords(name, state)}
      </div>
      {state?.kind === 'running' && <Running name={name} progress={state.progress} />}
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

function Running({ name, progress }: { readonly name: AnalysisName; readonly progress: Progress }) {
  const percent = Math.round(100 * Math.min(1, Math.max(0, progress.fraction)));
  return (
    <div class="running">
      <div
        class="progress-bar"
        role="progressbar"
        aria-label={titles[name]}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={progress.message}
      >
        <div style={{ width: `${percent}%` }} />
      </div>
      <div class="running-line">
        <p>
          <strong>{titles[name]}</strong>
          <span class="progress-message">{progress.message}</span>
        </p>
        <Button
          title={name === 'explain' ? 'Cancel the explanation' : 'Cancel the sweep'}
          onClick={() => {
            ask({ type: 'cancel', name });
          }}
        >
          Cancel
        </Button>
      </div>
    </div>
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
