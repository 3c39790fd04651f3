/** Convolutions, pooling, scaling and reshaping: analog against tfjs, spiking towards analog as T grows. */
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { convert } from '../../src/core/convert/convert.ts';
import { neuronDetail, startLook } from '../../src/core/detail/look.ts';
import type { Layer, Network } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { placesOf } from '../../src/core/simulate/windows.ts';
import type { Trace } from '../../src/core/simulate/types.ts';
import { createAnalogNetwork } from '../../src/worker/tfjs/network.ts';
import { bothKernels, wasmKernel } from '../support/kernels.ts';
import { chain, dense, lstm, passing, randomSource, randomTrace, runChain } from '../support/networks.ts';
import { startTfjsFromNodeModules } from '../support/tfjs.ts';
import { conv, permute, pooling, reshape, scale, windows } from '../support/windows.ts';

const kernels = await bothKernels();

beforeAll(startTfjsFromNodeModules);

const options = { cellClip: null };

/** Largest difference between the project's own reference and tfjs; of values above 1, in relation to them. */
async function difference(network: Network, samples: readonly Trace[]): Promise<number> {
  const analog = createAnalogNetwork(network, options);
  const wanted = await analog.predict(
    samples.length,
    (n) => samples[n]!,
    () => undefined,
  );
  analog.dispose();
  const width = wanted.length / samples.length;
  let most = 0;
  for (const { kernel } of kernels) {
    const runners = network.layers.map((layer) => analogRunner(layer, kernel, options));
    samples.forEach((sample, n) => {
      const { values } = runChain(runners, sample).output;
      expect(values.length).toBe(width);
      values.forEach((x, i) => {
        most = Math.max(most, Math.abs(x - wanted[n * width + i]!) / Math.max(1, Math.abs(x)));
      });
    });
  }
  return most;
}

const activations = fc.constantFrom('relu', 'linear', 'gelu', 'swish', 'leaky_relu(0.3)', 'hard_sigmoid');
const small = fc.integer({ min: 1, max: 3 });

