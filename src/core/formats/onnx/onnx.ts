/** ONNX: protobuf with a graph of operations, written by PyTorch's and Keras' exporters among others. */
import { fromBinary } from '@bufbuild/protobuf';
import { InputFault } from '../../findings/types.ts';
import type { Network } from '../../network/types.ts';
import type { ByteSource, Folder } from '../files.ts';
import { readGraph } from './graph.ts';
import { TensorFiles } from './tensors.ts';
import { readStructure } from './wire.ts';
import { ModelProtoSchema, type GraphProto, type ModelProto } from './proto/onnx_pb.ts';
import { keepTensor } from '../take-tensor.ts';

/** Of the operators; earlier ones have other inputs and attributes. */
const OLDEST_OPSET = 11;

/**
 * @param source The model file; weights are read from it by range, when a layer needs them.
 * @param folder Where it lies; files of external data are opened there.
 * @throws InputFault `model-unreadable` where it is no ONNX model whose graph is made of layers,
 *   `weights-unreadable` where the weights are missing, damaged, or do not fit the layers.
 */
export async function readOnnx(source: ByteSource, folder: Folder, take = keepTensor): Promise<Network> {
  const fault = (words: string) =>
    new InputFault('model-unreadable', source.path, words, { file: 'model', path: [] });
  const model = decode(await readStructure(source, fault), fault);
  const opset = opsetOf(model, fault);
  if (!model.graph) throw fault('is no ONNX model: it has no graph');
  const files = new TensorFiles(source, folder);
  await openExternalFiles(model.graph, files);
  const network = await readGraph(model.graph, opset, files, take);
  return { ...network, format: formatOf(model, opset) };
}

/** Exporters write one; some write one a tensor. */
const MOST_EXTERNAL_FILES = 1000;

/**
 * Opens the files of the weights, so that their size counts for what the layers may hold before a value is read.
 * What cannot be opened is a fault where a layer needs it.
 */
async function openExternalFiles({ initializer }: GraphProto, files: TensorFiles): Promise<void> {
  const locations = initializer.flatMap(({ dataLocation, externalData }) =>
    dataLocation === 1 ? externalData.filter(({ key }) => key === 'location').map(({ value }) => value) : [],
  );
  for (const location of [...new Set(locations)].slice(0, MOST_EXTERNAL_FILES)) {
    try {
      await files.open(location, []);
    } catch (error) {
      if (!(error instanceof InputFault)) throw error;
    }
  }
}

function decode(structure: Uint8Array, fault: (words: string) => InputFault): ModelProto {
  try {
    return fromBinary(ModelProtoSchema, structure, { readUnknownFields: false });
  } catch (error) {
    // The reader throws errors of several kinds, all of them about the bytes.
    throw fault(`is damaged or no ONNX model: ${error instanceof Error ? error.message : String(error)}`);
  }
}

function opsetOf({ opsetImport }: ModelProto, fault: (words: string) => InputFault): number {
  const found = opsetImport.find(({ domain }) => domain === '' || domain === 'ai.onnx');
  if (!found) throw fault('does not say its opset, the version of its operators');
  const opset = Number(found.version);
  if (opset >= OLDEST_OPSET) return opset;
  throw fault(`is of opset ${opset}; export it again with opset ${OLDEST_OPSET} or later`);
}

/** "ONNX opset 20, pytorch 2.15.0" */
function formatOf({ producerName, producerVersion }: ModelProto, opset: number): string {
  const writer = `${producerName} ${producerVersion.split(' ')[0]!}`.trim();
  return `ONNX opset ${opset}${writer === '' ? '' : `, ${writer.slice(0, 100)}`}`;
}
