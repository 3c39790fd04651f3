/** An ONNX graph, node after node, becomes the layers of a Network. */
import { InputFault } from '../../findings/types.ts';
import type { Layer, Network } from '../../network/types.ts';
import type { JsonPath } from '../json.ts';
import { LONGEST_AXIS } from '../keras/topology.ts';
import { axisSize, settleRest, type Atom, type Axis } from './axes.ts';
import { finish } from './chain.ts';
import { foldConstants } from './constants.ts';
import { applyOperation } from './operations.ts';
import { onnxTensor, type TensorFiles } from './tensors.ts';
import {
  absent,
  unknown,
  type Attributes,
  type Constant,
  type ImageShape,
  type Node,
  type Value,
} from './values.ts';
import type { AttributeProto, GraphProto, NodeProto, ValueInfoProto } from './proto/onnx_pb.ts';
import { quote } from '../weights/stored-tensor.ts';
import type { TakeTensor } from '../take-tensor.ts';

type MakeFault = (words: string, path: JsonPath) => InputFault;

/** What a graph is as a network, without the name of its format. */
export type GraphNetwork = Pick<Network, 'name' | 'inputShape' | 'layers' | 'activations'>;

/** That exporters give to every graph. */
const generatedNames = new Set(['', 'main_graph', 'torch_jit', 'torch-jit-export', 'tf2onnx']);

/**
 * @param opset Version of the operators.
 * @param take What becomes of the layers' weights.
 * @throws InputFault `model-unreadable` where the graph is no chain of layers, `weights-unreadable`
 *   where its weights are missing, damaged, or do not fit.
 */
export async function readGraph(
  graph: GraphProto,
  opset: number,
  files: TensorFiles,
  take: TakeTensor,
): Promise<GraphNetwork> {
  const fault: MakeFault = (words, path) =>
    new InputFault('model-unreadable', files.source.path, words, { file: 'model', path });
  const sparse = graph.sparseInitializer[0];
  if (sparse) {
    throw fault(`has sparse weights (${quote(sparse.values?.name ?? '')}); export them dense`, [
      ...['graph', 'sparse_initializer', 0],
    ]);
  }
  const values = new Map<string, Value>();
  for (const [i, proto] of graph.initializer.entries()) {
    const tensor = onnxTensor(proto, proto.name, ['graph', 'initializer', i], files);
    values.set(proto.name, { kind: 'constant', tensor });
  }
  const { name, axes, ids } = readInput(graph, values, fault);
  const image = imageOf(axes, name, fault);
  values.set(name, { kind: 'data', axes: image ? null : axes, chain: null, ids, ...(image && { image }) });
  const needed = neededNodes(graph);
  for (const [i, proto] of graph.node.entries()) {
    if (!needed.has(proto)) continue;
    const node = readNode(proto, ['graph', 'node', i], opset, values, files, fault);
    const outputs = await runNode(node, files, fault);
    for (const [k, output] of proto.output.entries()) {
      if (output !== '') values.set(output, outputs[k] ?? unknown);
    }
  }
  const { layers, activations } = await finish(readOutput(graph, values, fault), take);
  return {
    name: generatedNames.has(graph.name) ? 'model' : graph.name.slice(0, 200),
    inputShape: image ? [image.channels, image.height, image.width] : sampleShape(axes, layers),
    layers,
    ...(Object.keys(activations).length > 0 && { activations }),
  };
}

/** Exporters leave nodes that nothing uses: what they would do does not matter. */
function neededNodes(graph: GraphProto): ReadonlySet<NodeProto> {
  const names = new Set(graph.output.map(({ name }) => name));
  const needed = new Set<NodeProto>();
  // A node comes after those whose outputs it takes.
  for (const node of graph.node.toReversed()) {
    if (!node.output.some((name) => names.has(name))) continue;
    needed.add(node);
    for (const name of node.input) if (name !== '') names.add(name);
  }
  return needed;
}

/** Before IR version 4 initialisers were listed as inputs too. */
function readInput(
  graph: GraphProto,
  initializers: ReadonlyMap<string, Value>,
  fault: MakeFault,
): { readonly name: string; readonly axes: readonly Axis[]; readonly ids: boolean } {
  const path = ['graph', 'input'];
  const inputs = graph.input.filter(({ name }) => !initializers.has(name));
  const [input, more] = inputs;
  if (!input) throw fault('is an ONNX model without an input', path);
  if (more) {
    const names = inputs.slice(0, 5).map(({ name }) => quote(name));
    throw fault(
      `has ${inputs.length} inputs (${names.join(', ')}); export a model that takes a sequence only`,
      path,
    );
  }
  const ids = wholeTypes.has(input.type?.tensorType?.elemType ?? 0);
  return { name: input.name, axes: inputAxes(input, ids, fault), ids };
}

/** TensorProto.DataType: uint8, int8, uint16, int16, int32, int64, uint32, uint64. */
const wholeTypes = new Set([2, 3, 4, 5, 6, 7, 12, 13]);

