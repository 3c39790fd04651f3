/** Pieces that add up to an activation, taken together: each is linear between two clips. */
import type { ClippedLinear } from '../network/types.ts';
import { evaluateClippedLinear } from './activations.ts';

/** Where a piece begins and ends to change, in pre-activations, and its values there. */
function endsOf({ slope, offset, low, high }: ClippedLinear) {
  return [low, high].map((y) => ({ x: (y - offset) / slope, y }));
}

/** Pre-activations where the slope of the sum changes, from the least to the greatest. */
function knotsOf(pieces: readonly ClippedLinear[]): number[] {
  return pieces.flatMap((piece) => endsOf(piece).map(({ x }) => x)).toSorted((a, b) => a - b);
}

/** Least and greatest value of the sum. */
export function boundsOf(pieces: readonly ClippedLinear[]): { readonly low: number; readonly high: number } {
  if (isRising(pieces)) {
    const total = (of: (piece: ClippedLinear) => number) => pieces.reduce((sum, piece) => sum + of(piece), 0);
    return { low: total(({ low }) => low), high: total(({ high }) => high) };
  }
  const values = knotsOf(pieces).map(sumOf(pieces));
  return { low: Math.min(...values), high: Math.max(...values) };
}

/** The pre-activations between which the sum changes. */
export function reachOf(pieces: readonly ClippedLinear[]): { readonly from: number; readonly to: number } {
  const knots = knotsOf(pieces);
  return { from: knots[0]!, to: knots.at(-1)! };
}

function sumOf(pieces: readonly ClippedLinear[]): (x: number) => number {
  const functions = pieces.map(evaluateClippedLinear);
  return (x) => functions.reduce((sum, f) => sum + f(x), 0);
}

function isRising(pieces: readonly ClippedLinear[]): boolean {
  return pieces.every(({ slope }) => slope > 0);
}

/**
 * What one neuron's firing rate stands for: value = base + span * rate. A falling piece is counted backwards: the
 * neuron fires where the function has begun to fall, and the host takes its counts off.
 */
export function decodingOf({ slope, low, high }: ClippedLinear, dual: boolean) {
  if (dual) return { base: 0, span: high };
  return slope > 0 ? { base: low, span: high - low } : { base: high, span: low - high };
}

/** Whether each is computed by a neuron of two thresholds. */
export function areDual(pieces: readonly ClippedLinear[]): boolean {
  return pieces.every(({ low, high }) => low < 0 && low === -high);
}

/**
 * Pieces whose sum lies between other bounds. One piece takes them as they are; of several each is clipped where their
 * sum reaches the bounds, and those that no longer rise are left out.
 */
export function withBounds(pieces: readonly ClippedLinear[], low: number, high: number): ClippedLinear[] {
  const [only, ...others] = pieces;
  if (others.length === 0) return [{ ...only!, low, high }];
  if (!isRising(pieces)) return cutOff(pieces, low, high);
  const to = whereReached(pieces, high);
  const from = areDual(pieces) ? -to : whereReached(pieces, low);
  const clipped = pieces.map(({ slope, offset, ...piece }) => ({
    slope,
    offset,
    low: Math.max(piece.low, Math.min(slope * from + offset, piece.high)),
    high: Math.min(piece.high, Math.max(slope * to + offset, piece.low)),
  }));
  const rising = clipped.filter((piece) => piece.high > piece.low);
  const [first, ...rest] = rising;
  if (!first) return [...pieces];
  const constant = clipped
    .filter((piece) => piece.high <= piece.low)
    .reduce((sum, piece) => sum + piece.low, 0);
  return [
    { ...first, offset: first.offset + constant, low: first.low + constant, high: first.high + constant },
    ...rest,
  ];
}

/** The line of a sum that also falls, flat where it is beyond the bounds. Pieces stand side by side in it. */
function cutOff(pieces: readonly ClippedLinear[], low: number, high: number): ClippedLinear[] {
  const clip = (y: number) => Math.min(Math.max(y, low), high);
  const points = [...new Set(knotsOf(pieces))].map((x) => ({ x, y: sumOf(pieces)(x) }));
  const segments = points.slice(1).flatMap((right, k) => {
    const left = points[k]!;
    const slope = (right.y - left.y) / (right.x - left.x);
    const [from, to] = [clip(left.y), clip(right.y)];
    return from === to || !Number.isFinite(slope) ? [] : [{ slope, at: left, from, to }];
  });
  const [first] = segments;
  if (!first) return [...pieces];
  return segments.map(({ slope, at, from, to }, k) => {
    // The first holds the value before all, others add what they change.
    const base = k === 0 ? from : 0;
    const offset = base - from + at.y - slope * at.x;
    return { slope, offset, low: base + Math.min(0, to - from), high: base + Math.max(0, to - from) };
  });
}

/** The pre-activation at which the sum has that value, by halving; an end of its reach where it never has. */
function whereReached(pieces: readonly ClippedLinear[], value: number): number {
  const sum = sumOf(pieces);
  let { from, to } = reachOf(pieces);
  for (let halving = 0; halving < 60; halving++) {
    const middle = (from + to) / 2;
    if (sum(middle) < value) from = middle;
    else to = middle;
  }
  return to;
}
