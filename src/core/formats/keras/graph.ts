/** The layers of a functional model, from the references by which each says what it reads. */
import { isObject, type JsonObject, type JsonPath } from '../json.ts';
import { splitMask, withoutMaskOperations } from './mask-operations.ts';
import { MOST_LAYERS, withoutNodes, type KerasLayer, type MakeFault, type RawLayer } from './topology.ts';

export interface KerasGraph {
  /** Each after those that it reads; a layer that is used several times stands once for each use. */
  readonly layers: readonly KerasLayer[];
  /** Positions, in the file's order. */
  readonly inputs: readonly number[];
  readonly outputs: readonly number[];
}

/** Output `tensor` of use `node` of a layer. */
interface Reference {
  readonly name: string;
  readonly node: number;
  readonly tensor: number;
}

/** Of all layers together; each costs a sum or a copy in every run. */
const MOST_REFERENCES = 10_000;

interface Use {
  readonly layer: RawLayer;
  readonly node: number;
  readonly sources: readonly Use[];
  readonly masks: readonly Use[];
}

/** @throws what `fault` makes, where a layer reads what is not there, or what comes after it */
export function readGraph(
  raw: readonly RawLayer[],
  config: JsonObject,
  path: JsonPath,
  fault: MakeFault,
): KerasGraph {
  const uses = new Map<string, { -readonly [Key in keyof Use]: Use[Key] }>();
  for (const layer of raw) {
    const count = Math.max(1, layer.inboundNodes.length);
    for (let node = 0; node < count; node++) {
      uses.set(keyOf(layer.name, node), { layer, node, sources: [], masks: [] });
    }
  }
  if (uses.size > MOST_LAYERS) {
    throw fault(`holds a model that uses layers ${uses.size} times; at most ${MOST_LAYERS} are read`, path);
  }
  const find = ({ name, node, tensor }: Reference, from: string, at: JsonPath): Use => {
    const use = uses.get(keyOf(name, node));
    if (!use) throw fault(`${from} '${name}', which is no layer of it`, at);
    if (tensor !== 0) throw fault(`${from} output ${tensor} of '${name}'; only a layer's first is read`, at);
    return use;
  };
  let count = 0;
  for (const use of uses.values()) {
    const { name, path: at } = use.layer;
    const { reads, mask } = splitMask(use.layer.inboundNodes[use.node]);
    const [references, masks] = [tensorReferences(reads), tensorReferences(mask)];
    count += references.length + masks.length;
    if (count > MOST_REFERENCES) {
      throw fault(
        `has layers that read more than ${MOST_REFERENCES} others together, up to '${name}'; no more are read`,
        at,
      );
    }
    const findRead = (reference: Reference) => find(reference, `has a layer '${name}' that reads`, at);
    use.sources = references.map(findRead);
    use.masks = masks.map(findRead);
  }
  const ends = (key: 'input_layers' | 'output_layers') =>
    tensorReferences(config[key]).map((reference) =>
      find(reference, `names as ${key === 'input_layers' ? 'an input' : 'an output'}`, [
        ...path,
        'config',
        key,
      ]),
    );
  const [inputs, outputs] = [ends('input_layers'), ends('output_layers')];
  const layers = withoutMaskOperations<Use>([...uses.values()], outputs, fault);
  for (const layer of layers) refuseSources(layer, fault);
  return arranged(layers, inputs, outputs, path, fault);
}

function keyOf(name: string, node: number): string {
  return `${node} ${name}`;
}

const merging = ['Add', 'Subtract', 'Multiply', 'Average', 'Maximum', 'Minimum', 'Concatenate'];

function refuseSources({ layer, sources }: Use, fault: MakeFault): void {
  const { name, className, path } = layer;
  if (className === 'InputLayer' ? sources.length === 0 : sources.length === 1) return;
  if (sources.length === 0) throw fault(`has a layer '${name}' that reads nothing`, path);
  if (merging.includes(className)) return;
  const names = sources.map((source) => `'${source.layer.name}'`).join(', ');
  throw fault(
    `has a layer '${name}' (${className}) that reads ${names}; only ${merging.join(', ')} layers may read several (no initial state, no attention)`,
    path,
  );
}

