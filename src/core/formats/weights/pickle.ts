/**
 * Python's pickles as data. A pickle is a program for a stack machine that may call anything; here
 * a call only becomes a record of what would have been called with what, for names on an allow-list,
 * and any other name is refused. The opcodes are those that PyTorch writes (protocols 2 to 5).
 */
import { strFromU8 } from 'fflate';
import type { InputFault } from '../../findings/types.ts';

export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | PickleTuple
  | PickleList
  | PickleObject
  | PickleGlobal
  | PickleReference;

export interface PickleTuple {
  readonly kind: 'tuple';
  readonly items: readonly PickleValue[];
}

/** Of a list or a set. */
export interface PickleList {
  readonly kind: 'list';
  readonly items: PickleValue[];
}

/** What a call of `name` with `args` would have made. A dictionary is one of `dict`. */
export interface PickleObject {
  readonly kind: 'object';
  readonly name: string;
  readonly args: readonly PickleValue[];
  /** In the order of the file; null before the first. */
  entries: Map<PickleValue, PickleValue> | null;
}

/** A name of a Python module: "torch.FloatStorage". */
export interface PickleGlobal {
  readonly kind: 'global';
  readonly name: string;
}

/** To something outside of the pickle. */
export interface PickleReference {
  readonly kind: 'reference';
  readonly id: PickleValue;
}

export interface PickleOptions {
  /** Names that may be used. None of them is executed. */
  readonly allowed: ReadonlySet<string>;
  /** Of a name that is not on the list. */
  readonly refuse: (name: string) => InputFault;
  readonly fault: (words: string) => InputFault;
}

/** A checkpoint of 1,000 tensors and its optimizer make about 100,000. Keeps a small file from filling the memory. */
const MOST_VALUES = 1_000_000;

/** @throws what `fault` and `refuse` make, where it is damaged, or uses what is not allowed. */
export function readPickle(bytes: Uint8Array, options: PickleOptions): PickleValue {
  const machine = new Machine(bytes, options);
  for (;;) {
    const opcode = machine.byte();
    if (opcode === STOP) return machine.pop();
    const make = makers.get(opcode);
    const act = actions.get(opcode);
    if (make) machine.push(make(machine));
    else if (act) act(machine);
    else throw machine.damaged(`it has the unknown opcode 0x${opcode.toString(16).padStart(2, '0')}`);
  }
}

const STOP = 0x2e;

class Machine {
  private at = 0;
  private made = 0;
  private readonly view: DataView;
  private readonly stack: PickleValue[] = [];
  /** Heights of the stack. */
  private readonly marks: number[] = [];
  private readonly memo = new Map<number, PickleValue>();

