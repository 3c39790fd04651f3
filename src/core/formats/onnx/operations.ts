/** What each operation does to the network's values: it adds a layer, or only moves axes about. */
import type { Layer } from '../../network/types.ts';
import { atom, axisAt, axisSize, only } from './axes.ts';
import { axisOperations, type Operation } from './axis-operations.ts';
import { pickFromStack, sideBySide, stackOf } from './stacks.ts';
import { append, appendLayer, isInput } from './links.ts';
import { affine, between, isUsable, type Clip } from './elementwise.ts';
import { withoutWrapping } from './ids.ts';
import { imageOperations, normalise } from './images.ts';
import { buildDense, faultAt, type DenseWeights } from './layers.ts';
import { merge } from './merging.ts';
import { isRecurrentOperation } from './recurrent-activations.ts';
import { recurrent } from './recurrent-operation.ts';
import { base, refuse } from './refusals.ts';
import { checkFinite, type TensorFiles } from './tensors.ts';
import {
  absent,
  input,
  scalarOf,
  unknown,
  type Constant,
  type DataValue,
  type Node,
  type Value,
} from './values.ts';
import { countOf, quote } from '../weights/stored-tensor.ts';

type Outputs = readonly Value[];

/**
 * The outputs of a node that receives what the network has made of its inputs.
 * @throws InputFault where no layer computes what the node does, or weights cannot be read.
 */
export async function applyOperation(node: Node, files: TensorFiles): Promise<Outputs> {
  if (node.inputs.some(({ kind }) => kind === 'stack')) return pickFromStack(node, files);
  const received = node.inputs.filter((value) => value.kind === 'data');
  const data = received[0]!;
  if (received.some(({ direction }) => direction) && !turning.has(node.op)) {
    return sideBySide(node, received, files);
  }
  const stack = received.length > 1 ? stackOf(node, received) : null;
  if (stack) return [stack];
  if (node.domain !== '' && node.domain !== 'ai.onnx') {
    return refuse(node, data, `it is an operation of ${node.domain}, not of ONNX itself`);
  }
  if (!isRecurrentOperation(node.op) && received.length > 1) {
    return merge(node, received, files);
  }
  const ids = await withoutWrapping(node, data);
  if (ids) return ids;
  if (data.rounded && node.op !== 'Cast' && !turning.has(node.op)) {
    const refused = refuse(node, data, 'it computes with values rounded to whole numbers');
    // Their wrapping takes it times zero.
    return refused.map((value) => ({ ...value, ids: true }));
  }
  const ofImage = data.image && imageOperations.get(node.op);
  if (ofImage) return ofImage(node, data, files);
  const operation = operations.get(node.op);
  if (operation) return operation(node, data, files);
  return refuse(node, data, reasons.get(node.op) ?? 'this version does not know this operation');
}

/** What may become of one direction of a layer before it is put beside the other. */
const turning = new Set(['Shape', 'Transpose', 'Squeeze', 'Unsqueeze', 'Slice', 'Gather', 'Identity']);

const reasons = new Map<string, string>([
  ['LogSoftmax', 'export the model with softmax, or without it: neither changes which class is highest'],
  ['ArgMax', 'leave it out: classes are found from the outputs'],
  ['QuantizeLinear', 'export the model before it is quantised'],
  ['DequantizeLinear', 'export the model before it is quantised'],
]);

const operations = new Map<string, Operation>([
  ['LSTM', recurrent('LSTM')],
  ['GRU', recurrent('GRU')],
  ['RNN', recurrent('RNN')],
  ['BatchNormalization', normalise],
  ['Gemm', gemm],
  ['MatMul', matMul],
  ['Softmax', softmax],
  ['Sigmoid', activation('sigmoid')],
  ['Tanh', activation('tanh')],
  ['Softplus', activation('softplus')],
  ['Softsign', activation('softsign')],
  ['Mish', activation('mish')],
  ['Elu', (node, data) => activation(is(node, 'alpha', 1) ? 'elu' : `elu(${alphaOf(node, 1)})`)(node, data)],
  ['LeakyRelu', (node, data) => activation(`leaky_relu(${alphaOf(node, 0.01)})`)(node, data)],
  ['Gelu', (node, data) => activation(approximates(node) ? 'gelu_new' : 'gelu')(node, data)],
  ['HardSwish', activation('hard_swish')],
  ['Selu', selu],
  ['Relu', (node, data) => elementwise(node, data, between(0, Infinity))],
  ['HardSigmoid', hardSigmoid],
  ['Clip', clip],
  ['Add', add],
  ['Sub', (node, data) => withScalar(node, data, true, (x) => affine(1, -x))],
  ['Mul', (node, data) => withScalar(node, data, false, (x) => affine(x, 0))],
  ['Div', (node, data) => withScalar(node, data, true, (x) => affine(Math.fround(1 / x), 0))],
  ['Min', (node, data) => withScalar(node, data, false, (x) => between(-Infinity, x))],
  ['Max', (node, data) => withScalar(node, data, false, (x) => between(x, Infinity))],
  ['Dropout', dropout],
  ['Identity', (_, data) => [data]],
  ['Cast', cast],
  ['Size', () => [unknown]],
  ...axisOperations,
]);

