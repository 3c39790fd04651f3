import { post } from '../host.ts';
import { stageTitle } from '../model/progress.ts';
import { view } from '../state.ts';
import type { Progress } from '../../src/protocol/worker.ts';
import { SeverityIcon } from '../icons.tsx';
import { Button } from '../ui/button.tsx';

/** Of the run going on, or of how it ended where that is not by results. */
export function RunState() {
  const { run, report } = view.value;
  switch (run.kind) {
    case 'none':
    case 'done':
      return null;
    case 'running':
      return <Running file={run.file} progress={run.progress} />;
    case 'failed':
      return (
        <div class="notice notice-error">
          <SeverityIcon severity="error" />
          <p>
            <strong>The run failed.</strong> {run.message}
          </p>
          {report === null && <RunAgain />}
        </div>
      );
    case 'cancelled':
      return (
        <div class="notice">
          <SeverityIcon severity="info" />
          <p>
            <strong>The run was cancelled.</strong>{' '}
            {report === null ? 'There are no results.' : 'The results below are of the earlier run.'}
          </p>
          {report === null && <RunAgain />}
        </div>
      );
  }
}

function RunAgain() {
  return (
    <Button
      onClick={() => {
        post({ type: 'runAgain' });
      }}
    >
      Run again
    </Button>
  );
}

function Running({ file, progress }: { readonly file: string; readonly progress: Progress }) {
  const percent = Math.round(100 * Math.min(1, Math.max(0, progress.fraction)));
  return (
    <div class="running">
      <div
        class="progress-bar"
        role="progressbar"
        aria-label={stageTitle(progress)}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={percent}
        aria-valuetext={progress.message}
      >
        <div style={{ width: `${percent}%` }} />
      </div>
      <div class="running-line">
        <p title={file}>
          <strong>{stageTitle(progress)}</strong>
          <span class="progress-message">{progress.message}</span>
        </p>
        <Button
          onClick={() => {
            post({ type: 'cancel' });
          }}
        >
          Cancel
        </Button>
      </div>
    </div>
  );
}
