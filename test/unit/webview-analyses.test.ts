/** What the tabs of an explanation and a sweep draw, and what their fields mean. */
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { causeCodes, evidences, rungNames } from '../../src/core/attribute/types.ts';
import { effortWords, gainWords, partOfWhole, publishedWords } from '../../src/core/report/analysis-words.ts';
import { formatError } from '../../src/core/report/format.ts';
import { ladderTable, rungGatesTable } from '../../src/core/report/tables/explanation.ts';
import { usualTimesteps } from '../../src/worker/sweep-plan.ts';
import {
  analysisWords,
  explains,
  initialAnalyses,
  receiveAnalysis,
} from '../../webview/model/analyses-state.ts';
import {
  changedRungs,
  chooseLines,
  gateNumbers,
  ladderNumbers,
  rungSeries,
  steppedLayers,
} from '../../webview/model/explanation-tables.ts';
import { gatesPicture } from '../../webview/model/gates-picture.ts';
import { ladderPicture } from '../../webview/model/ladder-picture.ts';
import type { Palette, Path, Rect, Shape } from '../../webview/model/picture.ts';
import {
  fixedSetting,
  readChoice,
  restoreSweepFields,
  usualSweep,
} from '../../webview/model/sweep-choice.ts';
import {
  curveWords,
  neuronCurves,
  quantitiesOf,
  sweepCurves,
  sweepNumbers,
  type Curves,
} from '../../webview/model/sweep-curves.ts';
import { curvesPicture, placeAt } from '../../webview/model/sweep-picture.ts';
import type { Table } from '../../webview/model/table.ts';
import { hasCourse, neuronsNow, neuronsToCompare, sideBySide } from '../../webview/model/neurons-compared.ts';
import { initialUi, restoreUi } from '../../webview/model/ui-state.ts';
import { madeUpExplanation, madeUpSweep } from '../browser/analyses.ts';
import { madeUpReport } from '../browser/report.ts';

const palette: Palette = {
  ...{ blue: '#0000ff', orange: '#ff8800', green: '#00aa00', purple: '#880088', red: '#ff0000' },
  ...{ yellow: '#aaaa00', foreground: '#000000', background: '#ffffff', muted: '#777777', grid: '#dddddd' },
};

/** As the page shows it. */
function cells({ columns, rows }: Table): string[][] {
  return rows.map((row) =>
    row.map((cell, column) =>
      cell === null ? '–' : typeof cell === 'number' ? (columns[column]!.format ?? String)(cell) : cell,
    ),
  );
}

const ofColour = (shapes: readonly Shape[], colour: string): Rect[] =>
  shapes.filter((shape): shape is Rect => shape.kind === 'rect' && shape.fill === colour);

describe('what the panel knows', () => {
  test('follows from the messages, and a new start keeps what is shown', () => {
    const progress = { stage: 'simulate', fraction: 0.3, message: '' } as const;
    const explanation = madeUpExplanation();
    const running = {
      type: 'state',
      name: 'explain',
      state: { kind: 'running', progress },
      earlier: true,
    } as const;
    const after = [{ type: 'explanation', explanation } as const, running].reduce(
      receiveAnalysis,
      initialAnalyses,
    );
    expect(after.explanation).toBe(explanation);
    expect(after.explain).toEqual({ state: running.state, earlier: true });
    expect(after.sweep).toBe(initialAnalyses.sweep);
    expect(analysisWords('explain', after.explain.state)).toBe('The explanation is under way, 25 % done.');
    expect(analysisWords('sweep', null)).toBe('');
  });

  test('tells an explanation of the shown run from one of another', () => {
    const report = madeUpReport();
    expect(explains(madeUpExplanation(), report)).toBe(true);
    expect(explains(madeUpExplanation({ samples: 7 }), report)).toBe(false);
    expect(explains(madeUpExplanation(), { ...report, accuracy: { ...report.accuracy, spiking: 0.5 } })).toBe(
      false,
    );
  });
});

