import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import type {
  Kernel,
  NeuronParameters,
  Population,
  PopulationParameters,
} from '../../src/core/simulate/kernel/types.ts';
import { wasmKernel } from '../support/kernels.ts';

const INTEGER_MIN = -(2 ** 31);
const INTEGER_MAX = 2 ** 31 - 1;

const twin = createTwinKernel();
let kernel: Kernel;

beforeAll(async () => {
  kernel = await wasmKernel();
}, 60_000);

/** The same sequence for the same seed (mulberry32), uniform in [0, 1). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Shape {
  seed: number;
  arithmetic: 'float' | 'integer';
  inputs: number;
  neurons: number;
  timesteps: number;
  carry: boolean;
  clip: PopulationParameters['clip'];
  thresholds: 'single' | 'dual' | 'mixed';
  /** Of the weights: 1 is what an LSTM has, 10 saturates most neurons and leaves 16 bits. */
  size: number;
  /** Largest |input|. */
  reach: number;
}

const shapes = fc.record<Shape>({
  seed: fc.integer(),
  arithmetic: fc.constantFrom('float', 'integer'),
  inputs: fc.integer({ min: 1, max: 100 }),
  neurons: fc.integer({ min: 1, max: 300 }),
  timesteps: fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: 1, max: 40 }) },
    { weight: 1, arbitrary: fc.constant(300) },
  ),
  carry: fc.boolean(),
  clip: fc.constantFrom('never', 'window', 'timestep'),
  thresholds: fc.constantFrom('single', 'dual', 'mixed'),
  size: fc.constantFrom(0.1, 1, 10),
  reach: fc.constantFrom(1, 3),
});

/** A population of clipped-linear neurons, 256 units to 1 in integers; clips at +-2 Vth around the centre. */
function populationOf(shape: Shape): PopulationParameters {
  const { arithmetic, inputs, neurons } = shape;
  const random = randomNumbers(shape.seed);
  const integer = arithmetic === 'integer';
  const round = (x: number) => (integer ? Math.round(256 * x) : x);
  const each = (value: (j: number) => number) => {
    const values = Array.from({ length: neurons }, (_, j) => value(j));
    return integer ? Int32Array.from(values) : Float32Array.from(values);
  };
  const weight = () => Math.max(-1, Math.min(1, (random() - 0.5) * 0.4 * shape.size));
  const weights = Array.from({ length: inputs * neurons }, () => round(weight()));
  const vth = each(() => round(1 + random()));
  const dual = each(() =>
    shape.thresholds === 'mixed' ? Number(random() < 0.1) : Number(shape.thresholds === 'dual'),
  );
  const centre = each((j) => (dual[j] ? 0 : vth[j]! / 2));
  const none = integer ? INTEGER_MIN : -Infinity;
  return {
    ...shape,
    weights: integer ? Int16Array.from(weights) : Float32Array.from(weights),
    neuron: {
      bias: each(() => round((random() - 0.5) * shape.size)),
      upper: each((j) => vth[j]! / (shape.carry ? 2 : 1)),
      lower: each((j) => (dual[j] ? -vth[j]! / (shape.carry ? 2 : 1) : none)),
      threshold: vth,
      start: each((j) => (shape.carry ? centre[j]! : Math.sign(random() - 0.5))),
      clipLow: each((j) => centre[j]! - 2 * vth[j]!),
      clipHigh: each((j) => centre[j]! + 2 * vth[j]!),
    },
    generator: integer
      ? { scale: 2048 * (0.5 + random()), threshold: 2048, upper: 1024, start: 1, clip: 3000 }
      : { scale: 1, threshold: 1, upper: 0.5 + random() / 2, start: 0.25, clip: 1.5 },
  };
}

function inputsOf(shape: Shape, random: () => number): Float32Array {
  return Float32Array.from({ length: shape.inputs }, () =>
    random() < 0.1 ? 0 : (2 * random() - 1) * shape.reach,
  );
}

/** All counts as text: comparing thousands of numbers one by one is slow. */
function results({ inputCounts, inputSpikes, counts, spikes }: Population): string {
  return [inputCounts, inputSpikes, counts, spikes].map(String).join('; ');
}

/** Three windows, a new sample, two windows. */
function expectEqual(parameters: PopulationParameters, nextInputs: () => Float32Array): void {
  const fast = kernel.createPopulation(parameters);
  const slow = twin.createPopulation(parameters);
  for (let n = 0; n < 5; n++) {
    if (n === 3) {
      fast.begin();
      slow.begin();
    }
    const values = nextInputs();
    fast.window(values);
    slow.window(values);
    expect(results(fast)).toBe(results(slow));
  }
}

