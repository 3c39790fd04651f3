/**
 * NIR graphs (Neuromorphic Intermediate Representation) that are a chain: Input, Affine or Linear,
 * integrate-and-fire neurons, Output. Read as the network of rates that the neurons stand for.
 */
import { InputFault } from '../findings/types.ts';
import type { ClippedLinear, DenseLayer, Layer, Network } from '../network/types.ts';
import type { Hdf5Dataset, Hdf5File } from './keras/hdf5.ts';
import { formatShape } from './keras/building.ts';
import { LONGEST_AXIS } from './keras/topology.ts';
import { countOf, indexOf, quote } from './weights/stored-tensor.ts';
import type { TakeTensor } from './take-tensor.ts';

/** More than any chain of layers has; every one is looked at before the first is read. */
const MOST_NODES = 10_000;

const nodesPath = '/node/nodes';

export function isNir(file: Hdf5File): boolean {
  return file.dataset('/node/type') !== null && file.children(nodesPath).length > 0;
}

/**
 * @throws InputFault `model-unreadable` where the graph is no chain, `weights-unreadable` where the
 *   weights are damaged or do not fit it.
 */
export async function readNir(file: Hdf5File, take: TakeTensor): Promise<Network> {
  const reading = readingOf(file, take);
  const chain = order(readNodes(reading), readEdges(reading), reading);
  const version = file.dataset('/version')?.strings()[0];
  const built = await buildLayers(chain, reading);
  return {
    name: 'graph',
    format: version === undefined ? 'NIR' : `NIR ${version}`,
    inputShape: inputShape(chain[0]!, reading),
    ...built,
  };
}

interface Node {
  readonly name: string;
  readonly type: string;
}

interface Reading {
  readonly file: Hdf5File;
  readonly take: TakeTensor;
  readonly fault: (words: string) => InputFault;
  readonly weightsFault: (words: string) => InputFault;
}

function readingOf(file: Hdf5File, take: TakeTensor): Reading {
  const { path } = file.source;
  const place = { file: 'model', path: [] } as const;
  return {
    file,
    take,
    fault: (words) => new InputFault('model-unreadable', path, words, place),
    weightsFault: (words) => new InputFault('weights-unreadable', path, words, place),
  };
}

function readNodes({ file, fault }: Reading): Node[] {
  const names = file.children(nodesPath);
  if (names.length > MOST_NODES) {
    throw fault(`is a NIR graph of ${names.length} nodes; at most ${MOST_NODES} are read`);
  }
  return names.map((name) => {
    const type = file.dataset(`${nodesPath}/${name}/type`)?.strings()[0];
    if (type === undefined) throw fault(`is a NIR graph whose node ${quote(name)} has no type`);
    return { name, type };
  });
}

function readEdges({ file, fault }: Reading): (readonly [string, string])[] {
  const dataset = file.dataset('/node/edges');
  if (dataset?.shape.length !== 2 || dataset.shape[1] !== 2) {
    throw fault('is a NIR graph without edges');
  }
  const ends = dataset.strings();
  return Array.from({ length: dataset.shape[0]! }, (_, i) => [ends[2 * i]!, ends[2 * i + 1]!] as const);
}

/** From Input to Output. */
function order(
  nodes: readonly Node[],
  edges: readonly (readonly [string, string])[],
  { fault }: Reading,
): readonly Node[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const next = new Map<string, string>();
  const before = new Map<string, string>();
  const only = 'only a chain of nodes, one after the other, can be read';
  for (const [source, target] of edges) {
    for (const end of [source, target]) {
      if (!byName.has(end))
        throw fault(`is a NIR graph with an edge to ${quote(end)}, which is no node of it`);
    }
    for (const [ends, from, to, verb] of [
      [next, source, target, 'feeds'],
      [before, target, source, 'takes the outputs of'],
    ] as const) {
      const other = ends.get(from);
      if (other !== undefined && other !== to) {
        throw fault(
          `is a NIR graph with a branch: ${quote(from)} ${verb} both ${quote(other)} and ${quote(to)}; ${only}`,
        );
      }
      ends.set(from, to);
    }
  }
  const start = endOf(nodes, 'Input', fault);
  endOf(nodes, 'Output', fault);
  // It ends: the first has nothing before it, and no two nodes feed the same.
  if (before.has(start.name))
    throw fault(`is a NIR graph that feeds its Input ${quote(start.name)}; ${only}`);
  const chain: Node[] = [];
  for (let name: string | undefined = start.name; name !== undefined; name = next.get(name)) {
    chain.push(byName.get(name)!);
  }
  if (chain.length < nodes.length) {
    const on = new Set(chain);
    const off = nodes.filter((node) => !on.has(node)).map(({ name }) => quote(name));
    throw fault(
      `is a NIR graph whose nodes ${off.slice(0, 5).join(', ')} are in a loop or not connected to its Input; ${only}`,
    );
  }
  const last = chain.at(-1)!;
  if (last.type !== 'Output')
    throw fault(`is a NIR graph that ends in ${quote(last.name)}, not in its Output`);
  return chain;
}

