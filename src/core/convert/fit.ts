/**
 * A smooth function as a sum of pieces that are each linear between two clips, so that one neuron computes a piece:
 * the nearest sum in the least squares, over the pre-activations that the sample data really reach.
 */
import type { ClippedLinear } from '../network/types.ts';
import type { Elementwise } from './activations.ts';

/** How often a pre-activation lies where: counts of equal bins from `low` to `high`; beyond counts at the ends. */
export interface Drives {
  readonly low: number;
  readonly high: number;
  readonly counts: Float64Array;
  /** [units] of a gate that is linear: those of each unit alone, see {@link countGrowing}. */
  readonly units?: Drives[];
}

export interface Fit {
  readonly pieces: readonly ClippedLinear[];
  /** Mean squared error of the sum, over the pre-activations. */
  readonly mse: number;
}

/** What is assumed where no data say it: a normal distribution of this width. */
const usualWidth = 2;
const bins = 256;
/** Saturating functions are flat beyond. */
const reach = 12;
/** Part of the weight that lies evenly on all bins, so that what no sample reaches is fitted too. */
const evenly = 0.02;

export function emptyDrives(): Drives {
  return { low: -reach, high: reach, counts: new Float64Array(bins) };
}

/** As if drawn from a normal distribution about 0. */
export function usualDrives(): Drives {
  const drives = emptyDrives();
  drives.counts.forEach((_, bin) => {
    drives.counts[bin] = Math.exp(-((middleOf(drives, bin) / usualWidth) ** 2) / 2);
  });
  return drives;
}

/** For values of any size: {@link countGrowing} doubles its bins as it needs to. */
export function narrowDrives(): Drives {
  return { low: -1 / 64, high: 1 / 64, counts: new Float64Array(bins) };
}

/** Adds values; what lies beyond makes all bins twice as wide. @returns the drives with them */
export function countGrowing(drives: Drives, values: Float32Array): Drives {
  let largest = 0;
  for (const value of values) largest = Math.max(largest, Math.abs(value));
  let grown = drives;
  // Above the largest, so that the ends hold what lies in them alone.
  while (grown.high <= largest && Number.isFinite(largest)) grown = doubled(grown);
  countDrives(grown, values);
  return grown;
}

function doubled({ low, high, counts }: Drives): Drives {
  const wider = new Float64Array(counts.length);
  const quarter = counts.length / 4;
  counts.forEach((count, bin) => (wider[quarter + Math.floor(bin / 2)]! += count));
  return { low: 2 * low, high: 2 * high, counts: wider };
}

/** Without the bins at either end that nothing lies in; as given where nothing lies anywhere. */
export function reached(drives: Drives): Drives {
  const { low, high, counts } = drives;
  const first = counts.findIndex((count) => count > 0);
  const last = counts.findLastIndex((count) => count > 0);
  if (first < 0 || last - first < 2) return drives;
  const width = (high - low) / counts.length;
  return { low: low + first * width, high: low + (last + 1) * width, counts: counts.slice(first, last + 1) };
}

/** Adds values, in place. */
export function countDrives({ low, high, counts }: Drives, values: Float32Array): void {
  const scale = counts.length / (high - low);
  for (const value of values) {
    const bin = Math.floor((value - low) * scale);
    counts[bin < 0 ? 0 : bin >= counts.length ? counts.length - 1 : bin]!++;
  }
}

function middleOf({ low, high, counts }: Drives, bin: number): number {
  return low + ((bin + 0.5) * (high - low)) / counts.length;
}

export interface Point {
  readonly x: number;
  /** What the function is there. */
  readonly y: number;
  /** Of all, which add up to 1. */
  readonly weight: number;
}

export function pointsOf(f: Elementwise, drives: Drives): Point[] {
  const total = drives.counts.reduce((sum, count) => sum + count, 0);
  const { length } = drives.counts;
  return Array.from(drives.counts, (count, bin) => {
    const x = middleOf(drives, bin);
    const seen = total > 0 ? count / total : 1 / length;
    return { x, y: f(x), weight: (1 - evenly) * seen + evenly / length };
  });
}

/**
 * The nearest sum of `count` pieces.
 * @param f bounded and rising. Odd functions (tanh, softsign) get pieces with low = -high, for neurons of two
 *   thresholds, one inside the other; others get pieces that begin where the one before ends.
 */
