/** Retraining under the paper's constraints: its curves while it goes on, and what it gave. */
import type { FinetuneProgress, Finetuning, Unfinished } from '../../src/core/finetune/types.ts';
import { formatSamples } from '../../src/core/report/format.ts';
import { replacedWords, trainingWords, unfinishedWords } from '../../src/core/report/finetune-words.ts';
import { NumberTable } from '../charts/number-table.tsx';
import { SeverityIcon } from '../icons.tsx';
import { networksNumbers } from '../model/training-curves.ts';
import { analyses, view } from '../state.ts';
import { Button } from '../ui/button.tsx';
import { Divider } from '../ui/divider.tsx';
import { AnalysisStateView, PageLink, ask, isRunning } from './analysis-state.tsx';
import { TableBar } from './table-bar.tsx';
import { TrainingFigure } from './training-figure.tsx';

export function Retrain() {
  const { retraining, unfinished } = analyses.value;
  return (
    <section class="view">
      <div class="controls">
        <Button
          appearance={retraining === null ? 'primary' : 'secondary'}
          disabled={isRunning('finetune')}
          onClick={() => {
            ask({ type: 'startFinetune' });
          }}
        >
          Retrain…
        </Button>
        <PageLink name="finetune">How to read this</PageLink>
      </div>
      <AnalysisStateView name="finetune" />
      <Stop />
      {unfinished && !isRunning('finetune') && <Interrupted unfinished={unfinished} />}
      {retraining === null ? (
        <p class="muted">
          Smooth functions are replaced by ones that spiking neurons compute, the weights are trained on with
          the samples and labels of the specification, and the best epoch is written as a new model beside the
          old one.
        </p>
      ) : (
        <Retraining retraining={retraining} />
      )}
    </section>
  );
}

/** While it trains: an end that loses nothing. */
function Stop() {
  const { state } = analyses.value.finetune;
  if (state?.kind !== 'running' || state.progress.stage !== 'simulate') return null;
  return (
    <div class="controls">
      <Button
        disabled={state.progress.fraction === 0}
        onClick={() => {
          ask({ type: 'stopFinetune' });
        }}
      >
        Stop and keep the best epoch so far
      </Button>
    </div>
  );
}

function Interrupted({ unfinished: { best, epochs, folder } }: { readonly unfinished: Unfinished }) {
  return (
    <div class="notice">
      <SeverityIcon severity="info" />
      <p>A retraining was interrupted: {unfinishedWords(best, epochs, folder)}.</p>
      <Button
        appearance="primary"
        title={`Use it: epoch ${best} becomes the new model`}
        onClick={() => {
          ask({ type: 'useUnfinished' });
        }}
      >
        Use it
      </Button>
      <Button
        title={`Delete it: epoch ${best} of the interrupted retraining`}
        onClick={() => {
          ask({ type: 'discardUnfinished' });
        }}
      >
        Delete it
      </Button>
    </div>
  );
}

function Retraining({ retraining }: { readonly retraining: FinetuneProgress | Finetuning }) {
  const { model, options, samples, stopped } = retraining;
  const caption = `Accuracy over ${formatSamples(samples.validation)} of validation, spiking at T = ${options.timesteps}, ${options.coding} coding`;
  const networks = networksNumbers(retraining);
  return (
    <>
      {stopped !== null && (
        <div class="notice">
          <SeverityIcon severity="warning" />
          <p>{stopped.charAt(0).toUpperCase() + stopped.slice(1)}.</p>
        </div>
      )}
      <TrainingFigure retraining={retraining} />
      <Divider />
      <TableBar
        title="Before and after"
        caption={caption}
        fileName={[model.name, 'retraining']}
        table={() => networks}
      />
      <NumberTable caption={`Before and after. ${caption}`} table={networks} />
      {'written' in retraining && <Written retraining={retraining} />}
      <Divider />
      <p class="muted">{trainingWords(retraining)}.</p>
      {replacedWords(retraining)
        .split('\n')
        .map((words) => (
          <p class="muted" key={words}>
            {words}
          </p>
        ))}
    </>
  );
}

function Written({ retraining: { written } }: { readonly retraining: Finetuning }) {
  const blocked = isRunning('finetune') || view.value.run.kind === 'running';
  return (
    <div class="least">
      <p>Written: {written.model}</p>
      <Button
        appearance="primary"
        disabled={blocked}
        onClick={() => {
          ask({ type: 'convertRetrained' });
        }}
      >
        Convert the new model
      </Button>
      <Button
        disabled={blocked}
        onClick={() => {
          ask({ type: 'compareRetrained' });
        }}
      >
        Compare with the old
      </Button>
    </div>
  );
}
