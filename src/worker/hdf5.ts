/**
 * The only module that knows h5wasm: libhdf5 in WebAssembly. Its file system is in its own memory,
 * so that nothing in a file (external links, external storage) reaches a file of the machine.
 */
import type { Module } from 'h5wasm';
import type { InputFault } from '../core/findings/types.ts';
import { InputFault as Fault } from '../core/findings/types.ts';
import { formatBytes, type ByteSource } from '../core/formats/files.ts';
import { floatSizes, floatValues } from '../core/formats/float-values.ts';
import type { Hdf5Attribute, Hdf5Dataset, Hdf5File, OpenHdf5 } from '../core/formats/keras/hdf5.ts';
import { withoutEndlessHeaps } from './hdf5-heap.ts';

type Library = typeof Module;
type Metadata = ReturnType<Library['get_dataset_metadata']>;
type MakeFault = (words: string) => InputFault;

/** The part of Emscripten's file system that is used here. */
interface VirtualFiles {
  createFile(folder: string, name: string, properties: object, read: boolean, write: boolean): FileNode;
  unlink(path: string): void;
}
interface FileNode {
  stream_ops: object;
}

/** Largest dataset to read, largest text, and largest source that must be held whole. In bytes. */
const DATASET_LIMIT = 2 * 2 ** 30;
const TEXT_LIMIT = 64 * 2 ** 20;
const WHOLE_LIMIT = 256 * 2 ** 20;
/** Deflate cannot pack more densely than about 1032 to 1. */
const DENSEST = 1100;
/** Read at once; more only fills the library's memory, which never shrinks. */
const BLOCK = 16 * 2 ** 20;
const CHUNK_LIMIT = 64 * 2 ** 20;
/** The library's memory; a damaged size otherwise takes all of the 2 GiB that it could have. */
const MEMORY_LIMIT = 256 * 2 ** 20;
/** A library whose memory a file has grown beyond this is not used for the next. */
const MEMORY_KEPT = 64 * 2 ** 20;
/** Each error that leaves the library by a JavaScript exception costs it some of its stack. */
const MOST_ERRORS = 100;

let library: Promise<Library> | null = null;
let opened = 0;
let errors = 0;

function load(): Promise<Library> {
  library ??= start();
  return library;
}

async function start(): Promise<Library> {
  errors = 0;
  // The package's own entry starts one instance for good; after a trap a new one is needed.
  // @ts-expect-error The file behind the package's entry has no types.
  const module = (await import('../../node_modules/h5wasm/dist/esm/hdf5_util.js')) as {
    default(options: object): Promise<Library>;
  };
  const silent = () => undefined;
  return withBoundedMemory(() => module.default({ noInitialRun: true, print: silent, printErr: silent }));
}

interface Imports {
  env?: { emscripten_resize_heap?: (bytes: number) => number };
}
type Instantiate = (bytes: BufferSource, imports?: Imports) => Promise<unknown>;

/** The package has no option for it: while it starts, its import that grows the memory is replaced. */
async function withBoundedMemory<T>(start: () => Promise<T>): Promise<T> {
  const target = WebAssembly as unknown as { instantiate: Instantiate };
  const { instantiate } = target;
  target.instantiate = (bytes, imports) => {
    const grow = imports?.env?.emscripten_resize_heap;
    if (grow) imports.env!.emscripten_resize_heap = (size) => (size >>> 0 > MEMORY_LIMIT ? 0 : grow(size));
    return instantiate(bytes, imports);
  };
  try {
    return await start();
  } finally {
    target.instantiate = instantiate;
  }
}

export const openHdf5: OpenHdf5 = async (source, fault) => {
  const read = await readerOf(source, fault);
  const current = await load();
  const name = `${++opened}.h5`;
  const access = new Access(current, `/${name}`, source, fault);
  const checked = withoutEndlessHeaps(read, source.size, () => access.readsValues);
  addFile(current, name, source.size, checked);
  access.open();
  return access;
};

type ReadSync = (offset: number, length: number) => Uint8Array;

/** The library cannot wait, so a source that cannot be read at once is held whole. */
async function readerOf(source: ByteSource, fault: MakeFault): Promise<ReadSync> {
  if (source.readSync) return (offset, length) => source.readSync!(offset, length);
  if (source.size > WHOLE_LIMIT) {
    throw fault(
      `is an HDF5 file of ${formatBytes(source.size)} inside of another; at most ${formatBytes(WHOLE_LIMIT)} are unpacked`,
    );
  }
  const bytes = await source.read(0, source.size);
  return (offset, length) => bytes.subarray(offset, offset + length);
}

