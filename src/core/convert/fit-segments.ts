/**
 * A function that need not rise or have bounds (gelu, swish, leaky_relu) as a line of straight segments between
 * knots, over the pre-activations that the sample data reach: each segment is a piece that one neuron computes.
 */
import type { ClippedLinear } from '../network/types.ts';
import type { Elementwise } from './activations.ts';
import { pointsOf, search, type Drives, type Fit, type Point } from './fit.ts';

/** Knots nearer than this part of the whole width would make a threshold of nothing. */
const nearest = 1e-3;

/**
 * The nearest line of `count` segments; flat beyond its ends.
 * @param most values of the function beyond plus or minus it are not fitted, but cut off
 */
export function fitSegments(f: Elementwise, drives: Drives, count: number, most = Infinity): Fit {
  const points = within(pointsOf(f, drives), most);
  const [from, to] = [points[0]!.x, points.at(-1)!.x];
  const width = Math.max(to - from, 1e-6);
  // The search takes steps of one size, so knots are in parts of the width.
  const knotsOf = (parts: readonly number[]) => parts.map((part) => from + part * width);
  const cost = (parts: readonly number[]): number => {
    const inOrder = parts.every((part, k) => part >= (k === 0 ? 0 : parts[k - 1]! + nearest) && part <= 1);
    return inOrder ? nearestValues(knotsOf(parts), points).mse : Infinity;
  };
  const parts = search(cost, start(f, points, count));
  const knots = knotsOf(parts);
  const { values, mse } = nearestValues(knots, points);
  return { pieces: segments(knots, values), mse };
}

/** The run of points about the heaviest one whose values are not beyond. */
function within(points: readonly Point[], most: number): readonly Point[] {
  const allowed = (point: Point | undefined) => point !== undefined && Math.abs(point.y) <= most;
  const middle = points.reduce(
    (best, point, k) => (allowed(point) && point.weight > (points[best]?.weight ?? -1) ? k : best),
    -1,
  );
  if (middle < 0) return points;
  let [first, last] = [middle, middle];
  while (allowed(points[first - 1])) first--;
  while (allowed(points[last + 1])) last++;
  return last - first < 2 ? points : points.slice(first, last + 1);
}

/** Knots where the function bends: their density is best at the power 2/5 of its second derivative. */
function start(f: Elementwise, points: readonly Point[], count: number): number[] {
  const [from, width] = [points[0]!.x, points.at(-1)!.x - points[0]!.x];
  const h = width / points.length;
  const bends = points.map(
    ({ x, weight }) =>
      Math.abs(f(x + h) - 2 * f(x) + f(x - h)) ** 0.4 * (weight + 1e-3 / points.length) ** 0.2,
  );
  const total = bends.reduce((sum, bend) => sum + bend, 0);
  const inner: number[] = [];
  let seen = 0;
  bends.forEach((bend, k) => {
    seen += bend;
    while (inner.length < count - 1 && total > 0 && seen >= (total * (inner.length + 1)) / count) {
      inner.push((points[k]!.x - from) / width);
    }
  });
  while (inner.length < count - 1) inner.push((inner.length + 1) / count);
  const knots = [0, ...inner, 1];
  // Those that fell together (a function with a kink) go apart, by what the search allows.
  for (let k = 1; k < knots.length; k++) knots[k] = Math.max(knots[k]!, knots[k - 1]! + 2 * nearest);
  knots[count] = Math.min(knots[count]!, 1);
  for (let k = count - 1; k >= 0; k--)
    knots[k] = Math.max(0, Math.min(knots[k]!, knots[k + 1]! - 2 * nearest));
  return knots;
}

/** The values at the knots of the nearest line, in the least squares, and its mean squared error. */
function nearestValues(knots: readonly number[], points: readonly Point[]) {
  const n = knots.length;
  const matrix = Array.from({ length: n }, (_, k) =>
    Array.from({ length: n + 1 }, (_, l) => (k === l ? 1e-9 : 0)),
  );
  // Without a point near it, a knot would have no value of its own: a trace of the function's there.
  const place = placer(knots);
  for (const { x, y, weight } of points) {
    const { left, part } = place(x);
    const weights: readonly [number, number][] = [
      [left, 1 - part],
      [left + 1, part],
    ];
    for (const [k, a] of weights) {
      for (const [l, b] of weights) matrix[k]![l]! += weight * a * b;
      matrix[k]![n]! += weight * a * y;
    }
  }
  const values = solve(matrix);
  let mse = 0;
  for (const { x, y, weight } of points) {
    const { left, part } = place(x);
    mse += weight * (values[left]! * (1 - part) + values[left + 1]! * part - y) ** 2;
  }
  return { values, mse };
}

/** The segment that a point lies in, and how far along it: 0 to 1. */
function placer(knots: readonly number[]): (x: number) => { readonly left: number; readonly part: number } {
  return (x) => {
    let left = 0;
    while (left < knots.length - 2 && x > knots[left + 1]!) left++;
    const part = (x - knots[left]!) / (knots[left + 1]! - knots[left]!);
    return { left, part: Math.min(Math.max(part, 0), 1) };
  };
}

/** Gaussian elimination with the right side as the last column; the matrix is positive definite. */
function solve(rows: number[][]): number[] {
  const n = rows.length;
  for (let k = 0; k < n; k++) {
    for (let row = k + 1; row < n; row++) {
      const factor = rows[row]![k]! / rows[k]![k]!;
      for (let column = k; column <= n; column++) rows[row]![column]! -= factor * rows[k]![column]!;
    }
  }
  const values = Array<number>(n).fill(0);
  for (let k = n - 1; k >= 0; k--) {
    let rest = rows[k]![n]!;
    for (let column = k + 1; column < n; column++) rest -= rows[k]![column]! * values[column]!;
    values[k] = rest / rows[k]![k]!;
  }
  return values;
}

/** A piece for each segment. The first holds the value before all, a falling one has a slope below 0. */
function segments(knots: readonly number[], values: readonly number[]): ClippedLinear[] {
  const least = 1e-6 * Math.max(...values.map(Math.abs), 1e-6);
  return knots.slice(1).map((right, k): ClippedLinear => {
    const left = knots[k]!;
    const base = k === 0 ? values[0]! : 0;
    // A flat one would have no slope to take a threshold from.
    const rise = values[k + 1]! - values[k]!;
    const height = Math.abs(rise) < least ? (rise < 0 ? -least : least) : rise;
    const slope = height / (right - left);
    return {
      slope,
      offset: base - slope * left,
      low: Math.min(base, base + height),
      high: Math.max(base, base + height),
    };
  });
}
