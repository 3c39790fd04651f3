/**
 * Zip archives by range: the directory first, then only the entries asked for. Every size is
 * compared with the file's, and inflating stops at the size that the directory says.
 */
import { inflateSync, strFromU8 } from 'fflate';
import type { InputFault } from '../findings/types.ts';
import { crc32 } from './crc32.ts';
import { formatBytes, type ByteSource } from './files.ts';
import { inflatingSource } from './inflating.ts';

export interface ZipEntry {
  readonly name: string;
  /** In bytes, unpacked. */
  readonly size: number;
  readonly compressedSize: number;
  /** Not compressed, so that its ranges can be read. */
  readonly stored: boolean;
}

export interface ZipArchive {
  readonly entries: readonly ZipEntry[];
  /**
   * A whole entry, unpacked.
   * @throws what `fault` makes, where there is no such entry, it is damaged, or larger than `mostBytes`.
   */
  read(name: string, mostBytes: number): Promise<Uint8Array>;
  /**
   * The bytes of a stored entry; null for a compressed one.
   * @throws what `fault` makes, where there is no such entry.
   */
  source(name: string): Promise<ByteSource | null>;
  /**
   * The bytes of an entry, compressed or not, which are unpacked from its start on as far as somebody reads.
   * @throws what `fault` makes, where there is no such entry; so do its reads, where it is damaged, or beyond
   *   `mostBytes` of a compressed one.
   */
  unpacking(name: string, mostBytes: number): Promise<ByteSource>;
}

type MakeFault = (words: string) => InputFault;

interface Placed extends ZipEntry {
  readonly method: number;
  readonly encrypted: boolean;
  readonly crc: number;
  /** Of the local header, in bytes from the start of the file. */
  readonly headerOffset: number;
}

/** More than any model has: Keras writes three, PyTorch one a tensor. */
const MOST_ENTRIES = 10_000;
/** Of the directory, with names and extra fields. */
const DIRECTORY_LIMIT = 16 * 2 ** 20;
/** Deflate cannot pack more densely than about 1032 to 1. */
const DENSEST = 1100;

const localSignature = 0x04034b50;
const directorySignature = 0x02014b50;
const endSignature = 0x06054b50;
const endSize = 22;
const longestComment = 0xffff;

/** Whether a file's first bytes are those of a zip archive that holds something. */
export function isZip(start: Uint8Array): boolean {
  return start.length >= 4 && view(start).getUint32(0, true) === localSignature;
}

