/** Axes of pictures that are made of shapes. */
import { line, text, type Palette, type Shape } from './picture.ts';

/** Left, top, width, height. */
export type Box = readonly [left: number, top: number, width: number, height: number];

/** Round numbers from `low` to `high`, about `wanted` of them; the step is 1, 2 or 5 times a power of ten. */
export function niceTicks(low: number, high: number, wanted: number, least = 0): number[] {
  if (!(high > low)) return [low];
  const raw = (high - low) / Math.max(1, wanted);
  const power = 10 ** Math.floor(Math.log10(raw));
  const factor = [1, 2, 5, 10].find((each) => each * power >= raw * 0.999)!;
  const step = Math.max(least, factor * power);
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from({ length: Math.max(0, count) }, (_, n) => Number(((first + n) * step).toPrecision(12)));
}

export interface Axis {
  readonly low: number;
  readonly high: number;
  readonly title: string;
  readonly ticks: readonly number[];
  readonly format: (value: number) => string;
  /** Lines across the picture at every tick. */
  readonly grid: boolean;
}

const size = 11;
/** Room that an axis takes beside the plot: left of it, below it. */
export const axisRoom = { left: 56, bottom: 38 };

export function position({ low, high }: Pick<Axis, 'low' | 'high'>, length: number, value: number): number {
  return high > low ? ((value - low) / (high - low)) * length : length / 2;
}

/** Ticks and title below the plot. */
export function axisBelow(axis: Axis, [left, top, width, height]: Box, palette: Palette): Shape[] {
  const bottom = top + height;
  return [
    line([left, bottom, left + width, bottom], palette.muted),
    ...axis.ticks.flatMap((tick): Shape[] => {
      const x = left + position(axis, width, tick);
      return [
        ...(axis.grid ? [line([x, top, x, bottom], palette.grid)] : []),
        line([x, bottom, x, bottom + 4], palette.muted),
        text([x, bottom + 15], axis.format(tick), { fill: palette.muted, size, anchor: 'middle' }),
      ];
    }),
    text([left + width / 2, bottom + 31], axis.title, { fill: palette.muted, size, anchor: 'middle' }),
  ];
}

/** Ticks left of the plot, the title above it; values grow upwards. */
export function axisLeft(axis: Axis, [left, top, width, height]: Box, palette: Palette): Shape[] {
  return [
    line([left, top, left, top + height], palette.muted),
    ...axis.ticks.flatMap((tick): Shape[] => {
      const y = top + height - position(axis, height, tick);
      return [
        ...(axis.grid ? [line([left, y, left + width, y], palette.grid)] : []),
        line([left - 4, y, left, y], palette.muted),
        text([left - 7, y + 4], axis.format(tick), { fill: palette.muted, size, anchor: 'end' }),
      ];
    }),
    text([left, top - 8], axis.title, { fill: palette.muted, size }),
  ];
}

type Scale = Pick<Axis, 'low' | 'high' | 'ticks' | 'format'>;

/** Of fractions, within 0..1. */
export function shareScale(values: readonly number[], format: (value: number) => string): Scale {
  const [low, high] = values.length > 0 ? [Math.min(...values), Math.max(...values)] : [0, 1];
  const room = Math.max(0.04 * (high - low), 1e-3);
  const ends = { low: Math.max(0, low - room), high: Math.min(1, high + room) };
  return { ...ends, ticks: niceTicks(ends.low, ends.high, 5), format };
}

/** Of logarithms, in powers of ten, with some between where there are few; values that have none are left out. */
export function logScale(values: readonly number[], format: (value: number) => string): Scale {
  const positive = values.filter((value) => value > 0);
  const [low, high] = positive.length > 0 ? [Math.min(...positive), Math.max(...positive)] : [1, 10];
  const ends = { low: Math.log10(low) - 0.08, high: Math.log10(high) + 0.08 };
  const factors = ends.high - ends.low > 3 ? [1] : ends.high - ends.low > 1.2 ? [1, 3] : [1, 2, 5];
  const first = Math.floor(ends.low);
  const ticks = Array.from({ length: Math.ceil(ends.high) - first + 1 }, (_, n) => first + n)
    .flatMap((power) => factors.map((factor) => power + Math.log10(factor)))
    .filter((tick) => tick >= ends.low && tick <= ends.high);
  return { ...ends, ticks, format: (tick) => format(Number((10 ** tick).toPrecision(3))) };
}
