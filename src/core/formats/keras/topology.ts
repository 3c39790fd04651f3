/**
 * The Keras model configuration that tfjs, .h5 and .keras files share: from JSON to a chain of
 * layers. Written by Keras 1 to 3 and by tfjs in slightly different ways; all are read.
 */
import type { InputFault } from '../../findings/types.ts';
import { isObject, type JsonObject, type JsonPath } from '../json.ts';

/** A layer as the file describes it. */
export interface KerasLayer {
  readonly className: string;
  readonly name: string;
  readonly config: JsonObject;
  /** JSON path of the layer's object. */
  readonly path: JsonPath;
}

export interface KerasChain {
  readonly name: string;
  /** In the order in which they compute. */
  readonly layers: readonly KerasLayer[];
  /** Of one sample, without the batch axis; null where a size is left open. */
  readonly inputShape: readonly (number | null)[];
}

export type MakeFault = (fault: string, path: JsonPath) => InputFault;

/** No axis of a model is longer than this; anything above is a damaged or hostile file. */
export const LONGEST_AXIS = 2 ** 31 - 1;

/** Each is looked up among all weights, and becomes a stage of a run. */
const MOST_LAYERS = 1000;

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
  const ordered = className === 'Sequential' ? raw : orderFunctional(raw, settings, path, fault);
  const layers = ordered.map(({ className, name, config, path }) => ({ className, name, config, path }));
  const name = settings['name'];
  return {
    name: typeof name === 'string' ? name : 'model',
    layers,
    inputShape: readInputShape(layers, settings, model, path, fault),
  };
}

interface RawLayer extends KerasLayer {
  readonly inboundNodes: readonly unknown[];
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
  const inbound = entry['inbound_nodes'];
  return {
    className: entry['class_name'],
    name,
    config,
    path,
    inboundNodes: Array.isArray(inbound) ? (inbound as unknown[]) : [],
  };
}

function refuseDuplicates(layers: readonly KerasLayer[], fault: MakeFault): void {
  const seen = new Set<string>();
  for (const { name, path } of layers) {
    if (seen.has(name)) throw fault(`has two layers named '${name}'`, path);
    seen.add(name);
  }
}

/** Layers of a Functional model in the order in which they compute; only a chain has one. */
function orderFunctional(
  layers: readonly RawLayer[],
  config: JsonObject,
  path: JsonPath,
  fault: MakeFault,
): readonly RawLayer[] {
  const notAChain = (what: string, at: JsonPath) =>
    fault(`${what}; only a chain of layers, one after the other, can be read`, at);
  for (const key of ['input_layers', 'output_layers']) {
    const ends = tensorReferences(config[key]);
    if (ends.length > 1) {
      const what = key === 'input_layers' ? 'inputs' : 'outputs';
      throw notAChain(`has ${ends.length} ${what} (${ends.join(', ')})`, [...path, 'config', key]);
    }
  }

  const next = new Map<string, RawLayer>();
  const starts: RawLayer[] = [];
  for (const layer of layers) {
    if (layer.inboundNodes.length > 1) {
      throw notAChain(`uses layer '${layer.name}' ${layer.inboundNodes.length} times`, layer.path);
    }
    const sources = layer.inboundNodes.flatMap(tensorReferences);
    if (sources.length > 1) {
      throw notAChain(
        `has a branch: layer '${layer.name}' takes the outputs of ${sources.join(', ')}`,
        layer.path,
      );
    }
    const source = sources[0];
    if (source === undefined) {
      starts.push(layer);
      continue;
    }
    const other = next.get(source);
    if (other) {
      throw notAChain(`has a branch: '${source}' feeds both '${other.name}' and '${layer.name}'`, layer.path);
    }
    next.set(source, layer);
  }
  return followChain(layers, starts, next, config, path, notAChain);
}

function followChain(
  layers: readonly RawLayer[],
  starts: readonly RawLayer[],
  next: ReadonlyMap<string, RawLayer>,
  config: JsonObject,
  path: JsonPath,
  notAChain: MakeFault,
): readonly RawLayer[] {
  const start = starts[0];
  if (start === undefined || starts.length > 1) {
    const names = starts.map(({ name }) => name).join(', ');
    throw notAChain(start ? `has several layers without an input (${names})` : 'has no input layer', path);
  }
  // It ends: no two layers share a source, and the first has none.
  const chain: RawLayer[] = [];
  for (let layer: RawLayer | undefined = start; layer; layer = next.get(layer.name)) chain.push(layer);
  if (chain.length < layers.length) {
    const on = new Set(chain);
    const off = layers.filter((layer) => !on.has(layer));
    const names = off.map(({ name }) => `'${name}'`).join(', ');
    throw notAChain(`has layers that are not connected to its input (${names})`, off[0]!.path);
  }
  const last = chain.at(-1)!;
  const output = tensorReferences(config['output_layers'])[0];
  if (output !== undefined && output !== last.name) {
    throw notAChain(`takes its output from '${output}', before its last layer '${last.name}'`, last.path);
  }
  return chain;
}

/**
 * Names of the layers whose outputs a node takes: Keras 1 and 2 and tfjs write
 * `[name, node, tensor, {keywords}]` at some depth, Keras 3 `{keras_history: [name, node, tensor]}`
 * somewhere in the arguments.
 */
function tensorReferences(node: unknown): string[] {
  const found: string[] = [];
  // A stack of its own: the nesting is as deep as the file says.
  const todo: unknown[] = [node];
  while (todo.length > 0) {
    const value = todo.pop();
    if (Array.isArray(value)) {
      const list = value as unknown[];
      const isReference =
        typeof list[0] === 'string' && typeof list[1] === 'number' && typeof list[2] === 'number';
      if (isReference) found.push(list[0] as string);
      // Backwards, so that they come off the stack in order; a reference may hold more in its keywords.
      for (let i = list.length - 1; i >= (isReference ? 3 : 0); i--) todo.push(list[i]);
    } else if (isObject(value)) {
      for (const entry of Object.values(value).reverse()) todo.push(entry);
    }
  }
  return found;
}

function readInputShape(
  layers: readonly KerasLayer[],
  config: JsonObject,
  model: JsonObject,
  path: JsonPath,
  fault: MakeFault,
): readonly (number | null)[] {
  const first = layers[0]!;
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
