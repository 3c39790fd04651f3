import { post } from '../host.ts';
import { stageTitle } from '../model/progress.ts';
import { view } from '../state.ts';
import { SeverityIcon } from '../icons.tsx';
import { Button } from '../ui/button.tsx';
import { Running } from './running.tsx';

/** Of the run going on, or of how it ended where that is not by results. */
export function RunState() {
  const { run, report } = view.value;
  switch (run.kind) {
    case 'none':
    case 'done':
      return null;
    case 'running':
      return (
        <Running
          title={stageTitle(run.progress)}
          hint={run.file}
          progress={run.progress}
          onCancel={() => {
            post({ type: 'cancel' });
          }}
        />
      );
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
