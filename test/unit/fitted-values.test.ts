/** Dense and convolutional layers of any activation: neurons come as near as is wanted, and counts to them as T grows. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSmooth, resolveActivation } from '../../src/core/convert/activations.ts';
import {
  channelsToMeasure,
  convert,
  hasFittedGates,
  isConvertible,
  layersToMeasure,
} from '../../src/core/convert/convert.ts';
import { measureDrives } from '../../src/core/convert/drives.ts';
import { countGrowing, narrowDrives, reached } from '../../src/core/convert/fit.ts';
import { fitSegments } from '../../src/core/convert/fit-segments.ts';
import { boundsOf, withBounds } from '../../src/core/convert/pieces.ts';
import { evaluateClippedLinear } from '../../src/core/convert/activations.ts';
import { measureRanges } from '../../src/core/convert/ranges.ts';
import type { ConversionOptions, HybridLayer } from '../../src/core/convert/types.ts';
import type { ClippedLinear, Network } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { hybridRunner } from '../../src/core/simulate/spiking.ts';
import type { Trace } from '../../src/core/simulate/types.ts';
import { wasmKernel } from '../support/kernels.ts';
import { chain, dense, passing, randomSource, randomTrace, runChain } from '../support/networks.ts';
import { conv, pooling, scale, windows } from '../support/windows.ts';

const kernel = await wasmKernel();

const names = [
  ...['sigmoid', 'tanh', 'softsign', 'elu', 'selu', 'gelu', 'gelu_new', 'swish', 'silu', 'softplus', 'mish'],
  ...['hard_swish', 'exponential', 'leaky_relu(0.3)', 'leaky_relu(-0.2)', 'elu(0.5)', 'linear', 'relu'],
];

const base: ConversionOptions = {
  timesteps: 8,
  coding: 'residual',
  arithmetic: 'float',
  neuronsPerGate: 8,
};

/** Converts as a run does, and gives the mean squared error of the values of each spiking layer. */
function errorsOf(network: Network, samples: readonly Trace[], options: ConversionOptions) {
  const analogOptions = { cellClip: null };
  const links = network.layers.map((layer) => ({ layer, run: analogRunner(layer, kernel, analogOptions) }));
  const sample = (n: number) => samples[n]!;
  const { length } = samples;
  const ranges = measureRanges(
    links,
    layersToMeasure(network, options),
    length,
    sample,
    options.percentile ?? 100,
    channelsToMeasure(network, options),
  );
  const drives = hasFittedGates(network, options)
    ? measureDrives(network.layers, kernel, analogOptions, length, sample)
    : {};
  const conversion = convert(network, options, ranges, drives);
  expect(isConvertible(conversion)).toBe(true);
  const hybrid = (layers: readonly HybridLayer[]) =>
    layers.map((layer) => hybridRunner(layer, kernel, { ...options, weightBits: 8, cellClip: null }));
  const runners = hybrid(conversion.layers);
  let [squares, values, largest] = [0, 0, 0];
  for (const trace of samples) {
    const exact = runChain(
      links.map(({ run }) => run),
      trace,
    ).output.values;
    const spiking = runChain(runners, trace).output.values;
    expect(spiking.length).toBe(exact.length);
    exact.forEach((x, i) => {
      squares += (x - spiking[i]!) ** 2;
      largest = Math.max(largest, Math.abs(x));
      values++;
    });
  }
  return { mse: squares / values / Math.max(largest, 1e-6) ** 2, conversion };
}

/** The hidden layer is the one looked at: what follows is the identity, which stays analog. */
function identity(units: number): ReturnType<typeof dense> {
  const layer = dense(() => 0, units, units, 'linear', 'last');
  layer.kernel.values.forEach((_, k) => {
    layer.kernel.values[k] = Math.floor(k / units) === k % units ? 1 : 0;
  });
  return layer;
}

