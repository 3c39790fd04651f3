/** Everything that a run reads: specification, chip, model, inputs, labels. */
import { stat } from 'node:fs/promises';
import path from 'node:path';
import { builtinChip, builtinChips } from '../core/chips/builtin.ts';
import { isBuiltinChip } from '../core/chips/names.ts';
import { CHIP_LIMIT, readChip } from '../core/chips/read.ts';
import type { Chip } from '../core/chips/types.ts';
import { declaredActivations } from '../core/convert/activations.ts';
import { correctNetwork } from '../core/convert/corrections.ts';
import { prepareEmbedding } from '../core/convert/embedding.ts';
import { foldNetwork } from '../core/network/fold.ts';
import { withOutput } from '../core/network/graph.ts';
import { defaults } from '../core/convert/specification-schema.ts';
import { parseSpecification } from '../core/convert/specification.ts';
import { SPECIFICATION_LIMIT, type Specification } from '../core/convert/types.ts';
import type { Folder } from '../core/formats/files.ts';
import type { OpenHdf5 } from '../core/formats/keras/hdf5.ts';
import { readModelFile } from '../core/formats/model-file.ts';
import type { TakeTensor } from '../core/formats/take-tensor.ts';
import type { SampleArray, SampleValues } from '../core/formats/data/sample-array.ts';
import { filesOf, mapFiles, type InputFiles } from '../core/formats/data/several-inputs.ts';
import type { LayerChoices } from '../core/formats/weights/state-dict.ts';
import { InputFault } from '../core/findings/types.ts';
import type { Network } from '../core/network/types.ts';
import { readDataFile, readInputs } from '../node/data-files.ts';
import { findSpecifications, isSpecification } from '../node/specifications.ts';
import { guessData } from './default-specification.ts';
import { folderOf, openFile, readTextFile } from '../node/files.ts';
import { noFiles, type ConvertRequest, type Files, type Overrides } from '../protocol/worker.ts';

/** What a run knows before its data are read. */
export interface ModelInputs {
  /** With the command line's options in it. */
  readonly specification: Omit<Specification, 'data'>;
  /** With the specification's corrections. */
  readonly network: Network;
  /** As the file says. */
  readonly uncorrected: Network;
  readonly chip: Chip;
  /** Of a synapse on the chip: one of those that it has. */
  readonly weightBits: number;
  /** Normalisation, defaults filled in. */
  readonly input: { readonly mean: number; readonly scale: number };
  readonly data: Data;
  readonly files: Files;
  /** Absolute paths of those that the model file refers to. */
  readonly weightFiles: readonly string[];
}

export interface RunInputs extends ModelInputs {
  /** Raw inputs over shared memory, so that every thread reads the same copy. */
  readonly inputs: SampleArray;
  readonly labels: SampleArray | null;
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
      const specification = applyOverrides(written, request.overrides, model);
      const named = { name: specification.chip, base, specification: located.specification };
      files = { ...files, chip: chipFile(named) };
      const chip = await findChip(named, request.overrides);
      const weightBits = chooseWeightBits(specification.weightBits, chip, located.specification);
      const layers = written?.layers;
      const choices = layers && located.specification ? { file: located.specification, layers } : null;
      const settings = located.specification ?? request.file;
      const opened = new Set<string>();
      const folded = foldNetwork(await readModel(model, choices, opened), sharedFloats);
      const read = chooseOutput(folded, specification.output, settings);
      const uncorrected = prepareEmbedding(read, specification, settings, sharedFloats);
      const network = correctNetwork(uncorrected, specification.corrections, settings);
      const data = await chooseData(request.overrides, written, base, model, network);
      files = { ...files, inputs: filesOf(data.inputs)[0] ?? null, labels: data.labels };
      const input = specification.input ?? defaults.input;
      const meant = withActivations(specification, network);
      const weightFiles = [...opened];
      return {
        specification: meant,
        network,
        uncorrected,
        chip,
        weightBits,
        data,
        files,
        input,
        weightFiles,
      };
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
        const words = 'no sample data: give inputs with --data FILE, or name them in a specification';
        throw new InputFault('data-unreadable', files.model ?? '', words, { file: 'model', path: [] });
      }
      const { limit } = data;
      const inputs = await readInputs(data.inputs, model.network, limit);
      const labels = data.labels ? await readDataFile(data.labels, { role: 'labels', limit }) : null;
      return { ...model, inputs: { ...inputs, values: shared(inputs.values) }, labels };
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

export async function readSpecification(file: string): Promise<Specification> {
  const role = { code: 'specification-invalid', place: { file: 'specification', path: [] } } as const;
  return parseSpecification(await readTextFile(file, role, SPECIFICATION_LIMIT), file);
}

interface NamedChip {
  readonly name: string;
  /** Folder to which a path is relative. */
  readonly base: string;
  readonly specification: string | null;
}

/** Absolute path of the user's chip file; null for a built-in chip. */
function chipFile({ name, base }: NamedChip): string | null {
  return isBuiltinChip(name) ? null : path.resolve(base, name);
}

