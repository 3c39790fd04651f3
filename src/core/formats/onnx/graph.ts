/** An ONNX graph, node after node, becomes the layers of a Network. */
import { InputFault } from '../../findings/types.ts';
import type { Network } from '../../network/types.ts';
import type { JsonPath } from '../json.ts';
import { MOST_LAYERS } from '../keras/topology.ts';
import type { TakeTensor } from '../take-tensor.ts';
import { quote } from '../weights/stored-tensor.ts';
import { foldConstants } from './constants.ts';
import { finish } from './finish.ts';
import { readInputs, refuseSameNames, sampleShape, shownName } from './inputs.ts';
import type { Link } from './links.ts';
import { applyOperation } from './operations.ts';
import type { AttributeProto, GraphProto, NodeProto } from './proto/onnx_pb.ts';
import { onnxTensor, type TensorFiles } from './tensors.ts';
import { absent, unknown, type Attributes, type Constant, type Node, type Value } from './values.ts';

type MakeFault = (words: string, path: JsonPath) => InputFault;

/** What a graph is as a network, without the name of its format. */
export type GraphNetwork = Omit<Network, 'format' | 'assumptions'>;

/** That exporters give to every graph. */
const generatedNames = new Set(['', 'main_graph', 'torch_jit', 'torch-jit-export', 'tf2onnx']);

/**
 * @param opset Version of the operators.
 * @param take What becomes of the layers' weights.
 * @throws InputFault `model-unreadable` where the graph is not made of layers, `weights-unreadable`
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
  const needed = neededParts(graph);
  const inputs = readInputs(graph, values, needed.names, fault);
  for (const { name, value } of inputs) values.set(name, value);
  for (const [i, proto] of graph.node.entries()) {
    if (!needed.nodes.has(proto)) continue;
    const node = readNode(proto, ['graph', 'node', i], opset, values, files, fault);
    const outputs = await runNode(node, files, fault);
    for (const [k, output] of proto.output.entries()) {
      if (output !== '') values.set(output, outputs[k] ?? unknown);
    }
  }
  const ends = readOutputs(graph, values, fault);
  const finished = await finish(
    ends,
    inputs.map(({ name }) => shownName(name)),
    take,
    fault,
  );
  const { layers, activations } = finished;
  if (finished.ends.some((end) => (layers[end]?.kind ?? 'InputLayer') === 'InputLayer')) {
    throw fault('holds a model without layers, or one that returns its input', ['graph', 'output']);
  }
  const samples = finished.inputs.map(({ input, layer }) => ({
    name: shownName(inputs[input]!.name),
    shape: sampleShape(inputs[input]!, layers, layer, fault),
  }));
  return {
    name: generatedNames.has(graph.name) ? 'model' : graph.name.slice(0, 200),
    inputShape: samples[0]!.shape,
    ...(samples.length > 1 && { inputs: samples }),
    layers,
    ...(ends.length > 1 && {
      outputs: finished.ends.map((layer, k) => ({ name: shownName(graph.output[k]!.name), layer })),
    }),
    ...(Object.keys(activations).length > 0 && { activations }),
  };
}

/** Exporters leave nodes that nothing uses: what they would do does not matter. */
function neededParts(graph: GraphProto): {
  readonly nodes: ReadonlySet<NodeProto>;
  readonly names: ReadonlySet<string>;
} {
  const names = new Set(graph.output.map(({ name }) => name));
  const nodes = new Set<NodeProto>();
  // A node comes after those whose outputs it takes.
  for (const node of graph.node.toReversed()) {
    if (!node.output.some((name) => names.has(name))) continue;
    nodes.add(node);
    for (const name of node.input) if (name !== '') names.add(name);
  }
  return { nodes, names };
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

/** What each output comes from. */
function readOutputs(
  { output: outputs }: GraphProto,
  values: ReadonlyMap<string, Value>,
  fault: MakeFault,
): Link[] {
  const path = ['graph', 'output'];
  if (outputs.length === 0) throw fault('is an ONNX model without an output', path);
  if (outputs.length > MOST_LAYERS) {
    throw fault(`has ${outputs.length} outputs; at most ${MOST_LAYERS} are read`, path);
  }
  refuseSameNames(outputs, 'outputs', path, fault);
  return outputs.map(({ name }) => {
    const value = values.get(name);
    if (value?.kind === 'data' && !value.direction) return value.link;
    throw fault(
      `has an output ${quote(name)} that no layer makes from its inputs; export a model that does not return it`,
      path,
    );
  });
}