describe('the ladder', () => {
  const explanation = madeUpExplanation();

  test('has the numbers that the command line prints', () => {
    expect(cells(ladderNumbers(explanation)).map((row) => row.slice(0, 7))).toEqual(
      ladderTable(explanation).rows,
    );
    expect(cells(gateNumbers(explanation))).toEqual(rungGatesTable(explanation).rows);
  });

  test('has parts that add up to the whole', () => {
    const parts = explanation.rungs.map((rung) => partOfWhole(rung, explanation.rungs)!);
    expect(parts.reduce((sum, part) => sum + part, 0)).toBeCloseTo(1, 12);
    const same = explanation.rungs.map((rung) => ({ ...rung, mse: 0 }));
    expect(partOfWhole(same[3]!, same)).toBeNull();
  });

  test.each([380, 1000])('is drawn as steps, each from where the one before has left it: %s px', (width) => {
    const { shapes } = ladderPicture(explanation, width, palette);
    const added = ofColour(shapes, palette.blue);
    // Activations, inputs, counts and feedback add; dynamics take away and are hollow.
    expect(added).toHaveLength(4);
    const hollow = shapes.filter(
      (shape): shape is Rect =>
        shape.kind === 'rect' && shape.fill === null && shape.stroke === palette.green,
    );
    expect(hollow).toHaveLength(1);
    const [, , counts, feedback] = added as [Rect, Rect, Rect, Rect];
    expect(hollow[0]!.x + hollow[0]!.width).toBeCloseTo(counts.x + counts.width, 6);
    expect(feedback.x).toBeCloseTo(hollow[0]!.x, 6);
    const whole = feedback.x + feedback.width;
    expect(feedback.width / whole).toBeCloseTo(1.63 / 2.44, 2);
    expect(shapes.every((shape) => shape.kind !== 'rect' || shape.x + shape.width <= width + 1)).toBe(true);
  });

  test('has a cell for each gate and rung that changes something', () => {
    const { shapes } = gatesPicture(explanation, 900, palette);
    const texts = shapes.flatMap((shape) => (shape.kind === 'text' ? [shape.text] : []));
    expect(changedRungs(explanation).map(({ name }) => name)).toEqual([
      ...['activations', 'inputs', 'counts', 'dynamics', 'feedback'],
    ]);
    for (const error of [8.784e-3, 2.1e-5]) expect(texts).toContain(formatError(error));
    expect(shapes.filter(({ kind }) => kind === 'rect')).toHaveLength(5 * 13);
  });

  test('has lines of one rung or of one population, never of all', () => {
    fc.assert(
      fc.property(
        fc.option(fc.constantFrom(...rungNames, 'no such rung')),
        fc.option(fc.constantFrom('i', 'generator', 'output', 'no such gate')),
        (rung, population) => {
          const [layer] = steppedLayers(explanation);
          const chosen = chooseLines(explanation, layer!, { rung, population });
          expect(chosen.rung !== null || chosen.population !== null).toBe(true);
          const lines = rungSeries(explanation, layer!.name, chosen);
          const rungs = chosen.rung === null ? 5 : 1;
          const populations = chosen.population === null ? 6 : 1;
          expect(lines).toHaveLength(rungs * populations);
          for (const { values } of lines) expect(values).toHaveLength(28);
          expect(new Set(lines.map(({ name }) => name)).size).toBe(lines.length);
        },
      ),
    );
  });

  test('says what a cause gains, of agreement where there are no labels', () => {
    const [cause] = explanation.causes;
    expect(gainWords(cause!)).toBe('+0.33 points of accuracy, output MSE −2.02e-4');
    expect(gainWords({ ...cause!, gain: { accuracy: null, mse: -1e-3, agreement: 0.01 } })).toBe(
      '+1.00 points of agreement, output MSE +1.00e-3',
    );
  });
});

