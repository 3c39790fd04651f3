/** Calibration: what is kept, and that planted faults are found. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { chooseChanges, isLower, type Step, type Workbench } from '../../src/core/calibrate/choose.ts';
import { withCorrection } from '../../src/core/calibrate/corrections.ts';
import { errorsOf } from '../../src/core/calibrate/errors.ts';
import { calibrationEdits } from '../../src/core/calibrate/fix.ts';
import { reachedValues } from '../../src/core/calibrate/reached.ts';
import { settingSteps } from '../../src/core/calibrate/settings.ts';
import type { Errors } from '../../src/core/calibrate/types.ts';
import { compareVariants } from '../../src/core/compare/variants.ts';
import { convert } from '../../src/core/convert/convert.ts';
import { correctNetwork } from '../../src/core/convert/corrections.ts';
import type {
  Arithmetic,
  Coding,
  Correction,
  HybridLayer,
  SpikingLayer,
} from '../../src/core/convert/types.ts';
import type {
  ClippedLinear,
  GruLayer,
  Layer,
  Network,
  SimpleRnnLayer,
  Tensor,
} from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import { hybridRunner } from '../../src/core/simulate/spiking.ts';
import type { Trace } from '../../src/core/simulate/types.ts';
import {
  chain,
  dense,
  hardActivations,
  lstm,
  randomSource,
  randomTrace,
  randomTensor,
} from '../support/networks.ts';
import { conv, windows } from '../support/windows.ts';

const error = fc.record({
  outputs: fc.double({ min: 0, max: 1, noNaN: true }),
  populations: fc.double({ min: 0, max: 1, noNaN: true }),
});

describe('what is kept', () => {
  /** Networks are told apart by how many corrections they have, and errors are made up. */
  const bench = (chosenOn: readonly Errors[], heldOut: readonly Errors[]): Workbench => {
    let [measured, held] = [0, 0];
    return {
      convert: () => [],
      measure: (networks) =>
        Promise.resolve(
          networks.map(() => ({ errors: chosenOn[measured++ % chosenOn.length]!, differences: [] })),
        ),
      holdOut: () => Promise.resolve(heldOut[held++ % heldOut.length]!),
    };
  };
  const steps = (count: number): Step[] =>
    Array.from({ length: count }, (_, n) => ({
      kind: 'range',
      layer: `layer ${n}`,
      population: null,
      choices: ({ corrections }) =>
        [1, 2].map((high) => ({
          words: `${n} ${high}`,
          corrections: [...corrections, { layer: `layer ${n}`, low: 0, high }],
        })),
    }));

  it('lowers the error on both parts of the samples, always', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(error, { minLength: 3, maxLength: 40 }),
        fc.array(error, { minLength: 2, maxLength: 40 }),
        fc.integer({ min: 0, max: 12 }),
        async (chosenOn, heldOut, count) => {
          const { changes, corrections } = await chooseChanges([], steps(count), bench(chosenOn, heldOut));
          expect(changes).toHaveLength(count);
          const kept = changes.filter((change) => change.kept);
          for (const { chosenOn: chosen, heldOut: held } of kept) {
            expect(isLower(chosen.after, chosen.before)).toBe(true);
            expect(isLower(held.after, held.before)).toBe(true);
          }
          expect(corrections).toHaveLength(kept.length);
          // Each begins where the last one that was kept ended.
          let last = heldOut[0]!;
          for (const change of changes) {
            expect(change.heldOut.before).toEqual(last);
            if (change.kept) last = change.heldOut.after;
          }
          expect(isLower(heldOut[0]!, last)).toBe(false);
        },
      ),
    );
  });

  it('is decided by populations where outputs are as near', () => {
    expect(isLower({ outputs: 1, populations: 1 }, { outputs: 1, populations: 2 })).toBe(true);
    expect(isLower({ outputs: 1, populations: 2 }, { outputs: 1, populations: 2 })).toBe(false);
    expect(isLower({ outputs: 2, populations: 0 }, { outputs: 1, populations: 2 })).toBe(false);
  });

  it('is not asked for twice where nothing has changed', async () => {
    const [step] = steps(1);
    const worse = bench([{ outputs: 1, populations: 0 }], [{ outputs: 1, populations: 0 }]);
    expect((await chooseChanges([], [step!, step!], worse)).changes).toHaveLength(1);
    const better = bench(
      [3, 2, 3, 1, 2].map((outputs) => ({ outputs, populations: 0 })),
      [3, 2, 1].map((outputs) => ({ outputs, populations: 0 })),
    );
    expect((await chooseChanges([], [step!, step!], better)).changes).toHaveLength(2);
  });
});

