/** The values of an array as they lie in a data file: one type, one byte order, one after the other. */
import type { ByteSource } from '../files.ts';
import { fromBfloat16, fromFloat16 } from '../half-floats.ts';
import type { MakeFault, SampleValues } from './sample-array.ts';

/** Bytes of a value, by NumPy's name of the type; bf is bfloat16, which NumPy lacks. */
export const itemSizes = {
  f2: 2,
  bf: 2,
  f4: 4,
  f8: 8,
  i1: 1,
  u1: 1,
  b1: 1,
  i2: 2,
  u2: 2,
  i4: 4,
  u4: 4,
  i8: 8,
  u8: 8,
} as const;
export type ValueType = keyof typeof itemSizes;

/** A file is read in pieces, so that it is never in memory twice. In bytes. */
export const PIECE = 16 * 2 ** 20;

export interface ValuesPlace {
  readonly source: ByteSource;
  /** Of the first value, in bytes. */
  readonly offset: number;
  readonly type: ValueType;
  readonly littleEndian: boolean;
}

/**
 * Values that lie one after the other. float32, float64, int8, uint8, int16, uint16 and int32 as
 * themselves, the half floats as float32, bool as Uint8Array of 0 and 1, other integers as
 * Int32Array, or as Float64Array where a value needs more bits.
 * @throws what `fault` makes, where an integer has no exact value in double precision.
 */
export async function readValues(place: ValuesPlace, count: number, fault: MakeFault): Promise<SampleValues> {
  const { source, offset, type } = place;
  const values = allocate(type, count);
  const itemSize = itemSizes[type];
  for (let at = 0; at < count; at += PIECE / itemSize) {
    const length = Math.min(PIECE / itemSize, count - at);
    const bytes = await source.read(offset + at * itemSize, length * itemSize);
    if (isMemory(place)) new Uint8Array(values.buffer, at * itemSize, bytes.length).set(bytes);
    else decode(bytes, place, values, (i) => at + i, fault);
  }
  return narrow(type, values);
}

const hostIsLittleEndian = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1;

/** Types whose values are computed, not copied. */
const converted: ReadonlySet<ValueType> = new Set(['f2', 'bf', 'b1', 'u4', 'i8', 'u8'] as const);

/** Whether the values lie in the file as they do in memory, and may be copied as they are. */
function isMemory({ type, littleEndian }: ValuesPlace): boolean {
  return !converted.has(type) && (itemSizes[type] === 1 || littleEndian === hostIsLittleEndian);
}

export function allocate(type: ValueType, count: number): SampleValues {
  switch (type) {
    case 'f2':
    case 'bf':
    case 'f4':
      return new Float32Array(count);
    case 'f8':
    case 'u4':
    case 'i8':
    case 'u8':
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
export function decode(
  bytes: Uint8Array,
  { type, littleEndian }: Pick<ValuesPlace, 'type' | 'littleEndian'>,
  values: SampleValues,
  target: (i: number) => number,
  fault: MakeFault,
): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const itemSize = itemSizes[type];
  const get = getters[type];
  const wide = type === 'i8' || type === 'u8';
  for (let i = 0, at = 0; at < bytes.length; i++, at += itemSize) {
    const value = get(view, at, littleEndian);
    if (wide && !Number.isSafeInteger(value)) {
      const exact = type === 'i8' ? view.getBigInt64(at, littleEndian) : view.getBigUint64(at, littleEndian);
      throw fault(`holds the ${type === 'i8' ? 'int64' : 'uint64'} ${exact}, which is beyond 2^53`);
    }
    const index = target(i);
    if (index >= 0) values[index] = value;
  }
}

const getters: Record<ValueType, (view: DataView, at: number, littleEndian: boolean) => number> = {
  f2: (view, at, littleEndian) => fromFloat16(view.getUint16(at, littleEndian)),
  bf: (view, at, littleEndian) => fromBfloat16(view.getUint16(at, littleEndian)),
  f4: (view, at, littleEndian) => view.getFloat32(at, littleEndian),
  f8: (view, at, littleEndian) => view.getFloat64(at, littleEndian),
  i1: (view, at) => view.getInt8(at),
  u1: (view, at) => view.getUint8(at),
  b1: (view, at) => (view.getUint8(at) === 0 ? 0 : 1),
  i2: (view, at, littleEndian) => view.getInt16(at, littleEndian),
  u2: (view, at, littleEndian) => view.getUint16(at, littleEndian),
  i4: (view, at, littleEndian) => view.getInt32(at, littleEndian),
  u4: (view, at, littleEndian) => view.getUint32(at, littleEndian),
  i8: (view, at, littleEndian) => Number(view.getBigInt64(at, littleEndian)),
  u8: (view, at, littleEndian) => Number(view.getBigUint64(at, littleEndian)),
};

export function narrow(type: ValueType, values: SampleValues): SampleValues {
  const wide = type === 'u4' || type === 'i8' || type === 'u8';
  return wide && values.every((value) => value === (value | 0)) ? Int32Array.from(values) : values;
}
