/**
 * Integer arithmetic as the paper authors' published implementation has it (docs/method.md), which the
 * golden vectors pin down: 256 units are 1.0, weights even and within +-254, strict `>`, soft reset.
 */
import { largestWeight, unitsOfOne, weightStep } from '../convert/weights.ts';
import type { PopulationParameters } from './kernel/types.ts';
import { thresholdAndBias } from './float-arithmetic.ts';
import type { SpikingOptions } from './spiking.ts';
import type { Synapses } from './synapses.ts';

/** Largest threshold of a rescaled layer: the largest voltage limit, 2^23 of the chip's units, is twice as much. */
const largestThreshold = 2 ** 16;
/** The generator's threshold; an input of 1 adds this much every time-step. */
const generatorThreshold = 2048;
/** A membrane unit here is 2^6 of the chip's: weights of exponent 0 are shifted by 6 (nengo-loihi builder/discretize.py). */
const chipUnits = 64;

/** Rounds halves to the even neighbour, as torch.round and numpy.round do. */
export function roundHalfEven(x: number): number {
  const nearest = Math.round(x);
  return nearest - x === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

/**
 * The least voltage limit from the one wanted on, of those that the chip can express: vmax is
 * 2^(9 + 2e) - 1 with e in 0..7 (nengo-loihi builder/discretize.py). Never the one below, since a limit
 * at or below the threshold would silence the neuron.
 */
export function expressibleLimit(wanted: number): number {
  const exponent = Math.ceil((Math.log2(wanted * chipUnits) - 9) / 2);
  return Math.floor((2 ** (9 + 2 * Math.min(Math.max(exponent, 0), 7)) - 1) / chipUnits);
}

/**
 * `reset`: every membrane starts at 1, so that strict `>` acts as `>=` from 0; a dual neuron is two
 * mirrored compartments that each start at 1, so the negative one fires when 2 - V > Vth.
 * `residual`: thresholds centred, membranes start at 0, are never reset, and are limited at every
 * time-step to about +-2 Vth, which the chip's vmin and vmax can do.
 * @param exponent weights, biases and thresholds are divided by 2 to its power, or to the least power at which the
 *   largest threshold fits; `fit`: at which the largest weight fits, too. Weights that do not are clipped.
 */
export function chipPopulation(
  synapses: Synapses,
  options: SpikingOptions,
  { exponent: wanted }: { readonly exponent: number | 'fit' },
): PopulationParameters {
  const { inputs, neurons, activations, dual } = synapses;
  const residual = options.coding === 'residual';
  const each = activations.map((activation, k) => thresholdAndBias(activation, dual[k]!));
  const { weightBits } = options;
  const least = fittingExponents(synapses, weightBits);
  const exponent = Math.max(wanted === 'fit' ? least.weights : wanted, least.thresholds);
  const unit = unitsOfOne / 2 ** exponent;
  const weights = Int16Array.from(synapses.weights, (w) => chipWeight(w, unit, weightBits));
  const bias = new Int32Array(neurons);
  const threshold = new Int32Array(neurons);
  for (let k = 0; k < neurons; k++) {
    const neuron = each[k]!;
    bias[k] = roundHalfEven(unit * neuron.bias) + roundHalfEven(unit * synapses.bias[k]!);
    threshold[k] = Math.max(1, roundHalfEven(unit * neuron.threshold));
  }
  const start = residual ? 0 : 1;
  const upper = residual ? threshold.map((v) => v >> 1) : threshold;
  const limit = threshold.map((v) => expressibleLimit(2 * v));
  return {
    arithmetic: 'integer',
    inputs,
    neurons,
    timesteps: options.timesteps,
    weights,
    neuron: {
      bias,
      threshold,
      upper,
      lower: upper.map((v, k) => (dual[k]! ? 2 * start - v : -(2 ** 31))),
      start: new Int32Array(neurons).fill(start),
      clipLow: limit.map((v) => -v),
      clipHigh: limit,
    },
    generator: {
      scale: generatorThreshold,
      threshold: generatorThreshold,
      upper: residual ? generatorThreshold / 2 : generatorThreshold,
      start,
      clip: expressibleLimit(2 * generatorThreshold),
    },
    carry: residual,
    clip: residual ? 'timestep' : 'never',
  };
}

function chipWeight(weight: number, unit: number, bits: number): number {
  const mantissa = roundHalfEven((unit / weightStep(bits)) * weight) * weightStep(bits);
  return Math.min(Math.max(mantissa, -largestWeight(bits)), largestWeight(bits));
}

/** The least powers of two by which a layer must shrink to fit; negative where it may grow. */
export interface LeastExponents {
  readonly weights: number;
  readonly thresholds: number;
}

export function fittingExponents(
  { weights, activations, dual }: Synapses,
  weightBits: number,
): LeastExponents {
  const weight = weights.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
  const threshold = activations.reduce(
    (most, activation, k) => Math.max(most, thresholdAndBias(activation, dual[k]!).threshold),
    0,
  );
  const least = (size: number, largest: number) => Math.ceil(Math.log2(unitsOfOne * (size / largest)));
  return {
    weights: least(weight, largestWeight(weightBits)),
    thresholds: least(threshold, largestThreshold),
  };
}
