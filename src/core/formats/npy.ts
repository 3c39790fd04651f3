/**
 * NumPy's .npy files, format versions 1 to 3.
 *
 * Of a large file only the samples asked for are read, and every size is compared with the file's
 * before anything is allocated.
 */
import { InputFault, type Place } from '../findings/types.ts';
import { formatBytes, type ByteSource } from './files.ts';
import { parseNpyHeader } from './npy-header.ts';

export type NpyValues =
  Float32Array | Float64Array | Int32Array | Int16Array | Uint16Array | Int8Array | Uint8Array;

/** An array in row-major (C) order, whatever order the file has. */
export interface NpyArray {
  /** The first axis are the samples. */
  readonly shape: readonly number[];
  /**
   * float32, float64, int8, uint8, int16, uint16 and int32 as themselves, bool as Uint8Array of 0
   * and 1, int64 as Int32Array, or as Float64Array where a value needs more bits.
   */
  readonly values: NpyValues;
}

export interface NpyHeader {
  readonly shape: readonly number[];
  /** Without byte order: "f4", "i8", "b1". */
  readonly type: NpyType;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  /** Where the values start, in bytes. */
  readonly dataOffset: number;
}

const itemSizes = { f4: 4, f8: 8, i1: 1, u1: 1, i2: 2, u2: 2, i4: 4, i8: 8, b1: 1 } as const;
export type NpyType = keyof typeof itemSizes;

export interface NpyOptions {
  /** Which of the specification's data it is, for faults. */
  readonly role: 'inputs' | 'labels';
  /** Reads the first samples only. A whole number from 1. */
  readonly limit?: number | undefined;
}

/** The most that one call reads. */
const READ_LIMIT = 2 * 2 ** 30;
/** A file is read in pieces, so that it is never in memory twice. In bytes. */
const PIECE = 16 * 2 ** 20;
/** numpy itself refuses headers beyond 10,000 bytes unless told otherwise. */
const HEADER_LIMIT = 2 ** 20;

type MakeFault = (words: string) => InputFault;

function makeFault(source: ByteSource, role: NpyOptions['role']): MakeFault {
  const place: Place = { file: role, path: [] };
  return (words) => new InputFault('data-unreadable', source.path, words, place);
}

/**
 * Shape and type, checked against the size of the file.
 * @throws InputFault `data-unreadable` where it is no .npy file, holds what cannot be read, or is
 *   shorter or longer than its header says.
 */
export async function readNpyHeader(
  source: ByteSource,
  role: NpyOptions['role'] = 'inputs',
): Promise<NpyHeader> {
  const fault = makeFault(source, role);
  const { text, dataOffset } = await readHeaderText(source, fault);
  const parsed = parseNpyHeader(text);
  if (typeof parsed === 'string') throw fault(`has an invalid .npy header: ${parsed}`);
  const { shape, fortranOrder } = parsed;
  const { type, littleEndian } = readType(parsed.descr, fault);
  const expected = dataOffset + countOf(shape) * itemSizes[type];
  if (!Number.isSafeInteger(expected)) throw fault(`has the impossible shape (${shape.join(', ')})`);
  if (source.size !== expected) {
    const which = source.size < expected ? 'too short' : 'too long';
    const words = `${formatBytes(expected)} expected for the shape (${shape.join(', ')}), ${formatBytes(source.size)} found`;
    throw fault(`is ${which}: ${words}`);
  }
  return { shape, type, littleEndian, fortranOrder, dataOffset };
}

async function readHeaderText(
  source: ByteSource,
  fault: MakeFault,
): Promise<{ text: string; dataOffset: number }> {
  const start = await source.read(0, Math.min(12, source.size));
  const magic = [0x93, ...Array.from('NUMPY', (letter) => letter.charCodeAt(0))];
  if (start.length < 10 || !magic.every((byte, i) => start[i] === byte)) {
    throw fault('is not a .npy file: it does not start with \\x93NUMPY');
  }
  const version = start[6]!;
  if (version < 1 || version > 3) throw fault(`is a .npy file of the unknown version ${version}`);
  const view = new DataView(start.buffer, start.byteOffset, start.byteLength);
  const textOffset = version === 1 ? 10 : 12;
  if (start.length < textOffset) throw fault('is too short: it ends within its header');
  const length = version === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  const dataOffset = textOffset + length;
  if (length > HEADER_LIMIT) throw fault(`has an invalid .npy header of ${formatBytes(length)}`);
  if (dataOffset > source.size) {
    throw fault(
      `is too short: its header alone ends at byte ${dataOffset}, ${formatBytes(source.size)} found`,
    );
  }
  const bytes = await source.read(textOffset, length);
  // Latin-1 (version 3: UTF-8, which only names of fields need, and those are refused anyway).
  let text = '';
  for (const byte of bytes) text += String.fromCharCode(byte);
  return { text, dataOffset };
}

