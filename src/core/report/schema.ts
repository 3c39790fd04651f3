/**
 * A report as read from a file, which may be of another version, damaged, or none. Every key that something draws or
 * prints is checked; what a later version adds is left as it is.
 */
import * as v from 'valibot';
import { grades, resources } from '../chips/types.ts';
import { ledgerEvents } from '../energy/types.ts';
import type { Report } from './types.ts';

const REPORT_SCHEMA_VERSION = 2;

/** JSON has no NaN: a number that was not computed arrives as null. */
const figure = v.nullable(v.number('must be a number'));
const text = v.string('must be text');
const flag = v.boolean('must be true or false');
const figures = v.array(figure, 'must be a list');
const list = <const Schema extends v.GenericSchema>(schema: Schema) => v.array(schema, 'must be a list');
const object = <const Entries extends v.ObjectEntries>(entries: Entries) =>
  v.looseObject(entries, (issue) => (issue.expected === 'Object' ? 'must be an object' : 'is missing'));
const oneOf = <const Words extends readonly string[]>(words: Words) =>
  v.picklist(words, `must be one of ${words.join(', ')}`);

const range = object({ low: figure, high: figure });
const maybeRange = v.nullable(range);
const byResource = <const Schema extends v.GenericSchema>(schema: Schema) =>
  Object.fromEntries(resources.map((resource) => [resource, schema])) as Record<
    (typeof resources)[number],
    Schema
  >;
const path = list(v.union([v.string(), v.number()], 'must be a key'));

const errors = { mse: figure, maxError: figure };
const population = object({
  name: text,
  neurons: figure,
  values: v.exactOptional(figure),
  firingRate: figure,
  spikesPerSample: figure,
  ...errors,
  perStep: object({ mse: figures, maxError: figures, firingRate: figures }),
});
const layer = object({
  name: text,
  kind: text,
  runsAs: oneOf(['spiking', 'analog', 'unsupported', 'nothing']),
  output: v.nullable(object({ ...errors, perStep: object({ mse: figures, maxError: figures }) })),
  populations: list(population),
});

const options = object({
  timesteps: figure,
  coding: oneOf(['residual', 'reset']),
  arithmetic: oneOf(['float', 'loihi']),
  chip: text,
  weightBits: figure,
  mapping: object({ chips: figure, fill: figure, generators: oneOf(['processors', 'cores']) }),
  watts: figure,
  samples: figure,
  input: object({ mean: figure, scale: figure }),
  cellClip: figure,
  percentile: figure,
  tolerance: object({ mse: figure, accuracyDrop: figure }),
});

const finding = object({
  code: text,
  severity: oneOf(['error', 'warning', 'info']),
  layer: v.nullable(text),
  message: text,
  place: object({ file: oneOf(['model', 'specification', 'inputs', 'labels', 'chip']), path }),
  fixes: list(object({ title: text, edits: list(object({ path })) })),
});

const core = object({
  chip: figure,
  core: figure,
  tile: figure,
  limitedBy: oneOf(resources),
  ...byResource(figure),
  utilisation: object(byResource(figure)),
  populations: list(object({ layer: text, population: text, neurons: figure, from: figure })),
  traffic: v.nullable(
    object({ received: figure, sent: figure, hops: figure, synapticOperations: figure, spikes: figure }),
  ),
});
const chip = object({
  id: text,
  name: text,
  chipsUsed: figure,
  chipsAllowed: figure,
  coresUsed: figure,
  coresPerChip: figure,
  coresLowerBound: figure,
  mesh: object({ columns: figure, rows: figure, coresPerTile: figure, processorTile: figure }),
  limits: object(byResource(figure)),
  cores: list(core),
  processors: list(object({ layer: text, population: oneOf(['generator', 'counter']), values: figure })),
  populations: list(object({ layer: text, population: text, ...byResource(figure) })),
  traffic: v.nullable(object({ messages: figure, hopsEastWest: figure, hopsNorthSouth: figure })),
  problems: list(object({ kind: text, layer: text, message: text })),
});

