/** A chart on a canvas. The only module that knows uPlot. */
import type { RefObject } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import { cursorTarget } from '../model/chart-cursor.ts';
import { positive, type Series } from '../model/series.ts';
import { themeColour, themeFont, themeVersion } from './theme.ts';

export interface PlotProps {
  readonly kind: 'lines' | 'bars';
  readonly x: readonly number[];
  readonly series: readonly Series[];
  /** Names of series that are not drawn. */
  readonly hidden: ReadonlySet<string>;
  readonly xTitle: string;
  /** Words below the bars, in place of numbers. */
  readonly xLabels?: readonly string[];
  readonly yTitle: string;
  readonly yLog: boolean;
  /** Of the values written above bars. */
  readonly format: (value: number) => string;
  /** What a screen reader says in place of the picture. */
  readonly description: string;
  /** Index into `x` under the cursor. */
  readonly onCursor: (index: number | null) => void;
  /** Where the cursor is at first. */
  readonly start?: number | null;
  /** Where the picture is found for export. */
  readonly canvas: RefObject<HTMLCanvasElement>;
}

const lineHeight = 270;
const fontSize = 11;

export function Plot(props: PlotProps) {
  const { kind, x, series, hidden, description, onCursor, canvas } = props;
  const box = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot | null>(null);
  const theme = themeVersion.value;

  useLayoutEffect(() => {
    const element = box.current;
    if (element === null) return;
    const width = () => Math.max(160, element.clientWidth);
    const drawn = new uPlot(options(props, width()), data(props), element);
    plot.current = drawn;
    canvas.current = drawn.ctx.canvas;
    const { start = null } = props;
    if (start !== null && start < x.length) putCursor(drawn, x[start]!);
    const resized = new ResizeObserver(() => {
      if (width() !== drawn.width) drawn.setSize({ width: width(), height: height(props, width()) });
    });
    resized.observe(element);
    return () => {
      resized.disconnect();
      drawn.destroy();
      plot.current = null;
      canvas.current = null;
      onCursor(null);
    };
    // The other properties are functions and texts that follow from these.
  }, [kind, x, series, hidden, theme]);

  const moveCursor = (event: KeyboardEvent) => {
    const drawn = plot.current;
    if (drawn === null) return;
    const index = cursorTarget(event.key, drawn.cursor.idx ?? null, x.length);
    if (index === undefined) return;
    event.preventDefault();
    if (index === null) drawn.setCursor({ left: -10, top: -10 });
    else putCursor(drawn, x[index]!);
  };
  return (
    <div class="plot" ref={box} role="img" aria-label={description} tabIndex={0} onKeyDown={moveCursor} />
  );
}

function putCursor(drawn: uPlot, x: number): void {
  drawn.setCursor({ left: drawn.valToPos(x, 'x'), top: drawn.over.clientHeight / 2 });
}

function data({ x, series, yLog }: PlotProps): uPlot.AlignedData {
  return [[...x], ...series.map(({ values }) => (yLog ? positive(values) : [...values]))];
}

function options(props: PlotProps, width: number): uPlot.Options {
  const { kind, series, hidden, yLog, onCursor } = props;
  const bars = kind === 'bars';
  return {
    width,
    height: height(props, width),
    padding: [10, 12, 0, 0],
    legend: { show: false },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      points: { show: !bars, size: 5 },
    },
    scales: {
      x: { time: false, range: (_, low, high) => xRange(bars, low, high) },
      // eslint-disable-next-line @typescript-eslint/no-unsafe-enum-assignment -- an ambient const enum: no value to name
      y: { distr: yLog ? 3 : 1, range: (_, low, high) => yRange(yLog, low, high) },
    },
    axes: [xAxis(props, width), yAxis(props)],
    series: [
      {},
      ...series.map((line): uPlot.Series => ({
        label: line.label,
        show: !hidden.has(line.name),
        stroke: themeColour(line.colour),
        width: bars ? 0 : line.width,
        dash: [...line.dash],
        spanGaps: false,
        ...(bars ? { fill: themeColour(line.colour), paths: uPlot.paths.bars!({ size: [0.65, 56] }) } : {}),
        points: { show: !bars && line.values.length === 1, size: 7, fill: themeColour(line.colour) },
      })),
    ],
    hooks: {
      setCursor: [
        (plot) => {
          onCursor(plot.cursor.idx ?? null);
        },
      ],
      draw: bars
        ? [
            (plot) => {
              writeValues(plot, props);
            },
          ]
        : [],
    },
  };
}

