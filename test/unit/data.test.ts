/** Inputs and labels out of every format, as numpy, safetensors, pandas and Python write them. */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { dsvFormat } from 'd3-dsv';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { InputFault } from '../../src/core/findings/types.ts';
import { readData, type ReadDataOptions } from '../../src/core/formats/data/data.ts';
import type { ByteSource } from '../../src/core/formats/files.ts';
import { writeNpyFloat32 } from '../../src/core/formats/data/npy.ts';
import { openFile } from '../../src/node/files.ts';
import { readDataFile } from '../../src/node/data-files.ts';
import { bytesSource, faultOf } from './sources.ts';

const golden = path.join(import.meta.dirname, '../golden/data');
const fileRole = { code: 'data-unreadable', place: { file: 'inputs', path: [] } } as const;
const role = 'inputs';

async function read(name: string, options: Partial<ReadDataOptions> = {}) {
  const array = await readData(await openFile(path.join(golden, name), fileRole), { role, ...options });
  return { shape: array.shape, values: [...array.values] };
}

function readBytes(bytes: Uint8Array | string, options: Partial<ReadDataOptions> = {}) {
  const source = bytesSource('any', typeof bytes === 'string' ? Buffer.from(bytes) : bytes);
  return readData(source, { role, ...options });
}

async function faultIn(bytes: Uint8Array | string, options: Partial<ReadDataOptions> = {}): Promise<string> {
  const fault = await faultOf(() => readBytes(bytes, options));
  expect(fault.code).toBe('data-unreadable');
  expect(fault.place).toEqual({ file: options.role ?? role, path: [] });
  return fault.fault;
}

/** arange(24) - 5 as [4, 3, 2], and what its types make of it. */
const x = Array.from({ length: 24 }, (_, i) => i - 5);
const y = [0, 2, 1, 2];
const bytes = x.map((value) => value & 255);

describe('what the libraries wrote', () => {
  it.each([
    ['stored.npz', x],
    ['compressed.npz', x],
    ['unnamed.npz', x],
    ['fortran.npz', x],
    ['pair.safetensors', x],
    ...['float64', 'float32', 'float16', 'bfloat16', 'int64', 'int32', 'int16', 'int8'].map(
      (type) => [`${type}.safetensors`, x] as const,
    ),
    ...['uint64', 'uint32', 'uint16', 'uint8'].map(
      (type) => [`${type}.safetensors`, x.map(Math.abs)] as const,
    ),
    ['bool.safetensors', x.map((value) => (value % 3 === 0 ? 1 : 0))],
    ['u1.idx', bytes],
    ...['i1', 'i2', 'i4', 'f4', 'f8'].map((type) => [`${type}.idx`, x] as const),
    ['packed.idx.gz', bytes],
    ['members.idx.gz', bytes],
    ['compact.json', x],
    ['indented.json', x],
  ] as const)('%s', async (name, values) => {
    expect(await read(name)).toEqual({ shape: [4, 3, 2], values });
    expect(await read(name, { limit: 3 })).toEqual({ shape: [3, 3, 2], values: values.slice(0, 18) });
    expect(await read(name, { limit: 9 })).toEqual({ shape: [4, 3, 2], values });
  });

  const table = x.map((value) => value / 4);
  it.each([
    'savetxt.csv',
    'savetxt-header.csv',
    'pandas.csv',
    'semicolon.csv',
    'tab.csv',
    'quoted.csv',
    'packed.csv.gz',
  ])('%s', async (name) => {
    expect(await read(name)).toEqual({ shape: [4, 6], values: table });
    expect(await read(name, { limit: 1 })).toEqual({ shape: [1, 6], values: table.slice(0, 6) });
  });

  it.each(['labels.csv', 'labels.idx', 'labels.json', 'stored.npz', 'compressed.npz', 'pair.safetensors'])(
    'labels of %s',
    async (name) => {
      const { shape, values } = await read(name, { role: 'labels' });
      expect(shape).toEqual(name === 'labels.csv' ? [4, 1] : [4]);
      expect(values).toEqual(y);
    },
  );

  it('one-hot labels of a table', async () => {
    const rows = y.flatMap((label) => [0, 1, 2].map((k) => (k === label ? 1 : 0)));
    expect(await read('one-hot.csv', { role: 'labels' })).toEqual({ shape: [4, 3], values: rows });
  });

  it.each([
    [
      'split.npz',
      "holds several arrays, none of them named x or inputs: it has 'x_train', 'y_train', 'x_test', 'y_test'; choose one as 'split.npz#x_train'",
    ],
    ['objects.npz', 'holds pickled Python objects'],
    ['none.npz', 'holds no arrays'],
    ['float8.safetensors', "has tensor 'data' of type float8_e4m3, which is not read"],
    ['pandas-index.csv', 'has a first column without a name, probably the numbers of the rows'],
    [
      'decimal-comma.csv',
      'holds "-1,25" in row 2, column 1, which is no number; write decimals with a point',
    ],
    ['savetxt-spaces.csv', 'separate the values with commas'],
    ['utf16.csv', 'is text in UTF-16; save it in UTF-8'],
    ['object.json', 'is a JSON object; a JSON data file is one array of numbers'],
  ])('%s is refused', async (name, words) => {
    const fault = await faultOf(() => read(name));
    expect(fault.code).toBe('data-unreadable');
    expect(fault.message).toContain(path.join(golden, name));
    expect(fault.message).toContain(words);
  });
});

