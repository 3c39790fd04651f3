/** Edits of a specification as data, without its text: what a fix would make of it. */
import type { Fix } from '../findings/types.ts';
import { isObject } from '../formats/json.ts';

/** @returns a copy in which each edit's value stands at its path; `undefined` takes the key away */
export function withEdits<T extends object>(specification: T, edits: Fix['edits']): T {
  return edits.reduce((before, { path, value }) => withValue(before, path, value) as T, specification);
}

function withValue(before: unknown, [key, ...rest]: readonly (string | number)[], value: unknown): unknown {
  if (key === undefined) return value;
  const from = isObject(before) ? before : {};
  const inner = withValue(Object.hasOwn(from, key) ? from[key] : undefined, rest, value);
  const others = Object.entries(from).filter(([name]) => name !== String(key));
  return Object.fromEntries(inner === undefined ? others : [...others, [key, inner]]);
}
