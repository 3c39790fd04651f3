/** Bars from a low to a high end on logarithmic axes, with the values in words beside each. */
import type { Colour } from './series.ts';
import { line, rect, shorten, text, textWidth, type Palette, type Picture, type Shape } from './picture.ts';

export interface RangeBar {
  readonly label: string;
  /** Null: no bar, only the words. */
  readonly range: { readonly low: number; readonly high: number } | null;
  /** The value, or why there is none. */
  readonly words: string;
  readonly colour: Colour;
  readonly bold?: boolean;
}

/** Bars under one heading. */
export interface BarGroup {
  readonly heading: string | null;
  readonly words: string;
  readonly bars: readonly RangeBar[];
}

/** Groups over one axis. */
export interface BarSection {
  readonly title: string | null;
  readonly groups: readonly BarGroup[];
  /** Of the numbers below the axis. */
  readonly format: (value: number) => string;
}

const rowHeight = 22;
const size = 12;
const axisHeight = 24;
/** Below it, a bar stands under its label in place of beside it. */
const narrow = 620;

interface Layout {
  readonly width: number;
  /** Label and words stand in a line above the bar. */
  readonly stacked: boolean;
  readonly left: number;
  readonly right: number;
  readonly palette: Palette;
}

export function rangeBars(sections: readonly BarSection[], width: number, palette: Palette): Picture {
  const bars = sections.flatMap(({ groups }) => groups.flatMap((group) => group.bars));
  const stacked = width < narrow;
  const widest = (list: readonly string[]): number =>
    Math.max(0, ...list.map((words) => textWidth(words, size)));
  const layout: Layout = {
    width,
    stacked,
    left: stacked ? 4 : Math.min(0.35 * width, 12 + widest(bars.map(({ label }) => label))),
    right: stacked ? 4 : Math.min(0.3 * width, 16 + widest(bars.map(({ words }) => words))),
    palette,
  };
  const shapes: Shape[] = [];
  let y = 0;
  for (const section of sections) y = drawSection(section, y, layout, shapes);
  return { width, height: y, shapes };
}

/** @returns where the next one starts */
function drawSection(section: BarSection, top: number, layout: Layout, shapes: Shape[]): number {
  const { width, left, right, palette } = layout;
  const { title, groups, format } = section;
  let y = top;
  if (title !== null) {
    shapes.push(text([0, y + 16], title, { fill: palette.foreground, size, bold: true }));
    y += 24;
  }
  const decades = axisDecades(groups.flatMap(({ bars }) => bars));
  const scale = decades && {
    ...decades,
    place: (value: number) =>
      left + ((Math.log10(value) - decades.from) / (decades.to - decades.from)) * (width - left - right),
  };
  const rowsTop = y;
  const drawn: Shape[] = [];
  for (const group of groups) y = drawGroup(group, y, layout, scale?.place ?? null, drawn);
  if (scale) shapes.push(...axis(scale, rowsTop, y, format, layout));
  shapes.push(...drawn);
  return y + (scale ? axisHeight : 0) + 8;
}

interface Decades {
  readonly from: number;
  readonly to: number;
}

/** Powers of ten around all bars; null without any: a logarithm has no place for 0. */
export function axisDecades(bars: readonly Pick<RangeBar, 'range'>[]): Decades | null {
  const values = bars.flatMap(({ range }) => (range === null ? [] : [range.low, range.high]));
  const positive = values.filter((value) => value > 0);
  if (positive.length === 0) return null;
  const from = Math.floor(Math.log10(Math.min(...positive)) + 1e-9);
  return { from, to: Math.max(from + 1, Math.ceil(Math.log10(Math.max(...positive)) - 1e-9)) };
}

function axis(
  { from, to, place }: Decades & { readonly place: (value: number) => number },
  top: number,
  bottom: number,
  format: (value: number) => string,
  { width, left, right, palette }: Layout,
): Shape[] {
  const room = (width - left - right) / (to - from);
  const every = Math.max(1, Math.ceil(64 / room));
  return Array.from({ length: to - from + 1 }, (_, index) => index).flatMap((index): Shape[] => {
    const x = place(10 ** (from + index));
    const numbered = index % every === 0;
    const anchor = layoutAnchor(x, width);
    return [
      line([x, top, x, bottom + (numbered ? 4 : 0)], palette.grid),
      ...(numbered
        ? [
            text([x, bottom + 16], short(format(10 ** (from + index))), {
              fill: palette.muted,
              size: 11,
              anchor,
            }),
          ]
        : []),
    ];
  });
}

/** "1.00 nJ" as "1 nJ": an axis has powers of ten only. */
function short(words: string): string {
  return words.replace(/\.0+(?!\d)/, '');
}

/** Numbers at the ends stay within the picture. */
function layoutAnchor(x: number, width: number): 'start' | 'middle' | 'end' {
  if (x < 24) return 'start';
  return x > width - 24 ? 'end' : 'middle';
}

function drawGroup(
  { heading, words, bars }: BarGroup,
  top: number,
  layout: Layout,
  place: ((value: number) => number) | null,
  shapes: Shape[],
): number {
  const { width, palette } = layout;
  let y = top;
  if (heading !== null) {
    shapes.push(
      text([0, y + 17], heading, { fill: palette.foreground, size, bold: true }),
      text([width, y + 17], words, { fill: palette.foreground, size, anchor: 'end', bold: true }),
    );
    y += rowHeight + 2;
  }
  for (const bar of bars) y = drawBar(bar, y, layout, place, shapes);
  return y + 4;
}

function drawBar(
  { label, range, words, colour, bold = false }: RangeBar,
  top: number,
  { width, stacked, left, right, palette }: Layout,
  place: ((value: number) => number) | null,
  shapes: Shape[],
): number {
  const muted = range === null ? palette.muted : palette.foreground;
  const wordsWidth = textWidth(words, size);
  const labelRoom = stacked ? width - wordsWidth - 12 : left - 10;
  shapes.push(
    text([stacked ? 0 : 8, top + 15], shorten(label, size, labelRoom), { fill: muted, size, bold }),
    text([width, top + 15], words, { fill: muted, size, anchor: 'end', bold }),
  );
  const bottom = top + (stacked ? rowHeight + 14 : rowHeight);
  if (range === null || place === null || range.high <= 0) return bottom;
  const x = place(range.low > 0 ? range.low : range.high);
  const long = Math.max(3, place(range.high) - x);
  const y = stacked ? top + rowHeight : top + 5;
  // A mark in place of a bar where both ends are alike; it may not leave the axis.
  const start = Math.min(x, width - right - 3);
  shapes.push(
    rect([start, y, long, 11], { fill: palette[colour], stroke: palette.foreground, strokeWidth: 0.5 }),
  );
  return bottom;
}
