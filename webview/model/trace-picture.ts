/** One neuron over time: its value at every sequence step, and the time-steps of the windows around the one looked at. */
import type { NeuronDetail } from '../../src/core/detail/types.ts';
import { formatValue } from '../../src/core/report/detail.ts';
import { axisBelow, axisLeft, niceTicks, position, type Axis, type Box } from './axis.ts';
import { line, path, rect, text, type Palette, type Picture, type Shape } from './picture.ts';
import { shownWindows, type TimePlace } from './trace-table.ts';

const room = { left: 60, right: 16 };
const plots = { values: 90, potential: 190, input: 90 } as const;

interface Layout {
  readonly width: number;
  readonly height: number;
  readonly values: Box;
  readonly potential: Box;
  readonly input: Box;
}

function layOut(width: number): Layout {
  const wide = Math.max(160, width - room.left - room.right);
  const box = (top: number, height: number): Box => [room.left, top, wide, height];
  const values = box(36, plots.values);
  const potential = box(values[1] + values[3] + 80, plots.potential);
  const input = box(potential[1] + potential[3] + 46, plots.input);
  const size = { width: room.left + wide + room.right, height: input[1] + input[3] + 40 };
  return { ...size, values, potential, input };
}

/** The first of the windows that are drawn with a step. */
export function firstWindow(
  detail: Pick<NeuronDetail, 'steps' | 'timesteps'>,
  step: number,
  width: number,
): number {
  return shownWindows(detail, step, layOut(width).values[2])[0];
}

/** Of the windows that are drawn with a step; the same for all of them. */
export function tracePicture(detail: NeuronDetail, step: number, width: number, palette: Palette): Picture {
  const layout = layOut(width);
  return {
    width: layout.width,
    height: layout.height,
    shapes: [
      ...valuesOverSteps(detail, step, layout.values, palette),
      ...potentialOverTime(detail, step, layout.potential, palette),
      ...inputOverTime(detail, step, layout.input, palette),
    ],
  };
}

/** Lines where the cursor is, on the picture of its windows. */
export function traceCursor(
  { steps, timesteps }: Pick<NeuronDetail, 'steps' | 'timesteps'>,
  { step, timestep }: TimePlace,
  width: number,
  palette: Palette,
): Shape[] {
  const { values, potential, input } = layOut(width);
  const [first, windows] = shownWindows({ steps, timesteps }, step, values[2]);
  const inWindows = ((step - first) * timesteps + timestep + 0.5) / (windows * timesteps);
  const at = ([left, top, wide, height]: Box, part: number): Shape =>
    line([left + part * wide, top, left + part * wide, top + height], palette.orange, 2);
  return [at(values, (step + 0.5) / steps), at(potential, inWindows), at(input, inWindows)];
}

function spread(low: number, high: number): readonly [number, number] {
  const margin = 0.06 * (high - low) || 0.5;
  return [low - margin, high + margin];
}

function axis(title: string, values: Iterable<number>, wanted: number): Axis {
  let [least, most] = [Infinity, -Infinity];
  for (const value of values) {
    if (value < least) least = value;
    if (value > most) most = value;
  }
  const [low, high] = least <= most ? spread(least, most) : [0, 1];
  return { low, high, title, ticks: niceTicks(low, high, wanted), format: formatValue, grid: true };
}

/** Level over each step, so that a value is seen to last for its window. */
function stairs(values: ArrayLike<number>, [, , width, height]: Box, up: Axis): string {
  const each = width / values.length;
  return Array.from(values as ArrayLike<number> & Iterable<number>, (value, n) => {
    const y = height - position(up, height, value);
    return `${n === 0 ? 'M0' : `H${(n * each).toFixed(1)}V`}${n === 0 ? ' ' : ''}${y.toFixed(1)}H${((n + 1) * each).toFixed(1)}`;
  }).join('');
}

function valuesOverSteps(detail: NeuronDetail, step: number, box: Box, palette: Palette): Shape[] {
  const { analog, spiking, steps } = detail;
  const [left, top, width, height] = box;
  const up = axis('Value', [...analog, ...spiking], 3);
  const across = {
    low: 0.5,
    high: steps + 0.5,
    title: 'Sequence step',
    ticks: steps === 1 ? [1] : niceTicks(1, steps, width / 70, 1),
    format: String,
    grid: false,
  };
  const [first, count] = shownWindows(detail, step, width);
  const each = width / steps;
  return [
    rect([left + first * each, top, count * each, height], { fill: palette.grid }),
    ...axisLeft(up, box, palette),
    path([left, top], stairs(analog, box, up), { stroke: palette.foreground, dash: [5, 3] }),
    path([left, top], stairs(spiking, box, up), { stroke: palette.blue, strokeWidth: 1.5 }),
    ...axisBelow(across, box, palette),
    ...key(
      [
        { words: 'spiking (decoded)', colour: palette.blue, dash: [] },
        { words: 'analog', colour: palette.foreground, dash: [5, 3] },
      ],
      [left + width, top - 22],
      palette,
    ),
  ];
}

