/** How large the values are that layers hand on. */
import { vectorLengths } from '../network/embedding.ts';
import type { Layer, LstmLayer } from '../network/types.ts';
import { resolveActivation, snakeCase, type ResolvedActivation } from './activations.ts';
import type { ConversionOptions, MeasuredRanges } from './types.ts';

/** Largest absolute output of an activation in either network, null where it has none. */
export function bound({ name, spiking, replaced }: ResolvedActivation): number | null {
  const clip = spiking === null || spiking === 'relu' ? null : spiking;
  const clipped = clip && Math.max(Math.abs(clip.low), Math.abs(clip.high));
  if (clipped !== null && !replaced) return clipped;
  return ['sigmoid', 'tanh', 'softmax', 'softsign'].includes(snakeCase(name))
    ? Math.max(1, clipped ?? 0)
    : null;
}

/** Largest absolute h; 1 where an activation has no bound. */
export function lstmRange(layer: LstmLayer, { activations }: ConversionOptions): number {
  const out = bound(resolveActivation(layer.activation, activations)) ?? 1;
  return out * (bound(resolveActivation(layer.recurrentActivation, activations)) ?? 1);
}

/** Largest absolute value that a layer hands on, null where it hands on what it was given. */
export function outputRange(layer: Layer, options: ConversionOptions, ranges: MeasuredRanges): number | null {
  switch (layer.kind) {
    case 'LSTM':
      return lstmRange(layer, options);
    case 'Embedding':
      return vectorLengths(layer.table)?.largest ?? 1;
    case 'Dense':
    case 'Activation':
      return bound(resolveActivation(layer.activation, options.activations)) ?? ranges[layer.name] ?? 1;
    default:
      return null;
  }
}
