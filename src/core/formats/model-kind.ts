/** What kind of model a file is, by its content; other kinds are named, with what to do instead. */
import { strFromU8, strToU8 } from 'fflate';
import { InputFault } from '../findings/types.ts';
import type { Network } from '../network/types.ts';
import { formatBytes, type ByteSource } from './files.ts';
import { isHdf5 } from './keras/hdf5.ts';
import { isObject, parseJson } from './json.ts';
import { isKerasArchive } from './keras/keras.ts';
import { inputsOf, readChain } from './keras/topology.ts';
import { isOnnx } from './onnx/wire.ts';
import { pickleFault, pytorchPickle } from './weights/pytorch.ts';
import { isSafetensors } from './weights/safetensors.ts';
import { MODEL_JSON_LIMIT, readTfjsInputs } from './tfjs/tfjs.ts';
import {
  openPytorch,
  openSafetensors,
  weightFileInputShape,
  type WeightFile,
} from './weights/weight-files.ts';
import { isZip, openZip, type ZipArchive } from './zip.ts';

export type ModelKind =
  | { readonly kind: 'json'; readonly text: string }
  | { readonly kind: 'keras'; readonly archive: ZipArchive }
  /** Keras's .h5, or NIR. */
  | { readonly kind: 'hdf5' }
  | { readonly kind: 'onnx' }
  | { readonly kind: 'weights'; readonly opened: WeightFile };

type MakeFault = (words: string) => InputFault;
type Inputs = Pick<Network, 'inputShape' | 'inputs'>;

/** Of other kinds: what they start with, from which byte, and what to say. */
const others: readonly (readonly [offset: number, start: string, words: string])[] = [
  [0, '\x93NUMPY', 'is a NumPy array, not a model; give it as data'],
  [
    4,
    'TFL3',
    'is a TensorFlow Lite model, whose LSTM is already dissolved; give the Keras model it was made from',
  ],
  [0, 'GGUF', 'is a GGUF file of a language model, which holds no LSTM'],
  [0, '\x1f\x8b', 'is packed by gzip; unpack it first'],
];

const known =
  'a tfjs model.json, Keras (.keras, .h5), PyTorch weights (.pt, .pth, .safetensors), ONNX or NIR';

/** @throws InputFault `model-unreadable` or `weights-unreadable` where it is none that can be read. */
export async function modelKind(source: ByteSource): Promise<ModelKind> {
  const fault: MakeFault = (words) =>
    new InputFault('model-unreadable', source.path, words, { file: 'model', path: [] });
  const start = await source.read(0, Math.min(source.size, 512));
  const other = others.find(([offset, text]) => startsWith(start, offset, text))?.[2] ?? pickleFault(start);
  if (other !== null) throw fault(other);
  if (isZip(start)) return zipKind(source, fault);
  if (isHdf5(start)) return { kind: 'hdf5' };
  if (isSafetensors(start, source.size)) return { kind: 'weights', opened: await openSafetensors(source) };
  if (isText(start) || source.path.endsWith('.json'))
    return { kind: 'json', text: await readJson(source, fault) };
  if (await isOnnx(source)) return { kind: 'onnx' };
  throw fault(`is no model of a known kind, or is cut off; known are ${known}`);
}

/**
 * What a sample is without reading the weights; null where that takes a library (HDF5, ONNX), or
 * a word of the specification.
 * @throws InputFault as {@link modelKind}, and where the model is unreadable
 */
export async function readInputsOf(source: ByteSource): Promise<Inputs | null> {
  const model = await modelKind(source);
  switch (model.kind) {
    case 'json':
      return readTfjsInputs(source.path, model.text);
    case 'weights':
      return ofShape(weightFileInputShape(model.opened));
    case 'keras':
      return kerasInputs(source.path, model.archive);
    case 'hdf5':
    case 'onnx':
      return null;
  }
}

function ofShape(inputShape: Network['inputShape'] | null): Inputs | null {
  return inputShape && { inputShape };
}

function startsWith(bytes: Uint8Array, offset: number, text: string): boolean {
  return (
    bytes.length >= offset + text.length &&
    Array.from(text).every((letter, i) => bytes[offset + i] === letter.charCodeAt(0))
  );
}

async function zipKind(source: ByteSource, fault: MakeFault): Promise<ModelKind> {
  const archive = await openZip(source, fault);
  if (isKerasArchive(archive)) return { kind: 'keras', archive };
  const pickle = pytorchPickle(archive);
  if (pickle !== null) return { kind: 'weights', opened: await openPytorch(source, archive, pickle) };
  const names = archive.entries.map(({ name }) => name);
  if (names.length > 0 && names.every((name) => name.endsWith('.npy'))) {
    throw fault('is a NumPy archive of arrays (.npz), not a model');
  }
  if (
    names.some(
      (name) => name.endsWith('/archive_format') || name.endsWith('serialized_exported_program.json'),
    )
  ) {
    throw fault(
      "is a program of torch.export (.pt2), of which nothing is run; save its weights: torch.save(model.state_dict(), 'state.pt')",
    );
  }
  throw fault('is a zip archive, but neither a Keras model (.keras) nor a checkpoint of PyTorch (.pt, .pth)');
}

/** JSON starts with a bracket, after blanks and the mark of UTF-8. */
function isText(start: Uint8Array): boolean {
  return /^(?:\xef\xbb\xbf)?\s*[[{]/.test(strFromU8(start, true));
}

async function readJson(source: ByteSource, fault: MakeFault): Promise<string> {
  if (source.size > MODEL_JSON_LIMIT) {
    throw fault(`is ${formatBytes(source.size)} long; at most ${formatBytes(MODEL_JSON_LIMIT)} are read`);
  }
  const bytes = await source.read(0, source.size);
  const text = strFromU8(bytes);
  // What is no UTF-8 was replaced by U+FFFD, of three bytes.
  if (text.includes('\ufffd') && !isSame(strToU8(text), bytes)) throw fault('is not text in UTF-8');
  if (text.includes('"weight_map"') && isShardIndex(text)) {
    throw fault(
      "is the index of weights in several safetensors files; save them as one: safetensors.torch.save_file(model.state_dict(), 'state.safetensors')",
    );
  }
  return text;
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

function isShardIndex(text: string): boolean {
  const parsed = parseJson(text);
  return 'value' in parsed && isObject(parsed.value) && isObject(parsed.value['weight_map']);
}

async function kerasInputs(file: string, archive: ZipArchive): Promise<Inputs> {
  const fault = (words: string) =>
    new InputFault('model-unreadable', file, words, { file: 'model', path: [] });
  const parsed = parseJson(strFromU8(await archive.read('config.json', MODEL_JSON_LIMIT)));
  if ('fault' in parsed) throw fault(`holds a 'config.json' that ${parsed.fault}`);
  if (!isObject(parsed.value)) throw fault("holds a 'config.json' that is no object");
  return inputsOf(readChain(parsed.value, [], fault));
}
