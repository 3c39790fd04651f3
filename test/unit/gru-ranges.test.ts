/** The thresholds of the linear neurons that a GRU has between its two windows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countGrowing, narrowDrives, type Drives } from '../../src/core/convert/fit.ts';
import { nearestRange } from '../../src/core/convert/gru.ts';

const drivesOf = (values: readonly number[]): Drives =>
  countGrowing(narrowDrives(), Float32Array.from(values));

/** Of neurons that reach `range` and count to T, by rounding each value. */
function errorOf(values: readonly number[], range: number, timesteps: number): number {
  const squares = values.map((value) => {
    const cut = Math.min(Math.max(value, -range), range);
    const counted = (Math.round((cut / range) * timesteps) / timesteps) * range;
    return (counted - value) ** 2;
  });
  return squares.reduce((sum, square) => sum + square, 0) / squares.length;
}

/** Evenly spread quantiles of a distribution with long tails (Laplace). */
const tailed = Array.from({ length: 2001 }, (_, n) => {
  const p = (n + 0.5) / 2001 - 0.5;
  return -Math.sign(p) * Math.log(1 - 2 * Math.abs(p));
});
const largest = Math.max(...tailed);

describe('the range of a linear neuron', () => {
  it.each([4, 8, 16])(
    'loses less at T = %i than all that is seen, and than half and twice of itself',
    (T) => {
      const range = nearestRange(drivesOf(tailed), T);
      expect(range).toBeLessThan(0.9 * largest);
      const error = errorOf(tailed, range, T);
      for (const other of [largest, range / 2, range * 2]) {
        expect(error).toBeLessThan(errorOf(tailed, other, T));
      }
    },
  );

  it('grows with T up to what is seen', () => {
    const ranges = [2, 4, 8, 16, 64, 4096].map((T) => nearestRange(drivesOf(tailed), T));
    ranges.forEach((range, i) => {
      if (i > 0) expect(range).toBeGreaterThanOrEqual(ranges[i - 1]!);
    });
    expect(ranges.at(-1)! / largest).toBeGreaterThan(0.97);
  });

  it('is above 0 and no more than a bin beyond what is seen; 0 where nothing is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 50 }),
        fc.integer({ min: 1, max: 256 }),
        (values, T) => {
          const drives = drivesOf(values);
          const bin = (drives.high - drives.low) / drives.counts.length;
          const range = nearestRange(drives, T);
          expect(range).toBeGreaterThan(0);
          expect(range).toBeLessThanOrEqual(Math.max(...values.map(Math.abs)) + bin * 1.001);
        },
      ),
    );
    expect(nearestRange(narrowDrives(), 8)).toBe(0);
  });
});
