/** A population neuron by neuron: heat map, scatter and distribution of firing rates. */
import { useComputed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { PopulationDetail } from '../../src/core/detail/types.ts';
import { formatActivity, formatLookedAt, formatValue } from '../../src/core/report/detail.ts';
import { formatError, formatPopulation, formatRate } from '../../src/core/report/format.ts';
import type { Report } from '../../src/core/report/types.ts';
import { Drawing, pictureExports, useWidth } from '../charts/drawing.tsx';
import { Figure } from '../charts/figure.tsx';
import { HeatMap } from '../charts/heat-map.tsx';
import { usePalette } from '../charts/theme.ts';
import { activityPicture, activityTable, neuronRateTable } from '../model/activity-picture.ts';
import {
  errorTitle,
  heatOf,
  heatQuantities,
  heatTable,
  heatTitles,
  heatWindow,
  quantitiesOf,
  type HeatPlace,
} from '../model/heat.ts';
import { heatPicture } from '../model/heat-picture.ts';
import { unitOf, type NeuronChoice } from '../model/neuron-choice.ts';
import {
  pairTable,
  scatterPicture,
  scatterTable,
  scatterWords,
  spikingTitle,
} from '../model/scatter-picture.ts';
import { cursor, moveCursor, select, ui } from '../state.ts';
import { Dropdown } from '../ui/dropdown.tsx';
import { NotTold, useTold } from './told.tsx';

interface ViewProps {
  readonly report: Report;
  readonly detail: PopulationDetail;
  /** "lstm, f, forget gate" */
  readonly name: string;
}

export function PopulationView({
  report,
  choice: { layer, population, sample },
}: {
  readonly report: Report;
  readonly choice: NeuronChoice;
}) {
  const told = useTold<'population'>({ kind: 'population', layer: layer.name, population, sample });
  if (told?.state !== 'told') return told && <NotTold told={told} />;
  const { detail } = told.answer;
  const name = `${detail.layer}, ${formatPopulation(detail.population)}`;
  const props = { report, detail, name };
  return (
    <>
      <HeatFigure {...props} />
      <div class="two-columns figures">
        <ScatterFigure {...props} />
        <ActivityFigure {...props} />
      </div>
    </>
  );
}

function fileName({ report, detail }: ViewProps, what: string): string[] {
  const { layer, population, sample } = detail;
  return [report.model.name, what, layer, population, ...(sample === null ? [] : [`sample-${sample}`])];
}

/** The cursor, where the population has such a neuron and step. */
function useCursor({ neurons, steps }: PopulationDetail) {
  return useComputed((): HeatPlace => ({
    neuron: Math.min(cursor.value.neuron, neurons - 1),
    step: Math.min(cursor.value.step, steps - 1),
  }));
}

function HeatFigure(props: ViewProps) {
  const { report, detail, name } = props;
  const { heat: wanted, heatAsTable } = ui.value;
  const heat = useMemo(() => heatOf(detail, wanted), [detail, wanted]);
  const palette = usePalette();
  const at = useCursor(detail);
  const title = `${capital(heat.title)} of each neuron: ${name}`;
  const caption =
    `${formatLookedAt(detail, report.options.samples)}, T = ${report.options.timesteps}. ` +
    (heat.root ? 'Colours by the square root, so that small errors are told apart. ' : '') +
    'Where several cells share a pixel, the largest is shown. Arrow keys, Page keys, Home and End move the cursor.';
  const table = () => (heatAsTable ? heatWindow(heat, at.value) : { columns: [], rows: [] });
  return (
    <>
      <div class="controls">
        <Dropdown
          label="Colour"
          options={quantitiesOf(detail).map((value) => ({ value, text: heatTitles[value] }))}
          value={heat.quantity}
          onChange={(value) => {
            select({ heat: heatQuantities.find((known) => known === value) ?? 'error' });
          }}
        />
      </div>
      <Figure
        title={title}
        caption={
          heatAsTable ? `${caption} The table shows the cells around the cursor; the CSV has all.` : caption
        }
        fileName={fileName(props, heat.quantity)}
        table={table()}
        csv={() => heatTable(heat)}
        asTable={heatAsTable}
        onAsTable={(asTable) => {
          select({ heatAsTable: asTable });
        }}
        exports={pictureExports(() => heatPicture(heat, 900, palette), title, caption)}
      >
        <HeatMap
          heat={heat}
          label={`${title}, ${detail.neurons} ${unitOf(detail.population)} by ${detail.steps} sequence steps`}
          cursor={at}
          onMove={moveCursor}
          readOut={(place) => readOut(detail, place)}
        />
      </Figure>
    </>
  );
}

function capital(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** "neuron 12, step 45: squared error 1.20e-3, firing rate 0.6250, analog 0.512, spiking 0.5" */
function readOut(detail: PopulationDetail, { neuron, step }: HeatPlace): string {
  const i = step * detail.neurons + neuron;
  const { error, rate, values } = detail;
  const numbers = [
    `${errorTitle(detail)} ${formatError(error[i] ?? null)}`,
    ...(rate ? [`firing rate ${formatRate(rate[i] ?? null)}`] : []),
    ...(values
      ? [`analog ${formatValue(values.analog[i] ?? null)}, spiking ${formatValue(values.spiking[i] ?? null)}`]
      : []),
  ];
  const what = unitOf(detail.population) === 'inputs' ? 'Input' : 'Neuron';
  return `${what} ${neuron}, sequence step ${step + 1}: ${numbers.join(', ')}`;
}

function ScatterFigure(props: ViewProps) {
  const { report, detail, name } = props;
  const { box, width } = useWidth();
  const palette = usePalette();
  const place = useCursor(detail);
  const table = useMemo(() => scatterTable(detail), [detail]);
  const title =
    detail.scatter.decoding === null
      ? `Analog against spiking values: ${name}`
      : `Analog values against firing rates: ${name}`;
  const caption = `${scatterWords(detail)}. ${formatLookedAt(detail, report.options.samples)}.`;
  const all = useMemo(() => scatterPicture(detail, Math.min(width, 480), palette), [detail, width, palette]);
  // Of several samples no pair is marked, and nothing is drawn again as the cursor moves.
  const ring = detail.values ? all.ring(place.value) : [];
  const picture = { ...all.picture, shapes: [...all.picture.shapes, ...ring] };
  return (
    <div ref={box}>
      <Figure
        title={title}
        caption={caption}
        fileName={fileName(props, 'scatter')}
        table={table}
        csv={() => pairTable(detail) ?? table}
        asTable={ui.value.scatterAsTable}
        onAsTable={(scatterAsTable) => {
          select({ scatterAsTable });
        }}
        exports={pictureExports(() => picture, title, caption)}
      >
        <Drawing
          picture={picture}
          label={`${title}. ${spikingTitle(detail.scatter)} over the analog value. ${caption}`}
        />
      </Figure>
    </div>
  );
}

function ActivityFigure(props: ViewProps) {
  const { report, detail, name } = props;
  const { activity, population } = detail;
  const { box, width } = useWidth();
  const palette = usePalette();
  const place = useCursor(detail);
  const neuron = useComputed(() => place.value.neuron).value;
  const unit = unitOf(population);
  const picture = useMemo(
    () => activity && activityPicture(activity, capital(unit), width, palette, neuron),
    [activity, unit, width, palette, neuron],
  );
  if (activity === null || picture === null) {
    return <p class="muted">This is not spiking: there is no distribution of firing rates.</p>;
  }
  const title = `Distribution of firing rates: ${name}`;
  const caption = `${formatActivity(activity, unit)} ${formatLookedAt(detail, report.options.samples)}; outlined: where ${unit === 'inputs' ? 'input' : 'neuron'} ${neuron} is.`;
  return (
    <div ref={box}>
      <Figure
        title={title}
        caption={caption}
        fileName={fileName(props, 'rates')}
        table={activityTable(activity)}
        csv={() => neuronRateTable(activity)}
        asTable={ui.value.activityAsTable}
        onAsTable={(activityAsTable) => {
          select({ activityAsTable });
        }}
        exports={pictureExports(() => picture, title, caption)}
      >
        <Drawing picture={picture} label={`${title}. ${caption}`} />
      </Figure>
    </div>
  );
}
