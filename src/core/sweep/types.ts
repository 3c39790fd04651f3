/** One network over time-steps, codings, arithmetics and neurons for each value: what accuracy costs. */
import type { Arithmetic, Coding, Specification } from '../convert/types.ts';
import type { ChipComparison } from '../energy/types.ts';
import type { Fix } from '../findings/types.ts';

/** What a network is simulated with. */
export interface Setting {
  /** T */
  readonly timesteps: number;
  readonly coding: Coding;
  readonly arithmetic: Arithmetic;
  /** K, neurons of each value of a smooth activation; absent where the specification's is not compared with others. */
  readonly neuronsPerGate?: NeuronsPerGate;
}

/** `auto`: as the tolerance asks for, in each layer. */
export type NeuronsPerGate = number | 'auto';

/** A fraction of samples, with its 95 % confidence interval (Wilson's score interval). */
export interface Proportion {
  readonly value: number;
  readonly low: number;
  readonly high: number;
}

export interface SweepPoint extends Setting {
  /** Samples that have been simulated; less than the sweep's while it runs. */
  readonly samples: number;
  /** Answered right; null without labels. */
  readonly accuracy: Proportion | null;
  /** Answered as the trained network answers. */
  readonly agreement: Proportion;
  /** Of the values that the worst population stands for, against the trained network's: what the tolerance is for. */
  readonly mse: number;
  readonly worst: { readonly layer: string; readonly population: string } | null;
  /** Of the network's outputs. */
  readonly outputMse: number;
  /** Of all generators and neurons. */
  readonly spikesPerSample: number;
  /** Of all spiking layers. */
  readonly neurons: number;
  /** Of the specification's chip that are used; null while it runs. */
  readonly cores: number | null;
  /** Energy and latency on each chip, the specification's first, as estimates; empty while it runs. */
  readonly chips: readonly ChipComparison[];
  /** Whether the tolerance is met. */
  readonly meets: boolean;
}

/** The fewest time-steps of those swept that meet the tolerance. */
export interface LeastTimesteps extends Omit<Setting, 'timesteps'> {
  /** Null where none does. */
  readonly timesteps: number | null;
}

/** What somebody else measured on the same task. */
export interface PublishedSeries {
  readonly name: string;
  readonly source: string;
  readonly points: readonly { readonly timesteps: number; readonly accuracy: number }[];
  /** Of the analog network that was converted there. */
  readonly analogAccuracy: number;
}

export interface Sweep {
  readonly schemaVersion: 1;
  readonly spikewiseVersion: string;
  readonly createdAt: string;
  readonly model: { readonly name: string; readonly file: string };
  readonly specification: string | null;
  readonly tolerance: Specification['tolerance'];
  readonly samples: number;
  /** Accuracy of the trained network; null without labels. */
  readonly analog: Proportion | null;
  /** By arithmetic, coding, neurons for each value where they were compared, and time-steps. */
  readonly points: readonly SweepPoint[];
  /** Numbers of neurons were compared: the one of those that `auto` chooses. Null where it chooses none of them. */
  readonly automatic: number | null;
  readonly least: readonly LeastTimesteps[];
  /** To run with what meets the tolerance at the fewest time-steps; null where that is so already, or nothing does. */
  readonly fix: Fix | null;
  readonly published: readonly PublishedSeries[];
  /** Simulated now, and taken from an earlier sweep: points times samples. */
  readonly simulated: number;
  readonly reused: number;
  readonly complete: boolean;
  readonly seconds: number;
}
