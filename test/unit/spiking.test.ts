/** The hybrid network: the paper's equations by hand, a plain loop against the kernels, what T and coding do. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert } from '../../src/core/convert/convert.ts';
import type { Coding, HybridLayer, SpikingLayer } from '../../src/core/convert/types.ts';
import type { ClippedLinear, Layer } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import type { Kernel } from '../../src/core/simulate/kernel/types.ts';
import { hybridRunner, type SpikingOptions } from '../../src/core/simulate/spiking.ts';
import type { LayerRun, Trace } from '../../src/core/simulate/types.ts';
import { bothKernels } from '../support/kernels.ts';
import {
  chain,
  dense,
  hardActivations,
  lstm,
  randomSource,
  randomTrace,
  trace,
} from '../support/networks.ts';
import { runPlain } from '../support/plain-spiking.ts';

const kernels = await bothKernels();
const twin = kernels[0]!.kernel;

function options(change: Partial<SpikingOptions> = {}): SpikingOptions {
  const base = { timesteps: 8, coding: 'reset', arithmetic: 'float', cellClip: null, weightBits: 8 } as const;
  return { ...base, activations: hardActivations, ...change };
}

function conversionOptions({ timesteps, coding, arithmetic, activations = {} }: SpikingOptions) {
  return { timesteps, coding, arithmetic, activations };
}

function converted(layer: Layer, from = options()): SpikingLayer {
  const [hybrid] = convert(chain([3], layer), conversionOptions(from), {}).layers as [HybridLayer];
  if (hybrid.runsAs !== 'spiking') throw new Error(`${layer.name} does not spike`);
  return hybrid;
}

/** One neuron of one input. */
function neuron(activation: string, weight: number, bias: number): SpikingLayer {
  const layer = dense(() => 0, 1, 1, activation);
  layer.kernel.values[0] = weight;
  layer.bias.values[0] = bias;
  return converted(layer);
}

/** Spikes up to each of the first time-steps: of the neuron, and of the generator in front of it. */
function raster(kernel: Kernel, spiking: SpikingLayer, x: number, steps: number) {
  const runs = Array.from({ length: steps }, (_, t) => {
    const run = hybridRunner(spiking, kernel, options({ timesteps: t + 1 }))(trace([x]));
    return { neuron: run.neurons[0]! * (t + 1), input: run.inputs[0]! * (t + 1), spikes: run.spikes! };
  });
  return {
    neuron: runs.map((run) => Math.round(run.neuron)),
    input: runs.map((run) => Math.round(run.input)),
    spikes: runs.map((run) => run.spikes.neurons[0]),
  };
}

