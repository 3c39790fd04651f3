/** Retraining: rounding with its gradient, replaced functions, the split, what is written, memory. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { convert } from '../../src/core/convert/convert.ts';
import { parseSpecification } from '../../src/core/convert/specification.ts';
import type { ClippedLinear, Network } from '../../src/core/network/types.ts';
import { paperHardSigmoid, paperHardTanh } from '../../src/core/convert/activations.ts';
import { constrain } from '../../src/core/finetune/constrained.ts';
import { layerTensors } from '../../src/core/finetune/weights.ts';
import { bestEpoch, hasDiverged, lossCurve, rateAt } from '../../src/core/finetune/epochs.ts';
import { batchesOf, splitSamples } from '../../src/core/finetune/order.ts';
import { tunedSpecification } from '../../src/core/finetune/specification.ts';
import { writeTfjsLayersModel } from '../../src/core/formats/tfjs/write.ts';
import { readTfjsLayersModel } from '../../src/core/formats/tfjs/tfjs.ts';
import { createSimulation } from '../../src/worker/simulation.ts';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import { createAnalogNetwork } from '../../src/worker/tfjs/network.ts';
import { createForward } from '../../src/worker/tfjs/forward.ts';
import { stepsOf } from '../../src/worker/tfjs/forward-parts.ts';
import { createNeurons, startNeurons, type Counting } from '../../src/worker/tfjs/straight-through.ts';
import { createTrainer } from '../../src/worker/tfjs/training.ts';
import { trainEpochs, type Trained } from '../../src/worker/finetune-epochs.ts';
import { hardActivations, randomSource } from '../support/networks.ts';
import { startTfjsFromNodeModules } from '../support/tfjs.ts';

beforeAll(startTfjsFromNodeModules);

const T = 4;
const residual: Counting = { timesteps: T, coding: 'residual' };

/** Values of one neuron over sequence steps, and the gradient of their sum. */
function run(activation: ClippedLinear, dual: boolean, counting: Counting | null, inputs: readonly number[]) {
  const population = { neurons: 1, activation, dual };
  return tf.tidy(() => {
    const neurons = createNeurons([population], counting);
    const of = (x: tf.Tensor): tf.Tensor => {
      const step = startNeurons(neurons);
      return tf.concat(stepsOf(x).map((one) => step(tf.reshape(one, [1, 1]))));
    };
    const x = tf.tensor1d([...inputs]);
    const gradient = tf.grad((at: tf.Tensor) => tf.sum(of(at)))(x);
    return { values: [...of(x).dataSync()], gradient: [...gradient.dataSync()] };
  });
}

describe('counts in the forward pass', () => {
  it('are the nearest, and the gradient goes straight through', () => {
    // 4 (x / 4 + 1 / 2) = 2.4, then each with fresh membranes.
    const one = (x: number) => run(paperHardSigmoid, false, residual, [x]);
    expect(one(0.4)).toEqual({ values: [0.5], gradient: [0.25] });
    expect(one(0.6)).toEqual({ values: [0.75], gradient: [0.25] });
    expect(one(5)).toEqual({ values: [1], gradient: [0] });
    expect(one(-5)).toEqual({ values: [0], gradient: [0] });
    const both = (x: number) => run(paperHardTanh, true, residual, [x]);
    expect(both(-0.7)).toEqual({ values: [-0.25], gradient: [0.5] });
    expect(both(-3)).toEqual({ values: [-1], gradient: [0] });
  });

  it('make up in one step for what was rounded away in the one before', () => {
    // 1.4 spikes a window: 1, then 1.8 -> 2, then 1.2 -> 1.
    const x = 1.4 - 2;
    expect(run(paperHardSigmoid, false, residual, [x, x, x]).values).toEqual([0.25, 0.5, 0.25]);
  });

  it('are rounded down in the coding of the paper', () => {
    const reset = { timesteps: T, coding: 'reset' } as const;
    expect(run(paperHardSigmoid, false, reset, [0.9]).values).toEqual([0.5]);
    expect(run(paperHardTanh, true, reset, [-0.9]).values).toEqual([-0.25]);
  });

  it('are never further from the exact value than one spike, and on average over steps far nearer', () => {
    const steps = 40;
    fc.assert(
      fc.property(fc.double({ min: -1.9, max: 1.9, noNaN: true }), (x) => {
        const exact = x / 4 + 0.5;
        const { values } = run(paperHardSigmoid, false, residual, new Array<number>(steps).fill(x));
        for (const value of values) expect(Math.abs(value - exact)).toBeLessThan(1 / T + 1e-5);
        const mean = values.reduce((a, b) => a + b, 0) / steps;
        expect(Math.abs(mean - exact)).toBeLessThan(1 / (T * steps) + 1e-5);
      }),
      { numRuns: 30 },
    );
  });

  it('are those of the exact function where they are not rounded', () => {
    const { values, gradient } = run(paperHardTanh, true, null, [0.3]);
    expect(values[0]).toBeCloseTo(0.15, 6);
    expect(gradient).toEqual([0.5]);
  });
});

