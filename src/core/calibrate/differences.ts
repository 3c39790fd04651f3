/** By how much, on average, the values of spiking neurons are off: what a bias can put right. */
import type { HybridLayer } from '../convert/types.ts';
import type { LayerRun } from '../simulate/types.ts';
import { boundsOf } from '../convert/pieces.ts';

export interface LayerDifferences {
  /** [values] of all populations, one after the other: trained less spiking values, added up. */
  readonly sums: Float64Array;
  /** [values] how often the trained value lay between the bounds of its neurons, where a bias moves it. */
  readonly between: Float64Array;
  /** Sequence steps of all samples, but for skipped ones. */
  count: number;
}

/** Part of a range next to its ends that counts as the end: smooth functions never reach theirs. */
const edge = 0.01;

/** @returns null where the layer does not spike */
export function emptyDifferences(layer: HybridLayer): LayerDifferences | null {
  if (layer.runsAs !== 'spiking') return null;
  const values = layer.populations.reduce((sum, population) => sum + population.values, 0);
  return { sums: new Float64Array(values), between: new Float64Array(values), count: 0 };
}

/** Adds what the layer did with one sample. */
export function addDifferences(
  into: LayerDifferences,
  layer: HybridLayer,
  trained: LayerRun,
  spiking: LayerRun,
): void {
  if (layer.runsAs !== 'spiking') return;
  const all = into.sums.length;
  const { skipped } = spiking;
  let from = 0;
  for (const { values, pieces } of layer.populations) {
    const { low, high } = boundsOf(pieces);
    const [least, greatest] = [low + edge * (high - low), high - edge * (high - low)];
    for (let row = from; row < trained.neurons.length; row += all) {
      if (skipped?.[Math.floor(row / all)] === 1) continue;
      for (let k = 0; k < values; k++) {
        const exact = trained.neurons[row + k]!;
        into.sums[from + k]! += exact - spiking.neurons[row + k]!;
        if (exact > least && exact < greatest) into.between[from + k]!++;
      }
    }
    from += values;
  }
  into.count += trained.neurons.length / all - (skipped?.reduce((sum, one) => sum + one, 0) ?? 0);
}

/** Adds one chunk's to another's, in place; in the order of the samples. */
export function mergeDifferences(into: LayerDifferences, from: LayerDifferences): void {
  from.sums.forEach((sum, k) => (into.sums[k]! += sum));
  from.between.forEach((count, k) => (into.between[k]! += count));
  into.count += from.count;
}
