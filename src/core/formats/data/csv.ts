/**
 * CSV: a sample a row, its values in the columns. Read in pieces, so that a limit ends it early.
 */
import { dsvFormat } from 'd3-dsv';
import { strFromU8 } from 'fflate';
import type { InputFault } from '../../findings/types.ts';
import { formatBytes, type ByteSource } from '../files.ts';
import { GrowingValues } from './growing-values.ts';
import { shorten } from '../keras/topology.ts';
import type { Pieces } from './pieces.ts';
import { dataFault, type DataOptions, type MakeFault, type SampleArray } from './sample-array.ts';

/** A sample of 784 pixels takes about 8 KiB. In characters. */
const ROW_LIMIT = 16 * 2 ** 20;

/**
 * Numbers with a point, separated by comma, semicolon or tab; the first row may be a header.
 * @param pieces of the file, unpacked
 * @returns [rows, columns]
 * @throws InputFault `data-unreadable` at the first field that is no number, and the first row of
 *   another length.
 */
export async function readCsv(
  source: ByteSource,
  pieces: Pieces,
  { role, limit }: DataOptions,
): Promise<SampleArray> {
  const fault = dataFault(source, role);
  const table = new Table(new GrowingValues(role, fault), limit ?? Infinity, fault);
  for await (const text of rowsOf(pieces, fault)) {
    table.add(text);
    if (table.full) break;
  }
  return table.finish();
}

/** Text in parts that end where a row does. */
async function* rowsOf(pieces: Pieces, fault: MakeFault): AsyncGenerator<string, void> {
  let rest = '';
  let start = true;
  for await (const piece of pieces) {
    // Numbers and separators are ASCII, in UTF-8 too; what a header says does not matter.
    const text = rest + strFromU8(piece, true);
    const end = endOfRows(text);
    rest = text.slice(end);
    if (rest.length > ROW_LIMIT) {
      throw fault(
        `has a row of over ${formatBytes(ROW_LIMIT)}; it is probably no CSV, or a quote is missing`,
      );
    }
    if (end > 0) yield start ? withoutMark(text.slice(0, end)) : text.slice(0, end);
    start &&= end === 0;
  }
  yield start ? withoutMark(rest) : rest;
}

/** Behind the last end of a line outside of quotes: after an even number of them. */
function endOfRows(text: string): number {
  const newline = text.includes('\n') ? '\n' : '\r';
  if (!text.includes('"')) return text.lastIndexOf(newline) + 1;
  let end = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '"') quoted = !quoted;
    else if (text[i] === newline && !quoted) end = i + 1;
  }
  return end;
}

/** UTF-8's mark of the byte order, read as Latin-1. */
function withoutMark(text: string): string {
  return text.replace(/^\u00ef\u00bb\u00bf/, '');
}

const separators = ['\t', ';', ','] as const;

/** By the first row, outside of quotes: what separates does not occur in numbers. */
function separatorOf(rows: string): string {
  const first = /\S.*/.exec(rows.replace(/"[^"]*"/g, '""'))?.[0] ?? '';
  return separators.find((separator) => first.includes(separator)) ?? ',';
}

const number = /^\s*[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?\s*$/;
/** In a first row these are values that are missing, and not names of columns. */
const missing = /^(?:|[+-]?(?:nan|inf|infinity)|na|n\/a|null|none|-)$/i;

const rowNumbers =
  'has a first column without a name, probably the numbers of the rows; save it without them (pandas: index=False)';

class Table {
  private separator: string | null = null;
  private columns: number | null = null;
  private hasHeader = false;
  private rows = 0;
  private samples = 0;

  constructor(
    private readonly values: GrowingValues,
    private readonly limit: number,
    private readonly fault: MakeFault,
  ) {}

  get full(): boolean {
    return this.samples === this.limit;
  }

  /** @param text Whole rows. */
  add(text: string): void {
    this.separator ??= /\S/.test(text) ? separatorOf(text) : null;
    if (this.separator === null) return;
    // Row by row: kept together, a million short ones take most of the time.
    dsvFormat(this.separator).parseRows(text, (row) => {
      if (this.full) return null;
      this.rows++;
      if (row.length > 1 || row[0]!.trim() !== '') this.row(row);
      return null;
    });
  }

  private row(fields: readonly string[]): void {
    const columns = (this.columns ??= fields.length);
    if (fields.length !== columns) {
      throw this.fault(`has ${fields.length} columns in row ${this.rows}, and ${columns} in its first`);
    }
    if (
      this.samples === 0 &&
      !this.hasHeader &&
      fields.some((field) => !number.test(field) && !missing.test(field.trim()))
    ) {
      if (fields[0]!.trim() === '' && fields.length > 1) throw this.fault(rowNumbers);
      this.hasHeader = true;
      return;
    }
    for (let column = 0; column < fields.length; column++) {
      const field = fields[column]!;
      const value = number.test(field) ? Number(field) : NaN;
      if (!Number.isFinite(value)) throw this.noNumber(field.trim(), column);
      this.values.push(value);
    }
    this.samples++;
  }

  private noNumber(field: string, column: number): InputFault {
    const where = `in row ${this.rows}, column ${column + 1}`;
    if (field === '') return this.fault(`holds nothing ${where}; every field has to be a number`);
    const comma = /^[+-]?\d+,\d+$/.test(field) ? '; write decimals with a point' : '';
    const spaces = /^\S+\s+\S+/.test(field) ? '; separate the values with commas' : '';
    return this.fault(`holds ${shorten(field)} ${where}, which is no number${comma}${spaces}`);
  }

  finish(): SampleArray {
    if (this.samples === 0) throw this.fault('holds no row of numbers');
    const shape = [this.samples, this.columns ?? 0];
    return { shape, values: this.values.take(this.values.length) };
  }
}
