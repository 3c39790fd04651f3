/**
 * Questions about single neurons, from the results panel through the host to a worker that holds the networks.
 * Each question has an answer of its kind, or a failure.
 */
import type { Flip, NeuronDetail, PopulationDetail } from '../core/detail/types.ts';
import type { RunOptions } from '../core/report/types.ts';
import type { Overrides } from './worker.ts';

/** What can be asked for, and what is answered. */
export interface DetailKinds {
  /** A population over several samples, or in one. */
  readonly population: {
    readonly asked: { readonly layer: string; readonly population: string; readonly sample: number | null };
    readonly told: { readonly detail: PopulationDetail };
  };
  /** Samples to which the networks give different answers. */
  readonly flips: {
    readonly asked: object;
    /** `samples`: how many were looked at. */
    readonly told: { readonly flips: readonly Flip[]; readonly samples: number };
  };
  readonly neuron: {
    readonly asked: {
      readonly layer: string;
      readonly population: string;
      readonly sample: number;
      readonly neuron: number;
    };
    readonly told: { readonly detail: NeuronDetail };
  };
  /** The run as it would be now: its files may have changed since the report. */
  readonly run: {
    readonly asked: object;
    /** `samples`: of the data. */
    readonly told: { readonly options: RunOptions; readonly samples: number };
  };
}

export type DetailKind = keyof DetailKinds;

export type DetailQuestion<Kind extends DetailKind = DetailKind> = {
  readonly [K in Kind]: { readonly kind: K } & DetailKinds[K]['asked'];
}[Kind];

export type DetailAnswer<Kind extends DetailKind = DetailKind> = {
  readonly [K in Kind]: { readonly kind: K } & DetailKinds[K]['told'];
}[Kind];

/** What a probe is started with. */
export interface ProbeRequest {
  /** Absolute path of a model file or of a specification. */
  readonly file: string;
  /** The options of the run that is looked into. */
  readonly overrides: Overrides;
}

/** To a probe. `id` comes back with the answer. */
export interface ToProbe {
  readonly id: number;
  readonly question: DetailQuestion;
}

export type FromProbe =
  /** Model and data are read. */
  | { readonly type: 'opened' }
  /** How far reading, or the pass over the samples, is; 0..1 with words. */
  | { readonly type: 'progress'; readonly fraction: number; readonly message: string }
  | { readonly type: 'answer'; readonly id: number; readonly answer: DetailAnswer }
  /** That question alone. */
  | { readonly type: 'refused'; readonly id: number; readonly message: string }
  /** Nothing can be answered: the model or its data cannot be read. */
  | { readonly type: 'failed'; readonly message: string };

/** What the panel hears: where nothing can be answered, every question is refused. */
export type DetailMessage = Exclude<FromProbe, { readonly type: 'opened' | 'failed' }>;
