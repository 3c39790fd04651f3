import { mkdtemp, open, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { InputFault } from '../../src/core/findings/types.ts';
import { readNpy, readNpyHeader, writeNpyFloat32 } from '../../src/core/formats/data/npy.ts';
import { openFile } from '../../src/node/files.ts';
import { bytesSource, faultOf } from './sources.ts';

const golden = path.join(import.meta.dirname, '../golden/npy');
const role = 'inputs';
const fileRole = { code: 'data-unreadable', place: { file: role, path: [] } } as const;

async function readGolden(name: string, limit?: number) {
  return readNpy(await openFile(path.join(golden, name), fileRole), { role, limit });
}

/** arange(24) - 5 as [4, 3, 2], as numpy casts it; uint64 without its sign. */
const plain = Array.from({ length: 24 }, (_, i) => i - 5);
const inType: Record<string, (value: number) => number> = {
  u1: (value) => value & 0xff,
  u2: (value) => value & 0xffff,
  u4: (value) => value >>> 0,
  // Only values of double precision can be read.
  u8: (value) => Math.abs(value),
  b1: (value) => (value % 3 === 0 ? 1 : 0),
};

describe('reading what numpy wrote', () => {
  for (const type of ['f2', 'f4', 'f8', 'i1', 'u1', 'i2', 'u2', 'i4', 'u4', 'i8', 'u8', 'b1']) {
    for (const order of ['little', 'big']) {
      if (order === 'big' && type.endsWith('1')) continue;
      for (const memory of ['', '-fortran']) {
        it(`${type} ${order}-endian${memory}`, async () => {
          const expected = plain.map(inType[type] ?? ((value) => value));
          const all = await readGolden(`${type}-${order}${memory}.npy`);
          expect(all.shape).toEqual([4, 3, 2]);
          expect([...all.values]).toEqual(expected);
          const first = await readGolden(`${type}-${order}${memory}.npy`, 3);
          expect(first.shape).toEqual([3, 3, 2]);
          expect([...first.values]).toEqual(expected.slice(0, 18));
        });
      }
    }
  }

  it.each([2, 3])('format version %i', async (version) => {
    expect([...(await readGolden(`version-${version}.npy`)).values]).toEqual(plain);
  });

  it('scalars, vectors and empty arrays', async () => {
    expect(await readGolden('scalar.npy')).toEqual({ shape: [], values: Float32Array.of(1.5) });
    expect(await readGolden('vector.npy', 2)).toEqual({ shape: [2], values: Float32Array.of(0, 1) });
    expect(await readGolden('empty.npy')).toEqual({ shape: [0, 3], values: new Float32Array(0) });
  });

  it('int64 as Int32Array, and as Float64Array where that is too small', async () => {
    expect((await readGolden('i8-little.npy')).values).toBeInstanceOf(Int32Array);
    expect((await readGolden('large.npy')).values).toEqual(Float64Array.of(1, 2 ** 40));
  });
});

describe('faults', () => {
  it.each([
    ['beyond.npy', 'holds the int64 9007199254740993, which is beyond 2^53'],
    ['complex.npy', "holds values of type '<c8'; only float16, float32"],
    ['words.npy', "holds values of type '<U3'; only float16, float32"],
    ['records.npy', 'it holds records of several fields'],
    ['objects.npy', 'holds pickled Python objects'],
  ])('%s', async (name, words) => {
    const fault = await faultOf(() => readGolden(name));
    expect(fault.code).toBe('data-unreadable');
    expect(fault.message).toContain(path.join(golden, name));
    expect(fault.message).toContain(words);
    expect(fault.message).not.toContain('\n');
  });

  const small = writeNpyFloat32([2, 3], Float32Array.of(1, 2, 3, 4, 5, 6));
  const fault = (bytes: Uint8Array) =>
    faultOf(() => readNpy(bytesSource('digits.npy', bytes), { role })).then(({ message }) => message);

  it('truncated and oversized files say how many bytes are expected and found', async () => {
    expect(await fault(small.slice(0, -1))).toBe(
      'digits.npy: is too short: 152 bytes expected for the shape (2, 3), 151 bytes found',
    );
    expect(await fault(Uint8Array.of(...small, 0))).toBe(
      'digits.npy: is too long: 152 bytes expected for the shape (2, 3), 153 bytes found',
    );
    expect(await fault(small.slice(0, 60))).toContain('its header alone ends at byte 128');
    expect(await fault(small.slice(0, 11))).toContain('is too short');
    expect(await fault(new Uint8Array(0))).toContain('is not a .npy file');
  });

  const withHeader = (from: string, to: string) => {
    const text = Buffer.from(small).toString('latin1');
    expect(text).toContain(from);
    return Uint8Array.from(Buffer.from(text.replace(from, to.padEnd(from.length)), 'latin1'));
  };

  it.each([
    ['(2, 3), }', '(2, -3),}', 'unknown text at character'],
    ['(2, 3), }', '(2, 9e9)}', 'unknown text at character'],
    ['(2, 3), }', '(2,  3.5}', 'unknown text at character'],
    ["'descr'", "'decsr'", "key 'decsr' is unknown"],
    ['False', 'alert', 'unknown text at character'],
    ['{', '[', '{ expected'],
    ['}', ' ', 'a key expected, its end found'],
  ])('header with %s as %s', async (from, to, words) => {
    const message = await fault(withHeader(from, to));
    expect(message).toContain('digits.npy: has an invalid .npy header: ');
    expect(message).toContain(words);
  });

  it('a shape beyond every file is refused before anything is allocated', async () => {
    const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000, 1000000000000), }\n";
    const bytes = Uint8Array.from(
      Buffer.from(`\x93NUMPY\x01\x00${String.fromCharCode(header.length)}\0${header}`, 'latin1'),
    );
    expect(await fault(bytes)).toContain('has the impossible shape (1000000000000, 1000000000000)');
  });
});