/** Neurons that are all alike, in float arithmetic; without thresholds given they never fire. */
function alike(neurons: number, numbers: Partial<Record<keyof NeuronParameters, number>>): NeuronParameters {
  const all = (value: number) => new Float32Array(neurons).fill(value);
  return {
    bias: all(numbers.bias ?? 0),
    upper: all(numbers.upper ?? Infinity),
    lower: all(numbers.lower ?? -Infinity),
    threshold: all(numbers.threshold ?? 0),
    start: all(numbers.start ?? 0),
    clipLow: all(numbers.clipLow ?? -Infinity),
    clipHigh: all(numbers.clipHigh ?? Infinity),
  };
}

function floatPopulation(inputs: number, timesteps: number, neuron: NeuronParameters): PopulationParameters {
  return {
    arithmetic: 'float',
    inputs,
    neurons: neuron.bias.length,
    timesteps,
    weights: new Float32Array(inputs * neuron.bias.length),
    neuron,
    generator: { scale: 1, threshold: 1, upper: 1, start: 0, clip: Infinity },
    carry: false,
    clip: 'never',
  };
}

describe('kernel and twin', () => {
  it('agree exactly over random populations', () => {
    fc.assert(
      fc.property(shapes, (shape) => {
        const random = randomNumbers(~shape.seed);
        expectEqual(populationOf(shape), () => inputsOf(shape, random));
      }),
      { numRuns: 150 },
    );
  }, 120_000);

  it('agree where a saturated neuron leaves 16 bits in the middle of a window', () => {
    for (const sign of [1, -1]) {
      for (const carry of [false, true]) {
        const shape: Shape = { seed: 1, arithmetic: 'integer', inputs: 70, neurons: 130, timesteps: 300, carry, clip: 'never', thresholds: 'mixed', size: 0.1, reach: 1 }; // prettier-ignore
        const parameters = populationOf(shape);
        // Three neurons of different tiles that gain 255 from each of some inputs at every time-step.
        for (const j of [3, 64, 129])
          for (let i = 0; i < 10; i++) (parameters.weights as Int16Array)[i * 130 + j] = sign * 255;
        expectEqual(parameters, () => new Float32Array(70).fill(1));
      }
    }
  });

  it('agree around the ends of 16 and of 32 bits', () => {
    const values = fc.constantFrom(
      0,
      1,
      -1,
      32766,
      32767,
      32768,
      -32767,
      -32768,
      -32769,
      65536,
      INTEGER_MAX,
      INTEGER_MIN,
    );
    const shape = fc.record({ seed: fc.integer(), field: fc.constantFrom('bias', 'upper', 'lower', 'threshold', 'start', 'clipLow', 'clipHigh'), value: values, clip: fc.constantFrom('never', 'window', 'timestep'), carry: fc.boolean() }); // prettier-ignore
    fc.assert(
      fc.property(shape, ({ seed, field, value, clip, carry }) => {
        const base: Shape = { seed, arithmetic: 'integer', inputs: 9, neurons: 70, timesteps: 40, carry, clip, thresholds: 'mixed', size: 1, reach: 1 }; // prettier-ignore
        const parameters = populationOf(base);
        parameters.neuron[field][seed & 63] = value;
        const { upper, lower } = parameters.neuron;
        fc.pre(lower.every((low, j) => low <= upper[j]!));
        const random = randomNumbers(seed);
        expectEqual(parameters, () => inputsOf(base, random));
      }),
      { numRuns: 200 },
    );
  }, 60_000);

  it('agree where a limit moves a membrane out of 16 bits', () => {
    for (const sign of [1, -1]) {
      const base: Shape = { seed: 2, arithmetic: 'integer', inputs: 4, neurons: 3, timesteps: 9, carry: true, clip: 'timestep', thresholds: 'dual', size: 1, reach: 1 }; // prettier-ignore
      const parameters = populationOf(base);
      parameters.neuron.clipLow[1] = parameters.neuron.clipHigh[1] = sign * 40_000;
      parameters.neuron.upper[1] = 35_000;
      parameters.neuron.lower[1] = -35_000;
      expectEqual(parameters, () => Float32Array.of(1, -1, 0.5, 0));
    }
  });

  it('agree on inputs that are not numbers and on huge ones', () => {
    const values = Float32Array.of(NaN, Infinity, -Infinity, 3e38, -3e38, 1e-45, -0, 0);
    for (const arithmetic of ['float', 'integer'] as const) {
      const shape: Shape = { seed: 5, arithmetic, inputs: 8, neurons: 20, timesteps: 12, carry: true, clip: 'timestep', thresholds: 'dual', size: 1, reach: 1 }; // prettier-ignore
      expectEqual(populationOf(shape), () => values);
    }
  });

  it('agree exactly on the affine map', () => {
    const sizes = fc.record({
      inputs: fc.integer({ min: 1, max: 100 }),
      neurons: fc.integer({ min: 1, max: 150 }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(sizes, ({ inputs, neurons, seed }) => {
        const random = randomNumbers(seed);
        const numbers = (length: number) => Float32Array.from({ length }, () => 4 * random() - 2);
        const [weights, bias, values] = [numbers(inputs * neurons), numbers(neurons), numbers(inputs)];
        const [fast, slow] = [new Float32Array(neurons), new Float32Array(neurons)];
        kernel.createAffine(inputs, neurons, weights, bias).apply(values, fast);
        twin.createAffine(inputs, neurons, weights, bias).apply(values, slow);
        expect(fast).toEqual(slow);
      }),
    );
  });

  it('keep their results when the memory grows', () => {
    const shape: Shape = { seed: 3, arithmetic: 'float', inputs: 30, neurons: 40, timesteps: 20, carry: true, clip: 'window', thresholds: 'dual', size: 1, reach: 1 }; // prettier-ignore
    const first = kernel.createPopulation(populationOf(shape));
    const same = twin.createPopulation(populationOf(shape));
    const values = inputsOf(shape, randomNumbers(1));
    for (let n = 0; n < 4; n++) {
      first.window(values);
      same.window(values);
      kernel.createPopulation(populationOf({ ...shape, inputs: 100, neurons: 3000 })); // 2.4 MB
      expect(results(first)).toBe(results(same));
    }
  });

  it('refuse what does not fit together', () => {
    const good = floatPopulation(2, 4, alike(3, {}));
    for (const each of [kernel, twin]) {
      expect(() => each.createPopulation({ ...good, neurons: 4 })).toThrow(RangeError);
      expect(() => each.createPopulation({ ...good, timesteps: 0 })).toThrow(RangeError);
      expect(() => each.createPopulation({ ...good, arithmetic: 'integer' })).toThrow(RangeError);
      expect(() => each.createAffine(2, 2, new Float32Array(3), new Float32Array(2))).toThrow(RangeError);
    }
  });
});

describe.each([
  ['kernel', () => kernel],
  ['twin', () => twin],
] as const)('semantics of the %s', (_, get) => {
  it('fires strictly above the threshold and subtracts it', () => {
    // Hard sigmoid: Vth 4, bias 2, no input. v is 2, 4 (not above), 6 - 4 = 2, 4, 6 ...: time-steps 3, 5, 7, ...
    const firings: number[] = [];
    let before = 0;
    for (let timesteps = 1; timesteps <= 9; timesteps++) {
      const population = get().createPopulation(
        floatPopulation(1, timesteps, alike(1, { bias: 2, upper: 4, threshold: 4 })),
      );
      population.window(Float32Array.of(0));
      if (population.counts[0]! > before) firings.push(timesteps);
      before = population.counts[0]!;
    }
    expect(firings).toEqual([3, 5, 7, 9]);
  });

  it('counts the generator with the sign of the input, and inputs beyond 1 saturate', () => {
    const values = Float32Array.of(0, 0.25, 0.5, 1, 3, -0.25, -0.5, -1);
    const population = get().createPopulation(floatPopulation(8, 8, alike(1, {})));
    population.window(values);
    // Strictly above 1 from 0: an exact multiple of the threshold comes one spike short.
    expect([...population.inputCounts]).toEqual([0, 1, 3, 7, 8, -1, -3, -7]);
    expect([...population.inputSpikes]).toEqual([0, 1, 3, 7, 8, 1, 3, 7]);
  });

  it('puts the threshold back after a negative spike and tells sums from differences', () => {
    // v: -2 fires to 0; the same in every time-step.
    const population = get().createPopulation(
      floatPopulation(1, 4, alike(2, { bias: -2, upper: 1, lower: -1, threshold: 2 })),
    );
    population.window(Float32Array.of(0));
    expect([...population.counts]).toEqual([-4, -4]);
    expect([...population.spikes]).toEqual([4, 4]);
  });

  it('delivers a spike in the time-step it is made, with the row of its input and its sign', () => {
    const base = floatPopulation(3, 1, alike(2, { upper: 0.5, lower: -0.5, threshold: 1 }));
    const population = get().createPopulation({ ...base, weights: Float32Array.of(1, 0, 0, 0, 0, 1) });
    population.window(Float32Array.of(2, 2, -2));
    expect([...population.counts]).toEqual([1, -1]);
  });

  it('adds the rounded sum of a pair, and first what is to be added', () => {
    const first = (bias: number, upper: number, inputs: number[], weights: number[]) => {
      const base = floatPopulation(inputs.length, 1, alike(1, { bias, upper, threshold: 1 }));
      const population = get().createPopulation({ ...base, weights: Float32Array.from(weights) });
      population.window(Float32Array.from(inputs));
      return population.counts[0];
    };
    const large = 2 ** 24; // From here on float32 has even integers only, and halves round to multiples of 4.
    expect(first(large, large, [2, 2], [1, 1])).toBe(1); // 2^24 + 2; one by one 2^24
    expect(first(large, large, [2, -2], [1, -1])).toBe(1);
    expect(first(large, large, [0, 2, 2, 0], [0, 1, 1, 0])).toBe(0); // not a pair
    expect(first(large, large, [2, 2, 2], [0, 0, 3])).toBe(1); // an odd last one: 2^24 + 4
    // 2^24 - 1 + 2 rounds to 2^24, - 1 is 2^24 - 1; the other way round 2^24.
    expect(first(large - 1, large - 1, [-2, 0, 2, 0], [1, 0, 2, 0])).toBe(0);
    expect(first(large - 1, large - 1, [2, 0, -2, 0], [-1, 0, -2, 0])).toBe(1);
  });

  it('carries what is left, limited, where asked', () => {
    const neuron = alike(1, { bias: 0.375, upper: 0.5, threshold: 1, clipLow: -0.1, clipHigh: 0.1 });
    const base = { ...floatPopulation(1, 1, neuron), carry: true };
    const counts = (clip: PopulationParameters['clip'], carry = true) => {
      const population = get().createPopulation({ ...base, clip, carry });
      return Array.from({ length: 6 }, () => {
        population.window(Float32Array.of(0));
        return population.counts[0];
      });
    };
    expect(counts('never')).toEqual([0, 1, 0, 0, 1, 0]); // 0.375, 0.75 - 1, 0.125, 0.5 (not above), 0.875 - 1, 0.25
    expect(counts('window')).toEqual([0, 0, 0, 0, 0, 0]); // 0.375 to 0.1, 0.475 to 0.1, ...
    expect(counts('timestep')).toEqual([0, 0, 0, 0, 0, 0]);
    expect(counts('never', false)).toEqual([0, 0, 0, 0, 0, 0]);
  });

  it('rounds integer increments half to even', () => {
    const all = (value: number) => Int32Array.of(value);
    const population = get().createPopulation({
      arithmetic: 'integer',
      inputs: 6,
      neurons: 1,
      timesteps: 2,
      weights: new Int16Array(6),
      neuron: { bias: all(0), upper: all(INTEGER_MAX), lower: all(INTEGER_MIN), threshold: all(0), start: all(0), clipLow: all(INTEGER_MIN), clipHigh: all(INTEGER_MAX) }, // prettier-ignore
      generator: { scale: 1, threshold: 1, upper: 0, start: 0, clip: INTEGER_MAX },
      carry: false,
      clip: 'never',
    });
    // 0.5 is 0, 1.5 is 2: above 0 in both time-steps; -0.5 is 0, -1.5 is -2.
    population.window(Float32Array.of(0.5, 0.51, 1.5, -0.5, -0.51, -1.5));
    expect([...population.inputCounts]).toEqual([0, 2, 2, 0, -2, -2]);
  });

  it.each([16, 32])(
    'codes a random number in [0, 1] with the error of rounding down, T = %i',
    (timesteps) => {
      // From 0 a count is the rate rounded down: errors uniform in [0, 1/T], mean square 1/(3 T^2), 1.302e-3
      // and 3.255e-4. The paper (III.B) prints 1.18e-3 and 3.03e-4, 9 and 7 % less. What explains both is
      // open. Tried: >= (no change), starts (0.032 would be needed at 16, 0.024 at 32), T - 1 or T + 1
      // time-steps or denominators, thresholds within 2 %, inputs in steps of 1/256 (1.18e-3, 2.67e-4).
      const inputs = 1000;
      const random = randomNumbers(7);
      const population = get().createPopulation(floatPopulation(inputs, timesteps, alike(1, {})));
      let sum = 0;
      for (let n = 0; n < 100; n++) {
        const values = Float32Array.from({ length: inputs }, random);
        population.window(values);
        values.forEach((x, i) => (sum += (population.inputCounts[i]! / timesteps - x) ** 2));
      }
      const expected = 1 / (3 * timesteps ** 2);
      expect(Math.abs(sum / (100 * inputs) / expected - 1)).toBeLessThan(0.02);
    },
  );
});