function addFile(library: Library, name: string, size: number, read: ReadSync): void {
  const node = files(library).createFile('/', name, {}, true, false);
  Object.defineProperty(node, 'usedBytes', { get: () => size });
  node.stream_ops = {
    ...node.stream_ops,
    read(_: unknown, memory: Int8Array, at: number, length: number, position: number): number {
      const count = Math.max(0, Math.min(length, size - position));
      if (count > 0) memory.set(read(position, count), at);
      return count;
    },
  };
}

function files(library: Library): VirtualFiles {
  return library.FS as unknown as VirtualFiles;
}

const damaged = 'is a damaged HDF5 file';
const copyAgain = 'copy or save it again';

class Access implements Hdf5File {
  readonly source: ByteSource;
  /** While numbers are read, which lie in no heap. */
  readsValues = false;
  readonly #library: Library;
  readonly #name: string;
  readonly #fault: MakeFault;
  #id = -1n;

  constructor(library: Library, name: string, source: ByteSource, fault: MakeFault) {
    this.source = source;
    this.#library = library;
    this.#name = name;
    this.#fault = fault;
  }

  open(): void {
    const { H5F_ACC_RDONLY } = this.#library;
    this.#id = this.#run(() => this.#library.open(this.#name, H5F_ACC_RDONLY, false, -1, -1));
    if (this.#id >= 0n) return;
    this.close();
    throw this.#fault(`${damaged}: it was probably cut off, or is another kind of file`);
  }

  close(): void {
    const library = this.#library;
    try {
      if (this.#id >= 0n) library.close_file(this.#id);
      files(library).unlink(this.#name);
    } catch {
      // What was read has been checked; only the library is not used again.
      this.#abandon();
    }
    this.#id = -1n;
    if (library.HEAPU8.length > MEMORY_KEPT) forget();
  }

  children(path: string): readonly string[] {
    if (!this.#is(path, this.#library.H5G_GROUP)) return [];
    return this.#run(() => this.#library.get_names(this.#id, path, false));
  }

  attribute(path: string, name: string): Hdf5Attribute | null {
    const library = this.#library;
    if (!this.#is(path, library.H5G_GROUP) && !this.#is(path, library.H5G_DATASET)) return null;
    const what = `attribute '${name}' of '${path}'`;
    return this.#run(() => {
      if (!library.get_attribute_names(this.#id, path).includes(name)) return null;
      const metadata = library.get_attribute_metadata(this.#id, path, name);
      if (metadata.shape === null) return null;
      const values = this.#decode(what, metadata, {
        read: (at) => library.get_attribute_data(this.#id, path, name, at),
        reclaim: (at) => library.reclaim_vlen_memory(this.#id, path, name, at),
      });
      return metadata.shape.length === 0 ? (values?.[0] ?? null) : values;
    });
  }

  dataset(path: string): Hdf5Dataset | null {
    const library = this.#library;
    if (!this.#is(path, library.H5G_DATASET)) return null;
    const metadata = this.#run(() => library.get_dataset_metadata(this.#id, path));
    const what = `'${path}'`;
    const whole: Reading = {
      read: (at) => library.get_dataset_data(this.#id, path, null, null, null, at),
      reclaim: (at) => library.reclaim_vlen_memory(this.#id, path, '', at),
    };
    const dtype = typeName(metadata, () => this.attribute(path, 'dtype'));
    const refuse = (wanted: string) => this.#made(`holds ${what} of type ${dtype}, which is not ${wanted}`);
    return {
      path,
      shape: metadata.shape ?? [0],
      dtype,
      values: () => {
        if (!floatSizes.has(dtype)) throw refuse(`one of ${[...floatSizes.keys()].join(', ')}`);
        return this.#run(() => {
          this.readsValues = true;
          try {
            return this.#values(path, metadata, dtype);
          } finally {
            this.readsValues = false;
          }
        });
      },
      integers: () => {
        if (!/^u?int/.test(dtype)) throw refuse('a whole number');
        const numbers = this.#run(() => this.#decode(what, metadata, whole));
        if (numbers === null) throw refuse('a whole number of 1 to 8 bytes');
        return numbers as number[];
      },
      strings: () => {
        if (dtype !== 'string') throw refuse('text');
        return this.#run(() => this.#decode(what, metadata, whole) as string[]);
      },
    };
  }

  #is(path: string, type: number): boolean {
    if (path === '/') return type === this.#library.H5G_GROUP;
    return this.#run(() => this.#library.get_type(this.#id, path)) === type;
  }

  /** Whatever leaves the library by an exception becomes a fault. */
  #run<T>(call: () => T): T {
    try {
      return call();
    } catch (error) {
      if (error instanceof Fault && this.#faults.has(error)) throw error;
      // Its own errors leave it whole; a trap, or a file that cannot be read any more, does not.
      const own = error instanceof Error && error.constructor === Error;
      if (!own || ++errors > MOST_ERRORS) this.#abandon();
      if (error instanceof Fault) throw error;
      throw this.#made(`${damaged}; ${copyAgain}`);
    }
  }

  /** Faults made here, outside of the library's functions. */
  readonly #faults = new WeakSet<Error>();

  #made(words: string): InputFault {
    const fault = this.#fault(words);
    this.#faults.add(fault);
    return fault;
  }

  #abandon(): void {
    this.#id = -1n;
    forget();
  }

  #allocate<T>(bytes: number, use: (at: number) => T): T {
    const at = this.#library._malloc(Math.max(8, bytes));
    if (at === 0) throw this.#made(`needs more memory than an HDF5 file may take`);
    try {
      return use(at);
    } finally {
      this.#library._free(at);
    }
  }

  #check(what: string, metadata: Metadata, most: number): number {
    const bytes = (metadata.shape ?? [0]).reduce((product, size) => product * size, metadata.size);
    if (!(bytes <= most)) {
      throw this.#made(
        `says that ${what} takes ${formatBytes(bytes)}, which a file of ${formatBytes(this.source.size)} cannot hold or is more than can be read`,
      );
    }
    return bytes;
  }

  /** Text or whole numbers, few of them; null of another type. */
  #decode(what: string, metadata: Metadata, { read, reclaim }: Reading): string[] | number[] | null {
    const library = this.#library;
    const { type, size } = metadata;
    const classes = library.H5T_class_t;
    const isText = type === classes.H5T_STRING.value;
    if (!isText && type !== classes.H5T_INTEGER.value && type !== classes.H5T_FLOAT.value) return null;
    const bytes = this.#check(what, metadata, Math.min(TEXT_LIMIT, this.source.size));
    if (bytes === 0) return [];
    return this.#allocate(bytes, (at) => {
      if (read(BigInt(at)) < 0) throw this.#made(`${damaged}: ${what} cannot be read; ${copyAgain}`);
      const heap = library.HEAPU8;
      if (!isText) return numbers(heap.slice(at, at + bytes), metadata);
      if (!metadata.vlen) return fixedTexts(heap.slice(at, at + bytes), size);
      const texts = pointedTexts(library, heap.slice(at, at + bytes));
      reclaim(BigInt(at));
      return texts ?? this.#refuseText(what);
    });
  }

  #refuseText(what: string): never {
    throw this.#made(`has more than ${formatBytes(TEXT_LIMIT)} of text in ${what}`);
  }

  #values(path: string, metadata: Metadata, dtype: string): Float32Array {
    const shape = metadata.shape ?? [0];
    const packed = metadata.chunks !== null;
    const most = Math.min(DATASET_LIMIT, packed ? DENSEST * this.source.size : this.source.size);
    const bytes = this.#check(`'${path}'`, metadata, most);
    const out = new Float32Array(bytes / metadata.size);
    if (out.length === 0) return out;
    const [rows, ...rest] = shape as [number?, ...number[]];
    if (rows === undefined) {
      this.#block(path, null, metadata, out, dtype);
      return out;
    }
    const width = out.length / rows;
    const step = this.#rowsAtOnce(path, metadata, width * metadata.size);
    for (let row = 0; row < rows; row += step) {
      const count = Math.min(step, rows - row);
      const slab = { count: [count, ...rest], offset: [row, ...rest.map(() => 0)] };
      this.#block(path, slab, metadata, out.subarray(row * width, (row + count) * width), dtype);
    }
    return out;
  }

  /** Whole chunks, or each would be unpacked for every block that it is in. */
  #rowsAtOnce(path: string, { chunks, size }: Metadata, rowBytes: number): number {
    const fitting = Math.max(1, Math.floor(BLOCK / rowBytes));
    if (chunks === null) return fitting;
    const chunk = chunks.reduce((product, length) => product * length, size);
    if (!(chunk <= CHUNK_LIMIT)) {
      throw this.#made(
        `holds '${path}' in chunks of ${formatBytes(chunk)}; at most ${formatBytes(CHUNK_LIMIT)} are unpacked`,
      );
    }
    const high = chunks[0] ?? 1;
    if (high * rowBytes > CHUNK_LIMIT) return fitting;
    return high * Math.max(1, Math.floor(fitting / high));
  }

  #block(
    path: string,
    slab: { readonly count: readonly number[]; readonly offset: readonly number[] } | null,
    { size }: Metadata,
    out: Float32Array,
    dtype: string,
  ): void {
    const library = this.#library;
    const big = (values: readonly number[] | undefined) => values?.map(BigInt) ?? null;
    const bytes = out.length * size;
    this.#allocate(bytes, (at) => {
      const strides = slab?.count.map(() => 1);
      const status = library.get_dataset_data(
        ...([this.#id, path, big(slab?.count), big(slab?.offset), big(strides), BigInt(at)] as const),
      );
      if (status < 0) throw this.#made(`${damaged}: '${path}' cannot be read; ${copyAgain}`);
      // The library gives little-endian bytes, whatever the file has.
      out.set(floatValues(dtype, library.HEAPU8.subarray(at, at + bytes)));
    });
  }
}