describe('the fields of a sweep', () => {
  test('are read as they were written', () => {
    expect(readChoice(usualSweep)).toEqual({ choice: { codings: ['residual', 'reset'] } });
    expect(
      readChoice({ ...usualSweep, timesteps: ' 16,2;2  8 ', codings: ['reset'], arithmetics: ['loihi'] }),
    ).toEqual({
      choice: { timesteps: [2, 8, 16], codings: ['reset'], arithmetics: ['loihi'] },
    });
  });

  test.each([
    ['0', /^"0" is no number/],
    ['2, 3.5', /^"3.5" is no number/],
    ['-4', /^"-4" is no number/],
    ['eight', /^"eight" is no number/],
    ['65537', /^"65537" is no number/],
    [Array.from({ length: 65 }, (_, n) => n + 1).join(' '), /^65 numbers of time-steps are too many/],
  ])('refuse %s', (timesteps, words) => {
    expect(readChoice({ ...usualSweep, timesteps })).toEqual({
      fault: expect.stringMatching(words) as string,
    });
  });

  test('give numbers of neurons in order, auto last, or say what is wrong', () => {
    expect(readChoice({ ...usualSweep, neurons: 'auto, 4 1;2 4' })).toEqual({
      choice: { codings: ['residual', 'reset'], neuronsPerGate: [1, 2, 4, 'auto'] },
    });
    for (const neurons of ['0', '9', '1, 2.5', 'some']) {
      expect(readChoice({ ...usualSweep, neurons })).toEqual({
        fault: expect.stringMatching(/are no numbers of neurons: write whole numbers from 1 to 8/) as string,
      });
    }
  });

  test('refuse to sweep nothing', () => {
    expect(readChoice({ ...usualSweep, codings: [] })).toEqual({ fault: 'Choose a coding.' });
    expect(readChoice({ ...usualSweep, arithmetics: [] })).toEqual({ fault: 'Choose an arithmetic.' });
  });

  test('give whole numbers in order, each once, whatever is written', () => {
    fc.assert(
      fc.property(fc.string(), (timesteps) => {
        const read = readChoice({ ...usualSweep, timesteps });
        if ('fault' in read) return;
        const list = read.choice.timesteps ?? [];
        expect(list.every((T) => Number.isInteger(T) && T >= 1 && T <= 65536)).toBe(true);
        expect(list).toEqual([...new Set(list)].sort((a, b) => a - b));
      }),
    );
  });

  test('come back from what is stored, as far as it is known', () => {
    const fields = {
      timesteps: '2, 4',
      codings: ['reset'],
      arithmetics: ['float', 'loihi'],
      neurons: '1, auto',
    } as const;
    expect(restoreSweepFields(fields)).toEqual(fields);
    expect(restoreSweepFields({ timesteps: 7, codings: ['other'], arithmetics: 'float' })).toEqual({
      ...usualSweep,
      codings: [],
    });
    expect(restoreUi({ ...initialUi, sweepChoice: fields, curve: 'energy', rung: 'counts' })).toEqual({
      ...initialUi,
      sweepChoice: fields,
      curve: 'energy',
      rung: 'counts',
    });
    expect(restoreUi({ curve: 'colour' }).curve).toBe('accuracy');
  });

  test('tell what a fix sets', () => {
    const edit = (key: string, value: unknown) => ({ path: [key], value });
    expect(fixedSetting({ edits: [edit('timesteps', 4), edit('coding', 'reset')] })).toEqual({
      timesteps: 4,
      coding: 'reset',
      neuronsPerGate: null,
    });
    expect(fixedSetting({ edits: [edit('timesteps', 4), edit('neuronsPerGate', 2)] })).toEqual({
      timesteps: 4,
      coding: null,
      neuronsPerGate: 2,
    });
    expect(fixedSetting({ edits: [edit('coding', 'reset')] })).toBeNull();
  });
});

describe('numbers of neurons', () => {
  const now = { timesteps: 8, coding: 'residual', arithmetic: 'float' } as const;

  test('stand side by side at the setting of the run, or at the most time-steps', () => {
    const all = madeUpSweep({ timesteps: [4, 8, 16], neurons: [1, 2, 3] });
    const own = sideBySide(all, now);
    expect(own.map(({ neuronsPerGate }) => neuronsPerGate)).toEqual([1, 2, 3]);
    expect(own.every(({ timesteps, coding }) => timesteps === 8 && coding === 'residual')).toBe(true);
    const other = sideBySide(all, { ...now, timesteps: 5 });
    expect(other.map(({ timesteps, coding }) => [timesteps, coding])).toEqual(
      Array(3).fill([16, 'residual']),
    );
    expect(sideBySide(madeUpSweep(), now)).toEqual([]);
    expect(hasCourse(all)).toBe(true);
    expect(hasCourse(madeUpSweep({ timesteps: [8], neurons: [1, 2] }))).toBe(false);
    expect(hasCourse(madeUpSweep({ timesteps: [8] }))).toBe(true);
  });

  test('of the run are what it says, or what auto chooses', () => {
    const compared = madeUpSweep({ timesteps: [8], neurons: [1, 2, 3] });
    expect(neuronsNow(compared, { neuronsPerGate: 3 })).toBe(3);
    expect(neuronsNow(compared, { neuronsPerGate: 'auto' })).toBe(2);
    expect(neuronsNow(compared, {})).toBe(2);
    expect(neuronsNow(compared, { neuronsPerGate: 7 })).toBeNull();
    expect(neuronsNow({ ...compared, automatic: null }, {})).toBeNull();
  });

  test('to be compared are those that auto chooses from, and the own one', () => {
    expect(neuronsToCompare({})).toEqual({ neuronsPerGate: [1, 2, 3, 4, 5] });
    expect(neuronsToCompare({ neuronsPerGate: 2 })).toEqual({ neuronsPerGate: [1, 2, 3, 4, 5] });
    expect(neuronsToCompare({ neuronsPerGate: 7 })).toEqual({ neuronsPerGate: [1, 2, 3, 4, 5, 7] });
  });

  test('have a curve each, told apart by colour, and columns of their own', () => {
    const compared = madeUpSweep({ timesteps: [4, 8], codings: ['residual'], neurons: [1, 2, 'auto'] });
    const { curves } = sweepCurves(compared, 'mse', '');
    expect(curves.map(({ label }) => label)).toEqual([
      'residual, float, K = 1',
      'residual, float, K = 2 (auto)',
      'residual, float, K = auto',
    ]);
    expect(new Set(curves.map(({ name }) => name)).size).toBe(3);
    expect(new Set(curves.map(({ colour }) => colour)).size).toBe(3);
    expect(curves.every(({ values }) => values.length === 2)).toBe(true);
    const table = sweepNumbers(compared, 'loihi1');
    expect(table.columns.map(({ title }) => title).slice(2, 6)).toEqual(['T', 'K', 'neurons', 'cores']);
    for (const row of table.rows) expect(row).toHaveLength(table.columns.length);
    expect(table.rows[2]!.slice(2, 6)).toEqual([4, '2 (auto)', 512, 6]);
  });
});