/** Slanted words below bars take their room from the page, not from the bars. */
function height(props: PlotProps, width: number): number {
  return props.kind === 'lines' ? lineHeight : 230 + barAxis(props, width).size;
}

function xRange(bars: boolean, low: number, high: number): uPlot.Range.MinMax {
  if (bars) return [low - 0.5, high + 0.5];
  return low === high ? [low - 1, high + 1] : [low, high];
}

function yRange(log: boolean, low: number | null, high: number | null): uPlot.Range.MinMax {
  // Without a single value above 0 there is nothing to draw, but still an axis.
  if (log) return low === null || high === null ? [1e-6, 1] : uPlot.rangeLog(low, high, 10, true);
  return [0, high === null || high <= 0 ? 1 : high * 1.15];
}

function axisLook() {
  return {
    stroke: themeColour('muted'),
    font: themeFont(fontSize),
    labelFont: themeFont(fontSize),
    labelSize: 18,
    grid: { stroke: themeColour('grid'), width: 1 },
    ticks: { stroke: themeColour('grid'), width: 1, size: 4 },
  };
}

/** Size of the axis below the bars, and whether its words are slanted for want of room. */
function barAxis({ x, xLabels = [] }: PlotProps, width: number): { size: number; slanted: boolean } {
  const longest = Math.max(0, ...xLabels.map(textWidth));
  const slanted = longest + 8 > (width - 70) / x.length;
  return { size: slanted ? Math.ceil(longest * 0.77) + 18 : 28, slanted };
}

function xAxis(props: PlotProps, width: number): uPlot.Axis {
  const { kind, x, xTitle, xLabels } = props;
  if (kind === 'lines' || xLabels === undefined) {
    // Steps are whole numbers.
    const incrs = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];
    return { ...axisLook(), label: xTitle, size: 28, incrs };
  }
  const { size, slanted } = barAxis(props, width);
  return {
    ...axisLook(),
    label: xTitle,
    size,
    grid: { show: false },
    splits: () => [...x],
    values: () => [...xLabels],
    ...(slanted ? { rotate: 50 } : {}),
  };
}

function yAxis({ yTitle, yLog }: PlotProps): uPlot.Axis {
  const values = yLog
    ? (_: uPlot, splits: number[]) =>
        splits.map((value) => (isPowerOfTen(value) ? value.toExponential(0) : ''))
    : (_: uPlot, splits: number[]) => splits.map((value) => String(Number(value.toPrecision(6))));
  const look = axisLook();
  // Nine lines a decade would hide the curves.
  const filter = (_: uPlot, splits: number[]) =>
    splits.map((value) => (!yLog || isPowerOfTen(value) ? value : null));
  return { ...look, label: yTitle, values, size: 46, grid: { ...look.grid, filter } };
}

function isPowerOfTen(value: number | null): value is number {
  return value !== null && Math.abs(Math.log10(value) - Math.round(Math.log10(value))) < 1e-9;
}

function textWidth(text: string): number {
  const context = document.createElement('canvas').getContext('2d');
  if (context === null) return 7 * text.length;
  context.font = themeFont(fontSize);
  return context.measureText(text).width;
}

/** Writes a bar's value above it, where bars are wide enough. */
function writeValues(plot: uPlot, { x, series, hidden, format }: PlotProps): void {
  const { ctx } = plot;
  ctx.save();
  ctx.font = themeFont(fontSize * devicePixelRatio);
  ctx.fillStyle = themeColour('foreground');
  ctx.textAlign = 'center';
  ctx.textBaseline = 'bottom';
  const room = plot.bbox.width / x.length;
  for (const line of series) {
    if (hidden.has(line.name)) continue;
    line.values.forEach((value, index) => {
      if (value === null) return;
      const text = format(value);
      if (ctx.measureText(text).width > room) return;
      ctx.fillText(
        text,
        plot.valToPos(x[index]!, 'x', true),
        plot.valToPos(value, 'y', true) - 3 * devicePixelRatio,
      );
    });
  }
  ctx.restore();
}