describe('one array among several', () => {
  const open = (name: string, which: 'inputs' | 'labels' = role) =>
    readDataFile(path.join(golden, name), { role: which });

  it('is named behind the file', async () => {
    expect((await open('split.npz#x_test')).shape).toEqual([2, 3, 2]);
    expect([...(await open('split.npz#y_test', 'labels')).values]).toEqual([0, 2]);
    expect((await open('pair.safetensors#x', 'labels')).shape).toEqual([4, 3, 2]);
  });

  it.each([
    ['split.npz#z', "split.npz: holds no array 'z': it has 'x_train'"],
    ['split.npz#', "split.npz: holds no array '': it has 'x_train'"],
    ['compact.json#x', "compact.json: holds one array, without a name (JSON); leave out '#x'"],
    ['missing.npz#x', 'missing.npz#x: does not exist'],
  ])('%s', async (name, words) => {
    const fault = await faultOf(() => open(name));
    expect(fault.code).toBe('data-unreadable');
    expect(fault.message).toContain(words);
  });

  it('two that could be it are not guessed between', async () => {
    const npy = writeNpyFloat32([1], Float32Array.of(1));
    expect(await faultIn(zipSync({ 'x.npy': npy, 'inputs.npy': npy }))).toContain(
      'several arrays, not one alone of them named x or inputs',
    );
  });

  it('a damaged one is named with its file', async () => {
    const npy = writeNpyFloat32([2], Float32Array.of(1, 2));
    const archive = zipSync({ 'x.npy': npy.subarray(0, -1) }, { level: 0 });
    const fault = await faultOf(() => readBytes(archive));
    expect(fault.message).toContain(
      'any#x: is too short: 136 bytes expected for the shape (2), 135 bytes found',
    );
  });
});

describe('columns of a table as the model takes its samples', () => {
  it.each([
    [
      [3, 2],
      [4, 3, 2],
    ],
    [
      [2, 3],
      [4, 2, 3],
    ],
    [
      [null, 2],
      [4, 3, 2],
    ],
    [
      [6, 1],
      [4, 6, 1],
    ],
    [[6], [4, 6]],
    [
      [4, 2],
      [4, 6],
    ],
    [
      [null, 4],
      [4, 6],
    ],
    [
      [null, null],
      [4, 6],
    ],
  ])('%j', async (sampleShape, shape) => {
    expect((await read('pandas.csv', { sampleShape })).shape).toEqual(shape);
  });

  it('but never the axes of an array', async () => {
    expect((await read('compact.json', { sampleShape: [2, 3] })).shape).toEqual([4, 3, 2]);
  });
});

