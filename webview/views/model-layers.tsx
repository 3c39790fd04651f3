import { useMemo } from 'preact/hooks';
import {
  formatActivations,
  formatInput,
  formatNeurons,
  formatShape,
  formatShared,
} from '../../src/core/inspect/format.ts';
import type { LayerSummary, ModelSummary } from '../../src/core/inspect/types.ts';
import { formatCount, formatRunsAs, noNumber } from '../../src/core/report/format.ts';
import { Drawing } from '../charts/drawing.tsx';
import { usePalette } from '../charts/theme.ts';
import { histogramWords, sparkPicture } from '../model/histogram-picture.ts';
import { findLayers, histogramOf, modelTable, pickEntry, type LayerEntry } from '../model/model-layers.ts';
import { choose, modelUi } from '../model-state.ts';
import { DataGrid, type GridColumn } from '../ui/data-grid.tsx';
import { TextField } from '../ui/text-field.tsx';
import { ModelWeights } from './model-weights.tsx';
import { TableBar } from './table-bar.tsx';

const numeric = { numeric: true };

const columns: readonly GridColumn<LayerEntry>[] = [
  {
    key: 'layer',
    title: 'Layer',
    width: 'minmax(120px, 1.4fr)',
    cell: ({ layer }) => (
      <>
        {layer.name} <span class="muted">{layer.kind}</span>
      </>
    ),
  },
  {
    key: 'input',
    title: 'Input',
    width: 'minmax(78px, .7fr)',
    cell: ({ layer }) => formatInput(layer),
    hint: 'Shape of one sample',
  },
  {
    key: 'output',
    title: 'Output',
    width: 'minmax(78px, .7fr)',
    cell: ({ layer }) => formatShape(layer.output),
    hint: 'Shape of one sample',
  },
  {
    key: 'parameters',
    title: 'Parameters',
    width: 'minmax(92px, .7fr)',
    cell: ({ layer }) => formatCount(layer.parameters),
    ...numeric,
  },
  {
    key: 'activations',
    title: 'Activations',
    width: 'minmax(150px, 1.3fr)',
    cell: ({ layer }) => formatActivations(layer.activations),
  },
  {
    key: 'becomes',
    title: 'Becomes',
    width: 'minmax(124px, 1fr)',
    cell: ({ layer }) => <Becomes layer={layer} />,
  },
  { key: 'weights', title: 'Weights', width: '96px', cell: ({ layer }) => <Spark layer={layer} /> },
  {
    key: 'why',
    title: 'Why',
    width: 'minmax(220px, 3fr)',
    cell: ({ layer }) => (
      <span class="why" title={layer.reasons.join('\n')}>
        {layer.reasons.join(' ')}
      </span>
    ),
  },
];

function Becomes({ layer }: { readonly layer: LayerSummary }) {
  return (
    <>
      <span class={`runs-as runs-as-${layer.runsAs}`}>{formatRunsAs(layer.runsAs)}</span>
      {layer.populations.length > 0 && <span class="muted"> {formatNeurons(layer)}</span>}
    </>
  );
}

/** Of the first tensor, the kernel. */
function Spark({ layer }: { readonly layer: LayerSummary }) {
  const palette = usePalette();
  const [kernel] = layer.tensors;
  const histogram = kernel && histogramOf(kernel);
  if (!kernel && layer.weightsOf !== undefined) {
    return <span class="muted">{formatShared(layer.weightsOf)}</span>;
  }
  if (!kernel) return <>{noNumber}</>;
  if (!histogram) return <span class="muted">{kernel.weights === null ? '…' : 'unreadable'}</span>;
  return (
    <Drawing
      picture={sparkPicture(histogram, palette)}
      label={`Weights of ${layer.name}: ${histogramWords(histogram)}`}
    />
  );
}

/** Elements of more rows take seconds to make. */
const mostRows = 200;

export function ModelLayers({ summary }: { readonly summary: ModelSummary }) {
  const { search, layer } = modelUi.value;
  const entries = useMemo(() => findLayers(summary.layers, search), [summary, search]);
  const shown = pickEntry(entries, layer);
  const drawn = entries.slice(0, mostRows);
  return (
    <section class="view">
      <TableBar
        title="Layers"
        caption={
          search.trim() === ''
            ? 'In the order in which they compute'
            : `${formatCount(entries.length)} of ${formatCount(summary.layers.length)} found`
        }
        fileName={[summary.name, 'layers']}
        table={() => modelTable(entries)}
      >
        <TextField
          label="Search layers"
          value={search}
          onInput={(words) => {
            choose({ search: words });
          }}
        />
      </TableBar>
      {entries.length === 0 ? (
        <p class="muted">No layer matches “{search}”.</p>
      ) : (
        <DataGrid
          label="Layers"
          columns={columns}
          rows={drawn}
          rowKey={({ index }) => String(index)}
          isSelected={({ index }) => index === shown?.index}
          onSelect={({ layer: { name } }) => {
            choose({ layer: name });
          }}
        />
      )}
      {drawn.length < entries.length && (
        <p class="muted">
          {formatCount(entries.length - drawn.length)} more are not drawn; the search finds them.
        </p>
      )}
      {shown && <ModelWeights summary={summary} layer={shown.layer} />}
    </section>
  );
}
