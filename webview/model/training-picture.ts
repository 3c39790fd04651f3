/** Draws the curves of a retraining: losses above, accuracy below, over the same epochs. */
import { formatPercent, formatSetting } from '../../src/core/report/format.ts';
import {
  axisBelow,
  axisLeft,
  axisRoom,
  logScale,
  niceTicks,
  position,
  shareScale,
  type Axis,
  type Box,
} from './axis.ts';
import { line, path, text, textWidth, type Palette, type Picture, type Shape } from './picture.ts';
import type { CurvesLook } from './read-curves.ts';
import { trainingSeries, type TrainingCurves, type TrainingPoint } from './training-curves.ts';

const room = { ...axisRoom, left: 66, top: 26, right: 18 };
const tall = { losses: 190, accuracy: 120, between: 40 };
const size = 11;

export function trainingPicture(
  curves: TrainingCurves,
  width: number,
  palette: Palette,
  { hidden, cursor, legend }: CurvesLook,
): Picture {
  const { above, below } = boxesOf(width);
  const drawn = (name: string, points: readonly TrainingPoint[]) => (hidden.has(name) ? [] : points);
  const losses = drawn('loss', curves.losses);
  const validated = drawn('validationLoss', curves.validationLosses);
  const accuracies = drawn('accuracy', curves.accuracies);
  const values = (points: readonly TrainingPoint[]) => points.map(({ value }) => value);
  const loss: Axis = {
    ...logScale([...values(losses), ...values(validated)], formatSetting),
    ...{ title: 'Loss, cross entropy in nats (logarithmic)', grid: true },
  };
  const share: Axis = {
    ...shareScale(values(accuracies), formatPercent),
    ...{ title: 'Validation accuracy', grid: true },
  };
  const across = acrossOf(curves);
  const styles = Object.fromEntries(trainingSeries(curves).map((series) => [series.name, series]));
  const shape = (name: string, points: readonly TrainingPoint[], up: Axis, box: Box, log: boolean) => {
    const { colour, dash } = styles[name]!;
    const places = placesOf(points, { across, up, box, log });
    return curveShapes(places, palette[colour], dash, name !== 'loss');
  };
  const [left, top, wide, high] = below;
  const legendTop = top + high + room.bottom + 12;
  return {
    width: left + wide + room.right,
    height: top + high + room.bottom + (legend ? 30 : 0),
    shapes: [
      ...axisLeft(loss, above, palette),
      ...axisBelow({ ...across, title: '', format: () => '' }, above, palette),
      ...axisLeft(share, below, palette),
      ...axisBelow(across, below, palette),
      ...markedEpochs(curves, cursor, across, [above, below], palette),
      ...shape('loss', losses, loss, above, true),
      ...shape('validationLoss', validated, loss, above, true),
      ...shape('accuracy', accuracies, share, below, false),
      ...(legend ? legendShapes(curves, hidden, [left, legendTop], wide, palette) : []),
    ],
  };
}

/** Index of the end of an epoch that lies next to `x`; null beside the plot. */
export function epochAt(curves: TrainingCurves, width: number, x: number): number | null {
  const [left, , wide] = boxesOf(width).above;
  if (x < left - 10 || x > left + wide + 10) return null;
  const across = acrossOf(curves);
  const distances = curves.ends.map(({ epoch }) => Math.abs(left + position(across, wide, epoch) - x));
  return distances.length === 0 ? null : distances.indexOf(Math.min(...distances));
}

function boxesOf(width: number): { readonly above: Box; readonly below: Box } {
  const wide = Math.max(120, width - room.left - room.right);
  return {
    above: [room.left, room.top, wide, tall.losses],
    below: [room.left, room.top + tall.losses + tall.between, wide, tall.accuracy],
  };
}

/** To the end of the training, or of the next power of two of its epochs: what has been done takes half of it at least. */
function acrossOf({ epochs, losses, ends }: TrainingCurves): Axis {
  const done = Math.max(losses.at(-1)?.at ?? 0, ends.at(-1)?.epoch ?? 0);
  const high = Math.min(epochs, 2 ** Math.max(0, Math.ceil(Math.log2(done))));
  return { low: 0, high, title: 'Epoch', ticks: niceTicks(0, high, 8, 1), format: String, grid: false };
}

type Place = readonly [x: number, y: number];

interface Frame {
  readonly across: Axis;
  readonly up: Axis;
  readonly box: Box;
  readonly log: boolean;
}

function placesOf(points: readonly TrainingPoint[], { across, up, box, log }: Frame): Place[] {
  const [left, top, wide, high] = box;
  return points.flatMap(({ at, value }) => {
    if (log && !(value > 0)) return [];
    const y = top + high - position(up, high, log ? Math.log10(value) : value);
    return [[left + position(across, wide, at), y] as const];
  });
}

/** @param marked whether each point is to be seen: there is one an epoch */
function curveShapes(
  places: readonly Place[],
  stroke: string,
  dash: readonly number[],
  marked: boolean,
): Shape[] {
  const joined = places.map(([x, y]) => `${x.toFixed(1)} ${y.toFixed(1)}`).join('L');
  const dots = marked || places.length === 1 ? places : [];
  return [
    ...(places.length > 1 ? [path([0, 0], `M${joined}`, { stroke, strokeWidth: 1.5, dash })] : []),
    ...dots.map((place) => path(place, 'M-3 0a3 3 0 1 0 6 0a3 3 0 1 0 -6 0Z', { fill: stroke, stroke })),
  ];
}

/** Lines where the best epoch so far ended, and under the cursor. */
function markedEpochs(
  { best, ends }: TrainingCurves,
  cursor: number | null,
  across: Axis,
  boxes: readonly Box[],
  palette: Palette,
): Shape[] {
  const at = (epoch: number, stroke: string, dash: readonly number[]): Shape[] =>
    boxes.map(([left, top, wide, high]) =>
      path([0, 0], `M${left + position(across, wide, epoch)} ${top}v${high}`, { stroke, dash }),
    );
  const under = cursor === null ? undefined : ends[cursor];
  const [left, top, wide] = boxes[0]!;
  const x = left + position(across, wide, best);
  // On the side that has room for it.
  const anchor = x > left + wide / 2 ? 'end' : 'start';
  const label = text([x + (anchor === 'end' ? -5 : 5), top + 10], 'best', {
    ...{ fill: palette.muted, size },
    anchor,
  });
  return [
    ...(under ? at(under.epoch, palette.muted, [3, 3]) : []),
    ...(best > 0 ? [...at(best, palette.foreground, [1, 3]), label] : []),
  ];
}

function legendShapes(
  curves: TrainingCurves,
  hidden: ReadonlySet<string>,
  [left, top]: Place,
  wide: number,
  palette: Palette,
): Shape[] {
  let x = left;
  const shown = trainingSeries(curves).filter(({ name }) => !hidden.has(name));
  const entries = shown.flatMap(({ label, colour, dash }) => {
    const stroke = palette[colour];
    const shapes = [
      path([x, top], 'M0 0h24', { stroke, strokeWidth: 1.5, dash }),
      text([x + 30, top + 4], label, { fill: palette.foreground, size }),
    ];
    x += 44 + textWidth(label, size);
    return shapes;
  });
  return [line([left, top - 14, left + wide, top - 14], palette.grid), ...entries];
}
