/**
 * The header of a .npy file is a Python dictionary written as text. It is parsed as data: exactly
 * three keys with a string, a boolean and a tuple of whole numbers, and nothing is evaluated.
 */

import { MOST_AXES } from './sample-array.ts';

export interface NpyDictionary {
  /** The type with its byte order: "<f4". */
  readonly descr: string;
  readonly fortranOrder: boolean;
  readonly shape: readonly number[];
}

/** @returns The dictionary, or in words what is wrong with it. */
export function parseNpyHeader(text: string): NpyDictionary | string {
  try {
    const { descr, fortranOrder, shape } = parseDictionary(new Tokens(text));
    if (descr === undefined || fortranOrder === undefined || shape === undefined) {
      return "one of 'descr', 'fortran_order' and 'shape' is missing";
    }
    if (shape.length > MOST_AXES) return `its shape has ${shape.length} axes`;
    if (!shape.every(Number.isSafeInteger)) return 'its shape is beyond every file';
    return { descr, fortranOrder, shape };
  } catch (error) {
    if (error instanceof HeaderError) return error.message;
    throw error;
  }
}

class HeaderError extends Error {}

function parseDictionary(tokens: Tokens): Partial<NpyDictionary> {
  let descr: string | undefined;
  let fortranOrder: boolean | undefined;
  let shape: number[] | undefined;
  tokens.mark('{');
  while (!tokens.mayTake('}')) {
    const key = tokens.take('string', 'a key');
    tokens.mark(':');
    if (key === 'descr' && descr === undefined) {
      if (tokens.mayTake('[')) {
        throw new HeaderError('it holds records of several fields; save each field as an array of its own');
      }
      descr = tokens.take('string', 'a type');
    } else if (key === 'fortran_order' && fortranOrder === undefined) {
      fortranOrder = tokens.take('word', 'True or False') === 'True';
    } else if (key === 'shape' && shape === undefined) {
      shape = parseTuple(tokens);
    } else {
      throw new HeaderError(`key '${key}' is unknown or given twice`);
    }
    tokens.commaUnless('}');
  }
  tokens.take('end', 'the end');
  return {
    ...(descr === undefined ? {} : { descr }),
    ...(fortranOrder === undefined ? {} : { fortranOrder }),
    ...(shape === undefined ? {} : { shape }),
  };
}

function parseTuple(tokens: Tokens): number[] {
  const sizes: number[] = [];
  tokens.mark('(');
  while (!tokens.mayTake(')')) {
    sizes.push(Number(tokens.take('number', 'a whole number')));
    tokens.commaUnless(')');
  }
  return sizes;
}

type Kind = 'string' | 'number' | 'word' | 'mark' | 'end';

/** The words of the header, one after the other. */
class Tokens {
  // Python 2 wrote long integers with an L.
  private readonly pattern =
    /\s*(?:'(?<string>[^'\\\n]*)'|(?<number>\d+)L?|(?<word>True|False)|(?<mark>[{}()[\]:,])|(?<end>$))/y;
  private kind: Kind = 'end';
  private text = '';

  constructor(private readonly header: string) {
    this.advance();
  }

  private advance(): void {
    const at = this.pattern.lastIndex;
    const groups = this.pattern.exec(this.header)?.groups;
    if (!groups) throw new HeaderError(`unknown text at character ${at + 1}`);
    for (const kind of ['string', 'number', 'word', 'mark', 'end'] as const) {
      const text = groups[kind];
      if (text !== undefined) [this.kind, this.text] = [kind, text];
    }
  }

  private fail(expected: string): never {
    throw new HeaderError(
      `${expected} expected, ${this.kind === 'end' ? 'its end' : `'${this.text}'`} found`,
    );
  }

  take(kind: Kind, what: string): string {
    if (this.kind !== kind) this.fail(what);
    const { text } = this;
    if (kind !== 'end') this.advance();
    return text;
  }

  mayTake(mark: string): boolean {
    if (this.kind !== 'mark' || this.text !== mark) return false;
    this.advance();
    return true;
  }

  mark(mark: string): void {
    if (!this.mayTake(mark)) this.fail(mark);
  }

  /** The last comma may be left out. */
  commaUnless(end: string): void {
    if (!this.mayTake(',') && !(this.kind === 'mark' && this.text === end)) this.fail(`, or ${end}`);
  }
}
