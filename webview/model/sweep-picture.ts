/** Draws the curves of a sweep over a logarithmic axis of time-steps, or of neurons. */
import {
  axisBelow,
  axisLeft,
  axisRoom,
  logScale,
  position,
  shareScale,
  type Axis,
  type Box,
} from './axis.ts';
import { formatCount } from '../../src/core/report/format.ts';
import { line, mix, path, text, textWidth, type Palette, type Picture, type Shape } from './picture.ts';
import type { CurvesLook } from './read-curves.ts';
import type { Curve, Curves, Mark } from './sweep-curves.ts';

const room = { ...axisRoom, left: 66, top: 26, right: 18 };
const tall = 270;
const size = 11;
/** Curves stand beside each other at the same place, so that their intervals are told apart. */
const shift = 4;

interface Frame {
  readonly box: Box;
  readonly across: Axis;
  readonly up: Axis;
  readonly log: boolean;
}

export function curvesPicture(curves: Curves, width: number, palette: Palette, look: CurvesLook): Picture {
  const shown = curves.curves.filter(({ name }) => !look.hidden.has(name));
  const frame = frameOf(curves, shown, width);
  const [left, top, wide, high] = frame.box;
  const legend = look.legend ? legendShapes(curves, shown, [left, top + high + 50], wide, palette) : [];
  return {
    width: left + wide + room.right,
    height: top + high + room.bottom + (look.legend ? 12 + 18 * legendRows(legend) : 0),
    shapes: [
      ...levelBand(curves, frame, palette),
      ...axisLeft(frame.up, frame.box, palette),
      ...axisBelow(frame.across, frame.box, palette),
      ...levelLine(curves, frame, palette),
      ...(look.cursor === null ? [] : [cursorLine(curves, frame, look.cursor, palette)]),
      ...bands(curves, shown, frame, palette),
      ...shown.flatMap((curve, index) =>
        curveShapes(curves, curve, (index - (shown.length - 1) / 2) * shift, frame, palette),
      ),
      ...legend,
    ],
  };
}

/** The index of the place next to `x`; null beside the plot. */
export function placeAt(curves: Curves, width: number, x: number): number | null {
  const frame = frameOf(curves, curves.curves, width);
  const [left, , wide] = frame.box;
  if (x < left - 10 || x > left + wide + 10 || curves.places.length === 0) return null;
  const distances = curves.places.map((place) => Math.abs(xOf(frame, place) - x));
  return distances.indexOf(Math.min(...distances));
}

function frameOf(curves: Curves, shown: readonly Curve[], width: number): Frame {
  const box: Box = [room.left, room.top, Math.max(120, width - room.left - room.right), tall];
  const { places, log, format, title } = curves;
  const [least, most] = [places[0] ?? 1, places.at(-1) ?? 2];
  const across: Axis = {
    low: Math.log2(least) - 0.2,
    high: Math.log2(most) + 0.2,
    title: acrossTitles[curves.across],
    ticks: labelled(curves).map(Math.log2),
    format: (tick) => formatCount(Math.round(2 ** tick)),
    grid: false,
  };
  const values = [
    ...shown.flatMap(({ measured }) => measured.flatMap((at) => (at ? [at.low, at.high] : []))),
  ];
  if (curves.level) values.push(curves.level.low, curves.level.high);
  const up = log ? logScale(values, format) : shareScale(values, format);
  return { box, across, up: { ...up, title: log ? `${title} (logarithmic)` : title, grid: true }, log };
}

const acrossTitles: Readonly<Record<Curves['across'], string>> = {
  timesteps: 'T, time-steps in a sequence step (logarithmic)',
  neurons: 'Neurons of all spiking layers (logarithmic)',
};

/** Powers of two of time-steps, where there are some; of neurons all that are drawn. */
function labelled({ across, places }: Curves): readonly number[] {
  const [least, most] = [places[0] ?? 1, places.at(-1) ?? 2];
  const powers = Array.from({ length: 17 }, (_, n) => 2 ** n).filter((T) => T >= least && T <= most);
  return across === 'timesteps' && powers.length > 1 ? powers : places;
}

function xOf({ box: [left, , wide], across }: Frame, place: number): number {
  return left + position(across, wide, Math.log2(place));
}

/** Null where a logarithm has no place for it. */
function yOf({ box: [, top, , high], up, log }: Frame, value: number): number | null {
  if (log && !(value > 0)) return null;
  return top + high - position(up, high, log ? Math.log10(value) : value);
}

function levelBand({ level }: Curves, frame: Frame, palette: Palette): Shape[] {
  if (!level) return [];
  const [left, , wide] = frame.box;
  const [bottom, top] = [yOf(frame, level.low)!, yOf(frame, level.high)!];
  return [
    path([0, 0], `M${left} ${top}h${wide}V${bottom}h${-wide}Z`, {
      fill: mix(palette.foreground, palette.background, 0.1),
    }),
  ];
}