describe.each(kernels)('the equations as printed, $name kernel', ({ kernel }) => {
  it('a hard sigmoid neuron without input: Vth 4, bias 2, every other time-step (2, 3, 7)', () => {
    // V: 2, 4 (not above 4), 6 > 4 so 2 is left, 4, 6 ...
    const { neuron: counts } = raster(kernel, neuron('hard_sigmoid_quarter', 0, 0), 0, 9);
    expect(counts).toEqual([0, 0, 1, 1, 2, 2, 3, 3, 4]);
  });

  it('a hard sigmoid neuron saturates: one spike a time-step, or none', () => {
    expect(raster(kernel, neuron('hard_sigmoid_quarter', 0, 7), 0, 4).neuron).toEqual([1, 2, 3, 4]);
    expect(raster(kernel, neuron('hard_sigmoid_quarter', 0, -2), 0, 4).neuron).toEqual([0, 0, 0, 0]);
  });

  it('a hard tanh neuron has two thresholds, +-2 (8, 9)', () => {
    // V: -1, -2 (not below -2), -3 < -2 so -1 is left.
    expect(raster(kernel, neuron('hard_tanh_half', 0, -1), 0, 6).neuron).toEqual([0, 0, -1, -1, -2, -2]);
    expect(raster(kernel, neuron('hard_tanh_half', 0, 1), 0, 6).neuron).toEqual([0, 0, 1, 1, 2, 2]);
    expect(raster(kernel, neuron('hard_tanh_half', 0, -1), 0, 6).spikes).toEqual([0, 0, 1, 1, 2, 2]);
  });

  it('the generator has two thresholds, +-1, and adds x every time-step', () => {
    const idle = neuron('hard_tanh_half', 0, 0);
    // V: 0.5, 1 (not above 1), 1.5 ...
    expect(raster(kernel, idle, 0.5, 7).input).toEqual([0, 0, 1, 1, 2, 2, 3]);
    expect(raster(kernel, idle, -0.5, 7).input).toEqual([0, 0, -1, -1, -2, -2, -3]);
    expect(raster(kernel, idle, 0.75, 8).input).toEqual([0, 1, 2, 2, 3, 4, 5, 5]);
    expect(raster(kernel, idle, 1, 4).input).toEqual([0, 1, 2, 3]);
    expect(raster(kernel, idle, 0, 4).input).toEqual([0, 0, 0, 0]);
  });

  it("a generator's spike reaches the neuron in the same time-step", () => {
    // x = 1 fires from the second time-step on; V: 0, 3 > 2 so 1 is left, 4 > 2 so 2, 5 so 3.
    expect(raster(kernel, neuron('hard_tanh_half', 3, 0), 1, 4).neuron).toEqual([0, 1, 2, 3]);
    expect(raster(kernel, neuron('hard_tanh_half', 3, 0), -1, 4).neuron).toEqual([0, -1, -2, -3]);
    // V: 0, 1, 2, 3 > 2 so 1 is left, 2, 3.
    expect(raster(kernel, neuron('hard_tanh_half', 1, 0), 1, 6).neuron).toEqual([0, 0, 0, 1, 1, 2]);
  });

  it('decodes counts between low and high', () => {
    const wide: ClippedLinear = { slope: 2, offset: 0.25, low: -0.5, high: 1.5 };
    const activations = { wide };
    const layer = dense(() => 0, 1, 1, 'wide');
    const run = hybridRunner(
      converted(layer, options({ activations })),
      kernel,
      options({ activations, timesteps: 64, coding: 'residual' }),
    );
    // At x = 0 the value is the offset: bias 0.375 of Vth 1, 24 of 64 time-steps, -0.5 + 2 * 24 / 64.
    expect(run(trace([0])).neurons[0]).toBe(0.25);
  });
});

const clips: fc.Arbitrary<ClippedLinear> = fc.record({
  slope: fc.constantFrom(0.25, 0.5, 1, 0.3),
  offset: fc.constantFrom(0, 0.5, 0.1, -0.2),
  low: fc.constantFrom(0, -1, -0.2, -0.7),
  high: fc.constantFrom(1, 0.7, 1.3),
});

const runs = fc.record({
  seed: fc.integer(),
  inputSize: fc.integer({ min: 1, max: 20 }),
  units: fc.integer({ min: 1, max: 12 }),
  steps: fc.integer({ min: 1, max: 4 }),
  timesteps: fc.integer({ min: 1, max: 24 }),
  coding: fc.constantFrom<Coding>('reset', 'residual'),
  arithmetic: fc.constantFrom('float' as const, 'loihi' as const),
  gate: fc.oneof(fc.constant(hardActivations['hard_sigmoid_quarter']!), clips),
  candidate: fc.oneof(fc.constant(hardActivations['hard_tanh_half']!), clips),
  cellClip: fc.option(fc.constantFrom(0.5, 1)),
});

/** The numbers of a run as the plain loop has them. */
function asPlain(run: LayerRun, steps: number) {
  const rows = (all: ArrayLike<number>): number[][] => {
    const width = all.length / steps;
    return Array.from({ length: steps }, (_, n) =>
      Array.from({ length: width }, (__, k) => all[n * width + k]! + 0),
    );
  };
  return {
    spikes: rows(run.spikes!.neurons),
    inputSpikes: rows(run.spikes!.inputs),
    neurons: rows(run.neurons),
    output: rows(run.output.values),
    cellState: run.cell ? rows(run.cell.state!) : [],
  };
}

