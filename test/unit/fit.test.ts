/** Smooth functions as sums of clips, and the gates that are made of them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { evaluateClippedLinear, resolveActivation } from '../../src/core/convert/activations.ts';
import { convert } from '../../src/core/convert/convert.ts';
import { measureDrives } from '../../src/core/convert/drives.ts';
import { countDrives, emptyDrives, fitPieces, usualDrives } from '../../src/core/convert/fit.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { hybridRunner, type SpikingOptions } from '../../src/core/simulate/spiking.ts';
import { bothKernels } from '../support/kernels.ts';
import { chain, lstm, randomSource, randomTrace } from '../support/networks.ts';

const kernels = await bothKernels();
const smooth = ['sigmoid', 'tanh', 'softsign'] as const;
const analogOf = (name: string) => resolveActivation(name).analog!;

describe.each(smooth)('%s', (name) => {
  const f = analogOf(name);
  const fits = [1, 2, 3, 4, 5].map((count) => fitPieces(f, usualDrives(), count));

  it('is nearer to more pieces, each of which a neuron computes', () => {
    fits.forEach(({ pieces, mse }, index) => {
      expect(pieces).toHaveLength(index + 1);
      for (const { slope, low, high } of pieces) {
        expect(slope).toBeGreaterThan(0);
        expect(low).toBeLessThan(high);
      }
      if (index > 0) expect(mse).toBeLessThanOrEqual(fits[index - 1]!.mse * 1.001);
    });
    expect(fits[2]!.mse).toBeLessThan(2e-4);
  });

  it('stays within its bounds', () => {
    for (const { pieces } of fits) {
      const ends = (end: 'low' | 'high') => pieces.reduce((sum, piece) => sum + piece[end], 0);
      expect(ends('low')).toBeGreaterThanOrEqual(name === 'sigmoid' ? 0 : -1);
      expect(ends('high')).toBeLessThanOrEqual(1);
    }
  });

  it('has pieces for neurons of two thresholds where it is odd', () => {
    const odd = fits.every(({ pieces }) =>
      pieces.every(({ low, high, offset }) => low === -high && offset === 0),
    );
    expect(odd).toBe(name !== 'sigmoid');
  });
});

describe('a fit', () => {
  it('of one piece is the nearest: no other slope or clip is nearer', () => {
    const drives = usualDrives();
    const { pieces, mse } = fitPieces(Math.tanh, drives, 1);
    const error = (slope: number, high: number) => {
      const piece = evaluateClippedLinear({ slope, offset: 0, low: -high, high });
      let [sum, total] = [0, 0];
      drives.counts.forEach((count, bin) => {
        const x = drives.low + ((bin + 0.5) * (drives.high - drives.low)) / drives.counts.length;
        sum += count * (piece(x) - Math.tanh(x)) ** 2;
        total += count;
      });
      return sum / total;
    };
    const [{ slope, high }] = pieces as [(typeof pieces)[number]];
    expect(error(slope, high)).toBeCloseTo(mse, 3);
    for (const change of [0.97, 1.03]) {
      expect(error(slope * change, high)).toBeGreaterThan(error(slope, high));
      expect(error(slope, high * change)).toBeGreaterThan(error(slope, high));
    }
  });

  it('is nearer where the pre-activations are', () => {
    const narrow = emptyDrives();
    countDrives(
      narrow,
      Float32Array.from({ length: 1000 }, (_, n) => -0.5 + n / 1000),
    );
    const [near] = fitPieces(Math.tanh, narrow, 1).pieces;
    const [usual] = fitPieces(Math.tanh, usualDrives(), 1).pieces;
    // About 0 the slope of tanh is 1.
    expect(Math.abs(near!.slope - 1)).toBeLessThan(Math.abs(usual!.slope - 1));
  });
});

const tolerance = { mse: 0.01, accuracyDrop: 0.01 };
const options: SpikingOptions = {
  timesteps: 16,
  coding: 'residual',
  arithmetic: 'float',
  cellClip: null,
  weightBits: 8,
};

function converted(neuronsPerGate: number | 'auto', seed = 1) {
  const random = randomSource(seed);
  const layer = lstm(random, 3, 8, { activation: 'tanh', recurrentActivation: 'sigmoid' });
  const { coding, arithmetic, timesteps } = options;
  const samples = Array.from({ length: 6 }, () => randomTrace(random, 3, 5));
  const [{ kernel }] = kernels as [(typeof kernels)[number]];
  const drives = measureDrives([layer], kernel, options, samples.length, (n) => samples[n]!);
  const given = { coding, arithmetic, timesteps, tolerance, neuronsPerGate };
  const { layers, findings } = convert(chain([5, 3], layer), given, {}, drives);
  return { layer, hybrid: layers[0]!, findings, samples };
}

describe.each(kernels)('fitted gates, $name kernel', ({ kernel }) => {
  it('come as near to the trained ones as more time-steps and more neurons allow', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20 }),
        fc.constantFrom('float' as const, 'loihi' as const),
        (seed, arithmetic) => {
          const error = (neuronsPerGate: number, timesteps: number): number => {
            const { layer, hybrid, samples } = converted(neuronsPerGate, seed);
            const exact = analogRunner(layer, kernel, options);
            const spiking = hybridRunner(hybrid, kernel, { ...options, arithmetic, timesteps });
            const squares = samples.flatMap((sample) => {
              const [a, s] = [exact(sample).neurons, spiking(sample).neurons];
              expect(s).toHaveLength(a.length);
              return [...a].map((value, i) => (value - s[i]!) ** 2);
            });
            return squares.reduce((sum, value) => sum + value, 0) / squares.length;
          };
          expect(error(3, 256)).toBeLessThan(error(3, 4));
          expect(error(3, 256)).toBeLessThan(2e-3);
        },
      ),
      { numRuns: 6 },
    );
  });

  it('spike with as many neurons as they have pieces', () => {
    const { hybrid, samples } = converted(3);
    const run = hybridRunner(hybrid, kernel, options)(samples[0]!);
    expect(run.neurons).toHaveLength(5 * 4 * 8);
    expect(run.spikes!.neurons).toHaveLength(5 * 4 * 8 * 3);
  });
});

describe('the number of neurons', () => {
  it('is the fewest that the tolerance allows', () => {
    const { findings, hybrid } = converted('auto');
    const [{ message }] = findings as [(typeof findings)[number]];
    const worst = Math.max(...[...message.matchAll(/ [ifco] (\d\.\de-\d)/g)].map(([, mse]) => Number(mse)));
    expect(worst).toBeLessThanOrEqual(0.01 / 20);
    const count = 'populations' in hybrid ? hybrid.populations[0]!.pieces.length : 0;
    const fewer = findings[0]!.fixes.find(({ edits }) => edits[0]!.value === count - 1);
    if (count > 1) expect(Number(/\d\.\de-\d$/.exec(fewer!.title)![0])).toBeGreaterThan(0.01 / 20);
  });
});