function endOf(nodes: readonly Node[], type: string, fault: (words: string) => InputFault): Node {
  const ends = nodes.filter((node) => node.type === type);
  if (ends.length === 1) return ends[0]!;
  throw fault(`is a NIR graph with ${ends.length} nodes of type ${type}; it needs one`);
}

function inputShape({ name }: Node, { file, fault }: Reading): readonly number[] {
  const shape = file.dataset(`${nodesPath}/${name}/shape`)?.integers() ?? [];
  const valid = shape.every((size) => Number.isInteger(size) && size >= 1 && size <= LONGEST_AXIS);
  if (valid && shape.length >= 1 && shape.length <= 2) return shape;
  throw fault(
    `is a NIR graph with an Input of shape ${formatShape(shape.slice(0, 8))}; one or two axes of at least 1 are needed`,
  );
}

/** Names of the distinct functions that neurons compute, by slope. */
type Functions = Map<number, string>;

async function buildLayers(
  chain: readonly Node[],
  reading: Reading,
): Promise<Pick<Network, 'layers' | 'activations' | 'assumptions'>> {
  const layers: Layer[] = [];
  const functions: Functions = new Map();
  const assumptions: string[] = [];
  for (const node of chain) {
    if (node.type === 'Output') continue;
    const before = layers.at(-1);
    if (node.type === 'IF') {
      const neurons = readNeurons(node, functions, assumptions, reading);
      // The neurons of a layer that only multiplies are the layer's own.
      if (neurons.kind === 'Activation' && before?.kind === 'Dense' && before.activation === 'linear') {
        layers[layers.length - 1] = { ...before, activation: neurons.activation };
        continue;
      }
      layers.push(neurons);
    } else {
      layers.push(await build(node, before, reading));
    }
  }
  if (functions.size === 0) return { layers };
  const activations = Object.fromEntries([...functions].map(([slope, name]) => [name, rate(slope)]));
  return { layers, activations, ...(assumptions.length > 0 && { assumptions }) };
}

function rate(slope: number): ClippedLinear {
  return { slope, offset: 0, low: 0, high: 1 };
}

function base({ name }: Node) {
  return { name, path: ['node', 'nodes', name] };
}

function unsupported(node: Node, reason: string): Layer {
  return { ...base(node), kind: 'Unsupported', className: node.type, reason };
}

const leaky = 'its neurons leak, which neither an analog layer nor the neurons here do';
const reasons = new Map([
  ['LIF', leaky],
  ['LI', leaky],
  ['CubaLIF', leaky],
  ['CubaLI', leaky],
  ['I', 'it integrates without an end; only IF neurons have a rate'],
  ['Threshold', 'it has no memory, so its spikes are no rate'],
  ['Scale', 'multiply the weights before it by its factors'],
  ['Delay', 'delays between layers cannot be read'],
  ['NIRGraph', 'a graph inside a graph cannot be read; add its nodes one by one'],
]);

function build(node: Node, before: Layer | undefined, reading: Reading): Layer | Promise<Layer> {
  switch (node.type) {
    case 'Input':
      return { ...base(node), kind: 'InputLayer' };
    case 'Flatten':
      return { ...base(node), kind: 'Flatten' };
    case 'Affine':
    case 'Linear':
      return readDense(node, before, reading);
    default:
      return unsupported(node, reasons.get(node.type) ?? 'only Affine, Linear and IF nodes are converted');
  }
}

