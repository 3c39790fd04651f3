/** Lines of straight segments between knots, flat beyond their ends: the nearest to weighted points. */
import type { ClippedLinear } from '../network/types.ts';

export interface Point {
  readonly x: number;
  /** What the function is there. */
  readonly y: number;
  /** Of all, which add up to 1. */
  readonly weight: number;
}

export interface Line {
  /** Rising. */
  readonly knots: readonly number[];
  /** At the knots. */
  readonly values: readonly number[];
  /** Weighted mean of the squared distances. */
  readonly mse: number;
}

/** What a line may be. */
export interface LineShape {
  /** Of the values at its ends. */
  readonly low: number;
  readonly high: number;
  /** Whether it begins at the origin, all points being to the right of it. */
  readonly fromOrigin: boolean;
  /** Whether neurons can compute it. */
  readonly isAllowed: (knots: readonly number[], values: readonly number[]) => boolean;
}

/** Parts of the points' width. Knots nearer than this would make a threshold of nothing. */
const nearest = 1e-3;
/** First and last step of the search. */
const [widest, finest] = [1 / 8, 1e-5];
/** Weight of the function's own value at each knot: no point may be near. */
const trace = 1e-9;

/**
 * For given knots the nearest values are those of the least squares; the knots are searched for, from several starts.
 * @param f what the points lie on
 * @param points by rising x
 * @param count segments
 */
export function nearestLine(
  f: (x: number) => number,
  points: readonly Point[],
  count: number,
  shape: LineShape,
): Line {
  const from = shape.fromOrigin ? 0 : points[0]!.x;
  const width = Math.max(points.at(-1)!.x - from, 1e-6);
  const through = linesThrough(f, points, shape);
  // The search takes steps of one size, so knots are in parts of the width.
  const lineOf = (parts: readonly number[]): Line =>
    through((shape.fromOrigin ? [0, ...parts] : parts).map((part) => from + part * width));
  const cost = (parts: readonly number[]): number => {
    const before = (k: number) => (k > 0 ? parts[k - 1]! + nearest : shape.fromOrigin ? nearest : 0);
    if (!parts.every((part, k) => part >= before(k) && part <= 1)) return Infinity;
    const { knots, values, mse } = lineOf(parts);
    return shape.isAllowed(knots, values) ? mse : Infinity;
  };
  const densities = [bends(f, points), points.map(({ weight }) => weight), points.map(() => 1)];
  const found = densities.map((density) => {
    const knots = spread(points, density, shape.fromOrigin ? count : count + 1);
    return search(cost, apart(knots.map((x) => (x - from) / width)));
  });
  return lineOf(found.reduce((best, other) => (other.cost < best.cost ? other : best)).at);
}

