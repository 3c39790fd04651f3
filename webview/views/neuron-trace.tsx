/** One neuron over time: membrane potential, thresholds, spikes and input, with a slider each for step and time-step. */
import { useSignal, useSignalEffect } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { NeuronDetail } from '../../src/core/detail/types.ts';
import { formatValue } from '../../src/core/report/detail.ts';
import { formatPopulation } from '../../src/core/report/format.ts';
import type { Report } from '../../src/core/report/types.ts';
import { Drawing, pictureExports, useWidth } from '../charts/drawing.tsx';
import { Figure } from '../charts/figure.tsx';
import { usePalette } from '../charts/theme.ts';
import { isWatchable, type NeuronChoice } from '../model/neuron-choice.ts';
import { firstWindow, traceCursor, tracePicture } from '../model/trace-picture.ts';
import { traceTable, traceWindowTable, traceWords, type TimePlace } from '../model/trace-table.ts';
import { cursor, moveCursor, select, ui } from '../state.ts';
import { Button } from '../ui/button.tsx';
import { NumberField } from '../ui/number-field.tsx';
import { Slider } from '../ui/slider.tsx';
import { NotTold, useLatest, useTold } from './told.tsx';

interface TraceProps {
  readonly report: Report;
  readonly choice: NeuronChoice;
}

export function NeuronTraceView({ report, choice }: TraceProps) {
  const { layer, population, sample } = choice;
  const chosen = layer.populations.find(({ name }) => name === population);
  const neurons = chosen && (chosen.values ?? chosen.neurons);
  if (!isWatchable(population) || neurons === undefined) {
    return (
      <p class="muted">
        Membrane potentials over time: choose a population of spiking neurons. The inputs of the spike
        generator and the output of a layer are shown above.
      </p>
    );
  }
  if (sample === null) {
    return (
      <div class="controls">
        <p class="muted">One neuron over time, with its membrane potential, is of one sample.</p>
        <Button
          onClick={() => {
            select({ sample: 0 });
          }}
        >
          Show sample 0
        </Button>
      </div>
    );
  }
  return (
    <Trace report={report} layer={layer.name} population={population} sample={sample} neurons={neurons} />
  );
}

interface NeuronProps {
  readonly report: Report;
  readonly layer: string;
  readonly population: string;
  readonly sample: number;
  readonly neurons: number;
}

function Trace({ report, layer, population, sample, neurons }: NeuronProps) {
  const neuron = Math.min(useSettledNeuron(), neurons - 1);
  const told = useTold<'neuron'>({ kind: 'neuron', layer, population, sample, neuron });
  const latest = useLatest(told);
  return (
    <>
      <div class="controls">
        <NumberField
          label={`Neuron, 0 to ${neurons - 1}`}
          min={0}
          max={neurons - 1}
          value={Math.min(cursor.value.neuron, neurons - 1)}
          placeholder="0"
          onInput={(chosen) => {
            moveCursor({ neuron: chosen ?? 0 });
          }}
        />
      </div>
      {told !== null && (told.state === 'refused' || latest === null) && <NotTold told={told} />}
      {told?.state !== 'refused' && latest !== null && <TraceFigure report={report} detail={latest.detail} />}
    </>
  );
}

/** The neuron under the cursor, once it has stayed there for a moment: others are not worth the asking. */
function useSettledNeuron(): number {
  const settled = useSignal(cursor.peek().neuron);
  useSignalEffect(() => {
    const { neuron } = cursor.value;
    const timer = setTimeout(() => {
      settled.value = neuron;
    }, 100);
    return () => {
      clearTimeout(timer);
    };
  });
  return settled.value;
}

function TraceFigure({ report, detail }: { readonly report: Report; readonly detail: NeuronDetail }) {
  const { box, width } = useWidth();
  const palette = usePalette();
  const { layer, population, neuron, sample, steps, timesteps, trace } = detail;
  const at: TimePlace = {
    step: Math.min(cursor.value.step, steps - 1),
    timestep: Math.min(cursor.value.timestep, timesteps - 1),
  };
  const { traceAsTable } = ui.value;
  // Only what moves is made again with every step of the cursor.
  const first = firstWindow(detail, at.step, width);
  const ground = useMemo(
    () => tracePicture(detail, at.step, width, palette),
    [detail, first, width, palette],
  );
  const picture = { ...ground, shapes: [...ground.shapes, ...traceCursor(detail, at, width, palette)] };
  const table = useMemo(
    () => (traceAsTable ? traceWindowTable(detail, at.step) : { columns: [], rows: [] }),
    [detail, at.step, traceAsTable],
  );
  const title = `Neuron ${neuron} over time: ${layer}, ${formatPopulation(population)}, sample ${sample}`;
  const caption = captionOf(detail, report, traceAsTable);
  return (
    <div ref={box}>
      <Figure
        title={title}
        caption={caption}
        fileName={[report.model.name, 'neuron', layer, population, String(neuron), `sample-${sample}`]}
        table={table}
        csv={() => traceTable(detail)}
        asTable={traceAsTable}
        onAsTable={(asTable) => {
          select({ traceAsTable: asTable });
        }}
        exports={pictureExports(() => picture, title, caption)}
      >
        <Drawing
          picture={picture}
          label={`${title}: value over sequence steps, membrane potential with thresholds ${[
            trace.lower,
            trace.upper,
          ]
            .filter((value) => value !== null)
            .map(formatValue)
            .join(' and ')}, and input over time-steps. The sliders below read values.`}
        />
        <div class="scrubber">
          <Slider
            label="Sequence step"
            min={1}
            max={steps}
            value={at.step + 1}
            onInput={(step) => {
              moveCursor({ step: step - 1 });
            }}
          />
          <Slider
            label="Time-step"
            min={1}
            max={timesteps}
            value={at.timestep + 1}
            onInput={(timestep) => {
              moveCursor({ timestep: timestep - 1 });
            }}
          />
        </div>
        <p class="read-out" aria-live="polite">
          {traceWords(detail, at)}
        </p>
      </Figure>
    </div>
  );
}

function captionOf({ trace, pieces }: NeuronDetail, { options }: Report, asTable: boolean): string {
  const { upper, lower, threshold, bias } = trace;
  const unit = options.arithmetic === 'loihi' ? ', in integers of the chip' : '';
  return [
    ...(pieces > 1
      ? [
          `${pieces} neurons compute this value together, of which this is the first; the counter adds them up.`,
        ]
      : []),
    `A spike above ${formatValue(upper)}${lower === null ? '' : `, a negative one below ${formatValue(lower)}`}; ` +
      `it takes ${formatValue(threshold)} off the potential${lower === null ? '' : ' or puts it back'}. ` +
      `The bias adds ${formatValue(bias)} at every time-step and is not part of the input${unit}.`,
    options.coding === 'residual'
      ? 'Residual coding: a window goes on from the potential that the one before has left.'
      : 'A window starts afresh.',
    ...(asTable ? ['The table shows the windows around the cursor; the CSV has all.'] : []),
  ].join(' ');
}