function forget(): void {
  library = null;
}

/** How an attribute's or a dataset's bytes come into the library's memory. */
interface Reading {
  readonly read: (at: bigint) => number;
  readonly reclaim: (at: bigint) => number;
}

/** Of HDF5's classes of types (H5Tpublic.h), by their numbers. */
const classNames = ['int', 'float', 'time', 'string', 'bitfield', 'opaque', 'compound', 'reference'];
const moreClassNames = ['enum', 'list', 'array'];

/** @param noted the attribute by which Keras 3 marks bfloat16, which HDF5 has no type for */
function typeName({ type, size, signed }: Metadata, noted: () => Hdf5Attribute | null): string {
  const name = [...classNames, ...moreClassNames][type] ?? 'unknown';
  if (name === 'opaque' && size === 2 && noted() === 'bfloat16') return 'bfloat16';
  if (name === 'int') return `${signed ? '' : 'u'}int${8 * size}`;
  return name === 'float' ? `float${8 * size}` : name;
}

function numbers(bytes: Uint8Array, { type, size, signed }: Metadata): number[] | null {
  const view = new DataView(bytes.buffer);
  const readers = type === 1 ? floatReaders : signed ? intReaders : uintReaders;
  const read = readers.get(size);
  if (!read) return null;
  return Array.from({ length: bytes.length / size }, (_, i) => read(view, i * size));
}

