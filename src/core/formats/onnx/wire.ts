/**
 * The structure of an ONNX file without its weights. The file is walked by range at the level of
 * protobuf's wire format; only declared fields are copied, and the values of tensors are replaced by
 * their place in the file. What comes out is a small message for the generated reader.
 */
import type { InputFault } from '../../findings/types.ts';
import { formatBytes, type ByteSource } from '../files.ts';

/** Where a tensor's values lie in the file, in bytes. */
export interface FileRange {
  readonly offset: number;
  readonly length: number;
}

type MakeFault = (words: string) => InputFault;

/** What to do with a field: copy it, note its place, or walk into it. */
type Field = 'copy' | 'place' | Fields;
type Fields = ReadonlyMap<number, Field>;

const fields = (entries: Readonly<Record<number, Field>>): Fields =>
  new Map(Object.entries(entries).map(([number, field]) => [Number(number), field]));

const entry = fields({ 1: 'copy', 2: 'copy' });
/** 4 float_data, 9 raw_data, 10 double_data. */
const tensor = fields({
  ...{ 1: 'copy', 2: 'copy', 3: entry, 4: 'place', 5: 'copy', 7: 'copy', 8: 'copy' },
  ...{ 9: 'place', 10: 'place', 13: entry, 14: 'copy' },
});
const attribute = fields({
  ...{ 1: 'copy', 2: 'copy', 3: 'copy', 4: 'copy', 5: tensor, 7: 'copy', 8: 'copy', 9: 'copy' },
});
const node = fields({ 1: 'copy', 2: 'copy', 3: 'copy', 4: 'copy', 5: attribute, 7: 'copy' });
const shape = fields({ 1: fields({ 1: 'copy', 2: 'copy' }) });
const valueInfo = fields({ 1: 'copy', 2: fields({ 1: fields({ 1: 'copy', 2: shape }) }) });
const sparseTensor = fields({ 1: tensor });
const graph = fields({
  ...{ 1: node, 2: 'copy', 5: tensor, 11: valueInfo, 12: valueInfo, 15: sparseTensor },
});
const model = fields({ 1: 'copy', 2: 'copy', 3: 'copy', 7: graph, 8: entry });

/** Wire types of every field that a ModelProto has had up to IR version 13. */
const modelFields = new Map<number, number>([
  ...([1, 5] as const).map((number): [number, number] => [number, 0]),
  ...([2, 3, 4, 6, 7, 8, 14, 20, 25, 26] as const).map((number): [number, number] => [number, 2]),
]);

/** Of names, nodes and small numbers; a graph of nn.LSTM has some kilobytes. */
const STRUCTURE_LIMIT = 16 * 2 ** 20;
/** Nodes, attributes, tensors and axes together: each becomes an object. */
const MOST_MESSAGES = 250_000;

/** Those that are left out count too. */
const MOST_FIELDS = 4_000_000;

/** The longest key and length of a field. */
const LONGEST_HEADER = 20;

interface Header {
  readonly number: number;
  readonly wireType: number;
  /** Of the value, in the file. */
  readonly start: number;
  readonly end: number;
}

/**
 * Whether a file is an ONNX model: it has no mark of its own, so the fields of its outermost
 * message must be known, fill it to its last byte, and hold a version and a graph.
 * @throws InputFault where the file cannot be read.
 */
export async function isOnnx(source: ByteSource): Promise<boolean> {
  const window = new Window(source);
  const seen = new Set<number>();
  let at = 0;
  for (let count = 0; at < source.size; count++) {
    const header = await window.header(at, source.size);
    if (!header || count > 100_000) return false;
    if (modelFields.get(header.number) !== header.wireType) return false;
    seen.add(header.number);
    at = header.end;
  }
  return seen.has(1) && seen.has(7);
}

/**
 * @returns A ModelProto of proto/onnx.proto, encoded; the data of its tensors are encoded places
 *   ({@link decodeRange}).
 * @throws what `fault` makes, where the file is cut off, no protobuf, or beyond the limits.
 */
export async function readStructure(source: ByteSource, fault: MakeFault): Promise<Uint8Array> {
  const out = new Bytes();
  await new Walk(source, fault).message(model, 0, source.size, out);
  return out.bytes();
}

class Walk {
  private readonly window: Window;
  private messages = 0;
  private fields = 0;
  private copied = 0;

  constructor(
    source: ByteSource,
    private readonly fault: MakeFault,
  ) {
    this.window = new Window(source);
  }

