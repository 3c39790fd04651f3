/**
 * A picture as a list of shapes: drawn on the page as SVG, exported as SVG text, painted on a canvas for PNG.
 * Lengths in CSS pixels, y downwards; a text's y is its baseline.
 */
import type { Colour } from './series.ts';

export type ThemeColour = Colour | 'background' | 'muted' | 'grid';

/** "#rrggbb" of each of the editor's colours, in the theme of the moment. */
export type Palette = Readonly<Record<ThemeColour, string>>;

export interface Rect {
  readonly kind: 'rect';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly fill: string | null;
  readonly stroke: string | null;
  readonly strokeWidth: number;
  /** Lengths of dashes and gaps. */
  readonly dash: readonly number[];
}

export interface Text {
  readonly kind: 'text';
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly size: number;
  readonly fill: string;
  readonly anchor: 'start' | 'middle' | 'end';
  readonly bold: boolean;
}

export interface Line {
  readonly kind: 'line';
  readonly x1: number;
  readonly y1: number;
  readonly x2: number;
  readonly y2: number;
  readonly stroke: string;
  readonly strokeWidth: number;
}

/** Lines and areas of any form. */
export interface Path {
  readonly kind: 'path';
  /** Where the origin of `d` lies. */
  readonly x: number;
  readonly y: number;
  /** As SVG writes it, in absolute or relative commands. */
  readonly d: string;
  readonly fill: string | null;
  readonly stroke: string | null;
  readonly strokeWidth: number;
  readonly dash: readonly number[];
}

export type Shape = Rect | Text | Line | Path;

export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly shapes: readonly Shape[];
}

export function rect(
  [x, y, width, height]: readonly [number, number, number, number],
  paint: Partial<Pick<Rect, 'fill' | 'stroke' | 'strokeWidth' | 'dash'>>,
): Rect {
  return { kind: 'rect', x, y, width, height, fill: null, stroke: null, strokeWidth: 1, dash: [], ...paint };
}

export function text(
  [x, y]: readonly [number, number],
  words: string,
  paint: Pick<Text, 'fill'> & Partial<Pick<Text, 'size' | 'anchor' | 'bold'>>,
): Text {
  return { kind: 'text', x, y, text: words, size: 12, anchor: 'start', bold: false, ...paint };
}

export function line(
  [x1, y1, x2, y2]: readonly [number, number, number, number],
  stroke: string,
  strokeWidth = 1,
): Line {
  return { kind: 'line', x1, y1, x2, y2, stroke, strokeWidth };
}

export function path(
  [x, y]: readonly [number, number],
  d: string,
  paint: Partial<Pick<Path, 'fill' | 'stroke' | 'strokeWidth' | 'dash'>>,
): Path {
  return { kind: 'path', x, y, d, fill: null, stroke: null, strokeWidth: 1, dash: [], ...paint };
}

