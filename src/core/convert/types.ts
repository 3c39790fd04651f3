/** The conversion specification and the hybrid network that it makes of a trained one. */
import type { InputFiles } from '../formats/data/several-inputs.ts';
import type { LayerChoice } from '../formats/weights/state-dict.ts';
import type {
  ClippedLinear,
  ConvLayer,
  DenseLayer,
  GruLayer,
  Layer,
  LstmLayer,
  SimpleRnnLayer,
} from '../network/types.ts';

export type Coding = 'residual' | 'reset';
export type Arithmetic = 'float' | 'loihi';

/** A specification is a page of text. In characters. */
export const SPECIFICATION_LIMIT = 2 ** 20;

/** `NAME.spikewise.json`, as written by a person. Paths are relative to the file. */
export interface Specification {
  readonly model: string;
  readonly data: { readonly inputs: InputFiles; readonly labels?: string; readonly limit?: number };
  /** Of a model with several outputs: the layer whose answers are compared, and which the labels are of; the first where left out. */
  readonly output?: string;
  /** Inputs become (x - mean) / scale; ids do not. */
  readonly input?: { readonly mean: number; readonly scale: number };
  /** What becomes of the vectors of an embedding, in both networks; they stay as they are where it is left out. */
  readonly embedding?: { readonly normalise: 'unit' };
  /**
   * Neurons that compute each value of a gate whose activation is smooth: pieces that are fitted to it. `auto`: the
   * fewest, up to {@link mostNeuronsPerGate}, whose error is a small part of the tolerance.
   */
  readonly neuronsPerGate?: number | 'auto';
  /** T, 1..65536. */
  readonly timesteps: number;
  readonly coding: Coding;
  readonly arithmetic: Arithmetic;
  /** What a custom activation name of the model means; for sigmoid or tanh, what replaces it in the spiking network. */
  readonly activations?: Readonly<Record<string, ClippedLinear>>;
  /** Of a file that holds weights alone: its layers in the order in which they compute. */
  readonly layers?: readonly LayerChoice[];
  /** Clamps c to +-cellClip after every sequence step, in both networks. */
  readonly cellClip?: number;
  /** Percentile of the activations over the data that becomes a ReLU layer's threshold; 100 is the maximum. */
  readonly percentile?: number;
  /** One threshold for a whole ReLU layer, or one for each channel: a neuron of a Dense layer, a filter of a convolution. */
  readonly thresholdScope?: 'layer' | 'channel';
  /** "loihi1", "loihi2", or the path of a chip file. */
  readonly chip: string;
  /**
   * Whether an LSTM's weights and thresholds are moved by a power of two, so that none of its weights is beyond what
   * the chip holds; without, as in the paper authors' implementation, those beyond are clipped.
   */
  readonly rescaleWeights?: boolean;
  /** Of a synapse on the chip, one of those that it has; its widest where it is left out. Rounds the weights in the chip's arithmetic. */
  readonly weightBits?: number;
  readonly mapping: Mapping;
  /** Watts of the machine that runs the analog network, where it cannot be measured. */
  readonly baseline?: { readonly watts: number };
  readonly tolerance: { readonly mse: number; readonly accuracyDrop: number };
  /** What is other than the file says, applied in their order. */
  readonly corrections?: readonly Correction[];
}

/** A change of one layer, of one of its gates, or of one neuron of it. */
export interface Correction {
  /** Name of a recurrent or a Dense layer. */
  readonly layer: string;
  /** Of a recurrent layer; any other has none. */
  readonly gate?: GateName;
  /** Multiplies the weights, in both networks. Biases stay. */
  readonly weightScale?: number;
  /** Neuron whose bias is replaced in both networks: its index within the gate or the Dense layer. */
  readonly neuron?: number;
  readonly bias?: number;
  /**
   * Of the neurons' outputs in the spiking network: the threshold is so much lower, and what a spike stands for so
   * much less. Values beyond are cut off.
   */
  readonly low?: number;
  readonly high?: number;
  /**
   * Added to the pre-activations in the spiking network alone: one for each neuron of the gate or the layer, or fewer
   * that repeat (one for all, or one for each channel).
   */
  readonly spikingBias?: readonly number[];
  /** Of the whole layer: what one spike of the generator every time-step stands for, of its inputs. */
  readonly inputRange?: number;
  /** The same of the hidden state that comes back. */
  readonly hiddenRange?: number;
  /**
   * Of the whole layer, in the chip's arithmetic: weights, biases and thresholds are divided by 2 to this power, so that
   * large weights are not clipped (above 0) or small ones use all bits (below 0).
   */
  readonly weightExponent?: number;
}

/** More change nothing that a spike count could show. */
export const mostNeuronsPerGate = 8;
/** The most that `auto` tries. */
export const mostAutomatic = 5;
/** Of either sign: all of a weight's bits. */
export const mostWeightExponent = 8;

