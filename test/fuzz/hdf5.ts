/** Mutations of HDF5: its superblock, its blocks by their signatures, and the addresses between them. */
import { interestingInteger, mutateBytes, type Mutate } from './bytes.ts';
import type { Random } from './random.ts';

const signatures = [
  'OHDR',
  'TREE',
  'HEAP',
  'SNOD',
  'GCOL',
  'FRHP',
  'FHDB',
  'BTHD',
  'BTLF',
  'OCHK',
  'FSHD',
  'SMTB',
];

/** Where blocks begin. */
function blocksOf(bytes: Uint8Array): number[] {
  const found: number[] = [];
  for (let at = 0; at + 4 <= bytes.length; at += 8) {
    const name = String.fromCharCode(...bytes.subarray(at, at + 4));
    // Object headers of version 1 have no signature: a version, a zero and a small number of messages.
    const old = bytes[at] === 1 && bytes[at + 1] === 0 && bytes[at + 3] === 0 && bytes[at + 2]! < 40;
    if (signatures.includes(name) || (old && bytes[at + 2]! > 0)) found.push(at);
  }
  return found;
}

/** Numbers of 8 bytes that could be addresses: of a place in the file where a block begins. */
function addressesIn(bytes: Uint8Array, blocks: readonly number[]): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const known = new Set(blocks.map(BigInt));
  const found: number[] = [];
  for (let at = 8; at + 8 <= bytes.length; at += 8) {
    if (known.has(view.getBigUint64(at, true))) found.push(at);
  }
  return found;
}

function put(bytes: Uint8Array, at: number, part: Uint8Array): Uint8Array {
  const copy = bytes.slice();
  copy.set(part.subarray(0, Math.max(0, copy.length - at)), at);
  return copy;
}

const address = (value: number): Uint8Array => new Uint8Array(BigUint64Array.of(BigInt(value)).buffer);

/** Where a block says something: its zeros are mostly room that is left. */
function inBlock(bytes: Uint8Array, block: number, random: Random): Uint8Array {
  const end = Math.min(bytes.length, block + random.pick([16, 32, 96, 300]));
  const said = Array.from({ length: end - block }, (_, i) => block + i).filter((at) => bytes[at] !== 0);
  const at = said.length > 0 && random.chance(0.8) ? random.pick(said) : block + random.int(end - block);
  if (random.chance(0.6)) {
    const near = [bytes[at]! ^ 1, bytes[at]! + 1, bytes[at]! - 1, bytes[at]! * 2];
    return put(bytes, at, Uint8Array.of(random.pick([0, 1, 2, 3, 8, 16, 255, ...near])));
  }
  return put(bytes, at, interestingInteger(random, random.pick([1, 2, 4, 8])));
}

export const mutateHdf5: Mutate = (bytes, random) => {
  if (bytes.length < 96) return mutateBytes(bytes, random);
  const blocks = blocksOf(bytes);
  if (blocks.length === 0) return mutateBytes(bytes, random);
  switch (random.int(6)) {
    case 0:
      return put(bytes, 8 + random.int(88), interestingInteger(random, random.pick([1, 2, 4, 8])));
    case 1:
    case 2: {
      // A block inside of another, or of itself.
      const addresses = addressesIn(bytes, blocks);
      if (addresses.length === 0) return mutateBytes(bytes, random);
      const target = random.chance(0.8) ? random.pick(blocks) : random.int(bytes.length * 2);
      return put(bytes, random.pick(addresses), address(target));
    }
    case 3: {
      const from = random.pick(blocks);
      return put(bytes, random.pick(blocks), bytes.slice(from, from + random.size(512)));
    }
    default:
      return inBlock(bytes, random.pick(blocks), random);
  }
};