describe('a Dense layer of any activation', () => {
  it.each(names)('comes near to %s with a few neurons a value, in both arithmetics', (name) => {
    const random = randomSource(3);
    const network = chain([6], dense(random, 6, 12, name, 'hidden'), identity(12));
    const samples = Array.from({ length: 60 }, () => randomTrace(random, 6));
    for (const arithmetic of ['float', 'loihi'] as const) {
      const at = (timesteps: number, coding: 'residual' | 'reset') =>
        errorsOf(network, samples, { ...base, timesteps, coding, arithmetic }).mse;
      // A part in a thousand of the largest value, and what 8 bits leave.
      const [coarse, fine] = [at(4, 'residual'), at(256, 'residual')];
      expect(fine).toBeLessThan(arithmetic === 'float' ? 1e-5 : 4e-4);
      expect(fine).toBeLessThan(coarse);
      expect(at(256, 'reset')).toBeLessThan(arithmetic === 'float' ? 1e-4 : 6e-4);
    }
  });

  it('needs one neuron for ReLU and for a linear layer, which has two thresholds', () => {
    const random = randomSource(4);
    for (const name of ['relu', 'linear']) {
      const network = chain([3], dense(random, 3, 4, name, 'hidden'), identity(4));
      const { layers } = convert(network, { ...base, neuronsPerGate: 'auto' }, { hidden: 2 });
      const [hidden] = layers;
      expect(hidden?.runsAs === 'spiking' && hidden.populations).toMatchObject([
        { neurons: 4, dual: name === 'linear', pieces: [{ slope: 1, high: 2 }] },
      ]);
    }
  });

  it('leaves the last layer to the host unless neurons compute it exactly', () => {
    const random = randomSource(5);
    const last = (name: string) =>
      convert(
        chain(
          [3],
          dense(random, 3, 4, 'relu', 'hidden'),
          dense(random, 4, 2, name, 'last'),
          passing('Dropout'),
        ),
        base,
        {},
      );
    for (const name of ['softmax', 'linear', 'sigmoid', 'gelu']) {
      expect(last(name).layers[1]!.runsAs).toBe('analog');
    }
    expect(last('relu').layers[1]!.runsAs).toBe('spiking');
    expect(last('my_own').findings).toContainEqual(expect.objectContaining({ code: 'activation-unknown' }));
  });
});

describe('the segments of a fit', () => {
  const fitted = names.filter((name) => isSmooth(name));
  const arbitrary = fc.record({
    name: fc.constantFrom(...fitted),
    seed: fc.integer(),
    size: fc.double({ min: 0.05, max: 20, noNaN: true }),
    shift: fc.double({ min: -1, max: 1, noNaN: true }),
  });

  function drivesOf(seed: number, size: number, shift: number) {
    const random = randomSource(seed);
    const values = Float32Array.from({ length: 2000 }, () => size * (shift + random() * Math.abs(random())));
    return reached(countGrowing(countGrowing(narrowDrives(), values.slice(0, 3)), values.slice(3)));
  }
  const sum = (pieces: readonly ClippedLinear[], x: number) =>
    pieces.reduce((total, piece) => total + evaluateClippedLinear(piece)(x), 0);

  it('come nearer the more there are, and their error is what they say', () => {
    fc.assert(
      fc.property(arbitrary, ({ name, seed, size, shift }) => {
        const f = resolveActivation(name).analog!;
        const drives = drivesOf(seed, size, shift);
        const fits = [1, 2, 4, 8].map((count) => fitSegments(f, drives, count));
        fits.forEach(({ pieces, mse }, k) => {
          expect(pieces).toHaveLength([1, 2, 4, 8][k]!);
          for (const { slope, low, high } of pieces) {
            expect(high).toBeGreaterThan(low);
            expect(Number.isFinite(slope) && slope !== 0).toBe(true);
          }
          const power = Math.max(...[drives.low, drives.high].map((x) => Math.abs(f(x)))) ** 2;
          // A part in 10,000 of the largest value is less than any count can tell.
          if (k > 0) expect(mse).toBeLessThanOrEqual(fits[k - 1]!.mse * 1.02 + 1e-8 * power);
        });
        const { low, high } = drives;
        const ends = [f(low), f(high), f((low + high) / 2)];
        const span = Math.max(...ends) - Math.min(...ends);
        expect(fits[3]!.mse).toBeLessThan(2e-3 * Math.max(span, 1e-2) ** 2);
      }),
      { numRuns: 60 },
    );
  });

  it('keep within other bounds, and are as they were between them', () => {
    const pieces = fitSegments(resolveActivation('gelu').analog!, drivesOf(1, 4, 0), 5).pieces;
    const { low, high } = boundsOf(pieces);
    expect(low).toBeLessThan(-0.1);
    const [least, most] = [low / 2, high / 3];
    const cut = withBounds(pieces, least, most);
    for (let x = -6; x < 6; x += 0.01) {
      expect(sum(cut, x)).toBeCloseTo(Math.min(Math.max(sum(pieces, x), least), most), 6);
    }
  });
});

