/** The places of a window that slides over a sequence or an image, and what it covers there. */
import type { Windows } from '../network/types.ts';
import { placesAlong } from '../network/windows.ts';

export interface Places {
  /** [places] or [rows, columns] of them. */
  readonly out: readonly number[];
  readonly count: number;
  /** [count, size of the window] index of the step or pixel under each part of the window; -1 where it is padding. */
  readonly table: Int32Array;
}

/** @param steps of the sequence; what an image has is in the windows */
export function placesOf(windows: Windows, steps: number): Places {
  const lengths = windows.image ?? [steps];
  const along = lengths.map((length, axis) => placesAlong(windows, axis, length));
  const out = along.map(({ count }) => count);
  const count = out.reduce((a, b) => a * b, 1);
  const taps = windows.size.reduce((a, b) => a * b, 1);
  const table = new Int32Array(count * taps);
  for (let place = 0; place < count; place++) {
    for (let tap = 0; tap < taps; tap++) {
      const [where, part] = [split(place, out), split(tap, windows.size)];
      table[place * taps + tap] = lengths.reduce((index, length, axis) => {
        const at =
          where[axis]! * windows.stride[axis]! + part[axis]! * windows.dilation[axis]! - along[axis]!.before;
        return index < 0 || at < 0 || at >= length ? -1 : index * length + at;
      }, 0);
    }
  }
  return { out, count, table };
}

/** Row-major: the last axis is the fastest. */
function split(index: number, lengths: readonly number[]): number[] {
  const parts: number[] = [];
  let rest = index;
  for (const length of lengths.toReversed()) {
    parts.unshift(rest % length);
    rest = Math.floor(rest / length);
  }
  return parts;
}

/** One window over everything. */
export function wholeOf(windows: Windows, steps: number): Places {
  const pixels = (windows.image ?? [steps]).reduce((a, b) => a * b, 1);
  return { out: [1], count: 1, table: Int32Array.from({ length: pixels }, (_, k) => k) };
}

/** Remembers the places of the last length, which most samples share. */
export function rememberPlaces(windows: Windows, make = placesOf): (steps: number) => Places {
  let [last, places] = [-1, null as Places | null];
  return (steps) => {
    const own = windows.image ? 0 : steps;
    if (own !== last || !places) [last, places] = [own, make(windows, steps)];
    return places;
  };
}

/**
 * What the window covers at a place.
 * @param frame [steps or pixels, channels]
 * @param into [size of the window, channels], overwritten; zeros where there is padding
 */
export function coverInto(
  { table }: Places,
  place: number,
  channels: number,
  frame: Float32Array,
  into: Float32Array,
): void {
  const taps = into.length / channels;
  for (let tap = 0; tap < taps; tap++) {
    const pixel = table[place * taps + tap]!;
    const at = tap * channels;
    if (pixel < 0) into.fill(0, at, at + channels);
    else for (let c = 0; c < channels; c++) into[at + c] = frame[pixel * channels + c]!;
  }
}

/** Of a trace: frames that the windows slide over one by one. A sequence is one, each of its images is one. */
export function framesOf(windows: Windows, steps: number): number {
  return windows.image ? steps : 1;
}
