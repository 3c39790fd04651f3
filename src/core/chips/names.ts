/** Chips that a specification can name without a file. The figures are in NAME.json beside this file. */
export const builtinChips = ['loihi1', 'loihi2'] as const;
export type BuiltinChip = (typeof builtinChips)[number];

export function isBuiltinChip(name: string): name is BuiltinChip {
  return builtinChips.some((id) => id === name);
}