describe('the curve over neurons', () => {
  const compared = madeUpSweep({ timesteps: [8], codings: ['residual'], neurons: [1, 2, 3, 'auto'] });

  test('has each network at all of its neurons, those that are as large together', () => {
    const curves = neuronCurves(compared.points, compared);
    expect(curves).toMatchObject({ quantity: 'accuracy', places: [256, 512, 768], level: compared.analog });
    expect(curves.placeWords[1]).toBe('K = 2 (auto), auto, 512 neurons');
    expect(curves.curves[0]!.values).toEqual(
      compared.points.slice(0, 3).map(({ accuracy }) => accuracy!.value),
    );
    expect(curveWords(curves, 0)).toMatch(/^K = 1, 256 neurons: residual, float \d/);
    const picture = curvesPicture(curves, 400, palette, { hidden: new Set(), cursor: null, legend: false });
    const texts = picture.shapes.flatMap((shape) => (shape.kind === 'text' ? [shape.text] : []));
    expect(texts).toEqual(expect.arrayContaining(['256', '512', '768']));
  });

  test('is of the error where there are no labels', () => {
    const points = compared.points.map((point) => ({ ...point, accuracy: null }));
    const curves = neuronCurves(points, { automatic: null, analog: null });
    expect(curves).toMatchObject({ quantity: 'mse', log: true, level: null });
    expect(curves.curves[0]!.values).toEqual(points.slice(0, 3).map(({ mse }) => mse));
  });
});