interface Planted {
  readonly network: Network;
  readonly samples: readonly Trace[];
  readonly arithmetic?: Arithmetic;
  readonly coding?: Coding;
  readonly timesteps?: number;
  readonly activations?: Readonly<Record<string, ClippedLinear>>;
  readonly corrections?: readonly Correction[];
}

/** Calibrates in this thread; odd samples are held out. */
async function calibrate({
  network,
  samples,
  arithmetic = 'float',
  coding = 'residual',
  timesteps = 8,
  activations = hardActivations,
  corrections: start = [],
}: Planted) {
  const kernel = createTwinKernel();
  const settings = { activations, timesteps, coding, arithmetic, weightBits: 8 };
  const options = { ...settings, cellClip: null };
  const trained = network.layers.map((layer) => ({ layer, run: analogRunner(layer, kernel, options) }));
  const convertWith = (corrections: readonly Correction[]) =>
    convert(network, { ...settings, corrections }, {}).layers;
  const [chosenOn, heldOut] = [0, 1].map((part) => samples.filter((_, n) => n % 2 === part));
  const run = (networks: readonly (readonly HybridLayer[])[], part: readonly Trace[]) =>
    compareVariants(
      trained,
      networks.map((layers) => ({
        layers,
        links: layers.map((layer) => ({ layer: layer.layer, run: hybridRunner(layer, kernel, options) })),
        differences: true,
      })),
      0,
      part.length,
      (n) => part[n]!,
    );
  const layers = convertWith(start);
  const numbers = chosenOn!.map((_, n) => n);
  const steps = settingSteps({
    arithmetic,
    weightBits: 8,
    rescaleWeights: false,
    layers,
    reached: reachedValues(layers, trained, numbers, (n) => chosenOn![n]!),
  });
  const found = await chooseChanges(start, steps, {
    convert: convertWith,
    measure: (networks) => {
      const ran = run(networks, chosenOn!);
      return Promise.resolve(
        ran.variants.map((variant) => ({
          errors: errorsOf(ran, variant),
          differences: variant.differences,
        })),
      );
    },
    holdOut: (network) => {
      const ran = run([network], heldOut!);
      return Promise.resolve(errorsOf(ran, ran.variants[0]!));
    },
  });
  const kept = found.changes.filter((change) => change.kept);
  return {
    ...found,
    kept,
    before: found.changes[0]!.heldOut.before,
    after: kept.at(-1)?.heldOut.after ?? found.changes[0]!.heldOut.before,
  };
}

const random = randomSource(7);
const traces = (features: number, steps: number, scale = 1): Trace[] =>
  Array.from({ length: 80 }, () => {
    const made = randomTrace(random, features, steps);
    return { ...made, values: made.values.map((value) => value * scale) };
  });

