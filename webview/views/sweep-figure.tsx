/** The curves of a sweep: which quantity, which chip, and the numbers behind them. */
import { useMemo } from 'preact/hooks';
import type { Sweep } from '../../src/core/sweep/types.ts';
import { formatSamples } from '../../src/core/report/format.ts';
import { publishedWords } from '../../src/core/report/analysis-words.ts';
import { formatProportion } from '../../src/core/report/tables/sweep.ts';
import { ReadFigure } from '../charts/read-figure.tsx';
import type { ReadCurves } from '../model/read-curves.ts';
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
import { curvesPicture, placeAt } from '../model/sweep-picture.ts';
import { select, ui } from '../state.ts';
import { Dropdown } from '../ui/dropdown.tsx';

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
  const read = useMemo(() => readCurves(curves), [curves]);
  return (
    <ReadFigure
      title={`${curves.title} over time-steps`}
      caption={captionOf(sweep, curves, chip?.name ?? '')}
      fileName={[sweep.model.name, 'sweep', quantity]}
      table={sweepNumbers(sweep, id)}
      asTable={ui.value.sweepAsTable}
      onAsTable={(sweepAsTable) => {
        select({ sweepAsTable });
      }}
      curves={read}
    />
  );
}

export function readCurves(curves: Curves): ReadCurves {
  return {
    draw: (width, palette, options) => curvesPicture(curves, width, palette, options),
    series: curves.curves,
    places: curves.places.length,
    placeAt: (width, x) => placeAt(curves, width, x),
    readOut: (place) => curveWords(curves, place),
  };
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
