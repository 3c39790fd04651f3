/** Mutations of protobuf: fields and messages within messages, with lengths that fit, or do not. */
import { strToU8 } from 'fflate';
import { joined, mutateBytes, type Mutate } from './bytes.ts';
import { texts } from './json.ts';
import type { Random } from './random.ts';

interface Field {
  readonly number: number;
  readonly wireType: number;
  /** Of wire type 0. */
  readonly value: bigint;
  /** Of the others. */
  readonly bytes: Uint8Array;
}

function readVarint(bytes: Uint8Array, start: number): { value: bigint; end: number } | null {
  let value = 0n;
  for (let i = 0; i < 10 && start + i < bytes.length; i++) {
    const byte = bytes[start + i]!;
    value |= BigInt(byte & 0x7f) << BigInt(7 * i);
    if (byte < 0x80) return { value, end: start + i + 1 };
  }
  return null;
}

function writeVarint(value: bigint): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, value);
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Uint8Array.from(bytes);
}

function fieldsOf(bytes: Uint8Array): Field[] | null {
  const fields: Field[] = [];
  let at = 0;
  while (at < bytes.length) {
    const key = readVarint(bytes, at);
    if (!key || key.value >= 2n ** 32n || key.value < 8n) return null;
    const number = Number(key.value >> 3n);
    const wireType = Number(key.value & 7n);
    const next = wireType === 0 || wireType === 2 ? readVarint(bytes, key.end) : { value: 0n, end: key.end };
    const length = [0n, 8n, next?.value ?? 0n, null, null, 4n][wireType];
    if (!next || length === null || length === undefined || length > bytes.length - next.end) return null;
    const end = next.end + Number(length);
    fields.push({ number, wireType, value: next.value, bytes: bytes.slice(next.end, end) });
    at = end;
  }
  return fields;
}

function encode(fields: readonly Field[]): Uint8Array {
  return joined(
    fields.flatMap(({ number, wireType, value, bytes }) => {
      const key = writeVarint(BigInt(8 * number + wireType));
      if (wireType === 0) return [key, writeVarint(value)];
      return wireType === 2 ? [key, writeVarint(BigInt(bytes.length)), bytes] : [key, bytes];
    }),
  );
}

const values = [
  0n,
  1n,
  -1n,
  2n ** 31n,
  2n ** 31n - 1n,
  2n ** 32n,
  2n ** 53n,
  2n ** 63n,
  7n,
  11n,
  100n,
  2n ** 40n,
];

function changeField(field: Field, random: Random): Field {
  const { number, wireType, bytes } = field;
  switch (random.int(6)) {
    case 0:
      return {
        ...field,
        number: random.pick([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 20, 1000, 2 ** 28]),
      };
    case 1:
      return { ...field, wireType: random.int(8) };
    case 2:
      return wireType === 2
        ? { ...field, bytes: strToU8(random.pick(texts)) }
        : { ...field, value: random.pick(values) };
    case 3:
      // The message in itself, again and again.
      return {
        ...field,
        bytes: Array.from({ length: random.size(200) }).reduce<Uint8Array>(
          (inner) => encode([{ number, wireType: 2, value: 0n, bytes: inner }]),
          bytes,
        ),
      };
    case 4:
      return { ...field, bytes: joined(Array.from({ length: random.size(100) }, () => bytes)) };
    default:
      return wireType === 0
        ? { ...field, value: random.pick(values) }
        : { ...field, bytes: mutateBytes(bytes, random) };
  }
}

function mutateFields(fields: Field[], random: Random): Field[] {
  const at = random.int(fields.length);
  const field = fields[at]!;
  // What looks like a message is walked into.
  const inner = field.wireType === 2 && field.bytes.length > 2 ? fieldsOf(field.bytes) : null;
  if (inner && inner.length > 0 && random.chance(0.85)) {
    fields[at] = { ...field, bytes: encode(mutateFields(inner, random)) };
    return fields;
  }
  switch (random.int(6)) {
    case 0:
      fields.splice(at, 1);
      break;
    case 1:
      for (let i = random.size(random.chance(0.05) ? 50_000 : 100); i > 0; i--) fields.push(field);
      break;
    case 2:
      fields.splice(random.int(fields.length), 0, field);
      break;
    case 3:
      fields[at] = { ...random.pick(fields), number: field.number };
      break;
    default:
      fields[at] = changeField(field, random);
  }
  return fields;
}

export const mutateProtobuf: Mutate = (bytes, random) => {
  const fields = fieldsOf(bytes);
  if (!fields || fields.length === 0) return mutateBytes(bytes, random);
  return encode(mutateFields(fields, random));
};