describe('planted faults', () => {
  it('a range that is far too wide becomes narrow, and values finer', async () => {
    const wide = { slope: 1, offset: 0, low: -20, high: 20 };
    const network = chain([2, 3], dense(random, 3, 4, 'wide'));
    const { kept, before, after } = await calibrate({
      ...{ network, samples: traces(3, 2), activations: { wide } },
    });
    const range = kept.find(({ kind }) => kind === 'range');
    expect(range?.words).toMatch(/^values from -\d\.\d+ to \d\.\d+ instead of -20 to 20$/);
    expect(after.outputs).toBeLessThan(before.outputs / 20);
  });

  it('inputs that are far below their range are carried finer', async () => {
    // Steep, so that they matter.
    const steep = { slope: 5, offset: 0, low: -1, high: 1 };
    const network = chain([4, 3], dense(random, 3, 4, 'steep'));
    const { kept, before, after, corrections } = await calibrate({
      ...{ network, samples: traces(3, 4, 0.1), activations: { steep } },
    });
    expect(kept.map(({ kind }) => kind)).toContain('inputs');
    const { inputRange } = corrections.find((correction) => correction.inputRange !== undefined)!;
    expect(inputRange).toBeLessThan(0.11);
    expect(after.outputs).toBeLessThan(0.5 * before.outputs);
  });

  it('weights that are far too small for 8 bits get an exponent at which they are fine', async () => {
    const small = lstm(random, 3, 4);
    for (const { values } of [small.kernel, small.recurrentKernel, small.bias]) {
      values.forEach((value, k) => (values[k] = value * 0.01));
    }
    // Steep, so that they matter.
    const activations = {
      hard_sigmoid_quarter: { slope: 25, offset: 0.5, low: 0, high: 1 },
      hard_tanh_half: { slope: 50, offset: 0, low: -1, high: 1 },
    };
    const network = chain([4, 3], small);
    const { kept, before, after, corrections } = await calibrate({
      ...{ network, samples: traces(3, 4), arithmetic: 'loihi', activations, timesteps: 64 },
    });
    expect(kept[0]).toMatchObject({ kind: 'weights', layer: 'lstm', population: null });
    expect(
      corrections.find(({ weightExponent }) => weightExponent !== undefined)!.weightExponent,
    ).toBeLessThan(-3);
    expect(kept[0]!.heldOut.after.outputs).toBeLessThan(0.5 * before.outputs);
    expect(after.outputs).toBeLessThan(0.5 * before.outputs);
  });

  it('a constant error of the spiking neurons is put back', async () => {
    const network = chain([4, 3], lstm(random, 3, 4));
    const off: Correction = { layer: 'lstm', gate: 'c', spikingBias: [0.7, -0.7, 0.6, -0.5] };
    const planted = { network, samples: traces(3, 4) };
    const { kept, before, after, corrections } = await calibrate({ ...planted, corrections: [off] });
    expect(kept.some(({ kind, population }) => kind === 'bias' && population === 'c')).toBe(true);
    const found = corrections.find(({ gate }) => gate === 'c')!.spikingBias!;
    const left = (bias: readonly number[]) => Math.max(...bias.map(Math.abs));
    expect(left(found)).toBeLessThan(0.35);
    expect(after.outputs).toBeLessThan(0.3 * before.outputs);
    // It stands where the planted one stood.
    expect(corrections.filter(({ gate, spikingBias }) => gate === 'c' && spikingBias)).toHaveLength(1);
  });

  it('counts that are always rounded down are raised', async () => {
    const network = chain([4, 3], lstm(random, 3, 4));
    const { kept, before, after } = await calibrate({ network, samples: traces(3, 4), coding: 'reset' });
    expect(kept.some(({ kind }) => kind === 'bias')).toBe(true);
    expect(after.outputs).toBeLessThan(0.7 * before.outputs);
  });
});

describe('every kind of layer that spikes', () => {
  const recurrent = { path: ['layers', 0], units: 3, inputSize: 2, returnSequences: false };
  const gru = (resetAfter: boolean): GruLayer => ({
    ...recurrent,
    ...{ kind: 'GRU', name: 'gru', resetAfter, activation: 'tanh', recurrentActivation: 'sigmoid' },
    ...{ kernel: randomTensor(random, [2, 9]), recurrentKernel: randomTensor(random, [3, 9], 0.5) },
    ...{ bias: randomTensor(random, [9], 0.2), recurrentBias: randomTensor(random, [9], 0.2) },
  });
  const simple: SimpleRnnLayer = {
    ...recurrent,
    ...{ kind: 'SimpleRNN', name: 'simple', activation: 'hard_tanh_half' },
    ...{ kernel: randomTensor(random, [2, 3]), recurrentKernel: randomTensor(random, [3, 3], 0.5) },
    bias: randomTensor(random, [3], 0.2),
  };
  const over = windows([2], { channels: 2 });

  it.each<[string, Layer]>([
    ['a GRU that resets before', gru(false)],
    ['a GRU that resets after', gru(true)],
    ['a SimpleRNN', simple],
    ['a convolution', conv(random, over, 3, 'hard_tanh_half')],
    ['a Dense layer with a ReLU', dense(random, 2, 3, 'relu')],
  ])('%s is calibrated, and its corrections fit it', async (_, layer) => {
    for (const [coding, arithmetic] of [
      ['residual', 'loihi'],
      ['reset', 'float'],
    ] as const) {
      const network = chain([5, 2], layer);
      const { changes, corrections, before, after } = await calibrate({
        ...{ network, samples: traces(2, 5), coding, arithmetic },
      });
      expect(changes.map(({ kind }) => kind)).toContain('bias');
      expect(after.outputs).toBeLessThanOrEqual(before.outputs);
      if (coding === 'reset') expect(after.outputs).toBeLessThan(before.outputs);
      // As a specification's they change the spiking network alone.
      const read = correctNetwork(network, corrections, '').layers[0] as typeof layer & { kernel: Tensor };
      expect(read.kernel).toEqual((layer as typeof read).kernel);
    }
  });
});

