/** What the panel's pictures of the chip and of its ledger show, without a browser. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ChipUsage } from '../../src/core/map/types.ts';
import { comparisonBars } from '../../webview/model/comparison.ts';
import { neuronRange } from '../../webview/model/core-tables.ts';
import { ledgerBars, ledgerTable } from '../../webview/model/energy-tables.ts';
import {
  framed,
  ink,
  mix,
  relativeLuminance,
  shorten,
  textWidth,
  toSvg,
  type Palette,
  type Rect,
  type Text,
} from '../../webview/model/picture.ts';
import { drawPlan, planPicture } from '../../webview/model/plan-picture.ts';
import {
  coreLabel,
  firstLit,
  floorPlan,
  litPlaces,
  metricValues,
  missing,
  moveOnPlan,
  percentOnCore,
  planMetrics,
  planTable,
} from '../../webview/model/plan.ts';
import { axisDecades, rangeBars } from '../../webview/model/range-bars.ts';
import { madeUpChip, madeUpEnergy } from '../browser/chip.ts';
import { madeUpReport } from '../browser/report.ts';

const palette: Palette = {
  blue: '#3794ff',
  orange: '#d18616',
  green: '#89d185',
  purple: '#b180d7',
  red: '#f14c4c',
  yellow: '#cca700',
  foreground: '#cccccc',
  background: '#1f1f1f',
  muted: '#9d9d9d',
  grid: '#404040',
};

const chip = madeUpChip();
const energy = madeUpEnergy(chip);
const planOf = (usage: ChipUsage, options: Partial<Parameters<typeof floorPlan>[2]> = {}) =>
  floorPlan(usage, energy, { metric: 'fullest', chip: 0, lit: null, ...options });

describe('the floor plan', () => {
  test('has every core at its tile', () => {
    const plan = planOf(chip);
    expect(plan.cores).toHaveLength(128);
    const at = (core: number) => {
      const { row, column, tile } = plan.cores.find((candidate) => candidate.core === core)!;
      return { row, column, tile };
    };
    expect(at(3)).toEqual({ row: 1, column: 1, tile: 0 });
    expect(at(4)).toEqual({ row: 0, column: 2, tile: 1 });
    expect(at(127)).toEqual({ row: 7, column: 15, tile: 31 });
  });

  test('no two cores share a place, whatever the mesh', () => {
    const mesh = fc.record({
      columns: fc.integer({ min: 1, max: 9 }),
      rows: fc.integer({ min: 1, max: 6 }),
      coresPerTile: fc.integer({ min: 1, max: 9 }),
      processorTile: fc.constant(0),
    });
    fc.assert(
      fc.property(mesh, (mesh) => {
        const coresPerChip = mesh.columns * mesh.rows * mesh.coresPerTile;
        const plan = planOf({ ...chip, mesh, coresPerChip });
        const drawn = drawPlan(plan, { metric: 'fullest', selected: 0, lit: null, palette }).rows.flat();
        expect(plan.cores).toHaveLength(coresPerChip);
        expect(new Set(plan.cores.map(({ row, column }) => `${row}/${column}`)).size).toBe(coresPerChip);
        expect(new Set(drawn.map(({ x, y }) => `${x}/${y}`)).size).toBe(coresPerChip);
        // Each core lies in the box of its own tile: tiles do not overlap.
        const rowsOfTiles = drawn.map(
          ({ plan: { tile }, y }) => [Math.floor(tile / mesh.columns), y] as const,
        );
        for (const [row, y] of rowsOfTiles)
          for (const [other, below] of rowsOfTiles) if (row < other) expect(y).toBeLessThan(below);
      }),
      { numRuns: 30 },
    );
  });

  test('arrow keys reach every core and stay on the chip', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 127 }), fc.integer({ min: 0, max: 127 }), (from, to) => {
        const plan = planOf(chip);
        const target = plan.cores.find(({ core }) => core === to)!;
        let at = plan.cores.find(({ core }) => core === from)!;
        const go = (key: string) => {
          const core = moveOnPlan(plan, at.core, key, false);
          at = plan.cores.find((candidate) => candidate.core === core)!;
        };
        for (let step = 0; step < 8 && at.row !== target.row; step++)
          go(at.row < target.row ? 'ArrowDown' : 'ArrowUp');
        for (let step = 0; step < 16 && at.column !== target.column; step++)
          go(at.column < target.column ? 'ArrowRight' : 'ArrowLeft');
        expect(at.core).toBe(to);
      }),
    );
    expect(moveOnPlan(planOf(chip), 0, 'ArrowUp', false)).toBe(0);
    expect(moveOnPlan(planOf(chip), 127, 'ArrowRight', false)).toBe(127);
    expect(moveOnPlan(planOf(chip), 5, 'a', false)).toBeUndefined();
  });

  test('of a very large mesh only the tiles up to the last used one are drawn', () => {
    const mesh = { columns: 64, rows: 64, coresPerTile: 1, processorTile: 70 };
    const plan = planOf({ ...chip, mesh, coresPerChip: 4096 });
    expect(plan.tileRows).toBe(2);
    expect(plan.cores).toHaveLength(128);
    expect(plan.cores.filter(({ usage }) => usage !== null)).toHaveLength(chip.coresUsed);
  });

  test('values are parts of a limit, or shares that add up to 1 over all chips', () => {
    const several = madeUpChip({ cores: { lstm: 60, encoder: 200 } });
    const spent = madeUpEnergy(several);
    for (const metric of ['traffic', 'energy'] as const) {
      const sum = metricValues(several, spent, metric).reduce<number>((total, value) => total + value!, 0);
      expect(sum).toBeCloseTo(1, 9);
    }
    const shares = metricValues(several, spent, 'traffic');
    expect(shares[7]).toBeCloseTo(spent.cores[7]!.trafficShare, 12);
    expect(metricValues(several, spent, 'configurations')[0]).toBe(
      several.cores[0]!.utilisation.thresholdConfigurations,
    );
    expect(planOf(several, { metric: 'traffic', chip: 1 }).full).toBe(Math.max(...shares.map((v) => v!)));
    expect(planOf(several, { chip: 2 }).cores.filter(({ usage }) => usage !== null)).toHaveLength(4);
  });

  test('a metric without numbers says why', () => {
    const bare = madeUpChip({ chip: 'loihi2', simulated: false });
    const why = planMetrics.map((metric) => [metric, missing(bare, null, metric)]);
    expect(Object.fromEntries(why)).toEqual({
      fullest: null,
      compartments: null,
      inAxons: 'limit not published',
      outAxons: 'limit not published',
      synapseBits: null,
      configurations: 'limit not published',
      traffic: 'nothing was simulated',
      energy: 'nothing was simulated',
    });
  });

  test('percentages on cores are short', () => {
    expect([1, 0.624, 0.0994, 0.0996, 0.00449, 0, null].map(percentOnCore)).toEqual([
      '100',
      '62',
      '9.9',
      '10',
      '0.4',
      '0',
      '–',
    ]);
  });

  test('a layer lights the cores that it is on, on every chip', () => {
    const several = madeUpChip({ cores: { lstm: 100, encoder: 100 } });
    const lit = { layer: 'encoder', population: 'c' };
    expect(litPlaces(several, lit)).toBe('28 cores of chip 0, 72 cores of chip 1');
    expect(firstLit(several, lit)).toMatchObject({ chip: 0, core: 100 });
    expect(litPlaces(chip, { layer: 'lstm', population: 'generator' })).toBeNull();
    expect(
      planOf(chip, { lit: { layer: 'encoder', population: null } }).cores.filter((c) => c.lit),
    ).toHaveLength(3);
  });

  test('a label says everything that the picture says', () => {
    const plan = planOf(chip, { metric: 'synapseBits', lit: { layer: 'lstm', population: 'o' } });
    expect(coreLabel(plan.cores[0]!, 'synapseBits', ', chip 0')).toBe(
      'Core 0, tile 0, chip 0: synapse memory 52.49 %, limited by compartments; ' +
        'lstm: i (64), f (64), c (64), o (64); outlined',
    );
    expect(neuronRange({ from: 42, neurons: 43 })).toBe('42–84');
    expect(neuronRange({ from: 7, neurons: 1 })).toBe('7');
  });

  test('the table has the numbers of the picture', () => {
    for (const metric of planMetrics) {
      const plan = planOf(chip, { metric });
      const picture = planPicture(drawPlan(plan, { metric, selected: null, lit: null, palette }));
      const bold = picture.shapes.flatMap((s) =>
        s.kind === 'text' && s.bold && s.size === 13 ? [s.text] : [],
      );
      const values = planTable(plan, metric).rows.map((row) => row[2] as number | null);
      expect(bold).toEqual(values.map(percentOnCore));
      expect(values).toEqual(metricValues(chip, energy, metric));
    }
  });
});

describe('pictures', () => {
  const contrast = (a: string, b: string) => {
    const [x, y] = [relativeLuminance(a), relativeLuminance(b)].sort((m, n) => n - m);
    return (x! + 0.05) / (y! + 0.05);
  };

  test('numbers are read on every colour', () => {
    const colour = fc
      .integer({ min: 0, max: 0xffffff })
      .map((value) => `#${value.toString(16).padStart(6, '0')}`);
    fc.assert(
      fc.property(colour, (ground) => {
        expect(contrast(ink(ground), ground)).toBeGreaterThan(4.5);
      }),
    );
    expect(mix('#ffffff', '#000000', 0.5)).toBe('#808080');
    expect(mix(palette.blue, palette.background, 1)).toBe(palette.blue);
  });

  test('an SVG file is whole, with its words escaped', () => {
    const plan = drawPlan(planOf(chip), { metric: 'fullest', selected: 1, lit: 'a<b & "c"', palette });
    const picture = framed(planPicture(plan), 'Floor plan', 'A caption. '.repeat(30).trim(), palette);
    const svg = toSvg(picture, 'Floor plan <1>', '"Segoe UI", sans-serif');
    expect(svg).toContain('<title>Floor plan &lt;1&gt;</title>');
    expect(svg).toContain('>a&lt;b &amp; &quot;c&quot;</text>');
    expect(svg).toContain('font-family="&quot;Segoe UI&quot;, sans-serif"');
    const below = picture.shapes.flatMap((s) =>
      s.kind === 'text' && s.text.includes('caption') ? [s.text] : [],
    );
    expect(below.length).toBeGreaterThan(1);
    expect(below.join(' ')).toBe('A caption. '.repeat(30).trim());
    expect(svg).not.toContain('NaN');
    for (const shape of picture.shapes) {
      if (shape.kind === 'text') expect(shape.y).toBeLessThan(picture.height);
      if (shape.kind === 'rect') expect(shape.x + shape.width).toBeLessThanOrEqual(picture.width);
    }
  });

  test('long words are shortened to their room', () => {
    expect(shorten('short', 12, 100)).toBe('short');
    const text = shorten('A half-size Loihi with a long name', 12, 100);
    expect(text).toMatch(/^A half-s.*…$/);
    expect(textWidth(text, 12)).toBeLessThanOrEqual(100);
  });
});

describe('bars', () => {
  const texts = (shapes: readonly { kind: string }[]) =>
    shapes.flatMap((shape) => (shape.kind === 'text' ? [(shape as Text).text] : []));
  const rects = (shapes: readonly { kind: string }[]) =>
    shapes.flatMap((shape) => (shape.kind === 'rect' ? [shape as Rect] : []));

  test('the axis has the powers of ten around all bars', () => {
    const range = (low: number, high: number) => ({ range: { low, high } });
    expect(axisDecades([range(2e-9, 3e-6), { range: null }])).toEqual({ from: -9, to: -5 });
    expect(axisDecades([range(1e-6, 1e-3)])).toEqual({ from: -6, to: -3 });
    expect(axisDecades([range(1e-6, 1e-6)])).toEqual({ from: -6, to: -5 });
    expect(axisDecades([range(0, 1e-6)])).toEqual({ from: -6, to: -5 });
    expect(axisDecades([range(0, 0), { range: null }])).toBeNull();
  });

  test.each([300, 500, 720, 1000])('every line has its words and its bar within %i px', (width) => {
    const { shapes, height } = rangeBars([ledgerBars(energy)], width, palette);
    const words = texts(shapes);
    for (const row of [
      'synaptic operations',
      '40.6 – 61.0 µJ',
      'no price',
      'total, incomplete',
      '166 – 428 µJ',
    ])
      expect(words).toContain(row);
    const bars = rects(shapes);
    expect(bars).toHaveLength(energy.lines.length - energy.unpriced.length + 1);
    for (const { x, y, width: long, height: high } of bars) {
      expect(x).toBeGreaterThanOrEqual(0);
      expect(x + long).toBeLessThanOrEqual(width);
      expect(y + high).toBeLessThan(height);
      expect(long).toBeGreaterThanOrEqual(3);
    }
  });

  test('a bar is as long as its range in powers of ten', () => {
    const bar = (low: number, high: number) => ({
      label: 'x',
      range: { low, high },
      words: '1 – 10 J',
      colour: 'blue' as const,
    });
    const section = (bars: readonly ReturnType<typeof bar>[]) => ({
      title: null,
      groups: [{ heading: null, words: '', bars }],
      format: String,
    });
    const [one, two, none] = rects(
      rangeBars([section([bar(1, 10), bar(1, 100), bar(0, 0)])], 800, palette).shapes,
    );
    expect(two!.width).toBeCloseTo(2 * one!.width, 9);
    expect(two!.x).toBe(one!.x);
    expect(none).toBeUndefined();
  });

  test('the lines of the ledger, as a table, add up to the total', () => {
    for (const prices of ['all', 'some'] as const) {
      const rows = ledgerTable(madeUpEnergy(chip, { prices })).rows;
      for (const column of [3, 4]) {
        const values = rows.map((row) => (row[column] as number | null) ?? 0);
        expect(values.slice(0, -1).reduce((a, b) => a + b, 0)).toBeCloseTo(values.at(-1)!, 12);
      }
    }
    expect(ledgerTable(madeUpEnergy(chip, { prices: 'none' })).rows.at(-1)![3]).toBeNull();
  });

  test('chips without a number have words in place of a bar', () => {
    const sections = comparisonBars(madeUpReport().chips);
    const { shapes } = rangeBars(sections, 800, palette);
    expect(rects(shapes)).toHaveLength(4);
    expect(texts(shapes)).toEqual(
      expect.arrayContaining(['no price', 'not known', '166 – 428 µJ, incomplete']),
    );
  });
});
