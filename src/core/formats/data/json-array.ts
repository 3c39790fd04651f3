/** JSON arrays: numbers, nested as the axes are. Read in pieces, so that a limit ends it early. */
import { createScanner } from 'jsonc-parser';
import { strFromU8 } from 'fflate';
import type { InputFault } from '../../findings/types.ts';
import type { ByteSource } from '../files.ts';
import { GrowingValues } from './growing-values.ts';
import type { Pieces } from './pieces.ts';
import { shorten } from '../keras/topology.ts';
import { dataFault, MOST_AXES, type DataOptions, type MakeFault, type SampleArray } from './sample-array.ts';

/** Longer without a comma is no array of numbers. In characters. */
const LONGEST_NUMBER = 2 ** 16;

/** Of jsonc-parser, whose enumeration exists in its types alone. */
const tokens = { open: 3, close: 4, comma: 5, number: 11, end: 17, lineBreak: 14, space: 15 } as const;

/**
 * @param pieces of the file, unpacked
 * @throws InputFault `data-unreadable` where it holds anything but numbers, or rows of unequal lengths.
 */
export async function readJsonArray(
  source: ByteSource,
  pieces: Pieces,
  { role, limit }: DataOptions,
): Promise<SampleArray> {
  const fault = dataFault(source, role);
  const array = new NestedArray(new GrowingValues(role, fault), limit ?? Infinity, fault);
  for await (const text of textsOf(pieces, fault)) {
    scan(text, array);
    if (array.samples === limit) break;
  }
  return array.finish();
}

/** Text in parts that end with a comma, as no number does. */
async function* textsOf(pieces: Pieces, fault: MakeFault): AsyncGenerator<string, void> {
  let rest = '';
  let start = true;
  for await (const piece of pieces) {
    // Numbers are ASCII, and anything else is refused: no need for UTF-8.
    const text = rest + strFromU8(piece, true);
    const end = text.lastIndexOf(',') + 1;
    rest = text.slice(end);
    if (rest.length > LONGEST_NUMBER + piece.length) throw fault(`holds ${shorten(rest)}, no number`);
    yield start ? text.slice(0, end).replace(/^\u00ef\u00bb\u00bf/, '') : text.slice(0, end);
    start &&= end === 0;
  }
  yield start ? rest.replace(/^\u00ef\u00bb\u00bf/, '') : rest;
}

function scan(text: string, array: NestedArray): void {
  const scanner = createScanner(text);
  while (!array.full) {
    const token: number = scanner.scan();
    if (token === tokens.end) return;
    if (token === tokens.open) array.open();
    else if (token === tokens.close) array.close();
    else if (token === tokens.comma) array.comma();
    else if (token === tokens.number) array.number(scanner.getTokenValue());
    else if (token !== tokens.space && token !== tokens.lineBreak) array.refuse(scanner.getTokenValue());
  }
}

/** What has been read of the array so far. */
class NestedArray {
  /** Of each axis, once its first row has ended. */
  private readonly shape: (number | undefined)[] = [];
  /** Of the rows that are open, how many there are in each. */
  private readonly lengths: number[] = [];
  private rank: number | null = null;
  private expectsValue = true;
  private ended = false;

  constructor(
    private readonly values: GrowingValues,
    private readonly limit: number,
    private readonly fault: MakeFault,
  ) {}

  get samples(): number {
    return this.ended ? this.shape[0]! : (this.lengths[0] ?? 0);
  }

  /** The samples that are wanted are all there, and whole. */
  get full(): boolean {
    return this.lengths.length === 1 && !this.expectsValue && this.samples === this.limit;
  }

  open(): void {
    this.value('[');
    if (this.lengths.length >= MOST_AXES) throw this.fault(`is nested in more than ${MOST_AXES} arrays`);
    if (this.rank !== null && this.lengths.length >= this.rank) throw this.ragged('an array among numbers');
    this.lengths.push(0);
    this.expectsValue = true;
  }

  number(text: string): void {
    this.value(text);
    const value = Number(text);
    if (this.lengths.length === 0) throw this.fault('is a number, not an array of samples');
    this.rank ??= this.lengths.length;
    if (this.lengths.length < this.rank) throw this.ragged('a number among arrays');
    if (!Number.isFinite(value))
      throw this.fault(`holds ${shorten(text)} at ${this.here()}, beyond every float`);
    this.values.push(value);
    this.count();
  }

  close(): void {
    const length = this.lengths.at(-1);
    // A comma is followed by a value, and only an empty array has none.
    if (length === undefined || (this.expectsValue && length > 0)) this.refuse(']');
    this.lengths.pop();
    const axis = this.lengths.length;
    const size = (this.shape[axis] ??= length);
    if (length !== size) throw this.ragged(`${length} values, where the first array there has ${size}`);
    if (length === 0) this.rank ??= axis + 1;
    if (length === 0 && this.rank !== axis + 1) throw this.ragged('an empty array');
    if (axis === 0) this.ended = true;
    else this.count();
    this.expectsValue = false;
  }

  comma(): void {
    if (this.expectsValue || this.lengths.length === 0) this.refuse(',');
    this.expectsValue = true;
  }

  refuse(token: string): never {
    const text = token.trim();
    const what = this.ended
      ? `goes on after its array, with ${shorten(text)}`
      : `holds ${shorten(text)} at ${this.here()}`;
    throw this.fault(`${what}; a JSON data file is one array of numbers, nested as its axes are`);
  }

  finish(): SampleArray {
    if (!this.full && !this.ended) throw this.fault('is too short: it ends before its JSON array does');
    const samples = Math.min(this.samples, this.limit);
    const rest = this.shape.slice(1, this.rank ?? 1).map((size) => size ?? 0);
    const shape = [samples, ...rest];
    return { shape, values: this.values.take(shape.reduce((product, size) => product * size, 1)) };
  }

  private value(text: string): void {
    if (!this.expectsValue || this.ended) this.refuse(text);
  }

  private count(): void {
    this.lengths[this.lengths.length - 1]!++;
    this.expectsValue = false;
  }

  private here(): string {
    return `[${this.lengths.join(', ')}]`;
  }

  private ragged(what: string): InputFault {
    return this.fault(`is no regular array: ${what}, at ${this.here()}`);
  }
}
