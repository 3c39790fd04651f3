/** Mutations of plain data files: the header of .npy, rows of CSV, the sizes of IDX, and gzip around them. */
import { gunzipSync, gzipSync, strFromU8, strToU8 } from 'fflate';
import { concat, interestingInteger, mutateBytes, spliced, type Mutate } from './bytes.ts';
import { mutateJson } from './json.ts';
import type { Random } from './random.ts';

const sizes = ['0', '1', '-1', '2147483648', '9223372036854775808', '1e3', '1L', '4294967296', '00', '99999'];
const types = [
  '<f4',
  '>f4',
  '<f8',
  '<i8',
  '|O',
  '|V16',
  '<U5',
  '<c8',
  '|b1',
  '|u1',
  '<f2',
  '<bf',
  '',
  '<f40',
  '=f4',
  '<M8[ns]',
];
const words = [
  ...[
    "{'descr': ",
    "'shape': (",
    '(((((((((',
    "'fortran_order': True",
    "'x': 1",
    '\\',
    "'",
    '"',
    '#',
    '\n',
    '\0',
  ],
  ...['[(', '__import__("os")', ', '.repeat(1000), '('.repeat(10_000), '1,'.repeat(70), '\xff', 'lambda: 0'],
];

function mutateHeaderText(text: string, random: Random): string {
  const at = random.int(text.length + 1);
  switch (random.int(6)) {
    case 0:
      return text.replace(/'[<>|=][^']*'/, () => `'${random.pick(types)}'`);
    case 1:
      return text.replace(
        /\(([^)]*)\)/,
        () => `(${Array.from({ length: random.size(70) }, () => random.pick(sizes)).join(', ')},)`,
      );
    case 2:
      return text.replace(/\d+/g, (number) => (random.chance(0.5) ? random.pick(sizes) : number));
    case 3:
      return text.slice(0, at) + random.pick(words) + text.slice(at);
    case 4:
      return text.includes('True') ? text.replace('True', 'False') : text.replace('False', 'True');
    default:
      return text.slice(0, at) + text.slice(at + random.size(20));
  }
}

export const mutateNpy: Mutate = (bytes, random) => {
  if (bytes.length < 12 || bytes[0] !== 0x93) return mutateBytes(bytes, random);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const wide = bytes[6]! > 1;
  const start = wide ? 12 : 10;
  const length = wide ? view.getUint32(8, true) : view.getUint16(8, true);
  const header = strToU8(mutateHeaderText(strFromU8(bytes.slice(start, start + length), true), random), true);
  const version = random.chance(0.1) ? random.int(6) : bytes[6]!;
  const written = random.chance(0.15)
    ? interestingInteger(random, 4)
    : new Uint8Array(Uint32Array.of(header.length).buffer);
  return concat(
    ...[bytes.slice(0, 6), Uint8Array.of(version, bytes[7]!), written.subarray(0, version > 1 ? 4 : 2)],
    ...[header, bytes.slice(start + length)],
  );
};

const fields = [
  ...[
    '',
    'nan',
    'inf',
    '1e999',
    '-1e-999',
    '0x10',
    '1,5',
    '1;5',
    '\t',
    '"',
    '""',
    '"1"',
    '"1',
    '1\r2',
    '\0',
    'a',
  ],
  ...[
    '1'.repeat(400),
    '\u2028',
    '-',
    '+',
    '.',
    '1e',
    '1_000',
    'x'.repeat(5000),
    ','.repeat(5000),
    '\n'.repeat(5000),
    '"\n',
  ],
];

const mutateRows: Mutate = (bytes, random) => {
  const text = strFromU8(bytes, true);
  const rows = text.split('\n');
  const at = random.int(rows.length);
  const cells = rows[at]!.split(',');
  switch (random.int(6)) {
    case 0:
      cells[random.int(cells.length)] = random.pick(fields);
      rows[at] = cells.join(',');
      break;
    case 1:
      rows.splice(at, random.size(3));
      break;
    case 2:
      for (let i = random.size(2000); i > 0; i--) rows.push(rows[at]!);
      break;
    case 3:
      return strToU8(text.replaceAll(',', random.pick([';', '\t', ' ', '', ',,', '|'])), true);
    case 4:
      return strToU8(text.replaceAll('\n', random.pick(['\r\n', '\r', '', '\n\n', '\n\r'])), true);
    default:
      rows[at] = Array.from({ length: random.size(20_000) }, () => random.pick(['1', '0.5', '-3e4'])).join(
        ',',
      );
  }
  return strToU8(rows.join('\n'), true);
};

const mutateSizes: Mutate = (bytes, random) => {
  const at = random.chance(0.3) ? random.int(4) : 4 + 4 * random.int(Math.max(1, bytes[3] ?? 1));
  return at >= bytes.length
    ? mutateBytes(bytes, random)
    : spliced(
        bytes,
        at,
        Math.min(bytes.length, at + (at < 4 ? 1 : 4)),
        interestingInteger(random, at < 4 ? 1 : 4),
      );
};

/** What is packed is changed inside, and packed again; or becomes a lot of nothing. */
function throughGzip(inner: Mutate): Mutate {
  return (bytes, random) => {
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) return inner(bytes, random);
    // gunzipSync allocates what the last four bytes say.
    if (bytes.length < 18 || bytes.at(-1) !== 0 || bytes.at(-2)! > 16) return mutateBytes(bytes, random);
    try {
      const unpacked = gunzipSync(bytes);
      if (random.chance(0.02)) {
        const filled = new Uint8Array(random.pick([2, 10, 50]) * 2 ** 20).fill(
          random.pick([0, 0x30, 0x2c, 0x5b, 0x20, 0x0a]),
        );
        return gzipSync(random.chance(0.5) ? concat(unpacked, filled) : filled, { level: 1 });
      }
      const packed = gzipSync(inner(unpacked, random));
      return random.chance(0.1) ? concat(packed, packed) : packed;
    } catch {
      return mutateBytes(bytes, random);
    }
  };
}

export const mutateCsv = throughGzip(mutateRows);
export const mutateIdx = throughGzip(mutateSizes);
export const mutateJsonData = throughGzip(mutateJson);

/** A length of 8 bytes, JSON of that length, then the values. */
export const mutateSafetensors: Mutate = (bytes, random) => {
  if (bytes.length < 10) return mutateBytes(bytes, random);
  const length = Number(new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0, true));
  if (!(8 + length <= bytes.length)) return mutateBytes(bytes, random);
  const header = mutateJson(bytes.slice(8, 8 + length), random);
  const written = random.chance(0.1)
    ? interestingInteger(random, 8)
    : new Uint8Array(BigUint64Array.of(BigInt(header.length)).buffer);
  return concat(written, header, bytes.slice(8 + length));
};
