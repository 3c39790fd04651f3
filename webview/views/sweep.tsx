/** Accuracy, error, spikes, energy and latency over time-steps, and numbers of neurons side by side. */
import { effortWords } from '../../src/core/report/analysis-words.ts';
import type { Report } from '../../src/core/report/types.ts';
import { leastWords, neuronsWords } from '../../src/core/report/tables/sweep.ts';
import type { Sweep } from '../../src/core/sweep/types.ts';
import { hasCourse, hasFits, neuronsNow, neuronsToCompare } from '../model/neurons-compared.ts';
import {
  arithmetics,
  codings,
  fixedSetting,
  readChoice,
  withChoice,
  type SweepFields,
} from '../model/sweep-choice.ts';
import { analyses, select, ui, view } from '../state.ts';
import { Button } from '../ui/button.tsx';
import { Checkbox } from '../ui/checkbox.tsx';
import { AnalysisStateView, Earlier, PageLink, ask, isRunning } from './analysis-state.tsx';
import { NeuronsCompared } from './neurons-compared.tsx';
import { SweepFigure } from './sweep-figure.tsx';

export function SweepView({ report }: { readonly report: Report }) {
  const { swept, sweep } = analyses.value;
  return (
    <section class="view">
      <Fields report={report} />
      <AnalysisStateView name="sweep" />
      {swept === null ? (
        <p class="muted">
          The network is simulated with each number of time-steps, in each coding: what accuracy costs, and
          the fewest time-steps that meet the tolerance. What was computed before is used again.
        </p>
      ) : (
        <>
          {sweep.earlier && (
            <Earlier words="The specification has changed or run again since this sweep. Start it again to have it of the specification as it is now; what still holds is used again." />
          )}
          <Least sweep={swept} report={report} />
          <NeuronsCompared sweep={swept} report={report} />
          {swept.points.length > 0 && hasCourse(swept) && <SweepFigure sweep={swept} />}
          {swept.complete && <p class="muted">{effortWords(swept)}</p>}
        </>
      )}
    </section>
  );
}

function Fields({ report }: { readonly report: Report }) {
  const fields: SweepFields = {
    ...ui.value.sweepChoice,
    arithmetics: ui.value.sweepChoice.arithmetics ?? [report.options.arithmetic],
    neurons: hasFits(report) ? ui.value.sweepChoice.neurons : '',
  };
  const read = readChoice(fields);
  const fault = 'fault' in read ? read.fault : null;
  const change = (to: Partial<SweepFields>) => {
    select({ sweepChoice: { ...ui.value.sweepChoice, ...to } });
  };
  return (
    <>
      <div class="controls">
        <label class="number-field">
          <span>Time-steps</span>
          <input
            class="list-field"
            type="text"
            spellcheck={false}
            placeholder={
              fields.neurons === '' ? 'the usual, 2 to 128' : `the run's, ${report.options.timesteps}`
            }
            value={fields.timesteps}
            aria-invalid={fault !== null}
            aria-describedby={fault === null ? undefined : 'sweep-fault'}
            onInput={({ currentTarget }) => {
              change({ timesteps: currentTarget.value });
            }}
          />
        </label>
        {codings.map((coding) => (
          <Checkbox
            key={coding}
            checked={fields.codings.includes(coding)}
            onChange={(wanted) => {
              change({ codings: withChoice(codings, fields.codings, coding, wanted) });
            }}
          >
            {coding}
          </Checkbox>
        ))}
        {arithmetics.map((arithmetic) => (
          <Checkbox
            key={arithmetic}
            checked={fields.arithmetics!.includes(arithmetic)}
            onChange={(wanted) => {
              change({ arithmetics: withChoice(arithmetics, fields.arithmetics!, arithmetic, wanted) });
            }}
          >
            {arithmetic}
          </Checkbox>
        ))}
        {hasFits(report) && (
          <label class="number-field">
            <span>Neurons for each value</span>
            <input
              type="text"
              spellcheck={false}
              placeholder="the run's"
              value={fields.neurons}
              aria-invalid={fault !== null}
              aria-describedby={fault === null ? undefined : 'sweep-fault'}
              onInput={({ currentTarget }) => {
                change({ neurons: currentTarget.value });
              }}
            />
          </label>
        )}
        <Button
          appearance={analyses.value.swept === null ? 'primary' : 'secondary'}
          disabled={fault !== null || isRunning('sweep')}
          onClick={() => {
            if ('choice' in read) ask({ type: 'startSweep', choice: read.choice });
          }}
        >
          Start sweep
        </Button>
        {hasFits(report) && (
          <Button
            title="Compare numbers of neurons at the run's time-steps: accuracy, error, neurons, cores and energy"
            disabled={isRunning('sweep')}
            onClick={() => {
              ask({ type: 'startSweep', choice: neuronsToCompare(report.options) });
            }}
          >
            Compare numbers of neurons
          </Button>
        )}
        <PageLink name="sweep">How to read this</PageLink>
      </div>
      {fault !== null && (
        <p id="sweep-fault" class="fault" role="alert">
          {fault}
        </p>
      )}
    </>
  );
}

/** While it runs, what meets the tolerance may still change. */
function Least({ sweep, report }: { readonly sweep: Sweep; readonly report: Report }) {
  if (!sweep.complete) return null;
  const { fix, least } = sweep;
  const setting = fix && fixedSetting(fix);
  const already =
    setting !== null &&
    setting.timesteps === report.options.timesteps &&
    (setting.coding ?? report.options.coding) === report.options.coding &&
    (setting.neuronsPerGate ?? neuronsNow(sweep, report.options)) === neuronsNow(sweep, report.options);
  return (
    <div class="least">
      <p>{leastWords(least, sweep)}</p>
      {fix && setting && !already && (
        <Button
          appearance="primary"
          title={`${words(setting)}: ${fix.title}`}
          disabled={isRunning('sweep') || view.value.run.kind === 'running'}
          onClick={() => {
            ask({ type: 'applySweep' });
          }}
        >
          {words(setting)}
        </Button>
      )}
    </div>
  );
}

function words({ timesteps, coding, neuronsPerGate }: NonNullable<ReturnType<typeof fixedSetting>>): string {
  const neurons = neuronsPerGate ? [neuronsWords(neuronsPerGate)] : [];
  return `Use ${[`T = ${timesteps}`, ...(coding ? [coding] : []), ...neurons].join(', ')}, and run again`;
}
