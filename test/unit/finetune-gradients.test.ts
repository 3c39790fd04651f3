/** Gradients of convolutions and pooling in training, which are the project's own, against differences. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { convert } from '../../src/core/convert/convert.ts';
import { layerTensors, weightOwners } from '../../src/core/finetune/weights.ts';
import { placesOf } from '../../src/core/simulate/windows.ts';
import type { Layer } from '../../src/core/network/types.ts';
import { createForward } from '../../src/worker/tfjs/forward.ts';
import { createTrainer, samplesOf } from '../../src/worker/tfjs/training.ts';
import { chain, dense, passing, randomSource, randomTrace } from '../support/networks.ts';
import { startTfjsFromNodeModules } from '../support/tfjs.ts';
import { conv, pooling, windows } from '../support/windows.ts';

beforeAll(startTfjsFromNodeModules);

const converting = { timesteps: 4, coding: 'residual', arithmetic: 'float' } as const;
const small = fc.integer({ min: 1, max: 3 });

describe('the gradient of windows', () => {
  it.each([true, false])('is that of small differences (over images: %s)', (overImages) => {
    const shapes = fc.record({
      seed: fc.integer(),
      size: fc.tuple(small, small),
      stride: fc.tuple(small, small),
      padding: fc.constantFrom('valid', 'same'),
      of: fc.constantFrom('average', 'max'),
    });
    fc.assert(
      fc.property(shapes, ({ seed, size, stride, padding, of }) => {
        const random = randomSource(seed);
        const axes = overImages ? 2 : 1;
        const sizes = [6, 5].slice(0, axes);
        const imageOf = (lengths: readonly number[]) => (overImages ? (lengths as [number, number]) : null);
        const steps = overImages ? 0 : sizes[0]!;
        const first = windows([2, 2].slice(0, axes), { channels: 2, image: imageOf(sizes) });
        const second = windows(size.slice(0, axes), {
          ...{ stride: stride.slice(0, axes), padding, channels: 3 },
          image: imageOf(placesOf(first, steps).out),
        });
        const made = placesOf(second, placesOf(first, steps).count);
        const third = windows([2, 2].slice(0, axes), {
          ...{ padding: 'same', channels: 3, image: imageOf(made.out) },
        });
        // Two convolutions, so that a gradient goes through one to the other.
        const layers: Layer[] = [
          conv(random, first, 3, 'swish', 'first'),
          conv(random, second, 3, 'swish', 'second'),
          pooling(third, of),
          passing('Flatten'),
          dense(random, 3 * made.count, 3, 'linear', 'out'),
        ];
        const sample = randomTrace(random, overImages ? 60 : 2, overImages ? undefined : 6);
        const { steps: rows, features, sequence } = sample;
        const shape = { steps: rows, features, sequence, samples: 1 };
        const hybrid = convert(chain([...sizes, 2], ...layers), converting, {}).layers;
        tf.tidy(() => {
          const weights = layers.map((layer) =>
            layerTensors(layer).map((one) => tf.variable(tf.tensor(one.values, [...one.shape]))),
          );
          const forward = createForward(hybrid, weights, { cellClip: null, counting: null });
          const loss = () => tf.sum(tf.square(forward.run(samplesOf([0], { shape, sample: () => sample }))));
          const { grads } = tf.variableGrads(loss as () => tf.Scalar);
          const kernel = weights[0]![0]!;
          const direction = tf.sign(grads[kernel.name]!);
          const along = tf.sum(tf.mul(grads[kernel.name]!, direction)).dataSync()[0]!;
          const start = kernel.clone();
          const at = (distance: number): number => {
            kernel.assign(tf.add(start, tf.mul(direction, distance)));
            return loss().dataSync()[0]!;
          };
          const difference = (at(2e-3) - at(-2e-3)) / 4e-3;
          expect(Math.abs(difference - along)).toBeLessThan(0.02 * along + 1e-2);
          forward.dispose();
        });
      }),
      { numRuns: 20, seed: 7 },
    );
  });
});

const oneVector = { steps: 1, features: 2, sequence: false, samples: 1 };

describe('a layer that is used several times', () => {
  it('goes on having one set of weights', () => {
    const random = randomSource(3);
    const shared = dense(random, 2, 2, 'relu', 'shared');
    // A bias that a file does not have is made anew for each use.
    const again = {
      ...shared,
      name: 'shared (2)',
      bias: { ...shared.bias, values: shared.bias.values.slice() },
    };
    const layers: Layer[] = [shared, again, dense(random, 2, 2, 'linear', 'out')];
    expect(weightOwners(layers)).toEqual([0, 0, 2]);
    const sample = randomTrace(random, 2);
    const trainer = createTrainer({
      layers: convert(chain([2], ...layers), converting, {}).layers,
      ...{ valuesHeld: 6, cellClip: null, counting: null, shape: oneVector },
      ...{ sample: () => sample, classes: Int32Array.of(1), answers: Float32Array.of(0, 1) },
    });
    for (let step = 0; step < 3; step++) trainer.train([0], 0.01);
    const [first, second] = trainer.weights();
    trainer.dispose();
    expect(second).toEqual(first);
    expect(first![0]).not.toEqual(shared.kernel.values);
  });
});

describe('a batch that is too large', () => {
  it('is trained in parts, to the same weights', () => {
    const random = randomSource(5);
    const layers: Layer[] = [dense(random, 3, 4, 'tanh', 'hidden'), dense(random, 4, 2, 'linear', 'out')];
    const samples = Array.from({ length: 6 }, () => randomTrace(random, 3));
    const trained = (valuesHeld: number) => {
      const trainer = createTrainer({
        layers: convert(chain([3], ...layers), converting, {}).layers,
        ...{ valuesHeld, cellClip: null, counting: null },
        ...{ shape: { steps: 1, features: 3, sequence: false, samples: 6 }, sample: (n) => samples[n]! },
        ...{ classes: Int32Array.of(0, 1, 0, 1, 1, 0), answers: new Float32Array(12) },
      });
      const losses = [0, 1, 2].map(() => trainer.train([0, 1, 2, 3, 4, 5], 0.01));
      const weights = trainer.weights().flatMap((layer) => layer.flatMap((values) => [...values]));
      trainer.dispose();
      return [...losses, ...weights];
    };
    const whole = trained(1);
    // Four at once, then two.
    trained(2 ** 22).forEach((value, k) => {
      expect(value).toBeCloseTo(whole[k]!, 4);
    });
  });
});