  constructor(
    private readonly data: Uint8Array,
    private readonly options: PickleOptions,
  ) {
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  damaged(what: string): InputFault {
    return this.options.fault(`holds a damaged pickle: ${what}`);
  }

  /** Where the next `length` bytes are, which are passed over. */
  private take(length: number): number {
    const start = this.at;
    if (length > this.data.length - start) throw this.damaged('it ends in the middle of a value');
    this.at += length;
    return start;
  }

  byte = (): number => this.view.getUint8(this.take(1));
  uint16 = (): number => this.view.getUint16(this.take(2), true);
  int32 = (): number => this.view.getInt32(this.take(4), true);
  uint32 = (): number => this.view.getUint32(this.take(4), true);
  uint64 = (): number => Number(this.view.getBigUint64(this.take(8), true));
  /** Big-endian, unlike the rest. */
  float64 = (): number => this.view.getFloat64(this.take(8), false);

  bytes(length: number): Uint8Array {
    const start = this.take(length);
    return this.data.subarray(start, start + length);
  }

  text(length: number): string {
    return strFromU8(this.bytes(length));
  }

  line(): string {
    const end = this.data.indexOf(0x0a, this.at);
    if (end < 0) throw this.damaged('it ends in the middle of a name');
    const text = this.text(end - this.at);
    this.at++;
    return text;
  }

  push(value: PickleValue): void {
    if (++this.made > MOST_VALUES) {
      throw this.options.fault(
        `holds a pickle of more than ${MOST_VALUES.toLocaleString('en-US')} values, which no weights need`,
      );
    }
    this.stack.push(value);
  }

  private get floor(): number {
    return this.marks.at(-1) ?? 0;
  }

  pop(): PickleValue {
    if (this.stack.length <= this.floor) throw this.damaged('it takes a value that is not there');
    return this.stack.pop()!;
  }

  top(): PickleValue {
    if (this.stack.length <= this.floor) throw this.damaged('it takes a value that is not there');
    return this.stack.at(-1)!;
  }

  mark(): void {
    if (this.marks.length >= MOST_VALUES) throw this.damaged('it has too many marks');
    this.marks.push(this.stack.length);
  }

  popMark(): PickleValue[] {
    const height = this.marks.pop();
    if (height === undefined) throw this.damaged('it ends a list that was not begun');
    return this.stack.splice(height);
  }

  /** The last `count`, in the order in which they were pushed. */
  popSome(count: number): PickleValue[] {
    if (this.stack.length - count < this.floor) throw this.damaged('it takes a value that is not there');
    return this.stack.splice(this.stack.length - count);
  }

  remember(index: number): PickleValue {
    const value = this.top();
    if (this.memo.size >= MOST_VALUES) throw this.damaged('it remembers too many values');
    this.memo.set(index, value);
    return value;
  }

  memoize(): PickleValue {
    return this.remember(this.memo.size);
  }

  recall(index: number): PickleValue {
    const value = this.memo.get(index);
    if (value === undefined) throw this.damaged('it refers to a value that is not there');
    return value;
  }

  global(module: PickleValue, name: PickleValue): PickleGlobal {
    if (typeof module !== 'string' || typeof name !== 'string') throw this.damaged('a name is no text');
    const full = `${module}.${name}`;
    if (!this.options.allowed.has(full)) throw this.options.refuse(full);
    return { kind: 'global', name: full };
  }

  call(of: PickleValue, args: PickleValue): PickleObject {
    if (!isKind(of, 'global')) throw this.damaged('it calls what is no name');
    if (!isKind(args, 'tuple')) throw this.damaged(`it calls ${of.name} without a tuple of arguments`);
    return { kind: 'object', name: of.name, args: args.items, entries: null };
  }
}

type Kinds = Exclude<PickleValue, null | boolean | number | bigint | string | Uint8Array>;

export function isKind<K extends Kinds['kind']>(
  value: PickleValue | undefined,
  kind: K,
): value is Extract<Kinds, { kind: K }> {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === kind;
}

/** A plain dictionary, and those of its kind that hold nothing more. */
export function dictionaryOf(value: PickleValue | undefined): ReadonlyMap<PickleValue, PickleValue> | null {
  if (!isKind(value, 'object') || !dictionaries.has(value.name)) return null;
  return value.entries ?? new Map<PickleValue, PickleValue>();
}

const dictionaries = new Set(['dict', 'collections.OrderedDict', 'collections.defaultdict']);

function tuple(items: readonly PickleValue[]): PickleTuple {
  return { kind: 'tuple', items };
}

function list(items: PickleValue[]): PickleList {
  return { kind: 'list', items };
}

function dictionary(): PickleObject {
  return { kind: 'object', name: 'dict', args: [], entries: null };
}

/** Two's complement, little-endian. Python writes only what needs more than 32 bits like this. */
function long(bytes: Uint8Array): number | bigint | Uint8Array {
  // No size is as long, and many of them take long to compute.
  if (bytes.length > 16) return bytes;
  let value = 0n;
  for (let i = bytes.length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]!);
  if (bytes.length > 0 && bytes.at(-1)! >= 0x80) value -= 1n << BigInt(8 * bytes.length);
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** Opcodes that push a value. Numbers and names as in CPython's Lib/pickletools.py. */
const makers = new Map<number, (machine: Machine) => PickleValue>([
  [0x32, (m) => m.top()], // DUP
  [0x68, (m) => m.recall(m.byte())], // BINGET
  [0x6a, (m) => m.recall(m.uint32())], // LONG_BINGET

  [0x4e, () => null], // NONE
  [0x88, () => true], // NEWTRUE
  [0x89, () => false], // NEWFALSE
  [0x4a, (m) => m.int32()], // BININT
  [0x4b, (m) => m.byte()], // BININT1
  [0x4d, (m) => m.uint16()], // BININT2
  [0x8a, (m) => long(m.bytes(m.byte()))], // LONG1
  [0x47, (m) => m.float64()], // BINFLOAT
  [0x8c, (m) => m.text(m.byte())], // SHORT_BINUNICODE
  [0x58, (m) => m.text(m.uint32())], // BINUNICODE
  [0x8d, (m) => m.text(m.uint64())], // BINUNICODE8
  [0x55, (m) => m.text(m.byte())], // SHORT_BINSTRING
  [0x54, (m) => m.text(m.uint32())], // BINSTRING
  [0x43, (m) => m.bytes(m.byte())], // SHORT_BINBYTES
  [0x42, (m) => m.bytes(m.uint32())], // BINBYTES
  [0x8e, (m) => m.bytes(m.uint64())], // BINBYTES8

  [0x29, () => tuple([])], // EMPTY_TUPLE
  [0x85, (m) => tuple(m.popSome(1))], // TUPLE1
  [0x86, (m) => tuple(m.popSome(2))], // TUPLE2
  [0x87, (m) => tuple(m.popSome(3))], // TUPLE3
  [0x74, (m) => tuple(m.popMark())], // TUPLE
  [0x5d, () => list([])], // EMPTY_LIST
  [0x8f, () => list([])], // EMPTY_SET
  [0x6c, (m) => list(m.popMark())], // LIST
  [0x91, (m) => list(m.popMark())], // FROZENSET
  [0x7d, () => dictionary()], // EMPTY_DICT

  [0x63, (m) => m.global(m.line(), m.line())], // GLOBAL
  [0x93, (m) => m.global(...(m.popSome(2) as [PickleValue, PickleValue]))], // STACK_GLOBAL
  [0x52, (m) => m.call(...(m.popSome(2) as [PickleValue, PickleValue]))], // REDUCE
  [0x81, (m) => m.call(...(m.popSome(2) as [PickleValue, PickleValue]))], // NEWOBJ
  [0x51, (m) => ({ kind: 'reference', id: m.pop() })], // BINPERSID
]);

/** Opcodes that change what is there. */
const actions = new Map<number, (machine: Machine) => unknown>([
  [0x80, (m) => m.byte()], // PROTO
  [0x95, (m) => m.uint64()], // FRAME
  [0x28, mark], // MARK
  [0x30, (m) => m.pop()], // POP
  [0x31, (m) => m.popMark()], // POP_MARK

  [0x71, (m) => m.remember(m.byte())], // BINPUT
  [0x72, (m) => m.remember(m.uint32())], // LONG_BINPUT
  [0x94, (m) => m.memoize()], // MEMOIZE

  [0x61, (m) => append(m, m.popSome(1))], // APPEND
  [0x65, (m) => append(m, m.popMark())], // APPENDS
  [0x90, (m) => append(m, m.popMark())], // ADDITEMS
  [0x73, (m) => setItems(m, m.popSome(2))], // SETITEM
  [0x75, (m) => setItems(m, m.popMark())], // SETITEMS
  [0x62, build], // BUILD
]);

function mark(machine: Machine): void {
  machine.mark();
}

function append(machine: Machine, values: readonly PickleValue[]): number {
  const target = machine.top();
  if (!isKind(target, 'list')) throw machine.damaged('it appends to what is no list');
  for (const value of values) target.items.push(value);
  return target.items.length;
}

/** @param items Keys and values in turn. */
function setItems(machine: Machine, items: readonly PickleValue[]): number {
  const target = machine.top();
  if (!isKind(target, 'object')) throw machine.damaged('it sets an item of what is no dictionary');
  if (items.length % 2 !== 0) throw machine.damaged('it sets an item without a value');
  const entries = (target.entries ??= new Map<PickleValue, PickleValue>());
  for (let i = 0; i < items.length; i += 2) entries.set(items[i]!, items[i + 1]!);
  return entries.size;
}

/** Attributes: of an OrderedDict the versions of its modules, of a Namespace its options. No weight is among them. */
function build(machine: Machine): void {
  machine.pop();
  if (!isKind(machine.top(), 'object')) throw machine.damaged('it sets the attributes of what has none');
}
