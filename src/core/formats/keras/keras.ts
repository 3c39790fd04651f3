/**
 * Keras models: `.keras` archives (Keras 2.12 and later) and `.h5` files of whole models (Keras 2
 * and 3). Both hold the model's configuration as JSON and its weights as HDF5.
 */
import { strFromU8 } from 'fflate';
import { InputFault } from '../../findings/types.ts';
import type { Network } from '../../network/types.ts';
import { formatBytes, type ByteSource, type Folder } from '../files.ts';
import type { Hdf5File, OpenHdf5 } from './hdf5.ts';
import { isObject, parseJson, type JsonObject } from '../json.ts';
import { activationMeanings } from './activations.ts';
import type { ReadWeight } from './building.ts';
import { buildLayers } from './layers.ts';
import { skippingAs } from './skipping.ts';
import { readChain, type KerasChain, type MakeFault } from './topology.ts';
import { archiveWeights, legacyWeights, textList } from './weights.ts';
import { keepTensor, type TakeTensor } from '../take-tensor.ts';
import type { ZipArchive } from '../zip.ts';

/** A configuration is some kilobytes. In bytes. */
const CONFIG_LIMIT = 64 * 2 ** 20;
/** Weights that an archive packs, which Keras does not do, are unpacked as a whole. */
const PACKED_WEIGHTS_LIMIT = 256 * 2 ** 20;

const configName = 'config.json';
const weightsName = 'model.weights.h5';

/** Whether a zip archive is a `.keras` file. */
export function isKerasArchive({ entries }: ZipArchive): boolean {
  const names = new Set(entries.map(({ name }) => name));
  return names.has(configName) && (names.has(weightsName) || names.has('metadata.json'));
}

/**
 * @throws InputFault `model-unreadable` where the configuration is no chain of layers,
 *   `weights-unreadable` where the weights are missing, damaged, or do not fit the layers.
 */
export async function readKerasArchive(
  source: ByteSource,
  archive: ZipArchive,
  openHdf5: OpenHdf5,
  take = keepTensor,
): Promise<Network> {
  const fault = faultIn(source.path);
  const model = await readJsonEntry(archive, configName, fault);
  const chain = readChain(model, [], fault);
  const writer = await readWriter(archive, fault);
  const broken = weightsFaultIn(source.path, `'${weightsName}' in it `);
  const weights = await openWeights(archive, source.path, openHdf5, broken);
  try {
    const read = archiveWeights(weights, chain, weightsFaultIn(source.path), take);
    return await build(chain, writer, '.keras', read, fault);
  } finally {
    weights.close();
  }
}

/**
 * A `.h5` file, opened.
 * @param folder Where it lies: a file of weights alone finds its architecture there, as JSON.
 * @throws InputFault as {@link readKerasArchive}, and where it holds weights alone without such a file.
 */
export async function readKerasHdf5(
  file: Hdf5File,
  folder: Folder | null,
  take: TakeTensor,
): Promise<Network> {
  const { path } = file.source;
  const fault = faultIn(path);
  const text = file.attribute('/', 'model_config');
  if (typeof text !== 'string') return readWeightsAlone(file, folder, take);
  const chain = readChain(parseConfig(text, 'model_config', fault), [], fault);
  const version = file.attribute('/', 'keras_version');
  const read = legacyWeights(file, '/model_weights', weightsFaultIn(path), take);
  return build(chain, typeof version === 'string' ? `Keras ${version}` : null, '.h5', read, fault);
}

/** What `model.to_json()` gives, beside the weights. */
async function readWeightsAlone(file: Hdf5File, folder: Folder | null, take: TakeTensor): Promise<Network> {
  const { path } = file.source;
  const layers = weightsOnly(file);
  if (layers === null) {
    throw faultIn(path)(
      "is an HDF5 file, but no Keras model: it has no 'model_config', and no weights as Keras writes them",
      [],
    );
  }
  const name = architectureName(path);
  const architecture = await folder?.open(name, { file: 'model', path: [] }).catch(() => null);
  if (!architecture) throw noArchitecture(layers, name, faultIn(path));
  const fault = faultIn(architecture.path);
  if (architecture.size > CONFIG_LIMIT) {
    throw fault(
      `is ${formatBytes(architecture.size)} long; at most ${formatBytes(CONFIG_LIMIT)} are read`,
      [],
    );
  }
  const model = parseArchitecture(strFromU8(await architecture.read(0, architecture.size)), fault);
  const chain = readChain(model, [], fault);
  const isNumbered = file.children('/layers').length > 0;
  const broken = weightsFaultIn(path);
  const read = isNumbered ? archiveWeights(file, chain, broken, take) : legacyWeights(file, '', broken, take);
  return build(chain, writerOf(model), `weights .h5 and ${name}`, read, fault);
}

