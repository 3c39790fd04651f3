/**
 * The Keras model configuration that tfjs, .h5 and .keras files share: from JSON to a list of layers.
 * Written by Keras 1 to 3 and by tfjs in slightly different ways; all are read.
 */
import type { InputFault } from '../../findings/types.ts';
import type { Network } from '../../network/types.ts';
import { isObject, type JsonObject, type JsonPath } from '../json.ts';
import { readGraph } from './graph.ts';

/** A layer as the file describes it. */
export interface KerasLayer {
  readonly className: string;
  readonly name: string;
  readonly config: JsonObject;
  /** JSON path of the layer's object. */
  readonly path: JsonPath;
  /** Of a layer that is used several times, which of its uses it is; 0 of any other. */
  readonly use: number;
  /** Positions of the layers that it reads; left out where it is the one before it, or none. */
  readonly sources?: readonly number[];
}

export interface KerasChain {
  readonly name: string;
  /** In an order in which each comes after those that it reads. */
  readonly layers: readonly KerasLayer[];
  /** Of one sample, without the batch axis; null where a size is left open. Of several inputs the first's. */
  readonly inputShape: readonly (number | null)[];
  /** Where there are several: positions of their layers, in the file's order. */
  readonly inputs?: readonly { readonly layer: number; readonly shape: readonly (number | null)[] }[];
  /** Where there are several: positions. */
  readonly outputs?: readonly number[];
}

/** What a sample is. */
export function inputsOf({ inputShape, inputs, layers }: KerasChain): Pick<Network, 'inputShape' | 'inputs'> {
  return {
    inputShape,
    ...(inputs && { inputs: inputs.map(({ layer, shape }) => ({ name: layers[layer]!.name, shape })) }),
  };
}

export type MakeFault = (fault: string, path: JsonPath) => InputFault;

/** No axis of a model is longer than this; anything above is a damaged or hostile file. */
export const LONGEST_AXIS = 2 ** 31 - 1;

/** Each is looked up among all weights, and becomes a stage of a run. */
export const MOST_LAYERS = 1000;

/**
 * @param model `{class_name, config}` of a Sequential or a Functional.
 * @throws what `fault` makes, where it is no model, has no layers, or is no chain.
 */
export function readChain(model: JsonObject, path: JsonPath, fault: MakeFault): KerasChain {
  const className = model['class_name'];
  if (className !== 'Sequential' && className !== 'Model' && className !== 'Functional') {
    const which = typeof className === 'string' ? `'${className}'` : 'no class';
    throw fault(`holds a model of ${which}; only Sequential and Functional models can be read`, path);
  }
  const config = model['config'];
  // Before Keras 2.2.3 the configuration of a Sequential was the bare list of its layers.
  const bare = Array.isArray(config);
  const listPath = bare ? [...path, 'config'] : [...path, 'config', 'layers'];
  const list: unknown = bare ? config : isObject(config) ? config['layers'] : undefined;
  if (!Array.isArray(list)) throw fault('is not a model: its configuration has no list of layers', path);
  if (list.length === 0) throw fault('holds a model without layers', listPath);
  if (list.length > MOST_LAYERS) {
    throw fault(`holds a model of ${list.length} layers; at most ${MOST_LAYERS} are read`, listPath);
  }

  const raw = list.map((entry: unknown, i) => readLayer(entry, [...listPath, i], fault));
  refuseDuplicates(raw, fault);
  const settings = isObject(config) ? config : {};
  const { layers, inputs, outputs } =
    className === 'Sequential'
      ? { layers: raw.map(withoutNodes), inputs: [], outputs: [] }
      : readGraph(raw, settings, path, fault);
  const name = settings['name'];
  const shapeOf = (position: number) => readInputShape(layers[position]!, settings, model, path, fault);
  return {
    name: typeof name === 'string' ? name : 'model',
    layers,
    inputShape: shapeOf(inputs[0] ?? 0),
    ...(inputs.length > 1 && { inputs: inputs.map((layer) => ({ layer, shape: shapeOf(layer) })) }),
    ...(outputs.length > 1 && { outputs }),
  };
}

/** As its object describes it, with every use that the model makes of it. */
export interface RawLayer extends Omit<KerasLayer, 'use' | 'sources'> {
  readonly inboundNodes: readonly unknown[];
  /** Of keras.ops, which a functional model of Keras 3 may hold between its layers. */
  readonly isOperation: boolean;
}

export function withoutNodes({ className, name, config, path }: RawLayer): KerasLayer {
  return { className, name, config, path, use: 0 };
}

function readLayer(entry: unknown, path: JsonPath, fault: MakeFault): RawLayer {
  if (!isObject(entry) || typeof entry['class_name'] !== 'string' || !isObject(entry['config'])) {
    throw fault('is not a model: a layer lacks "class_name" or "config"', path);
  }
  const config = entry['config'];
  const name = entry['name'] ?? config['name'];
  if (typeof name !== 'string' || name === '') {
    throw fault(`has a ${entry['class_name']} layer without a name`, path);
  }
  const { inbound_nodes: inbound, module } = entry;
  return {
    className: entry['class_name'],
    name,
    config,
    path,
    inboundNodes: Array.isArray(inbound) ? (inbound as unknown[]) : [],
    isOperation: typeof module === 'string' && /^keras\.(src\.)?ops\b/.test(module),
  };
}

function refuseDuplicates(layers: readonly RawLayer[], fault: MakeFault): void {
  const seen = new Set<string>();
  for (const { name, path } of layers) {
    if (seen.has(name)) throw fault(`has two layers named '${name}'`, path);
    seen.add(name);
  }
}

function readInputShape(
  first: KerasLayer,
  config: JsonObject,
  model: JsonObject,
  path: JsonPath,
  fault: MakeFault,
): readonly (number | null)[] {
  const built = model['build_config'];
  const shape =
    first.config['batch_input_shape'] ??
    first.config['batch_shape'] ??
    config['build_input_shape'] ??
    (isObject(built) ? built['input_shape'] : undefined);
  if (shape === undefined || shape === null) {
    throw fault('does not say the shape of its input; give the first layer an input shape and save again', [
      ...path,
      'config',
    ]);
  }
  const valid = (size: unknown): size is number | null =>
    size === null ||
    (typeof size === 'number' && Number.isInteger(size) && size >= 1 && size <= LONGEST_AXIS);
  if (!Array.isArray(shape) || shape.length < 2 || !shape.every(valid)) {
    throw fault(
      `has an input of shape ${shorten(shape)}, which is not a list of whole numbers from 1`,
      first.path,
    );
  }
  return shape.slice(1);
}

/** A value of the file, short enough for a message of one line. */
export function shorten(value: unknown): string {
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // Nested more deeply than the stack allows.
  }
  if (text === undefined) return 'unknown';
  return text.length > 60 ? text.slice(0, 57) + '...' : text;
}