describe('a convolution', () => {
  it.each(['gelu', 'relu', 'linear', 'tanh'])(
    'of %s counts as the analog one computes, along a sequence',
    (name) => {
      const random = randomSource(6);
      const over = windows([3], { channels: 2, padding: 'same', stride: [2] });
      const network = chain([9, 2], conv(random, over, 4, name), passing('Flatten'), identity(20));
      const samples = Array.from({ length: 20 }, () => randomTrace(random, 2, 9));
      for (const arithmetic of ['float', 'loihi'] as const) {
        const at = (timesteps: number) => errorsOf(network, samples, { ...base, timesteps, arithmetic }).mse;
        expect(at(256)).toBeLessThan(arithmetic === 'float' ? 1e-5 : 1e-3);
        expect(at(256)).toBeLessThan(at(4));
      }
    },
  );

  it.each(['gelu', 'relu'])(
    'of %s counts as the analog one computes, over images and behind one another',
    (name) => {
      const random = randomSource(7);
      const first = windows([3, 2], { channels: 2, padding: 'same', image: [5, 4], stride: [2, 1] });
      const second = windows([2, 2], { channels: 3, image: [3, 4] });
      const network = chain(
        [5, 4, 2],
        conv(random, first, 3, name, 'a'),
        scale(random, 3),
        pooling(windows([2, 2], { channels: 3, image: [3, 4], padding: 'same' }), 'average'),
        conv(random, second, 4, name, 'b'),
        passing('Flatten'),
        identity(24),
      );
      const samples = Array.from({ length: 10 }, () => randomTrace(random, 40));
      for (const thresholdScope of ['layer', 'channel'] as const) {
        const at = (timesteps: number) => errorsOf(network, samples, { ...base, timesteps, thresholdScope });
        const { mse, conversion } = at(512);
        expect(mse).toBeLessThan(2e-5);
        expect(mse).toBeLessThan(at(4).mse);
        const spiking = conversion.layers.filter(({ runsAs }) => runsAs === 'spiking');
        expect(spiking.map((layer) => layer.runsAs === 'spiking' && layer.populations[0]!.values)).toEqual([
          36, 24,
        ]);
      }
    },
  );
});

describe('thresholds', () => {
  it('of each channel are finer than one of the layer where channels differ in size', () => {
    const random = randomSource(8);
    const hidden = dense(random, 5, 6, 'relu', 'hidden');
    hidden.kernel.values.forEach((_, k) => (hidden.kernel.values[k]! *= k % 6 === 0 ? 20 : 1));
    const network = chain([5], hidden, dense(random, 6, 3, 'softmax', 'last'));
    const samples = Array.from({ length: 40 }, () => randomTrace(random, 5));
    const at = (thresholdScope: 'layer' | 'channel') =>
      errorsOf(network, samples, { ...base, timesteps: 8, thresholdScope });
    const channel = at('channel');
    expect(channel.mse).toBeLessThan(at('layer').mse / 2);
    expect(channel.conversion.findings).toContainEqual(
      expect.objectContaining({ message: expect.stringContaining('threshold of each channel') as string }),
    );
    const [first] = channel.conversion.layers;
    expect(first?.runsAs === 'spiking' && first.populations[0]!.highs).toHaveLength(6);
  });

  it('of each channel at a percentile lie below the largest activations', () => {
    const random = randomSource(9);
    const network = chain([5], dense(random, 5, 6, 'relu', 'hidden'), dense(random, 6, 3, 'softmax', 'last'));
    const samples = Array.from({ length: 200 }, () => randomTrace(random, 5));
    const highs = (percentile: number) => {
      const { conversion } = errorsOf(network, samples, { ...base, thresholdScope: 'channel', percentile });
      const [first] = conversion.layers;
      return first?.runsAs === 'spiking' ? first.populations[0]!.highs! : [];
    };
    const [most, some] = [highs(100), highs(90)];
    some.forEach((high, k) => {
      expect(high).toBeLessThan(most[k]!);
      expect(high).toBeGreaterThan(0);
    });
  });
});
