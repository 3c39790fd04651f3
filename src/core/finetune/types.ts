/** What a retraining under the paper's constraints leaves behind. */
import type { Coding } from '../convert/types.ts';
import type { Replacement } from './constrained.ts';

export interface FinetuneOptions {
  readonly epochs: number;
  /** Whether counts are rounded in the forward pass, with a gradient straight through. */
  readonly rounding: boolean;
  /** Of the first step; it falls to 0 along half a cosine. */
  readonly learningRate: number;
  /** Samples of a step. */
  readonly batch: number;
  /** Fraction of the samples that is not trained on. */
  readonly validation: number;
  /** Of the split and of the order of the samples. */
  readonly seed: number;
}

/** Of what is left out. */
export const defaultTraining = { learningRate: 0.002, batch: 32, validation: 0.1, seed: 1 } as const;

/** Mean cross entropy of some steps while training, in nats. */
export interface StepLoss {
  /** The last of them: from 1, over all epochs. */
  readonly step: number;
  readonly loss: number;
}

/** Of the network as it is trained: with rounded counts where these are rounded. */
export interface Epoch {
  /** From 1; 0 is before training. */
  readonly epoch: number;
  /** Mean cross entropy while training, in nats; null before it. */
  readonly loss: number | null;
  readonly validationLoss: number;
  /** 0..1 */
  readonly validationAccuracy: number;
}

/** Fractions 0..1 of the validation samples. */
export interface ConvertedAccuracy {
  /** Of the network with constrained functions. */
  readonly analog: number;
  /** Of its conversion, simulated as an ordinary run does. */
  readonly spiking: number;
}

/** A retraining as far as it has come. */
export interface FinetuneProgress {
  readonly schemaVersion: 1;
  readonly spikewiseVersion: string;
  /** ISO 8601 */
  readonly createdAt: string;
  /** Absolute path; null where there is none. */
  readonly specification: string | null;
  readonly model: { readonly name: string; readonly file: string };
  readonly options: FinetuneOptions & { readonly timesteps: number; readonly coding: Coding };
  readonly samples: { readonly training: number; readonly validation: number };
  readonly replaced: readonly Replacement[];
  /** Of an epoch. */
  readonly steps: number;
  /** While training; a few hundred at most, each of as many steps as the others. */
  readonly losses: readonly StepLoss[];
  /** The first is that before training. */
  readonly epochs: readonly Epoch[];
  /** Number of the epoch whose weights were written; 0 where none was better than before. */
  readonly best: number;
  /** Why training ended before its last epoch, in words; null where it did not. */
  readonly stopped: string | null;
  /** Over the validation samples. `trained`: of the network as its file has it. */
  readonly accuracy: {
    readonly trained: number;
    readonly before: ConvertedAccuracy;
    readonly after?: ConvertedAccuracy;
  };
}

/** What is left of a retraining that was interrupted: the best epoch so far, as a whole model. */
export interface Unfinished {
  /** Absolute path of the folder that it is in, and of the one that it becomes. */
  readonly folder: string;
  readonly out: string;
  /** Absolute path of the specification that was retrained; null where there was none. */
  readonly specification: string | null;
  readonly model: string;
  /** Number of the best epoch, and how many there were to be. */
  readonly best: number;
  readonly epochs: number;
}

/** What a retraining leaves behind. */
export interface Finetuning extends FinetuneProgress {
  readonly accuracy: FinetuneProgress['accuracy'] & { readonly after: ConvertedAccuracy };
  /** Absolute paths. */
  readonly written: { readonly specification: string; readonly model: string };
  /** `read`, `before` (simulating), `training`, `after` (simulating). */
  readonly seconds: Readonly<Record<string, number>>;
}