/** The float constant of two axes that a value is; null where it is none. */
function matrix(value: Value): Constant | null {
  if (value.kind !== 'constant' || value.tensor.whole) return null;
  return value.tensor.shape.length === 2 ? value.tensor : null;
}

function matMul(node: Node, data: DataValue, files: TensorFiles): Outputs | Promise<Outputs> {
  const weight = matrix(input(node, 1));
  if (!weight || input(node, 0) !== data)
    return refuse(node, data, 'it does not multiply by constant weights');
  return dense(node, data, { weight, turned: false, alpha: 1, bias: null, beta: 1 }, files);
}

function gemm(node: Node, data: DataValue, files: TensorFiles): Outputs | Promise<Outputs> {
  const { attributes } = node;
  const weight = matrix(input(node, 1));
  const added = input(node, 2);
  const bias = added.kind === 'constant' && !added.tensor.whole ? added.tensor : null;
  const plain = input(node, 0) === data && attributes.int('transA', 0) === 0;
  if (!weight || !plain || (!bias && added.kind !== 'absent')) {
    return refuse(node, data, 'it does not multiply by constant weights');
  }
  const alpha = attributes.float('alpha', 1);
  const beta = attributes.float('beta', 1);
  const turned = attributes.int('transB', 0) !== 0;
  return dense(node, data, { weight, turned, alpha, bias, beta }, files);
}

async function dense(
  node: Node,
  data: DataValue,
  weights: DenseWeights,
  files: TensorFiles,
): Promise<Outputs> {
  const last = data.axes?.at(-1);
  const features = last && only(last);
  // Whole numbers as inputs of a Dense layer.
  if (features && isInput(data.link)) features.role ??= 'features';
  if (last && features?.role !== 'features') {
    return refuse(node, data, 'it multiplies over another axis than the features');
  }
  if (hasDirections(data)) return refuse(node, data, 'it works on each direction of a layer alone');
  const { name: written } = weights.weight;
  const name = written.endsWith('.weight') ? written.slice(0, -'.weight'.length) : base(node).name;
  const layer = await buildDense(node, name, weights, last ? axisSize(last) : null, files);
  const axes = data.axes?.with(-1, [atom(layer.units, 'features')]) ?? null;
  return [{ kind: 'data', axes, link: appendLayer(data.link, layer) }];
}

const odd = (node: Node, data: DataValue) =>
  refuse(node, data, 'it has options of its own; use the usual ones');

function activation(name: string) {
  return (node: Node, data: DataValue): Outputs => {
    const layer: Layer = { ...base(node), kind: 'Activation', activation: name };
    return [{ ...data, link: appendLayer(data.link, layer) }];
  };
}

function is({ attributes }: Node, name: string, value: number): boolean {
  return Math.fround(attributes.float(name, value)) === Math.fround(value);
}

/** As the file has it, without the digits that float32 does not hold. */
function alphaOf({ attributes }: Node, usual: number): number {
  return Number(attributes.float('alpha', usual).toPrecision(7));
}

function approximates({ attributes }: Node): boolean {
  return attributes.text('approximate', 'none') === 'tanh';
}

function selu(node: Node, data: DataValue): Outputs {
  const usual = is(node, 'alpha', 1.6732632423543772) && is(node, 'gamma', 1.0507009873554805);
  return usual ? activation('selu')(node, data) : odd(node, data);
}

function softmax(node: Node, data: DataValue): Outputs {
  // Up to opset 12 it goes over all axes from this one on.
  const axis = node.attributes.int('axis', node.opset < 13 ? 1 : -1);
  const rank = data.axes?.length;
  const last = rank === undefined || axisAt(axis, rank) === rank - 1;
  const features = data.axes ? only(data.axes.at(-1) ?? [])?.role === 'features' : true;
  if (!last || !features) return refuse(node, data, 'its softmax is not over the last axis');
  if (hasDirections(data)) return refuse(node, data, 'it works on each direction of a layer alone');
  return activation('softmax')(node, data);
}