function readType(descr: string, fault: MakeFault): { type: NpyType; littleEndian: boolean } {
  const order = descr[0] ?? '';
  const type = descr.slice(1);
  if (!'<>|='.includes(order) || !Object.hasOwn(itemSizes, type)) {
    const what = type.startsWith('O') ? 'holds pickled Python objects' : `holds values of type '${descr}'`;
    const known = 'float32, float64, (u)int8, (u)int16, int32, int64 and bool';
    throw fault(`${what}; only ${known} can be read, so save it with .astype('float32')`);
  }
  return { type: type as NpyType, littleEndian: order !== '>' };
}

function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/**
 * @throws InputFault `data-unreadable`; also where more than 2 GiB would have to be read, and where
 *   an int64 has no exact value in double precision.
 */
export async function readNpy(source: ByteSource, { role, limit }: NpyOptions): Promise<NpyArray> {
  const header = await readNpyHeader(source, role);
  const fault = makeFault(source, role);
  const [all, ...rest] = header.shape;
  const samples = Math.min(all ?? 1, limit ?? Infinity);
  const perSample = countOf(rest);
  // With one axis, or one value a sample, both orders are the same.
  const columns = header.fortranOrder && perSample > 1 ? perSample : 0;
  const reading: Reading = { source, header, samples, perSample, fault };
  refuseHuge(reading, columns > 0, role);
  const values = columns > 0 ? await readFortran(reading, rest) : await readC(reading);
  const shape = all === undefined ? [] : [samples, ...rest];
  return { shape, values: header.type === 'i8' ? narrow(values) : values };
}

interface Reading {
  readonly source: ByteSource;
  readonly header: NpyHeader;
  readonly samples: number;
  readonly perSample: number;
  readonly fault: MakeFault;
}

function refuseHuge({ header, samples, perSample, fault }: Reading, fortran: boolean, role: string): void {
  const itemSize = itemSizes[header.type];
  const column = (header.shape[0] ?? 1) * itemSize;
  const bytes = perSample * (fortran && !readsHeads(column) ? column : samples * itemSize);
  if (bytes <= READ_LIMIT) return;
  const help =
    fortran && samples < header.shape[0]!
      ? 'save it in C order (numpy.ascontiguousarray)'
      : `set "limit" in data (or --limit) to read the first samples only`;
  throw fault(`has ${formatBytes(bytes)} of ${role} to read, and at most 2 GiB are; ${help}`);
}

async function readC({ source, header, samples, perSample, fault }: Reading): Promise<NpyValues> {
  const count = samples * perSample;
  const values = allocate(header.type, count);
  const itemSize = itemSizes[header.type];
  for (let at = 0; at < count; at += PIECE / itemSize) {
    const length = Math.min(PIECE / itemSize, count - at);
    const bytes = await source.read(header.dataOffset + at * itemSize, length * itemSize);
    if (isMemory(header)) new Uint8Array(values.buffer, at * itemSize, bytes.length).set(bytes);
    else decode(bytes, header, values, (i) => at + i, fault);
  }
  return values;
}

const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Whether the values lie in the file as they do in memory, and may be copied as they are. */
function isMemory({ type, littleEndian }: NpyHeader): boolean {
  if (type === 'i8' || type === 'b1') return false;
  return itemSizes[type] === 1 || littleEndian === hostIsLittleEndian;
}

/** Beyond this a column's head is read alone, else whole columns together. In bytes. */
const readsHeads = (column: number): boolean => column > 2 ** 20;