async function findChip(named: NamedChip, overrides: Overrides): Promise<Chip> {
  const { name } = named;
  if (isBuiltinChip(name)) return builtinChip(name);
  const file = path.resolve(named.base, name);
  const there = await stat(file).then(
    () => true,
    () => false,
  );
  if (!there) throw unknownChip(named, file, overrides.chip === undefined);
  const role = { code: 'chip-invalid', place: { file: 'chip', path: [] } } as const;
  return readChip(await readTextFile(file, role, CHIP_LIMIT), file, name);
}

/** @param written in the specification, so that it can be changed there */
function unknownChip({ name, specification }: NamedChip, file: string, written: boolean): InputFault {
  const what = `is neither a built-in chip (${builtinChips.join(', ')}) nor a file that is there`;
  if (!written || specification === null) {
    return new InputFault('chip-invalid', file, what, { file: 'chip', path: [] });
  }
  const fixes = builtinChips.map((id) => ({ title: `Use ${id}`, edits: [{ path: ['chip'], value: id }] }));
  const place = { file: 'specification', path: ['chip'] } as const;
  return new InputFault('chip-invalid', specification, `chip ${JSON.stringify(name)} ${what}`, place, fixes);
}

/** The chip's widest where the specification leaves it out. */
function chooseWeightBits(weightBits: number | undefined, chip: Chip, specification: string | null): number {
  const known = chip.synapses.weightBits.value;
  const widest = known.at(-1)!;
  if (weightBits === undefined || specification === null) return widest;
  if (known.includes(weightBits)) return weightBits;
  const nearest = known.find((bits) => bits > weightBits) ?? widest;
  const path = ['weightBits'];
  throw new InputFault(
    'specification-invalid',
    specification,
    `weightBits must be one that ${chip.name} has: ${known.join(', ')}`,
    { file: 'specification', path },
    [{ title: `Set weightBits to ${nearest}`, edits: [{ path, value: nearest }] }],
  );
}

/** @throws InputFault `specification-invalid` where the model has no such output */
function chooseOutput(network: Network, name: string | undefined, settings: string): Network {
  const chosen = withOutput(network, name);
  if (chosen) return chosen;
  const names = network.outputs?.map((output) => output.name) ?? [network.layers.at(-1)?.name ?? ''];
  throw new InputFault(
    'specification-invalid',
    settings,
    `output ${JSON.stringify(name)} is none of the model's outputs: ${names.join(', ')}`,
    { file: 'specification', path: ['output'] },
    names.map((other) => ({ title: `Compare ${other}`, edits: [{ path: ['output'], value: other }] })),
  );
}

/** The library is large, and few models need it. */
export const openHdf5: OpenHdf5 = async (source, fault) =>
  (await import('./hdf5.ts')).openHdf5(source, fault);

/** @param opened is given the path of every other file that the model's reader opens */
async function readModel(file: string, choices: LayerChoices | null, opened: Set<string>): Promise<Network> {
  const role = { code: 'model-unreadable', place: { file: 'model', path: [] } } as const;
  const folder = folderOf(file);
  const recorded: Folder = {
    open: async (relative, place) => {
      const source = await folder.open(relative, place);
      opened.add(source.path);
      return source;
    },
  };
  return readModelFile(await openFile(file, role), recorded, { openHdf5, choices, take: shareTensor });
}

/** What the file says of its activations holds where the specification does not. */
function withActivations(
  specification: Omit<Specification, 'data'>,
  network: Network,
): Omit<Specification, 'data'> {
  if (!network.activations) return specification;
  return {
    ...specification,
    activations: declaredActivations(network.activations, specification.activations),
  };
}

/** Absolute paths; inputs are null where none were named or found. */
interface Data {
  readonly inputs: InputFiles | null;
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
      inputs: mapFiles(data.inputs, (file) => path.resolve(base, file)),
      labels: labels ?? (data.labels ? path.resolve(base, data.labels) : null),
      limit: limit ?? data.limit,
    };
  }
  const guess = await guessData(path.dirname(model), network);
  return { inputs: guess.inputs, labels: labels ?? guess.labels, limit };
}

function applyOverrides(
  written: Specification | null,
  overrides: Overrides,
  model: string,
): Omit<Specification, 'data'> {
  const base = written ?? { ...defaults, model };
  const { timesteps, coding, arithmetic, inputMean, inputScale, chip, watts, neuronsPerGate } = overrides;
  const input = base.input ?? defaults.input;
  return {
    ...base,
    timesteps: timesteps ?? base.timesteps,
    coding: coding ?? base.coding,
    arithmetic: arithmetic ?? base.arithmetic,
    chip: chip ?? base.chip,
    ...(watts === undefined ? {} : { baseline: { watts } }),
    ...(neuronsPerGate === undefined ? {} : { neuronsPerGate }),
    input: { mean: inputMean ?? input.mean, scale: inputScale ?? input.scale },
  };
}

/** Threads share the weights, too: an embedding is large. */
const shareTensor: TakeTensor = async (shape, read) => {
  const values = await read();
  const kept = sharedFloats(values.length);
  kept.set(values);
  return { shape, values: kept };
};

function sharedFloats(length: number): Float32Array {
  return new Float32Array(new SharedArrayBuffer(4 * length));
}

/** The same values over shared memory. */
function shared(values: SampleValues): SampleValues {
  const memory = new SharedArrayBuffer(values.byteLength);
  new Uint8Array(memory).set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  const Type = values.constructor as new (buffer: SharedArrayBuffer) => SampleValues;
  return new Type(memory);
}
