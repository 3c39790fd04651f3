/** A sweep as curves over time-steps, one a coding, arithmetic and number of neurons, or over neurons, and the same numbers as a table. */
import {
  formatAverage,
  formatCount,
  formatEnergy,
  formatError,
  formatPercent,
  formatRange,
  formatSeconds,
} from '../../src/core/report/format.ts';
import {
  comparesNeurons,
  formatNeuronsPerGate,
  formatProportion,
} from '../../src/core/report/tables/sweep.ts';
import { settingKey } from '../../src/core/sweep/neurons.ts';
import type { NeuronsPerGate, Proportion, Sweep, SweepPoint } from '../../src/core/sweep/types.ts';
import type { Colour, Series } from './series.ts';
import type { Table } from './table.ts';

export const sweepQuantities = [
  'accuracy',
  'agreement',
  'mse',
  'outputMse',
  'spikes',
  'energy',
  'latency',
] as const;
export type SweepQuantity = (typeof sweepQuantities)[number];

export const sweepTitles: Readonly<Record<SweepQuantity, string>> = {
  accuracy: 'Accuracy',
  agreement: 'Agreement with the trained network',
  mse: 'MSE of the worst population',
  outputMse: 'Output MSE',
  spikes: 'Spikes per sample',
  energy: 'Energy per inference',
  latency: 'Latency per inference',
};

/** What a quantity is at one number of time-steps. */
interface Measured {
  /** Null where only a range is known. */
  readonly value: number | null;
  readonly low: number;
  readonly high: number;
  /** As the command line prints it. */
  readonly words: string;
}

export type Mark = 'circle' | 'square' | 'diamond';

/** A line; its values stand over {@link Curves.places}, null where there is none. */
export interface Curve extends Series {
  readonly measured: readonly (Measured | null)[];
  readonly mark: Mark;
  /** Points that somebody else measured are not joined. */
  readonly published: boolean;
}

export interface Curves {
  readonly quantity: SweepQuantity;
  readonly title: string;
  readonly across: 'timesteps' | 'neurons';
  /** Along the axis, in order: every T of a curve, or all neurons of each network. */
  readonly places: readonly number[];
  /** "T = 8", "K = 2 (auto), 512 neurons" */
  readonly placeWords: readonly string[];
  readonly curves: readonly Curve[];
  /** Of the trained network, which knows no time-steps; of the accuracy alone. */
  readonly level: Proportion | null;
  readonly log: boolean;
  readonly format: (value: number) => string;
}

interface Quantity {
  readonly log: boolean;
  readonly format: (value: number) => string;
  readonly of: (point: SweepPoint, chip: string) => Measured | null;
}

const plainly = (value: number, format: (value: number) => string): Measured => ({
  value,
  low: value,
  high: value,
  words: format(value),
});
const ofProportion = (proportion: Proportion | null): Measured | null =>
  proportion && { ...proportion, words: formatProportion(proportion) };

/** Energy and latency are known as ranges alone. */
function onChip(key: 'perInference' | 'latency', format: (value: number) => string): Quantity {
  return {
    log: true,
    format,
    of: ({ chips }, id) => {
      const range = chips.find((chip) => chip.id === id)?.[key];
      return range ? { value: null, ...range, words: formatRange(range, format) } : null;
    },
  };
}

const quantities: Readonly<Record<SweepQuantity, Quantity>> = {
  accuracy: { log: false, format: formatPercent, of: ({ accuracy }) => ofProportion(accuracy) },
  agreement: { log: false, format: formatPercent, of: ({ agreement }) => ofProportion(agreement) },
  mse: { log: true, format: formatError, of: ({ mse }) => plainly(mse, formatError) },
  outputMse: { log: true, format: formatError, of: ({ outputMse }) => plainly(outputMse, formatError) },
  spikes: { log: true, format: formatAverage, of: (point) => plainly(point.spikesPerSample, formatAverage) },
  energy: onChip('perInference', formatEnergy),
  latency: onChip('latency', formatSeconds),
};

