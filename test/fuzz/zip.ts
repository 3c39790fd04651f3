/** Mutations of zip archives: taken apart, entries changed by what they hold, and put together with lies. */
import { deflateSync, inflateSync, strFromU8, strToU8 } from 'fflate';
import { crc32 } from '../../src/core/formats/crc32.ts';
import { concat, joined, mutateBytes, type Mutate } from './bytes.ts';
import { texts } from './json.ts';
import type { Random } from './random.ts';

interface Entry {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly packed: boolean;
}

/** What the directory says of an entry that is not so. */
interface Lies {
  readonly method?: number;
  readonly flags?: number;
  readonly crc?: number;
  readonly size?: number;
  readonly compressedSize?: number;
  readonly offset?: number;
  readonly nameLength?: number;
  readonly extra?: Uint8Array;
}

/** The entries of a sound archive; null of one that was damaged before. */
function entriesOf(bytes: Uint8Array): Entry[] | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = bytes.length - 22;
  if (end < 0 || view.getUint32(end, true) !== 0x06054b50) return null;
  try {
    const entries: Entry[] = [];
    let at = view.getUint32(end + 16, true);
    for (let i = view.getUint16(end + 10, true); i > 0; i--) {
      const [nameLength, extra, comment] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
      const local = view.getUint32(at + 42, true);
      const start = local + 30 + view.getUint16(local + 26, true) + view.getUint16(local + 28, true);
      const data = bytes.slice(start, start + view.getUint32(at + 20, true));
      const packed = view.getUint16(at + 10, true) === 8;
      const name = strFromU8(bytes.slice(at + 46, at + 46 + nameLength!));
      entries.push({ name, bytes: packed ? inflateSync(data) : data, packed });
      at += 46 + nameLength! + extra! + comment!;
    }
    return entries;
  } catch {
    return null;
  }
}

const little = (width: number, value: number): Uint8Array => {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, BigInt.asIntN(64, BigInt(Math.trunc(value))), true);
  return bytes.slice(0, width);
};

function archive(
  entries: readonly Entry[],
  lies: ReadonlyMap<number, Lies>,
  random: Random | null,
): Uint8Array {
  const parts: Uint8Array[] = [];
  const directory: Uint8Array[] = [];
  let at = 0;
  for (const [i, { name, bytes, packed }] of entries.entries()) {
    const lie = lies.get(i) ?? {};
    const data = packed ? deflateSync(bytes) : bytes;
    const text = strToU8(name).subarray(0, 0xffff);
    const extra = lie.extra ?? new Uint8Array(0);
    const common = concat(
      ...[
        little(2, 20),
        little(2, lie.flags ?? 0x800),
        little(2, lie.method ?? (packed ? 8 : 0)),
        little(4, 0),
      ],
      ...[little(4, lie.crc ?? crc32(bytes)), little(4, lie.compressedSize ?? data.length)],
      ...[little(4, lie.size ?? bytes.length), little(2, lie.nameLength ?? text.length)],
    );
    parts.push(little(4, 0x04034b50), common, little(2, 0), text, data);
    directory.push(
      ...[little(4, 0x02014b50), little(2, 20), common, little(2, extra.length), little(2, 0), little(2, 0)],
      ...[little(2, 0), little(4, 0), little(4, lie.offset ?? at), text, extra],
    );
    at += 30 + text.length + data.length;
  }
  const listed = joined(directory);
  const lied = (value: number) => (random?.chance(0.3) ? random.pick(values) : value);
  const end = concat(
    ...[
      little(4, 0x06054b50),
      little(4, 0),
      little(2, lied(entries.length)),
      little(2, lied(entries.length)),
    ],
    ...[little(4, lied(listed.length)), little(4, lied(at)), little(2, 0)],
  );
  return joined([...parts, listed, end]);
}

const values = [0, 1, 0xffff, 0xffffffff, 0xfffffffe, 0x7fffffff, 0x80000000, 1000, 2 ** 20, 300 * 2 ** 20];

function lie(random: Random, { bytes }: Entry): Lies {
  const value = random.chance(0.4) ? bytes.length + random.pick([-1, 1, 8, -8]) : random.pick(values);
  return random.pick<Lies>([
    ...[{ method: 8 }, { method: 0 }, { method: 12 }, { method: value }, { flags: 1 }, { flags: 0xffff }],
    ...[{ crc: value }, { size: value }, { compressedSize: value }, { offset: value }, { nameLength: value }],
    ...[
      { size: value, compressedSize: value },
      { size: value, method: 8 },
    ],
    { size: 0xffffffff, extra: concat(little(2, 1), little(2, 8), little(8, value)) },
    {
      size: 0xffffffff,
      compressedSize: 0xffffffff,
      extra: concat(little(2, 1), little(2, 16), little(8, 2 ** 53)),
    },
    { extra: random.bytes(random.size(100)) },
  ]);
}

/** Zeros, blanks or brackets, packed to a thousandth. */
function bomb(random: Random): Uint8Array {
  const fill = random.pick([
    ...['[', '[],', '{"a":', ' ', '\0', '(', '0', 'N', '1,', 'h\0'],
    ...[']\x94', '}q\0', '"a",', '{},', '\n', '.'],
  ]);
  const length = random.pick([2, 8, 40]) * 2 ** 20;
  const bytes = new Uint8Array(length);
  for (let i = 0; i < length; i++) bytes[i] = fill.charCodeAt(i % fill.length);
  return bytes;
}

/** @param inner how an entry of this name is changed; bytes where it says nothing */
export function mutateZip(inner: (name: string) => Mutate | null): Mutate {
  return (bytes, random) => {
    const entries = entriesOf(bytes);
    if (!entries || entries.length === 0) return mutateBytes(bytes, random);
    const at = random.int(entries.length);
    const entry = entries[at]!;
    const lies = new Map<number, Lies>();
    let lying = false;
    switch (random.int(20)) {
      case 0:
        entries[at] = { ...entry, name: random.pick(texts) };
        break;
      case 1:
        entries.push({ ...entry, bytes: random.chance(0.5) ? entry.bytes : random.bytes(20) });
        break;
      case 2:
        entries.splice(at, 1);
        break;
      case 3:
        lying = true;
        break;
      case 4:
        entries[at] = { ...entry, packed: !entry.packed };
        break;
      case 5:
        entries[at] = { ...entry, bytes: bombOrNot(random, entry.bytes), packed: true };
        break;
      case 6:
        for (let i = random.size(3000); i > 0; i--) {
          entries.push({
            name: `${i}${random.pick(['', '.npy', '/'])}`,
            bytes: new Uint8Array(0),
            packed: false,
          });
        }
        break;
      case 7:
      case 8:
        lies.set(at, lie(random, entry));
        break;
      default:
        entries[at] = { ...entry, bytes: (inner(entry.name) ?? mutateBytes)(entry.bytes, random) };
    }
    return archive(entries, lies, lying ? random : null);
  };
}

/** Making one takes long, so that few are made. */
function bombOrNot(random: Random, bytes: Uint8Array): Uint8Array {
  return random.chance(0.15) ? bomb(random) : concat(bytes, new Uint8Array(random.size(100_000)));
}
