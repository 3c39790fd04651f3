/** Values of single options, read or refused. */
import { mostNeuronsPerGate } from '../core/convert/types.ts';
import { UsageError } from './usage.ts';

/** "2,4,8", each once, in their order. */
export function list<T>(text: string | undefined, read: (part: string) => T): T[] | undefined {
  return text === undefined ? undefined : [...new Set(text.split(',').map((part) => read(part.trim())))];
}

/** Leaves out what is undefined, as exactOptionalPropertyTypes wants. */
export function defined<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined | ''> } {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== ''),
  ) as { [K in keyof T]: Exclude<T[K], undefined | ''> };
}

export function whole(name: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? 'from 1' : `from 1 to ${most}`;
    throw new UsageError(`${name} must be a whole number ${range}, not "${text}"`);
  }
  return value;
}

export function neuronsPerGate(text: string | undefined): number | 'auto' | undefined {
  if (text === undefined || text === 'auto') return text;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= mostNeuronsPerGate) return value;
  throw new UsageError(
    `--neurons-per-gate must be auto or a whole number from 1 to ${mostNeuronsPerGate}, not "${text}"`,
  );
}

export function real(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new UsageError(`${name} must be a number, not "${text}"`);
  }
  return value;
}

export function positive(name: string, text: string | undefined): number | undefined {
  const value = real(name, text);
  if (value !== undefined && value <= 0) throw new UsageError(`${name} must be above 0, not "${text ?? ''}"`);
  return value;
}

export function oneOf<T extends string>(
  name: string,
  text: string | undefined,
  known: readonly T[],
): T | undefined {
  const found = known.find((value) => value === text);
  if (text !== undefined && found === undefined) {
    throw new UsageError(`${name} must be ${known.join(' or ')}, not "${text}"`);
  }
  return found;
}
