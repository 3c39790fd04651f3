/**
 * Where the difference between the trained and the spiking network comes from: a ladder of networks between the
 * two, and what would help, each tried.
 */
import type { Fix } from '../findings/types.ts';
import type { GateName } from '../convert/types.ts';

/** The networks from the trained to the spiking one, each with one change more than the one before. */
export const rungNames = [
  'trained',
  'activations',
  'inputs',
  'cell',
  'weights',
  'counts',
  'dynamics',
  'feedback',
] as const;
export type RungName = (typeof rungNames)[number];

/** Against the trained network, over all samples. */
export interface RungPopulation {
  /** "generator", "i", "f", "c", "o"; "generator", "neurons" of a Dense layer. */
  readonly name: string;
  readonly mse: number;
  /** [sequence steps] */
  readonly perStep: readonly number[];
}

export interface RungLayer {
  readonly name: string;
  /** Of its outputs, h of an LSTM, over all sequence steps. */
  readonly mse: number;
  /** [sequence steps] */
  readonly perStep: readonly number[];
  /** Empty where the layer does not spike. */
  readonly gates: readonly RungPopulation[];
}

export interface Rung {
  readonly name: RungName;
  /** Mean squared error of the network's outputs against the trained network's. */
  readonly mse: number;
  /** Fraction 0..1 of the samples answered right; null without labels. */
  readonly accuracy: number | null;
  /** Fraction of the samples answered as the trained network does. */
  readonly agreement: number;
  /** Against the rung before; all of them add up to the last rung. */
  readonly change: { readonly mse: number; readonly accuracy: number | null };
  /** False where the change does not apply to this network, so that the rung is the one before it. */
  readonly applies: boolean;
  readonly layers: readonly RungLayer[];
}

export const causeCodes = [
  'timesteps-few',
  'coding-reset',
  'inputs-not-normalised',
  'activation-meaning',
  'activation-substitute',
  'neurons-per-gate-few',
  'gate-scale',
  'bias-outlier',
  'weights-coarse',
  'weights-clipped',
  'threshold-percentile',
  'gate-range',
  'cell-clip',
] as const;
export type CauseCode = (typeof causeCodes)[number];

/** What a network does, over the samples on which causes were tried. */
export interface Score {
  /** Fractions; null without labels. */
  readonly accuracy: number | null;
  readonly analogAccuracy: number | null;
  readonly agreement: number;
  /** Of the spiking network's outputs against the trained network's. */
  readonly mse: number;
}

/**
 * What says that a cause is one, the strongest first.
 * - answers: with the fix more samples are answered right, or with less of an error, than chance explains.
 * - structure: it stands far out from the rest of the network, and the fix does no harm.
 * - leaning: the answers are better with the fix, but that may be chance.
 * - error: the answers do not tell, but the spiking outputs are nearer to the trained network's.
 */
export const evidences = ['answers', 'structure', 'leaning', 'error'] as const;
export type Evidence = (typeof evidences)[number];

export interface Cause {
  readonly code: CauseCode;
  readonly layer: string | null;
  readonly gate: GateName | null;
  /** Index within the gate or Dense layer. */
  readonly neuron: number | null;
  /** 0..1: the part of what is wrong (wrong answers, or without labels the mean squared error) that goes with the fix. */
  readonly share: number;
  readonly evidence: Evidence;
  /** What is wrong, in one sentence, and what was measured with the fix. */
  readonly message: string;
  readonly fix: Fix;
  /** With the fix, against without it, on the same samples. */
  readonly gain: { readonly accuracy: number | null; readonly mse: number; readonly agreement: number };
  /** With the fix. */
  readonly tried: Score;
}

export interface Explanation {
  readonly schemaVersion: 1;
  readonly spikewiseVersion: string;
  readonly createdAt: string;
  readonly model: { readonly name: string; readonly file: string };
  readonly specification: string | null;
  /** Samples of the ladder. */
  readonly samples: number;
  /** Samples on which causes were tried, spread evenly over those of the ladder. */
  readonly triedSamples: number;
  readonly rungs: readonly Rung[];
  /** The spiking network as an ordinary run has it, and how far the sum of the rungs' changes is from it. */
  readonly whole: {
    readonly mse: number;
    readonly accuracy: number | null;
    readonly agreement: number;
    readonly difference: { readonly mse: number; readonly accuracy: number };
  };
  /** Without a fix, on the samples on which causes were tried. */
  readonly score: Score;
  /** What helps, the first cause first; what was tried and did not help is left out. */
  readonly causes: readonly Cause[];
  /** How many changes were tried. */
  readonly tried: number;
  /** The first cause and what would help most, in one paragraph. */
  readonly summary: string;
  /** Wall-clock seconds. */
  readonly seconds: Readonly<Record<string, number>>;
}
