/** Points of a sweep: sums chunk by chunk, intervals, the least T; and the store of earlier sums. */
import { mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { compareVariants } from '../../src/core/compare/variants.ts';
import { convert } from '../../src/core/convert/convert.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import { hybridRunner, type SpikingOptions } from '../../src/core/simulate/spiking.ts';
import {
  addToPoint,
  leastFix,
  leastTimesteps,
  proportion,
  sweepPoint,
  type PointSums,
} from '../../src/core/sweep/points.ts';
import { leastWords, sweepTable } from '../../src/core/report/tables/sweep.ts';
import { inOrder, neuronsFix } from '../../src/core/sweep/neurons.ts';
import { publishedFor } from '../../src/core/sweep/published.ts';
import type { SweepPoint } from '../../src/core/sweep/types.ts';
import { openSweepStore } from '../../src/node/sweep-store.ts';
import { temporaryFolder } from '../support/files.ts';
import { chain, dense, hardActivations, lstm, randomSource, randomTrace } from '../support/networks.ts';

describe('a proportion', () => {
  it('has the interval of Wilson (1927), as his formula gives it by hand', () => {
    expect(proportion(0, 10)).toMatchObject({ value: 0, low: 0 });
    expect(proportion(0, 10).high).toBeCloseTo(0.2775328, 6);
    expect(proportion(9, 10).low).toBeCloseTo(0.59585, 6);
    expect(proportion(9, 10).high).toBeCloseTo(0.9821238, 6);
  });

  it('lies within its interval, which lies within 0 and 1 and narrows with more samples', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 1000 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (n, part) => {
          const count = Math.round(part * n);
          const { value, low, high } = proportion(count, n);
          expect(low).toBeLessThanOrEqual(value + 1e-12);
          expect(high).toBeGreaterThanOrEqual(value - 1e-12);
          expect(low).toBeGreaterThanOrEqual(0);
          expect(high).toBeLessThanOrEqual(1);
          const wider = proportion(count * 4, n * 4);
          expect(wider.high - wider.low).toBeLessThan(high - low);
        },
      ),
    );
  });
});

const options: SpikingOptions = {
  timesteps: 3,
  coding: 'residual',
  arithmetic: 'float',
  activations: hardActivations,
  cellClip: null,
  weightBits: 8,
};
const random = randomSource(7);
const network = chain([4, 3], lstm(random, 3, 5), dense(random, 5, 3, 'softmax', 'last'));
const { timesteps, coding, arithmetic, activations } = { ...options, activations: hardActivations };
const { layers } = convert(network, { timesteps, coding, arithmetic, activations }, {});
const kernel = createTwinKernel();
const samples = Array.from({ length: 20 }, () => randomTrace(random, 3, 4));
const labels = Int32Array.from(samples, (__, n) => n % 3);

function chunk(first: number, count: number) {
  const trained = layers.map(({ layer }) => ({ layer, run: analogRunner(layer, kernel, options) }));
  const links = layers.map((layer) => ({ layer: layer.layer, run: hybridRunner(layer, kernel, options) }));
  const { variants, ...rest } = compareVariants(
    trained,
    [{ layers, links }],
    first,
    count,
    (n) => samples[n]!,
  );
  return { ...rest, ...variants[0]! };
}

function sumsOf(...sizes: readonly number[]): PointSums {
  let sums: PointSums | null = null;
  let first = 0;
  for (const size of sizes) {
    sums = addToPoint(sums, chunk(first, size), labels);
    first += size;
  }
  return sums!;
}

const tolerance = { mse: 0.01, accuracyDrop: 0.01 };
const setting = { timesteps: 3, coding: 'residual', arithmetic: 'float' } as const;

describe('the sums of a point', () => {
  it('do not depend on where the samples are cut', () => {
    const whole = sweepPoint(setting, sumsOf(20), layers, tolerance, []);
    const cut = sweepPoint(setting, sumsOf(8, 8, 4), layers, tolerance, []);
    expect(cut.samples).toBe(20);
    expect(cut.accuracy).toEqual(whole.accuracy);
    expect(cut.agreement).toEqual(whole.agreement);
    expect(cut.worst).toEqual(whole.worst);
    for (const name of ['mse', 'outputMse', 'spikesPerSample'] as const) {
      expect(cut[name]).toBeCloseTo(whole[name], 12);
    }
  });

  it('count right answers against labels', () => {
    const { outputs } = chunk(0, 20);
    const right = samples.filter((__, n) => {
      const row = [...outputs.subarray(n * 3, n * 3 + 3)];
      return row.indexOf(Math.max(...row)) === labels[n];
    }).length;
    expect(sumsOf(20).right!.spiking).toBe(right);
  });
});

