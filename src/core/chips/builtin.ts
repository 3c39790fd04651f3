/** The built-in chips, through the same reader as anybody's file. */
import loihi1 from './loihi1.json';
import loihi2 from './loihi2.json';
import type { BuiltinChip } from './names.ts';
import { checkChip } from './read.ts';
import type { Chip } from './types.ts';

export { builtinChips } from './names.ts';

const files: Readonly<Record<BuiltinChip, unknown>> = { loihi1, loihi2 };
const read = new Map<BuiltinChip, Chip>();

export function builtinChip(id: BuiltinChip): Chip {
  const chip = read.get(id) ?? checkChip(files[id], `${id}.json`, id);
  read.set(id, chip);
  return chip;
}
