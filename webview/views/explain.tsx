/** Where the difference between the two networks comes from, and what would help. */
import type { Explanation } from '../../src/core/attribute/types.ts';
import { formatAccuracy, formatCount, formatSamples } from '../../src/core/report/format.ts';
import type { Report } from '../../src/core/report/types.ts';
import { explains } from '../model/analyses-state.ts';
import { analyses, view } from '../state.ts';
import { Button } from '../ui/button.tsx';
import { Divider } from '../ui/divider.tsx';
import { AnalysisStateView, Earlier, PageLink, ask, isRunning } from './analysis-state.tsx';
import { Causes } from './causes.tsx';
import { GatesFigure, LadderFigure, StepsFigure } from './ladder.tsx';

export function Explain({ report }: { readonly report: Report }) {
  const { explanation, explain } = analyses.value;
  return (
    <section class="view">
      <AnalysisStateView name="explain" />
      <div class="controls">
        <Button
          appearance={explanation === null ? 'primary' : 'secondary'}
          disabled={isRunning('explain')}
          onClick={() => {
            ask({ type: 'startExplain' });
          }}
        >
          {explanation === null ? 'Explain' : 'Explain again'}
        </Button>
        <PageLink name="explain">How to read this</PageLink>
      </div>
      {explanation === null ? (
        <p class="muted">
          A ladder of networks leads from the trained to the spiking one, with one change more at each rung:
          which of them costs accuracy, at which layer, gate and sequence step. Then changes that may help are
          tried, each on samples of this run.
        </p>
      ) : (
        <>
          {explain.earlier ? (
            <Earlier words="The specification has changed or run again since this explanation. Explain again to explain the run as it is now." />
          ) : (
            !explains(explanation, report) && (
              <Earlier words="This explanation is of the specification as it is now. The run shown above had other options." />
            )
          )}
          <Explained explanation={explanation} earlier={explain.earlier} />
        </>
      )}
    </section>
  );
}

interface ExplainedProps {
  readonly explanation: Explanation;
  readonly earlier: boolean;
}

function Explained({ explanation, earlier }: ExplainedProps) {
  const { summary, tried, triedSamples, score } = explanation;
  const now = `${formatCount(tried)} changes tried over ${formatSamples(triedSamples)} (now ${formatAccuracy(score.accuracy)})`;
  const blocked = earlier || isRunning('explain') || view.value.run.kind === 'running';
  return (
    <>
      <p class="explanation">{summary}</p>
      <Causes explanation={explanation} caption={now} blocked={blocked} />
      <Divider />
      <LadderFigure explanation={explanation} />
      <Divider />
      <GatesFigure explanation={explanation} />
      <Divider />
      <StepsFigure explanation={explanation} />
    </>
  );
}
