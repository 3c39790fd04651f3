/** Thresholds, biases and limits in float32: the paper's equations, and residual coding. */
import type { ClippedLinear } from '../network/types.ts';
import type { PopulationParameters } from './kernel/types.ts';
import type { SpikingOptions } from './spiking.ts';
import type { Synapses } from './synapses.ts';

/** Vth and the bias of every time-step of a neuron that computes a clipped-linear function (paper, after eq. 7). */
export function thresholdAndBias({ slope, offset, low, high }: ClippedLinear, dual: boolean) {
  if (dual) return { threshold: high / slope, bias: offset / slope };
  // A falling one fires where the function has begun to fall: the host takes its counts off.
  const start = slope > 0 ? low : high;
  return { threshold: (high - low) / Math.abs(slope), bias: (offset - start) / slope };
}

/**
 * `reset`: equations (2), (3) and (9) as printed; every membrane starts at 0 and a spike needs V > Vth.
 * `residual`: thresholds centred, so that a count is the rate rounded to the nearest; membranes carried,
 * and limited to +-Vth/2 at the end of each window.
 */
export function floatPopulation(synapses: Synapses, options: SpikingOptions): PopulationParameters {
  const { inputs, neurons, weights, activations, dual } = synapses;
  const residual = options.coding === 'residual';
  const bias = new Float32Array(neurons);
  const threshold = new Float32Array(neurons);
  for (let k = 0; k < neurons; k++) {
    const neuron = thresholdAndBias(activations[k]!, dual[k]!);
    bias[k] = synapses.bias[k]! + neuron.bias;
    threshold[k] = neuron.threshold;
  }
  const upper = residual ? threshold.map((v) => v / 2) : threshold;
  return {
    arithmetic: 'float',
    inputs,
    neurons,
    timesteps: options.timesteps,
    weights,
    neuron: {
      bias,
      threshold,
      upper,
      lower: upper.map((v, k) => (dual[k]! ? -v : -Infinity)),
      start: new Float32Array(neurons),
      clipLow: upper.map((v) => -v),
      clipHigh: upper,
    },
    generator: { scale: 1, threshold: 1, upper: residual ? 0.5 : 1, start: 0, clip: 0.5 },
    carry: residual,
    clip: residual ? 'window' : 'never',
  };
}
