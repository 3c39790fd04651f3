/** The ladder: what each rung adds, in which gate, at which sequence step. */
import { useMemo } from 'preact/hooks';
import type { Explanation } from '../../src/core/attribute/types.ts';
import { formatError, formatPopulation, formatSamples } from '../../src/core/report/format.ts';
import { additionWords } from '../../src/core/report/tables/explanation.ts';
import { Drawing, pictureExports, useWidth } from '../charts/drawing.tsx';
import { Figure } from '../charts/figure.tsx';
import { LineChart } from '../charts/line-chart.tsx';
import { readPalette, usePalette } from '../charts/theme.ts';
import {
  changedRungs,
  chooseLines,
  gateNumbers,
  ladderNumbers,
  populationsOf,
  rungSeries,
  steppedLayers,
} from '../model/explanation-tables.ts';
import { gatesPicture } from '../model/gates-picture.ts';
import { ladderPicture } from '../model/ladder-picture.ts';
import { stepTable } from '../model/series.ts';
import { select, ui } from '../state.ts';
import { Dropdown } from '../ui/dropdown.tsx';

interface FigureProps {
  readonly explanation: Explanation;
}

/** As wide as lines of text stay together. */
const widest = 1000;
/** Exported files are as wide as this even where the panel is narrow. */
const exported = 760;

export function LadderFigure({ explanation }: FigureProps) {
  const { box, width } = useWidth();
  const palette = usePalette();
  const drawn = Math.min(width, widest);
  const picture = useMemo(() => ladderPicture(explanation, drawn, palette), [explanation, drawn, palette]);
  const title = 'From the trained to the spiking network';
  const caption =
    `What each rung of the ladder adds to the outputs' mean squared error, over ${formatSamples(explanation.samples)}; ` +
    `hollow: taken away. ${additionWords(explanation)}`;
  return (
    <Figure
      title={title}
      caption={caption}
      fileName={[explanation.model.name, 'ladder']}
      table={ladderNumbers(explanation)}
      asTable={ui.value.ladderAsTable}
      onAsTable={(ladderAsTable) => {
        select({ ladderAsTable });
      }}
      exports={pictureExports(
        () => ladderPicture(explanation, Math.max(drawn, exported), readPalette()),
        title,
        caption,
      )}
    >
      <div class="drawing-box" ref={box}>
        <Drawing
          picture={picture}
          label={`${title}: a bar for each of ${explanation.rungs.length} rungs. "Show as table" gives all numbers.`}
        />
      </div>
    </Figure>
  );
}

export function GatesFigure({ explanation }: FigureProps) {
  const { box, width } = useWidth();
  const palette = usePalette();
  const drawn = Math.min(width, widest);
  const picture = useMemo(() => gatesPicture(explanation, drawn, palette), [explanation, drawn, palette]);
  const title = 'Error of each gate at each rung';
  const caption =
    'Mean squared error against the trained network over all sequence steps; colours by its logarithm. ' +
    'Rungs that change nothing here are left out.';
  return (
    <Figure
      title={title}
      caption={caption}
      fileName={[explanation.model.name, 'rungs']}
      table={gateNumbers(explanation)}
      asTable={ui.value.gatesAsTable}
      onAsTable={(gatesAsTable) => {
        select({ gatesAsTable });
      }}
      exports={pictureExports(
        () => gatesPicture(explanation, Math.max(drawn, exported), readPalette()),
        title,
        caption,
      )}
    >
      <div ref={box}>
        <div class="plan-scroll" tabIndex={0} role="region" aria-label={title}>
          <Drawing picture={picture} label={`${title}. "Show as table" gives all numbers.`} />
        </div>
      </div>
    </Figure>
  );
}

const all = 'all';

export function StepsFigure({ explanation }: FigureProps) {
  const layers = steppedLayers(explanation);
  const layer = layers.find(({ name }) => name === ui.value.layer) ?? layers[0];
  if (layer === undefined) return null;
  const lines = chooseLines(explanation, layer, {
    rung: ui.value.rung,
    population: ui.value.rungPopulation,
  });
  const option = (value: string, text = value) => ({ value, text });
  return (
    <>
      <div class="controls">
        <Dropdown
          label="Layer"
          options={layers.map(({ name }) => option(name))}
          value={layer.name}
          onChange={(name) => {
            select({ layer: name });
          }}
        />
        <Dropdown
          label="Rung"
          options={[option(all), ...changedRungs(explanation).map(({ name }) => option(name))]}
          value={lines.rung ?? all}
          onChange={(rung) => {
            // All rungs are of one population, or there would be too many lines.
            const population = lines.population ?? populationsOf(layer)[0]!;
            select(rung === all ? { rung: null, rungPopulation: population } : { rung });
          }}
        />
        <Dropdown
          label="Gate"
          options={[option(all), ...populationsOf(layer).map((name) => option(name, formatPopulation(name)))]}
          value={lines.population ?? all}
          onChange={(population) => {
            select({ rung: lines.rung, rungPopulation: population === all ? null : population });
          }}
        />
      </div>
      <StepsChart explanation={explanation} layer={layer.name} {...lines} />
    </>
  );
}

type StepsProps = FigureProps & { readonly layer: string } & ReturnType<typeof chooseLines>;

function StepsChart({ explanation, layer, rung, population }: StepsProps) {
  const series = useMemo(
    () => rungSeries(explanation, layer, { rung, population }),
    [explanation, layer, rung, population],
  );
  const table = useMemo(() => stepTable(series, 'MSE'), [series]);
  const what = [rung, population === null ? null : formatPopulation(population)].filter(Boolean).join(', ');
  return (
    <LineChart
      title={`Error over sequence steps: ${layer}, ${what}`}
      caption={
        `Mean squared error against the trained network, ${formatSamples(explanation.samples)}; logarithmic, ` +
        'steps without any error left out.'
      }
      fileName={[explanation.model.name, 'rung-mse', layer, rung ?? all, population ?? all]}
      quantity="MSE (squared units)"
      log
      format={formatError}
      series={series}
      table={table}
      asTable={ui.value.rungsAsTable}
      onAsTable={(rungsAsTable) => {
        select({ rungsAsTable });
      }}
    />
  );
}
