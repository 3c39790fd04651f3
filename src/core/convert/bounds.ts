/** How large the values are that layers hand on. */
import { vectorLengths } from '../network/embedding.ts';
import { isRecurrent } from '../network/shapes.ts';
import type { GruLayer, Layer, LstmLayer, MergeOperation, RecurrentLayer } from '../network/types.ts';
import { resolveActivation, snakeCase, type ResolvedActivation } from './activations.ts';
import { largestOf, type ConversionOptions, type MeasuredRanges } from './types.ts';

/** Largest absolute output of an activation in either network, null where it has none. */
export function bound({ name, spiking, replaced }: ResolvedActivation): number | null {
  const clip = spiking === null || spiking === 'relu' ? null : spiking;
  const clipped = clip && Math.max(Math.abs(clip.low), Math.abs(clip.high));
  if (clipped !== null && !replaced) return clipped;
  return ['sigmoid', 'tanh', 'softmax', 'softsign'].includes(snakeCase(name))
    ? Math.max(1, clipped ?? 0)
    : null;
}

/** Largest absolute h; where an activation has no bound what the data say, or 1. */
export function hiddenRangeOf(
  layer: RecurrentLayer,
  options: ConversionOptions,
  ranges: MeasuredRanges,
): number {
  const largest = hiddenBound(layer, options);
  return largest ?? largestOf(ranges[layer.name] ?? 1);
}

/** Largest absolute h whatever the data; null where there is none. */
export function hiddenBound(layer: RecurrentLayer, { activations }: ConversionOptions): number | null {
  const out = bound(resolveActivation(layer.activation, activations));
  // h of a GRU lies between the last h and the candidate, and the first is 0.
  if (layer.kind !== 'LSTM' || out === null) return out;
  const gate = bound(resolveActivation(layer.recurrentActivation, activations));
  return gate === null ? null : out * gate;
}

/** Largest absolute value of a gate that is multiplied. */
export function gateRange(layer: GruLayer | LstmLayer, { activations }: ConversionOptions): number {
  return bound(resolveActivation(layer.recurrentActivation, activations)) ?? 1;
}

/**
 * Largest absolute value that a layer hands on.
 * @param read those of the layers that it reads
 */
export function outputRange(
  layer: Layer,
  options: ConversionOptions,
  ranges: MeasuredRanges,
  read: readonly [number, ...number[]],
): number {
  if (isRecurrent(layer)) return hiddenRangeOf(layer, options, ranges);
  switch (layer.kind) {
    case 'Embedding':
      return vectorLengths(layer.table)?.largest ?? 1;
    case 'Dense':
    case 'Conv1D':
    case 'Conv2D':
    case 'Activation':
      return (
        bound(resolveActivation(layer.activation, options.activations)) ?? largestOf(ranges[layer.name] ?? 1)
      );
    case 'Scale':
      return largestOf(ranges[layer.name] ?? 1);
    case 'Merge':
      return largestOf(ranges[layer.name] ?? mergedRange(layer.operation, read));
    default:
      return read[0];
  }
}

/** Whatever the data. */
function mergedRange(operation: MergeOperation, read: readonly number[]): number {
  switch (operation) {
    case 'add':
    case 'subtract':
      return read.reduce((sum, range) => sum + range, 0);
    case 'multiply':
      return read.reduce((product, range) => product * range, 1);
    default:
      return Math.max(...read);
  }
}
