/** Mutations of pickles, opcode by opcode. */
import { strFromU8, strToU8 } from 'fflate';
import { concat, interestingInteger, joined, mutateBytes, spliced, type Mutate } from './bytes.ts';
import { texts } from './json.ts';
import type { Random } from './random.ts';

/** Bytes of the argument: as many, or as the number in so many bytes says; -1 up to one line break, -2 up to two. */
const argument = new Map<number, number | { readonly lengthBytes: number }>([
  ...([0x80, 0x68, 0x71, 0x4b] as const).map((opcode): [number, number] => [opcode, 1]),
  [0x4d, 2],
  ...([0x6a, 0x72, 0x4a] as const).map((opcode): [number, number] => [opcode, 4]),
  ...([0x95, 0x47] as const).map((opcode): [number, number] => [opcode, 8]),
  ...([0x8c, 0x55, 0x43, 0x8a] as const).map((opcode): [number, { lengthBytes: number }] => [
    opcode,
    { lengthBytes: 1 },
  ]),
  ...([0x58, 0x54, 0x42] as const).map((opcode): [number, { lengthBytes: number }] => [
    opcode,
    { lengthBytes: 4 },
  ]),
  [0x63, -2],
]);

interface Operation {
  readonly start: number;
  readonly end: number;
}

function operationsOf(bytes: Uint8Array): Operation[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const operations: Operation[] = [];
  let at = 0;
  while (at < bytes.length) {
    const start = at;
    const shape = argument.get(bytes[at++]!) ?? 0;
    if (shape === -2) {
      for (let line = 0; line < 2; line++) {
        const end = bytes.indexOf(0x0a, at);
        at = end < 0 ? bytes.length : end + 1;
      }
    } else if (typeof shape === 'number') at += shape;
    else if (at + shape.lengthBytes > bytes.length) at = bytes.length;
    else at += shape.lengthBytes + (shape.lengthBytes === 1 ? bytes[at]! : view.getUint32(at, true));
    operations.push({ start, end: Math.min(at, bytes.length) });
  }
  return operations;
}

const bytesOf = (text: string): Uint8Array => strToU8(text, true);

/** Pieces of programs: calls of what may not be called, lists in themselves, numbers without an end. */
const programs: readonly string[] = [
  'cos\nsystem\n(X\x02\0\0\0ls\x85R',
  'cbuiltins\neval\n',
  'ctorch._utils\n_rebuild_tensor_v2\n(tR',
  'ctorch\nFloatStorage\n',
  'ccollections\nOrderedDict\n)R',
  ']q\x01h\x01a',
  '}q\x01(h\x01h\x01u',
  '(h\0h\0h\0h\0tq\0',
  '22222222',
  '((((((((',
  ')\x85\x85\x85\x85\x85\x85',
  'r\xff\xff\xff\xff',
  'j\xff\xff\xff\xff',
  'j\xff\xff\xff\x7f',
  '\x8d\xff\xff\xff\xff\xff\xff\xff\xff',
  '\x8e\xff\xff\xff\xff\xff\xff\x0f\0',
  'X\xff\xff\xff\xff',
  '\x8a\xff' + '\xff'.repeat(255),
  '\x95\xff\xff\xff\xff\xff\xff\xff\xff',
  'G\x7f\xf0\0\0\0\0\0\0',
  'G\x7f\xf8\0\0\0\0\0\0',
  'J\xff\xff\xff\xff',
  'J\xff\xff\xff\x7f',
  'K\0',
  'N',
  '0',
  '1',
  '.',
  'Q',
  'R',
  'b',
  's',
  'u',
  't',
  'e',
  '\x81',
  '\x93',
  '\x94',
  '\x90',
  '\x91',
];

function changeArgument(bytes: Uint8Array, { start, end }: Operation, random: Random): Uint8Array {
  const inside = bytes.slice(start + 1, end);
  if (bytes[start] === 0x58 && random.chance(0.6)) {
    const text = strToU8(random.chance(0.5) ? random.pick(texts) : strFromU8(inside.subarray(4)) + '.x');
    const length = new Uint8Array(Uint32Array.of(text.length).buffer);
    return spliced(bytes, start + 1, end, concat(length, text));
  }
  if (inside.length <= 8) return spliced(bytes, start + 1, end, interestingInteger(random, inside.length));
  return spliced(bytes, start + 1, end, mutateBytes(inside, random));
}

export const mutatePickle: Mutate = (bytes, random) => {
  const operations = operationsOf(bytes);
  if (operations.length === 0) return mutateBytes(bytes, random);
  const one = random.pick(operations);
  const other = random.pick(operations);
  const part = bytes.slice(one.start, one.end);
  switch (random.int(8)) {
    case 0:
      return spliced(bytes, one.start, one.end, new Uint8Array(0));
    case 1: {
      const times = random.size(random.chance(0.1) ? 100_000 : 200);
      return spliced(bytes, one.end, one.end, joined(Array.from({ length: times }, () => part)));
    }
    case 2:
      return spliced(bytes, other.start, other.end, part);
    case 3:
      return spliced(bytes, other.start, other.start, part);
    case 4: {
      const program = bytesOf(random.pick(programs));
      const times = random.chance(0.1) ? random.size(20_000) : 1;
      return spliced(bytes, one.start, one.start, joined(Array.from({ length: times }, () => program)));
    }
    case 5:
      return spliced(
        bytes,
        one.start,
        one.start + 1,
        Uint8Array.of(random.pick([...argument.keys(), 0x2e, 0x85, 0x74, 0x52])),
      );
    default:
      return one.end > one.start + 1 ? changeArgument(bytes, one, random) : mutateBytes(bytes, random);
  }
};
