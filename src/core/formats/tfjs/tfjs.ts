/**
 * TensorFlow.js LayersModel: `model.json` with the topology as Keras configures it, and the
 * weights in shard files beside it.
 */
import { InputFault } from '../../findings/types.ts';
import type { Network } from '../../network/types.ts';
import { formatBytes, type Folder } from '../files.ts';
import { isObject, parseJson, type JsonObject, type JsonPath } from '../json.ts';
import { activationMeanings } from '../keras/activations.ts';
import { buildLayers } from '../keras/layers.ts';
import { skippingAs } from '../keras/skipping.ts';
import { inputsOf, readChain, type MakeFault } from '../keras/topology.ts';
import { keepTensor } from '../take-tensor.ts';
import { openManifest, readLayerWeight } from './weights.ts';

/** A topology is some kilobytes; a larger text is no model.json. In characters. */
export const MODEL_JSON_LIMIT = 64 * 2 ** 20;

/**
 * @param file Path of model.json, for faults.
 * @param text Its content.
 * @param folder Where it lies; shards are opened there.
 * @throws InputFault `model-unreadable` where the text is no LayersModel that is a chain of layers,
 *   `weights-unreadable` where the weights are missing, damaged, or do not fit the layers.
 */
export async function readTfjsLayersModel(
  file: string,
  text: string,
  folder: Folder,
  take = keepTensor,
): Promise<Network> {
  const fault = faultIn(file);
  const { json, chain, version } = readTopology(text, fault);
  if (json['weightsManifest'] === undefined) throw fault(topologyOnly, []);
  const weights = await openManifest(json['weightsManifest'], ['weightsManifest'], file, folder);
  const built = await buildLayers(chain, (request) => readLayerWeight(weights, request, file, take), fault);
  return {
    name: chain.name,
    format: `tfjs LayersModel${version === null ? '' : `, ${version}`}`,
    ...built,
    layers: skippingAs(version, built.layers),
    ...activationMeanings(built.layers, version),
  };
}

/**
 * What a sample is, from the topology alone: for a look at a model whose weights may be large.
 * @throws InputFault `model-unreadable`
 */
export function readTfjsInputs(file: string, text: string): Pick<Network, 'inputShape' | 'inputs'> {
  return inputsOf(readTopology(text, faultIn(file)).chain);
}

function faultIn(file: string): MakeFault {
  return (words, path) => new InputFault('model-unreadable', file, words, { file: 'model', path });
}

function readTopology(text: string, fault: MakeFault) {
  const json = parseModelJson(text, fault);
  const { model, path, version } = findTopology(json, fault);
  return { json, chain: readChain(model, path, fault), version };
}

const topologyOnly =
  'holds only the topology of a model, no weights; save it with model.save() or tensorflowjs_converter, which write both';

const graphModel =
  'is a tfjs GraphModel, whose LSTM is already dissolved into operations; convert the Keras model again with tensorflowjs_converter --output_format=tfjs_layers_model';

function parseModelJson(text: string, fault: MakeFault): JsonObject {
  if (text.length > MODEL_JSON_LIMIT) {
    throw fault(`is ${formatBytes(text.length)} long; a model.json of more than 64 MiB is not read`, []);
  }
  const parsed = parseJson(text);
  if ('fault' in parsed) throw fault(parsed.fault, []);
  if (!isObject(parsed.value)) throw fault('is JSON, but not a model: it holds no object', []);
  return parsed.value;
}

interface Topology {
  /** `{class_name, config}` */
  readonly model: JsonObject;
  readonly path: JsonPath;
  /** "Keras 2.4.0", "tfjs-layers 4.22.0", or null where the file does not say. */
  readonly version: string | null;
}

function findTopology(json: JsonObject, fault: MakeFault): Topology {
  const topology = json['modelTopology'];
  if (json['format'] === 'graph-model' || (isObject(topology) && topology['node'] !== undefined)) {
    throw fault(graphModel, []);
  }
  if (topology === undefined && json['class_name'] !== undefined && isObject(json['config'])) {
    throw fault(topologyOnly, []);
  }
  if (!isObject(topology)) {
    throw fault('is JSON, but not a model: it has no "modelTopology"', []);
  }
  // Files that tensorflowjs_converter made from .h5 wrap the configuration once more.
  const nested = topology['model_config'];
  const model = isObject(nested) ? nested : topology;
  if (model['class_name'] === undefined || model['config'] === undefined) {
    throw fault('is JSON, but not a model: its "modelTopology" has no "class_name" and "config"', [
      'modelTopology',
    ]);
  }
  const path = isObject(nested) ? ['modelTopology', 'model_config'] : ['modelTopology'];
  const written = topology['keras_version'] ?? model['keras_version'];
  const isNumber = typeof written === 'string' && /^\d/.test(written);
  return {
    model,
    path,
    version: typeof written === 'string' ? (isNumber ? `Keras ${written}` : written) : null,
  };
}
