/** What the schemas of JSON files that people write are made of. Messages follow the key: "timesteps must be ...". */
import * as v from 'valibot';
import type { JsonPath } from './json.ts';

/** A number of JSON; 1e999 is read as Infinity and refused with the same words. */
export const number = (words: string) => v.pipe(v.number(words), v.finite(words));
export const positive = (words: string) => v.pipe(number(words), v.gtValue(0, words));
export const notNegative = (words: string) => v.pipe(number(words), v.minValue(0, words));
export const whole = (least: number, most: number, words: string) =>
  v.pipe(v.number(words), v.integer(words), v.minValue(least, words), v.maxValue(most, words));
/** Blanks alone are nothing. */
export const filled = (words: string) => v.pipe(v.string(words), v.regex(/\S/, words));

/** What the editor shows of a key. */
export function told<const Schema extends v.GenericSchema>(
  title: string,
  description: string,
  schema: Schema,
) {
  return v.pipe(
    schema,
    v.metadata<v.InferOutput<Schema>, { title: string; description: string }>({ title, description }),
  );
}

/** Refuses unknown keys by their name and says which are missing. */
export function strict<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries, (issue) => {
    if (issue.expected === 'never') return `is unknown; the keys here are ${Object.keys(entries).join(', ')}`;
    return issue.expected === 'Object' ? 'must be an object' : 'is missing';
  });
}

export interface SchemaFault {
  readonly path: JsonPath;
  /** Begins with the key. */
  readonly words: string;
  /** The key is one that the schema does not have. */
  readonly unknown: boolean;
}

/** The issue to tell: a misspelt key is both unknown and missing; the misspelling is what helps. */
export function firstFault(issues: readonly [v.BaseIssue<unknown>, ...v.BaseIssue<unknown>[]]): SchemaFault {
  const first = issues.find(({ expected }) => expected === 'never') ?? issues[0];
  // Of a choice between kinds, what is wrong within one says more than that it is none of them.
  const within = first.issues?.find(({ path }) => path !== undefined);
  const issue = within ?? first;
  const path = [...(first.path ?? []), ...(within?.path ?? [])].map(({ key }) => key as string | number);
  const words = [path.join('.'), issue.message].filter((part) => part !== '').join(' ');
  return { path, words, unknown: issue.expected === 'never' };
}
