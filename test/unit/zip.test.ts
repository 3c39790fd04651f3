import { strToU8, zipSync } from 'fflate';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputFault } from '../../src/core/findings/types.ts';
import { isZip, openZip } from '../../src/core/formats/zip.ts';
import { modelBytes } from '../support/models.ts';
import { bytesSource, faultOf } from './sources.ts';

const fault = (words: string) =>
  new InputFault('model-unreadable', 'a.zip', words, { file: 'model', path: [] });
const open = (bytes: Uint8Array) => openZip(bytesSource('a.zip', bytes), fault);
const MOST = 2 ** 20;

const text = strToU8('a text that repeats, '.repeat(100));
const archive = () =>
  zipSync({ 'a/stored': [text, { level: 0 }], 'b/packed': [text, { level: 9 }], empty: new Uint8Array(0) });

/** Sets the 32 bits at an offset from the n-th record of this signature. */
function patch(bytes: Uint8Array, signature: number, n: number, offset: number, value: number): Uint8Array {
  const damaged = bytes.slice();
  const view = new DataView(damaged.buffer);
  let found = -1;
  for (let at = 0; at + 4 <= damaged.length; at++) {
    if (view.getUint32(at, true) === signature && ++found === n) view.setUint32(at + offset, value, true);
  }
  expect(found).toBeGreaterThanOrEqual(n);
  return damaged;
}
const local = 0x04034b50;
const central = 0x02014b50;
const end = 0x06054b50;

/** Bytes that do not pack, so that many pieces are needed. */
const noise = Uint8Array.from({ length: 300_000 }, (_, i) => Math.imul(i ^ (i >>> 3), 2654435761) >>> 24);

describe('an entry that is unpacked as far as it is read', () => {
  const packed = zipSync({ noise: [noise, { level: 6 }], stored: [text, { level: 0 }] });

  it('gives the bytes of the entry at any place, in any order', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(noise.length), fc.nat(noise.length)), { minLength: 1, maxLength: 5 }),
        async (ranges) => {
          const source = await (await open(packed)).unpacking('noise', MOST);
          expect(source.size).toBe(noise.length);
          for (const [one, other] of ranges) {
            const [start, end] = [Math.min(one, other), Math.max(one, other)];
            const read = await source.read(start, end - start);
            expect(Buffer.compare(read, noise.subarray(start, end))).toBe(0);
          }
        },
      ),
      { numRuns: 30 },
    );
    const stored = await (await open(packed)).unpacking('stored', 1);
    expect(await stored.read(7, 20)).toEqual(text.slice(7, 27));
  });

  it('reads no more of the file than that takes', async () => {
    let taken = 0;
    const source = bytesSource('a.zip', packed);
    const counting = {
      ...source,
      read: (offset: number, length: number) => ((taken += length), source.read(offset, length)),
    };
    const entry = await (await openZip(counting, fault)).unpacking('noise', MOST);
    taken = 0;
    await entry.read(0, 1000);
    expect(taken).toBeLessThan(noise.length / 10);
    await entry.read(0, noise.length);
    expect(taken).toBe((await openZip(source, fault)).entries[0]?.compressedSize);
  });

  it('is refused beyond the most that may be unpacked, and where its end is damaged', async () => {
    const most = await (await open(packed)).unpacking('noise', 1000);
    await most.read(0, 1000);
    expect((await faultOf(() => most.read(0, 1001))).message).toContain('at most 1,000 bytes are read');
    for (const damaged of [patch(packed, central, 0, 16, 1), patch(packed, central, 0, 24, 299_999)]) {
      const entry = await (await open(damaged)).unpacking('noise', MOST);
      await entry.read(0, 1000);
      expect((await faultOf(() => entry.read(0, entry.size))).message).toContain("'noise' does not unpack");
    }
  });
});

describe('archives', () => {
  it('stored and packed entries, whole and by range', async () => {
    const zip = await open(archive());
    expect(isZip(archive())).toBe(true);
    expect(zip.entries.map(({ name, size, stored }) => [name, size, stored])).toEqual([
      ['a/stored', text.length, true],
      ['b/packed', text.length, false],
      ['empty', 0, false],
    ]);
    expect(await zip.read('a/stored', MOST)).toEqual(text);
    expect(await zip.read('b/packed', MOST)).toEqual(text);
    expect(await zip.read('empty', MOST)).toEqual(new Uint8Array(0));
    const source = await zip.source('a/stored');
    expect(source).toMatchObject({ path: 'a.zip', size: text.length });
    expect(await source?.read(7, 20)).toEqual(text.slice(7, 27));
    expect((await faultOf(() => source?.read(1, text.length))).message).toContain("'a/stored' ends at byte");
    expect(await zip.source('b/packed')).toBeNull();
  });

  it('as PyTorch and NumPy write them', async () => {
    const zip = await open(await modelBytes('pytorch/state.pt'));
    expect(new TextDecoder().decode(await zip.read('state/byteorder', 10))).toBe('little');
    const arrays = await open(await modelBytes('weights.npz'));
    expect(arrays.entries.map(({ name }) => name)).toContain('lstm.weight_ih_l0.npy');
  });

  it('with a comment at its end, that looks like an end too', async () => {
    const bytes = zipSync({ a: text }, { comment: 'PK\x05\x06 of another archive, and more text' });
    expect(await (await open(bytes)).read('a', MOST)).toEqual(text);
  });

  it('names in UTF-8', async () => {
    expect((await open(zipSync({ 'größe/重み': text }))).entries[0]?.name).toBe('größe/重み');
  });

  it('beyond 65,535 entries or 4 GiB: numbers in a zip64 record', async () => {
    const plain = zipSync({ a: text }, { level: 0 });
    const at = plain.length - 22;
    const old = new DataView(plain.buffer);
    const extra = new DataView(new ArrayBuffer(56 + 20));
    extra.setUint32(0, 0x06064b50, true);
    extra.setBigUint64(4, 44n, true);
    extra.setBigUint64(32, 1n, true);
    extra.setBigUint64(40, BigInt(old.getUint32(at + 12, true)), true);
    extra.setBigUint64(48, BigInt(old.getUint32(at + 16, true)), true);
    extra.setUint32(56, 0x07064b50, true);
    extra.setBigUint64(64, BigInt(at), true);
    const bytes = Uint8Array.of(...plain.slice(0, at), ...new Uint8Array(extra.buffer), ...plain.slice(at));
    const large = patch(bytes, end, 0, 16, 0xffffffff);
    expect(await (await open(large)).read('a', MOST)).toEqual(text);
    const wrong = patch(large, 0x07064b50, 0, 8, large.length);
    expect((await faultOf(() => open(wrong))).message).toContain('lies beyond its end');
  });
});

