/** Tensors that a file lists by name and that are read one by one, when a layer needs them. */
import type { InputFault } from '../../findings/types.ts';
import { formatBytes, type ByteSource } from '../files.ts';
import { floatSizes, floatValues } from '../float-values.ts';

export interface StoredTensor {
  readonly shape: readonly number[];
  /** As PyTorch and NumPy name it: "float32", "int64". */
  readonly type: string;
  /**
   * Row-major values as float32.
   * @throws InputFault `weights-unreadable` where they are of another type, missing or not finite.
   */
  read(): Promise<Float32Array>;
}

/** Where the values of a tensor lie. */
export interface Location {
  readonly name: string;
  readonly source: ByteSource;
  /** In bytes. */
  readonly offset: number;
  readonly shape: readonly number[];
  readonly type: string;
  readonly littleEndian: boolean;
  /** In values, one an axis; left out for row-major order. */
  readonly strides?: readonly number[];
}

type MakeFault = (words: string) => InputFault;

/** Largest tensor to read. In bytes. */
const TENSOR_LIMIT = 2 * 2 ** 30;

/** Nothing is checked before it is read but that the shape is one. */
export function storedTensor(location: Location, fault: MakeFault): StoredTensor {
  const { shape, type } = location;
  return { shape, type, read: () => readTensor(location, fault) };
}

export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** A name out of a file, short enough for a message. */
export function quote(name: string): string {
  return `'${name.length > 80 ? `${name.slice(0, 77)}...` : name}'`;
}

async function readTensor(location: Location, fault: MakeFault): Promise<Float32Array> {
  const { name, source, offset, shape, type, littleEndian } = location;
  const size = floatSizes.get(type);
  if (size === undefined) {
    throw fault(
      `has tensor ${quote(name)} of type ${type}; only ${[...floatSizes.keys()].join(', ')} can be read`,
    );
  }
  const count = countOf(shape);
  const extent = location.strides ? extentOf(shape, location.strides) : count;
  if (offset + extent * size > source.size) {
    const words = `${formatBytes(offset + extent * size)} are needed, ${formatBytes(source.size)} are there`;
    throw fault(`is too short for tensor ${quote(name)} of shape [${shape.join(', ')}]: ${words}`);
  }
  if (count > extent) {
    throw fault(`has tensor ${quote(name)}, which repeats its values (expand); save it after .contiguous()`);
  }
  if (Math.max(count * 4, extent * size) > TENSOR_LIMIT) {
    throw fault(`has tensor ${quote(name)} of ${formatBytes(count * 4)}; at most 2 GiB can be read`);
  }
  const stored = floatValues(type, await source.read(offset, extent * size), littleEndian);
  const values = location.strides ? gather(stored, shape, location.strides) : stored;
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad >= 0) {
    throw fault(
      `has tensor ${quote(name)} with the value ${values[bad]!} at [${indexOf(bad, shape).join(', ')}]`,
    );
  }
  return values;
}

/** Values from the first to the last, with all between. */
function extentOf(shape: readonly number[], strides: readonly number[]): number {
  if (countOf(shape) === 0) return 0;
  return shape.reduce((last, size, axis) => last + (size - 1) * strides[axis]!, 1);
}

/** Into row-major order. */
function gather(stored: Float32Array, shape: readonly number[], strides: readonly number[]): Float32Array {
  const values = new Float32Array(countOf(shape));
  const index = shape.map(() => 0);
  let at = 0;
  for (let i = 0; i < values.length; i++) {
    values[i] = stored[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= shape[axis]! * strides[axis]!;
      index[axis] = 0;
    }
  }
  return values;
}

/** Of a value in row-major order, one an axis. */
export function indexOf(flat: number, shape: readonly number[]): number[] {
  let rest = flat;
  return shape
    .toReversed()
    .map((size) => {
      const i = rest % size;
      rest = Math.floor(rest / size);
      return i;
    })
    .toReversed();
}