describe('large files', () => {
  /** Counts what is read. */
  function counted(bytes: Uint8Array): { source: ByteSource; read: () => number } {
    const source = bytesSource('large', bytes);
    let read = 0;
    const reading: ByteSource = {
      ...source,
      read: (offset, length) => {
        read += length;
        return source.read(offset, length);
      },
    };
    return { source: reading, read: () => read };
  }

  const samples = 600_000;
  const values = Float32Array.from({ length: samples * 4 }, (_, i) => i % 256);
  const npy = writeNpyFloat32([samples, 4], values);
  const idx = Buffer.concat([
    Buffer.from([0, 0, 8, 2, 0, samples >> 16, (samples >> 8) & 255, samples & 255, 0, 0, 0, 4]),
    Uint8Array.from(values),
  ]);
  const row = '0.25,1.5,-2,3e-2\n';
  const header = JSON.stringify({
    data: { dtype: 'F32', shape: [samples, 4], data_offsets: [0, samples * 16] },
  });
  const length = Buffer.alloc(8);
  length.writeUInt32LE(header.length);
  const noise = Uint8Array.from({ length: idx.length }, (_, i) => (i * i * 7919) >> 7);

  it.each([
    ['.npy', npy],
    ['stored .npz', zipSync({ 'x.npy': npy }, { level: 0 })],
    ['safetensors', Buffer.concat([length, Buffer.from(header), Buffer.from(values.buffer)])],
    ['IDX', idx],
    ['IDX.gz', gzipSync(Buffer.concat([idx.subarray(0, 12), noise.subarray(12)]))],
    ['CSV', Buffer.from(row.repeat(samples))],
    ['CSV.gz', gzipSync(row.repeat(samples * 4), { level: 1 })],
    ['JSON', Buffer.from(`[${Array.from({ length: samples }, () => '[1, 2, 3, 0.25]').join(',')}]`)],
  ])('of %s only the start is read with a limit', async (name, bytes) => {
    const { source, read } = counted(bytes);
    const array = await readData(source, { role, limit: 10 });
    expect(array.shape).toEqual([10, 4]);
    // Pieces of 1 MiB, or of 16 KiB where they are packed; an archive's directory.
    expect(read()).toBeLessThanOrEqual(name.endsWith('.gz') ? 40_000 : 2 ** 20 + 70_000);
    expect(bytes.length).toBeGreaterThan(read());
  });

  it('sizes are checked before anything is allocated', async () => {
    const huge = Buffer.from([
      0,
      0,
      14,
      3,
      0,
      1,
      0,
      0,
      0,
      1,
      0,
      0,
      0,
      1,
      0,
      0,
      ...new Array<number>(64).fill(0),
    ]);
    expect(await faultIn(huge)).toContain(
      'is too short: 2.0 PiB expected for the shape [65536, 65536, 65536]',
    );
    expect(await faultIn(gzipSync(huge))).toMatch(/^is too short: \d+ bytes of gzip cannot hold the 2.0 PiB/);
    const beyond = Buffer.from([0, 0, 14, 3, ...new Array<number>(12).fill(255)]);
    expect(await faultIn(beyond)).toBe('has the impossible shape [4294967295, 4294967295, 4294967295]');
  });
});

describe('tables', () => {
  it.each([
    ['1,2\n3\n', 'has 1 columns in row 2, and 2 in its first'],
    ['a,b\n1,2,3\n', 'has 3 columns in row 2, and 2 in its first'],
    ['a,b\n1,\n', 'holds nothing in row 2, column 2; every field has to be a number'],
    ['a,b\n\n1,nan\n', 'holds "nan" in row 3, column 2, which is no number'],
    ['nan,1\n2,3\n', 'holds "nan" in row 1, column 1, which is no number'],
    ['a,b\nc,d\n1,2\n', 'holds "c" in row 2, column 1, which is no number'],
    ['1,0x10\n', 'holds no row of numbers'],
    ['1,1e999\n', 'holds "1e999" in row 1, column 2, which is no number'],
    ['a,"b\n1,2\n', 'holds no row of numbers'],
    ['some words\n', 'holds no row of numbers'],
    [' \n\n', 'holds no row of numbers'],
  ])('%j', async (text, words) => {
    expect(await faultIn(text)).toBe(words);
  });

  it.each([
    ['1,2\r\n3,4', [2, 2]],
    ['1,2\r3,4\r', [2, 2]],
    ['\n\n1, 2\n\n3 ,4\n\n', [2, 2]],
    ['"1","2"\n"3","4"', [2, 2]],
    ['a;b,c\n1;2\n3;4\n', [2, 2]],
    ['\ufeff1\n2\n3\n4\n', [4, 1]],
    ['"a\nb\r\n""c",d\n1,2\n3,4\n', [2, 2]],
  ])('%j', async (text, shape) => {
    const array = await readBytes(text);
    expect(array.shape).toEqual(shape);
    expect([...array.values]).toEqual([1, 2, 3, 4]);
  });

  it.each([' ', '1', '1 ', '-', '.', 'e', '"', 'nan '])('long fields of %j take no longer', async (part) => {
    const field = part.repeat(2 ** 19) + 'x';
    const since = performance.now();
    expect(await faultIn(`${field},1\n${field},2\n`)).toMatch(/^(holds|has) /);
    expect(performance.now() - since).toBeLessThan(2000);
  });

  it('a row without an end is refused before the memory is full', async () => {
    expect(await faultIn(`"${'1,'.repeat(10 * 2 ** 20)}`)).toContain('has a row of over 16.0 MiB');
  });
});

