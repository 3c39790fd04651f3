/**
 * Functions that exporters write as several operations: multiplications, additions, clips. In a row
 * they are one slope between two clips again, y = clip(slope * x + offset, low, high).
 */
import type { ClippedLinear } from '../../network/types.ts';

/** A {@link ClippedLinear} whose clips may be infinite: then there is none. */
export type Clip = ClippedLinear;

const straight: Clip = { slope: 1, offset: 0, low: -Infinity, high: Infinity };

export function affine(slope: number, offset: number): Clip {
  return { ...straight, slope, offset };
}

export function between(low: number, high: number): Clip {
  return { ...straight, low, high };
}

export function isIdentity({ slope, offset, low, high }: Clip): boolean {
  return slope === 1 && offset === 0 && low === -Infinity && high === Infinity;
}

/** `next` after `first`. @returns null where the slope is not above 0 or nothing is between the clips. */
export function fold(first: Clip, next: Clip): Clip | null {
  // In float32, as the graph computes: 6 times the float of 1/6 is 1.
  const linear = (x: number) => Math.fround(Math.fround(next.slope * x) + next.offset);
  const clip = (x: number) => Math.min(Math.max(linear(x), next.low), next.high);
  const folded = {
    slope: Math.fround(next.slope * first.slope),
    offset: linear(first.offset),
    low: clip(first.low),
    high: clip(first.high),
  };
  return isUsable(folded) ? folded : null;
}

export function isUsable({ slope, offset, low, high }: Clip): boolean {
  return slope > 0 && Number.isFinite(slope) && Number.isFinite(offset) && low < high;
}

/** Of functions that every framework names alike. */
const common: readonly (readonly [string, Clip])[] = [
  ['relu', between(0, Infinity)],
  ['relu6', between(0, 6)],
  ['hard_sigmoid', { slope: Math.fround(0.2), offset: 0.5, low: 0, high: 1 }],
];

/**
 * A name, and its meaning where the name is not a common one: "clip(0.25x + 0.5, 0, 1)".
 * @returns null where it has fewer than two clips and is no relu.
 */
export function clippedName(clip: Clip): { readonly name: string; readonly meaning?: ClippedLinear } | null {
  for (const [name, { slope, offset, low, high }] of common) {
    const same = slope === clip.slope && offset === clip.offset && low === clip.low && high === clip.high;
    if (same) return { name };
  }
  if (!Number.isFinite(clip.low) || !Number.isFinite(clip.high)) return null;
  const [slope, offset, low, high] = [clip.slope, clip.offset, clip.low, clip.high].map(shortest) as [
    ...[number, number, number, number],
  ];
  const linear = `${slope === 1 ? '' : slope}x${offset === 0 ? '' : ` ${offset < 0 ? '-' : '+'} ${Math.abs(offset)}`}`;
  return { name: `clip(${linear}, ${low}, ${high})`, meaning: { slope, offset, low, high } };
}

/** The shortest decimal that is this float32: 0.1 rather than 0.10000000149011612. */
function shortest(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return short;
  }
  return value;
}
