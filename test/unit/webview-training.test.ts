/** What the tab of a retraining draws and tabulates. */
import { describe, expect, test } from 'vitest';
import { epochsTable, networksTable } from '../../src/core/report/finetune-words.ts';
import { initialAnalyses, receiveAnalysis } from '../../webview/model/analyses-state.ts';
import type { Palette, Path } from '../../webview/model/picture.ts';
import type { Table } from '../../webview/model/table.ts';
import {
  epochReadOut,
  networksNumbers,
  trainingCurves,
  trainingNumbers,
} from '../../webview/model/training-curves.ts';
import { epochAt, trainingPicture } from '../../webview/model/training-picture.ts';
import { madeUpFinetuning, madeUpProgress, madeUpUnfinished } from '../browser/retraining.ts';

const palette: Palette = {
  ...{ blue: '#0000ff', orange: '#ff8800', green: '#00aa00', purple: '#880088', red: '#ff0000' },
  ...{ yellow: '#aaaa00', foreground: '#000000', background: '#ffffff', muted: '#777777', grid: '#dddddd' },
};
const width = 700;
const nothing = { hidden: new Set<string>(), cursor: null, legend: false };

/** Places of a curve, from its path in that colour. */
function places(colour: string, curves = trainingCurves(madeUpProgress(2.5)), look = nothing) {
  const paths = trainingPicture(curves, width, palette, look).shapes.filter(
    (shape): shape is Path => shape.kind === 'path' && shape.stroke === colour && shape.d.includes('L'),
  );
  return paths.flatMap(({ d }) =>
    d
      .slice(1)
      .split('L')
      .map((place) => place.split(' ').map(Number) as [number, number]),
  );
}

function cells({ columns, rows }: Table): string[][] {
  return rows.map((row) =>
    row.map((cell, column) =>
      cell === null ? '–' : typeof cell === 'number' ? (columns[column]!.format ?? String)(cell) : cell,
    ),
  );
}

describe('what the panel knows of a retraining', () => {
  test('is what the last message said', () => {
    const first = receiveAnalysis(initialAnalyses, { type: 'finetune', retraining: madeUpProgress(1) });
    const then = receiveAnalysis(first, { type: 'finetune', retraining: madeUpFinetuning() });
    expect(then.retraining).toEqual(madeUpFinetuning());
    const left = receiveAnalysis(then, { type: 'unfinished', unfinished: madeUpUnfinished });
    expect(left).toEqual({ ...then, unfinished: madeUpUnfinished });
    expect(receiveAnalysis(left, { type: 'unfinished', unfinished: null })).toEqual(then);
  });
});

describe('the curves', () => {
  test('grow from left to right over all epochs that there are to be', () => {
    const curves = trainingCurves(madeUpProgress(2.5));
    const loss = places(palette.blue, curves);
    expect(loss).toHaveLength(curves.losses.length);
    const [left, right] = [loss[0]![0], loss.at(-1)![0]];
    const whole = places(palette.blue, trainingCurves(madeUpFinetuning())).at(-1)![0];
    // 2.5 of 4 epochs.
    expect((right - left) / (whole - left)).toBeCloseTo(2.5 / 4, 1);
    for (const [n, [x]] of loss.entries()) if (n > 0) expect(x).toBeGreaterThan(loss[n - 1]![0]);
  });

  test('rise with accuracy and fall with the loss', () => {
    const [before, first, second] = places(palette.green).map(([, y]) => y);
    expect(first!).toBeLessThan(before!);
    expect(second!).toBeLessThan(first!);
    const validation = places(palette.orange).map(([, y]) => y);
    expect(validation.at(-1)!).toBeGreaterThan(validation[0]!);
  });

  test('are left out where they are hidden, and the axis fits the others', () => {
    const curves = trainingCurves(madeUpProgress(2.5));
    const look = { ...nothing, hidden: new Set(['loss']) };
    expect(places(palette.blue, curves, look)).toEqual([]);
    expect(places(palette.orange, curves, look)).not.toEqual(places(palette.orange, curves));
  });

  test('before the first step are axes and one point', () => {
    const { shapes } = trainingPicture(trainingCurves(madeUpProgress(0)), width, palette, nothing);
    expect(shapes.filter((shape) => shape.kind === 'path' && shape.fill === palette.green)).toHaveLength(1);
    expect(JSON.stringify(shapes)).not.toMatch(/NaN|null,null/);
  });

  test('say which epoch lies next to the pointer', () => {
    const curves = trainingCurves(madeUpProgress(2.5));
    places(palette.green, curves).forEach(([x], index) => {
      expect(epochAt(curves, width, x + 3)).toBe(index);
    });
    expect(epochAt(curves, width, 0)).toBeNull();
  });
});

describe('the numbers', () => {
  test('are those of the command line', () => {
    const finetuning = madeUpFinetuning();
    expect(cells(networksNumbers(finetuning))).toEqual(networksTable(finetuning).rows);
    const ends = cells(trainingNumbers(finetuning)).filter((row) => row[4] !== '–');
    const printed = epochsTable(finetuning).rows;
    expect(ends.map((row) => row.slice(3))).toEqual(printed.map((row) => row.slice(1, 4)));
  });

  test('stand in the order of time, a row a point and a row an epoch', () => {
    const progress = madeUpProgress(2.5);
    const { rows } = trainingNumbers(progress);
    expect(rows).toHaveLength(progress.losses.length + progress.epochs.length);
    const order = rows.map(([step]) => step as number);
    expect(order).toEqual([...order].sort((a, b) => a - b));
  });

  test('are read out by epoch, with the best named', () => {
    const curves = trainingCurves(madeUpProgress(3));
    expect(epochReadOut(curves, 0)).toBe(
      'Before training: validation loss 0.410, validation accuracy 91.98 %',
    );
    expect(epochReadOut(curves, 2)).toContain('After epoch 2, the best so far: loss ');
    expect(epochReadOut(curves, 3)).toMatch(/^After epoch 3: loss .* validation accuracy 97\.90 %$/);
    expect(epochReadOut(curves, 4)).toBe('');
  });
});