/** A setting looks the same in every sweep: its coding by the mark, and all of it by colour and dashes. */
const looks: Readonly<Record<string, { readonly colour: Colour; readonly dash: readonly number[] }>> = {
  'residual float': { colour: 'blue', dash: [] },
  'reset float': { colour: 'orange', dash: [7, 3] },
  'residual loihi': { colour: 'green', dash: [3, 3] },
  'reset loihi': { colour: 'purple', dash: [8, 3, 2, 3] },
};

const neuronColours: readonly Colour[] = ['blue', 'orange', 'green', 'purple', 'yellow', 'foreground'];

/** Where numbers of neurons are compared, they have the colours; coding and arithmetic keep marks and dashes. */
function lookOf({ coding, arithmetic, neuronsPerGate }: SweepPoint, counts: readonly NeuronsPerGate[]) {
  const look = looks[`${coding} ${arithmetic}`]!;
  if (neuronsPerGate === undefined) return look;
  const index = counts.indexOf(neuronsPerGate);
  return { ...look, colour: neuronColours[index % neuronColours.length]! };
}

function labelOf({ coding, arithmetic, neuronsPerGate }: SweepPoint, automatic: number | null): string {
  const count = neuronsPerGate ? [`K = ${formatNeuronsPerGate(neuronsPerGate, automatic)}`] : [];
  return [coding, arithmetic, ...count].join(', ');
}

/** The chips that energy and latency are known on; none while it runs. */
export function sweptChips({ points }: Sweep): { readonly id: string; readonly name: string }[] {
  return (points[0]?.chips ?? []).filter(({ id }) =>
    points.some((point) => {
      const on = point.chips.find((chip) => chip.id === id);
      return on !== undefined && (on.perInference !== null || on.latency !== null);
    }),
  );
}

/** What there is to be shown of the sweep. */
export function quantitiesOf(sweep: Sweep): SweepQuantity[] {
  const chips = sweptChips(sweep).map(({ id }) => id);
  return sweepQuantities.filter((quantity) =>
    sweep.points.some((point) =>
      [...chips, ''].some((chip) => quantities[quantity].of(point, chip) !== null),
    ),
  );
}

/** @param chip id of the chip of energy and latency */
export function sweepCurves(sweep: Sweep, quantity: SweepQuantity, chip: string): Curves {
  const { points, published, analog } = sweep;
  const { of, ...how } = quantities[quantity];
  const shown = quantity === 'accuracy' ? published : [];
  const all = [...points, ...shown.flatMap((series) => series.points)].map(({ timesteps }) => timesteps);
  const timesteps = [...new Set(all)].sort((a, b) => a - b);
  const settings = [...new Set(points.map(settingKey))];
  const counts = [...new Set(points.flatMap(({ neuronsPerGate }) => neuronsPerGate ?? []))];
  return {
    ...how,
    quantity,
    title: sweepTitles[quantity],
    across: 'timesteps',
    places: timesteps,
    placeWords: timesteps.map((T) => `T = ${T}`),
    level: quantity === 'accuracy' ? analog : null,
    curves: [
      ...settings.map((setting): Curve => {
        const own = points.filter((point) => settingKey(point) === setting);
        const measured = timesteps.map((T) => {
          const point = own.find((each) => each.timesteps === T);
          return point ? of(point, chip) : null;
        });
        return {
          ...curve(measured),
          ...lookOf(own[0]!, counts),
          name: setting,
          label: labelOf(own[0]!, sweep.automatic),
          mark: own[0]!.coding === 'residual' ? 'circle' : 'square',
          published: false,
        };
      }),
      ...shown.map((series): Curve => {
        const measured = timesteps.map((T) => {
          const point = series.points.find((each) => each.timesteps === T);
          return point ? plainly(point.accuracy, formatPercent) : null;
        });
        return {
          ...curve(measured),
          ...{ colour: 'red', dash: [1, 3], name: series.name, label: series.name },
          ...{ mark: 'diamond', published: true, sign: 'M12 0l5 5l-5 5l-5 -5Z' },
        };
      }),
    ],
  };
}