const steps = 5;
const samples = 12;
const random = randomSource(3);
const tensor = (...shape: number[]) => ({
  shape,
  values: Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, random),
});
const smooth: Network = {
  name: 'two',
  format: '',
  inputShape: [steps, 2],
  layers: [
    {
      ...{ kind: 'LSTM', name: 'first', path: [], units: 4, inputSize: 2, returnSequences: true },
      ...{ activation: 'tanh', recurrentActivation: 'sigmoid' },
      ...{ kernel: tensor(2, 16), recurrentKernel: tensor(4, 16), bias: tensor(16) },
    },
    { kind: 'Dropout', name: 'dropout', path: [] },
    {
      ...{ kind: 'LSTM', name: 'second', path: [], units: 3, inputSize: 4, returnSequences: false },
      ...{ activation: 'hard_tanh_half', recurrentActivation: 'hard_sigmoid_quarter' },
      ...{ kernel: tensor(4, 12), recurrentKernel: tensor(3, 12), bias: tensor(12) },
    },
    {
      ...{ kind: 'Dense', name: 'out', path: [], units: 3, inputSize: 3, activation: 'linear' },
      ...{ kernel: tensor(3, 3), bias: tensor(3) },
    },
  ],
};
const { network, activations, replaced } = constrain(smooth, hardActivations);
const options = {
  activations,
  cellClip: null,
  timesteps: 3,
  coding: 'residual',
  arithmetic: 'float',
} as const;
const { layers } = convert(
  network,
  { activations, timesteps: 3, coding: 'residual', arithmetic: 'float' },
  {},
);
const values = Float32Array.from({ length: samples * steps * 2 }, random);
const shape = { samples, steps, features: 2, sequence: true } as const;
const sample = (n: number) => ({
  ...{ steps, features: 2, sequence: true },
  values: values.slice(n * steps * 2, (n + 1) * steps * 2),
});

/** Outputs of a network as it is trained, [samples, outputs], before a sigmoid. */
function outputs(counting: Counting | null, of = layers): Float32Array {
  return tf.tidy(() => {
    const weights = of.map(({ layer }) =>
      layerTensors(layer).map((one) => tf.variable(tf.tensor(one.values, [...one.shape]))),
    );
    const forward = createForward(of, weights, { activations, cellClip: null, counting });
    const inputs = tf.transpose(tf.tensor3d(values, [samples, steps, 2]), [1, 0, 2]);
    return forward.run([inputs]).dataSync<'float32'>().slice();
  });
}