export function fitPieces(f: Elementwise, drives: Drives, count: number): Fit {
  const points = pointsOf(f, drives);
  const odd = [0.5, 1, 3].every((x) => Math.abs(f(x) + f(-x)) < 1e-9);
  const shape = odd ? nested : joined;
  const bounds = { low: f(-1e6), high: f(1e6) };
  const cost = (parameters: readonly number[]): number => {
    const pieces = shape(parameters, bounds);
    return pieces ? meanSquaredError(pieces, points) : Infinity;
  };
  const best = search(cost, start(f, points, count, odd));
  const pieces = shape(best, bounds)!;
  return { pieces, mse: meanSquaredError(pieces, points) };
}

/** Knots at equal steps of the function, and the function's values there. */
function start(f: Elementwise, points: readonly Point[], count: number, odd: boolean): number[] {
  const knots = Array.from({ length: odd ? count : count + 1 }, (_, k) => {
    const part = odd ? (k + 1) / (count + 0.3) : (k + 0.15) / (count + 0.3);
    const [least, most] = [odd ? 0 : points[0]!.y, points.at(-1)!.y];
    const wanted = least + part * (most - least);
    return points.reduce((nearest, point) =>
      Math.abs(point.y - wanted) < Math.abs(nearest.y - wanted) ? point : nearest,
    ).x;
  });
  const spread = knots.map((x, k) => x + 1e-3 * k);
  return [...spread, ...spread.map(f)];
}

type Shape = (
  parameters: readonly number[],
  bounds: { readonly low: number; readonly high: number },
) => ClippedLinear[] | null;

/** Knots and values at them to pieces that follow one another; null where they do not rise. */
const joined: Shape = (parameters, { low, high }) => {
  const knots = parameters.length / 2;
  const [x, y] = [parameters.slice(0, knots), parameters.slice(knots)];
  const pieces: ClippedLinear[] = [];
  for (let k = 1; k < knots; k++) {
    const [width, height] = [x[k]! - x[k - 1]!, y[k]! - y[k - 1]!];
    if (width < 1e-6 || height < 1e-9) return null;
    const slope = height / width;
    const base = k === 1 ? y[0]! : 0;
    pieces.push({ slope, offset: base - slope * x[k - 1]!, low: base, high: base + height });
  }
  return y[0]! < low || y.at(-1)! > high ? null : pieces;
};

/** The same of an odd function, from knots on its right half: every piece is clipped further out than the one before. */
const nested: Shape = (parameters, { high }) => {
  const knots = parameters.length / 2;
  const [x, y] = [
    [0, ...parameters.slice(0, knots)],
    [0, ...parameters.slice(knots)],
  ];
  const slopes = Array.from({ length: knots }, (_, k) => (y[k + 1]! - y[k]!) / (x[k + 1]! - x[k]!));
  const pieces: ClippedLinear[] = [];
  for (let k = 0; k < knots; k++) {
    const slope = slopes[k]! - (slopes[k + 1] ?? 0);
    if (x[k + 1]! - x[k]! < 1e-6 || slope < 1e-9) return null;
    pieces.push({ slope, offset: 0, low: -slope * x[k + 1]!, high: slope * x[k + 1]! });
  }
  return y.at(-1)! > high ? null : pieces;
};

function meanSquaredError(pieces: readonly ClippedLinear[], points: readonly Point[]): number {
  let sum = 0;
  for (const { x, y, weight } of points) {
    let value = 0;
    for (const { slope, offset, low, high } of pieces) {
      value += Math.min(Math.max(slope * x + offset, low), high);
    }
    sum += weight * (value - y) ** 2;
  }
  return sum;
}

/** Hooke and Jeeves' pattern search: one parameter at a time, by steps that halve where none helps. */
export function search(cost: (parameters: readonly number[]) => number, from: readonly number[]): number[] {
  let best = [...from];
  let least = cost(best);
  for (let step = 0.25; step > 1e-4;) {
    let improved = false;
    for (let k = 0; k < best.length; k++) {
      for (const change of [step, -step]) {
        const tried = best.with(k, best[k]! + change);
        const value = cost(tried);
        if (value < least) {
          [best, least, improved] = [tried, value, true];
          break;
        }
      }
    }
    if (!improved) step /= 2;
  }
  return best;
}