describe('corrections', () => {
  const layers = convert(
    chain([4, 3], lstm(random, 3, 4), dense(random, 4, 2, 'relu')),
    { activations: hardActivations, timesteps: 8, coding: 'residual', arithmetic: 'float' },
    {},
  ).layers as readonly SpikingLayer[];
  const [first, last] = layers as [SpikingLayer, SpikingLayer];

  it('of one place stand together, those of both networks and of whole layers apart', () => {
    const start: Correction[] = [{ layer: 'lstm', gate: 'f', weightScale: 2 }];
    const ranged = withCorrection(start, first, 'f', { low: 0, high: 0.5 });
    const biased = withCorrection(ranged, first, 'f', { spikingBias: [1] });
    const whole = withCorrection(biased, first, null, { inputRange: 0.5 });
    const both = withCorrection(whole, first, null, { weightExponent: 1 });
    const again = withCorrection(both, first, 'f', { low: 0.1, high: 0.4 });
    expect(again).toEqual([
      ...start,
      { layer: 'lstm', gate: 'f', low: 0.1, high: 0.4, spikingBias: [1] },
      { layer: 'lstm', inputRange: 0.5, weightExponent: 1 },
    ]);
    const alone = withCorrection(withCorrection([], last, null, { inputRange: 2 }), last, 'neurons', {
      spikingBias: [3],
    });
    expect(alone).toEqual([
      { layer: 'dense', inputRange: 2 },
      { layer: 'dense', spikingBias: [3] },
    ]);
  });

  it('come with what was given in the place of the specification', () => {
    const input = { mean: 1, scale: 2 };
    expect(calibrationEdits({}, input, null)).toEqual([]);
    expect(calibrationEdits({ chip: '../small.spikewise-chip.json' }, input, null)).toEqual([
      { path: ['chip'], value: '../small.spikewise-chip.json' },
    ]);
    expect(calibrationEdits({ timesteps: 4, inputMean: 1 }, input, [])).toEqual([
      { path: ['timesteps'], value: 4 },
      { path: ['input'], value: input },
      { path: ['corrections'], value: [] },
    ]);
  });
});

describe('errors', () => {
  const sums = (outputs: readonly number[]) => ({
    ...{ outputs: Float32Array.from(outputs), layers: [], differences: [] },
  });

  it('are of the logarithms of probabilities, and of other outputs as they are', () => {
    const likely = { samples: 1, trained: Float32Array.from([0.75, 0.25]) };
    const expected = (Math.log(2) ** 2 + Math.log(2.5) ** 2) / 2;
    expect(errorsOf(likely, sums([0.375, 0.625])).outputs).toBeCloseTo(expected, 5);
    const other = { samples: 1, trained: Float32Array.from([0.75, 0.5]) };
    expect(errorsOf(other, sums([0.25, 0.5])).outputs).toBeCloseTo(0.125, 6);
    // What no probability is, a network without a softmax may give.
    expect(errorsOf(likely, sums([0, 1])).outputs).toBeLessThan(200);
  });
});