function point(timesteps: number, meets: boolean, coding: SweepPoint['coding'] = 'residual'): SweepPoint {
  return { ...sweepPoint(setting, sumsOf(4), layers, tolerance, []), timesteps, coding, meets };
}

describe('the fewest time-steps', () => {
  it('are those from which on every point meets the tolerance', () => {
    const points = [
      point(2, false),
      point(16, true),
      point(4, true),
      point(8, false),
      point(4, false, 'reset'),
    ];
    const least = leastTimesteps(points);
    expect(least).toEqual([
      { coding: 'residual', arithmetic: 'float', timesteps: 16 },
      { coding: 'reset', arithmetic: 'float', timesteps: null },
    ]);
  });

  it('are offered where the specification has others', () => {
    const least = leastTimesteps([point(4, true), point(8, true), point(16, true, 'reset')]);
    expect(leastFix(least, { ...setting, timesteps: 8 })!.edits).toEqual([{ path: ['timesteps'], value: 4 }]);
    expect(leastFix(least, { ...setting, timesteps: 16, coding: 'reset' })!.edits).toEqual([
      { path: ['timesteps'], value: 4 },
      { path: ['coding'], value: 'residual' },
    ]);
    expect(leastFix(least, { ...setting, timesteps: 4 })).toBeNull();
    expect(leastFix(leastTimesteps([point(4, false)]), setting)).toBeNull();
  });
});

describe('numbers of neurons', () => {
  const compared = (timesteps: number, count: number, meets: boolean): SweepPoint => ({
    ...point(timesteps, meets),
    neuronsPerGate: count,
  });

  it('are compared in order, each once, auto last', () => {
    const counts = fc.array(fc.oneof(fc.integer({ min: 1, max: 8 }), fc.constant('auto' as const)));
    fc.assert(
      fc.property(counts, (list) => {
        const ordered = inOrder(list);
        const whole = ordered.filter((count) => count !== 'auto');
        expect(whole).toEqual([...whole].sort((a, b) => a - b));
        expect(ordered.indexOf('auto')).toBe(list.includes('auto') ? ordered.length - 1 : -1);
        expect(new Set(list)).toEqual(new Set(ordered));
        expect(new Set(ordered).size).toBe(ordered.length);
      }),
    );
  });

  it('have their own least time-steps, and the least of both is offered', () => {
    const points = [compared(8, 1, false), compared(8, 2, true), compared(4, 3, false), compared(8, 3, true)];
    const least = leastTimesteps(points);
    expect(least.map(({ neuronsPerGate, timesteps }) => [neuronsPerGate, timesteps])).toEqual([
      [1, null],
      [2, 8],
      [3, 8],
    ]);
    const now = { ...setting, timesteps: 8 };
    expect(leastFix(least, { ...now, neuronsPerGate: 3 })!.edits).toEqual([
      { path: ['timesteps'], value: 8 },
      { path: ['neuronsPerGate'], value: 2 },
    ]);
    expect(leastFix(least, { ...now, neuronsPerGate: 2 })).toBeNull();
    // Fewer time-steps go before fewer neurons.
    const quicker = leastTimesteps([...points, compared(4, 4, true)]);
    expect(leastFix(quicker, { ...now, neuronsPerGate: 2 })!.edits).toEqual([
      { path: ['timesteps'], value: 4 },
      { path: ['neuronsPerGate'], value: 4 },
    ]);
    expect(leastWords(least, { tolerance, analog: null })).toContain(
      'is met with K = 2, 3 from T = 8 on, with K = 1 by nothing that was swept.',
    );
  });

  it('are taken from a sweep that has them', () => {
    const points = [compared(8, 1, false), compared(8, 2, true)];
    expect(neuronsFix({ points }, 2)!.edits).toEqual([{ path: ['neuronsPerGate'], value: 2 }]);
    expect(neuronsFix({ points }, 3)).toBeNull();
    expect(neuronsFix({ points: [point(8, true)] }, 2)).toBeNull();
  });

  it('take as many neurons as the network has values, times K, and only the table of a comparison says so', () => {
    const gates = { recurrentActivation: 'sigmoid', activation: 'tanh' };
    const smooth = chain([4, 3], lstm(random, 3, 5, gates), dense(random, 5, 3, 'softmax', 'last'));
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), (count) => {
        const options = { timesteps, coding, arithmetic, neuronsPerGate: count };
        const { layers: fitted } = convert(smooth, options, {});
        const { neurons } = sweepPoint(setting, sumsOf(4), fitted, tolerance, []);
        expect(neurons).toBe(4 * 5 * count);
      }),
      { numRuns: 8 },
    );
    const own = point(8, true);
    const points = [1, 2].map((count) => ({
      ...compared(8, count, true),
      neurons: 20 * count,
      cores: count,
    }));
    const { columns, rows } = sweepTable({ points, automatic: 2 }, '');
    const at = (title: string) => columns.findIndex((column) => column.title === title);
    expect(rows.map((row) => [row[at('K')], row[at('neurons')], row[at('cores')]])).toEqual([
      ['1', '20', '1'],
      ['2 (auto)', '40', '2'],
    ]);
    const plain = sweepTable({ points: [own], automatic: null }, '');
    expect(plain.columns.map(({ title }) => title)).not.toContain('K');
    expect(plain.rows[0]).toHaveLength(plain.columns.length);
  });
});

