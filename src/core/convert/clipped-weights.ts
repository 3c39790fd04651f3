/** Weights that are beyond what the chip holds. */
import { onePlace } from '../simulate/synapses.ts';
import type { Finding, Fix } from '../findings/types.ts';
import { blocksOf } from './blocks.ts';
import type { ConversionOptions, HybridLayer } from './types.ts';
import { largestWeight, unitsOfOne, weightStep } from './weights.ts';

/**
 * A finding where some are. The weights of LSTMs are not rescaled for the chip unless the specification
 * says so, as in the reference implementation; those of others are, unless it gives their exponent.
 */
export function clippedWeights(hybrid: HybridLayer, options: ConversionOptions): Finding[] {
  if (hybrid.runsAs !== 'spiking' || options.arithmetic !== 'loihi') return [];
  const { layer, weightExponent } = hybrid;
  const rescaled = layer.kind !== 'LSTM' || options.rescaleWeights;
  if (weightExponent === undefined && rescaled) return [];
  const bits = options.weightBits ?? 8;
  const unit = unitsOfOne / 2 ** (weightExponent ?? 0);
  const largest = largestWeight(bits);
  let beyond = 0;
  let highest = 0;
  const count = (values: Float32Array, scale: number): void => {
    for (const value of values) {
      const size = Math.abs(value * scale);
      if (Math.round((size * unit) / weightStep(bits)) * weightStep(bits) > largest) beyond++;
      highest = Math.max(highest, size);
    }
  };
  let total = 0;
  for (const { inputs, weights: joined, ranges } of blocksOf(onePlace(hybrid))) {
    const weights = joined();
    const width = weights.length / inputs;
    for (let row = 0; row < inputs; row++)
      count(weights.subarray(row * width, (row + 1) * width), ranges[row]!);
    total += weights.length;
  }
  if (beyond === 0) return [];
  const rescale: Fix = {
    title: 'Move weights and thresholds by a power of two, so that all fit',
    edits: [{ path: ['rescaleWeights'], value: true }],
  };
  return [
    {
      code: 'weights-clipped',
      severity: weightExponent === undefined ? 'warning' : 'info',
      layer: layer.name,
      message: `${beyond} of ${total} weights of layer "${layer.name}" lie beyond the chip's +-${largest / unit} (largest ${highest.toPrecision(4)}) and are clipped.`,
      place: { file: 'specification', path: [weightExponent === undefined ? 'arithmetic' : 'corrections'] },
      fixes: [
        ...(weightExponent === undefined ? [rescale] : []),
        { title: 'Simulate in float arithmetic', edits: [{ path: ['arithmetic'], value: 'float' }] },
      ],
    },
  ];
}