/** `amount` of `over` on `under`, both "#rrggbb". */
export function mix(over: string, under: string, amount: number): string {
  const [a, b] = [channels(over), channels(under)];
  const mixed = a.map((value, index) => Math.round(amount * value + (1 - amount) * b[index]!));
  return `#${mixed.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}

/** Black or white, whichever has more contrast on `ground`: at least 4.5 to 1 on any colour (WCAG 2). */
export function ink(ground: string): string {
  const luminance = relativeLuminance(ground);
  return (luminance + 0.05) ** 2 > 1.05 * 0.05 ? '#000000' : '#ffffff';
}

/** Of a "#rrggbb" colour, 0..1, as WCAG 2 defines it. */
export function relativeLuminance(colour: string): number {
  const [red, green, blue] = channels(colour).map((value) => {
    const part = value / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red! + 0.7152 * green! + 0.0722 * blue!;
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16));
}

/** About as wide as the editor's fonts write it; a picture is laid out before it is drawn. */
export function textWidth(words: string, size: number): number {
  return 0.58 * size * words.length;
}

/** The start of the words and "…" where they are wider than `width`. */
export function shorten(words: string, size: number, width: number): string {
  const most = Math.max(2, Math.floor(width / (0.58 * size)));
  return words.length <= most ? words : `${words.slice(0, most - 1).trimEnd()}…`;
}

function wrap(words: string, size: number, width: number): string[] {
  const lines = [''];
  for (const word of words.split(' ')) {
    const longer = `${lines.at(-1)!} ${word}`.trimStart();
    if (textWidth(longer, size) <= width || lines.at(-1) === '') lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

const margin = 12;

/** With what a reader of the picture alone needs: ground, title, caption. */
export function framed(picture: Picture, title: string, caption: string, palette: Palette): Picture {
  const width = Math.max(picture.width, 360);
  const heading = wrap(title, 14, width);
  const below = wrap(caption, 12, width);
  const top = margin + heading.length * 18 + 6;
  const captionTop = top + picture.height + 8;
  const [full, height] = [width + 2 * margin, captionTop + below.length * 17 + margin];
  return {
    width: full,
    height,
    shapes: [
      rect([0, 0, full, height], { fill: palette.background }),
      ...heading.map((words, row) =>
        text([margin, margin + 13 + 18 * row], words, { fill: palette.foreground, size: 14, bold: true }),
      ),
      ...picture.shapes.map((shape) => moved(shape, margin, top)),
      ...below.map((words, row) =>
        text([margin, captionTop + 12 + 17 * row], words, { fill: palette.muted }),
      ),
    ],
  };
}

function moved(shape: Shape, x: number, y: number): Shape {
  if (shape.kind === 'line')
    return { ...shape, x1: shape.x1 + x, x2: shape.x2 + x, y1: shape.y1 + y, y2: shape.y2 + y };
  return { ...shape, x: shape.x + x, y: shape.y + y };
}

/** Attributes of a shape's SVG element, by their names there; absent where the element's own value serves. */
export function svgAttributes(shape: Shape): Readonly<Record<string, string | number>> {
  switch (shape.kind) {
    case 'rect': {
      const { x, y, width, height, fill, stroke, strokeWidth, dash } = shape;
      return {
        ...{ x, y, width, height, fill: fill ?? 'none' },
        ...(stroke === null ? {} : { stroke, 'stroke-width': strokeWidth }),
        ...(dash.length === 0 ? {} : { 'stroke-dasharray': dash.join(' ') }),
      };
    }
    case 'path': {
      const { x, y, d, fill, stroke, strokeWidth, dash } = shape;
      return {
        ...(x === 0 && y === 0 ? {} : { transform: `translate(${x} ${y})` }),
        ...{ d, fill: fill ?? 'none' },
        ...(stroke === null ? {} : { stroke, 'stroke-width': strokeWidth }),
        ...(dash.length === 0 ? {} : { 'stroke-dasharray': dash.join(' ') }),
      };
    }
    case 'text': {
      const { x, y, size, fill, anchor, bold } = shape;
      return {
        ...{ x, y, fill, 'font-size': size },
        ...(anchor === 'start' ? {} : { 'text-anchor': anchor }),
        ...(bold ? { 'font-weight': 600 } : {}),
      };
    }
    case 'line': {
      const { x1, y1, x2, y2, stroke, strokeWidth } = shape;
      return { x1, y1, x2, y2, stroke, 'stroke-width': strokeWidth };
    }
  }
}

/** A file of its own: every colour stands in it, nothing is looked up. */
export function toSvg(picture: Picture, title: string, font: string): string {
  const { width, height, shapes } = picture;
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  const drawn = shapes.map((shape) => {
    const attributes = Object.entries(svgAttributes(shape)).map(
      ([name, value]) => ` ${name}="${escaped(value)}"`,
    );
    const start = `<${shape.kind}${attributes.join('')}`;
    return shape.kind === 'text' ? `${start}>${escaped(shape.text)}</text>` : `${start}/>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" ${size} font-family="${escaped(font)}">`,
    `<title>${escaped(title)}</title>`,
    ...drawn,
    '</svg>\n',
  ].join('\n');
}

function escaped(value: string | number): string {
  return typeof value === 'number'
    ? String(Number(value.toFixed(2)))
    : value
        .replaceAll('&', '&amp;')
        .replaceAll('<', '&lt;')
        .replaceAll('>', '&gt;')
        .replaceAll('"', '&quot;');
}