/** @throws what `fault` makes, where the directory is missing, damaged or beyond the limits. */
export async function openZip(source: ByteSource, fault: MakeFault): Promise<ZipArchive> {
  const end = await findEnd(source, fault);
  const directory = await source.read(end.directoryOffset, end.directorySize);
  const entries = readDirectory(directory, end, fault);
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const find = (name: string): Placed => {
    const entry = byName.get(name);
    if (!entry) throw fault(`is a zip archive without '${name}'`);
    if (entry.encrypted) throw fault(`is a zip archive whose '${name}' is encrypted`);
    return entry;
  };
  return {
    entries,
    read: async (name, mostBytes) => unpack(source, find(name), mostBytes, fault),
    source: async (name) => {
      const entry = find(name);
      if (!entry.stored) return null;
      const start = await dataOffset(source, entry, fault);
      return part(source, entry, start, fault);
    },
    unpacking: async (name, mostBytes) => {
      const entry = find(name);
      checkPacking(entry, fault);
      const start = await dataOffset(source, entry, fault);
      if (entry.stored) return part(source, entry, start, fault);
      const packed = part(source, { ...entry, size: entry.compressedSize }, start, fault);
      const faults = {
        damaged: damaged(entry, fault),
        tooMuch: (length: number) => fault(tooLarge(entry, length, mostBytes)),
      };
      return inflatingSource(packed, entry, mostBytes, faults);
    },
  };
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

interface End {
  readonly count: number;
  readonly directoryOffset: number;
  readonly directorySize: number;
}

const truncated = 'is a damaged zip archive: it has no end of its directory, so it was probably cut off';

async function findEnd(source: ByteSource, fault: MakeFault): Promise<End> {
  const length = Math.min(source.size, endSize + longestComment);
  const start = source.size - length;
  const tail = await source.read(start, length);
  const bytes = view(tail);
  let at = length - endSize;
  while (at >= 0 && !isEnd(bytes, at)) at--;
  if (at < 0) throw fault(truncated);
  const end: End = {
    count: bytes.getUint16(at + 10, true),
    directorySize: bytes.getUint32(at + 12, true),
    directoryOffset: bytes.getUint32(at + 16, true),
  };
  const large =
    end.count === 0xffff || end.directorySize === 0xffffffff || end.directoryOffset === 0xffffffff;
  const checked = large ? ((await readLargeEnd(source, start + at, fault)) ?? end) : end;
  checkEnd(checked, start + at, fault);
  return checked;
}

/** The comment after it must end with the file, or the signature is only bytes of something else. */
function isEnd(bytes: DataView, at: number): boolean {
  return (
    bytes.getUint32(at, true) === endSignature &&
    bytes.getUint16(at + 20, true) === bytes.byteLength - at - endSize
  );
}

/** Zip64: archives beyond 4 GiB or 65,535 entries keep the true numbers in a record of their own. */
async function readLargeEnd(source: ByteSource, endAt: number, fault: MakeFault): Promise<End | null> {
  if (endAt < 20) return null;
  const locator = view(await source.read(endAt - 20, 20));
  if (locator.getUint32(0, true) !== 0x07064b50) return null;
  const at = wide(locator, 8, fault);
  if (at + 56 > endAt) throw fault('is a damaged zip archive: the record of its size lies beyond its end');
  const record = view(await source.read(at, 56));
  if (record.getUint32(0, true) !== 0x06064b50) {
    throw fault('is a damaged zip archive: it has no record of its size where one should be');
  }
  return {
    count: wide(record, 32, fault),
    directorySize: wide(record, 40, fault),
    directoryOffset: wide(record, 48, fault),
  };
}

function wide(bytes: DataView, at: number, fault: MakeFault): number {
  const value = Number(bytes.getBigUint64(at, true));
  if (!Number.isSafeInteger(value))
    throw fault('is a damaged zip archive: it names a size beyond every file');
  return value;
}

function checkEnd({ count, directoryOffset, directorySize }: End, endAt: number, fault: MakeFault): void {
  if (count > MOST_ENTRIES) {
    throw fault(`is a zip archive of ${count} entries; at most ${MOST_ENTRIES} are read`);
  }
  if (directoryOffset + directorySize > endAt) {
    throw fault('is a damaged zip archive: its directory lies beyond its end');
  }
  if (directorySize > DIRECTORY_LIMIT) {
    throw fault(
      `is a zip archive with a directory of ${formatBytes(directorySize)}; at most ${formatBytes(DIRECTORY_LIMIT)} are read`,
    );
  }
}

function readDirectory(bytes: Uint8Array, end: End, fault: MakeFault): Placed[] {
  const directory = view(bytes);
  const names = new Set<string>();
  const entries: Placed[] = [];
  let at = 0;
  for (let i = 0; i < end.count; i++) {
    if (at + 46 > bytes.length || directory.getUint32(at, true) !== directorySignature) {
      throw fault(`is a damaged zip archive: entry ${i + 1} of ${end.count} is missing in its directory`);
    }
    const nameLength = directory.getUint16(at + 28, true);
    const extraLength = directory.getUint16(at + 30, true);
    const next = at + 46 + nameLength + extraLength + directory.getUint16(at + 32, true);
    if (next > bytes.length) throw fault('is a damaged zip archive: its directory ends within an entry');
    const flags = directory.getUint16(at + 8, true);
    const name = strFromU8(bytes.subarray(at + 46, at + 46 + nameLength), (flags & 0x800) === 0);
    if (names.has(name)) throw fault(`is a zip archive with two entries named '${name}'`);
    names.add(name);
    const extra = bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    const entry = { ...sizes(directory, at, extra, fault), name, flags };
    entries.push(
      checkEntry(entry, directory.getUint16(at + 10, true), directory.getUint32(at + 16, true), end, fault),
    );
    at = next;
  }
  return entries;
}

interface Sizes {
  readonly size: number;
  readonly compressedSize: number;
  readonly headerOffset: number;
}

/** Sizes that do not fit 32 bits lie in an extra field, those and only those, in this order. */
function sizes(directory: DataView, at: number, extra: Uint8Array, fault: MakeFault): Sizes {
  const written = [24, 20, 42].map((offset) => directory.getUint32(at + offset, true));
  if (written.includes(0xffffffff)) {
    const fields = view(extra);
    let from = 0;
    while (from + 4 <= extra.length && fields.getUint16(from, true) !== 1) {
      from += 4 + fields.getUint16(from + 2, true);
    }
    from += 4;
    for (const [i, value] of written.entries()) {
      if (value !== 0xffffffff) continue;
      if (from + 8 > extra.length) throw fault('is a damaged zip archive: the size of an entry is missing');
      written[i] = wide(fields, from, fault);
      from += 8;
    }
  }
  const [size, compressedSize, headerOffset] = written as [number, number, number];
  return { size, compressedSize, headerOffset };
}

function checkEntry(
  entry: Sizes & { readonly name: string; readonly flags: number },
  method: number,
  crc: number,
  end: End,
  fault: MakeFault,
): Placed {
  const { name, size, compressedSize, headerOffset } = entry;
  if (headerOffset + 30 + compressedSize > end.directoryOffset) {
    throw fault(`is a damaged zip archive: '${name}' lies beyond its end`);
  }
  const stored = method === 0;
  if (stored && size !== compressedSize) {
    throw fault(`is a damaged zip archive: '${name}' is stored as it is, but in two sizes`);
  }
  const encrypted = (entry.flags & 1) !== 0;
  return { name, size, compressedSize, headerOffset, stored, method, encrypted, crc };
}

/** The local header repeats the name, with extra fields of its own length. */
async function dataOffset(source: ByteSource, entry: Placed, fault: MakeFault): Promise<number> {
  const { name, headerOffset, compressedSize } = entry;
  const header = view(await source.read(headerOffset, 30));
  if (header.getUint32(0, true) !== localSignature) {
    throw fault(`is a damaged zip archive: '${name}' is not where its directory says`);
  }
  const start = headerOffset + 30 + header.getUint16(26, true) + header.getUint16(28, true);
  if (start + compressedSize > source.size) {
    throw fault(`is a damaged zip archive: '${name}' lies beyond its end`);
  }
  return start;
}

function part(source: ByteSource, { name, size }: ZipEntry, start: number, fault: MakeFault): ByteSource {
  const at = (offset: number, length: number): number => {
    if (offset + length <= size) return start + offset;
    throw fault(
      `is too short: '${name}' ends at byte ${size}, before byte ${offset + length} that is to be read`,
    );
  };
  return {
    path: source.path,
    size,
    read: async (offset, length) => source.read(at(offset, length), length),
    ...(source.readSync && {
      readSync: (offset: number, length: number) => source.readSync!(at(offset, length), length),
    }),
  };
}

async function unpack(
  source: ByteSource,
  entry: Placed,
  mostBytes: number,
  fault: MakeFault,
): Promise<Uint8Array> {
  const { size, compressedSize } = entry;
  if (size > mostBytes) throw fault(tooLarge(entry, size, mostBytes));
  checkPacking(entry, fault);
  const packed = await source.read(await dataOffset(source, entry, fault), compressedSize);
  if (entry.stored) return packed;
  const bytes = inflate(packed, size);
  // Stored entries are not summed: PyTorch may be told to write no sums, and does not check them either.
  if (bytes?.length !== size || crc32(bytes) !== entry.crc) throw damaged(entry, fault)();
  return bytes;
}

function checkPacking(entry: Placed, fault: MakeFault): void {
  const { name, stored, method, size, compressedSize } = entry;
  if (!stored && method !== 8) {
    throw fault(`holds '${name}' compressed by method ${method}; only stored and deflated entries are read`);
  }
  if (!stored && size > DENSEST * compressedSize) throw damaged(entry, fault)();
}

function damaged({ name }: ZipEntry, fault: MakeFault): () => InputFault {
  return () => fault(`is a damaged zip archive: '${name}' does not unpack to what its directory says`);
}

function tooLarge({ name }: ZipEntry, length: number, mostBytes: number): string {
  return `holds '${name}' of ${formatBytes(length)}; at most ${formatBytes(mostBytes)} are read`;
}

/** Into one byte more than is expected, so that more shows, and no further. */
function inflate(packed: Uint8Array, size: number): Uint8Array | null {
  try {
    return inflateSync(packed, { out: new Uint8Array(size + 1) });
  } catch {
    return null;
  }
}
