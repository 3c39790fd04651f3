/** What a look at a model shows before anything is converted. Printed by `spikewise inspect --json`. */
import type { HybridLayer } from '../convert/types.ts';
import type { Finding } from '../findings/types.ts';

/** Of one sample, null where the model leaves a size open; null as a whole after a layer that is not supported. */
export type SampleShape = readonly (number | null)[] | null;

export type TensorName =
  'kernel' | 'recurrentKernel' | 'bias' | 'recurrentBias' | 'table' | 'scale' | 'offset';

/** Where the values of a tensor lie, in bins of one width from `min` to `max`. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly mean: number;
  /** Of all values, not of a sample of them. */
  readonly standardDeviation: number;
  /** Values that are exactly 0. */
  readonly zeros: number;
  /** Values in each bin; one bin where all values are equal. */
  readonly bins: readonly number[];
}

export interface TensorSummary {
  readonly name: TensorName;
  /** As the conversion takes it: [inputs, 4 * units] of an LSTM's kernel, gates i, f, c, o. */
  readonly shape: readonly number[];
  /** Null until it has been counted; words where its values cannot be read. */
  readonly weights: Histogram | { readonly fault: string } | null;
}

export interface ActivationSummary {
  /** What it is of, by the names in Keras: "activation" is an LSTM's candidate and output, "recurrent_activation" its gates. */
  readonly of: 'activation' | 'recurrent_activation';
  /** As the model file has it. */
  readonly name: string;
  /** What spiking neurons compute for it: "clip(0.25 x + 0.5, 0, 1)"; null where none can. */
  readonly spiking: string | null;
}

export interface LayerSummary {
  readonly name: string;
  /** Class name in the model file. */
  readonly kind: string;
  readonly runsAs: HybridLayer['runsAs'];
  /** Sentences: why it becomes that, and what is to be known about it. */
  readonly reasons: readonly string[];
  /** Names of the layers that it reads; left out where each reads the one before it. */
  readonly reads?: readonly string[];
  readonly input: SampleShape;
  readonly output: SampleShape;
  readonly parameters: number;
  readonly activations: readonly ActivationSummary[];
  /** Empty where it does not spike. */
  readonly populations: readonly { readonly name: string; readonly neurons: number }[];
  /** Those that the file has; zeros in the place of a bias that it lacks are not among them. */
  readonly tensors: readonly TensorSummary[];
  /** The layer whose weights it has, where one layer is used several times. */
  readonly weightsOf?: string;
}

export interface ModelSummary {
  readonly schemaVersion: 1;
  readonly name: string;
  readonly format: string;
  /** Absolute path. */
  readonly file: string;
  /** Size of the file, without other files that hold its weights. */
  readonly bytes: number;
  readonly parameters: number;
  readonly inputShape: readonly (number | null)[];
  /** Absolute path of the specification that was taken into account, and why one was not. */
  readonly specification: { readonly file: string | null; readonly note: string | null };
  /** What the file does not say and was assumed, as sentences. */
  readonly assumptions: readonly string[];
  readonly layers: readonly LayerSummary[];
  /** Of the conversion, without those of {@link assumptions}. */
  readonly findings: readonly Finding[];
}

/** A tensor of a summary has been counted. */
export interface WeightsCounted {
  /** Index into the layers. */
  readonly layer: number;
  readonly tensor: TensorName;
  readonly weights: NonNullable<TensorSummary['weights']>;
}
