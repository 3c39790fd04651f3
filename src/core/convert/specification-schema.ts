/**
 * What a `NAME.spikewise.json` may hold. Reading checks against it, and the editor's JSON Schema
 * is made of it. Every key is documented in docs/specification.md.
 */
import * as v from 'valibot';
import type { Specification } from './types.ts';

/** Largest T: what 16-bit spike counts hold. */
const MOST_TIMESTEPS = 65536;

/** Of the keys that may be left out. */
export const defaults = {
  timesteps: 8,
  coding: 'residual',
  arithmetic: 'float',
  chip: 'loihi1',
  tolerance: { mse: 0.01, accuracyDrop: 0.01 },
  input: { mean: 0, scale: 1 },
} as const satisfies Partial<Specification>;

/** A number of JSON; 1e999 is read as Infinity and refused with the same words. */
const number = (words: string) => v.pipe(v.number(words), v.finite(words));
const positive = (words: string) => v.pipe(number(words), v.gtValue(0, words));
const notNegative = (words: string) => v.pipe(number(words), v.minValue(0, words));
const wholeUpTo = (most: number, words: string) =>
  v.pipe(v.number(words), v.integer(words), v.minValue(1, words), v.maxValue(most, words));
const file = (words: string) => v.pipe(v.string(words), v.nonEmpty(words));

/** What the editor shows of a key. */
function told<const Schema extends v.GenericSchema>(title: string, description: string, schema: Schema) {
  return v.pipe(
    schema,
    v.metadata<v.InferOutput<Schema>, { title: string; description: string }>({ title, description }),
  );
}

/** Refuses unknown keys by their name and says which are missing. */
function strict<const Entries extends v.ObjectEntries>(entries: Entries) {
  return v.strictObject(entries, (issue) => {
    if (issue.expected === 'never') return `is unknown; the keys here are ${Object.keys(entries).join(', ')}`;
    return issue.expected === 'Object' ? 'must be an object' : 'is missing';
  });
}

const clippedLinear = v.pipe(
  strict({
    slope: told('Slope', 'Slope of the linear part, above 0.', positive('must be a number above 0')),
    offset: told('Offset', 'Value of the linear part at x = 0.', number('must be a number')),
    low: told('Low', 'Least value.', number('must be a number')),
    high: told('High', 'Greatest value, above low.', number('must be a number')),
  }),
  v.rawCheck(({ dataset, addIssue }) => {
    if (dataset.typed && dataset.value.low >= dataset.value.high) {
      addIssue({ message: 'must have low below high' });
    }
  }),
);

const data = strict({
  inputs: told(
    'Inputs',
    "Path of a .npy file, [samples, ...shape of the model's input], relative to this file.",
    file('must be the path of a .npy file'),
  ),
  labels: v.optional(
    told(
      'Labels',
      'Path of a .npy file with the class of each sample, [samples], as whole numbers from 0.',
      file('must be the path of a .npy file'),
    ),
  ),
  limit: v.optional(
    told(
      'Limit',
      'Use the first samples only.',
      wholeUpTo(Number.MAX_SAFE_INTEGER, 'must be a whole number from 1'),
    ),
  ),
});

const input = strict({
  mean: v.optional(
    told('Mean', 'Is subtracted from every input.', number('must be a number')),
    defaults.input.mean,
  ),
  scale: v.optional(
    told(
      'Scale',
      'Every input is divided by it after the mean was subtracted. Above 0.',
      positive('must be a number above 0'),
    ),
    defaults.input.scale,
  ),
});

const tolerance = strict({
  mse: v.optional(
    told(
      'Mean squared error',
      'Of the values that any spiking population stands for, against the analog network. Above it is a warning.',
      notNegative('must be a number from 0'),
    ),
    defaults.tolerance.mse,
  ),
  accuracyDrop: v.optional(
    told(
      'Accuracy drop',
      'Of the spiking below the analog network, as a fraction: 0.01 is one point.',
      notNegative('must be a number from 0'),
    ),
    defaults.tolerance.accuracyDrop,
  ),
});

export const specificationSchema = strict({
  model: told(
    'Model',
    'Path of the model file (model.json of a tfjs LayersModel), relative to this file.',
    file('must be the path of a model file'),
  ),
  data: told('Data', 'The samples on which both networks run.', data),
  input: v.optional(
    told(
      'Input normalisation',
      'Inputs become (x - mean) / scale. A spike generator can only represent values from -1 to 1.',
      input,
    ),
  ),
  timesteps: v.optional(
    told(
      'Time-steps (T)',
      'Time-steps that the spiking network runs in each sequence step. More are more exact and cost more.',
      wholeUpTo(MOST_TIMESTEPS, `must be a whole number from 1 to ${MOST_TIMESTEPS}`),
    ),
    defaults.timesteps,
  ),
  coding: v.optional(
    told(
      'Coding',
      'residual: membranes start at half a threshold and keep what is left over to the next sequence step; needs about a tenth of the time-steps. reset: membranes start at 0 in every sequence step, as in the paper.',
      v.picklist(['residual', 'reset'], "must be 'residual' or 'reset'"),
    ),
    defaults.coding,
  ),
  arithmetic: v.optional(
    told(
      'Arithmetic',
      'float: real numbers. loihi: the integers of the chip, with 8-bit weights.',
      v.picklist(['float', 'loihi'], "must be 'float' or 'loihi'"),
    ),
    defaults.arithmetic,
  ),
  activations: v.optional(
    told(
      'Activations',
      'What an activation name of the model means, as y = clip(slope * x + offset, low, high). For sigmoid or tanh: what replaces it in the spiking network.',
      v.record(v.string(), clippedLinear, 'must be an object'),
    ),
  ),
  cellClip: v.optional(
    told(
      'Cell clip',
      'Clamps the cell state of every LSTM to plus or minus this value after each sequence step, in both networks.',
      positive('must be a number above 0'),
    ),
  ),
  percentile: v.optional(
    told(
      'Percentile',
      "Percentile of a ReLU layer's activations over the data that becomes its threshold. 100 is the maximum.",
      v.pipe(
        positive('must be a number above 0 and up to 100'),
        v.maxValue(100, 'must be a number above 0 and up to 100'),
      ),
    ),
  ),
  chip: v.optional(
    told(
      'Chip',
      'The chip that the spiking layers are mapped to.',
      v.picklist(['loihi1'], "must be 'loihi1'"),
    ),
    defaults.chip,
  ),
  tolerance: v.optional(
    told('Tolerance', 'How far the spiking network may be off before a finding says so.', tolerance),
    defaults.tolerance,
  ),
});
