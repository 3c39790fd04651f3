/**
 * Tensors of an ONNX file: their values lie in the file, in a file beside it, or in the structure
 * itself. Sizes are compared with the files before anything is allocated; values are read when asked for.
 */
import { InputFault } from '../../findings/types.ts';
import { formatBytes, type ByteSource, type Folder } from '../files.ts';
import { floatSizes, floatValues } from '../float-values.ts';
import { fromBfloat16, fromFloat16 } from '../half-floats.ts';
import type { JsonPath } from '../json.ts';
import { formatShape } from '../keras/building.ts';
import { LONGEST_AXIS, shorten } from '../keras/topology.ts';
import { decodeRange, type FileRange } from './wire.ts';
import type { TensorProto } from './proto/onnx_pb.ts';
import { countOf, indexOf, quote } from '../weights/stored-tensor.ts';

/** A tensor whose values are not read yet. */
export interface OnnxTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly path: JsonPath;
  /** Of whole numbers, as shapes and indices are. */
  readonly whole: boolean;
  /** @throws InputFault `weights-unreadable` where the type is none of floats, or a value is missing. */
  floats(): Promise<Float32Array>;
  /** @throws InputFault `weights-unreadable` where a value is missing or of another type. */
  integers(): Promise<readonly number[]>;
}

/**
 * Where tensors are read from, and how many values may still be made of them: a graph can name one
 * tensor a thousand times, and a small file must not become a large one in memory.
 */
export class TensorFiles {
  private readonly opened = new Map<string, ByteSource>();
  /** Four for each byte: values of two bytes may be read, turned, joined and copied. */
  private left: number;

  constructor(
    readonly source: ByteSource,
    private readonly folder: Folder,
  ) {
    this.left = 2 ** 20 + 4 * source.size;
  }

  async open(location: string, path: JsonPath): Promise<ByteSource> {
    const known = this.opened.get(location);
    if (known) return known;
    const source = await this.folder.open(location, { file: 'model', path });
    // The same file under another name gives nothing more.
    const again = [...this.opened.values()].some((other) => other.path === source.path);
    this.opened.set(location, source);
    if (!again) this.left += 4 * source.size;
    return source;
  }

  /** @throws InputFault `weights-unreadable` where a file of this size cannot hold so many values. */
  spend(values: number, path: JsonPath): void {
    this.left -= values;
    if (this.left >= 0) return;
    const words =
      'uses its weights so often that they would not fit into memory; export a model whose layers have weights of their own';
    throw new InputFault('weights-unreadable', this.source.path, words, { file: 'model', path });
  }
}

/** TensorProto.DataType, as NumPy names it. */
const typeNames = new Map<number, string>([
  ...([
    [1, 'float32'],
    [2, 'uint8'],
    [3, 'int8'],
    [4, 'uint16'],
    [5, 'int16'],
    [6, 'int32'],
    [7, 'int64'],
    [8, 'string'],
    [9, 'bool'],
    [10, 'float16'],
    [11, 'float64'],
    [12, 'uint32'],
    [13, 'uint64'],
    [14, 'complex64'],
    [15, 'complex128'],
    [16, 'bfloat16'],
  ] as const),
]);

/** Bytes of one value, of the whole numbers that shapes and indices are made of. */
const wholeSizes: ReadonlyMap<string, number> = new Map([
  ['int32', 4],
  ['int64', 8],
]);

/** Largest tensor to read. In bytes. */
const TENSOR_LIMIT = 2 * 2 ** 30;

/**
 * @param name As faults name it.
 * @throws InputFault `weights-unreadable` where its shape is impossible or does not fit its data.
 */
export function onnxTensor(proto: TensorProto, name: string, path: JsonPath, files: TensorFiles): OnnxTensor {
  const fault = (words: string) =>
    new InputFault('weights-unreadable', files.source.path, words, { file: 'model', path });
  const shape = readDims(proto.dims, name, fault);
  const type = typeNames.get(proto.dataType) ?? `number ${proto.dataType}`;
  const whole = wholeSizes.has(type);
  const size = wholeSizes.get(type) ?? floatSizes.get(type);
  const placed: Placed | null =
    size === undefined ? null : { name, path, type, size, count: countOf(shape), fault };
  const data = placed && locate(proto, placed);
  return {
    ...{ name, shape, path, whole },
    floats: () => {
      if (!placed || !data || whole) return Promise.reject(fault(noWeight(name, type)));
      return readFloats(data, placed, files);
    },
    integers: () => {
      if (placed && data && whole) return readIntegers(data, placed, files);
      return Promise.reject(
        fault(`has tensor ${quote(name)} of type ${type}, where whole numbers are needed`),
      );
    },
  };
}

type MakeFault = (words: string) => InputFault;

/** What the data of a tensor must be. */
interface Placed {
  readonly name: string;
  readonly path: JsonPath;
  readonly type: string;
  /** Of one value, in bytes. */
  readonly size: number;
  readonly count: number;
  readonly fault: MakeFault;
}

function readDims(dims: readonly bigint[], name: string, fault: MakeFault): number[] {
  const shape = dims.map(Number);
  const fits = shape.every((size) => size >= 0 && size <= LONGEST_AXIS);
  if (!fits || shape.length > 64 || !Number.isSafeInteger(countOf(shape))) {
    throw fault(`has tensor ${quote(name)} of the impossible shape ${shorten(shape)}`);
  }
  return shape;
}

