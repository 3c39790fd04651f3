/** How large the values are that a GRU computes between its two windows of a sequence step. */
import type { GruLayer } from '../network/types.ts';
import type { Drives } from './fit.ts';

export interface GruRanges {
  /** [units] of u = h Uc + dc, where it resets after: the largest of all, halved as often as the unit's own allows. */
  readonly linear: readonly number[];
  /** [units] of what the reset gate lets through. */
  readonly reset: readonly number[];
}

/**
 * @param drives of u over sample data; what the weights allow is taken where there are none
 * @param hidden largest absolute h
 * @param gate largest absolute r
 * @param timesteps T, which a count has at most
 */
export function gruRanges(
  layer: GruLayer,
  drives: Drives | undefined,
  hidden: number,
  gate: number,
  timesteps: number,
): GruRanges {
  if (!layer.resetAfter) return { linear: [], reset: Array<number>(layer.units).fill(hidden * gate) };
  const nearest = drives?.units?.map((unit) => nearestRange(unit, timesteps)) ?? largestLinear(layer, hidden);
  // A unit that is silent on all the data needs some threshold: that of the others.
  const most = Math.max(...nearest) || 1;
  const own = nearest.map((value) => value || most);
  const linear = own.map((value) => most / 2 ** Math.min(Math.floor(Math.log2(most / value)), mostHalvings));
  return { linear, reset: own.map((value) => value * gate) };
}

/** Of the largest threshold: a core of a chip has few different ones (Loihi 1: 8), and every gate needs some. */
const mostHalvings = 3;

/** Parts of the largest value that are tried as a range. */
const triedRanges = 40;

/**
 * The range of a linear neuron at which the mean squared error is least: values beyond it are cut off, and those
 * within are rounded to a T-th of it, with an error of a twelfth of that squared. The more time-steps, the nearer
 * to the largest value; 0 where there is none.
 */
export function nearestRange({ low, high, counts }: Drives, timesteps: number): number {
  const width = (high - low) / counts.length;
  const seen = Array.from(counts, (count, bin) => ({ count, size: Math.abs(low + (bin + 0.5) * width) }));
  const reached = seen.filter(({ count }) => count > 0);
  const total = reached.reduce((sum, { count }) => sum + count, 0);
  const largest = Math.max(...reached.map(({ size }) => size + width / 2), 0);
  const errorOf = (range: number): number =>
    reached.reduce((sum, { count, size }) => sum + count * Math.max(0, size - range) ** 2, 0) / total +
    (range / timesteps) ** 2 / 12;
  const ranges = Array.from({ length: triedRanges }, (_, part) => (largest * (part + 1)) / triedRanges);
  const errors = ranges.map(errorOf);
  return total === 0 ? 0 : ranges[errors.indexOf(Math.min(...errors))]!;
}

/** [units] sum of |Uc| h and |dc|. */
function largestLinear({ units, recurrentKernel, recurrentBias }: GruLayer, hidden: number): number[] {
  return Array.from({ length: units }, (_, k) => {
    const column = 2 * units + k;
    let sum = Math.abs(recurrentBias.values[column]!);
    for (let row = 0; row < units; row++) {
      sum += Math.abs(recurrentKernel.values[row * 3 * units + column]!) * hidden;
    }
    return sum;
  });
}
