/** Every format that is read: what is mutated, and how. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { strToU8 } from 'fflate';
import { concat, mostly, mutateBytes, several, type Mutate } from './bytes.ts';
import { mutateHdf5 } from './hdf5.ts';
import { mutateJson } from './json.ts';
import type { Judged } from './outcome.ts';
import { mutatePickle } from './pickle.ts';
import { mutateProtobuf } from './protobuf.ts';
import { Random } from './random.ts';
import { mutateCsv, mutateIdx, mutateJsonData, mutateNpy, mutateSafetensors } from './tables.ts';
import { mutateZip } from './zip.ts';

export interface Fixture {
  /** Relative to the project's root. */
  readonly file: string;
  readonly bytes: Uint8Array;
}

export interface Format {
  readonly name: string;
  readonly reads: 'model' | 'data';
  /** Name of the mutated file, with the ending that people give it. */
  readonly file: string;
  /** Globs would do; folders and endings are all there is. */
  readonly from: readonly (readonly [folder: string, ending: string])[];
  readonly mutate: Mutate;
  /** The file that is opened and finds the mutated one beside it; left out where that is opened itself. */
  readonly opens?: string;
}

const models = 'test/golden/models';
const data = 'test/golden/data';
const examples = ['examples/mnist-rows', 'examples/mnist-rows-plain'];

const inKeras = (name: string): Mutate | null =>
  name.endsWith('.json') ? mutateJson : name.endsWith('.h5') ? mutateHdf5 : null;
const inPytorch = (name: string): Mutate | null => (name.endsWith('.pkl') ? mutatePickle : null);

const twice = (mutate: Mutate): Mutate => mostly(several(mutate));

export const formats: readonly Format[] = [
  {
    name: 'tfjs',
    reads: 'model',
    file: 'model.json',
    from: [
      ...examples.map((folder) => [folder, 'model.json'] as const),
      ['test/golden/tfjs', '.json'],
      ['test/golden/tfjs/embedding', 'model.json'],
    ],
    mutate: mostly(mutateJson),
  },
  {
    name: 'keras',
    reads: 'model',
    file: 'model.keras',
    from: [[`${models}/keras`, '.keras']],
    mutate: mostly(mutateZip(inKeras)),
  },
  {
    name: 'hdf5',
    reads: 'model',
    file: 'model.h5',
    from: [[`${models}/keras`, '.h5']],
    mutate: twice(mutateHdf5),
  },
  {
    name: 'nir',
    reads: 'model',
    file: 'model.nir',
    from: [[`${models}/nir`, '.nir']],
    mutate: twice(mutateHdf5),
  },
  {
    name: 'pytorch',
    reads: 'model',
    file: 'state.pt',
    from: ['.pt', '.pth', '.pkl'].map((ending) => [`${models}/pytorch`, ending] as const),
    mutate: mostly(mutateZip(inPytorch)),
  },
  {
    name: 'safetensors',
    reads: 'model',
    file: 'state.safetensors',
    from: [[`${models}/pytorch`, '.safetensors']],
    mutate: mostly(mutateSafetensors),
  },
  {
    name: 'onnx',
    reads: 'model',
    file: 'model.onnx',
    from: [[`${models}/onnx`, '.onnx']],
    mutate: mostly(mutateProtobuf),
  },
  {
    name: 'shards',
    reads: 'model',
    file: 'weights.bin',
    from: [[examples[0]!, 'weights.bin']],
    opens: `${examples[0]!}/model.json`,
    mutate: several(mutateBytes),
  },
  {
    name: 'external',
    reads: 'model',
    file: 'pytorch-external.onnx.data',
    from: [[`${models}/onnx`, '.onnx.data']],
    opens: `${models}/onnx/pytorch-external.onnx`,
    mutate: several(mutateBytes),
  },
  {
    name: 'architecture',
    reads: 'model',
    file: 'keras3-only.json',
    from: [[`${models}/keras`, 'keras3-only.json']],
    opens: `${models}/keras/keras3-only.weights.h5`,
    mutate: mostly(mutateJson),
  },
  {
    name: 'npy',
    reads: 'data',
    file: 'x.npy',
    from: [
      ['test/golden/npy', '.npy'],
      [models, '.npy'],
    ],
    mutate: mostly(mutateNpy),
  },
  {
    name: 'npz',
    reads: 'data',
    file: 'x.npz',
    from: [
      [data, '.npz'],
      [models, '.npz'],
    ],
    mutate: mostly(mutateZip(() => mutateNpy)),
  },
  {
    name: 'csv',
    reads: 'data',
    file: 'x.csv',
    from: [
      [data, '.csv'],
      [data, '.csv.gz'],
    ],
    mutate: mostly(mutateCsv),
  },
  {
    name: 'idx',
    reads: 'data',
    file: 'x.idx',
    from: [
      [data, '.idx'],
      [data, '.idx.gz'],
    ],
    mutate: mostly(mutateIdx),
  },
  { name: 'json', reads: 'data', file: 'x.json', from: [[data, '.json']], mutate: mostly(mutateJsonData) },
  {
    name: 'tensors',
    reads: 'data',
    file: 'x.safetensors',
    from: [[data, '.safetensors']],
    mutate: mostly(mutateSafetensors),
  },
];

