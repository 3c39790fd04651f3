/**
 * What a run leaves behind. One object: the panel draws it, `--json` prints it, `--out` writes it.
 * Documented in docs/report.md.
 */
import type { Correction } from '../convert/types.ts';
import type { Finding } from '../findings/types.ts';
import type { ChipComparison, EnergyReport } from '../energy/types.ts';
import type { ChipUsage } from '../map/types.ts';

/** Everything measured per population: one gate of an LSTM, a Dense layer's neurons, or the spike generator. */
export interface PopulationReport {
  /** "generator", "i", "f", "c", "o" of an LSTM; "generator", "neurons" of a Dense layer. */
  readonly name: string;
  readonly neurons: number;
  /** Values that they compute, where several neurons compute one. */
  readonly values?: number;
  /** Spikes per neuron and time-step, of either sign, 0..1. */
  readonly firingRate: number;
  readonly spikesPerSample: number;
  /** Mean squared error of the decoded firing rate against the analog value. */
  readonly mse: number;
  readonly maxError: number;
  /** The same per sequence step, [steps]. */
  readonly perStep: {
    readonly mse: readonly number[];
    readonly maxError: readonly number[];
    readonly firingRate: readonly number[];
  };
}

export interface LayerReport {
  readonly name: string;
  /** Class name in the model file: "LSTM", "Dense", ... */
  readonly kind: string;
  readonly runsAs: 'spiking' | 'analog' | 'unsupported' | 'nothing';
  /** Error of the layer's output, null where it was not computed; h of an LSTM, at every sequence step. */
  readonly output: {
    readonly mse: number;
    readonly maxError: number;
    readonly perStep: { readonly mse: readonly number[]; readonly maxError: readonly number[] };
  } | null;
  /** Empty where the layer is not spiking. */
  readonly populations: readonly PopulationReport[];
}

/** The options that the run used, defaults filled in. */
export interface RunOptions {
  readonly timesteps: number;
  readonly coding: 'residual' | 'reset';
  readonly arithmetic: 'float' | 'loihi';
  /** As the specification names it. */
  readonly chip: string;
  readonly weightBits: number;
  readonly mapping: {
    readonly chips: number;
    readonly fill: number;
    readonly generators: 'processors' | 'cores';
  };
  /** Watts that the user gives for the machine of the analog baseline. */
  readonly watts: number | null;
  readonly samples: number;
  readonly input: { readonly mean: number; readonly scale: number };
  readonly cellClip: number | null;
  readonly percentile: number;
  /** Absent where the specification has none: then one threshold a layer. */
  readonly thresholdScope?: 'layer' | 'channel';
  /** Absent where the specification has none. */
  readonly neuronsPerGate?: number | 'auto';
  readonly embedding?: { readonly normalise: 'unit' };
  readonly rescaleWeights?: true;
  readonly corrections?: readonly Correction[];
  readonly tolerance: { readonly mse: number; readonly accuracyDrop: number };
}

export interface Report {
  readonly schemaVersion: 2;
  readonly spikewiseVersion: string;
  /** ISO 8601, when the run ended. */
  readonly createdAt: string;
  readonly model: {
    readonly name: string;
    readonly format: string;
    readonly file: string;
    readonly parameters: number;
  };
  /** Absolute path of the specification, null where the run had none. */
  readonly specification: string | null;
  readonly options: RunOptions;
  /** Fractions 0..1. Analog and spiking are null without labels; all are null where nothing was run. */
  readonly accuracy: {
    readonly analog: number | null;
    readonly spiking: number | null;
    readonly agreement: number | null;
  };
  readonly layers: readonly LayerReport[];
  readonly findings: readonly Finding[];
  readonly chip: ChipUsage;
  /** Null where nothing was run. */
  readonly energy: EnergyReport | null;
  /** The same network on the chip asked for and on every chip that is known, side by side. */
  readonly chips: readonly ChipComparison[];
  /** Wall-clock seconds of the run, by stage. */
  readonly seconds: Readonly<Record<string, number>>;
}
