/** The network as it is trained, over every kind of layer: against tfjs, against the spiking network; what it writes. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  channelsToMeasure,
  convert,
  isConvertible,
  layersToMeasure,
} from '../../src/core/convert/convert.ts';
import { measureDrives } from '../../src/core/convert/drives.ts';
import { measureRanges } from '../../src/core/convert/ranges.ts';
import type { Coding, ConversionOptions, HybridLayer } from '../../src/core/convert/types.ts';
import { layerTensors } from '../../src/core/finetune/weights.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { runChain } from '../../src/core/simulate/chain.ts';
import { hybridRunner } from '../../src/core/simulate/spiking.ts';
import { createAnalogNetwork } from '../../src/worker/tfjs/network.ts';
import { createForward } from '../../src/worker/tfjs/forward.ts';
import { createTrainer, samplesOf } from '../../src/worker/tfjs/training.ts';
import type { Counting } from '../../src/worker/tfjs/straight-through.ts';
import { wasmKernel } from '../support/kernels.ts';
import { hardActivations } from '../support/networks.ts';
import { startTfjsFromNodeModules } from '../support/tfjs.ts';
import { families, type Trainable } from '../support/trainable.ts';

const kernel = await wasmKernel();
beforeAll(startTfjsFromNodeModules);

const trained = { activations: hardActivations, cellClip: null };

/** As a run converts: after it has measured over all samples what only they can say. */
function converted({ network, shape, sample }: Trainable, counting: Counting): readonly HybridLayer[] {
  const options: ConversionOptions = { ...trainedOptions, ...counting };
  const links = network.layers.map((layer) => ({ layer, run: analogRunner(layer, kernel, trained) }));
  const channels = channelsToMeasure(network, options);
  const ranges = measureRanges(
    links,
    layersToMeasure(network, options),
    shape.samples,
    sample,
    100,
    channels,
  );
  const drives = measureDrives(network.layers, kernel, trained, shape.samples, sample);
  const conversion = convert(network, options, ranges, drives);
  expect(isConvertible(conversion)).toBe(true);
  return conversion.layers;
}

const trainedOptions = { activations: hardActivations, arithmetic: 'float' } as const;

/** Of the network as it is trained, [samples, outputs] before a softmax. */
function forward(own: Trainable, layers: readonly HybridLayer[], counting: Counting | null): Float32Array {
  return tf.tidy(() => {
    const weights = layers.map(({ layer }) =>
      layerTensors(layer).map((one) => tf.variable(tf.tensor(one.values, [...one.shape]))),
    );
    const made = createForward(layers, weights, { ...trained, counting });
    const all = Array.from({ length: own.shape.samples }, (_, n) => n);
    const outputs = made.run(samplesOf(all, own)).dataSync<'float32'>().slice();
    made.dispose();
    return outputs;
  });
}

/** [samples, outputs] */
function spiking(own: Trainable, layers: readonly HybridLayer[], counting: Counting): Float32Array {
  const options = { ...trained, ...counting, arithmetic: 'float', weightBits: 8 } as const;
  const links = layers.map((hybrid) => ({ layer: hybrid.layer, run: hybridRunner(hybrid, kernel, options) }));
  const rows = Array.from({ length: own.shape.samples }, (_, n) => [
    ...runChain(links, own.sample(n)).at(-1)!.output.values,
  ]);
  return Float32Array.from(rows.flat());
}

/** Where the network ends in a softmax, of it. */
function answers(own: Trainable, logits: Float32Array): Float32Array {
  const last = own.network.layers.at(-1)!;
  if (!('activation' in last) || last.activation !== 'softmax') return logits;
  return tf.tidy(() =>
    tf
      .softmax(tf.tensor2d(logits, [own.shape.samples, 3]))
      .dataSync<'float32'>()
      .slice(),
  );
}

function furthest(a: Float32Array, b: Float32Array): number {
  expect(a.length).toBe(b.length);
  return Math.max(...a.map((value, k) => Math.abs(value - b[k]!) / Math.max(1, Math.abs(value))));
}

const T = 4;

describe.each(Object.entries(families))('%s as they are trained', (_, family: fc.Arbitrary<Trainable>) => {
  it('are the analog network where counts are not rounded', async () => {
    await fc.assert(
      fc.asyncProperty(family, async (own) => {
        const analog = createAnalogNetwork(own.network, trained);
        const wanted = await analog.predict(own.shape.samples, own.sample, () => undefined);
        analog.dispose();
        const layers = converted(own, { timesteps: T, coding: 'residual' });
        expect(furthest(answers(own, forward(own, layers, null)), wanted)).toBeLessThan(1e-5);
      }),
      { numRuns: 20 },
    );
  });

  // With one time-step, no spike comes before another.
  it.each<Coding>(['residual', 'reset'])('count as spiking neurons do, each for each (%s)', (coding) => {
    const counting = { timesteps: 1, coding };
    fc.assert(
      fc.property(family, (own) => {
        const layers = converted(own, counting);
        const wanted = spiking(own, layers, counting);
        expect(furthest(answers(own, forward(own, layers, counting)), wanted)).toBeLessThan(1e-4);
      }),
      // Of a thousand networks one has a sum that falls on a threshold to the last bits, which go either way.
      { numRuns: 20, seed: 1 },
    );
  });

  it.each([null, 'residual', 'reset'] as const)(
    'learn, and hold no more from step to step (%s)',
    (coding) => {
      const counting = coding && { timesteps: T, coding };
      fc.assert(
        fc.property(family, (own) => {
          const layers = converted(own, counting ?? { timesteps: T, coding: 'residual' });
          const { shape, sample } = own;
          const classes = Int32Array.from({ length: shape.samples }, (_, n) => n % 3);
          const all = Array.from(classes, (_, n) => n);
          const answers = Float32Array.from(
            all.flatMap((n) => [0, 1, 2].map((k) => (classes[n] === k ? 1 : 0))),
          );
          const trainer = createTrainer({
            ...trained,
            ...{ layers, valuesHeld: 1, counting, shape, sample, classes, answers },
          });
          const before = trainer.score(all).loss;
          trainer.train(all, 0.01); // Adam's own tensors
          const held = tf.memory().numTensors;
          for (let step = 0; step < 8; step++) trainer.train(all, 0.01);
          expect(tf.memory().numTensors).toBe(held);
          // Without rounding nothing but a step that is too long could raise it.
          const after = trainer.score(all).loss;
          expect(after).toBeLessThan(before + (counting ? 1 : 0.05));
          trainer.weights().forEach((tensors, n) => {
            for (const values of tensors)
              expect(values.every(Number.isFinite), layers[n]!.layer.name).toBe(true);
          });
          trainer.dispose();
        }),
        { numRuns: 10 },
      );
    },
  );
});