/** Files that the models of a format refer to, by their names. Every mutated file finds them beside it. */
const companions = [
  ...examples.slice(0, 1).map((folder) => `${folder}/weights.bin`),
  `${models}/onnx/pytorch-external.onnx.data`,
  'test/golden/tfjs/embedding/embedding.bin',
];

export function companionFiles(root: string): ReadonlyMap<string, Uint8Array> {
  return new Map(companions.map((file) => [path.basename(file), readFile(root, file)]));
}

export function fixturesOf(format: Format, root: string): readonly Fixture[] {
  return format.from.flatMap(([folder, ending]) =>
    readdirSync(path.join(root, folder))
      .filter((name) => name.endsWith(ending))
      .toSorted()
      .map((name) => fixture(format, root, `${folder}/${name}`)),
  );
}

function fixture({ name }: Format, root: string, file: string): Fixture {
  const bytes = readFile(root, file);
  // Keras alone wrote these: the converter puts what Keras wrote under this key.
  const wrapped = name === 'tfjs' && file.startsWith('test/golden/tfjs/keras3-');
  return { file, bytes: wrapped ? concat(topology, bytes, strToU8('}')) : bytes };
}

const topology = strToU8('{"format":"layers-model","weightsManifest":[],"modelTopology":');

function readFile(root: string, file: string): Uint8Array {
  return new Uint8Array(readFileSync(path.join(root, file)));
}

/** A mutated file of a format as it is judged, with the file that is opened where that is another. */
export function judged({ file, reads, opens }: Format, root: string, bytes: Uint8Array): Judged {
  const mutated = { name: file, reads, bytes };
  return opens === undefined
    ? mutated
    : { ...mutated, opens: { name: path.basename(opens), bytes: readFile(root, opens) } };
}

export interface Case {
  readonly fixture: Fixture;
  readonly bytes: Uint8Array;
}

/** Fixtures in turn. The same seed and number are the same file, whatever else is run. */
export function caseOf(format: Format, fixtures: readonly Fixture[], seed: number, number: number): Case {
  const fixture = fixtures[number % fixtures.length]!;
  const random = new Random(`${seed} ${format.name} ${number}`);
  const other = random.chance(0.01) ? random.pick(fixtures) : null;
  const start = other ? head(fixture.bytes, other.bytes, random) : fixture.bytes;
  return { fixture, bytes: (other ? mutateBytes : format.mutate)(start, random) };
}

/** The start of one file and the end of another. */
function head(one: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  return concat(one.subarray(0, random.int(one.length + 1)), other.subarray(random.int(other.length + 1)));
}