const grade = oneOf(grades);
const ledgerLine = object({
  event: oneOf(ledgerEvents),
  group: oneOf(['cores', 'mesh', 'processors', 'static']),
  count: v.union([figure, range], 'must be a number or a range'),
  low: figure,
  high: figure,
  source: v.nullable(text),
  grade: v.nullable(grade),
  prices: list(object({ table: text, value: figure, unit: oneOf(['J', 'W']), source: text, grade })),
});
const baseline = object({
  name: text,
  kind: text,
  batch: figure,
  energy: figure,
  latency: figure,
  watts: figure,
  source: text,
  grade,
  comparable: flag,
  note: v.nullable(text),
  savings: maybeRange,
});
const energy = object({
  chip: text,
  perInference: maybeRange,
  perSequenceStep: maybeRange,
  sequenceSteps: figure,
  groups: object({ cores: maybeRange, mesh: maybeRange, processors: maybeRange, static: maybeRange }),
  latency: maybeRange,
  latencyPerSequenceStep: maybeRange,
  latencySources: v.nullable(object({ low: text, high: text })),
  averagePower: maybeRange,
  complete: flag,
  unpriced: list(oneOf(ledgerEvents)),
  unmapped: list(text),
  lines: list(ledgerLine),
  calibrated: list(object({ name: text, energy: range, source: text, grade })),
  cores: list(object({ energy: range, energyShare: figure, trafficShare: figure })),
  baselines: list(baseline),
  neurobench: object({
    footprint: figure,
    connectionSparsity: figure,
    activationSparsity: figure,
    synapticOperations: object({ effectiveMACs: figure, effectiveACs: figure, dense: figure }),
    membraneUpdates: figure,
  }),
  operations: list(object({ layer: text, kind: text, fullyConnected: figure, rest: figure, steps: figure })),
});

const reportSchema = object({
  schemaVersion: v.literal(REPORT_SCHEMA_VERSION),
  spikewiseVersion: text,
  createdAt: text,
  model: object({ name: text, format: text, file: text, parameters: figure }),
  specification: v.nullable(text),
  options,
  accuracy: object({ analog: figure, spiking: figure, agreement: figure }),
  layers: list(layer),
  findings: list(finding),
  chip,
  energy: v.nullable(energy),
  chips: list(
    object({
      id: text,
      name: text,
      chipsUsed: figure,
      coresUsed: figure,
      coresPerChip: figure,
      fits: flag,
      perInference: maybeRange,
      complete: flag,
      latency: maybeRange,
    }),
  ),
  seconds: v.record(v.string(), figure),
});

export type ReadReport = { readonly report: Report } | { readonly fault: string };

/** @returns the report, or what is wrong with the text, in words that follow the file's name: "is not valid JSON". */
export function parseReport(json: string): ReadReport {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { fault: 'is not valid JSON' };
  }
  return checkReport(value);
}

function checkReport(value: unknown): ReadReport {
  if (typeof value !== 'object' || value === null || !('schemaVersion' in value)) {
    return { fault: 'is not a report of Spikewise' };
  }
  if (value.schemaVersion !== REPORT_SCHEMA_VERSION) {
    const words = typeof value.schemaVersion === 'number' ? ` ${value.schemaVersion}` : '';
    return {
      fault: `is a report of version${words}, of which this Spikewise reads ${REPORT_SCHEMA_VERSION}`,
    };
  }
  const result = v.safeParse(reportSchema, value, { abortEarly: true });
  if (result.success) return { report: value as unknown as Report };
  const [issue] = result.issues;
  const key = (issue.path ?? []).map(({ key }) => String(key)).join('.');
  return { fault: `is not a report that this Spikewise reads: ${key} ${issue.message}` };
}