describe('the network as it is trained', () => {
  it('is the constrained network where counts are not rounded', async () => {
    const analog = createAnalogNetwork(network, { activations, cellClip: null });
    const expected = await analog.predict(samples, sample, () => undefined);
    analog.dispose();
    outputs(null).forEach((value, k) => {
      expect(value).toBeCloseTo(expected[k]!, 5);
    });
  });

  it.each([
    ['sigmoid', (x: number) => 1 / (1 + Math.exp(-x))],
    ['linear', (x: number) => x + 0.5],
  ])('is so of a sequence through Dense and Flatten too, to a single %s output', async (last, undone) => {
    const other: Network = {
      ...network,
      layers: [
        network.layers[0]!,
        {
          ...{ kind: 'Dense', name: 'each', path: [], units: 3, inputSize: 4, activation: 'relu' },
          ...{ kernel: tensor(4, 3), bias: tensor(3) },
        },
        { kind: 'Flatten', name: 'flatten', path: [] },
        {
          ...{ kind: 'Dense', name: 'one', path: [], units: 1, inputSize: 3 * steps, activation: last },
          ...{ kernel: tensor(3 * steps, 1), bias: tensor(1) },
        },
      ],
    };
    const analog = createAnalogNetwork(other, { activations, cellClip: null });
    const expected = await analog.predict(samples, sample, () => undefined);
    analog.dispose();
    const hybrid = convert(other, { activations, timesteps: 3, coding: 'residual', arithmetic: 'float' }, {});
    outputs(null, hybrid.layers).forEach((logit, k) => {
      expect(undone(logit)).toBeCloseTo(expected[k]!, 5);
    });
  });

  it('with rounding is nearer to the spiking network than the one without', () => {
    const job = {
      kind: 'networks',
      networks: [{ layers, options: { ...options, weightBits: 8 } }],
      input: { mean: 0, scale: 1 },
      shape,
      values,
    } as const;
    const spiking = createSimulation(job, createTwinKernel())(0).variants[0]!.outputs;
    const error = (of: Float32Array) => of.reduce((sum, value, k) => sum + (value - spiking[k]!) ** 2, 0);
    expect(error(outputs({ timesteps: 3, coding: 'residual' }))).toBeLessThan(0.5 * error(outputs(null)));
  });
});

describe('training', () => {
  const classes = Int32Array.from({ length: samples }, (_, n) => (sample(n).values[8]! > 0 ? 1 : 0));
  const all = Array.from({ length: samples }, (_, n) => n);
  const train = (counting: Counting | null, epochs: number) => {
    const trainer = createTrainer({
      layers,
      valuesHeld: 1,
      activations,
      cellClip: null,
      counting,
      shape,
      sample,
      classes,
      answers: Float32Array.from(all.flatMap((n) => [0, 1, 2].map((k) => (classes[n] === k ? 8 : 0)))),
    });
    const tensors: number[] = [];
    for (let epoch = 1; epoch <= epochs; epoch++) {
      for (const batch of batchesOf(all, 5, 1, epoch)) trainer.train(batch, 0.02);
      trainer.score(all);
      tensors.push(tf.memory().numTensors);
    }
    const ended = { loss: trainer.score(all).loss, weights: trainer.weights(), tensors };
    trainer.dispose();
    return ended;
  };

  it.each([[null], [residual]])('lowers the loss, the same way each time (%j)', (counting) => {
    const before = train(counting, 0).loss;
    const [once, again] = [train(counting, 15), train(counting, 15)];
    expect(once.loss).toBeLessThan(0.7 * before);
    expect(again.weights).toEqual(once.weights);
  });

  it('holds no more tensors after one epoch than after another, and none in the end', () => {
    const before = tf.memory().numTensors;
    const { tensors } = train(residual, 4);
    expect(new Set(tensors).size).toBe(1);
    expect(tf.memory().numTensors).toBe(before);
  });
});

describe('the constrained network', () => {
  it("has the paper's functions for smooth ones and keeps hard ones", () => {
    const named = network.layers.flatMap((layer) =>
      layer.kind === 'LSTM' ? [[layer.activation, layer.recurrentActivation]] : [],
    );
    expect(named).toEqual([
      ['hard_tanh_half', 'hard_sigmoid_quarter'],
      ['hard_tanh_half', 'hard_sigmoid_quarter'],
    ]);
    expect(replaced.map(({ from, clip }) => [from, clip])).toEqual([
      ['tanh', paperHardTanh],
      ['sigmoid', paperHardSigmoid],
    ]);
  });

  it('has what the specification declares, under a name that is free', () => {
    const declared = {
      tanh: { slope: 1, offset: 0, low: -1, high: 1 },
      hard_sigmoid_quarter: { slope: 0.3, offset: 0.5, low: 0, high: 1 },
    };
    const made = constrain(smooth, declared);
    expect(made.activations).toEqual({
      clipped_tanh: declared.tanh,
      hard_sigmoid_quarter: declared.hard_sigmoid_quarter,
      hard_sigmoid_quarter_2: paperHardSigmoid,
    });
  });

  it('is written as a tfjs model that reads as the same network', async () => {
    const files = writeTfjsLayersModel(network, 'Spikewise');
    const bytes = files['weights.bin'];
    const source = {
      ...{ path: 'weights.bin', size: bytes.length },
      read: (offset: number, length: number) => Promise.resolve(bytes.slice(offset, offset + length)),
      readSync: (offset: number, length: number) => bytes.slice(offset, offset + length),
    };
    const open = () => Promise.resolve(source);
    const read = await readTfjsLayersModel('model.json', files['model.json'], { open });
    expect(read.inputShape).toEqual(network.inputShape);
    const plain = (of: Network) => of.layers.map((layer) => ({ ...layer, path: [] }));
    expect(plain(read)).toEqual(plain(network));
  });
});