async function readDense(node: Node, before: Layer | undefined, reading: Reading): Promise<DenseLayer> {
  const { take, weightsFault } = reading;
  const name = quote(node.name);
  const weight = datasetOf(node, 'weight', reading);
  const [units = 0, inputSize = 0] = weight.shape;
  if (weight.shape.length !== 2 || units === 0 || inputSize === 0) {
    throw weightsFault(
      `has a node ${name} with a weight of shape ${formatShape(weight.shape)}; [outputs, inputs] is needed`,
    );
  }
  if (before?.kind === 'Dense' && before.units !== inputSize) {
    throw weightsFault(
      `has a node ${name} with ${inputSize} inputs after ${quote(before.name)} with ${before.units} outputs`,
    );
  }
  const bias = node.type === 'Affine' ? datasetOf(node, 'bias', reading) : null;
  if (bias && countOf(bias.shape) !== units) {
    throw weightsFault(
      `has a node ${name} with ${units} outputs and a bias of shape ${formatShape(bias.shape)}`,
    );
  }
  const kernel = () => transposed(readValues(node, 'weight', weight, reading), units, inputSize);
  const added = () => (bias ? readValues(node, 'bias', bias, reading) : new Float32Array(units));
  return {
    ...base(node),
    kind: 'Dense',
    units,
    inputSize,
    activation: 'linear',
    kernel: await take([inputSize, units], kernel),
    bias: await take([units], added),
  };
}

function datasetOf({ name }: Node, field: string, { file, weightsFault }: Reading): Hdf5Dataset {
  const dataset = file.dataset(`${nodesPath}/${name}/${field}`);
  if (!dataset) throw weightsFault(`has a node ${quote(name)} without a ${field}`);
  return dataset;
}

function readValues(
  { name }: Node,
  field: string,
  dataset: Hdf5Dataset,
  { weightsFault }: Reading,
): Float32Array {
  const values = dataset.values();
  const bad = values.findIndex((value) => !Number.isFinite(value));
  if (bad < 0) return values;
  throw weightsFault(
    `has a node ${quote(name)} with a ${field} of ${values[bad]!} at ${formatShape(indexOf(bad, dataset.shape))}`,
  );
}

function transposed(values: Float32Array, rows: number, columns: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      out[column * rows + row] = values[row * columns + column]!;
  }
  return out;
}

/**
 * A neuron that adds r times its input up to its threshold, and subtracts that at each spike, fires
 * at the rate clip(r / threshold * x, 0, 1).
 */
function readNeurons(node: Node, functions: Functions, assumptions: string[], reading: Reading): Layer {
  const { file } = reading;
  const field = (name: string): number | null =>
    single(readValues(node, name, datasetOf(node, name, reading), reading));
  const r = field('r');
  const threshold = field('v_threshold');
  const reset = file.dataset(`${nodesPath}/${node.name}/v_reset`) === null ? 0 : field('v_reset');
  if (r === null || threshold === null) {
    return unsupported(
      node,
      'its neurons have different thresholds or resistances; scale their weights instead',
    );
  }
  if (reset !== 0) return unsupported(node, 'its neurons do not reset to 0');
  const slope = r / threshold;
  if (!(slope > 0) || !Number.isFinite(slope)) {
    return unsupported(
      node,
      `its threshold of ${threshold} and resistance of ${r} give no rate; both must be above 0`,
    );
  }
  if (file.dataset(`${nodesPath}/${node.name}/metadata/reset`)?.strings()[0] !== 'subtract') {
    assumptions.push(
      `The neurons of "${node.name}" fire at the rate of neurons that subtract their threshold at each spike; the file says that they reset to 0, so they fire a little less.`,
    );
  }
  const name = functions.get(slope) ?? (functions.size === 0 ? 'if' : `if_${functions.size + 1}`);
  functions.set(slope, name);
  return { ...base(node), kind: 'Activation', activation: name };
}

/** The value that all have, null where they differ. */
function single(values: Float32Array): number | null {
  const first = values[0];
  return first !== undefined && values.every((value) => value === first) ? first : null;
}
