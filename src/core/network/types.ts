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
  /** Slope of the linear part, above 0; below 0 only of a piece that a fit has made. */
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
  /** Positions in the network's list of the layers that it reads, all before it; left out: the one before it. */
  readonly inputs?: readonly number[];
}

/** What the layers that run from sequence step to sequence step have in common. */
interface RecurrentBase extends LayerBase {
  /**
   * The second half of a bidirectional layer: it reads what the layer before it in the chain read, from the
   * last sequence step to the first, and hands on that layer's output with its own beside it.
   */
  readonly direction?: 'backward';
  readonly units: number;
  readonly inputSize: number;
  readonly returnSequences: boolean;
  /** Whether it gives zeros at the sequence steps that it skips, in the place of what it gave before. */
  readonly zeroSkipped?: true;
}

/** Keras / tfjs LSTM. Gate order of every 4*units axis: i, f, c, o. */
export interface LstmLayer extends RecurrentBase {
  readonly kind: 'LSTM';
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

/**
 * Keras GRU. Gate order of every 3*units axis: z (update), r (reset), c (candidate). With W, U, b and d of those gates:
 * z = act_r(x Wz + h Uz + bz + dz), r = act_r(x Wr + h Ur + br + dr), h_n = z h_(n-1) + (1 - z) candidate.
 */
export interface GruLayer extends RecurrentBase {
  readonly kind: 'GRU';
  /** Of the candidate. */
  readonly activation: ActivationName;
  /** Of the update and reset gates. */
  readonly recurrentActivation: ActivationName;
  /**
   * True: candidate = act(x Wc + bc + r (h Uc + dc)), as cuDNN and PyTorch have it.
   * False: candidate = act(x Wc + (r h) Uc + bc + dc), as Cho et al. 2014.
   */
  readonly resetAfter: boolean;
  /** [inputSize, 3 * units] */
  readonly kernel: Tensor;
  /** [units, 3 * units] */
  readonly recurrentKernel: Tensor;
  /** [3 * units] b; zeros where the file has none. */
  readonly bias: Tensor;
  /** [3 * units] d; zeros where the file has none. */
  readonly recurrentBias: Tensor;
}

/** h_n = act(x W + h_(n-1) U + b), the Elman network: Keras SimpleRNN, PyTorch and ONNX RNN. */
export interface SimpleRnnLayer extends RecurrentBase {
  readonly kind: 'SimpleRNN';
  readonly activation: ActivationName;
  /** [inputSize, units] */
  readonly kernel: Tensor;
  /** [units, units] */
  readonly recurrentKernel: Tensor;
  /** [units]; zeros where the file has no bias. */
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

/** Windows that slide over a sequence (one axis) or over the images of a sample (two), channels last. */
export interface Windows {
  /** [width], or [height, width]. */
  readonly size: readonly number[];
  readonly stride: readonly number[];
  readonly dilation: readonly number[];
  /**
   * Zeros around what the windows slide over. `same`: as many windows as steps, divided by the stride; of an odd number
   * of zeros the last is at the end (TensorFlow's rule). `causal`: all of them before the first step. Or how many of
   * them, for each axis.
   */
  readonly padding: 'valid' | 'same' | 'causal' | readonly (readonly [before: number, after: number])[];
  /** Height and width of an image; null where the windows slide along the sequence steps. */
  readonly image: readonly [height: number, width: number] | null;
  readonly channels: number;
}

/**
 * One sequence step, or one image of each, becomes `units` values at each place of the window. An image is one step of
 * height * width * channels values.
 */
export interface ConvLayer extends LayerBase {
  readonly kind: 'Conv1D' | 'Conv2D';
  readonly windows: Windows;
  /** Number of filters. */
  readonly units: number;
  /** Values in a window: its size times the channels. */
  readonly inputSize: number;
  readonly activation: ActivationName;
  /** [...size, channels, units] */
  readonly kernel: Tensor;
  /** [units]; zeros where the file has no bias. */
  readonly bias: Tensor;
}

/**
 * The mean, the largest or the last value of each channel in each window, of what is no padding; or zeros around an image.
 */
export interface PoolingLayer extends LayerBase {
  readonly kind: 'Pooling';
  /** As the model file has it: AveragePooling2D. */
  readonly className: string;
  /** `padding`: windows of one value, which is 0 where there is padding. */
  readonly of: 'average' | 'max' | 'last' | 'padding';
  readonly windows: Windows;
  /** One window over the whole sequence or image, whose size says nothing. */
  readonly global: boolean;
}

/** y = scale x + offset, each channel (the last axis) with its own: a batch normalisation after training. */
export interface ScaleLayer extends LayerBase {
  readonly kind: 'Scale';
  /** Of the last axis; a step of more values is an image of so many channels. */
  readonly channels: number;
  /** [channels] */
  readonly scale: Tensor;
  /** [channels] */
  readonly offset: Tensor;
}

/** The same values, row by row, under another shape: [features], [steps, features], [h, w, c] or [steps, h, w, c]. */
export interface ReshapeLayer extends LayerBase {
  readonly kind: 'Reshape';
  /** Of one sample; null for as many sequence steps as there are. */
  readonly shape: readonly (number | null)[];
  /** Each sequence step by itself, so that what is skipped stays so. */
  readonly ofEachStep?: true;
}

/** The same values with their axes in another order, as between channels first and last. */
export interface PermuteLayer extends LayerBase {
  readonly kind: 'Permute';
  /** Of what it reads: one sample. */
  readonly shape: readonly number[];
  /** Axis k of what it hands on is this one of what it reads, from 0. */
  readonly axes: readonly number[];
}

/** Looks up a vector for each whole number of a sequence: [steps] -> [steps, dimension]. First in its network. */
export interface EmbeddingLayer extends LayerBase {
  readonly kind: 'Embedding';
  /** Ids are 0 to vocabulary - 1. */
  readonly vocabulary: number;
  readonly dimension: number;
  /** [vocabulary, dimension] */
  readonly table: Tensor;
  /** Steps of id 0 are skipped by the recurrent layers after it. */
  readonly maskZero?: true;
}

/** A layer of its own that only applies an activation. */
export interface ActivationLayer extends LayerBase {
  readonly kind: 'Activation';
  readonly activation: ActivationName;
}

/** Has been taken up by another layer: it computes nothing any more. */
export interface FoldedLayer extends LayerBase {
  readonly kind: 'Folded';
  /** As the model file has it. */
  readonly className: string;
  /** Name of the layer that does what it did. */
  readonly into: string;
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
  /** Which of the network's inputs it is, where there are several. */
  readonly input?: number;
}

export const mergeOperations = [
  'add',
  'subtract',
  'multiply',
  'average',
  'maximum',
  'minimum',
  'concatenate',
] as const;
export type MergeOperation = (typeof mergeOperations)[number];

/** Puts what several layers hand on together, value by value, or side by side. */
export interface MergeLayer extends LayerBase {
  readonly kind: 'Merge';
  readonly operation: MergeOperation;
  /** Of a concatenation: values of a step stand side by side, or sequences one after the other. */
  readonly axis: 'features' | 'steps';
  /** Of an image: its pixels, at each of which channels stand side by side; else 1. */
  readonly places: number;
  /** Values of a step that it hands on; null where the file does not say. */
  readonly width: number | null;
  /**
   * Keras 3: a sequence step is skipped after it only where all that it reads skip it, and what skips one takes no part
   * in a product, a maximum or a minimum of others. Elsewhere a step is skipped where one of them skips it.
   */
  readonly skipsTogether?: true;
}

/** Hands on what one layer before gives: the output that was chosen of several. */
export interface OutputLayer extends LayerBase {
  readonly kind: 'Output';
}

/** A layer that this version cannot compute: listed, named in a finding, never skipped. */
export interface UnsupportedLayer extends LayerBase {
  readonly kind: 'Unsupported';
  /** The class name in the model file. */
  readonly className: string;
  /** Why, in words for the user. */
  readonly reason: string;
}

/** Sequence steps whose values are all `maskValue` are skipped by the recurrent layers after it. */
export interface MaskingLayer extends LayerBase {
  readonly kind: 'Masking';
  readonly maskValue: number;
}

export type RecurrentLayer = LstmLayer | GruLayer | SimpleRnnLayer;

export type Layer =
  | LstmLayer
  | GruLayer
  | SimpleRnnLayer
  | DenseLayer
  | ConvLayer
  | PoolingLayer
  | ScaleLayer
  | ReshapeLayer
  | PermuteLayer
  | EmbeddingLayer
  | ActivationLayer
  | DropoutLayer
  | FoldedLayer
  | MaskingLayer
  | FlattenLayer
  | InputLayer
  | MergeLayer
  | OutputLayer
  | UnsupportedLayer;

/** One of a network's inputs, where there are several. */
export interface NetworkInput {
  readonly name: string;
  /** Of one sample, as {@link Network.inputShape}. */
  readonly shape: readonly (number | null)[];
}

/** Layers in an order in which each comes after those that it reads. */
export interface Network {
  readonly name: string;
  /** In words: "tfjs LayersModel, Keras 2.x". */
  readonly format: string;
  /**
   * Shape of one sample: [steps, features], [features], [height, width, channels] of an image, [steps, height, width,
   * channels], or [steps] where ids are embedded; null where the model leaves the size open.
   */
  readonly inputShape: readonly (number | null)[];
  /** Where there are several; their values lie one after the other in a sample, and `inputShape` is the first's. */
  readonly inputs?: readonly NetworkInput[];
  readonly layers: readonly Layer[];
  /** Where there are several, in the file's order. What the network gives is always its last layer's. */
  readonly outputs?: readonly { readonly name: string; readonly layer: number }[];
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