describe('the specification beside it', () => {
  it('is valid, and corrects no weights again', () => {
    const used = {
      ...parseSpecification('{"model": "m.pt", "data": {"inputs": "x.npy"}, "layers": [{"name": "a"}]}', 'a'),
      corrections: [
        { layer: 'lstm', gate: 'c', weightScale: 2 },
        { layer: 'lstm', gate: 'c', weightScale: 2, low: -0.5, high: 0.5 },
        { layer: 'lstm', gate: 'c', spikingBias: [0.1] },
        { layer: 'lstm', inputRange: 0.5, weightExponent: 1 },
      ],
    } as const;
    const names = { model: 'model.json', inputs: 'v.npy', labels: 'l.npy', chip: 'loihi1' };
    const written = tunedSpecification(used, activations, names);
    expect(parseSpecification(JSON.stringify(written), 'b')).toEqual(written);
    expect(written.corrections).toEqual([
      { layer: 'lstm', gate: 'c', low: -0.5, high: 0.5 },
      { layer: 'lstm', inputRange: 0.5 },
    ]);
    expect(written.layers).toBeUndefined();
  });
});

describe('the split', () => {
  it('has every sample once, the same for the same seed', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 300 }),
        fc.double({ min: 0.01, max: 0.99, noNaN: true }),
        fc.nat(),
        (count, fraction, seed) => {
          const { training, validation } = splitSamples(count, fraction, seed);
          expect(validation).toHaveLength(Math.floor(count * fraction));
          expect([...training, ...validation].sort((a, b) => a - b)).toEqual([...Array(count).keys()]);
          expect(splitSamples(count, fraction, seed)).toEqual({ training, validation });
        },
      ),
    );
    expect(splitSamples(100, 0.5, 1)).not.toEqual(splitSamples(100, 0.5, 2));
  });

  it('goes through all samples in every epoch, in another order', () => {
    const numbers = [...Array(50).keys()];
    const [first, second] = [batchesOf(numbers, 8, 1, 1), batchesOf(numbers, 8, 1, 2)];
    expect(first.map(({ length }) => length)).toEqual([8, 8, 8, 8, 8, 8, 2]);
    expect(first.flat().sort((a, b) => a - b)).toEqual(numbers);
    expect(second).not.toEqual(first);
  });
});

describe('epochs', () => {
  it('are kept by accuracy, then by loss', () => {
    const epoch = (n: number, validationAccuracy: number, validationLoss: number) => ({
      ...{ epoch: n, loss: 1, validationAccuracy, validationLoss },
    });
    const all = [epoch(0, 0.9, 1), epoch(1, 0.95, 0.4), epoch(2, 0.95, 0.3), epoch(3, 0.95, 0.3)];
    expect(bestEpoch(all).epoch).toBe(2);
  });

  it('end where the loss is no number, or beyond any that training comes back from', () => {
    expect(hasDiverged(Number.NaN, 1, 10)).toBe(true);
    expect(hasDiverged(Infinity, 1, 10)).toBe(true);
    expect(hasDiverged(1e6, 3, 10)).toBe(true);
    expect(hasDiverged(40, 3, 10)).toBe(false);
  });

  it('begin with the learning rate and end without one', () => {
    expect(rateAt(0.1, 0)).toBe(0.1);
    expect(rateAt(0.1, 0.5)).toBeCloseTo(0.05, 12);
    expect(rateAt(0.1, 1)).toBeCloseTo(0, 12);
  });
});

