/** What became of a file: read, refused with a message, or anything else, which is a failure. */
import { InputFault } from '../../src/core/findings/types.ts';
import { readData } from '../../src/core/formats/data/data.ts';
import { formatBytes, type ByteSource, type Folder } from '../../src/core/formats/files.ts';
import { readModelFile } from '../../src/core/formats/model-file.ts';
import { modelKind, readInputsOf } from '../../src/core/formats/model-kind.ts';
import { offerLayers } from '../../src/core/formats/weights/layer-offer.ts';
import type { SampleArray } from '../../src/core/formats/data/sample-array.ts';
import { readsOf, sampleOf } from '../../src/core/network/graph.ts';
import type { Network, Tensor } from '../../src/core/network/types.ts';
import { openHdf5 } from '../../src/worker/hdf5.ts';
import type { Format } from './formats.ts';

export type Outcome =
  | { readonly kind: 'read' | 'refused' }
  /** In words; of an exception its name and message. */
  | { readonly kind: 'failed'; readonly what: string };

export interface Judged {
  readonly name: string;
  readonly reads: Format['reads'];
  readonly bytes: Uint8Array;
  /** The file that is opened and finds the judged one beside it; left out where that is opened itself. */
  readonly opens?: { readonly name: string; readonly bytes: Uint8Array };
}

/** A message goes into a notification. In characters. */
const LONGEST_MESSAGE = 2000;

/**
 * Reads a file as the product does.
 * @param companions beside it, by name
 */
export async function outcomeOf(file: Judged, companions: ReadonlyMap<string, Uint8Array>): Promise<Outcome> {
  const kinds: Outcome[] = [];
  for (const read of file.reads === 'model' ? modelReads(file, companions) : dataReads(file)) {
    const outcome = await judge(read);
    if (outcome.kind === 'failed') return outcome;
    kinds.push(outcome);
  }
  return kinds[0]!;
}

type Read = () => Promise<string | null>;

/** The files as the product opens them: model and weights, then the shape alone, then what may be chosen. */
function modelReads({ name, bytes, opens }: Judged, companions: ReadonlyMap<string, Uint8Array>): Read[] {
  const opened = opens ?? { name, bytes };
  const source = memorySource(`/model/${opened.name}`, opened.bytes);
  const folder = folderOf(opens ? new Map([...companions, [name, bytes]]) : companions);
  return [
    async () => oddNetwork(await readModelFile(source, folder, { openHdf5, choices: null })),
    async () => (await readInputsOf(source), null),
    async () => {
      const model = await modelKind(source);
      if (model.kind === 'weights') offerLayers(model.opened, null);
      return null;
    },
  ];
}

function dataReads({ name, bytes }: Judged): Read[] {
  const source = memorySource(`/data/${name}`, bytes);
  const named = /\.npz$|\.safetensors$/.test(name);
  return [
    async () => oddArray(await readData(source, { role: 'inputs' })),
    async () => oddArray(await readData(source, { role: 'labels', limit: 1, sampleShape: [null, 2] })),
    ...(named
      ? [async () => oddArray(await readData(source, { role: 'inputs', name: 'x_test', limit: 1 }))]
      : []),
  ];
}

async function judge(read: Read): Promise<Outcome> {
  try {
    const odd = await read();
    return odd === null ? { kind: 'read' } : { kind: 'failed', what: odd };
  } catch (error) {
    if (!(error instanceof InputFault)) return { kind: 'failed', what: words(error) };
    const { length } = error.message;
    if (length <= LONGEST_MESSAGE) return { kind: 'refused' };
    return { kind: 'failed', what: `a message of ${length} characters: ${error.message.slice(0, 120)}...` };
  }
}

function words(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const where = /\n\s+at (?<place>.*)/.exec(error.stack ?? '')?.groups?.['place'] ?? '';
  return `${error.name}: ${error.message.slice(0, 200)} (${where.replace(/\(.*[\\/]/, '(')})`;
}

function oddNetwork(network: Network): string | null {
  const { layers, inputShape } = network;
  if (inputShape.some((size) => size !== null && !(size >= 1)))
    return `read with the input shape [${String(inputShape)}]`;
  for (const layer of layers) {
    // Of every kind of layer.
    const odd = Object.values(layer)
      .filter(isTensor)
      .find((tensor) => !isWhole(tensor) || tensor.values.some((value) => !Number.isFinite(value)));
    if (odd)
      return `read with a tensor of ${odd.values.length} values and the shape [${odd.shape.join(', ')}], or not finite`;
  }
  return oddGraph(network);
}

/** A layer that reads one behind it or none, an output that is no layer. */
function oddGraph({ layers, inputs, outputs = [] }: Network): string | null {
  const starts = layers.filter(({ kind }) => kind === 'InputLayer').length;
  const isOdd =
    readsOf(layers).some((reads, index) => reads.some((from) => !(from >= sampleOf && from < index))) ||
    outputs.some(({ layer }) => !layers[layer]) ||
    (inputs !== undefined && inputs.length !== starts) ||
    new Set(layers.map(({ name }) => name)).size < layers.length;
  return isOdd ? 'read with layers that do not fit together' : null;
}

function isTensor(part: unknown): part is Tensor {
  return typeof part === 'object' && part !== null && 'shape' in part && 'values' in part;
}

function oddArray(array: SampleArray): string | null {
  return isWhole(array)
    ? null
    : `read as ${array.values.length} values of the shape [${array.shape.join(', ')}]`;
}

function isWhole({ shape, values }: Tensor | SampleArray): boolean {
  return shape.reduce((product, size) => product * size, 1) === values.length;
}

/** As src/node/files.ts gives it: what lies beyond the file is a fault before anything is allocated. */
function memorySource(path: string, bytes: Uint8Array): ByteSource {
  const readSync = (offset: number, length: number): Uint8Array => {
    if (!(Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0)) {
      throw new Error(`${length} bytes from ${offset} on are asked for`);
    }
    if (offset + length > bytes.length) {
      const words = `ends at byte ${bytes.length}, before byte ${offset + length} that is to be read`;
      throw new InputFault('model-unreadable', path, words, { file: 'model', path: [] });
    }
    return bytes.slice(offset, offset + length);
  };
  return {
    path,
    size: bytes.length,
    // eslint-disable-next-line @typescript-eslint/require-await -- an exception becomes a rejection
    read: async (offset, length) => readSync(offset, length),
    readSync,
  };
}

/** Names of files beside it, and nothing else: what climbs is refused by src/node/files.ts, which has tests of its own. */
function folderOf(files: ReadonlyMap<string, Uint8Array>): Folder {
  return {
    // eslint-disable-next-line @typescript-eslint/require-await -- an exception becomes a rejection
    open: async (relative, place) => {
      const bytes = files.get(relative);
      if (bytes) return memorySource(`/model/${relative}`, bytes);
      const words = `does not exist (${formatBytes(relative.length)} of name)`;
      throw new InputFault('weights-unreadable', '/model', words, place);
    },
  };
}
