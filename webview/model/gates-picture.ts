/** Draws a table whose cells are coloured by the logarithm of the error in them: gates by rungs. */
import type { Explanation } from '../../src/core/attribute/types.ts';
import { formatError, formatPopulation } from '../../src/core/report/format.ts';
import { changedRungs, gateRows } from './explanation-tables.ts';
import { heatColour } from './heat.ts';
import { ink, rect, shorten, text, textWidth, type Palette, type Picture, type Shape } from './picture.ts';

const size = 12;
const rowHeight = 24;
const headHeight = 22;
const least = 66;
const widest = 120;
/** Errors further below the largest are all of one colour: rounding of the machine, not of the network. */
const decades = 6;

export function gatesPicture(
  explanation: Pick<Explanation, 'rungs'>,
  width: number,
  palette: Palette,
): Picture {
  const rungs = changedRungs(explanation);
  const rows = gateRows(explanation);
  const labels = rows.map(({ layer, population }) => `${layer}/${formatPopulation(population)}`);
  const left = Math.min(220, 14 + Math.max(0, ...labels.map((words) => textWidth(words, size))));
  const each = Math.max(least, Math.min(widest, (width - left) / Math.max(1, rungs.length)));
  const most = Math.log10(Math.max(Number.MIN_VALUE, ...rows.flatMap(({ errors }) => errors)));
  const cell = (error: number, row: number, column: number): Shape[] => {
    const at = error > 0 ? Math.max(0, 1 - (most - Math.log10(error)) / decades) : 0;
    const fill = heatColour(at, palette);
    const [x, y] = [left + column * each, headHeight + row * rowHeight];
    return [
      rect([x, y, each - 1, rowHeight - 1], { fill }),
      text([x + each / 2, y + 16], formatError(error), { fill: ink(fill), size, anchor: 'middle' }),
    ];
  };
  return {
    width: left + each * rungs.length,
    height: headHeight + rowHeight * rows.length,
    shapes: [
      ...rungs.map(({ name }, column) =>
        text([left + (column + 0.5) * each, 14], name, { fill: palette.muted, size, anchor: 'middle' }),
      ),
      ...rows.flatMap(({ errors }, row) => [
        text([0, headHeight + row * rowHeight + 16], shorten(labels[row]!, size, left), {
          fill: palette.foreground,
          size,
        }),
        ...errors.flatMap((error, column) => cell(error, row, column)),
      ]),
    ],
  };
}
