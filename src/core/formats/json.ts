/** JSON from files that nobody has checked. */
import {
  parse,
  printParseErrorCode,
  visit,
  type ParseError,
  type ParseErrorCode,
  type ParseOptions,
} from 'jsonc-parser';

export type JsonPath = readonly (string | number)[];
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export type Parsed = { readonly value: unknown } | { readonly fault: string };

/** Parsers recurse, and take memory for each level: nested Keras models are some dozens deep. */
const DEEPEST = 500;
/** The header of a safetensors file of 100,000 tensors has about a million. Each takes up to 56 bytes. */
const MOST_VALUES = 4_000_000;

/** Standard JSON. The fault says line and column. */
export function parseJson(text: string): Parsed {
  const body = text.startsWith('\uFEFF') ? text.slice(1) : text;
  const beyond = beyondLimits(body);
  if (beyond !== null) return { fault: beyond };
  try {
    return { value: JSON.parse(body) as unknown };
  } catch {
    // JSON.parse words its faults differently in every engine, and not always with a position.
    return { fault: firstFault(body) ?? 'is not valid JSON' };
  }
}

/** What would fill the memory before a parser says anything. */
function beyondLimits(text: string): string | null {
  let depth = 0;
  let values = 0;
  for (let i = 0; i < text.length; i++) {
    switch (text[i]) {
      case '"':
        i = endOfString(text, i);
        break;
      case '[':
      case '{':
        if (++depth > DEEPEST) return `is JSON nested more than ${DEEPEST} deep`;
        values++;
        break;
      case ']':
      case '}':
        depth--;
        break;
      case ',':
        values++;
    }
  }
  if (values <= MOST_VALUES) return null;
  return `is JSON of more than ${MOST_VALUES.toLocaleString('en-US')} values, which no model needs`;
}

/** Of its closing quote. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === '"') return i;
  }
  return text.length;
}

class FirstFault extends Error {}

/** The parser that says where takes many times the memory of the text. In characters. */
const LOCATED = 16 * 2 ** 20;

/** A damaged file can have a fault in every byte, so the first ends it. */
function firstFault(text: string): string | null {
  if (text.length > LOCATED) return null;
  const onError = (code: ParseErrorCode, offset: number) => {
    throw new FirstFault(words(code, text, offset));
  };
  try {
    visit(text, { onError }, { disallowComments: true });
    return null;
  } catch (error) {
    if (error instanceof FirstFault) return error.message;
    throw error;
  }
}

/** JSON that may hold comments, as people write it. The fault says line and column. */
export function parseJsonWithComments(text: string, options: ParseOptions = {}): Parsed {
  const errors: ParseError[] = [];
  try {
    const value = parse(text, errors, options) as unknown;
    const first = errors[0];
    return first === undefined ? { value } : { fault: words(first.error, text, first.offset) };
  } catch (error) {
    // The parser recurses: a file of a million opening brackets ends its stack.
    if (error instanceof RangeError) return { fault: 'is not valid JSON: nested too deeply' };
    throw error;
  }
}

function words(code: ParseErrorCode, text: string, offset: number): string {
  const name = printParseErrorCode(code).replace(/(?<!^)[A-Z]/g, (letter) => ' ' + letter);
  return `is not valid JSON: ${name.toLowerCase()} at ${lineAndColumn(text, offset)}`;
}

function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n');
  return `line ${line}, column ${column}`;
}