describe('published points', () => {
  it('stand beside networks that read what the paper read, and no others', () => {
    const rows = chain([28, 28], lstm(random, 28, 2));
    const pixels = chain([784, 1], lstm(random, 1, 2));
    expect(publishedFor(rows, 10).map(({ name }) => name)).toEqual(['paper, rows of MNIST']);
    expect(publishedFor(pixels, 10).map(({ name }) => name)).toEqual(['paper, pixels of MNIST']);
    expect(publishedFor(rows, 2)).toEqual([]);
    expect(publishedFor(network, 10)).toEqual([]);
  });
});

describe('the store of sweeps', () => {
  const { folder, remove } = temporaryFolder();
  afterAll(remove);
  const store = openSweepStore(path.join(folder, 'a.spikewise.json'));
  const stored = path.join(folder, '.spikewise', 'sweeps');

  it('gives back what was written, to go on from there', async () => {
    const before = sumsOf(8);
    await store.write('key', before);
    const read = await store.read('key');
    expect(read).toEqual(before);
    const onward = addToPoint(read, chunk(8, 12), labels);
    expect(sweepPoint(setting, onward, layers, tolerance, [])).toEqual(
      sweepPoint(setting, sumsOf(8, 12), layers, tolerance, []),
    );
    expect(readdirSync(stored)).toEqual(['key.json']);
  });

  it('writes what was there when it was asked to, though the sums grow while it writes', async () => {
    const before = sumsOf(8);
    const writing = store.write('growing', before);
    addToPoint(before, chunk(8, 12), labels);
    await writing;
    expect(await store.read('growing')).toEqual(sumsOf(8));
  });

  it('removes its oldest files beyond the bound, and nothing that is not its own', async () => {
    const file = path.join(folder, 'bounded', 'c.spikewise.json');
    const kept = path.join(path.dirname(file), '.spikewise', 'sweeps');
    mkdirSync(kept, { recursive: true });
    const left = `${'0'.repeat(64)}.json.1-a.tmp`;
    for (const name of ['package.json', left]) {
      writeFileSync(path.join(kept, name), 'x'.repeat(1000));
      utimesSync(path.join(kept, name), 0, 0);
    }
    const newest = '1'.repeat(64);
    await openSweepStore(file, 100).write(newest, sumsOf(4));
    // Even the newest is beyond so low a bound.
    expect(readdirSync(kept)).toEqual(['package.json']);
  });

  it('takes a damaged file for none', async () => {
    mkdirSync(stored, { recursive: true });
    for (const [index, text] of ['', '{', '{}', '{"samples":-1}', 'null'].entries()) {
      writeFileSync(path.join(stored, `bad${index}.json`), text);
      expect(await store.read(`bad${index}`)).toBeNull();
    }
    expect(await store.read('absent')).toBeNull();
  });

  it('lets a folder that cannot be written be', async () => {
    const file = path.join(folder, 'taken', 'b.spikewise.json');
    mkdirSync(path.dirname(file));
    writeFileSync(path.join(path.dirname(file), '.spikewise'), 'a file');
    await expect(openSweepStore(file).write('key', sumsOf(4))).resolves.toBeUndefined();
  });
});
