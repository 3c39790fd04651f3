/**
 * A smooth function as a sum of pieces that are each linear between two clips, so that one neuron computes a piece:
 * the nearest sum in the least squares, over the pre-activations that the sample data really reach.
 */
import type { ClippedLinear } from '../network/types.ts';
import type { Elementwise } from './activations.ts';
import { nearestLine, piecesOf, type Line, type LineShape, type Point } from './nearest-line.ts';

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
  const shape: LineShape = {
    low: f(-1e6),
    high: f(1e6),
    fromOrigin: odd,
    isAllowed: odd ? flattens : rises,
  };
  const line = nearestLine(f, odd ? rightHalf(points) : points, count, shape);
  return { pieces: odd ? nested(line) : piecesOf(line), mse: line.mse };
}

/** All points of an odd function, those on the left turned about the origin. */
function rightHalf(points: readonly Point[]): Point[] {
  return points
    .map(({ x, y, weight }) => ({ x: Math.abs(x), y: x < 0 ? -y : y, weight }))
    .sort((a, b) => a.x - b.x);
}

const least = 1e-9;

function rises(_: readonly number[], values: readonly number[]): boolean {
  return values.every((value, k) => k === 0 || value - values[k - 1]! >= least);
}

/** Whether each segment is less steep than the one before. */
function flattens(knots: readonly number[], values: readonly number[]): boolean {
  const slopes = slopesOf(knots, values);
  return slopes.every((slope, k) => slope - (slopes[k + 1] ?? 0) >= least);
}

function slopesOf(knots: readonly number[], values: readonly number[]): number[] {
  return knots.slice(1).map((x, k) => (values[k + 1]! - values[k]!) / (x - knots[k]!));
}

/** Pieces that are each clipped further out than the one before. @param knots of the right half, from the origin */
function nested({ knots, values }: Line): ClippedLinear[] {
  const slopes = slopesOf(knots, values);
  return slopes.map((steep, k) => {
    const slope = steep - (slopes[k + 1] ?? 0);
    const high = slope * knots[k + 1]!;
    return { slope, offset: 0, low: -high, high };
  });
}
