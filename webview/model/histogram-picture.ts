/** Draws how the weights of a tensor are distributed, and puts the same numbers into a table. */
import { formatWeight } from '../../src/core/inspect/format.ts';
import type { Histogram } from '../../src/core/inspect/types.ts';
import { formatCount } from '../../src/core/report/format.ts';
import { line, rect, text, type Palette, type Picture, type Shape } from './picture.ts';
import type { Table } from './table.ts';

const barsHeight = 88;
const axisHeight = 20;
const size = 11;
/** Nearer to the end of the axis, "0" would be written over its number. */
const labelRoom = 44;

/** Bars over the values from the least to the greatest weight; the tallest bar is the fullest bin. */
export function histogramPicture(histogram: Histogram, width: number, palette: Palette): Picture {
  const { min, max } = histogram;
  const top = 16;
  const bottom = top + barsHeight;
  const label = (x: number, value: number, anchor: 'start' | 'middle' | 'end'): Shape =>
    text([x, bottom + 15], formatWeight(value), { fill: palette.muted, size, anchor });
  const zero = min < 0 && max > 0 ? (-min / (max - min)) * width : null;
  return {
    width,
    height: bottom + axisHeight,
    shapes: [
      text([0, 10], countWords(fullest(histogram)), { fill: palette.muted, size }),
      line([0, top, width, top], palette.grid),
      ...bars(histogram, [0, top, width, barsHeight], palette.blue),
      line([0, bottom, width, bottom], palette.muted),
      ...(zero === null ? [] : [line([zero, top, zero, bottom + 4], palette.foreground)]),
      ...(zero === null || zero < labelRoom || zero > width - labelRoom ? [] : [label(zero, 0, 'middle')]),
      label(0, min, 'start'),
      ...(max > min ? [label(width, max, 'end')] : []),
    ],
  };
}

/** As small as a word: the bars alone. */
export function sparkPicture(histogram: Histogram, palette: Palette): Picture {
  const [width, height] = [80, 18];
  return {
    width,
    height,
    shapes: [
      ...bars(histogram, [0, 0, width, height - 1], palette.blue),
      line([0, height - 0.5, width, height - 0.5], palette.muted),
    ],
  };
}

function bars(
  histogram: Histogram,
  [left, top, width, height]: readonly [number, number, number, number],
  fill: string,
): Shape[] {
  const { bins } = histogram;
  const most = fullest(histogram);
  const each = width / bins.length;
  return bins.flatMap((count, i): Shape[] => {
    if (count === 0) return [];
    // A few of a million are still there to be seen.
    const tall = Math.max(1, (count / most) * height);
    return [rect([left + i * each, top + height - tall, Math.max(1, each - 0.5), tall], { fill })];
  });
}

function countWords(count: number): string {
  return `${formatCount(count)} ${count === 1 ? 'weight' : 'weights'}`;
}

function fullest({ bins }: Histogram): number {
  return bins.reduce((most, count) => Math.max(most, count), 1);
}

export function histogramTable({ min, max, bins }: Histogram): Table {
  const each = (max - min) / bins.length;
  return {
    columns: [
      { title: 'from', format: formatWeight },
      { title: 'to', format: formatWeight },
      { title: 'weights', format: formatCount },
    ],
    rows: bins.map((count, i) => [min + i * each, i === bins.length - 1 ? max : min + (i + 1) * each, count]),
  };
}

/** What stands below the picture: "1,792 weights from -0.99 to 0.99, mean -0.024, ..." */
export function histogramWords(histogram: Histogram): string {
  const { min, max, mean, standardDeviation, zeros, bins } = histogram;
  const count = bins.reduce((sum, n) => sum + n, 0);
  return [
    `${countWords(count)} from ${formatWeight(min)} to ${formatWeight(max)}`,
    `mean ${formatWeight(mean)}, standard deviation ${formatWeight(standardDeviation)}`,
    zeros === 0 ? 'none is 0' : `${formatCount(zeros)} ${zeros === 1 ? 'is' : 'are'} 0`,
  ].join('; ');
}
