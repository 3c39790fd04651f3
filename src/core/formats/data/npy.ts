/**
 * NumPy's .npy files, format versions 1 to 3.
 *
 * Of a large file only the samples asked for are read, and every size is compared with the file's
 * before anything is allocated.
 */
import { allocate, decode, itemSizes, narrow, PIECE, readValues, type ValueType } from './array-values.ts';
import { formatBytes, type ByteSource } from '../files.ts';
import { parseNpyHeader } from './npy-header.ts';
import {
  dataFault,
  refuseHuge,
  type DataOptions,
  type DataRole,
  type MakeFault,
  type SampleArray,
  type SampleValues,
} from './sample-array.ts';
import { countOf } from '../weights/stored-tensor.ts';

export interface NpyHeader {
  readonly shape: readonly number[];
  /** Without byte order: "f4", "i8", "b1". */
  readonly type: ValueType;
  readonly littleEndian: boolean;
  readonly fortranOrder: boolean;
  /** Where the values start, in bytes. */
  readonly dataOffset: number;
}

/** numpy itself refuses headers beyond 10,000 bytes unless told otherwise. */
const HEADER_LIMIT = 2 ** 20;

/** Whether a file that starts with these bytes is one of NumPy's. */
export function isNpy(start: Uint8Array): boolean {
  return magic.every((byte, i) => start[i] === byte);
}

const magic = [0x93, ...Array.from('NUMPY', (letter) => letter.charCodeAt(0))];

/**
 * Shape and type, checked against the size of the file.
 * @throws InputFault `data-unreadable` where it is no .npy file, holds what cannot be read, or is
 *   shorter or longer than its header says.
 */
export async function readNpyHeader(source: ByteSource, role: DataRole = 'inputs'): Promise<NpyHeader> {
  const fault = dataFault(source, role);
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
  if (start.length < 10 || !isNpy(start)) {
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

function readType(descr: string, fault: MakeFault): { type: ValueType; littleEndian: boolean } {
  const order = descr[0] ?? '';
  const type = descr.slice(1);
  if (!'<>|='.includes(order) || type === 'bf' || !Object.hasOwn(itemSizes, type)) {
    const what = type.startsWith('O') ? 'holds pickled Python objects' : `holds values of type '${descr}'`;
    const known = 'float16, float32, float64, integers and bool';
    throw fault(`${what}; only ${known} can be read, so save it with .astype('float32')`);
  }
  return { type: type as ValueType, littleEndian: order !== '>' };
}

/**
 * @throws InputFault `data-unreadable`; also where more than 2 GiB would have to be read, and where
 *   an int64 has no exact value in double precision.
 */
export async function readNpy(source: ByteSource, { role, limit }: DataOptions): Promise<SampleArray> {
  const header = await readNpyHeader(source, role);
  const fault = dataFault(source, role);
  const [all, ...rest] = header.shape;
  const samples = Math.min(all ?? 1, limit ?? Infinity);
  const perSample = countOf(rest);
  // With one axis, or one value a sample, both orders are the same.
  const columns = header.fortranOrder && perSample > 1 ? perSample : 0;
  const reading: Reading = { source, header, samples, perSample, fault };
  checkSize(reading, columns > 0, role);
  const place = { ...header, source, offset: header.dataOffset };
  const values =
    columns > 0 ? await readFortran(reading, rest) : await readValues(place, samples * perSample, fault);
  const shape = all === undefined ? [] : [samples, ...rest];
  return { shape, values };
}

interface Reading {
  readonly source: ByteSource;
  readonly header: NpyHeader;
  readonly samples: number;
  readonly perSample: number;
  readonly fault: MakeFault;
}

function checkSize({ header, samples, perSample, fault }: Reading, fortran: boolean, role: DataRole): void {
  const itemSize = itemSizes[header.type];
  const column = (header.shape[0] ?? 1) * itemSize;
  const bytes = perSample * (fortran && !readsHeads(column) ? column : samples * itemSize);
  const inParts = fortran && samples < header.shape[0]!;
  refuseHuge(bytes, role, fault, inParts ? 'save it in C order (numpy.ascontiguousarray)' : undefined);
}

/** Beyond this a column's head is read alone, else whole columns together. In bytes. */
const readsHeads = (column: number): boolean => column > 2 ** 20;

/** Column-major: all samples of the first value, then all samples of the second. */
async function readFortran(
  { source, header, samples, perSample, fault }: Reading,
  rest: readonly number[],
): Promise<SampleValues> {
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
  return narrow(header.type, values);
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
