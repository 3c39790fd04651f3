/** IDX, the format of the MNIST files: a type, the sizes of the axes, then the values, big-endian. */
import { allocate, decode, itemSizes, narrow, type ValueType } from './array-values.ts';
import { formatBytes, type ByteSource } from '../files.ts';
import { gunzipped, piecesOf, unpackedLimit, unpackFirst, type Pieces } from './pieces.ts';
import {
  dataFault,
  refuseHuge,
  type DataOptions,
  type MakeFault,
  type SampleArray,
  type SampleValues,
} from './sample-array.ts';
import { countOf } from '../weights/stored-tensor.ts';

/** By their number in the file. */
const types = new Map<number, ValueType>([
  [0x08, 'u1'],
  [0x09, 'i1'],
  [0x0b, 'i2'],
  [0x0c, 'i4'],
  [0x0d, 'f4'],
  [0x0e, 'f8'],
]);

/** The published files have up to 4; more would be something else that starts with two zeros. */
const MOST_AXES = 8;
/** Deflate cannot pack more densely than about 1032 to 1. */
const DENSEST = 1100;

export function isIdx(start: Uint8Array): boolean {
  const [a, b, type, axes] = start;
  return a === 0 && b === 0 && types.has(type!) && axes! >= 1 && axes! <= MOST_AXES;
}

/**
 * @param packed by gzip
 * @throws InputFault `data-unreadable` where it is shorter or longer than its sizes say, or holds
 *   more than 2 GiB to read.
 */
export async function readIdx(
  source: ByteSource,
  { role, limit }: DataOptions,
  packed: boolean,
): Promise<SampleArray> {
  const fault = dataFault(source, role);
  const reader = new Reader(packed ? gunzipped(source, fault) : piecesOf(source));
  try {
    const { type, shape, dataOffset } = await readHeader(reader, fault);
    const whole = dataOffset + countOf(shape) * itemSizes[type];
    checkSize(source, shape, whole, packed, fault);
    const [all = 0, ...rest] = shape;
    const samples = Math.min(all, limit ?? Infinity);
    const count = samples * countOf(rest);
    refuseHuge(count * itemSizes[type], role, fault);
    const bytes = await reader.take(count * itemSizes[type]);
    if (!bytes) throw fault(wrongSize('too short', shape, whole, reader.taken));
    if (samples === all && (await reader.take(1))) {
      throw fault(`is too long: ${formatBytes(whole)} expected for the shape [${shape.join(', ')}]`);
    }
    return { shape: [samples, ...rest], values: valuesOf(type, bytes, count, fault) };
  } finally {
    await reader.end();
  }
}

async function readHeader(
  reader: Reader,
  fault: MakeFault,
): Promise<{ type: ValueType; shape: number[]; dataOffset: number }> {
  const magic = await reader.take(4);
  const axes = magic?.[3] ?? 0;
  const sizes = magic && isIdx(magic) ? await reader.take(4 * axes) : null;
  if (!magic || !sizes) throw fault('is too short: it ends within the sizes of its axes');
  const view = new DataView(sizes.buffer, sizes.byteOffset, sizes.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 * axis));
  return { type: types.get(magic[2]!)!, shape, dataOffset: 4 + 4 * axes };
}

function checkSize(
  source: ByteSource,
  shape: readonly number[],
  whole: number,
  packed: boolean,
  fault: MakeFault,
): void {
  if (!Number.isSafeInteger(whole)) throw fault(`has the impossible shape [${shape.join(', ')}]`);
  if (packed && whole > source.size * DENSEST) {
    const words = `${formatBytes(source.size)} of gzip cannot hold the ${formatBytes(whole)} of the shape`;
    throw fault(`is too short: ${words} [${shape.join(', ')}]`);
  }
  if (packed && whole > unpackedLimit(source.size)) {
    throw fault(`unpacks to ${formatBytes(whole)}, far more than data usually do; ${unpackFirst}`);
  }
  if (packed || source.size === whole) return;
  throw fault(wrongSize(source.size < whole ? 'too short' : 'too long', shape, whole, source.size));
}

function wrongSize(which: string, shape: readonly number[], whole: number, found: number): string {
  const words = `${formatBytes(whole)} expected for the shape [${shape.join(', ')}]`;
  return `is ${which}: ${words}, ${formatBytes(found)} found`;
}

function valuesOf(type: ValueType, bytes: Uint8Array, count: number, fault: MakeFault): SampleValues {
  if (type === 'u1') return bytes;
  const values = allocate(type, count);
  decode(bytes, { type, littleEndian: false }, values, (i) => i, fault);
  return narrow(type, values);
}

/** So many bytes after the other out of pieces of any size. */
class Reader {
  private piece: Uint8Array = new Uint8Array(0);
  taken = 0;

  constructor(private readonly pieces: Pieces) {}

  /** Null where the file ends before; what was there is then lost. */
  async take(length: number): Promise<Uint8Array | null> {
    const bytes = new Uint8Array(length);
    let filled = 0;
    while (filled < length) {
      if (this.piece.length === 0 && !(await this.next())) return null;
      const part = this.piece.subarray(0, length - filled);
      bytes.set(part, filled);
      this.piece = this.piece.subarray(part.length);
      filled += part.length;
      this.taken += part.length;
    }
    return bytes;
  }

  private async next(): Promise<boolean> {
    const next = await this.pieces.next();
    if (next.done === true) return false;
    this.piece = next.value;
    return true;
  }

  async end(): Promise<void> {
    await this.pieces.return();
  }
}