function levelLine({ level }: Curves, frame: Frame, palette: Palette): Shape[] {
  if (!level) return [];
  const [left, , wide] = frame.box;
  const y = yOf(frame, level.value)!;
  return [path([0, 0], `M${left} ${y}h${wide}`, { stroke: palette.foreground, dash: [6, 4] })];
}

function cursorLine({ places }: Curves, frame: Frame, cursor: number, palette: Palette): Shape {
  const [, top, , high] = frame.box;
  const x = xOf(frame, places[cursor]!);
  return path([0, 0], `M${x} ${top}v${high}`, { stroke: palette.muted, dash: [3, 3] });
}

/** Of what is known as a range alone: an area, whose edges are drawn with the curves. */
function bands(curves: Curves, shown: readonly Curve[], frame: Frame, palette: Palette): Shape[] {
  return shown.flatMap((curve) => {
    const [lower, upper] = edges(curves, curve, frame);
    if (lower.length < 2) return [];
    const outline = [...lower, ...upper.toReversed()].map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`);
    const fill = mix(palette[curve.colour], palette.background, 0.12);
    return [path([0, 0], `M${outline.join('L')}Z`, { fill })];
  });
}

type Place = readonly [x: number, y: number];

function edges({ places: along }: Curves, { measured }: Curve, frame: Frame): readonly [Place[], Place[]] {
  const places = measured.flatMap((at, index) => {
    if (at?.value !== null) return [];
    const [low, high] = [yOf(frame, at.low), yOf(frame, at.high)];
    const x = xOf(frame, along[index]!);
    return low === null || high === null ? [] : [{ low: [x, low] as const, high: [x, high] as const }];
  });
  return [places.map(({ low }) => low), places.map(({ high }) => high)];
}

function curveShapes(curves: Curves, curve: Curve, aside: number, frame: Frame, palette: Palette): Shape[] {
  const stroke = palette[curve.colour];
  const places: Place[] = [];
  const intervals: string[] = [];
  curve.measured.forEach((at, index) => {
    const y = at && at.value !== null ? yOf(frame, at.value) : null;
    if (y === null) return;
    const x = xOf(frame, curves.places[index]!) + aside;
    places.push([x, y]);
    const [low, high] = [yOf(frame, at!.low), yOf(frame, at!.high)];
    if (low !== null && high !== null && low - high > 0.5) {
      intervals.push(`M${x - 3} ${low}h6m-3 0V${high}m-3 0h6`);
    }
  });
  const joined = (list: readonly Place[], dash: readonly number[]): Shape[] =>
    list.length < 2
      ? []
      : [
          path([0, 0], `M${list.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L')}`, {
            stroke,
            strokeWidth: 1.5,
            dash,
          }),
        ];
  const [lower, upper] = edges(curves, curve, frame);
  return [
    ...(curve.published ? [] : joined(places, curve.dash)),
    ...joined(lower, curve.dash),
    ...joined(upper, curve.dash),
    ...(intervals.length > 0 ? [path([0, 0], intervals.join(''), { stroke })] : []),
    ...[...places, ...lower, ...upper].map((place) => markShape(curve.mark, place, stroke, palette)),
  ];
}

/** Published points are hollow. */
function markShape(mark: Mark, at: Place, colour: string, palette: Palette): Shape {
  const d = {
    circle: 'M-3.5 0a3.5 3.5 0 1 0 7 0a3.5 3.5 0 1 0 -7 0Z',
    square: 'M-3 -3h6v6h-6Z',
    diamond: 'M0 -5l5 5l-5 5l-5 -5Z',
  }[mark];
  return path(at, d, { fill: mark === 'diamond' ? palette.background : colour, stroke: colour });
}

const legendRows = (shapes: readonly Shape[]): number =>
  new Set(shapes.flatMap((shape) => (shape.kind === 'text' ? [shape.y] : []))).size;

function legendShapes(
  { level }: Curves,
  shown: readonly Curve[],
  [left, top]: Place,
  wide: number,
  palette: Palette,
): Shape[] {
  const shapes: Shape[] = [];
  let [x, y] = [left, top];
  const entry = (words: string, sign: (x: number, y: number) => Shape[]) => {
    const width = 40 + textWidth(words, size);
    if (x > left && x + width > left + wide) [x, y] = [left, y + 18];
    shapes.push(...sign(x, y), text([x + 30, y + 4], words, { fill: palette.foreground, size }));
    x += width;
  };
  for (const curve of shown) {
    const stroke = palette[curve.colour];
    entry(curve.label, (at, y) => [
      ...(curve.published ? [] : [path([at, y], 'M0 0h24', { stroke, strokeWidth: 1.5, dash: curve.dash })]),
      markShape(curve.mark, [at + 12, y], stroke, palette),
    ]);
  }
  if (level) {
    entry('trained network', (at, y) => [
      path([at, y], 'M0 0h24', { stroke: palette.foreground, dash: [6, 4] }),
    ]);
  }
  // Above it, so that the axis' title is not taken for an entry.
  return [line([left, top - 14, left + wide, top - 14], palette.grid), ...shapes];
}
