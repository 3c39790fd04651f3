/**
 * Messages between whoever runs a conversion or looks at a model (extension host or command line) and the worker
 * thread. One worker runs one conversion; cancelling is ending the worker, so nothing half-done remains.
 */
import type { Explanation } from '../core/attribute/types.ts';
import type { Calibration } from '../core/calibrate/types.ts';
import type { Arithmetic, Coding } from '../core/convert/types.ts';
import type { FinetuneOptions, FinetuneProgress, Finetuning } from '../core/finetune/types.ts';
import type { Finding } from '../core/findings/types.ts';
import type { InputFiles } from '../core/formats/data/several-inputs.ts';
import type { LayerOffer } from '../core/formats/weights/layer-choices.ts';
import type { ModelSummary, WeightsCounted } from '../core/inspect/types.ts';
import type { Report } from '../core/report/types.ts';
import type { NeuronsPerGate, Sweep } from '../core/sweep/types.ts';

/** Command-line options that take precedence over the specification. */
export interface Overrides {
  readonly inputs?: InputFiles;
  readonly labels?: string;
  readonly limit?: number;
  readonly timesteps?: number;
  readonly coding?: 'residual' | 'reset';
  readonly neuronsPerGate?: number | 'auto';
  readonly arithmetic?: 'float' | 'loihi';
  readonly inputMean?: number;
  readonly inputScale?: number;
  /** A built-in chip's name, or the absolute path of a chip file. */
  readonly chip?: string;
  /** Of the machine that runs the analog network. */
  readonly watts?: number;
}

export interface ConvertRequest {
  /** Absolute path of a model file or of a specification (*.spikewise.json). */
  readonly file: string;
  readonly overrides: Overrides;
  /** `map`: a model without data is mapped too, without traffic or energy. */
  readonly purpose: 'convert' | 'map';
  /** Absolute paths of .npy files to write, float32 [samples, outputs]. */
  readonly outputs?: string;
  readonly analogOutputs?: string;
  /** Absolute path of the report to write, whole or not at all. */
  readonly reportFile?: string;
  /** Keep the run in `.spikewise/runs` beside the specification, or the model where there is none. */
  readonly keep?: KeepRequest;
}

export interface KeepRequest {
  /** Absolute path of a folder of runs for where that cannot be written; null: there is none. */
  readonly fallback: string | null;
  /** Of the folder: older runs go. */
  readonly bounds: { readonly runs: number; readonly bytes: number };
}

/** The folder of the kept run, or why there is none. */
export type Kept = { readonly folder: string } | { readonly fault: string };

export const stages = ['read', 'convert', 'simulate', 'map', 'write'] as const;
export type Stage = (typeof stages)[number];

export interface Progress {
  readonly stage: Stage;
  /** 0..1 of this stage. */
  readonly fraction: number;
  /** In words: "128 of 500 samples". */
  readonly message: string;
}

/** A run that could not be done: what is wrong and in which file. */
export interface Failure {
  /** 1: the model cannot be converted; 2: an input is unreadable; 3: an error of Spikewise itself. */
  readonly exitCode: 1 | 2 | 3;
  /** One line. Names the file where one is at fault. */
  readonly message: string;
  /** Absolute path of the file at fault, null where it is none. */
  readonly file: string | null;
  readonly findings: readonly Finding[];
  /** Absolute paths of the files that findings point into. */
  readonly files: Files;
  /** Where the run got as far as listing the layers. */
  readonly report: Report | null;
}

/** Absolute paths behind the `place.file` of findings; null where there is none. */
export interface Files {
  readonly model: string | null;
  readonly specification: string | null;
  /** Of several, the first. */
  readonly inputs: string | null;
  readonly labels: string | null;
  /** The user's chip file; null for a built-in chip. */
  readonly chip: string | null;
}

export const noFiles: Files = {
  model: null,
  specification: null,
  inputs: null,
  labels: null,
  chip: null,
};