describe.each(kernels)('a plain loop over time-steps, $name kernel', ({ kernel }) => {
  it('gives every spike, h and c of a random LSTM', () => {
    fc.assert(
      fc.property(runs, ({ seed, inputSize, units, steps, gate, candidate, ...rest }) => {
        const random = randomSource(seed);
        const activations = { gate, candidate };
        const chosen = options({ ...rest, activations });
        const layer = lstm(random, inputSize, units, {
          activation: 'candidate',
          recurrentActivation: 'gate',
          returnSequences: true,
        });
        const spiking = converted(layer, chosen);
        const sample = randomTrace(random, inputSize, steps);
        const clip = ({ slope, offset, low, high }: ClippedLinear, x: number): number =>
          Math.min(Math.max(slope * x + offset, low), high);
        const plain = runPlain(spiking, chosen, sample, (x) => clip(candidate, x));
        const run = asPlain(hybridRunner(spiking, kernel, chosen)(sample), steps);
        expect(run.spikes).toEqual(plain.spikes);
        expect(run.inputSpikes).toEqual(plain.inputCounts.map((row) => row.map(Math.abs)));
        expect(run.output).toEqual(plain.output.map((row) => row.map((h) => h + 0)));
        expect(run.cellState).toEqual(plain.cellState.map((row) => row.map((c) => c + 0)));
      }),
      { numRuns: 150 },
    );
  });

  it.each(['reset', 'residual'] as const)('gives every value of a Dense layer, %s', (coding) => {
    const random = randomSource(8);
    const chosen = options({ coding, timesteps: 13 });
    const spiking = { ...converted(dense(random, 9, 40, 'hard_tanh_half')), inputRange: 1.5 };
    const sample = randomTrace(random, 9, 3);
    const plain = runPlain(spiking, chosen, sample);
    const run = asPlain(hybridRunner(spiking, kernel, chosen)(sample), 3);
    expect(run.spikes).toEqual(plain.spikes);
    expect(run.output).toEqual(plain.output.map((row) => row.map((y) => y + 0)));
  });

  it.each([
    ['reset', 'float'],
    ['residual', 'float'],
    ['reset', 'loihi'],
    ['residual', 'loihi'],
  ] as const)('starts every sample with fresh membranes, %s %s', (coding, arithmetic) => {
    const random = randomSource(21);
    const chosen = options({ coding, arithmetic });
    for (const layer of [lstm(random, 5, 6), dense(random, 5, 6, 'hard_tanh_half')]) {
      const run = hybridRunner(converted(layer), kernel, chosen);
      const [a, b] = [randomTrace(random, 5, 4), randomTrace(random, 5, 4)];
      const alone = hybridRunner(converted(layer), kernel, chosen)(b);
      run(a);
      expect(run(b)).toEqual(alone);
    }
  });
});

/** Mean squared error of the neurons of random LSTMs against analog. */
function gateError(kernel: Kernel, seed: number, chosen: SpikingOptions): number {
  const random = randomSource(seed);
  const layer = lstm(random, 6, 8);
  const analog = analogRunner(layer, kernel, chosen);
  const hybrid = hybridRunner(converted(layer), kernel, chosen);
  const samples = Array.from({ length: 4 }, () => randomTrace(random, 6, 5));
  const errors = samples.map((sample) => meanSquare(analog(sample).neurons, hybrid(sample).neurons));
  return errors.reduce((a, b) => a + b) / errors.length;
}

function meanSquare(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, x, k) => sum + (x - b[k]!) ** 2, 0) / a.length;
}

describe('more time-steps', () => {
  it.each(['reset', 'residual'] as const)('come closer to analog, %s', (coding) => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const at = (timesteps: number): number => gateError(twin, seed, options({ coding, timesteps }));
        const [few, many] = [at(16), at(256)];
        expect(many).toBeLessThan(few / 4);
        for (const [timesteps, error] of [
          [16, few],
          [256, many],
        ] as const) {
          expect(error).toBeLessThan((4 / timesteps) ** 2);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('serve residual coding better than reset at the same number', () => {
    const seeds = Array.from({ length: 20 }, (_, n) => n);
    for (const timesteps of [4, 8, 32]) {
      const mean = (coding: Coding): number =>
        seeds.reduce((sum, seed) => sum + gateError(twin, seed, options({ coding, timesteps })), 0);
      expect(mean('residual')).toBeLessThan(mean('reset') / 2);
    }
  });

  it('count to within one spike in reset coding, to within half of one in residual coding', () => {
    const idle = neuron('hard_tanh_half', 0, 0);
    fc.assert(
      fc.property(
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 64 }),
        (x, timesteps) => {
          const decoded = (coding: Coding): number =>
            hybridRunner(idle, twin, options({ coding, timesteps }))(trace([x])).inputs[0]!;
          const slack = 1e-5;
          expect(Math.abs(decoded('reset') - x)).toBeLessThanOrEqual(1 / timesteps + slack);
          expect(Math.abs(decoded('residual') - x)).toBeLessThanOrEqual(0.5 / timesteps + slack);
        },
      ),
    );
  });
});

