/** Files read from their start on, as far as somebody wants, in pieces; packed by gzip or not. */
import { Gunzip } from 'fflate';
import { crc32 } from '../crc32.ts';
import type { ByteSource } from '../files.ts';
import type { MakeFault } from './sample-array.ts';

export type Pieces = AsyncGenerator<Uint8Array, void>;

/** In bytes. */
const PIECE = 2 ** 20;
/** Deflate packs up to 1032 to 1, and a piece is unpacked as a whole: these become 17 MiB at most. */
const PACKED_PIECE = 2 ** 14;

/** Names in a header may be of any length, and are held until they end: no honest one takes so many pieces. */
const MOST_SILENT = 8;
/** MNIST packs to a fifth, rows of one-hot labels to a sixtieth. Deflate itself would allow 1032. */
const DENSEST = 200;
/** Whatever the size of the file. In bytes. */
const ALWAYS = 32 * 2 ** 20;

/** The most that a gzip file of this size is unpacked to; a file of nothing but zeros would fill the memory. */
export function unpackedLimit(size: number): number {
  return ALWAYS + DENSEST * size;
}

/** What to do with a file that is beyond it. */
export const unpackFirst = 'unpack it with gunzip first';

export async function* piecesOf(source: ByteSource, piece = PIECE): Pieces {
  for (let at = 0; at < source.size; at += piece) {
    yield await source.read(at, Math.min(piece, source.size - at));
  }
}

export function isGzip(start: Uint8Array): boolean {
  return start[0] === 0x1f && start[1] === 0x8b && start[2] === 8;
}

/**
 * Unpacks as far as pieces are taken.
 * @throws what `fault` makes, where it is damaged or cut off.
 */
export async function* gunzipped(source: ByteSource, fault: MakeFault): Pieces {
  const ready: Uint8Array[] = [];
  const state = { members: 1, sum: 0, size: 0 };
  const stream = new Gunzip((bytes) => {
    if (bytes.length > 0) ready.push(bytes);
  });
  stream.onmember = () => {
    state.members++;
  };
  let left = source.size;
  let silent = 0;
  for await (const packed of piecesOf(source, PACKED_PIECE)) {
    left -= packed.length;
    push(stream, packed, left === 0, fault);
    silent = ready.length > 0 ? 0 : silent + 1;
    if (silent > MOST_SILENT) throw fault(damaged);
    for (const bytes of ready.splice(0)) {
      state.sum = crc32(bytes, state.sum);
      state.size += bytes.length;
      if (state.size > unpackedLimit(source.size)) {
        throw fault(`unpacks to more than ${DENSEST} times its size; ${unpackFirst}`);
      }
      for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
    }
  }
  if (state.members === 1) await checkEnd(source, state, fault);
}

const damaged = 'is a damaged gzip file: it does not unpack, so it was probably cut off';

function push(stream: Gunzip, packed: Uint8Array, final: boolean, fault: MakeFault): void {
  try {
    stream.push(packed, final);
  } catch {
    throw fault(damaged);
  }
}

/** A gzip file ends with the sum and the size of what it holds. */
async function checkEnd(
  source: ByteSource,
  { sum, size }: { readonly sum: number; readonly size: number },
  fault: MakeFault,
): Promise<void> {
  if (source.size < 18) throw fault(damaged);
  const end = await source.read(source.size - 8, 8);
  const view = new DataView(end.buffer, end.byteOffset, end.byteLength);
  if (view.getUint32(0, true) === sum && view.getUint32(4, true) === size % 2 ** 32) return;
  throw fault('is a damaged gzip file: what it unpacks to does not have the checksum at its end');
}

/** The first bytes, as many as there are up to `length`. */
export async function startOf(pieces: Pieces, length: number): Promise<Uint8Array> {
  const start = new Uint8Array(length);
  let filled = 0;
  for await (const piece of pieces) {
    const part = piece.subarray(0, length - filled);
    start.set(part, filled);
    filled += part.length;
    if (filled === length) break;
  }
  return start.subarray(0, filled);
}
