/** `run.json` of a kept run: from what it was made, and its main results. Documented in docs/runs.md. */
import * as v from 'valibot';
import type { SummaryEntry } from '../report/format.ts';
import type { Report } from '../report/types.ts';

export const RUN_SCHEMA_VERSION = 1;

export const fileRoles = ['model', 'weights', 'inputs', 'labels', 'chip'] as const;
export type FileRole = (typeof fileRoles)[number];

/** A file that the run read. */
export interface RunFile {
  readonly role: FileRole;
  /** Absolute. */
  readonly path: string;
  /** Null where it was gone, or changed, before it could be counted. */
  readonly bytes: number | null;
  /** Of its content, in hexadecimal digits; null as above. */
  readonly sha256: string | null;
}

export interface RunManifest {
  readonly schemaVersion: typeof RUN_SCHEMA_VERSION;
  /** Name of the run's folder. Sorts by time. */
  readonly id: string;
  /** Of the specification or the model. */
  readonly name: string;
  /** ISO 8601, the report's. */
  readonly createdAt: string;
  readonly versions: { readonly spikewise: string; readonly node: string; readonly platform: string };
  /** As it was read; null where the run had none. */
  readonly specification: { readonly path: string; readonly text: string } | null;
  /** Options of the command line that took precedence over the specification. */
  readonly overrides: Readonly<Record<string, string | number | Readonly<Record<string, string>>>>;
  readonly files: readonly RunFile[];
  /** What a list of runs shows, without reading the report. */
  readonly options: Pick<Report['options'], 'timesteps' | 'coding' | 'arithmetic' | 'chip' | 'samples'>;
  readonly accuracy: Report['accuracy'];
  readonly summary: readonly SummaryEntry[];
}

const text = v.string('must be text');
const figure = v.nullable(v.number('must be a number'));
const object = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.looseObject(entries, (issue) => (issue.expected === 'Object' ? 'must be an object' : 'is missing'));

const manifestSchema = object({
  schemaVersion: v.literal(RUN_SCHEMA_VERSION, `is not ${RUN_SCHEMA_VERSION}`),
  id: text,
  name: text,
  createdAt: text,
  versions: object({ spikewise: text, node: text, platform: text }),
  specification: v.nullable(object({ path: text, text })),
  overrides: v.record(
    v.string(),
    v.union([v.string(), v.number(), v.record(v.string(), v.string())], 'must be text or a number'),
  ),
  files: v.array(
    object({
      role: v.picklist(fileRoles, `must be one of ${fileRoles.join(', ')}`),
      path: text,
      bytes: figure,
      sha256: v.nullable(text),
    }),
    'must be a list',
  ),
  options: object({ timesteps: v.number(), coding: text, arithmetic: text, chip: text, samples: v.number() }),
  accuracy: object({ analog: figure, spiking: figure, agreement: figure }),
  summary: v.array(
    object({ name: text, label: text, value: text, detail: v.nullable(text) }),
    'must be a list',
  ),
});

export type ReadManifest = { readonly manifest: RunManifest } | { readonly fault: string };

/**
 * @param id name of the folder that it lies in
 * @returns the manifest, or what is wrong with the text, in words that follow the file's name
 */
export function parseManifest(json: string, id: string): ReadManifest {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { fault: 'is not valid JSON' };
  }
  const result = v.safeParse(manifestSchema, value, { abortEarly: true });
  if (!result.success) {
    const [issue] = result.issues;
    const key = (issue.path ?? []).map(({ key }) => String(key)).join('.');
    return {
      fault: `is not the manifest of a run that this Spikewise reads: ${`${key} ${issue.message}`.trim()}`,
    };
  }
  if (result.output.id !== id) return { fault: `says that it is of run ${result.output.id}` };
  return { manifest: value as RunManifest };
}