describe('JSON', () => {
  it.each([
    ['[[1, 2], [3]]', 'is no regular array: 1 values, where the first array there has 2, at [1]'],
    ['[[1, 2], 3]', 'is no regular array: a number among arrays, at [1]'],
    ['[1, [2]]', 'is no regular array: an array among numbers, at [1]'],
    ['[[1], []]', 'is no regular array: 0 values, where the first array there has 1, at [1]'],
    ['[[[]], []]', 'is no regular array: 0 values, where the first array there has 1, at [1]'],
    ['[1, null]', 'holds "null" at [1]; a JSON data file is one array of numbers, nested as its axes are'],
    ['[1, "2"]', 'holds "2" at [1]; a JSON data file is one array of numbers, nested as its axes are'],
    ['[1, 01]', 'holds "1" at [2]; a JSON data file is one array of numbers, nested as its axes are'],
    ['[1,, 2]', 'holds "," at [1]; a JSON data file is one array of numbers, nested as its axes are'],
    ['[1, 2,]', 'holds "]" at [2]; a JSON data file is one array of numbers, nested as its axes are'],
    [
      '[1] [2]',
      'goes on after its array, with "["; a JSON data file is one array of numbers, nested as its axes are',
    ],
    ['[1, 1e999]', 'holds "1e999" at [1], beyond every float'],
    ['[1, 2', 'is too short: it ends before its JSON array does'],
    ['['.repeat(1_000_000), 'is nested in more than 64 arrays'],
    [
      '[1 // one\n]',
      'holds "// one" at [1]; a JSON data file is one array of numbers, nested as its axes are',
    ],
  ])('%s', async (text, words) => {
    expect(await faultIn(text)).toBe(words);
  });

  it('empty arrays', async () => {
    expect((await readBytes('[]')).shape).toEqual([0]);
    expect((await readBytes('[[], []]')).shape).toEqual([2, 0]);
  });

  it('in pieces that end anywhere', async () => {
    const numbers = Array.from({ length: 400_000 }, (_, i) => [i, 1 - i / 8]);
    const array = await readBytes(JSON.stringify(numbers, null, 1));
    expect(array.shape).toEqual([400_000, 2]);
    expect(array.values.every((value, i) => value === numbers[i >> 1]![i & 1])).toBe(true);
  });
});

describe('packed by gzip', () => {
  const csv = Buffer.from('1,2\n3,4\n');

  it('a wrong checksum, and an end that is missing, are refused', async () => {
    const packed = gzipSync(csv);
    packed[packed.length - 8]! ^= 1;
    expect(await faultIn(packed)).toContain('does not have the checksum at its end');
    for (let length = 3; length < packed.length; length++) {
      expect(await faultIn(packed.subarray(0, length))).toContain('damaged gzip');
    }
  });

  it('a header without an end is not held for long', async () => {
    const endless = Buffer.alloc(100 * 2 ** 20, 'a');
    Buffer.from([0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 0]).copy(endless);
    expect(await faultIn(endless)).toContain('damaged gzip');
  });

  it('several files one behind the other are one', async () => {
    const rows = Array.from({ length: 500 }, (_, i) => gzipSync(`${i},${i % 7}\n`));
    const array = await readBytes(Buffer.concat(rows));
    expect(array.shape).toEqual([500, 2]);
    expect(array.values.at(-2)).toBe(499);
  });

  it('what is not a stream of samples is to be unpacked first', async () => {
    expect(await faultIn(gzipSync(writeNpyFloat32([1], Float32Array.of(1))))).toBe(
      'is a .npy file packed by gzip; unpack it first',
    );
    expect(await faultIn(gzipSync(gzipSync(csv)))).toContain('is a gzip file; what it holds is no data file');
    expect(await faultIn(gzipSync(''))).toBe('is a gzip file; what it holds is empty');
  });
});

