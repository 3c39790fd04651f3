/** Mutations of JSON: values, keys, shapes, names that climb, and text that no writer makes. */
import { strFromU8, strToU8 } from 'fflate';
import { mutateBytes, type Mutate } from './bytes.ts';
import type { Random } from './random.ts';

const numbers = [
  ...[0, -0, -1, 1, 2, 0.5, 3, 255, 65536, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 2 ** 63],
  ...[1e15, 1e300, -1e300, 1e-300, 1e9, 4294967295, 1e21],
];

export const texts: readonly string[] = [
  ...[
    '',
    '.',
    '..',
    '../weights.bin',
    '../../../../etc/passwd',
    '/etc/passwd',
    'C:\\boot.ini',
    '..\\x',
    'a/../../b',
  ],
  ...[
    '\0',
    'a\0b',
    '__proto__',
    'constructor',
    'toString',
    'hasOwnProperty',
    '%2e%2e/x',
    'file:///etc/passwd',
  ],
  ...[
    'LSTM',
    'Dense',
    'Bidirectional',
    'Embedding',
    'TimeDistributed',
    'float32',
    'int64',
    'F32',
    'F64',
    'sigmoid',
    '\ud800',
  ],
  ...['x'.repeat(300), 'x'.repeat(70_000), '\u202e', "'", '"', '${1}', '\n'],
];

function nested(random: Random): unknown {
  let value: unknown = 1;
  const depth = random.pick([2, 5, 20, 100, 450, 3000]);
  const object = random.chance(0.5);
  for (let i = 0; i < depth; i++) value = object ? { config: value } : [value];
  return value;
}

function anything(random: Random): unknown {
  switch (random.int(9)) {
    case 0:
    case 1:
      return random.pick(numbers);
    case 2:
      return random.pick(texts);
    case 3:
      return random.pick([null, true, false]);
    case 4:
      return random.pick([[], {}, [[]], [{}], [null]]);
    case 5:
      return Array.from({ length: random.size(70) }, () => random.pick(numbers));
    case 6:
      return nested(random);
    case 7:
      return Array.from({ length: random.size(20_000) }, () => 1);
    default:
      return Object.fromEntries(Array.from({ length: random.size(50) }, (_, i) => [`k${i}`, i]));
  }
}

type Container = unknown[] | Record<string, unknown>;

function containersIn(value: unknown, all: Container[] = [], depth = 0): Container[] {
  if (typeof value !== 'object' || value === null || depth > 200) return all;
  all.push(value as Container);
  for (const inner of Object.values(value)) containersIn(inner, all, depth + 1);
  return all;
}

function mutateList(list: unknown[], random: Random): void {
  const at = random.int(Math.max(1, list.length));
  switch (random.int(5)) {
    case 0:
      list.splice(at, 1);
      return;
    case 1:
      for (let i = random.size(200); i > 0; i--) list.push(list[at]);
      return;
    case 2:
      list.reverse();
      return;
    default:
      list[at] = anything(random);
  }
}

function mutateObject(object: Record<string, unknown>, random: Random): void {
  const keys = Object.keys(object);
  const key = keys.length > 0 ? random.pick(keys) : 'x';
  const value = object[key];
  switch (random.int(6)) {
    case 0:
      Reflect.deleteProperty(object, key);
      return;
    case 1:
      Reflect.deleteProperty(object, key);
      define(object, random.pick(texts), value);
      return;
    case 2:
      define(object, random.pick(keys.length > 0 ? keys : texts), value);
      return;
    case 3:
      if (typeof value === 'number') object[key] = value * random.pick([-1, 2, 1000, 1e9, 0.5]);
      else if (typeof value === 'string')
        object[key] = random.pick([value + value, value.slice(1), value + '/..']);
      else object[key] = anything(random);
      return;
    default:
      define(object, key, anything(random));
  }
}

/** "__proto__" as a key like any other. */
function define(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true });
}

function mutateText(text: string, random: Random): string {
  const at = random.int(Math.max(1, text.length));
  const insert = (part: string) => text.slice(0, at) + part + text.slice(at);
  switch (random.int(8)) {
    case 0:
      return insert('['.repeat(random.pick([10, 1000, 100_000])));
    case 1:
      return '{"a":'.repeat(random.pick([10, 1000, 100_000])) + text;
    case 2:
      return insert(random.pick(['1e999', '-', '0x1', '1'.repeat(400), 'NaN', 'Infinity', '-Infinity']));
    case 3:
      return '\ufeff' + text;
    case 4:
      return insert(
        random.pick(['//', '/*', ',', ',,', '"', '\\', '\\u12', '\0', '\ud800', ' '.repeat(5000)]),
      );
    case 5:
      return text.replace(/\d+/, () => String(random.pick(numbers)));
    case 6:
      return text.slice(0, at);
    default:
      return text + text;
  }
}

/** A text of JSON, mutated as values or as text. */
function mutateJsonText(text: string, random: Random): string {
  if (random.chance(0.1)) return mutateText(text, random);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return mutateText(text, random);
  }
  const containers = containersIn(value);
  for (let i = random.size(4); i > 0; i--) {
    const container = containers.length > 0 ? random.pick(containers) : null;
    if (container === null) break;
    if (Array.isArray(container)) mutateList(container, random);
    else mutateObject(container, random);
  }
  try {
    return JSON.stringify(random.chance(0.02) ? anything(random) : value);
  } catch {
    // A value put into itself more than once grows beyond what can be written.
    return mutateText(text, random);
  }
}

export const mutateJson: Mutate = (bytes, random) =>
  random.chance(0.05) ? mutateBytes(bytes, random) : strToU8(mutateJsonText(strFromU8(bytes), random));
