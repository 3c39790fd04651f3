import { useMemo } from 'preact/hooks';
import { formatError, formatSamples } from '../../src/core/report/format.ts';
import type { LayerReport, Report } from '../../src/core/report/types.ts';
import { LineChart } from '../charts/line-chart.tsx';
import { comparedLayers, errorSeries, pickLayer, stepTable } from '../model/series.ts';
import { select, sharedStep, ui } from '../state.ts';
import { LayerChoice } from './layer-choice.tsx';

export function Errors({ report }: { readonly report: Report }) {
  const layers = comparedLayers(report.layers);
  const layer = pickLayer(layers, ui.value.layer);
  if (layer === undefined) return <p class="view muted">No layer was compared with its analog values.</p>;
  return (
    <section class="view">
      <div class="controls">
        <LayerChoice layers={layers} layer={layer} />
      </div>
      <ErrorChart report={report} layer={layer} />
    </section>
  );
}

function ErrorChart({ report, layer }: { readonly report: Report; readonly layer: LayerReport }) {
  const series = useMemo(() => errorSeries(layer), [layer]);
  const table = useMemo(() => stepTable(series, 'MSE'), [series]);
  const zeros = series.some(({ values }) => values.includes(0));
  return (
    <LineChart
      title={`Error over sequence steps: ${layer.name}`}
      caption={
        `Mean squared error against the analog values, ${formatSamples(report.options.samples)}, ` +
        `T = ${report.options.timesteps}; logarithmic${zeros ? ', steps without any error left out' : ''}.`
      }
      fileName={[report.model.name, 'mse', layer.name]}
      quantity="MSE (squared units)"
      log
      format={formatError}
      series={series}
      table={table}
      {...sharedStep()}
      asTable={ui.value.errorsAsTable}
      onAsTable={(errorsAsTable) => {
        select({ errorsAsTable });
      }}
    />
  );
}