it.each([
  ['', 'is empty'],
  ['\x89HDF\r\n\x1a\n', 'is an HDF5 file; save the samples with numpy.save'],
  [
    '\x80\x04\x95',
    'is a Python pickle, which may run programs and is not opened; save the samples with numpy.save',
  ],
  ['\0\0\0\0', 'is no data file that is known'],
  ['{"a": 1}', 'is a JSON object'],
])('%j', async (text, words) => {
  expect(await faultIn(Buffer.from(text, 'latin1'))).toContain(words);
});

it('a PyTorch file says how to save its samples', async () => {
  expect(await faultIn(zipSync({ 'x/data.pkl': Uint8Array.of(1) }))).toContain('is a PyTorch file');
});

describe('properties', () => {
  // No format writes -0.
  const value = fc
    .oneof(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.integer())
    .map((number) => (number === 0 ? 0 : number));
  const tables = fc
    .tuple(fc.integer({ min: 1, max: 6 }), fc.integer({ min: 1, max: 5 }))
    .chain(([rows, columns]) =>
      fc.array(fc.array(value, { minLength: columns, maxLength: columns }), {
        minLength: rows,
        maxLength: rows,
      }),
    );

  it('a table that is written is read again', async () => {
    const headers = fc.option(fc.constantFrom('name', 'a "b"', 'a,b;c\td', 'two\nlines', '# é'));
    await fc.assert(
      fc.asyncProperty(
        tables,
        headers,
        fc.constantFrom(',', ';', '\t'),
        fc.boolean(),
        async (rows, header, separator, packed) => {
          const first = rows[0]!.map((_, column) => `${header} ${column}`);
          const text = dsvFormat(separator).formatRows(
            [...(header === null ? [] : [first]), ...rows].map((row) => row.map(String)),
          );
          const array = await readBytes(packed ? gzipSync(text) : text);
          expect(array.shape).toEqual([rows.length, rows[0]!.length]);
          expect([...array.values]).toEqual(rows.flat());
        },
      ),
    );
  });

  it('a JSON array that is written is read again, and a limit gives its start', async () => {
    await fc.assert(
      fc.asyncProperty(tables, fc.nat(4), fc.integer({ min: 1, max: 7 }), async (rows, indent, limit) => {
        const text = JSON.stringify(rows, null, indent);
        const array = await readBytes(text, { limit });
        expect(array.shape).toEqual([Math.min(limit, rows.length), rows[0]!.length]);
        expect([...array.values]).toEqual(rows.slice(0, limit).flat());
      }),
    );
  });

  it('damaged files are read or faulted, and nothing else is thrown', { timeout: 60_000 }, async () => {
    const names = (await readdir(golden)).filter((name) => !/\.(?:py|md)$/.test(name));
    const files = await Promise.all(names.map((name) => readFile(path.join(golden, name))));
    const flips = fc.array(fc.record({ at: fc.nat(700), byte: fc.nat(255) }), { maxLength: 3 });
    const lengths = fc.oneof(fc.constant(2000), fc.nat(700));
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files),
        flips,
        lengths,
        fc.boolean(),
        async (file, flipped, length, all) => {
          const damaged = Uint8Array.from(file.subarray(0, length));
          for (const { at, byte } of flipped) if (at < damaged.length) damaged[at] = byte;
          await readOrFault(damaged, all ? undefined : 2);
        },
      ),
      { numRuns: 4000 },
    );
  });

  it('cut off anywhere they are read or faulted', { timeout: 60_000 }, async () => {
    for (const name of [
      'stored.npz',
      'compressed.npz',
      'pair.safetensors',
      'packed.idx.gz',
      'members.idx.gz',
      'quoted.csv',
      'indented.json',
    ]) {
      const file = await readFile(path.join(golden, name));
      for (let length = 0; length < file.length; length++) await readOrFault(file.subarray(0, length));
    }
  });

  async function readOrFault(bytes: Uint8Array, limit?: number): Promise<void> {
    try {
      const { shape, values } = await readBytes(bytes, { limit });
      expect(values.length).toBe(shape.reduce((product, size) => product * size, 1));
    } catch (error) {
      expect(error).toBeInstanceOf(InputFault);
      expect((error as InputFault).code).toBe('data-unreadable');
      expect((error as InputFault).message).not.toContain('\n');
    }
  }
});
