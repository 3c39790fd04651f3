/** Charts small enough for a hover: SVG text in which every colour stands, because a picture in a hover looks none up. */
import { populationLook, type PopulationColour } from './looks.ts';

/** "#rrggbb" of each colour. */
export type ChartColours = Readonly<Record<PopulationColour | 'foreground' | 'muted', string>>;

export interface SmallSeries {
  /** Of the population; null for the output of its layer. */
  readonly population: string | null;
  readonly label: string;
  /** [steps]; a number that was not computed may be null. */
  readonly values: readonly (number | null)[];
}

export interface SmallBar {
  readonly label: string;
  /** The part of the width that is filled, 0..1; null: not known. */
  readonly part: number | null;
  /** The number in words. */
  readonly value: string;
  readonly colour: PopulationColour;
}

const width = 400;
/** Of a line: the editor cuts a hover off that is over 100,000 characters long. */
const mostPoints = 130;
const font = 'font-family="sans-serif" font-size="11"';

/** Lines over sequence steps, from 0 to the largest value, with a legend beside them. Steps count from 1. */
export function smallLines(
  title: string,
  series: readonly SmallSeries[],
  format: (value: number) => string,
  colours: ChartColours,
): string {
  const [left, top, right, bottom] = [8, 20, 268, Math.max(92, 20 + 15 * series.length)];
  const steps = series.reduce((most, { values }) => Math.max(most, values.length), 0);
  const largest = series.reduce(
    (most, { values }) => values.reduce<number>((a, value) => Math.max(a, value ?? 0), most),
    0,
  );
  const x = (step: number): number => left + ((right - left) * step) / Math.max(1, steps - 1);
  const y = (value: number): number => bottom - ((bottom - top) * value) / (largest || 1);
  const lines = series.map(({ population, values }) => {
    const drawn = thinned(values).map(([step, value]) => `${at(x(step))},${at(y(value))}`);
    // One point is no line.
    const points = drawn.length === 1 ? [drawn[0]!, `${at(right)},${drawn[0]!.split(',')[1]!}`] : drawn;
    return `<polyline points="${points.join(' ')}" fill="none" ${stroke(population, colours)}/>`;
  });
  const legend = series.map(({ population, label }, row) => {
    const middle = top + 6 + 15 * row;
    const sample = `<line x1="280" y1="${middle}" x2="302" y2="${middle}" ${stroke(population, colours)}/>`;
    return sample + words(308, middle + 4, label, colours.foreground);
  });
  return svg(title, bottom + 18, [
    words(left, 13, `${format(largest)} at most`, colours.muted),
    `<line x1="${left}" y1="${bottom}" x2="${right}" y2="${bottom}" stroke="${colours.muted}"/>`,
    words(left, bottom + 13, 'sequence step 1', colours.muted),
    words(right, bottom + 13, String(steps), colours.muted, 'end'),
    ...lines,
    ...legend,
  ]);
}

/** As many as a hover has room for: of every stretch of steps its largest value. */
function thinned(values: readonly (number | null)[]): (readonly [step: number, value: number])[] {
  const stretch = Math.max(1, Math.ceil(values.length / mostPoints));
  const points = new Map<number, readonly [number, number]>();
  values.forEach((value, step) => {
    const place = Math.floor(step / stretch);
    const largest = points.get(place)?.[1];
    if (value !== null && (largest === undefined || value > largest)) points.set(place, [step, value]);
  });
  return [...points.values()];
}

/** A bar a row, with its name before and its number behind it. */
export function smallBars(title: string, bars: readonly SmallBar[], colours: ChartColours): string {
  const [left, right] = [172, 320];
  const rows = bars.flatMap(({ label, part, value, colour }, row) => {
    const y = 4 + 18 * row;
    const full = (right - left) * Math.min(1, Math.max(0, part ?? 0));
    return [
      words(left - 6, y + 11, label, colours.foreground, 'end'),
      `<rect x="${left}" y="${y}" width="${right - left}" height="14" fill="none" stroke="${colours.muted}"/>`,
      `<rect x="${left}" y="${y}" width="${at(full)}" height="14" fill="${colours[colour]}"/>`,
      words(right + 6, y + 11, value, colours.foreground),
    ];
  });
  return svg(title, 8 + 18 * bars.length, rows);
}

function stroke(population: string | null, colours: ChartColours): string {
  if (population === null) return `stroke="${colours.foreground}" stroke-width="2"`;
  const { colour, dash } = populationLook(population);
  const dashes = dash.length === 0 ? '' : ` stroke-dasharray="${dash.join(' ')}"`;
  return `stroke="${colours[colour]}" stroke-width="1.25"${dashes}`;
}

function words(x: number, y: number, text: string, fill: string, anchor = 'start'): string {
  return `<text x="${x}" y="${y}" fill="${fill}" text-anchor="${anchor}">${escaped(text)}</text>`;
}

function svg(title: string, height: number, shapes: readonly string[]): string {
  const size = `width="${width}" height="${height}" viewBox="0 0 ${width} ${height}"`;
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" role="img" ${size} ${font}>`,
    `<title>${escaped(title)}</title>`,
    ...shapes,
    '</svg>',
  ].join('');
}

/** A coordinate, to a hundredth of a pixel. */
function at(value: number): number {
  return Number(value.toFixed(2));
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
