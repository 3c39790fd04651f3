/** JSON from files that nobody has checked. */
import { parse, printParseErrorCode, type ParseError, type ParseOptions } from 'jsonc-parser';

export type JsonPath = readonly (string | number)[];
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export type Parsed = { readonly value: unknown } | { readonly fault: string };

/** Standard JSON. The fault says line and column. */
export function parseJson(text: string): Parsed {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  try {
    return { value: JSON.parse(body) as unknown };
  } catch {
    // JSON.parse words its faults differently in every engine, and not always with a position.
    const lenient = parseJsonWithComments(body, { disallowComments: true });
    return 'fault' in lenient ? lenient : { fault: 'is not valid JSON' };
  }
}

/** JSON that may hold comments, as people write it. The fault says line and column. */
export function parseJsonWithComments(text: string, options: ParseOptions = {}): Parsed {
  const errors: ParseError[] = [];
  try {
    const value = parse(text, errors, options) as unknown;
    const first = errors[0];
    if (first === undefined) return { value };
    const words = printParseErrorCode(first.error).replace(/(?<!^)[A-Z]/g, (letter) => ' ' + letter);
    return { fault: `is not valid JSON: ${words.toLowerCase()} at ${lineAndColumn(text, first.offset)}` };
  } catch (error) {
    // The parser recurses: a file of a million opening brackets ends its stack.
    if (error instanceof RangeError) return { fault: 'is not valid JSON: nested too deeply' };
    throw error;
  }
}

function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  return `line ${line}, column ${column}`;
}
