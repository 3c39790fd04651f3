import type { ModelSummary } from '../../src/core/inspect/types.ts';
import { formatShape } from '../../src/core/inspect/format.ts';
import { formatCount } from '../../src/core/report/format.ts';
import { post } from '../host.ts';
import { SeverityIcon } from '../icons.tsx';
import { modelAnnouncement, type ModelViewState } from '../model/model-view-state.ts';
import { modelView } from '../model-state.ts';
import { Button } from '../ui/button.tsx';
import { Link } from '../ui/link.tsx';
import { LayerChoices } from './layer-choices.tsx';
import { ModelLayers } from './model-layers.tsx';

export function ModelApp() {
  const { summary, failure, reading, offer } = modelView.value;
  return (
    <main>
      <div role="status" class="for-screen-readers">
        {modelAnnouncement(modelView.value)}
      </div>
      {failure && <Unreadable failure={failure} />}
      {failure && offer && <LayerChoices offer={offer} needed />}
      {summary && (
        <>
          <ModelHeader summary={summary} />
          <Remarks summary={summary} />
          {offer && <LayerChoices offer={offer} needed={false} />}
          <ModelLayers summary={summary} />
        </>
      )}
      {!summary && !failure && reading && <p class="empty">Reading the model …</p>}
    </main>
  );
}

function Unreadable({
  failure: { message, code },
}: {
  readonly failure: NonNullable<ModelViewState['failure']>;
}) {
  return (
    <div class="notice notice-error">
      <SeverityIcon severity="error" />
      <p>
        <strong>The model cannot be shown.</strong> {message}
      </p>
      {code !== null && (
        <Link
          title={`What ${code} means`}
          onClick={() => {
            post({ type: 'openPage', code });
          }}
        >
          {code}
        </Link>
      )}
      <Button
        onClick={() => {
          post({ type: 'readAgain' });
        }}
      >
        Read again
      </Button>
      <Button
        onClick={() => {
          post({ type: 'openText' });
        }}
      >
        Open as text
      </Button>
    </div>
  );
}

function ModelHeader({ summary }: { readonly summary: ModelSummary }) {
  const { name, file, format, parameters, inputShape, specification } = summary;
  return (
    <header>
      <div class="title-line">
        <h1 title={file}>{name}</h1>
        <span class="title-actions">
          <Button
            appearance="primary"
            title="Convert into a hybrid analog-spiking network and run both"
            onClick={() => {
              post({ type: 'convert' });
            }}
          >
            Convert
          </Button>
        </span>
      </div>
      <p class="model-line">
        {format} · {formatCount(parameters)} parameters · samples of {formatShape(inputShape)}
        {specification.file !== null && ` · with ${specification.file.replace(/^.*[\\/]/, '')}`}
      </p>
    </header>
  );
}

/** What is about the model as a whole: what was assumed, and what stands in the way of converting it. */
function Remarks({ summary: { assumptions, findings, specification } }: { readonly summary: ModelSummary }) {
  const general = findings.filter(({ layer }) => layer === null);
  const { note } = specification;
  if (general.length + assumptions.length === 0 && note === null) return null;
  return (
    <section class="remarks" aria-label="Remarks">
      <ul>
        {general.map(({ severity, message }, index) => (
          <li key={`finding ${index}`}>
            <SeverityIcon severity={severity} />
            {message}
          </li>
        ))}
        {note !== null && (
          <li>
            <SeverityIcon severity="warning" />
            {note}
          </li>
        )}
        {assumptions.map((words, index) => (
          <li key={`assumption ${index}`}>
            <SeverityIcon severity="info" />
            <span>
              <span class="muted">Assumed:</span> {words}
            </span>
          </li>
        ))}
      </ul>
    </section>
  );
}