function inputAxes({ name, type }: ValueInfoProto, ids: boolean, fault: MakeFault): Axis[] {
  const path = ['graph', 'input'];
  const dims = type?.tensorType?.shape?.dim;
  if (!dims)
    throw fault(`does not say the shape of its input ${quote(name)}; export it again with one`, path);
  if (dims.length < 2 || dims.length > 4) {
    const needed =
      '[batch, steps, features], [batch, features], images of [batch, channels, height, width] or ids of [batch, steps] are needed';
    throw fault(`has an input ${quote(name)} of ${dims.length} axes; ${needed}`, path);
  }
  return dims.map(({ dimValue }, i) => {
    const size = Number(dimValue ?? 0);
    if (size < 0 || size > LONGEST_AXIS) {
      throw fault(`has an input ${quote(name)} whose axis ${i} has the impossible size ${size}`, path);
    }
    // Ids are of [batch, steps].
    const last = i === dims.length - 1 && !(ids && dims.length === 2);
    const atom: Atom = { size: size === 0 ? null : size, role: last ? 'features' : null };
    return [atom];
  });
}

/** Of an input of four axes; null for any other. */
function imageOf(axes: readonly Axis[], name: string, fault: MakeFault): ImageShape | null {
  if (axes.length !== 4) return null;
  const [channels, height, width] = axes.slice(1).map(axisSize);
  if (channels && height && width) return { channels, height, width, channelsLast: false };
  throw fault(`has an input ${quote(name)} of images whose size is open; export it with a fixed one`, [
    ...['graph', 'input'],
  ]);
}

/** Of one sample. */
function sampleShape(axes: readonly Axis[], layers: readonly Layer[]): (number | null)[] {
  settleRest(axes);
  const atoms = axes.flat().filter(({ role }) => role !== 'batch');
  const first = layers.find((layer) => 'inputSize' in layer);
  return atoms.map(({ size, role }) => (role === 'features' ? (size ?? first?.inputSize ?? null) : size));
}

/** Of one node; an LSTM has 8. */
const MOST_EDGES = 10_000;

const controlFlow = new Set(['Loop', 'Scan', 'If', 'SequenceMap']);

async function runNode(node: Node, files: TensorFiles, fault: MakeFault): Promise<readonly Value[]> {
  const { op, name, path, domain, inputs } = node;
  if (controlFlow.has(op) && domain === '') {
    throw fault(
      `has node ${quote(name)} (${op}), a part of the graph that runs again and again or not at all; a recurrent layer is read where the exporter writes it as one node: from nn.LSTM, nn.GRU and nn.RNN, or an LSTM from Keras on its TensorFlow backend with tanh and sigmoid; other Keras models are read as .keras`,
      path,
    );
  }
  return inputs.some(({ kind }) => kind === 'data' || kind === 'stack')
    ? applyOperation(node, files)
    : foldConstants(node, files);
}

function readNode(
  proto: NodeProto,
  path: JsonPath,
  opset: number,
  values: ReadonlyMap<string, Value>,
  files: TensorFiles,
  fault: MakeFault,
): Node {
  const { opType: op, domain } = proto;
  const name = proto.name === '' ? (proto.output[0] ?? op) : proto.name;
  const most = Math.max(proto.input.length, proto.output.length);
  if (most > MOST_EDGES) throw fault(`has node ${quote(name)} (${op}) of ${most} inputs or outputs`, path);
  const inputs = proto.input.map((input) => {
    const value = input === '' ? absent : values.get(input);
    if (value) return value;
    throw fault(
      `has node ${quote(name)} (${op}), whose input ${quote(input)} nothing computes before it`,
      path,
    );
  });
  const attributes = readAttributes(proto.attribute, name, path, files);
  return { op, domain, name, path, inputs, outputs: proto.output.length, attributes, opset };
}

function readAttributes(
  list: readonly AttributeProto[],
  node: string,
  path: JsonPath,
  files: TensorFiles,
): Attributes {
  const byName = new Map(list.map((attribute) => [attribute.name, attribute]));
  // Names of operators' options are in ASCII.
  const text = (bytes: Uint8Array) => String.fromCharCode(...bytes.subarray(0, 100));
  const filled = <T>(values: readonly T[] | undefined) => (values && values.length > 0 ? values : null);
  const tensor = (name: string): Constant | null => {
    const proto = byName.get(name)?.t;
    return proto ? onnxTensor(proto, node, path, files) : null;
  };
  return {
    has: (name) => byName.has(name),
    float: (name, fallback) => byName.get(name)?.f ?? fallback,
    int: (name, fallback) => Number(byName.get(name)?.i ?? fallback),
    text: (name, fallback) => {
      const bytes = byName.get(name)?.s;
      return bytes ? text(bytes) : fallback;
    },
    ints: (name) => filled(byName.get(name)?.ints.map(Number)),
    floats: (name) => filled(byName.get(name)?.floats),
    texts: (name) => filled(byName.get(name)?.strings.map(text)),
    tensor,
  };
}

function readOutput(graph: GraphProto, values: ReadonlyMap<string, Value>, fault: MakeFault) {
  const path = ['graph', 'output'];
  const [output, more] = graph.output;
  if (!output) throw fault('is an ONNX model without an output', path);
  if (more) {
    const names = graph.output.slice(0, 5).map(({ name }) => quote(name));
    const words = `has ${graph.output.length} outputs (${names.join(', ')}); export a model that returns one`;
    throw fault(words, path);
  }
  const value = values.get(output.name);
  if (value?.kind !== 'data' || value.direction) {
    throw fault(`has an output ${quote(output.name)} that no chain of layers makes from its input`, path);
  }
  if (!value.chain) throw fault('holds a model without layers', path);
  return value.chain;
}