describe('files of 10 GB', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'spikewise-npy-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  async function sparse(name: string, shape: readonly number[], fortran: boolean): Promise<string> {
    const literal = `{'descr': '<f4', 'fortran_order': ${fortran ? 'True' : 'False'}, 'shape': (${shape.join(', ')}), }`;
    const header = Buffer.from(`\x93NUMPY\x01\x00\x76\x00${literal.padEnd(117)}\n`, 'latin1');
    const file = path.join(folder, name);
    const handle = await open(file, 'w');
    await handle.write(header);
    await handle.truncate(header.length + 4 * shape.reduce((product, size) => product * size, 1));
    await handle.close();
    return file;
  }

  it.each([false, true])('say to set a limit, and are read with one (Fortran order: %s)', async (fortran) => {
    const shape = [3_000_000, 28, 30];
    const source = await openFile(await sparse('large.npy', shape, fortran), fileRole);
    expect((await readNpyHeader(source)).shape).toEqual(shape);
    const fault = await faultOf(() => readNpy(source, { role }));
    expect(fault.message).toBe(
      `${source.path}: has 9.4 GiB of inputs to read, and at most 2 GiB are; set "limit" in data (or --limit) to read the first samples only`,
    );
    const first = await readNpy(source, { role, limit: 5 });
    expect(first.shape).toEqual([5, 28, 30]);
    expect(first.values.every((value) => value === 0)).toBe(true);
  });

  it('in Fortran order with few samples say to save in C order', async () => {
    const source = await openFile(await sparse('wide.npy', [20, 5_000_000, 30], true), fileRole);
    const fault = await faultOf(() => readNpy(source, { role, limit: 2 }));
    expect(fault.message).toContain('numpy.ascontiguousarray');
  });
});

describe('properties', () => {
  const arrays = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 4 }).chain((shape) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const value = fc.float({ noNaN: false });
    return fc
      .array(value, { minLength: count, maxLength: count })
      .map((values) => ({ shape, values: Float32Array.from(values) }));
  });

  it('what is written is read again', async () => {
    await fc.assert(
      fc.asyncProperty(arrays, async ({ shape, values }) => {
        const source = bytesSource('any.npy', writeNpyFloat32(shape, values));
        expect(await readNpy(source, { role })).toEqual({ shape, values });
      }),
    );
  });

  it('damaged files are read or faulted, and nothing else is thrown', async () => {
    const files = await Promise.all(
      (await readdir(golden))
        .filter((name) => name.endsWith('.npy'))
        .map((name) => readFile(path.join(golden, name))),
    );
    const flips = fc.array(fc.record({ at: fc.nat(200), bit: fc.integer({ min: 0, max: 7 }) }), {
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...files), flips, fc.nat(400), async (file, flipped, length) => {
        const bytes = Uint8Array.from(file.subarray(0, length));
        for (const { at, bit } of flipped) if (at < bytes.length) bytes[at]! ^= 1 << bit;
        try {
          await readNpy(bytesSource('damaged.npy', bytes), { role, limit: 2 });
        } catch (error) {
          expect(error).toBeInstanceOf(InputFault);
          expect((error as InputFault).message).not.toContain('\n');
        }
      }),
      { numRuns: 2000 },
    );
  });
});
