/** The chip's integers: rounding, limits that it can express, weights that fit. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ClippedLinear } from '../../src/core/network/types.ts';
import { chipPopulation, expressibleLimit, roundHalfEven } from '../../src/core/simulate/chip-arithmetic.ts';
import { hybridRunner, type SpikingOptions } from '../../src/core/simulate/spiking.ts';
import type { Synapses } from '../../src/core/simulate/synapses.ts';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import { dense, hardActivations, trace } from '../support/networks.ts';

const hardSigmoid = hardActivations['hard_sigmoid_quarter']!;
const hardTanh = hardActivations['hard_tanh_half']!;

function options(coding: 'reset' | 'residual'): SpikingOptions {
  return { timesteps: 8, coding, arithmetic: 'loihi', cellClip: null, weightBits: 8 };
}

function synapses(weights: readonly number[], activation: ClippedLinear, bias = 0): Synapses {
  const dual = activation.low === -activation.high;
  return {
    inputs: weights.length,
    neurons: 1,
    weights: Float32Array.from(weights),
    bias: Float32Array.of(bias),
    activations: [activation],
    dual: [dual],
  };
}

describe('rounding', () => {
  it.each([
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [-0.5, 0],
    [-1.5, -2],
    [-2.5, -2],
    [2.4999, 2],
    [-2.5001, -3],
  ])('%d to %d', (x, wanted) => {
    expect(roundHalfEven(x) + 0).toBe(wanted);
  });

  it('is the nearest whole number', () => {
    fc.assert(
      fc.property(fc.double({ min: -1e6, max: 1e6, noNaN: true }), (x) => {
        expect(Math.abs(roundHalfEven(x) - x)).toBeLessThanOrEqual(0.5);
      }),
    );
  });
});

describe('voltage limits', () => {
  // vmax is 2^(9 + 2e) - 1 of the chip's units, 64 of which are one of ours.
  const expressible = Array.from({ length: 8 }, (_, e) => Math.floor((2 ** (9 + 2 * e) - 1) / 64));

  it('are the least that the chip can express from the one wanted on', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 17 }), (wanted) => {
        const limit = expressibleLimit(wanted);
        expect(expressible).toContain(limit);
        // 2^n - 1 stands for 2^n.
        expect(limit + 1).toBeGreaterThanOrEqual(wanted);
        const below = expressible.filter((other) => other < limit);
        for (const other of below) expect(other + 1).toBeLessThan(wanted);
      }),
    );
  });

  it('limit membranes at every time-step in residual coding, at twice the threshold or more', () => {
    const { neuron, generator, clip, carry } = chipPopulation(
      synapses([1], hardSigmoid),
      options('residual'),
      {
        exponent: 0,
      },
    );
    expect({ clip, carry }).toEqual({ clip: 'timestep', carry: true });
    expect([neuron.threshold[0], neuron.upper[0], neuron.clipHigh[0], neuron.clipLow[0]]).toEqual([
      1024, 512, 2047, -2047,
    ]);
    expect(generator).toMatchObject({ threshold: 2048, upper: 1024, clip: 8191, start: 0 });
  });

  it('leave membranes alone in reset coding', () => {
    const { neuron, clip, carry } = chipPopulation(synapses([1], hardTanh), options('reset'), {
      exponent: 0,
    });
    expect({ clip, carry }).toEqual({ clip: 'never', carry: false });
    // The mirrored compartment starts at 1 as well: it fires when 2 - V > 512.
    expect([neuron.start[0], neuron.upper[0], neuron.lower[0]]).toEqual([1, 512, -510]);
  });
});

describe('weights', () => {
  const weightsOf = (weights: readonly number[], exponent: number | 'fit', activation = hardTanh) =>
    [...chipPopulation(synapses(weights, activation), options('residual'), { exponent }).weights].map(
      (w) => w + 0,
    );

  it('of an LSTM are even, 256 to 1.0, and clipped', () => {
    expect(weightsOf([0, 1 / 256, 3 / 256, 0.5, 0.99, 1, -1, 7, -7], 0)).toEqual([
      0, 0, 4, 128, 254, 254, -254, 254, -254,
    ]);
  });

  it('of fewer bits are multiples of a larger step, within one step of 1.0, and 8 bits are the most', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -2, max: 2, noNaN: true }), { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 2, max: 8 }),
        (weights, weightBits) => {
          const chosen = { ...options('residual'), weightBits };
          const step = 2 ** (9 - weightBits);
          const rounded = chipPopulation(synapses(weights, hardTanh), chosen, { exponent: 0 }).weights;
          rounded.forEach((w, k) => {
            expect(Math.abs(w % step)).toBe(0);
            expect(Math.abs(w)).toBeLessThanOrEqual(256 - step);
            const wanted = Math.min(Math.max(256 * Math.fround(weights[k]!), step - 256), 256 - step);
            expect(Math.abs(w - wanted)).toBeLessThanOrEqual(step / 2);
          });
        },
      ),
    );
    const wide = chipPopulation(
      synapses([0.5], hardTanh),
      { ...options('residual'), weightBits: 16 },
      { exponent: 0 },
    );
    expect([...wide.weights]).toEqual(weightsOf([0.5], 0));
  });

  it('of a Dense layer are rescaled so that the largest fits', () => {
    expect(weightsOf([3, -1.5, 0.75], 'fit')).toEqual([192, -96, 48]);
    expect(weightsOf([0.01, -0.005], 'fit')).toEqual([164, -82]);
    expect(weightsOf([0, 0], 'fit')).toEqual([0, 0]);
  });

  it('of an exponent of their own are moved by it, thresholds and biases with them', () => {
    expect(weightsOf([3, -1.5, 0.75], 1)).toEqual([254, -192, 96]);
    const moved = (exponent: number) =>
      chipPopulation(synapses([0.25], hardTanh), options('residual'), { exponent }).neuron;
    expect([...moved(2).threshold]).toEqual([128]);
    expect([...moved(-3).threshold]).toEqual([4096]);
    // No further than the largest threshold goes.
    expect(moved(-8)).toEqual(moved(-7));
  });

  it('of a Dense layer fill 8 bits unless its threshold is what has to fit', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 1, maxLength: 5 }),
        fc.integer({ min: -30, max: 30 }),
        fc.double({ min: 1e-6, max: 1e6, noNaN: true }),
        (weights, exponent, high) => {
          const scaled = weights.map((w) => w * 2 ** exponent);
          const relu = { slope: 1, offset: 0, low: 0, high };
          const population = chipPopulation(synapses(scaled, relu), options('residual'), { exponent: 'fit' });
          const largest = Math.max(...[...population.weights].map(Math.abs));
          const threshold = population.neuron.threshold[0]!;
          expect([...population.weights].every((w) => w % 2 === 0 && Math.abs(w) <= 254)).toBe(true);
          expect(threshold).toBeGreaterThan(0);
          expect(threshold).toBeLessThanOrEqual(2 ** 16);
          // One of the two is within a factor of two of what fits.
          expect(largest > 125 || threshold >= 2 ** 15).toBe(true);
        },
      ),
    );
  });

  it('thresholds far above the weights still let a neuron fire', () => {
    // A ReLU layer that reaches 1000 by its bias, with small weights.
    const layer = dense(() => 0, 1, 1, 'relu');
    layer.kernel.values[0] = 0.01;
    layer.bias.values[0] = 500;
    const activation = { slope: 1, offset: 0, low: 0, high: 1000 };
    const spiking = {
      runsAs: 'spiking',
      layer,
      inputRange: 1,
      populations: [{ name: 'neurons', values: 1, neurons: 1, pieces: [activation], dual: false }],
    } as const;
    for (const coding of ['reset', 'residual'] as const) {
      const chosen = { ...options(coding), timesteps: 64 };
      const run = hybridRunner(spiking, createTwinKernel(), chosen)(trace([0]));
      expect(Math.abs(run.neurons[0]! - 500)).toBeLessThanOrEqual(1000 / 64);
    }
  });
});