/** A piece for each segment. The first holds the value before all, a falling one has a slope below 0. */
export function piecesOf({ knots, values }: Line): ClippedLinear[] {
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

/** The density of knots is best at the power 2/5 of the second derivative, and 1/5 of the weight. */
function bends(f: (x: number) => number, points: readonly Point[]): number[] {
  const h = Math.max((points.at(-1)!.x - points[0]!.x) / points.length, 1e-6);
  return points.map(
    ({ x, weight }) =>
      Math.abs(f(x + h) - 2 * f(x) + f(x - h)) ** 0.4 * (weight + 1e-3 / points.length) ** 0.2,
  );
}

/** Knots between which there is as much of the density as between any others. */
function spread(points: readonly Point[], density: readonly number[], count: number): number[] {
  const total = density.reduce((sum, value) => sum + value, 0);
  const knots: number[] = [];
  let seen = 0;
  density.forEach((value, k) => {
    seen += value;
    while (knots.length < count && total > 0 && seen >= (total * (knots.length + 0.5)) / count) {
      knots.push(points[k]!.x);
    }
  });
  while (knots.length < count) knots.push(points.at(-1)!.x);
  return knots;
}

/** Those that fell together (a function with a kink) go apart, by what the search allows. */
function apart(parts: readonly number[]): number[] {
  const moved = [...parts];
  const { length } = moved;
  moved.forEach((part, k) => {
    moved[k] = Math.max(part, (k === 0 ? 0 : moved[k - 1]!) + 2 * nearest);
  });
  for (let k = length - 1; k >= 0; k--) {
    moved[k] = Math.min(moved[k]!, k === length - 1 ? 1 : moved[k + 1]! - 2 * nearest);
  }
  return moved;
}

interface Found {
  readonly at: readonly number[];
  readonly cost: number;
}

/** Hooke and Jeeves' pattern search: one parameter at a time, then as far again; the steps halve where none helps. */
function search(cost: (parameters: readonly number[]) => number, from: readonly number[]): Found {
  const around = (start: Found, step: number): Found => {
    let best = start;
    start.at.forEach((_, k) => {
      for (const change of [step, -step]) {
        const at = best.at.with(k, best.at[k]! + change);
        const tried = cost(at);
        if (tried < best.cost) {
          best = { at, cost: tried };
          break;
        }
      }
    });
    return best;
  };
  let best: Found = { at: from, cost: cost(from) };
  for (let step = widest; step > finest;) {
    const better = around(best, step);
    if (better === best) {
      step /= 2;
      continue;
    }
    const further = better.at.map((value, k) => 2 * value - best.at[k]!);
    const leap = around({ at: further, cost: cost(further) }, step);
    best = leap.cost < better.cost ? leap : better;
  }
  return best;
}

/** The nearest line for any knots. */
function linesThrough(
  f: (x: number) => number,
  points: readonly Point[],
  { low, high, fromOrigin }: LineShape,
): (knots: readonly number[]) => Line {
  const column = (key: keyof Point) => Float64Array.from(points, (point) => point[key]);
  const [x, y, weight] = [column('x'), column('y'), column('weight')];
  const wyy = points.reduce((sum, point) => sum + point.weight * point.y ** 2, 0);
  return (knots) => {
    const last = knots.length - 1;
    const normal = { diagonal: knots.map(() => 0), beside: knots.map(() => 0), right: knots.map(() => 0) };
    const { diagonal, beside, right } = normal;
    for (let n = 0, k = -1; n < x.length; n++) {
      const [w, wy] = [weight[n]!, weight[n]! * y[n]!];
      while (k < last && knots[k + 1]! < x[n]!) k++;
      if (k < 0 || k === last) {
        diagonal[Math.max(k, 0)]! += w;
        right[Math.max(k, 0)]! += wy;
        continue;
      }
      const part = (x[n]! - knots[k]!) / (knots[k + 1]! - knots[k]!);
      diagonal[k]! += w * (1 - part) ** 2;
      diagonal[k + 1]! += w * part ** 2;
      beside[k]! += w * part * (1 - part);
      right[k]! += wy * (1 - part);
      right[k + 1]! += wy * part;
    }
    const values = within(normal, knots.map(f), fromOrigin ? 0 : null, low, high);
    let mse = wyy;
    values.forEach((v, k) => {
      mse += v * (diagonal[k]! * v + 2 * (beside[k]! * (values[k + 1] ?? 0) - right[k]!));
    });
    return { knots, values, mse: Math.max(0, mse) };
  };
}

/** Normal equations of a line: each knot has to do with the next alone. */
interface Normal {
  readonly diagonal: readonly number[];
  /** Of each knot with the next. */
  readonly beside: readonly number[];
  readonly right: readonly number[];
}

/** The nearest values; those at the ends that go beyond a bound are held there, and the others found anew. */
function within(normal: Normal, own: readonly number[], first: number | null, low: number, high: number) {
  const held = own.map((_, k) => (k === 0 ? first : null));
  const free = solve(normal, own, held);
  const last = free.length - 1;
  const bounded = held.map((value, k) => {
    if (value !== null || (k !== 0 && k !== last)) return value;
    return free[k]! < low ? low : free[k]! > high ? high : null;
  });
  return bounded.some((value, k) => value !== held[k]) ? solve(normal, own, bounded) : free;
}

/** @param held values that are known; null elsewhere */
function solve(
  { diagonal, beside, right }: Normal,
  own: readonly number[],
  held: readonly (number | null)[],
) {
  const isFree = (k: number) => held[k] === null;
  const d = diagonal.map((value, k) => (isFree(k) ? value + trace : 1));
  const e = beside.map((value, k) => (isFree(k) && isFree(k + 1) ? value : 0));
  const r = right.map((value, k) => {
    if (!isFree(k)) return held[k]!;
    const known = (beside[k - 1] ?? 0) * (held[k - 1] ?? 0) + beside[k]! * (held[k + 1] ?? 0);
    return value + trace * own[k]! - known;
  });
  for (let k = 1; k < d.length; k++) {
    const factor = e[k - 1]! / d[k - 1]!;
    d[k]! -= factor * e[k - 1]!;
    r[k]! -= factor * r[k - 1]!;
  }
  const values = [...r];
  for (let k = d.length - 1; k >= 0; k--) values[k] = (r[k]! - e[k]! * (values[k + 1] ?? 0)) / d[k]!;
  return values;
}
