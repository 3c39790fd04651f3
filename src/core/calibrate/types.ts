/** Edits of a specification that bring the spiking network nearer to the trained one, found without training. */
import type { Arithmetic, Coding } from '../convert/types.ts';
import type { Fix } from '../findings/types.ts';

/** How far a network is from the trained one, over some samples. What is less is better; outputs count first. */
export interface Errors {
  /** Mean squared error of the network's outputs; of a softmax, of their logarithms. */
  readonly outputs: number;
  /** Mean squared errors of the values of all spiking populations and of what generators hand on, added up. */
  readonly populations: number;
}

/** Answers of the same samples beside the errors. */
export interface Score extends Errors {
  /** Mean squared error of the outputs as they are. */
  readonly mse: number;
  /** Fraction 0..1 that is right; null without labels. */
  readonly accuracy: number | null;
  readonly analogAccuracy: number | null;
  /** Fraction 0..1 that is the trained network's. */
  readonly agreement: number;
}

export const changeKinds = ['weights', 'inputs', 'hidden', 'range', 'bias'] as const;
/**
 * `weights`: the exponent of a layer's weights on the chip. `inputs`, `hidden`: the range of the spike generators.
 * `range`: of the values of a population. `bias`: of the spiking neurons.
 */
export type ChangeKind = (typeof changeKinds)[number];

/** Of several values of one setting the best on the samples to choose on, tried on the others. */
export interface Change {
  readonly kind: ChangeKind;
  readonly layer: string;
  /** Null where it is about the whole layer. */
  readonly population: string | null;
  /** What is changed: "range -0.81 to 0.81 instead of -1 to 1". */
  readonly words: string;
  /** Values that were tried. */
  readonly tried: number;
  readonly chosenOn: { readonly before: Errors; readonly after: Errors };
  readonly heldOut: { readonly before: Errors; readonly after: Errors };
  /** Whether the error is lower on both parts. */
  readonly kept: boolean;
}

export interface Calibration {
  readonly schemaVersion: 1;
  readonly spikewiseVersion: string;
  /** ISO 8601 */
  readonly createdAt: string;
  /** Absolute path; null where there is none. */
  readonly specification: string | null;
  readonly model: { readonly name: string; readonly file: string };
  readonly options: {
    readonly timesteps: number;
    readonly coding: Coding;
    readonly arithmetic: Arithmetic;
  };
  /** Numbers of samples. `all`: of the data, as a run takes them. */
  readonly samples: { readonly chosenOn: number; readonly heldOut: number; readonly all: number };
  /** In the order in which they were tried, each with those before it that were kept. */
  readonly changes: readonly Change[];
  readonly heldOut: { readonly before: Score; readonly after: Score };
  /** What a run of the specification says before and after, over all samples. */
  readonly all: { readonly before: Score; readonly after: Score };
  /** All that was kept as one edit of the specification; null where nothing was. */
  readonly fix: Fix | null;
  /** Absolute paths; null where nothing was to be written. */
  readonly written: { readonly specification: string | null; readonly result: string | null };
  /** `read`, `trials` and `all`. */
  readonly seconds: Readonly<Record<string, number>>;
}