function noWeight(name: string, type: string): string {
  const quantised = /^u?int/.test(type) ? '; export the model before it is quantised' : '';
  return `has tensor ${quote(name)} of type ${type}; only ${[...floatSizes.keys()].join(', ')} can be read${quantised}`;
}

/** In the file, beside it, or numbers of the structure. */
type Data = FileRange | ExternalData | { readonly numbers: readonly number[] };

interface ExternalData {
  readonly location: string;
  readonly offset: number;
  /** Null: as long as the tensor. */
  readonly length: number | null;
}

function locate(proto: TensorProto, { name, type, size, count, fault }: Placed): Data {
  if (proto.segment) throw fault(`has tensor ${quote(name)} in several segments, which are not read`);
  if (proto.dataLocation === 1) return externalData(proto, name, fault);
  if (proto.dataLocation !== 0) {
    throw fault(`has tensor ${quote(name)} in the unknown place ${proto.dataLocation}`);
  }
  // Packed floats and doubles are encoded as raw data are.
  const packed = type === 'float32' ? proto.floatData : type === 'float64' ? proto.doubleData : undefined;
  const encoded = proto.rawData ?? packed;
  const data = encoded ? decodeRange(encoded) : { numbers: numbersIn(proto, type) };
  const held = 'numbers' in data ? data.numbers.length : data.length / size;
  if (held === count) return data;
  throw fault(`has tensor ${quote(name)} of ${count} values, but data of ${held}`);
}

function numbersIn({ int32Data, int64Data }: TensorProto, type: string): readonly number[] {
  switch (type) {
    case 'int64':
      return int64Data.map(toSafe);
    case 'int32':
      return int32Data;
    case 'float16':
      return int32Data.map((bits) => fromFloat16(bits & 0xffff));
    case 'bfloat16':
      return int32Data.map((bits) => fromBfloat16(bits & 0xffff));
    default:
      return [];
  }
}

/** Slices end at the largest int64 to mean the end. */
function toSafe(value: bigint): number {
  return Math.min(Math.max(Number(value), Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER);
}

function externalData(proto: TensorProto, name: string, fault: MakeFault): ExternalData {
  const entries = new Map(proto.externalData.map(({ key, value }) => [key, value]));
  const location = entries.get('location');
  if (location === undefined) throw fault(`has tensor ${quote(name)} in a file that it does not name`);
  const whole = (key: string): number | null => {
    const text = entries.get(key);
    if (text === undefined) return null;
    const value = Number(text);
    if (/^\d+$/.test(text) && Number.isSafeInteger(value)) return value;
    throw fault(`has tensor ${quote(name)} at the impossible ${key} ${shorten(text)}`);
  };
  return { location, offset: whole('offset') ?? 0, length: whole('length') };
}

async function readFloats(data: Data, placed: Placed, files: TensorFiles): Promise<Float32Array> {
  const { name, path, type, count, fault } = placed;
  if (4 * count > TENSOR_LIMIT) {
    throw fault(`has tensor ${quote(name)} of ${formatBytes(4 * count)}; at most 2 GiB can be read`);
  }
  if ('numbers' in data) return Float32Array.from(data.numbers);
  const bytes = await readBytes(data, placed, files);
  files.spend(count, path);
  return floatValues(type, await bytes());
}

async function readIntegers(data: Data, placed: Placed, files: TensorFiles): Promise<readonly number[]> {
  if ('numbers' in data) return data.numbers;
  const { type, size, count, path } = placed;
  const bytes = await readBytes(data, placed, files);
  files.spend(count, path);
  const held = await bytes();
  const view = new DataView(held.buffer, held.byteOffset, held.byteLength);
  const get = (i: number) =>
    type === 'int64' ? toSafe(view.getBigInt64(size * i, true)) : view.getInt32(size * i, true);
  return Array.from({ length: count }, (_, i) => get(i));
}

/** Finds the bytes and checks their size; they are read when called. */
async function readBytes(
  data: FileRange | ExternalData,
  { name, path, size, count }: Placed,
  files: TensorFiles,
): Promise<() => Promise<Uint8Array>> {
  if (!('location' in data)) return () => files.source.read(data.offset, data.length);
  const source = await files.open(data.location, path);
  const { offset, length } = externalRange(data, size * count, name, source, path);
  return () => source.read(offset, length);
}

function externalRange(
  { offset, length }: ExternalData,
  bytes: number,
  name: string,
  source: ByteSource,
  path: JsonPath,
): FileRange {
  const fault = (words: string) =>
    new InputFault('weights-unreadable', source.path, words, { file: 'model', path });
  if (length !== null && length !== bytes) {
    throw fault(`holds ${length} bytes of tensor ${quote(name)} as the model says, which needs ${bytes}`);
  }
  if (offset + bytes > source.size) {
    const needed = `${formatBytes(offset + bytes)} expected, ${formatBytes(source.size)} found`;
    throw fault(`is too short for tensor ${quote(name)}: ${needed}`);
  }
  return { offset, length: bytes };
}

/** @throws InputFault `weights-unreadable` naming layer, weight and index of the first value that is not finite. */
export function checkFinite(
  values: Float32Array,
  shape: readonly number[],
  what: string,
  fault: (words: string) => InputFault,
): void {
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return;
  throw fault(`${what} with the value ${values[bad]!} at ${formatShape(indexOf(bad, shape))}`);
}