describe('a convolution along a sequence', () => {
  it('is what tfjs computes', async () => {
    const shapes = fc.record({
      seed: fc.integer(),
      steps: fc.integer({ min: 1, max: 9 }),
      channels: small,
      width: small,
      stride: small,
      dilation: fc.integer({ min: 1, max: 2 }),
      padding: fc.constantFrom('valid', 'same', 'causal'),
      filters: fc.integer({ min: 1, max: 5 }),
      activation: activations,
      then: fc.constantFrom('lstm', 'flatten', 'average', 'max', 'pool-average', 'pool-max'),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const { seed, steps, channels, filters, padding } = shape;
        // tfjs refuses both at once.
        const [stride, dilation] = shape.dilation > 1 ? [1, shape.dilation] : [shape.stride, 1];
        const random = randomSource(seed);
        const over = windows([shape.width], { stride: [stride], dilation: [dilation], padding, channels });
        const { count } = placesOf(over, steps);
        fc.pre(count > 0);
        const pool = windows([2], { stride: [2], padding: 'same', channels: filters });
        const then: Record<string, Layer[]> = {
          lstm: [lstm(random, filters, 3, { activation: 'tanh', recurrentActivation: 'sigmoid' })],
          flatten: [passing('Flatten'), dense(random, filters * count, 2, 'softmax')],
          average: [pooling(pool, 'average', true)],
          max: [pooling(pool, 'max', true)],
          'pool-average': [pooling(pool, 'average')],
          'pool-max': [pooling(pool, 'max')],
        };
        const network = chain(
          [steps, channels],
          conv(random, over, filters, shape.activation),
          ...then[shape.then]!,
        );
        const samples = [0, 1].map(() => randomTrace(random, channels, steps));
        expect(await difference(network, samples)).toBeLessThan(1e-5);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a convolution over images', () => {
  it('is what tfjs computes, for one image and for several', async () => {
    const shapes = fc.record({
      seed: fc.integer(),
      height: fc.integer({ min: 1, max: 7 }),
      width: fc.integer({ min: 1, max: 7 }),
      images: fc.integer({ min: 0, max: 3 }),
      channels: small,
      size: fc.tuple(small, small),
      stride: fc.tuple(small, small),
      dilation: fc.tuple(fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 2 })),
      padding: fc.constantFrom('valid', 'same'),
      filters: fc.integer({ min: 1, max: 5 }),
      activation: activations,
      scaled: fc.boolean(),
      pool: fc.constantFrom('average', 'max', 'average-all', 'max-all', 'none'),
      poolPadding: fc.constantFrom('valid', 'same'),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const { seed, height, width, channels, filters, size, padding, images } = shape;
        const dilated = shape.dilation.some((d) => d > 1);
        const [stride, dilation] = dilated ? [[1, 1], shape.dilation] : [shape.stride, [1, 1]];
        const random = randomSource(seed);
        const image = [height, width] as const;
        const over = windows(size, { stride, dilation, padding, channels, image });
        const places = placesOf(over, 0);
        fc.pre(places.count > 0);
        const layers: Layer[] = [conv(random, over, filters, shape.activation)];
        if (shape.scaled) layers.push(scale(random, filters));
        const [rows, columns] = places.out as [number, number];
        let values = places.count * filters;
        if (shape.pool !== 'none') {
          const pool = windows([2, 2], {
            stride: [2, 1],
            padding: shape.poolPadding,
            channels: filters,
            image: [rows, columns],
          });
          const all = shape.pool.endsWith('-all');
          const { count } = placesOf(pool, 0);
          fc.pre(all || count > 0);
          layers.push(pooling(pool, shape.pool.startsWith('max') ? 'max' : 'average', all));
          values = (all ? 1 : count) * filters;
        }
        if (images > 0) layers.push(reshape([images, values]));
        else layers.push(passing('Flatten'));
        layers.push(dense(random, values, 2, 'softmax'));
        const shapeOf = [height, width, channels];
        const network = chain(images > 0 ? [images, ...shapeOf] : shapeOf, ...layers);
        const samples = [0, 1].map(() =>
          randomTrace(random, height * width * channels, images > 0 ? images : undefined),
        );
        expect(await difference(network, samples)).toBeLessThan(1e-5);
      }),
      { numRuns: 80 },
    );
  });
});

describe('channels first', () => {
  it('come last after a permutation, with zeros around as many as are given', async () => {
    const shapes = fc.record({
      seed: fc.integer(),
      sizes: fc.tuple(small, fc.integer({ min: 2, max: 6 }), fc.integer({ min: 2, max: 6 })),
      stride: fc.tuple(small, small),
      padding: fc.tuple(fc.tuple(small, small), fc.tuple(small, small)),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async ({ seed, sizes, stride, padding }) => {
        const [channels, height, width] = sizes;
        const random = randomSource(seed);
        const over = windows([2, 3], { image: [height, width], channels, stride, padding });
        const { out } = placesOf(over, 0);
        const network = chain(
          [...sizes],
          permute(sizes, [1, 2, 0]),
          conv(random, over, 2, 'relu'),
          permute([...out, 2], [2, 0, 1], 'back'),
          passing('Flatten'),
          dense(random, 2 * out[0]! * out[1]!, 2, 'linear'),
        );
        const samples = [0, 1].map(() => randomTrace(random, channels * height * width));
        expect(await difference(network, samples)).toBeLessThan(1e-5);
      }),
      { numRuns: 30 },
    );
  });
});

describe('a single neuron of a convolution over images', () => {
  it('is watched at its own place: its spikes are what its value stands for', async () => {
    const kernel = await wasmKernel();
    const random = randomSource(11);
    const over = windows([2, 2], { image: [4, 3], channels: 2 });
    const layer = conv(random, over, 3, 'relu');
    const { layers } = convert(
      chain([4, 3, 2], layer, passing('Flatten'), dense(random, 18, 2, 'softmax')),
      { timesteps: 16, coding: 'residual', arithmetic: 'float' },
      { conv: 2 },
    );
    const sample = randomTrace(random, 24);
    const look = startLook({
      ...{ layers, kernel, samples: 1, sample: () => sample, classes: null },
      options: { timesteps: 16, coding: 'residual', arithmetic: 'float', weightBits: 8, cellClip: null },
    });
    const whole = look.hybrid[0]!.run(sample).neurons;
    expect(whole.length).toBe(18);
    let seen = 0;
    for (let neuron = 0; neuron < 18; neuron++) {
      const detail = neuronDetail(look, { layer: 'conv', population: 'neurons', sample: 0, neuron });
      const spikes = detail.trace.spikes.reduce((sum, spike) => sum + spike, 0);
      expect(detail.trace.spikes.length).toBe(16);
      expect((2 * spikes) / 16).toBeCloseTo(whole[neuron]!, 5);
      expect(detail.spiking[0]).toBe(whole[neuron]);
      seen += spikes;
    }
    expect(seen).toBeGreaterThan(0);
  });
});