/** Column-major: all samples of the first value, then all samples of the second. */
async function readFortran(
  { source, header, samples, perSample, fault }: Reading,
  rest: readonly number[],
): Promise<NpyValues> {
  const values = allocate(header.type, samples * perSample);
  if (samples === 0) return values;
  const all = header.shape[0]!;
  const itemSize = itemSizes[header.type];
  const heads = readsHeads(all * itemSize);
  const step = heads ? 1 : Math.floor(PIECE / (all * itemSize));
  const height = heads ? samples : all;
  for (let first = 0; first < perSample; first += step) {
    const width = Math.min(step, perSample - first);
    const offset = header.dataOffset + first * all * itemSize;
    const bytes = await source.read(offset, width * height * itemSize);
    const targets = Array.from({ length: width }, (_, i) => cIndex(first + i, rest));
    const target = (i: number) => {
      const sample = i % height;
      return sample < samples ? sample * perSample + targets[Math.floor(i / height)]! : -1;
    };
    decode(bytes, header, values, target, fault);
  }
  return values;
}

/** Where the value at a column-major index of a sample lies in row-major order. */
function cIndex(fortranIndex: number, shape: readonly number[]): number {
  let left = fortranIndex;
  let index = 0;
  let stride = countOf(shape);
  for (const size of shape) {
    stride /= size;
    index += (left % size) * stride;
    left = Math.floor(left / size);
  }
  return index;
}

function allocate(type: NpyType, count: number): NpyValues {
  switch (type) {
    case 'f4':
      return new Float32Array(count);
    case 'f8':
    case 'i8':
      return new Float64Array(count);
    case 'i1':
      return new Int8Array(count);
    case 'u1':
    case 'b1':
      return new Uint8Array(count);
    case 'i2':
      return new Int16Array(count);
    case 'u2':
      return new Uint16Array(count);
    case 'i4':
      return new Int32Array(count);
  }
}

/** @param target Index in `values` of the i-th value of `bytes`; -1 drops it. */
function decode(
  bytes: Uint8Array,
  { type, littleEndian }: NpyHeader,
  values: NpyValues,
  target: (i: number) => number,
  fault: MakeFault,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const itemSize = itemSizes[type];
  const get = getters[type];
  for (let i = 0, at = 0; at < bytes.length; i++, at += itemSize) {
    const value = get(view, at, littleEndian);
    if (Number.isNaN(value) && type === 'i8') {
      throw fault(`holds the int64 ${view.getBigInt64(at, littleEndian)}, which is beyond 2^53`);
    }
    const index = target(i);
    if (index >= 0) values[index] = value;
  }
}

const getters: Record<NpyType, (view: DataView, at: number, littleEndian: boolean) => number> = {
  f4: (view, at, littleEndian) => view.getFloat32(at, littleEndian),
  f8: (view, at, littleEndian) => view.getFloat64(at, littleEndian),
  i1: (view, at) => view.getInt8(at),
  u1: (view, at) => view.getUint8(at),
  b1: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
  i2: (view, at, littleEndian) => view.getInt16(at, littleEndian),
  u2: (view, at, littleEndian) => view.getUint16(at, littleEndian),
  i4: (view, at, littleEndian) => view.getInt32(at, littleEndian),
  // NaN: not exact in double precision.
  i8: (view, at, littleEndian) => {
    const value = Number(view.getBigInt64(at, littleEndian));
    return Number.isSafeInteger(value) ? value : NaN;
  },
};

function narrow(values: NpyValues): NpyValues {
  return values.every((value) => value === (value | 0)) ? Int32Array.from(values) : values;
}

/**
 * A .npy file of format version 1.0, little-endian, C order.
 * @param values Row-major, as many as the shape says.
 */
export function writeNpyFloat32(shape: readonly number[], values: Float32Array): Uint8Array {
  const count = countOf(shape);
  if (values.length !== count) throw new Error(`${values.length} values for the shape [${shape.join(', ')}]`);
  const tuple = shape.length === 1 ? `(${shape[0]!},)` : `(${shape.join(', ')})`;
  const literal = `{'descr': '<f4', 'fortran_order': False, 'shape': ${tuple}, }`;
  // The values start at a multiple of 64 bytes, the header ends with a newline.
  const dataOffset = Math.ceil((10 + literal.length + 1) / 64) * 64;
  const header = '\x93NUMPY\x01\x00' + '\0\0' + literal.padEnd(dataOffset - 11) + '\n';
  const bytes = new Uint8Array(dataOffset + 4 * count);
  for (let i = 0; i < dataOffset; i++) bytes[i] = header.charCodeAt(i);
  const view = new DataView(bytes.buffer);
  view.setUint16(8, dataOffset - 10, true);
  for (let i = 0; i < count; i++) view.setFloat32(dataOffset + 4 * i, values[i]!, true);
  return bytes;
}