describe.each(kernels)('what residual coding carries, $name kernel', ({ kernel }) => {
  const repeat = (x: number, steps: number): Trace => trace(new Float32Array(steps).fill(x), steps);

  it('a rest within a sample: three spikes in ten sequence steps of one time-step', () => {
    const run = hybridRunner(
      neuron('hard_tanh_half', 0, 0),
      kernel,
      options({ coding: 'residual', timesteps: 1 }),
    );
    const spikes = [...run(repeat(0.3125, 10)).spikes!.inputs];
    // V in 1/16: 5, 10 > 8 so -6 is left, -1, 4, 9 so -7, -2, 3, 8 (not above), 13 so -3, 2.
    expect(spikes).toEqual([0, 1, 0, 0, 1, 0, 0, 0, 1, 0]);
  });

  it('nothing in reset coding', () => {
    const run = hybridRunner(neuron('hard_tanh_half', 0, 0), kernel, options({ timesteps: 1 }));
    expect([...run(repeat(0.9, 10)).spikes!.inputs]).toEqual(new Array(10).fill(0));
  });

  it.each(['float', 'loihi'] as const)('no charge that a saturated neuron has banked, %s', (arithmetic) => {
    const spiking = neuron('hard_sigmoid_quarter', 10, 0);
    const run = hybridRunner(spiking, kernel, options({ coding: 'residual', arithmetic }));
    // Unlimited, the membrane would be at some +60 after the first window and at some -60 after the second.
    expect([...run(trace([1, -1, 1], 3)).neurons]).toEqual([1, 0, 1]);
  });
});

describe('ranges', () => {
  it('scale the recurrent generator by what h can be', () => {
    const activations = {
      gate: hardActivations['hard_sigmoid_quarter']!,
      wide: { slope: 1, offset: 0, low: -3, high: 3 },
    };
    const chosen = options({ activations, timesteps: 512, coding: 'residual' });
    const layer = {
      ...lstm(randomSource(1), 2, 3, {
        activation: 'wide',
        recurrentActivation: 'gate',
        returnSequences: true,
      }),
      // Gates wide open: h grows to 3 and stays.
      bias: { shape: [12], values: Float32Array.of(9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9) },
    };
    const spiking = converted(layer, chosen);
    const sample = trace([0, 0, 0, 0, 0, 0], 3);
    const run = hybridRunner(spiking, twin, chosen)(sample);
    const analog = analogRunner(layer, twin, chosen)(sample);
    expect(Math.max(...analog.inputs)).toBe(3);
    expect(meanSquare(run.inputs, analog.inputs)).toBeLessThan(1e-4);
    expect(meanSquare(run.neurons, analog.neurons)).toBeLessThan(1e-4);
  });

  it('let stacked Dense layers with ReLU follow analog', () => {
    const random = randomSource(31);
    const layers = [
      dense(random, 6, 10, 'relu', 'first'),
      dense(random, 10, 10, 'relu', 'second'),
      dense(random, 10, 4, 'relu', 'third'),
    ];
    const network = chain([6], ...layers);
    const samples = Array.from({ length: 20 }, () => randomTrace(random, 6));
    const chosen = options({ timesteps: 512, coding: 'residual' });
    const analog = layers.map((layer) => analogRunner(layer, twin, chosen));
    const outputs = samples.map((sample) => analog.reduce((at, run) => run(at).output, sample).values);
    const highest = (index: number): number =>
      Math.max(
        ...samples.flatMap((sample) => [
          ...analog.slice(0, index + 1).reduce((at, run) => run(at).output, sample).values,
        ]),
      );
    const ranges = { first: highest(0), second: highest(1), third: highest(2) };
    const hybrid = convert(network, conversionOptions(chosen), ranges).layers;
    expect(hybrid.map((layer) => layer.runsAs === 'spiking' && layer.inputRange)).toEqual([
      1,
      ranges.first,
      ranges.second,
    ]);
    for (const arithmetic of ['float', 'loihi'] as const) {
      const spiking = hybrid.map((layer) => hybridRunner(layer, twin, { ...chosen, arithmetic }));
      const errors = samples.map((sample, n) =>
        meanSquare(outputs[n]!, spiking.reduce((at, run) => run(at).output, sample).values),
      );
      const mse = errors.reduce((a, b) => a + b) / errors.length;
      expect(mse / ranges.third ** 2).toBeLessThan(arithmetic === 'float' ? 1e-4 : 1e-3);
    }
  });
});
