/** The conversion specification and the hybrid network that it makes of a trained one. */
import type { ClippedLinear, DenseLayer, Layer, LstmLayer } from '../network/types.ts';

export type Coding = 'residual' | 'reset';
export type Arithmetic = 'float' | 'loihi';

/** `NAME.spikewise.json`, as written by a person. Paths are relative to the file. */
export interface Specification {
  readonly model: string;
  readonly data: { readonly inputs: string; readonly labels?: string; readonly limit?: number };
  /** Inputs become (x - mean) / scale. */
  readonly input?: { readonly mean: number; readonly scale: number };
  /** T, 1..65536. */
  readonly timesteps: number;
  readonly coding: Coding;
  readonly arithmetic: Arithmetic;
  /** What a custom activation name of the model means; for sigmoid or tanh, what replaces it in the spiking network. */
  readonly activations?: Readonly<Record<string, ClippedLinear>>;
  /** Clamps c to +-cellClip after every sequence step, in both networks. */
  readonly cellClip?: number;
  /** Percentile of the activations over the data that becomes a ReLU layer's threshold; 100 is the maximum. */
  readonly percentile?: number;
  readonly chip: 'loihi1';
  readonly tolerance: { readonly mse: number; readonly accuracyDrop: number };
}

/** A named group of neurons of a spiking layer that share activation and threshold kind. */
export interface PopulationSpec {
  readonly name: string;
  readonly neurons: number;
  readonly activation: ClippedLinear;
  /** True: fires in both directions (low = -high). */
  readonly dual: boolean;
}

/** An LSTM whose gates are spiking and whose cell update is analog. */
export interface SpikingLstm {
  readonly runsAs: 'spiking';
  readonly kind: 'LSTM';
  readonly layer: LstmLayer;
  /** In the order of the layer's gates: i, f, c, o. */
  readonly populations: readonly PopulationSpec[];
  /** The activation of the cell state on its way out (analog). */
  readonly cellActivation: string;
  readonly cellClip: number | null;
}

export interface SpikingDense {
  readonly runsAs: 'spiking';
  readonly kind: 'Dense';
  readonly layer: DenseLayer;
  readonly populations: readonly PopulationSpec[];
  /** One spike of the generator stands for this much of the input value. */
  readonly inputRange: number;
}

export interface OtherLayer {
  readonly runsAs: 'analog' | 'nothing' | 'unsupported';
  readonly layer: Layer;
}

export type HybridLayer = SpikingLstm | SpikingDense | OtherLayer;
