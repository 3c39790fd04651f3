/** Draws a heat map: axes and legend as shapes; its cells as pixels on the page, as areas in an export. */
import { axisBelow, axisLeft, niceTicks, type Box } from './axis.ts';
import { heatColour, heatPosition, heatValue, pooled, type Heat } from './heat.ts';
import { path, rect, text, type Palette, type Picture, type Shape } from './picture.ts';

const room = { left: 44, top: 24, right: 84, bottom: 38 };
const legendCells = 48;

export interface HeatFrame {
  readonly width: number;
  readonly height: number;
  /** Where the cells lie. */
  readonly plot: Box;
  readonly shapes: readonly Shape[];
}

/** Everything but the cells. */
export function heatFrame(heat: Heat, width: number, palette: Palette): HeatFrame {
  const { steps, neurons } = heat;
  const tall = Math.min(360, Math.max(120, neurons * 8));
  const plot: Box = [room.left, room.top, Math.max(80, width - room.left - room.right), tall];
  const [left, top, wide] = plot;
  // A tick stands in the middle of its cell.
  const stepAxis = {
    low: 0.5,
    high: steps + 0.5,
    title: 'Sequence step',
    ticks: ticksOf(1, steps, wide / 70),
    format: String,
    grid: false,
  };
  // Neuron 0 is at the top.
  const neuronAxis = {
    low: -(neurons - 0.5),
    high: 0.5,
    title: 'Neuron',
    ticks: ticksOf(0, neurons - 1, tall / 30).map((neuron) => -neuron),
    format: (value: number) => String(Math.abs(value)),
    grid: false,
  };
  return {
    width,
    height: top + tall + room.bottom,
    plot,
    shapes: [
      rect([left - 0.5, top - 0.5, wide + 1, tall + 1], { stroke: palette.muted }),
      ...axisBelow(stepAxis, plot, palette),
      ...axisLeft(neuronAxis, plot, palette),
      ...legend(heat, [left + wide + 16, top, 14, Math.min(tall, 200)], palette),
    ],
  };
}

function ticksOf(low: number, high: number, wanted: number): number[] {
  return low === high ? [low] : niceTicks(low, high, wanted, 1);
}

/** The colours with the values that they stand for. */
function legend(heat: Heat, [left, top, width, height]: Box, palette: Palette): Shape[] {
  const each = height / legendCells;
  return [
    ...Array.from({ length: legendCells }, (_, n) =>
      // A little over the edge, so that no gap shines through.
      rect([left, top + height - (n + 1) * each, width, n === 0 ? each : each + 0.5], {
        fill: heatColour((n + 0.5) / legendCells, palette),
      }),
    ),
    rect([left - 0.5, top - 0.5, width + 1, height + 1], { stroke: palette.muted }),
    ...[0, 0.5, 1].map((at) =>
      text(
        [left + width + 6, top + height - at * height + 4 + 4 * (at - 0.5)],
        heat.format(heatValue(heat, at)),
        {
          fill: palette.muted,
          size: 11,
        },
      ),
    ),
  ];
}

/** [rows, columns, 4] bytes, red, green, blue, alpha: for as many cells as there is room for. */
export function heatPixels(heat: Heat, mostColumns: number, mostRows: number, palette: Palette) {
  const { rows, columns, cells } = pooled(heat, mostColumns, mostRows);
  const colours = Array.from({ length: 256 }, (_, n) =>
    Number.parseInt(heatColour(n / 255, palette).slice(1), 16),
  );
  const pixels = new Uint8ClampedArray(4 * rows * columns);
  for (let i = 0; i < cells.length; i++) {
    const colour = colours[Math.round(255 * heatPosition(heat, cells[i]!))]!;
    pixels[4 * i] = colour >> 16;
    pixels[4 * i + 1] = (colour >> 8) & 255;
    pixels[4 * i + 2] = colour & 255;
    pixels[4 * i + 3] = 255;
  }
  return { rows, columns, pixels };
}

/** Cells along an axis of an exported file. */
const mostExported = 512;
const exportedColours = 32;

/** The whole map as shapes: an area for each colour, so that a large map stays a small file. */
export function heatPicture(heat: Heat, width: number, palette: Palette): Picture {
  const frame = heatFrame(heat, width, palette);
  return {
    width: frame.width,
    height: frame.height,
    shapes: [...cellAreas(heat, frame.plot, palette), ...frame.shapes],
  };
}

function cellAreas(heat: Heat, [left, top, wide, tall]: Box, palette: Palette): Shape[] {
  const { rows, columns, cells } = pooled(heat, mostExported, mostExported);
  const areas = Array.from({ length: exportedColours }, () => [] as string[]);
  const [cellWidth, cellHeight] = [wide / columns, tall / rows];
  const short = (length: number) => String(Number(length.toFixed(2)));
  const colourOf = (row: number, column: number): number =>
    Math.round((exportedColours - 1) * heatPosition(heat, cells[row * columns + column]!));
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns;) {
      const colour = colourOf(row, column);
      const first = column;
      while (column < columns && colourOf(row, column) === colour) column++;
      const run = short((column - first) * cellWidth);
      areas[colour]!.push(
        `M${short(first * cellWidth)} ${short(row * cellHeight)}h${run}v${short(cellHeight)}h-${run}z`,
      );
    }
  }
  return areas.flatMap((area, n) =>
    area.length === 0
      ? []
      : [path([left, top], area.join(''), { fill: heatColour(n / (exportedColours - 1), palette) })],
  );
}