function arranged(
  uses: readonly Use[],
  inputs: readonly Use[],
  outputs: readonly Use[],
  path: JsonPath,
  fault: MakeFault,
): KerasGraph {
  const order = inOrder(uses, fault);
  const odd = inputs.find(({ layer }) => layer.className !== 'InputLayer');
  if (odd) throw fault(`names as an input '${odd.layer.name}', which is no InputLayer`, odd.layer.path);
  const starts = inputs.length > 0 ? inputs : order.filter(({ layer }) => layer.className === 'InputLayer');
  if (starts.length === 0) throw fault('has no input layer', path);
  const unlisted = order.find((use) => use.layer.className === 'InputLayer' && !starts.includes(use));
  if (unlisted) {
    const { name, path: at } = unlisted.layer;
    throw fault(`has an input layer '${name}' that it does not name as one of its inputs`, at);
  }
  const ends = outputs.length > 0 ? outputs : order.slice(-1);
  refuseIdle(order, ends, fault);
  // Inputs first, in their order: a sample's values lie so.
  const sorted = [...new Set([...starts, ...order])];
  const at = new Map(sorted.map((use, position) => [use, position]));
  const layers = sorted.map(({ layer, node, sources }, position): KerasLayer => {
    const positions = sources.map((source) => at.get(source)!);
    const isNext = positions.length <= 1 && (positions[0] ?? -1) === position - 1;
    return {
      ...withoutNodes(layer),
      use: node,
      ...(sources.length > 0 && !isNext && { sources: positions }),
    };
  });
  return { layers, inputs: starts.map((use) => at.get(use)!), outputs: ends.map((use) => at.get(use)!) };
}

/** Each after those that it reads, otherwise as the file lists them. */
function inOrder(uses: readonly Use[], fault: MakeFault): Use[] {
  const done = new Set<Use>();
  let waiting = [...uses];
  while (waiting.length > 0) {
    const left = waiting.filter((use) => {
      if (!use.sources.every((source) => done.has(source))) return true;
      done.add(use);
      return false;
    });
    if (left.length === waiting.length) {
      const names = left.slice(0, 5).map(({ layer }) => `'${layer.name}'`);
      throw fault(`has layers that wait for one another (${names.join(', ')})`, left[0]!.layer.path);
    }
    waiting = left;
  }
  return [...done];
}

function refuseIdle(uses: readonly Use[], outputs: readonly Use[], fault: MakeFault): void {
  const needed = new Set<Use>(outputs);
  for (const use of [...uses].reverse())
    if (needed.has(use)) for (const source of use.sources) needed.add(source);
  const idle = uses.filter((use) => !needed.has(use));
  if (idle.length === 0) return;
  const names = idle.slice(0, 5).map(({ layer }) => `'${layer.name}'`);
  throw fault(`has layers that none of its outputs needs (${names.join(', ')})`, idle[0]!.layer.path);
}

/**
 * What a node, or the list of a model's ends, refers to: Keras 1 and 2 and tfjs write
 * `[name, node, tensor, {keywords}]` at some depth, Keras 3 `{keras_history: [name, node, tensor]}`
 * somewhere in the arguments.
 */
function tensorReferences(value: unknown): Reference[] {
  const found: Reference[] = [];
  // A stack of its own: the nesting is as deep as the file says.
  const todo: unknown[] = [value];
  while (todo.length > 0) {
    const value = todo.pop();
    if (Array.isArray(value)) {
      const list = value as unknown[];
      const [name, node, tensor] = list;
      const isReference = typeof name === 'string' && typeof node === 'number' && typeof tensor === 'number';
      if (isReference) found.push({ name, node, tensor });
      // Backwards, so that they come off the stack in order; a reference may hold more in its keywords.
      for (let i = list.length - 1; i >= (isReference ? 3 : 0); i--) todo.push(list[i]);
    } else if (isObject(value)) {
      for (const entry of Object.values(value).reverse()) todo.push(entry);
    }
  }
  return found;
}
