/** Everything that a run reads: specification, model, inputs, labels. */
import path from 'node:path';
import { defaults } from '../core/convert/specification-schema.ts';
import { parseSpecification, SPECIFICATION_LIMIT } from '../core/convert/specification.ts';
import type { Specification } from '../core/convert/types.ts';
import { readNpy, type NpyArray, type NpyValues } from '../core/formats/npy.ts';
import { readTfjsLayersModel, MODEL_JSON_LIMIT } from '../core/formats/tfjs.ts';
import { InputFault } from '../core/findings/types.ts';
import type { Network } from '../core/network/types.ts';
import { findSpecifications, guessData, isSpecification } from '../node/default-specification.ts';
import { folderOf, openFile, readTextFile } from '../node/files.ts';
import { noFiles, type ConvertRequest, type Files, type Overrides } from '../protocol/worker.ts';

/** What a run knows before its data are read. */
export interface ModelInputs {
  /** With the command line's options in it. */
  readonly specification: Omit<Specification, 'data'>;
  readonly network: Network;
  /** Normalisation, defaults filled in. */
  readonly input: { readonly mean: number; readonly scale: number };
  readonly data: Data;
  readonly files: Files;
}

export interface RunInputs extends ModelInputs {
  /** Raw inputs over shared memory, so that every thread reads the same copy. */
  readonly inputs: NpyArray;
  readonly labels: NpyArray | null;
}

/** @throws InputFault, with the files known so far as its `files` */
export async function readModelInputs(request: ConvertRequest): Promise<ModelInputs> {
  const located = await locate(request.file);
  let files: Files = { ...noFiles, ...located };
  return withFiles(
    async () => {
      const written = located.specification ? await readSpecification(located.specification) : null;
      const base = path.dirname(located.specification ?? request.file);
      const model = written ? path.resolve(base, written.model) : request.file;
      files = { ...files, model };
      const network = await readModel(model);
      const data = await chooseData(request.overrides, written, base, model, network);
      files = { ...files, inputs: data.inputs, labels: data.labels };
      const specification = applyOverrides(written, request.overrides, model);
      return { specification, network, data, files, input: specification.input ?? defaults.input };
    },
    () => files,
  );
}

/** @throws InputFault, with the model's files as its `files` */
export function readData(model: ModelInputs): Promise<RunInputs> {
  const { data, files } = model;
  return withFiles(
    async () => {
      if (data.inputs === null) {
        const words = 'no sample data: give inputs with --data X.npy, or name them in a specification';
        throw new InputFault('data-unreadable', files.model ?? '', words, { file: 'model', path: [] });
      }
      const limit = data.limit;
      const inputs = await readNpy(await openData(data.inputs, 'inputs'), { role: 'inputs', limit });
      const labels = data.labels
        ? await readNpy(await openData(data.labels, 'labels'), { role: 'labels', limit })
        : null;
      return { ...model, inputs: { shape: inputs.shape, values: shared(inputs.values) }, labels };
    },
    () => files,
  );
}

/** Tells a fault which files its places are in. */
async function withFiles<T>(read: () => Promise<T>, files: () => Files): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof InputFault) throw Object.assign(error, { files: files() });
    throw error;
  }
}

/** A specification as it is; for a model the one beside it, if there is exactly one. */
async function locate(file: string): Promise<{ specification: string | null }> {
  if (isSpecification(file)) return { specification: file };
  const beside = await findSpecifications(file);
  if (beside.length > 1) {
    const names = beside.map((other) => path.basename(other)).join(', ');
    throw new InputFault(
      'specification-invalid',
      file,
      `several specifications name this model (${names}); convert one of them`,
      {
        file: 'model',
        path: [],
      },
    );
  }
  return { specification: beside[0] ?? null };
}

async function readSpecification(file: string): Promise<Specification> {
  const role = { code: 'specification-invalid', place: { file: 'specification', path: [] } } as const;
  return parseSpecification(await readTextFile(file, role, SPECIFICATION_LIMIT), file);
}

async function readModel(file: string): Promise<Network> {
  const role = { code: 'model-unreadable', place: { file: 'model', path: [] } } as const;
  return readTfjsLayersModel(file, await readTextFile(file, role, MODEL_JSON_LIMIT), folderOf(file));
}

/** Absolute paths; inputs are null where none were named or found. */
interface Data {
  readonly inputs: string | null;
  readonly labels: string | null;
  readonly limit: number | undefined;
}

/** Inputs given on the command line come with their own labels and limit; the specification's belong to its own. */
async function chooseData(
  overrides: Overrides,
  written: Specification | null,
  base: string,
  model: string,
  network: Network,
): Promise<Data> {
  const { inputs, labels, limit } = overrides;
  if (inputs) return { inputs, labels: labels ?? null, limit };
  if (written) {
    const { data } = written;
    return {
      inputs: path.resolve(base, data.inputs),
      labels: labels ?? (data.labels ? path.resolve(base, data.labels) : null),
      limit: limit ?? data.limit,
    };
  }
  const guess = await guessData(path.dirname(model), network.inputShape);
  return { inputs: guess.inputs, labels: labels ?? guess.labels, limit };
}

function openData(file: string, role: 'inputs' | 'labels') {
  return openFile(file, { code: 'data-unreadable', place: { file: 'specification', path: ['data', role] } });
}

function applyOverrides(
  written: Specification | null,
  overrides: Overrides,
  model: string,
): Omit<Specification, 'data'> {
  const base = written ?? { ...defaults, model };
  const { timesteps, coding, arithmetic, inputMean, inputScale } = overrides;
  const input = base.input ?? defaults.input;
  return {
    ...base,
    timesteps: timesteps ?? base.timesteps,
    coding: coding ?? base.coding,
    arithmetic: arithmetic ?? base.arithmetic,
    input: { mean: inputMean ?? input.mean, scale: inputScale ?? input.scale },
  };
}

/** The same values over shared memory. */
function shared(values: NpyValues): NpyValues {
  const memory = new SharedArrayBuffer(values.byteLength);
  new Uint8Array(memory).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  const Type = values.constructor as new (buffer: SharedArrayBuffer) => NpyValues;
  return new Type(memory);
}
