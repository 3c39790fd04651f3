/** What single neurons did: of a population over many samples or in one, and of one neuron at every time-step. */
import type { NeuronTrace } from '../simulate/neuron-trace.ts';

/** One population neuron by neuron. Row-major; axes as noted. */
export interface PopulationDetail {
  readonly layer: string;
  /** As in the report; `output` for what the layer hands on. */
  readonly population: string;
  /** Null: all samples that were looked at. */
  readonly sample: number | null;
  /** Number of samples behind every average here. */
  readonly samples: number;
  readonly steps: number;
  readonly neurons: number;
  /** [steps, neurons] mean over the samples of (spiking - analog)². */
  readonly error: Float32Array;
  /** [steps, neurons] spikes of either sign per time-step, 0..1; null where there are none. */
  readonly rate: Float32Array | null;
  /** [steps, neurons] of one sample; null over several. */
  readonly values: { readonly analog: Float32Array; readonly spiking: Float32Array } | null;
  readonly scatter: Scatter;
  readonly activity: Activity | null;
}

/** Pairs of an analog value and the value that the firing rate stands for: every neuron, sequence step and sample. */
export interface Scatter {
  readonly pairs: number;
  /** Pearson's; null where either side never changes. */
  readonly correlation: number | null;
  /** The least and the largest value of both axes. */
  readonly low: number;
  readonly high: number;
  /** Cells along each axis; the middle of the first is `low`, that of the last is `high`. */
  readonly cells: number;
  /** [cells (spiking), cells (analog)] pairs in each cell; what lies beyond an axis is counted in its last cell. */
  readonly counts: Uint32Array;
  /** Pairs beyond an axis. */
  readonly beyond: number;
  /** How a value follows from the firing rate, null where it does not. */
  readonly decoding: Decoding | null;
}

/** value = base + span * rate, with the rate (positive minus negative spikes) / T in 0..1, or in -1..1 where dual. */
export interface Decoding {
  readonly base: number;
  readonly span: number;
  readonly dual: boolean;
}

/** Of each neuron, [neurons], over all windows of all samples looked at. */
export interface Activity {
  /** Spikes of either sign per time-step, 0..1. */
  readonly rate: Float32Array;
  /** Share of the windows in which it fires at every time-step with one sign: the decoded value is at its bound. */
  readonly atBound: Float32Array;
}

/** A neuron counts as saturated where it is at its bound in more than this share of the windows. */
export const saturatedFrom = 0.5;

/** `silent`: neurons without a single spike in any window. */
export function countExtremes({ rate, atBound }: Activity): {
  readonly silent: number;
  readonly saturated: number;
} {
  return {
    silent: rate.reduce((sum, value) => sum + (value === 0 ? 1 : 0), 0),
    saturated: atBound.reduce((sum, share) => sum + (share > saturatedFrom ? 1 : 0), 0),
  };
}

/** A sample to which the networks give different answers. */
export interface Flip {
  readonly sample: number;
  /** Null without labels. */
  readonly label: number | null;
  readonly analog: Answer;
  readonly spiking: Answer;
}

export interface Answer {
  readonly class: number;
  /** By how much its output is above the next; of a single output, its distance from 1/2. */
  readonly margin: number;
}

/** One neuron in one sample, at every time-step. Potentials in the arithmetic's own units. */
export interface NeuronDetail {
  readonly layer: string;
  readonly population: string;
  readonly sample: number;
  /** Within the population. */
  readonly neuron: number;
  /** Neurons that compute the value together; the trace is of the first. */
  readonly pieces: number;
  readonly steps: number;
  readonly timesteps: number;
  readonly trace: NeuronTrace;
  /** [steps] */
  readonly analog: Float32Array;
  readonly spiking: Float32Array;
}
