/**
 * What a trained model is, whatever file it came from.
 *
 * A reader in `formats/` turns a file into a {@link Network}; every later stage sees only this.
 */

/** A tensor in row-major (C) order. */
export interface Tensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** `y = clip(slope * x + offset, low, high)`: what one population of integrate-and-fire neurons computes (paper, eq. 4-8). */
export interface ClippedLinear {
  /** Slope of the linear part, above 0. */
  readonly slope: number;
  /** Value of the linear part at x = 0. */
  readonly offset: number;
  readonly low: number;
  readonly high: number;
}

/**
 * An activation as the model file names it. What a custom name means is said by the specification,
 * see `convert/activations.ts`.
 */
export type ActivationName = string;

interface LayerBase {
  /** The name in the model file; unique within the network. */
  readonly name: string;
  /** JSON path of the layer's object in the model file, for diagnostics. */
  readonly path: readonly (string | number)[];
}

/** Keras / tfjs LSTM. Gate order of every 4*units axis: i, f, c, o. */
export interface LstmLayer extends LayerBase {
  readonly kind: 'LSTM';
  /**
   * The second half of a bidirectional LSTM: it reads what the LSTM before it in the chain read, from the
   * last sequence step to the first, and hands on that LSTM's output with its own beside it.
   */
  readonly direction?: 'backward';
  readonly units: number;
  readonly inputSize: number;
  readonly returnSequences: boolean;
  /** Of the candidate and of the cell state on its way out. */
  readonly activation: ActivationName;
  /** Of the input, forget and output gates. */
  readonly recurrentActivation: ActivationName;
  /** [inputSize, 4 * units] */
  readonly kernel: Tensor;
  /** [units, 4 * units] */
  readonly recurrentKernel: Tensor;
  /** [4 * units]; zeros where the file has no bias. */
  readonly bias: Tensor;
}

export interface DenseLayer extends LayerBase {
  readonly kind: 'Dense';
  readonly units: number;
  readonly inputSize: number;
  readonly activation: ActivationName;
  /** [inputSize, units] */
  readonly kernel: Tensor;
  /** [units]; zeros where the file has no bias. */
  readonly bias: Tensor;
}

/** Looks up a vector for each whole number of a sequence: [steps] -> [steps, dimension]. First in its network. */
export interface EmbeddingLayer extends LayerBase {
  readonly kind: 'Embedding';
  /** Ids are 0 to vocabulary - 1. */
  readonly vocabulary: number;
  readonly dimension: number;
  /** [vocabulary, dimension] */
  readonly table: Tensor;
}

/** A layer of its own that only applies an activation. */
export interface ActivationLayer extends LayerBase {
  readonly kind: 'Activation';
  readonly activation: ActivationName;
}

/** Does nothing at inference. */
export interface DropoutLayer extends LayerBase {
  readonly kind: 'Dropout';
}

/** [steps, features] -> [steps * features]. */
export interface FlattenLayer extends LayerBase {
  readonly kind: 'Flatten';
}

export interface InputLayer extends LayerBase {
  readonly kind: 'InputLayer';
}

/** A layer that this version cannot compute: listed, named in a finding, never skipped. */
export interface UnsupportedLayer extends LayerBase {
  readonly kind: 'Unsupported';
  /** The class name in the model file. */
  readonly className: string;
  /** Why, in words for the user. */
  readonly reason: string;
}

export type Layer =
  | LstmLayer
  | DenseLayer
  | EmbeddingLayer
  | ActivationLayer
  | DropoutLayer
  | FlattenLayer
  | InputLayer
  | UnsupportedLayer;

/** A chain of layers. */
export interface Network {
  readonly name: string;
  /** In words: "tfjs LayersModel, Keras 2.x". */
  readonly format: string;
  /**
   * Shape of one sample: [steps, features], [features], or [steps] where ids are embedded; null where the
   * model leaves the size open.
   */
  readonly inputShape: readonly (number | null)[];
  readonly layers: readonly Layer[];
  /**
   * What activation names of this file mean where it says so itself, by slope and clips or by the
   * version that wrote it. The specification overrides them.
   */
  readonly activations?: Readonly<Record<ActivationName, ClippedLinear>>;
  /**
   * What the file does not say and the reader took, as sentences for the report: each becomes a finding.
   * One on an activation starts with its name, "hard_sigmoid is ...".
   */
  readonly assumptions?: readonly string[];
}
