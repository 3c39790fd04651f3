/** The curves of a sweep: which quantity, which chip, and the numbers behind them. */
import { signal, useSignal } from '@preact/signals';
import { useMemo, useState } from 'preact/hooks';
import type { Sweep } from '../../src/core/sweep/types.ts';
import { formatSamples } from '../../src/core/report/format.ts';
import { publishedWords } from '../../src/core/report/analysis-words.ts';
import { formatProportion } from '../../src/core/report/tables/sweep.ts';
import { pictureExports, useWidth } from '../charts/drawing.tsx';
import { Figure } from '../charts/figure.tsx';
import { Legend } from '../charts/legend.tsx';
import { ReadPlot } from '../charts/read-plot.tsx';
import { readPalette, usePalette } from '../charts/theme.ts';
import {
  curveWords,
  quantitiesOf,
  sweepCurves,
  sweepNumbers,
  sweepTitles,
  sweptChips,
  type Curves,
  type SweepQuantity,
} from '../model/sweep-curves.ts';
import { curvesPicture, timestepsAt } from '../model/sweep-picture.ts';
import { select, ui } from '../state.ts';
import { Dropdown } from '../ui/dropdown.tsx';

/** Exported files are as wide as this even where the panel is narrow. */
const exported = 760;

export function SweepFigure({ sweep }: { readonly sweep: Sweep }) {
  const known = quantitiesOf(sweep);
  const quantity = known.find((each) => each === ui.value.curve) ?? known[0]!;
  const chips = sweptChips(sweep);
  const chip = chips.find(({ id }) => id === ui.value.sweepChip) ?? chips[0];
  const onChip = quantity === 'energy' || quantity === 'latency';
  return (
    <>
      <div class="controls">
        <Dropdown
          label="Curves"
          options={known.map((value) => ({ value, text: sweepTitles[value] }))}
          value={quantity}
          onChange={(value) => {
            select({ curve: value as SweepQuantity });
          }}
        />
        {onChip && chip && (
          <Dropdown
            label="Chip"
            options={chips.map(({ id, name }) => ({ value: id, text: name }))}
            value={chip.id}
            onChange={(sweepChip) => {
              select({ sweepChip });
            }}
          />
        )}
      </div>
      <CurvesFigure sweep={sweep} quantity={quantity} chip={chip ?? null} />
    </>
  );
}

interface CurvesProps {
  readonly sweep: Sweep;
  readonly quantity: SweepQuantity;
  readonly chip: { readonly id: string; readonly name: string } | null;
}

function CurvesFigure({ sweep, quantity, chip }: CurvesProps) {
  const id = chip?.id ?? '';
  const curves = useMemo(() => sweepCurves(sweep, quantity, id), [sweep, quantity, id]);
  const [hidden, setHidden] = useState<ReadonlySet<string>>(new Set());
  const cursor = useSignal<number | null>(null);
  const title = `${curves.title} over time-steps`;
  const caption = captionOf(sweep, curves, chip?.name ?? '');
  const toggle = (name: string) => {
    const next = new Set(hidden);
    if (!next.delete(name)) next.add(name);
    setHidden(next);
  };
  const { box, width } = useWidth();
  const whole = () =>
    curvesPicture(curves, Math.max(exported, Math.min(width, 1000)), readPalette(), {
      hidden,
      cursor: null,
      legend: true,
    });
  return (
    <div ref={box}>
      <Figure
        title={title}
        caption={caption}
        fileName={[sweep.model.name, 'sweep', quantity]}
        table={sweepNumbers(sweep, id)}
        asTable={ui.value.sweepAsTable}
        onAsTable={(sweepAsTable) => {
          select({ sweepAsTable });
        }}
        exports={pictureExports(whole, title, caption)}
      >
        <Plot
          curves={curves}
          hidden={hidden}
          width={width}
          label={title}
          at={cursor.value}
          onCursor={(index) => {
            cursor.value = index;
          }}
        />
        <Legend
          series={curves.curves}
          kind="lines"
          hidden={hidden}
          onToggle={toggle}
          cursor={nowhere}
          place={String}
          format={curves.format}
        />
        <p class="read-out" aria-live="polite">
          {cursor.value === null || curves.timesteps[cursor.value] === undefined
            ? ''
            : curveWords(curves, cursor.value)}
        </p>
      </Figure>
    </div>
  );
}

/** Values stand in the read-out, with their intervals. */
const nowhere = signal(null);

interface PlotProps {
  readonly curves: Curves;
  readonly hidden: ReadonlySet<string>;
  readonly width: number;
  readonly label: string;
  readonly at: number | null;
  readonly onCursor: (index: number | null) => void;
}

function Plot({ curves, hidden, width, label, at, onCursor }: PlotProps) {
  const palette = usePalette();
  const cursor = at !== null && at < curves.timesteps.length ? at : null;
  const picture = useMemo(
    () => curvesPicture(curves, width, palette, { hidden, cursor, legend: false }),
    [curves, width, palette, hidden, cursor],
  );
  return (
    <ReadPlot
      picture={picture}
      label={label}
      places={curves.timesteps.length}
      cursor={cursor}
      onCursor={onCursor}
      placeAt={(x) => timestepsAt(curves, width, x)}
    />
  );
}

function captionOf(sweep: Sweep, { quantity, level, log }: Curves, chip: string): string {
  const furthest = Math.max(...sweep.points.map(({ samples }) => samples));
  const samples = sweep.complete
    ? `Over ${formatSamples(sweep.samples)}`
    : `So far, over up to ${furthest} of ${formatSamples(sweep.samples)}`;
  const intervals = {
    accuracy: 'bars are 95 % intervals (Wilson)',
    agreement: 'bars are 95 % intervals (Wilson)',
    energy: `estimates for ${chip}, the areas are over published prices`,
    latency: `estimates for ${chip}, the areas are over published times`,
    mse: 'of the population that is furthest from the trained network',
    outputMse: "of the network's outputs against the trained network's",
    spikes: 'of all spike generators and neurons',
  }[quantity];
  const dashed = level ? [`dashed: trained network ${formatProportion(level)}`] : [];
  const published =
    quantity === 'accuracy' ? sweep.published.map((series) => ` Hollow: ${publishedWords(series)}.`) : [];
  return `${[samples, intervals, ...dashed].join('; ')}.${published.join('')}${log ? ' Values of 0 are left out.' : ''}`;
}
