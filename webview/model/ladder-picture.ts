/** Draws the ladder: what each rung adds to the error of the outputs, from where the one before has left it. */
import { rungWords } from '../../src/core/attribute/summary.ts';
import type { Explanation, Rung } from '../../src/core/attribute/types.ts';
import { partOfWhole } from '../../src/core/report/analysis-words.ts';
import { formatError, formatPercent } from '../../src/core/report/format.ts';
import { formatErrorChange, formatPoints } from '../../src/core/report/tables/explanation.ts';
import { line, rect, shorten, text, textWidth, type Palette, type Picture, type Shape } from './picture.ts';

const size = 12;
const barHeight = 12;
const lineHeight = 17;
/** Between two rungs. */
const gap = 12;
/** Below it, a rung's numbers stand under its bar in place of beside it. */
const narrow = 620;

interface Layout {
  readonly width: number;
  /** Of the bars. */
  readonly barsWidth: number;
  /** Output MSE at the right end. */
  readonly most: number;
  readonly palette: Palette;
}

export function ladderPicture(
  { rungs }: Pick<Explanation, 'rungs'>,
  width: number,
  palette: Palette,
): Picture {
  const numbers = rungs.map((rung) => numberWords(rung, rungs));
  const widest = Math.max(...numbers.map((words) => textWidth(words, size)));
  const stacked = width < narrow;
  const layout: Layout = {
    width,
    barsWidth: stacked ? width - 2 : Math.max(160, width - widest - 16),
    most: Math.max(...rungs.map(({ mse }) => mse)),
    palette,
  };
  const shapes: Shape[] = [];
  let y = 0;
  rungs.forEach((rung, index) => {
    const from = rungs[index - 1]?.mse ?? 0;
    shapes.push(...title(rung, y, layout));
    y += lineHeight + 3;
    if (rung.applies) {
      shapes.push(...bar(rung, from, y, layout));
      if (stacked) y += barHeight + lineHeight;
      const at = stacked ? ([0, y - 2] as const) : ([layout.barsWidth + 14, y + barHeight - 2] as const);
      shapes.push(text(at, numbers[index]!, { fill: palette.foreground, size }));
      y += stacked ? 0 : barHeight;
    }
    y += gap;
  });
  return { width, height: y - gap + 4, shapes };
}

function title({ name, applies }: Rung, y: number, { width, palette }: Layout): Shape[] {
  const words = applies ? rungWords[name] : `${rungWords[name]}: nothing to change here`;
  // Names are bold, and wider than plain words.
  const room = 1.2 * textWidth('activations', size) + 6;
  return [
    text([0, y + 13], name, { fill: applies ? palette.foreground : palette.muted, size, bold: applies }),
    text([room, y + 13], shorten(words, size, width - room), { fill: palette.muted, size }),
  ];
}

/** Towards the right what is added, towards the left, hollow, what is taken away; a line leads on to the next. */
function bar({ mse }: Rung, from: number, y: number, { barsWidth, most, palette }: Layout): Shape[] {
  const at = (value: number) => (most > 0 ? (value / most) * barsWidth : 0);
  const [low, high] = [Math.min(from, mse), Math.max(from, mse)];
  const length = Math.max(high > low ? 1.5 : 0, at(high) - at(low));
  const place = [Math.min(at(low), barsWidth - length), y, length, barHeight] as const;
  return [
    line([0, y + barHeight + 0.5, barsWidth, y + barHeight + 0.5], palette.grid),
    ...(low > 0 ? [rect([0, y + barHeight / 2 - 1, at(low), 2], { fill: palette.grid })] : []),
    ...(length === 0
      ? []
      : [rect(place, mse > from ? { fill: palette.blue } : { stroke: palette.green, strokeWidth: 1.5 })]),
  ];
}

function numberWords(rung: Rung, rungs: readonly Rung[]): string {
  const { name, applies, mse, accuracy, agreement, change } = rung;
  if (!applies) return '';
  const answers =
    accuracy === null
      ? `agreement ${formatPercent(agreement)}`
      : `accuracy ${formatPercent(accuracy)}${name === 'trained' ? '' : ` (${formatPoints(change.accuracy)})`}`;
  if (name === 'trained') return answers;
  const part = partOfWhole(rung, rungs);
  const percent = part === null ? '' : ` (${formatPercent(part).replace('-', '−')})`;
  return `${formatErrorChange(change.mse)}${percent} to ${formatError(mse)}; ${answers}`;
}