/** `model.json` for `model.weights.h5` and `model.h5`. */
function architectureName(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return `${name.replace(/(?:\.weights)?\.[^.]*$/, '')}.json`;
}

function parseArchitecture(text: string, fault: MakeFault): JsonObject {
  const parsed = parseJson(text);
  if ('fault' in parsed) throw fault(parsed.fault, []);
  if (!isObject(parsed.value)) throw fault('is JSON, but not a model: it holds no object', []);
  return parsed.value;
}

/** Keras 2 notes its version in `to_json()`, Keras 3 the module of the model's class. */
function writerOf(model: JsonObject): string | null {
  const version = model['keras_version'];
  if (typeof version === 'string') return `Keras ${version}`;
  return typeof model['module'] === 'string' ? 'Keras 3' : null;
}

function noArchitecture(layers: readonly string[], name: string, fault: MakeFault): InputFault {
  const few = layers.slice(0, 5).map((layer) => `'${layer}'`);
  const names = layers.length > few.length ? [...few, '...'] : few;
  return fault(
    `holds only the weights of a Keras model (layers ${names.join(', ')}), not its architecture; write model.to_json() into '${name}' beside it, or save the whole model with model.save('model.keras')`,
    [],
  );
}

function faultIn(file: string): MakeFault {
  return (words, path) => new InputFault('model-unreadable', file, words, { file: 'model', path });
}

function weightsFaultIn(file: string, before = ''): (words: string) => InputFault {
  return (words) => new InputFault('weights-unreadable', file, before + words, { file: 'model', path: [] });
}

async function build(
  chain: KerasChain,
  writer: string | null,
  ending: string,
  read: ReadWeight,
  fault: MakeFault,
): Promise<Network> {
  const built = await buildLayers(chain, read, fault);
  return {
    name: chain.name,
    format: `${writer ?? 'Keras'} (${ending})`,
    ...built,
    layers: skippingAs(writer, built.layers),
    ...activationMeanings(built.layers, writer),
  };
}

async function readJsonEntry(archive: ZipArchive, name: string, fault: MakeFault): Promise<JsonObject> {
  const bytes = await archive.read(name, CONFIG_LIMIT);
  return parseConfig(strFromU8(bytes), name, fault);
}

function parseConfig(text: string, name: string, fault: MakeFault): JsonObject {
  const parsed = parseJson(text);
  if ('fault' in parsed) throw fault(`holds a '${name}' that ${parsed.fault}`, []);
  if (!isObject(parsed.value)) throw fault(`holds a '${name}' that is no object`, []);
  return parsed.value;
}

/** The Keras that wrote the archive; null where it does not say. */
async function readWriter(archive: ZipArchive, fault: MakeFault): Promise<string | null> {
  if (!archive.entries.some(({ name }) => name === 'metadata.json')) return null;
  const { keras_version: version } = await readJsonEntry(archive, 'metadata.json', fault);
  return typeof version === 'string' ? `Keras ${version}` : null;
}

async function openWeights(
  archive: ZipArchive,
  path: string,
  openHdf5: OpenHdf5,
  fault: (words: string) => InputFault,
): Promise<Hdf5File> {
  const entry = archive.entries.find(({ name }) => name === weightsName);
  if (!entry) {
    throw weightsFaultIn(path)(
      `is a Keras model without '${weightsName}'; save it with model.save(), which writes it`,
    );
  }
  const stored = await archive.source(weightsName);
  if (stored) return openHdf5(stored, fault);
  if (entry.size > PACKED_WEIGHTS_LIMIT) {
    throw fault(
      `is compressed and ${formatBytes(entry.size)} long; at most ${formatBytes(PACKED_WEIGHTS_LIMIT)} are unpacked, so pack it without compression, as Keras does`,
    );
  }
  const bytes = await archive.read(weightsName, PACKED_WEIGHTS_LIMIT);
  return openHdf5(heldSource(path, bytes), fault);
}

function heldSource(path: string, bytes: Uint8Array): ByteSource {
  const readSync = (offset: number, length: number) => bytes.subarray(offset, offset + length);
  return { path, size: bytes.length, read: (...range) => Promise.resolve(readSync(...range)), readSync };
}

/** Names of the layers in a file of weights alone; null where it is none. */
function weightsOnly(file: Hdf5File): readonly string[] | null {
  // Keras 2 names the layers in an attribute, Keras 3 by groups.
  const listed = textList(file, '/', 'layer_names');
  if (listed.length > 0) return listed;
  const groups = file.children('/layers');
  return groups.length > 0 ? groups : null;
}
