/**
 * A function that need not rise or have bounds (gelu, swish, leaky_relu) as a line of straight segments between
 * knots, over the pre-activations that the sample data reach: each segment is a piece that one neuron computes.
 */
import type { Elementwise } from './activations.ts';
import { pointsOf, type Drives, type Fit } from './fit.ts';
import { nearestLine, piecesOf, type LineShape, type Point } from './nearest-line.ts';

const any: LineShape = { low: -Infinity, high: Infinity, fromOrigin: false, isAllowed: () => true };

/**
 * The nearest line of `count` segments; flat beyond its ends.
 * @param most values of the function beyond plus or minus it are not fitted, but cut off
 */
export function fitSegments(f: Elementwise, drives: Drives, count: number, most = Infinity): Fit {
  const points = within(pointsOf(f, drives), most);
  const line = nearestLine(f, points, count, any);
  return { pieces: piecesOf(line), mse: line.mse };
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