describe('the curves of a sweep', () => {
  const sweep = madeUpSweep({ timesteps: [2, 8, 32], arithmetics: ['float', 'loihi'] });
  const noneHidden = { hidden: new Set<string>(), cursor: null, legend: false };

  test('are one for each setting, over every T, with what was published', () => {
    const curves = sweepCurves(sweep, 'accuracy', 'loihi1');
    expect(curves.places).toEqual([2, 8, 16, 32, 256]);
    expect(curves.curves.map(({ name }) => name)).toEqual([
      'residual float',
      'reset float',
      'residual loihi',
      'reset loihi',
      'paper, rows of MNIST',
    ]);
    const [first, , , , paper] = curves.curves;
    expect(first!.values).toEqual([
      sweep.points[0]!.accuracy!.value,
      sweep.points[1]!.accuracy!.value,
      null,
      sweep.points[2]!.accuracy!.value,
      null,
    ]);
    expect(paper!.values).toEqual([null, null, 0.9289, 0.9837, 0.9881]);
    expect(curves.level).toBe(sweep.analog);
    // Of the accuracy alone.
    expect(sweepCurves(sweep, 'agreement', 'loihi1').level).toBeNull();
    expect(sweepCurves(sweep, 'mse', 'loihi1').curves).toHaveLength(4);
  });

  test('have energy and latency where they are known', () => {
    expect(quantitiesOf(sweep)).toContain('energy');
    const running = madeUpSweep({ timesteps: [2, 8], samples: 100 });
    expect(quantitiesOf(running)).toEqual(['accuracy', 'agreement', 'mse', 'outputMse', 'spikes']);
    const unlabelled = { ...running, points: running.points.map((point) => ({ ...point, accuracy: null })) };
    expect(quantitiesOf(unlabelled)).not.toContain('accuracy');
  });

  test.each([300, 1000])('lie within their plot, and are found again under the pointer: %s px', (width) => {
    for (const quantity of quantitiesOf(sweep)) {
      const curves = sweepCurves(sweep, quantity, 'loihi1');
      const picture = curvesPicture(curves, width, palette, noneHidden);
      for (const place of marks(picture.shapes)) {
        expect(place.x).toBeGreaterThan(0);
        expect(place.x).toBeLessThan(picture.width);
        expect(place.y).toBeGreaterThanOrEqual(26 - 1e-6);
        expect(place.y).toBeLessThanOrEqual(26 + 270 + 1e-6);
      }
    }
    const curves = sweepCurves(sweep, 'mse', '');
    const [first, second] = marks(curvesPicture(curves, width, palette, noneHidden).shapes);
    expect(placeAt(curves, width, first!.x)).toBe(0);
    expect(placeAt(curves, width, second!.x)).toBe(1);
    expect(placeAt(curves, width, -50)).toBeNull();
  });

  test('of an error fall downwards, one decade as far as the next', () => {
    const curves: Curves = sweepCurves(
      madeUpSweep({ timesteps: [1, 10, 100], codings: ['residual'] }),
      'mse',
      '',
    );
    const [a, b, c] = marks(curvesPicture(curves, 600, palette, noneHidden).shapes);
    expect(b!.y - a!.y).toBeGreaterThan(20);
    expect(c!.y - b!.y).toBeCloseTo(b!.y - a!.y, 6);
    expect(c!.x - b!.x).toBeCloseTo(b!.x - a!.x, 6);
  });

  test('leave out what a logarithm has no place for', () => {
    const { points } = madeUpSweep({ timesteps: [2, 4], codings: ['residual'] });
    const exact = { ...sweep, points: points.map((point, n) => (n === 1 ? { ...point, mse: 0 } : point)) };
    expect(marks(curvesPicture(sweepCurves(exact, 'mse', ''), 600, palette, noneHidden).shapes)).toHaveLength(
      1,
    );
  });

  test('stand behind a table of every digit', () => {
    const table = sweepNumbers(sweep, 'loihi1');
    expect(table.rows).toHaveLength(12);
    for (const row of table.rows) expect(row).toHaveLength(table.columns.length);
    const { chips, accuracy } = sweep.points[0]!;
    expect(table.rows[0]!.slice(3, 6)).toEqual([accuracy!.value, accuracy!.low, accuracy!.high]);
    expect(table.rows[0]!.slice(12, 14)).toEqual([chips[0]!.perInference!.low, chips[0]!.perInference!.high]);
    expect(sweepNumbers(sweep, 'loihi2').rows[0]!.slice(12, 16)).toEqual([null, null, null, null]);
  });

  test('say what they took, and whose points they show', () => {
    expect(effortWords(sweep)).toBe('15,000 samples simulated, 3,000 taken from earlier sweeps, 4.25 s');
    expect(publishedWords(sweep.published[0]!)).toBe(
      'paper, rows of MNIST: T = 16 92.89 %, T = 32 98.37 %, T = 256 98.81 %; analog 98.95 % (Ponghiran and Roy)',
    );
  });
});

describe('the pages', () => {
  const page = (name: string) => readFile(new URL(`../../docs/${name}.md`, import.meta.url), 'utf8');

  const says = (text: string, key: string) => new RegExp(`\`${key}(\\[\\])?\``).test(text);

  test('say what every rung, cause, evidence and key means', async () => {
    const text = await page('explain');
    const words = [...rungNames, ...causeCodes, ...evidences, ...Object.keys(madeUpExplanation())];
    expect(words.filter((word) => !says(text, word))).toEqual([]);
  });

  test('say what every key of a sweep and of its points means', async () => {
    const text = await page('sweep');
    const sweep = madeUpSweep();
    const keys = [...Object.keys(sweep), ...Object.keys(sweep.points[0]!)].filter((key) => key !== 'points');
    expect(keys.filter((key) => !says(text, key))).toEqual([]);
    for (const T of usualTimesteps) expect(text).toMatch(new RegExp(`\\b${T}\\b`));
  });
});

/** Of curves: paths that are moved to their place and filled. */
function marks(shapes: readonly Shape[]): Path[] {
  return shapes.filter(
    (shape): shape is Path =>
      shape.kind === 'path' && shape.fill !== null && (shape.x !== 0 || shape.y !== 0),
  );
}
