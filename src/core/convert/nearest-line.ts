/** Lines of straight segments between knots, flat beyond their ends: the nearest to weighted points. */

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
/** Gives a knot that no point is near the function's own value. */
const trace = 1e-12;

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

/**
 * The nearest line for any knots. Sums over the points up to each of them make it as quick as it has knots, however
 * many points there are.
 */
function linesThrough(
  f: (x: number) => number,
  points: readonly Point[],
  { low, high, fromOrigin }: LineShape,
): (knots: readonly number[]) => Line {
  const upTo = (of: (point: Point) => number): Float64Array => {
    const sums = new Float64Array(points.length + 1);
    points.forEach((point, k) => (sums[k + 1] = sums[k]! + of(point)));
    return sums;
  };
  const w = upTo(({ weight }) => weight);
  const wx = upTo(({ x, weight }) => weight * x);
  const wxx = upTo(({ x, weight }) => weight * x * x);
  const wy = upTo(({ y, weight }) => weight * y);
  const wxy = upTo(({ x, y, weight }) => weight * x * y);
  const wyy = points.reduce((sum, { y, weight }) => sum + weight * y * y, 0);
  const firstFrom = (x: number): number => {
    let [from, to] = [0, points.length];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (points[middle]!.x < x) from = middle + 1;
      else to = middle;
    }
    return from;
  };
  return (knots) => {
    const last = knots.length - 1;
    const normal = { diagonal: knots.map(() => 0), beside: knots.map(() => 0), right: knots.map(() => 0) };
    const { diagonal, beside, right } = normal;
    const starts = knots.map(firstFrom);
    diagonal[0]! += w[starts[0]!]!;
    right[0]! += wy[starts[0]!]!;
    diagonal[last]! += w.at(-1)! - w[starts[last]!]!;
    right[last]! += wy.at(-1)! - wy[starts[last]!]!;
    for (let k = 0; k < last; k++) {
      const [a, b, left, width] = [starts[k]!, starts[k + 1]!, knots[k]!, knots[k + 1]! - knots[k]!];
      const [all, x, y] = [w[b]! - w[a]!, wx[b]! - wx[a]!, wy[b]! - wy[a]!];
      // Of the part of the way from the left knot to the right one: its sum, that of its square, and of it times y.
      const part = (x - left * all) / width;
      const square = (wxx[b]! - wxx[a]! - 2 * left * x + left * left * all) / width ** 2;
      const timesY = (wxy[b]! - wxy[a]! - left * y) / width;
      diagonal[k]! += all - 2 * part + square;
      diagonal[k + 1]! += square;
      beside[k]! += part - square;
      right[k]! += y - timesY;
      right[k + 1]! += timesY;
    }
    const values = within(normal, knots.map(f), fromOrigin ? 0 : null, low, high);
    const product = values.reduce(
      (sum, v, k) => sum + v * (diagonal[k]! * v + 2 * (beside[k]! * (values[k + 1] ?? 0)) - 2 * right[k]!),
      0,
    );
    return { knots, values, mse: Math.max(0, wyy + product) };
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