/** Of an LSTM, in the order of its tensors. */
export const gateNames = ['i', 'f', 'c', 'o'] as const;
/** Also those of a GRU (z, r, c, and u, the recurrent part of one that resets after) and of a SimpleRNN (h). */
export const allGateNames = [...gateNames, 'z', 'r', 'u', 'h'] as const;
export type GateName = (typeof allGateNames)[number];

/** How the spiking layers are put on the chip. */
export interface Mapping {
  /** Chips that may be used. */
  readonly chips: number;
  /** Fraction of every limit of a core that may be used, above 0 and up to 1. */
  readonly fill: number;
  /** Spike generators on the embedded processors, or as neurons of the cores. */
  readonly generators: 'processors' | 'cores';
}

/** Where a specification has none. */
export const defaultTolerance = { mse: 0.01, accuracyDrop: 0.01 } as const;

/** What the conversion itself needs of a specification. */
export type ConversionOptions = Pick<
  Specification,
  | 'activations'
  | 'embedding'
  | 'cellClip'
  | 'arithmetic'
  | 'coding'
  | 'timesteps'
  | 'percentile'
  | 'thresholdScope'
  | 'weightBits'
  | 'rescaleWeights'
  | 'neuronsPerGate'
  | 'corrections'
> &
  Partial<Pick<Specification, 'tolerance'>>;

/** A named group of neurons of a spiking layer that share an activation. */
export interface PopulationSpec {
  /** The gate of a recurrent layer; "neurons" of any other. */
  readonly name: string;
  /** What it stands for: one value for each unit of the layer. */
  readonly values: number;
  /** A neuron for each piece of each value: neuron v * pieces.length + p is piece p of value v. */
  readonly neurons: number;
  /** Add up to the activation. One, where the activation itself is linear between two clips. */
  readonly pieces: readonly ClippedLinear[];
  /** Two thresholds, spikes of both signs (paper, eq. 9): where low = -high, of every piece. */
  readonly dual: boolean;
  /**
   * Of one piece that goes through 0: the largest value of value v, in the place of the piece's, is entry v modulo the
   * length (a threshold for each neuron, or for each channel).
   */
  readonly highs?: readonly number[];
  /** Added to what the neurons of value v are driven by, entry v modulo the length; nothing where it is left out. */
  readonly spikingBias?: readonly number[];
}

interface SpikingLayerBase {
  readonly runsAs: 'spiking';
  /** In the order of the layer's neurons. */
  readonly populations: readonly PopulationSpec[];
  /** One spike of the generator every time-step stands for this much of the layer's input. */
  readonly inputRange: number;
  /** In the chip's arithmetic, in the place of the one that the weights need: see {@link Correction}. */
  readonly weightExponent?: number;
}

/** An LSTM whose gates are spiking and whose cell update is analog. */
export interface SpikingLstm extends SpikingLayerBase {
  readonly layer: LstmLayer;
  /** As `inputRange`, of the hidden state that comes back: 1 for the paper's activations. */
  readonly hiddenRange: number;
}

/** A GRU whose gates and candidate are spiking, in two windows a sequence step, and whose update is analog. */
export interface SpikingGru extends SpikingLayerBase {
  readonly layer: GruLayer;
  readonly hiddenRange: number;
  /** [units] as `hiddenRange`, of what the reset gate lets through: r h, or r u where it resets after. */
  readonly resetRange: readonly number[];
}

/** Its hidden state is what the neurons' counts stand for. */
export interface SpikingSimpleRnn extends SpikingLayerBase {
  readonly layer: SimpleRnnLayer;
  readonly hiddenRange: number;
}

export type SpikingRecurrent = SpikingLstm | SpikingGru | SpikingSimpleRnn;

export interface SpikingDense extends SpikingLayerBase {
  readonly layer: DenseLayer;
}

/** A convolution: of an image its population holds the values of all places, row by row; of a sequence those of one. */
export interface SpikingConv extends SpikingLayerBase {
  readonly layer: ConvLayer;
}

export type SpikingLayer = SpikingRecurrent | SpikingDense | SpikingConv;

/** `nothing`: a layer that does not compute at inference (Dropout, Flatten, InputLayer). */
export interface OtherLayer {
  readonly runsAs: 'analog' | 'nothing' | 'unsupported';
  readonly layer: Layer;
}

export type HybridLayer = SpikingLayer | OtherLayer;

/**
 * Largest output of layers that have no bound of their own, measured over the data; by layer name. One for each
 * channel where thresholds are set so.
 */
export type MeasuredRanges = Readonly<Record<string, number | readonly number[]>>;

/** The largest, where each channel has its own. */
export function largestOf(range: number | readonly number[]): number {
  return typeof range === 'number' ? range : Math.max(...range);
}
