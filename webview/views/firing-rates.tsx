import { useMemo } from 'preact/hooks';
import { formatRate, formatSamples } from '../../src/core/report/format.ts';
import type { LayerReport, Report } from '../../src/core/report/types.ts';
import { BarChart } from '../charts/bar-chart.tsx';
import { LineChart } from '../charts/line-chart.tsx';
import { pickLayer, rateBars, rateBarTable, rateSeries, spikingLayers, stepTable } from '../model/series.ts';
import { select, sharedStep, ui } from '../state.ts';
import { Dropdown } from '../ui/dropdown.tsx';
import { LayerChoice } from './layer-choice.tsx';

const quantity = 'Spikes / (neuron · time-step)';

export function FiringRates({ report }: { readonly report: Report }) {
  const layers = useMemo(() => spikingLayers(report.layers), [report]);
  const layer = pickLayer(layers, ui.value.layer);
  if (layer === undefined)
    return <p class="view muted">No layer runs as spiking: there are no firing rates.</p>;
  const byStep = ui.value.ratesBy === 'step';
  return (
    <section class="view">
      <div class="controls">
        <Dropdown
          label="Show"
          options={[
            { value: 'population', text: 'by population' },
            { value: 'step', text: 'over sequence steps' },
          ]}
          value={ui.value.ratesBy}
          onChange={(value) => {
            select({ ratesBy: value === 'step' ? 'step' : 'population' });
          }}
        />
        {byStep && <LayerChoice layers={layers} layer={layer} />}
      </div>
      {byStep ? <ByStep report={report} layer={layer} /> : <ByPopulation report={report} layers={layers} />}
    </section>
  );
}

function caption({ options }: Report): string {
  return (
    `Average over neurons, time-steps and ${formatSamples(options.samples)}, T = ${options.timesteps}; ` +
    'spikes of either sign count.'
  );
}

function asTable() {
  return {
    asTable: ui.value.ratesAsTable,
    onAsTable: (ratesAsTable: boolean) => {
      select({ ratesAsTable });
    },
  };
}

function ByPopulation({
  report,
  layers,
}: {
  readonly report: Report;
  readonly layers: readonly LayerReport[];
}) {
  const bars = useMemo(() => rateBars(layers), [layers]);
  const table = useMemo(() => rateBarTable(bars), [bars]);
  return (
    <BarChart
      title="Firing rates by population"
      caption={caption(report)}
      fileName={[report.model.name, 'firing-rates']}
      quantity={quantity}
      format={formatRate}
      bars={bars}
      table={table}
      {...asTable()}
    />
  );
}

function ByStep({ report, layer }: { readonly report: Report; readonly layer: LayerReport }) {
  const series = useMemo(() => rateSeries(layer), [layer]);
  const table = useMemo(() => stepTable(series, 'firing rate'), [series]);
  return (
    <LineChart
      key="by step"
      title={`Firing rates over sequence steps: ${layer.name}`}
      caption={caption(report)}
      fileName={[report.model.name, 'firing-rates', layer.name]}
      quantity={quantity}
      log={false}
      format={formatRate}
      series={series}
      table={table}
      {...sharedStep()}
      {...asTable()}
    />
  );
}
