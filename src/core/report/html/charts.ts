/** Charts of a report page as SVG: colours and dashes stand in the page's style. Lengths in CSS pixels. */
import { html, px, type Html } from './markup.ts';

export interface BarRow {
  readonly label: string;
  /** One bar for each; null: none. */
  readonly values: readonly (number | null)[];
  /** Beside each bar. */
  readonly words: readonly string[];
}

const width = 760;
const labelWidth = 250;
const wordsWidth = 90;
const barHeight = 14;

/**
 * Horizontal bars, one row a label.
 * @param scale `log`: of values above 0, from a decade below the least
 */
export function barChart(title: string, rows: readonly BarRow[], scale: 'linear' | 'log'): Html {
  const place = scale === 'log' ? logarithmic(valuesOf(rows)) : linear(valuesOf(rows));
  const room = width - labelWidth - wordsWidth;
  let y = 2;
  const drawn = rows.map(({ label, values, words }) => {
    const top = y;
    const bars = values.map((value, n) => {
      const length = value === null ? 0 : Math.max(0, place(value)) * room;
      const at = top + n * (barHeight + 2);
      return html`<rect
          class="${n === 0 ? 'bar' : 'bar-b'}"
          x="${labelWidth}"
          y="${px(at)}"
          width="${px(Math.max(length, value ? 1 : 0))}"
          height="${barHeight}"
        /><text x="${px(labelWidth + length + 6)}" y="${px(at + 11)}">${words[n] ?? ''}</text>`;
    });
    y += values.length * (barHeight + 2) + 5;
    return html`<text class="end" x="${labelWidth - 8}" y="${px(top + 11)}">${shortened(label, 38)}</text
      >${bars}`;
  });
  return picture(title, y, html`${drawn}`);
}

function valuesOf(rows: readonly BarRow[]): number[] {
  return rows.flatMap(({ values }) =>
    values.filter((value): value is number => value !== null && Number.isFinite(value)),
  );
}

/** Of the greatest value. */
function linear(values: readonly number[]): (value: number) => number {
  const most = greatest(values);
  return (value) => (most > 0 ? value / most : 0);
}

function logarithmic(values: readonly number[]): (value: number) => number {
  const { low, high } = decades(values);
  return (value) => (value > 0 ? (Math.log10(value) - low) / (high - low) : 0);
}

function greatest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, value), 0);
}

/** Whole decades around the values above 0: at least one. */
function decades(values: readonly number[]): { readonly low: number; readonly high: number } {
  const logs = values.filter((value) => value > 0).map((value) => Math.log10(value));
  if (logs.length === 0) return { low: -1, high: 0 };
  const low = Math.ceil(logs.reduce((a, b) => Math.min(a, b)) - 1);
  const high = Math.ceil(logs.reduce((a, b) => Math.max(a, b)));
  return { low: Math.min(low, high - 1), high };
}

export interface Curve {
  readonly name: string;
  /** By sequence step. */
  readonly values: readonly (number | null)[];
}

const plot = { left: 64, top: 10, width: 670, height: 230 };

/** Curves over sequence steps, which count from 1, on a logarithmic axis; 0 has no place on it. */
export function stepChart(title: string, curves: readonly Curve[]): Html {
  const all = curves.flatMap(({ values }) => values.filter((value) => value !== null));
  const { low, high } = decades(all);
  const steps = Math.max(1, ...curves.map(({ values }) => values.length));
  const x = (step: number) => plot.left + (steps === 1 ? 0.5 : step / (steps - 1)) * plot.width;
  const y = (value: number) => plot.top + ((high - Math.log10(value)) / (high - low)) * plot.height;
  const every = Math.max(1, Math.ceil((high - low) / 8));
  const ticks = Array.from({ length: Math.floor((high - low) / every) + 1 }, (_, n) => low + n * every);
  const bottom = plot.top + plot.height;
  const grid = ticks.map((exponent) => {
    const at = px(y(10 ** exponent));
    return html`<line
        class="grid"
        x1="${plot.left}"
        x2="${plot.left + plot.width}"
        y1="${at}"
        y2="${at}"
      /><text class="end quiet" x="${plot.left - 8}" y="${px(y(10 ** exponent) + 4)}">1e${exponent}</text>`;
  });
  const lines = curves.map(({ values }, n) => {
    const className = `curve s${n % 6}`;
    return runs(values).map((run) =>
      run.length === 1
        ? html`<circle class="${className}" cx="${px(x(run[0]![0]))}" cy="${px(y(run[0]![1]))}" r="2" />`
        : html`<polyline
            class="${className}"
            points="${run.map(([step, value]) => `${px(x(step))},${px(y(value))}`).join(' ')}"
          />`,
    );
  });
  const axis = html`<text class="quiet" x="${plot.left}" y="${bottom + 18}">1</text
    ><text class="end quiet" x="${plot.left + plot.width}" y="${bottom + 18}">${steps}</text
    ><text class="middle quiet" x="${plot.left + plot.width / 2}" y="${bottom + 18}">sequence step</text>`;
  const legend = legendOf(curves, bottom + 42);
  return picture(title, legend.bottom, html`${grid}${axis}${lines}${legend.shapes}`);
}

/** Stretches of values above 0, as step and value. */
function runs(values: readonly (number | null)[]): (readonly [step: number, value: number])[][] {
  const found: (readonly [number, number])[][] = [[]];
  values.forEach((value, step) => {
    if (value !== null && value > 0) found.at(-1)!.push([step, value]);
    else if (found.at(-1)!.length > 0) found.push([]);
  });
  return found.filter((run) => run.length > 0);
}

function legendOf(curves: readonly Curve[], top: number): { readonly shapes: Html; readonly bottom: number } {
  let [x, y] = [plot.left, top];
  const shapes = curves.map(({ name }, n) => {
    const words = shortened(name, 60);
    const needed = 34 + 7 * words.length + 18;
    if (x > plot.left && x + needed > width) [x, y] = [plot.left, y + 20];
    const at = x;
    x += needed;
    return html`<line class="curve s${n % 6}" x1="${at}" x2="${at + 28}" y1="${y - 4}" y2="${y - 4}" /><text
        x="${at + 34}"
        y="${y}"
        >${words}</text
      >`;
  });
  return { shapes: html`${shapes}`, bottom: y + 8 };
}

function picture(title: string, height: number, shapes: Html): Html {
  return html`<svg
    role="img"
    aria-label="${title}"
    width="${width}"
    height="${px(height)}"
    viewBox="0 0 ${width} ${px(height)}"
  >
    ${shapes}
  </svg>`;
}

function shortened(words: string, most: number): string {
  return words.length <= most ? words : `${words.slice(0, most - 1).trimEnd()}…`;
}
