/** Analog values against firing rates: the more pairs in a place, the stronger its colour; of one sample some as points. */
import type { Decoding, PopulationDetail, Scatter } from '../../src/core/detail/types.ts';
import { formatCorrelation, formatValue } from '../../src/core/report/detail.ts';
import { formatCount } from '../../src/core/report/format.ts';
import { axisBelow, axisLeft, niceTicks, position, type Box } from './axis.ts';
import { heatColour, type HeatPlace } from './heat.ts';
import { line, path, rect, type Palette, type Picture, type Shape } from './picture.ts';
import type { Table } from './table.ts';

const room = { left: 56, top: 24, right: 16, bottom: 38 };
const colours = 12;
/** Points of one sample that are drawn. */
const mostPoints = 400;

/** The firing rate that stands for a value. */
function rateOf({ base, span }: Decoding, value: number): number {
  return (value - base) / span;
}

/** What stands along the vertical axis. */
export function spikingTitle({ decoding }: Scatter): string {
  return decoding === null
    ? 'Value in the spiking network'
    : decoding.dual
      ? 'Firing rate, (positive − negative spikes) / T'
      : 'Firing rate, spikes / T';
}

/** The picture, and what marks a place of the heat map on it: of one sample it is a pair. */
export function scatterPicture(
  { scatter, values, neurons }: PopulationDetail,
  width: number,
  palette: Palette,
): { readonly picture: Picture; readonly ring: (place: HeatPlace) => Shape[] } {
  const side = Math.min(420, Math.max(180, width - room.left - room.right));
  const box: Box = [room.left, room.top, side, side];
  const { low, high } = scatter;
  const at = (analog: number, spiking: number): readonly [number, number] => [
    room.left + position(scatter, side, within(analog, low, high)),
    room.top + side - position(scatter, side, within(spiking, low, high)),
  ];
  const picture = {
    width: room.left + side + room.right,
    height: room.top + side + room.bottom,
    shapes: [
      ...axes(scatter, box, palette),
      ...densities(scatter, box, palette),
      line([...at(low, low), ...at(high, high)], palette.foreground),
      ...(values ? [points(pointIndices(values.analog.length), values, at, palette)] : []),
    ],
  };
  const ring = ({ step, neuron }: HeatPlace): Shape[] => {
    if (values === null) return [];
    const i = step * neurons + neuron;
    const [x, y] = at(values.analog[i] ?? low, values.spiking[i] ?? low);
    return [rect([x - 5, y - 5, 10, 10], { stroke: palette.orange, strokeWidth: 2 })];
  };
  return { picture, ring };
}

function within(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}

function axes(scatter: Scatter, box: Box, palette: Palette): Shape[] {
  const { low, high, decoding } = scatter;
  const across = {
    low,
    high,
    title: 'Analog value',
    ticks: niceTicks(low, high, 5),
    format: formatValue,
    grid: true,
  };
  const up =
    decoding === null
      ? { ...across, title: spikingTitle(scatter) }
      : {
          low: rateOf(decoding, low),
          high: rateOf(decoding, high),
          title: spikingTitle(scatter),
          ticks: niceTicks(rateOf(decoding, low), rateOf(decoding, high), 5),
          format: formatValue,
          grid: true,
        };
  return [...axisBelow(across, box, palette), ...axisLeft(up, box, palette)];
}

/** An area for each colour; colours by the logarithm of the number of pairs. */
function densities({ counts, cells }: Scatter, [left, top, width, height]: Box, palette: Palette): Shape[] {
  const most = counts.reduce((a, b) => Math.max(a, b), 1);
  const areas = Array.from({ length: colours }, () => [] as string[]);
  // The middle of the first cell and that of the last lie at the ends of the axes.
  const [cellWidth, cellHeight] = [width / (cells - 1), height / (cells - 1)];
  counts.forEach((count, i) => {
    if (count === 0) return;
    const strength = most === 1 ? 1 : Math.log(count) / Math.log(most);
    const [row, column] = [Math.floor(i / cells), i % cells];
    const [x, y] = [(column - 0.5) * cellWidth, height - (row + 0.5) * cellHeight];
    areas[Math.round(strength * (colours - 1))]!.push(
      `M${x.toFixed(1)} ${y.toFixed(1)}h${cellWidth.toFixed(2)}v${cellHeight.toFixed(2)}h-${cellWidth.toFixed(2)}z`,
    );
  });
  // From 0.25 on: a single pair is to be seen on the ground, too.
  return areas.flatMap((area, n) =>
    area.length === 0
      ? []
      : [path([left, top], area.join(''), { fill: heatColour(0.25 + (0.75 * n) / (colours - 1), palette) })],
  );
}

/** At most {@link mostPoints}, evenly spaced. */
function pointIndices(pairs: number): number[] {
  const drawn = Math.min(pairs, mostPoints);
  return Array.from({ length: drawn }, (_, n) => Math.floor((n * pairs) / drawn));
}

function points(
  indices: readonly number[],
  values: NonNullable<PopulationDetail['values']>,
  at: (analog: number, spiking: number) => readonly [number, number],
  palette: Palette,
): Shape {
  const crosses = indices.map((i) => {
    const [x, y] = at(values.analog[i]!, values.spiking[i]!);
    return `M${(x - 2).toFixed(1)} ${y.toFixed(1)}h4m-2 -2v4`;
  });
  return path([0, 0], crosses.join(''), { stroke: palette.foreground });
}

/** What stands below it. */
export function scatterWords({ scatter, values }: PopulationDetail): string {
  const { pairs, correlation, beyond } = scatter;
  const drawn = values ? pointIndices(pairs).length : 0;
  return [
    `Correlation ${formatCorrelation(correlation)} over ${formatCount(pairs)} pairs`,
    'colours by the logarithm of their number, the line is where both agree',
    ...(drawn > 0 ? [`${formatCount(drawn)} pairs as crosses`] : []),
    ...(beyond > 0 ? [`${formatCount(beyond)} lie beyond an axis and are drawn at its end`] : []),
  ].join('; ');
}

/** The cells that hold pairs. */
export function scatterTable({ scatter: { counts, cells, low, high, decoding } }: PopulationDetail): Table {
  const middle = (cell: number): number => low + (cell / (cells - 1)) * (high - low);
  const rows = [...counts].flatMap((count, i) => {
    if (count === 0) return [];
    const spiking = middle(Math.floor(i / cells));
    return [[middle(i % cells), decoding ? rateOf(decoding, spiking) : null, spiking, count]];
  });
  return {
    columns: [
      { title: 'analog value (middle of the cell)', format: formatValue },
      { title: 'firing rate (middle of the cell)', format: formatValue },
      { title: 'spiking value (middle of the cell)', format: formatValue },
      { title: 'pairs', format: formatCount },
    ],
    rows,
  };
}

/** Every pair of one sample, for export. */
export function pairTable({ values, neurons, scatter: { decoding } }: PopulationDetail): Table | null {
  if (values === null) return null;
  return {
    columns: ['sequence step', 'neuron', 'analog value', 'firing rate', 'spiking value'].map((title) => ({
      title,
    })),
    rows: [...values.analog].map((analog, i) => {
      const spiking = values.spiking[i]!;
      const rate = decoding ? rateOf(decoding, spiking) : null;
      return [Math.floor(i / neurons) + 1, i % neurons, analog, rate, spiking];
    }),
  };
}
