/** Mutations that know nothing of the format: bits, lengths, blocks, and numbers that readers trip over. */
import type { Random } from './random.ts';

export type Mutate = (bytes: Uint8Array, random: Random) => Uint8Array;

/** A mutated file is no longer than this, so that blocks repeated do not fill the disk. */
const LARGEST = 2 * 2 ** 20;

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  return joined(parts);
}

/** The same of so many that they are no arguments. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** `bytes` with `between` in place of what lies from `start` to `end`. */
export function spliced(bytes: Uint8Array, start: number, end: number, between: Uint8Array): Uint8Array {
  return concat(bytes.subarray(0, start), between, bytes.subarray(end));
}

/** 0, -1, and the neighbours of the powers of 2 at which types end. */
const interesting: readonly bigint[] = [
  ...[0n, 1n, 2n, -1n, 3n, 16n, 64n, 255n, 1000n],
  ...[7n, 8n, 15n, 16n, 20n, 24n, 31n, 32n, 40n, 48n, 53n, 62n, 63n].flatMap((bits) => [
    2n ** bits - 1n,
    2n ** bits,
    -(2n ** bits),
  ]),
];

/** Of 1, 2, 4 or 8 bytes, in either order. */
export function interestingInteger(random: Random, width: number): Uint8Array {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  const little = random.chance(0.5);
  view.setBigInt64(0, BigInt.asIntN(64, random.pick(interesting)), little);
  return little ? bytes.slice(0, width) : bytes.slice(8 - width);
}

/** Headers stand at a file's start, directories at its end. */
function place({ length }: Uint8Array, random: Random): number {
  const near = Math.min(length, random.size(512));
  const where = random.next();
  if (where < 0.35) return random.int(near);
  return where < 0.55 ? length - 1 - random.int(near) : random.int(length);
}

function written(bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy.set(part.subarray(0, Math.max(0, copy.length - at)), at);
  return copy;
}

/** Adds a little to a number that is there, as lengths that are slightly wrong. */
const nudge: Mutate = (bytes, random) => {
  const width = random.pick([1, 2, 4]);
  const at = Math.min(place(bytes, random), bytes.length - width);
  if (at < 0) return bytes;
  const copy = bytes.slice();
  const view = new DataView(copy.buffer);
  const little = random.chance(0.7);
  const change = random.pick([-8, -4, -2, -1, 1, 2, 4, 8, 256, -256]);
  if (width === 1) view.setUint8(at, view.getUint8(at) + change);
  else if (width === 2) view.setUint16(at, view.getUint16(at, little) + change, little);
  else view.setUint32(at, view.getUint32(at, little) + change, little);
  return copy;
};

const block = (bytes: Uint8Array, random: Random, most = 4096): readonly [start: number, end: number] => {
  const start = place(bytes, random);
  return [start, Math.min(bytes.length, start + random.size(most))];
};

const mutations: readonly Mutate[] = [
  (bytes, random) => {
    const at = place(bytes, random);
    return written(bytes, at, Uint8Array.of(bytes[at]! ^ (1 << random.int(8))));
  },
  (bytes, random) => written(bytes, place(bytes, random), random.bytes(random.size(8))),
  (bytes, random) =>
    written(bytes, place(bytes, random), interestingInteger(random, random.pick([1, 2, 4, 8]))),
  (bytes, random) =>
    written(bytes, place(bytes, random) & ~3, interestingInteger(random, random.pick([4, 8]))),
  nudge,
  nudge,
  (bytes, random) => bytes.slice(0, random.chance(0.5) ? random.int(bytes.length) : place(bytes, random)),
  (bytes, random) => {
    const at = place(bytes, random);
    return spliced(bytes, at, at, random.bytes(random.size(64)));
  },
  (bytes, random) => spliced(bytes, ...block(bytes, random), new Uint8Array(0)),
  (bytes, random) => {
    const [start, end] = block(bytes, random, 512);
    const part = bytes.slice(start, end);
    return spliced(bytes, start, start, joined(Array.from({ length: random.size(64) }, () => part)));
  },
  (bytes, random) => {
    const [start, end] = block(bytes, random);
    return written(bytes, place(bytes, random), bytes.slice(start, end));
  },
  (bytes, random) => {
    const [start, end] = block(bytes, random);
    return written(bytes, start, new Uint8Array(end - start).fill(random.pick([0, 0xff, 0x20, 0x41])));
  },
  (bytes, random) => concat(bytes, random.bytes(random.size(256))),
];

export const mutateBytes: Mutate = (bytes, random) =>
  bytes.length === 0 ? random.bytes(random.size(64)) : random.pick(mutations)(bytes, random);

/** One mutation, or a few on top of each other. */
export function several(mutate: Mutate): Mutate {
  return (bytes, random) => {
    const times = random.chance(0.6) ? 1 : 2 + random.int(4);
    let mutated = bytes;
    for (let i = 0; i < times; i++) {
      const next = mutate(mutated, random);
      if (next.length > LARGEST) break;
      mutated = next;
    }
    return mutated;
  };
}

/** Mutations that know the format alone, which readers follow far, those of bytes alone, or both. */
export function mostly(mutate: Mutate): Mutate {
  const either: Mutate = (bytes, random) => (random.chance(0.5) ? mutate : mutateBytes)(bytes, random);
  const modes = [mutate, mutate, mutate, either, mutateBytes].map(several);
  return (bytes, random) => random.pick(modes)(bytes, random);
}
