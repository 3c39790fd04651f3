/** Reading a chip file, `NAME.spikewise-chip.json`. */
import * as v from 'valibot';
import { InputFault } from '../findings/types.ts';
import { parseJsonWithComments, type JsonPath } from '../formats/json.ts';
import { firstFault } from '../formats/schema-parts.ts';
import { chipSchema } from './chip-schema.ts';
import type { Chip } from './types.ts';

/** A chip file is a few pages of text. In characters. */
export const CHIP_LIMIT = 2 ** 20;

/**
 * @param text The file; comments are allowed.
 * @param file Its path, for faults.
 * @param id What results call it: the path as the specification names it.
 * @throws InputFault `chip-invalid` that names and points at the key.
 */
export function readChip(text: string, file: string, id: string): Chip {
  if (text.length > CHIP_LIMIT) throw chipFault(file, 'is longer than 1 MiB, which no chip file is');
  const parsed = parseJsonWithComments(text);
  if ('fault' in parsed) throw chipFault(file, parsed.fault);
  return checkChip(parsed.value, file, id);
}

/** The same for what is read already. */
export function checkChip(value: unknown, file: string, id: string): Chip {
  if (Array.isArray(value)) throw chipFault(file, 'must be an object');
  const result = v.safeParse(chipSchema, value);
  if (result.success) return { id, ...result.output };
  const { words, path } = firstFault(result.issues);
  throw chipFault(file, words, path);
}

function chipFault(file: string, words: string, path: JsonPath = []): InputFault {
  return new InputFault('chip-invalid', file, words, { file: 'chip', path });
}