/** Names of lines, from the right. */
function key(
  entries: readonly { readonly words: string; readonly colour: string; readonly dash: readonly number[] }[],
  [right, y]: readonly [number, number],
  palette: Palette,
): Shape[] {
  let end = right;
  return [...entries].reverse().flatMap(({ words, colour, dash }) => {
    const start = end - 7 * words.length - 30;
    end = start - 10;
    return [
      path([start, y - 4], 'M0 0h22', { stroke: colour, strokeWidth: 2, dash }),
      text([start + 28, y], words, { fill: palette.muted, size: 11 }),
    ];
  });
}

/** The part of a trace that is drawn, and where its time-steps lie. */
function shown(detail: NeuronDetail, step: number, [left, top, width, height]: Box, palette: Palette) {
  const { timesteps } = detail;
  const [first, windows] = shownWindows(detail, step, width);
  const each = width / (windows * timesteps);
  const cut = <T extends Float64Array | Int8Array>(values: T): T =>
    values.subarray(first * timesteps, (first + windows) * timesteps) as T;
  const edges = Array.from(
    { length: windows - 1 },
    (_, n) => `M${((n + 1) * timesteps * each).toFixed(1)} 0v${height}`,
  );
  return {
    first,
    windows,
    each,
    cut,
    edges: path([left, top], edges.join(''), { stroke: palette.muted, dash: [1, 3] }),
  };
}

function potentialOverTime(detail: NeuronDetail, step: number, box: Box, palette: Palette): Shape[] {
  const { trace } = detail;
  const [left, top, width, height] = box;
  const { cut, each, edges, first, windows } = shown(detail, step, box, palette);
  const [potential, after, spikes] = [cut(trace.potential), cut(trace.after), cut(trace.spikes)];
  const thresholds = [trace.upper, ...(trace.lower === null ? [] : [trace.lower])];
  // Of the whole sample: pages can be compared.
  const up = axis('Membrane potential', [...trace.potential, ...trace.after, ...thresholds], 5);
  const y = (value: number): number => height - position(up, height, value);
  // Up to what is compared, then down by the reset of a spike.
  const levels = Array.from(potential, (value, t) => {
    const x = ((t + 0.5) * each).toFixed(1);
    const reset = spikes[t] === 0 ? '' : `V${y(after[t]!).toFixed(1)}`;
    return `${t === 0 ? 'M' : 'L'}${x} ${y(value).toFixed(1)}${reset}`;
  });
  const ticks = Array.from(spikes, (spike, t) =>
    spike === 0 ? '' : `M${((t + 0.5) * each).toFixed(1)} ${spike > 0 ? '0v10' : `${height}v-10`}`,
  );
  return [
    ...axisLeft(up, box, palette),
    ...thresholds.map((value) =>
      path([left, top], `M0 ${y(value).toFixed(1)}h${width}`, { stroke: palette.red, dash: [6, 3] }),
    ),
    path([left, top], levels.join(''), { stroke: palette.blue, strokeWidth: 1.5 }),
    path([left, top], ticks.join(''), {
      stroke: palette.foreground,
      strokeWidth: Math.max(1.5, Math.min(3, each / 3)),
    }),
    edges,
    line([left, top + height, left + width, top + height], palette.muted),
    ...key(
      [
        { words: 'potential', colour: palette.blue, dash: [] },
        { words: 'threshold', colour: palette.red, dash: [6, 3] },
        { words: 'spikes', colour: palette.foreground, dash: [2, 4] },
      ],
      [left + width, top - 22],
      palette,
    ),
    ...(windows === 1 ? [] : windowNumbers(first, windows, box, palette)),
  ];
}

/** The sequence step below each window that is wide enough for it. */
function windowNumbers(
  first: number,
  windows: number,
  [left, top, width, height]: Box,
  palette: Palette,
): Shape[] {
  const each = width / windows;
  const every = Math.ceil(30 / each);
  return Array.from({ length: windows }, (_, n) => n)
    .filter((n) => (first + n + 1) % every === 0)
    .map((n) =>
      text([left + (n + 0.5) * each, top + height + 14], String(first + n + 1), {
        fill: palette.muted,
        size: 11,
        anchor: 'middle',
      }),
    );
}

function inputOverTime(detail: NeuronDetail, step: number, box: Box, palette: Palette): Shape[] {
  const [left, top, width, height] = box;
  const { cut, each, edges } = shown(detail, step, box, palette);
  const input = cut(detail.trace.input);
  const up = axis('Input from spikes', [0, ...detail.trace.input], 3);
  const zero = height - position(up, height, 0);
  const bars = Array.from(input, (value, t) => {
    const tall = position(up, height, value) - position(up, height, 0);
    const x = (t + 0.2) * each;
    return `M${x.toFixed(1)} ${zero.toFixed(1)}h${(0.6 * each).toFixed(2)}v${(-tall).toFixed(1)}h${(-0.6 * each).toFixed(2)}z`;
  });
  return [
    ...axisLeft(up, box, palette),
    path([left, top], bars.join(''), { fill: palette.green }),
    line([left, top + zero, left + width, top + zero], palette.muted),
    edges,
    text([left + width / 2, top + height + 18], 'Time-steps, by sequence step', {
      fill: palette.muted,
      size: 11,
      anchor: 'middle',
    }),
  ];
}