describe('faults', () => {
  const message = async (bytes: Uint8Array, name = 'b/packed', most = MOST) =>
    (await faultOf(async () => (await open(bytes)).read(name, most))).message;

  it('a name that is not there, an entry that is too large', async () => {
    expect(await message(archive(), 'c')).toBe("a.zip: is a zip archive without 'c'");
    expect(await message(archive(), 'a/stored', 100)).toContain(
      "holds 'a/stored' of 2,100 bytes; at most 100",
    );
  });

  it.each([
    ['of another size', patch(archive(), central, 1, 24, text.length - 1), 'does not unpack'],
    ['that says to be larger', patch(archive(), central, 1, 24, text.length + 1), 'does not unpack'],
    [
      'that says to be a thousand times as large',
      patch(archive(), central, 1, 24, 900_000),
      'does not unpack',
    ],
    ['with another sum', patch(archive(), central, 1, 16, 1), 'does not unpack'],
    ['of another method', patch(archive(), central, 1, 10, 12), 'compressed by method 12'],
    ['encrypted', patch(archive(), central, 1, 8, 1 + (8 << 16)), 'is encrypted'],
    ['beyond the end', patch(archive(), central, 1, 42, 1e9), 'lies beyond its end'],
    ['elsewhere', patch(archive(), central, 1, 42, 7), 'not where its directory says'],
    ['without a local header', patch(archive(), local, 1, 0, 0), 'not where its directory says'],
  ])('an entry %s', async (_, bytes, words) => {
    expect(await message(bytes)).toContain(words);
  });

  it.each([
    ['a stored entry in two sizes', patch(archive(), central, 0, 24, 9), 'in two sizes'],
    ['more entries than it has', patch(archive(), end, 0, 8, 7 + (7 << 16)), 'entry 4 of 7 is missing'],
    ['too many entries', patch(archive(), end, 0, 8, 60_000 * 65_537), 'of 60000 entries'],
    ['a directory beyond its end', patch(archive(), end, 0, 16, 1e9), 'lies beyond its end'],
    ['cut off', archive().slice(0, -30), 'was probably cut off'],
    ['nothing', new Uint8Array(0), 'was probably cut off'],
  ])('%s', async (_, bytes, words) => {
    expect(await message(bytes)).toContain(words);
  });

  it('two entries of one name', async () => {
    const bytes = zipSync({ a1: text, a2: text });
    bytes.forEach((byte, i) => {
      if (byte === 0x32 && bytes[i - 1] === 0x61) bytes[i] = 0x31;
    });
    expect(await message(bytes)).toContain("two entries named 'a1'");
  });

  it('a bomb is not unpacked further than it says', async () => {
    const bomb = zipSync({ bomb: new Uint8Array(50_000_000) }, { level: 9 });
    expect(await message(bomb, 'bomb')).toContain('at most 1.0 MiB are read');
    expect(await message(patch(bomb, central, 0, 24, 1000), 'bomb')).toContain('does not unpack');
  });
});

it('damaged archives are read or faulted, and nothing else is thrown', async () => {
  const bytes = archive();
  const change = fc.tuple(fc.nat(bytes.length - 1), fc.nat(255));
  let readable = 0;
  await fc.assert(
    fc.asyncProperty(
      fc.array(change, { minLength: 1, maxLength: 3 }),
      fc.oneof(fc.constant(bytes.length), fc.nat(bytes.length)),
      async (changes, length) => {
        const damaged = bytes.slice();
        for (const [at, byte] of changes) damaged[at] = byte;
        try {
          const zip = await open(damaged.slice(0, length));
          for (const { name } of zip.entries) {
            await zip.read(name, MOST);
            const source = await zip.source(name);
            await source?.read(0, source.size);
            const unpacking = await zip.unpacking(name, MOST);
            await unpacking.read(0, Math.min(10, unpacking.size));
            await unpacking.read(0, unpacking.size);
          }
          readable++;
        } catch (error) {
          expect(error).toBeInstanceOf(InputFault);
        }
      },
    ),
    { numRuns: 3000 },
  );
  expect(readable).toBeGreaterThan(50);
});