/** What each kind of run is asked for, and gives in the end. */
export interface Tasks {
  readonly convert: {
    readonly request: ConvertRequest;
    /** `kept`: null where that was not asked for. */
    readonly result: { readonly report: Report; readonly files: Files; readonly kept: Kept | null };
  };
  readonly explain: {
    readonly request: ExplainRequest;
    readonly result: { readonly explanation: Explanation; readonly files: Files };
  };
  readonly sweep: {
    readonly request: SweepRequest;
    readonly result: { readonly sweep: Sweep; readonly files: Files };
  };
  readonly finetune: {
    readonly request: FinetuneRequest;
    readonly result: { readonly finetuning: Finetuning; readonly files: Files };
  };
  readonly calibrate: {
    readonly request: CalibrateRequest;
    readonly result: { readonly calibration: Calibration; readonly files: Files };
  };
  readonly page: { readonly request: PageRequest; readonly result: { readonly html: string } };
}
export type TaskName = keyof Tasks;

/** A run of the worker that ends with a result. */
export interface TaskRole<Name extends TaskName = TaskName> {
  readonly role: Name;
  readonly request: Tasks[Name]['request'];
}

/** A result as far as it is known, of the kinds that tell it while they run. */
interface Partials {
  readonly sweep: Sweep;
  readonly finetune: FinetuneProgress;
}
export type PartialOf<Name extends TaskName> = Name extends keyof Partials ? Partials[Name] : never;

export type TaskMessage<Name extends TaskName> =
  | { readonly type: 'progress'; readonly progress: Progress }
  | { readonly type: 'partial'; readonly partial: PartialOf<Name> }
  | { readonly type: 'done'; readonly result: Tasks[Name]['result'] }
  | { readonly type: 'failed'; readonly failure: Failure };

export interface PageRequest {
  /** Absolute path of a report. */
  readonly file: string;
  /** Of a second one: then the page compares the two. */
  readonly other?: string;
  /** Of the page's style, where it is shown in the editor. */
  readonly nonce?: string;
}

export interface SweepRequest {
  /** Absolute path of a model file or of a specification. */
  readonly file: string;
  readonly overrides: Overrides;
  /** T of each point; where left out, some from 2 to 128. */
  readonly timesteps?: readonly number[];
  /** Both where left out. */
  readonly codings?: readonly Coding[];
  /** Numbers of neurons that are compared: then the specification's time-steps and coding where those are left out. */
  readonly neuronsPerGate?: readonly NeuronsPerGate[];
  /** The specification's where left out. */
  readonly arithmetics?: readonly Arithmetic[];
  /** Whether points of earlier sweeps are taken, and these kept: in `.spikewise` beside the specification. */
  readonly reuse: boolean;
  /** Absolute path of the sweep to write, whole or not at all. */
  readonly sweepFile?: string;
}

export interface ExplainRequest {
  /** Absolute path of a model file or of a specification. */
  readonly file: string;
  readonly overrides: Overrides;
  /** Absolute path of the explanation to write, whole or not at all. */
  readonly explanationFile?: string;
}

export interface CalibrateRequest {
  /** Absolute path of a model file or of a specification. */
  readonly file: string;
  readonly overrides: Overrides;
  /** Whether the specification is edited in its place; one is made for a model that has none. */
  readonly write: boolean;
  /** Absolute path of a folder for the result and for an edited copy of the specification. */
  readonly out?: string;
}

export interface FinetuneRequest {
  /** Absolute path of a model file or of a specification. */
  readonly file: string;
  readonly overrides: Overrides;
  readonly options: FinetuneOptions;
  /** Absolute path of a folder that is not there or empty: of the new model, written whole or not at all. */
  readonly out: string;
  /** 4 bytes. Once they are not 0, training ends after the step under way, and its best epoch is written. */
  readonly stop?: SharedArrayBuffer;
}

/** For a model without a specification: one with working defaults, written beside it. */
export interface SpecifyRequest {
  /** Absolute path of a model file. */
  readonly file: string;
  /** Absolute path of the sample data; looked for beside the model where left out. */
  readonly inputs?: string;
}

/** `file`: absolute path of the specification; null where no sample data were found and nothing was written. */
export type SpecifyMessage =
  | { readonly type: 'specified'; readonly file: string | null }
  | { readonly type: 'failed'; readonly failure: Failure };

export interface InspectRequest {
  /** Absolute path of a model file or of a specification. */
  readonly file: string;
}

/** `offer` of a file of weights alone, then `layers`, then `weights` of each tensor; `end` or `failed` is the last. */
export type InspectMessage =
  | { readonly type: 'offer'; readonly offer: LayerOffer }
  | { readonly type: 'layers'; readonly summary: ModelSummary }
  | { readonly type: 'weights'; readonly counted: WeightsCounted }
  | { readonly type: 'end' }
  | { readonly type: 'failed'; readonly failure: Failure };
