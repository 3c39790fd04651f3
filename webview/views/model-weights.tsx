import { useMemo } from 'preact/hooks';
import type { FindingCode } from '../../src/core/findings/types.ts';
import { formatPopulation } from '../../src/core/report/format.ts';
import { formatShape, formatShared, formatTensor } from '../../src/core/inspect/format.ts';
import type { Histogram, LayerSummary, ModelSummary, TensorSummary } from '../../src/core/inspect/types.ts';
import { Drawing, pictureExports, useWidth } from '../charts/drawing.tsx';
import { Figure } from '../charts/figure.tsx';
import { readPalette, usePalette } from '../charts/theme.ts';
import { post } from '../host.ts';
import { histogramPicture, histogramTable, histogramWords } from '../model/histogram-picture.ts';
import { choose, modelUi } from '../model-state.ts';
import { Link } from '../ui/link.tsx';

interface ModelWeightsProps {
  readonly summary: ModelSummary;
  readonly layer: LayerSummary;
}

/** One layer: why it becomes what it does, what its activations become, how its weights are distributed. */
export function ModelWeights({ summary, layer }: ModelWeightsProps) {
  const { name, kind, reasons, activations, populations, tensors, weightsOf } = layer;
  const codes = [
    ...new Set(summary.findings.flatMap((finding) => (finding.layer === name ? [finding.code] : []))),
  ];
  return (
    <section class="layer-details" aria-label={`Layer ${name}`}>
      <h3>
        {name} <span class="muted">{kind}</span>
      </h3>
      {reasons.map((reason, index) => (
        <p key={index}>{reason}</p>
      ))}
      <Pages codes={codes} />
      <dl class="options" aria-label={`Activations of ${name}`}>
        {activations.map(({ of, name: activation, spiking }) => (
          <div key={of}>
            <dt>{of === 'recurrent_activation' ? 'gates' : 'activation'}</dt>
            <dd>
              {activation}
              {spiking !== null && ` → ${spiking}`}
            </dd>
          </div>
        ))}
        {populations.length > 0 && (
          <div>
            <dt>populations</dt>
            <dd>{populations.map((population) => formatPopulation(population.name)).join('; ')}</dd>
          </div>
        )}
      </dl>
      {tensors.length === 0 ? (
        <p class="muted">
          It has no weights of its own{weightsOf === undefined ? '.' : `: ${formatShared(weightsOf)}.`}
        </p>
      ) : (
        <div class="two-columns weights">
          {tensors.map((tensor) => (
            <div key={tensor.name}>
              <Weights model={summary.name} layer={name} tensor={tensor} />
            </div>
          ))}
        </div>
      )}
    </section>
  );
}

/** The documentation behind the reasons. */
function Pages({ codes }: { readonly codes: readonly FindingCode[] }) {
  if (codes.length === 0) return null;
  return (
    <p class="finding-source">
      {codes.map((code) => (
        <Link
          key={code}
          title={`What ${code} means`}
          onClick={() => {
            post({ type: 'openPage', code });
          }}
        >
          {code}
        </Link>
      ))}
    </p>
  );
}

interface WeightsProps {
  readonly model: string;
  readonly layer: string;
  readonly tensor: TensorSummary;
}

function Weights({ model, layer, tensor: { name, shape, weights } }: WeightsProps) {
  const title = `${layer}: ${formatTensor(name)} ${formatShape(shape)}`;
  if (weights === null || 'fault' in weights) {
    return (
      <figure>
        <h3>{title}</h3>
        <p class="muted">
          {weights === null
            ? 'Counting its weights …'
            : `Its weights cannot be read: the file ${weights.fault}.`}
        </p>
      </figure>
    );
  }
  return <HistogramFigure title={title} fileName={[model, layer, formatTensor(name)]} histogram={weights} />;
}

/** Exported files are as wide as this even where the view is narrow. */
const exported = 640;
/** As wide as a picture of 40 bars needs to be. */
const widest = 640;

interface HistogramFigureProps {
  readonly title: string;
  readonly fileName: readonly string[];
  readonly histogram: Histogram;
}

function HistogramFigure({ title, fileName, histogram }: HistogramFigureProps) {
  const { box, width } = useWidth();
  const colours = usePalette();
  const drawn = Math.min(width, widest);
  const picture = useMemo(() => histogramPicture(histogram, drawn, colours), [histogram, drawn, colours]);
  const caption = `${histogramWords(histogram)}; ${histogram.bins.length === 1 ? 'one bin' : `${histogram.bins.length} bins of one width`}.`;
  const wide = () => histogramPicture(histogram, Math.max(drawn, exported), readPalette());
  return (
    <Figure
      title={title}
      caption={caption}
      fileName={fileName}
      table={histogramTable(histogram)}
      asTable={modelUi.value.asTable}
      onAsTable={(asTable) => {
        choose({ asTable });
      }}
      exports={pictureExports(wide, title, caption)}
    >
      <div class="drawing-box" ref={box}>
        <Drawing picture={picture} label={`${title}: ${caption}`} />
      </div>
    </Figure>
  );
}