type ReadNumber = (view: DataView, at: number) => number;
const floatReaders = new Map<number, ReadNumber>([
  [4, (view, at) => view.getFloat32(at, true)],
  [8, (view, at) => view.getFloat64(at, true)],
]);
const intReaders = new Map<number, ReadNumber>([
  [1, (view, at) => view.getInt8(at)],
  [2, (view, at) => view.getInt16(at, true)],
  [4, (view, at) => view.getInt32(at, true)],
  [8, (view, at) => Number(view.getBigInt64(at, true))],
]);
const uintReaders = new Map<number, ReadNumber>([
  [1, (view, at) => view.getUint8(at)],
  [2, (view, at) => view.getUint16(at, true)],
  [4, (view, at) => view.getUint32(at, true)],
  [8, (view, at) => Number(view.getBigUint64(at, true))],
]);

/** Texts of one length, filled up with zeros. */
function fixedTexts(bytes: Uint8Array, size: number): string[] {
  const decoder = new TextDecoder();
  return Array.from({ length: bytes.length / size }, (_, i) => {
    const text = bytes.subarray(i * size, (i + 1) * size);
    const end = text.indexOf(0);
    return decoder.decode(end < 0 ? text : text.subarray(0, end));
  });
}

/** Null where they are longer than any text of a model. */
function pointedTexts(library: Library, bytes: Uint8Array): string[] | null {
  const pointers = new Uint32Array(bytes.buffer);
  const texts: string[] = [];
  let length = 0;
  for (const pointer of pointers) {
    const text = pointer === 0 ? '' : library.UTF8ToString(pointer);
    length += text.length;
    if (length > TEXT_LIMIT) return null;
    texts.push(text);
  }
  return texts;
}