/** Of a layer that scales; where there are more features, one factor stands for all. A size in a file costs nothing. */
const mostFactors = 4096;

function elementwise(node: Node, data: DataValue, next: Clip): Outputs {
  if (!isUsable(next)) return refuse(node, data, 'it is no slope above 0 between two clips');
  const known = data.image?.channels ?? featuresOf(data) ?? 1;
  const channels = known > mostFactors ? 1 : known;
  const draft = { kind: 'elementwise', ...base(node), clip: next, channels } as const;
  return [{ ...data, link: append(data.link, draft) }];
}

function hardSigmoid(node: Node, data: DataValue): Outputs {
  const slope = Math.fround(node.attributes.float('alpha', 0.2));
  const offset = Math.fround(node.attributes.float('beta', 0.5));
  return elementwise(node, data, { slope, offset, low: 0, high: 1 });
}

async function clip(node: Node, data: DataValue): Promise<Outputs> {
  const bound = async (i: number, none: number) =>
    input(node, i) === absent ? none : await scalarOf(input(node, i));
  const [low, high] = [await bound(1, -Infinity), await bound(2, Infinity)];
  if (low === null || high === null) return refuse(node, data, 'its limits are computed in the graph');
  return elementwise(node, data, between(low, high));
}

/** @param ordered Whether the number must come second. */
async function withScalar(
  node: Node,
  data: DataValue,
  ordered: boolean,
  make: (x: number) => Clip,
): Promise<Outputs> {
  const second = input(node, 0) === data;
  const x = node.inputs.length > 2 ? null : await scalarOf(input(node, second ? 1 : 0));
  if (x === null) return refuse(node, data, 'it is computed with something else than one number');
  if (ordered && !second) return refuse(node, data, 'its input is subtracted or divided by');
  return elementwise(node, data, make(x));
}

/** A bias, or a shift. */
async function add(node: Node, data: DataValue, files: TensorFiles): Promise<Outputs> {
  const other = input(node, input(node, 0) === data ? 1 : 0);
  if (other.kind === 'constant' && !other.tensor.whole) {
    const { shape: size } = other.tensor;
    const count = countOf(size);
    const fits = size.length <= (data.axes?.length ?? size.length) && featuresOf(data) === count;
    if (size.at(-1) === count && fits) {
      files.spend(count, node.path);
      const { name } = other.tensor;
      const module = name.endsWith('.bias') ? name.slice(0, -'.bias'.length) : null;
      const values = await other.tensor.floats();
      checkFinite(values, [count], `node ${quote(node.name)} adds ${quote(name)}`, faultAt(files, node));
      return [{ ...data, link: append(data.link, { kind: 'bias', ...base(node), values, module }) }];
    }
  }
  return withScalar(node, data, false, (x) => affine(1, x));
}

/** How many a step has; null where that is not known. */
function featuresOf({ axes, image, link: { draft } }: DataValue): number | null {
  const last = axes?.at(-1);
  if (last) return only(last)?.role === 'features' ? axisSize(last) : null;
  if (image) return null;
  if (draft.kind === 'bias') return draft.values.length;
  return draft.kind === 'layer' && draft.layer.kind === 'Dense' ? draft.layer.units : null;
}

function dropout(node: Node, data: DataValue): Outputs {
  const layer: Layer = { ...base(node), kind: 'Dropout' };
  return [{ ...data, link: appendLayer(data.link, layer) }, unknown];
}

/** Inputs may come as floats and be looked up as ids, or the other way round. */
function cast(node: Node, data: DataValue): Outputs {
  const floats = [1, 10, 11, 16].includes(node.attributes.int('to', 0));
  if (floats) return [data];
  if (!isInput(data.link)) return refuse(node, data, 'it rounds values to whole numbers');
  const last = data.axes?.length === 2 ? only(data.axes[1]!) : null;
  if (last?.role === 'features') last.role = null;
  return [{ ...data, ids: true, ...(data.ids !== true && { rounded: true }) }];
}

/** Whether both directions of a layer still lie on an axis of their own. */
function hasDirections({ axes }: DataValue): boolean {
  return axes?.some((axis) => axis.some(({ role }) => role === 'directions')) ?? false;
}
