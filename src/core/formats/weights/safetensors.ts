/** safetensors: a JSON header of names, types and places, then the values. */
import { strFromU8 } from 'fflate';
import type { InputFault } from '../../findings/types.ts';
import { formatBytes, type ByteSource } from '../files.ts';
import { isObject, parseJson } from '../json.ts';
import { LONGEST_AXIS, shorten } from '../keras/topology.ts';
import { countOf, quote, storedTensor, type Location, type StoredTensor } from './stored-tensor.ts';

type MakeFault = (words: string) => InputFault;

/** The header of a model of 100,000 tensors takes about 10 MiB. */
const HEADER_LIMIT = 16 * 2 ** 20;

/** Types by their names in the file, and the bytes of one value. */
const types = new Map<unknown, { readonly name: string; readonly size: number }>([
  ['F64', { name: 'float64', size: 8 }],
  ['F32', { name: 'float32', size: 4 }],
  ['F16', { name: 'float16', size: 2 }],
  ['BF16', { name: 'bfloat16', size: 2 }],
  ['I64', { name: 'int64', size: 8 }],
  ['I32', { name: 'int32', size: 4 }],
  ['I16', { name: 'int16', size: 2 }],
  ['I8', { name: 'int8', size: 1 }],
  ['U64', { name: 'uint64', size: 8 }],
  ['U32', { name: 'uint32', size: 4 }],
  ['U16', { name: 'uint16', size: 2 }],
  ['U8', { name: 'uint8', size: 1 }],
  ['BOOL', { name: 'bool', size: 1 }],
  ['F8_E4M3', { name: 'float8_e4m3', size: 1 }],
  ['F8_E5M2', { name: 'float8_e5m2', size: 1 }],
]);

/** Whether a file of this size that starts with these bytes, at least 9, can be a safetensors file. */
export function isSafetensors(start: Uint8Array, size: number): boolean {
  if (start.length < 9 || start[8] !== 0x7b) return false;
  const length = headerLength(start);
  return length >= 2 && 8 + length <= size;
}

function headerLength(start: Uint8Array): number {
  return Number(new DataView(start.buffer, start.byteOffset, start.byteLength).getBigUint64(0, true));
}

/** @throws what `fault` makes, where the header is damaged or does not fit the file. */
export async function readSafetensors(
  source: ByteSource,
  fault: MakeFault,
): Promise<ReadonlyMap<string, StoredTensor>> {
  const locations = await locateTensors(source, fault);
  return new Map([...locations].map(([name, location]) => [name, storedTensor(location, fault)]));
}

/**
 * Where the values of each tensor lie.
 * @throws what `fault` makes, where the header is damaged or does not fit the file.
 */
export async function locateTensors(
  source: ByteSource,
  fault: MakeFault,
): Promise<ReadonlyMap<string, Location>> {
  const length = headerLength(await source.read(0, 8));
  if (length > HEADER_LIMIT)
    throw fault(`has a header of ${formatBytes(length)}; at most ${formatBytes(HEADER_LIMIT)} are read`);
  const parsed = parseJson(strFromU8(await source.read(8, length)));
  if ('fault' in parsed) throw fault(`has a header that ${parsed.fault}`);
  if (!isObject(parsed.value)) throw fault('has a header that is no JSON object');
  const tensors = new Map<string, Location>();
  for (const [name, entry] of Object.entries(parsed.value)) {
    if (name !== '__metadata__') tensors.set(name, readEntry(name, entry, source, 8 + length, fault));
  }
  return tensors;
}

function readEntry(
  name: string,
  entry: unknown,
  source: ByteSource,
  dataOffset: number,
  fault: MakeFault,
): Location {
  if (!isObject(entry)) throw fault(`has tensor ${quote(name)} without a description`);
  const { dtype, shape, data_offsets: offsets } = entry;
  const type = types.get(dtype);
  if (!type) throw fault(`has tensor ${quote(name)} of the unknown type ${shorten(dtype)}`);
  if (!isShape(shape)) throw fault(`has tensor ${quote(name)} of the impossible shape ${shorten(shape)}`);
  const [from, to] = Array.isArray(offsets) && offsets.length === 2 ? (offsets as unknown[]) : [];
  const bytes = countOf(shape) * type.size;
  const fits = isWhole(from) && isWhole(to) && to - from === bytes;
  if (!fits) {
    const words = `${formatBytes(bytes)} are needed for [${shape.join(', ')}], data_offsets are ${shorten(offsets)}`;
    throw fault(`has tensor ${quote(name)} in the wrong place: ${words}`);
  }
  if (dataOffset + to > source.size) {
    const words = `it ends at byte ${dataOffset + to}, ${formatBytes(source.size)} found`;
    throw fault(`is too short for tensor ${quote(name)}: ${words}`);
  }
  return { name, source, offset: dataOffset + from, shape, type: type.name, littleEndian: true };
}

function isWhole(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isShape(shape: unknown): shape is readonly number[] {
  return (
    Array.isArray(shape) &&
    shape.every((size) => isWhole(size) && size <= LONGEST_AXIS) &&
    Number.isSafeInteger(countOf(shape as number[]))
  );
}