  /** As deep as {@link model} nests, whatever the file does. */
  async message(known: Fields, start: number, end: number, out: Bytes): Promise<void> {
    if (++this.messages > MOST_MESSAGES) throw this.fault(tooManyParts(MOST_MESSAGES));
    let at = start;
    while (at < end) {
      if (++this.fields > MOST_FIELDS) throw this.fault(tooManyParts(MOST_FIELDS));
      const header = await this.window.header(at, end);
      if (!header) throw this.fault(`is damaged or cut off: it is no ONNX model from byte ${at} on`);
      const field = known.get(header.number);
      if (field !== undefined) await this.field(field, header, at, out);
      at = header.end;
    }
  }

  private async field(field: Field, header: Header, at: number, out: Bytes): Promise<void> {
    const { number, wireType, start, end } = header;
    if (field === 'copy') {
      this.count(end - at);
      out.append(await this.window.bytes(at, end - at));
      return;
    }
    if (wireType !== 2) throw this.fault(`is damaged: field ${number} at byte ${at} has an unknown form`);
    if (field === 'place') {
      this.count(LONGEST_HEADER);
      out.field(number, encodeRange({ offset: start, length: end - start }));
      return;
    }
    const inner = new Bytes();
    await this.message(field, start, end, inner);
    out.field(number, inner.bytes());
  }

  private count(bytes: number): void {
    this.copied += bytes;
    if (this.copied > STRUCTURE_LIMIT) {
      throw this.fault(
        `has a graph of more than ${formatBytes(STRUCTURE_LIMIT)} without its weights; export a model whose LSTM is one layer`,
      );
    }
  }
}

function tooManyParts(most: number): string {
  return `has a graph of more than ${most.toLocaleString('en-US')} parts, as exporters write that unroll a sequence; export a model whose LSTM is one layer`;
}

/** Reads ahead, so that small fields cost no read of their own. */
class Window {
  private static readonly ahead = 64 * 1024;
  private start = 0;
  private held: Uint8Array = new Uint8Array(0);

  constructor(private readonly source: ByteSource) {}

  async bytes(offset: number, length: number): Promise<Uint8Array> {
    if (offset < this.start || offset + length > this.start + this.held.length) {
      const most = Math.min(Math.max(length, Window.ahead), this.source.size - offset);
      this.held = await this.source.read(offset, most);
      this.start = offset;
    }
    return this.held.subarray(offset - this.start, offset - this.start + length);
  }

  /** Of the field at `at`; null where no field that ends by `limit` starts there. */
  async header(at: number, limit: number): Promise<Header | null> {
    const bytes = await this.bytes(at, Math.min(LONGEST_HEADER, limit - at));
    const key = varint(bytes, 0);
    if (!key || key.value > 0xffffffff) return null;
    const number = Math.floor(key.value / 8);
    const wireType = key.value % 8;
    const value = wireType === 0 || wireType === 2 ? varint(bytes, key.end) : { value: 0, end: key.end };
    if (!value || number === 0) return null;
    const start = at + (wireType === 2 ? value.end : key.end);
    // Groups (3 and 4) are not in any ONNX file.
    const lengths = [value.end - key.end, 8, value.value, NaN, NaN, 4];
    const end = start + (lengths[wireType] ?? NaN);
    return end <= limit ? { number, wireType, start, end } : null;
  }
}

/** Values from 2**53 on lose their last bits: they are never lengths of this file. */
function varint(bytes: Uint8Array, start: number): { readonly value: number; readonly end: number } | null {
  let value = 0;
  for (let i = 0; i < 10 && start + i < bytes.length; i++) {
    const byte = bytes[start + i]!;
    value += (byte & 0x7f) * 2 ** (7 * i);
    if (byte < 0x80) return { value, end: start + i + 1 };
  }
  return null;
}

/** A growing array of bytes. */
class Bytes {
  private held = new Uint8Array(64);
  private length = 0;

  append(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.held.length) {
      const larger = new Uint8Array(2 * (this.length + bytes.length));
      larger.set(this.bytes());
      this.held = larger;
    }
    this.held.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** A field of wire type 2. */
  field(number: number, value: Uint8Array): void {
    this.append(encodeVarint(8 * number + 2));
    this.append(encodeVarint(value.length));
    this.append(value);
  }

  bytes(): Uint8Array {
    return this.held.subarray(0, this.length);
  }
}

function encodeVarint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (; value >= 0x80; value = Math.floor(value / 0x80)) bytes.push((value % 0x80) | 0x80);
  bytes.push(value);
  return Uint8Array.from(bytes);
}

function encodeRange({ offset, length }: FileRange): Uint8Array {
  return new Uint8Array(Float64Array.of(offset, length).buffer);
}

/** The place that stands in `raw_data`, `float_data` or `double_data`. */
export function decodeRange(encoded: Uint8Array): FileRange {
  const [offset, length] = new Float64Array(encoded.slice().buffer);
  return { offset: offset!, length: length! };
}
