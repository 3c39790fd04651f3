/** Thresholds measured over sample data. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { measureRanges } from '../../src/core/convert/ranges.ts';
import type { ChainLink } from '../../src/core/simulate/chain.ts';
import type { LayerRunner, Trace } from '../../src/core/simulate/types.ts';
import { trace } from '../support/networks.ts';

/** A layer that hands its input on, times a factor. */
function times(name: string, factor: number): ChainLink {
  const empty = new Float32Array(0);
  const run: LayerRunner = (input: Trace) => ({
    output: { ...input, values: input.values.map((x) => factor * x) },
    neurons: empty,
    inputs: empty,
    cell: null,
    spikes: null,
  });
  return { layer: { kind: 'InputLayer', name, path: [] }, run };
}

function measure(samples: readonly (readonly number[])[], percentile = 100) {
  const layers = [times('a', 1), times('b', -2), times('c', 1)];
  return measureRanges(layers, ['a', 'b'], samples.length, (n) => trace(samples[n]!), percentile);
}

describe('the maximum', () => {
  it('is over all samples and all values, without sign', () => {
    expect(
      measure([
        [0.5, -3],
        [2, 1],
      ]),
    ).toEqual({ a: 3, b: 6 });
  });

  it('of a layer that is silent is 1', () => {
    expect(
      measure([
        [0, 0],
        [0, 0],
      ]),
    ).toEqual({ a: 1, b: 1 });
    expect(measure([[0, 0]], 99)).toEqual({ a: 1, b: 1 });
  });
});

describe('a percentile', () => {
  it('is of the values that are not zero', () => {
    const values = [0, 0, 0, 0, ...Array.from({ length: 100 }, (_, n) => (n + 1) / 100)];
    // To within a bin, 1/65536 of the maximum.
    expect(measure([values], 90)['a']).toBeCloseTo(0.9, 3);
    expect(measure([values], 50)['b']).toBeCloseTo(1, 3);
    expect(measure([[...values, 0]], 100)['a']).toBe(1);
  });

  it('leaves outliers out', () => {
    const values = [...new Array<number>(999).fill(1), 1000];
    expect(measure([values], 99.9)['a']).toBeLessThan(1.1);
    expect(measure([values], 100)['a']).toBe(1000);
  });

  it('leaves at least its share of the values at or below it, and stays at or below the maximum', () => {
    const samples = fc.array(fc.float({ min: -4, max: 4, noNaN: true }), { minLength: 1, maxLength: 60 });
    fc.assert(
      fc.property(samples, fc.integer({ min: 1, max: 100 }), (values, percentile) => {
        const range = Number(measure([values], percentile)['a']);
        const sizes = values.map(Math.abs).filter((x) => x > 0);
        if (sizes.length === 0) return;
        const within = sizes.filter((x) => x <= range * (1 + 1e-6)).length;
        expect(within / sizes.length).toBeGreaterThanOrEqual(percentile / 100 - 1e-9);
        expect(range).toBeLessThanOrEqual(Math.max(...sizes));
        expect(range).toBeGreaterThan(0);
      }),
    );
  });
});
