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
