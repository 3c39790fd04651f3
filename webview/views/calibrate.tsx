/** Settings of the spiking network alone, tried against the trained one: what was kept, and what it gives. */
import type { Calibration } from '../../src/core/calibrate/types.ts';
import { calibrationWords, errorWords, nothingKept } from '../../src/core/report/calibration-words.ts';
import { NumberTable } from '../charts/number-table.tsx';
import { changesNumbers, scoresNumbers } from '../model/calibration-tables.ts';
import { analyses, view } from '../state.ts';
import { Button } from '../ui/button.tsx';
import { Divider } from '../ui/divider.tsx';
import { AnalysisStateView, Earlier, PageLink, ask, isRunning } from './analysis-state.tsx';
import { TableBar } from './table-bar.tsx';

export function Calibrate() {
  const { calibration, calibrate } = analyses.value;
  return (
    <section class="view">
      <div class="controls">
        <Button
          appearance={calibration === null ? 'primary' : 'secondary'}
          disabled={isRunning('calibrate')}
          onClick={() => {
            ask({ type: 'startCalibrate' });
          }}
        >
          Start calibration
        </Button>
        <PageLink name="calibrate">How to read this</PageLink>
      </div>
      <AnalysisStateView name="calibrate" />
      {calibration === null ? (
        <p class="muted">
          Ranges of values and inputs, weight exponents and biases of the spiking network are tried, without
          training. What brings it nearer to the trained network is kept, on samples that it was not chosen
          on.
        </p>
      ) : (
        <>
          {calibrate.earlier && (
            <Earlier words="The specification has changed or run again since this calibration. Start it again to have it of the specification as it is now." />
          )}
          <Found calibration={calibration} earlier={calibrate.earlier} />
        </>
      )}
    </section>
  );
}

function Found({ calibration, earlier }: { readonly calibration: Calibration; readonly earlier: boolean }) {
  const { model, fix } = calibration;
  const [changes, scores] = [changesNumbers(calibration), scoresNumbers(calibration)];
  const told = calibrationWords(calibration);
  return (
    <>
      <div class="least">
        <p>{fix ? `${told}.` : nothingKept}</p>
        {fix && (
          <Button
            appearance="primary"
            title="Apply and run again: what was kept goes into the specification"
            disabled={earlier || isRunning('calibrate') || view.value.run.kind === 'running'}
            onClick={() => {
              ask({ type: 'applyCalibration' });
            }}
          >
            Apply and run again
          </Button>
        )}
      </div>
      <TableBar
        title="Before and after"
        caption={errorWords}
        fileName={[model.name, 'calibration']}
        table={() => scores}
      />
      <NumberTable caption="Before and after" table={scores} />
      <Divider />
      <TableBar
        title="Changes"
        caption="in the order in which they were tried, each with those before it that were kept"
        fileName={[model.name, 'calibration', 'changes']}
        table={() => changes}
      />
      <NumberTable caption="Changes" table={changes} />
    </>
  );
}