describe('training that ends early', () => {
  const epochsOf = ({ state }: Trained) => state.epochs.map(({ epoch }) => epoch);

  /**
   * Weights are the number of the epoch that has run; the loss of the one named is no number. Of 2 steps each.
   * @param stopAt number of the step before which it is stopped
   * @param worse epochs whose validation is no better than before
   */
  const train = async (diverging: number, stopAt = Infinity, worse: readonly number[] = []) => {
    let batches = 0;
    const kept: [best: number, weights: number][] = [];
    const trainer = {
      train: () => (Math.ceil(++batches / 2) === diverging ? Number.NaN : 1),
      score: () => ({ loss: worse.includes(batches / 2) ? 2 : 1 / (1 + batches), accuracy: 0.5 }),
      weights: () => [[Float32Array.of(batches / 2)]],
      renew: () => undefined,
      dispose: () => undefined,
    };
    const options = { epochs: 4, rounding: false, learningRate: 0.5, batch: 5, validation: 0.5, seed: 1 };
    const split = splitSamples(20, 0.5, 1);
    const plan = { options, split, outputs: 3, isStopped: () => batches >= stopAt - 1 };
    const trained = await trainEpochs(trainer, plan, {
      say: () => undefined,
      onStep: () => undefined,
      onBetter: ({ state, weights }) => {
        kept.push([state.best, weights[0]![0]![0]!]);
        return Promise.resolve();
      },
    });
    return { ...trained, kept };
  };

  it('has the weights of the best epoch before it diverged', async () => {
    const trained = await train(3);
    expect(epochsOf(trained)).toEqual([0, 1, 2]);
    expect(trained.state.best).toBe(2);
    expect(trained.weights).toEqual([[Float32Array.of(2)]]);
    expect(trained.state.stopped).toContain(
      'diverged in epoch 3: the loss is no longer a number at a learning rate of 0.5',
    );
    expect((await train(9)).state).toMatchObject({ best: 4, stopped: null, steps: 2 });
  });

  it('keeps each epoch that is better than all before, and no other', async () => {
    expect((await train(9)).kept).toEqual([1, 2, 3, 4].map((epoch) => [epoch, epoch]));
    const { kept, state, weights } = await train(9, Infinity, [2, 4]);
    expect(kept).toEqual([
      [1, 1],
      [3, 3],
    ]);
    expect(state.best).toBe(3);
    expect(weights).toEqual([[Float32Array.of(3)]]);
  });

  it('counts the part of an epoch in which it is stopped, which may be the best', async () => {
    const trained = await train(9, 4);
    expect(epochsOf(trained)).toEqual([0, 1, 2]);
    expect(trained.state.stopped).toContain('stopped in epoch 2 of 4, after 50 % of it');
    expect(trained.weights).toEqual([[Float32Array.of(1.5)]]);
    const between = await train(9, 5);
    expect(epochsOf(between)).toEqual([0, 1, 2]);
    expect(between.state.stopped).toContain('stopped after epoch 2 of 4');
  });

  it('keeps nothing where no epoch has ended, and nothing of no step', async () => {
    await expect(train(1)).rejects.toThrow('nothing was written');
    await expect(train(9, 1)).rejects.toThrow('before its first step; nothing was written');
  });

  it('has a curve of a few hundred losses, each the mean of as many steps', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), (steps) => {
        const curve = lossCurve();
        for (let step = 1; step <= steps; step++) curve.add(step);
        const together = curve.points[0]!.step;
        expect(curve.points.length).toBe(Math.floor(steps / together));
        expect(curve.points.length).toBeLessThanOrEqual(400);
        expect(curve.points.length).toBeGreaterThanOrEqual(Math.min(steps, 200));
        curve.points.forEach(({ step, loss }, n) => {
          expect(step).toBe((n + 1) * together);
          expect(loss).toBeCloseTo(step - (together - 1) / 2, 6);
        });
      }),
    );
  });
});

afterAll(() => {
  tf.disposeVariables();
});