const curve = (measured: readonly (Measured | null)[]) => ({
  measured,
  values: measured.map((each) => each?.value ?? null),
  width: 1.5,
});

/**
 * One curve over the neurons of networks that differ in them alone: their accuracy, or without labels their error.
 * @param points side by side
 */
export function neuronCurves(
  points: readonly SweepPoint[],
  { automatic, analog }: Pick<Sweep, 'automatic' | 'analog'>,
): Curves {
  const quantity = points.some(({ accuracy }) => accuracy !== null) ? 'accuracy' : 'mse';
  const { of, ...how } = quantities[quantity];
  const places = [...new Set(points.map(({ neurons }) => neurons))].sort((a, b) => a - b);
  const at = (place: number) => points.filter(({ neurons }) => neurons === place);
  const named = ({ neuronsPerGate = 'auto' }: SweepPoint) => formatNeuronsPerGate(neuronsPerGate, automatic);
  const { coding, arithmetic } = points[0]!;
  return {
    ...how,
    quantity,
    title: sweepTitles[quantity],
    across: 'neurons',
    places,
    placeWords: places.map(
      (place) => `K = ${at(place).map(named).join(', ')}, ${formatCount(place)} neurons`,
    ),
    level: quantity === 'accuracy' ? analog : null,
    curves: [
      {
        ...curve(places.map((place) => of(at(place)[0]!, ''))),
        ...looks[`${coding} ${arithmetic}`]!,
        name: 'neurons',
        label: [coding, arithmetic].join(', '),
        mark: coding === 'residual' ? 'circle' : 'square',
        published: false,
      },
    ],
  };
}

/** What is at one place: "T = 8: residual, float 99.00 % (97.68 – 99.57)". */
export function curveWords({ placeWords, curves }: Curves, index: number): string {
  const parts = curves.flatMap(({ label, measured }) => {
    const at = measured[index];
    return at ? [`${label} ${at.words}`] : [];
  });
  return `${placeWords[index]!}: ${parts.join('; ')}`;
}

const lowHigh = (title: string, format: (value: number) => string) =>
  ['from', 'to'].map((end) => ({ title: `${title}, ${end}`, format }));

/** Every point with all of its numbers; columns as of the command line's table. @param chip id of the chip of energy and latency */
export function sweepNumbers(sweep: Pick<Sweep, 'points' | 'automatic'>, chip: string): Table {
  const { points, automatic } = sweep;
  const compared = comparesNeurons(sweep);
  return {
    columns: [
      { title: 'arithmetic' },
      { title: 'coding' },
      { title: 'T', format: formatCount },
      ...(compared
        ? [{ title: 'K' }, { title: 'neurons', format: formatCount }, { title: 'cores', format: formatCount }]
        : []),
      { title: 'accuracy', format: formatPercent },
      ...lowHigh('accuracy, 95 %', formatPercent),
      { title: 'agreement', format: formatPercent },
      ...lowHigh('agreement, 95 %', formatPercent),
      { title: 'worst MSE', format: formatError },
      { title: 'output MSE', format: formatError },
      { title: 'spikes/sample', format: formatAverage },
      ...lowHigh('energy (J)', formatEnergy),
      ...lowHigh('latency (s)', formatSeconds),
      { title: 'tolerance' },
      { title: 'samples', format: formatCount },
    ],
    rows: points.map((point) => {
      const on = point.chips.find(({ id }) => id === chip);
      const ends = (range: { readonly low: number; readonly high: number } | null | undefined) => [
        range?.low ?? null,
        range?.high ?? null,
      ];
      return [
        ...[point.arithmetic, point.coding, point.timesteps],
        ...(compared
          ? [formatNeuronsPerGate(point.neuronsPerGate ?? 'auto', automatic), point.neurons, point.cores]
          : []),
        ...[point.accuracy?.value ?? null, ...ends(point.accuracy)],
        ...[point.agreement.value, ...ends(point.agreement)],
        ...[point.mse, point.outputMse, point.spikesPerSample],
        ...[...ends(on?.perInference), ...ends(on?.latency)],
        ...[point.meets ? 'met' : '', point.samples],
      ];
    }),
  };
}
