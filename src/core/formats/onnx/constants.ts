/**
 * Operations on what the file alone says: states of zeros, and weights that the exporter left
 * turned, cut or joined.
 */
import { axesOf, clampSlice, insertAxes, permutation, readSlice } from './arguments.ts';
import { axisAt } from './axes.ts';
import { foldTruth } from './ids.ts';
import { foldSizes, list, scalar } from './sizes.ts';
import type { TensorFiles } from './tensors.ts';
import {
  input,
  numbersOf,
  scalarOf,
  unknown,
  zeros,
  type Constant,
  type Node,
  type Value,
} from './values.ts';
import { countOf } from '../weights/stored-tensor.ts';

/**
 * The outputs of a node none of whose inputs comes from the network's input.
 * @throws InputFault where a constant cannot be read, or there are more than memory can hold.
 */
export async function foldConstants(node: Node, files: TensorFiles): Promise<readonly Value[]> {
  const sizes = await foldSizes(node);
  if (sizes) return [sizes];
  const truth = foldTruth(node);
  if (truth) return [truth];
  const first = input(node, 0);
  if (node.op === 'Concat' && node.inputs.every(({ kind }) => kind === 'zeros')) return [zeros];
  if (first.kind === 'zeros') return [keepZero.has(node.op) ? zeros : unknown];
  const fold = operations.get(node.op);
  return fold ? fold(node, files) : [unknown];
}

/** Zeros stay zeros under these, whatever their shape. */
const keepZero = new Set(
  'Identity Cast Unsqueeze Squeeze Reshape Slice Transpose Gather Expand Tile'.split(' '),
);

type Fold = (node: Node, files: TensorFiles) => Promise<readonly Value[]>;

const operations = new Map<string, Fold>([
  ['Constant', (node) => Promise.resolve([constantNode(node)])],
  ['ConstantOfShape', constantOfShape],
  ['Expand', expand],
  ['Identity', (node) => Promise.resolve([input(node, 0)])],
  ['Cast', cast],
  ['Transpose', transpose],
  ['Reshape', reshapeConstant],
  ['Squeeze', squeeze],
  ['Unsqueeze', unsqueeze],
  ['Slice', slice],
  ['Split', split],
  ['Concat', concat],
  ['Add', add],
]);

function constantNode({ attributes, name, path }: Node): Value {
  const tensor = attributes.tensor('value');
  if (tensor) return { kind: 'constant', tensor };
  const whole = attributes.ints('value_ints');
  if (whole) return list(whole);
  if (attributes.has('value_int')) return scalar(attributes.int('value_int', 0));
  const floats = attributes.has('value_float')
    ? [attributes.float('value_float', 0)]
    : attributes.floats('value_floats');
  if (!floats) return unknown;
  const shape = attributes.has('value_float') ? [] : [floats.length];
  return computed(name, path, shape, Float32Array.from(floats));
}

function computed(
  name: string,
  path: Constant['path'],
  shape: readonly number[],
  values: Float32Array,
): Value {
  const floats = () => Promise.resolve(values);
  const integers = () => Promise.reject(new Error('values of floating point'));
  return { kind: 'constant', tensor: { name, path, shape, whole: false, floats, integers } };
}

async function constantOfShape({ attributes, inputs }: Node): Promise<readonly Value[]> {
  const tensor = attributes.tensor('value');
  const value = tensor ? await scalarOf({ kind: 'constant', tensor }) : 0;
  if (value === 0 && !tensor?.whole) return [zeros];
  const length = inputs[0] ? await numbersOf(inputs[0]) : null;
  // A list of one number, as the sizes of -1 that PyTorch expands by.
  const count = length?.length === 1 ? length[0]! : 0;
  if (value === null || !tensor?.whole || count < 1 || count > 64) return [unknown];
  return [list(new Array<number>(count).fill(value))];
}

async function expand(node: Node, files: TensorFiles): Promise<readonly Value[]> {
  return [(await isZero(input(node, 0), files)) ? zeros : unknown];
}

/** Whether a value is zero everywhere. */
export async function isZero(value: Value, files: TensorFiles): Promise<boolean> {
  if (value.kind === 'zeros' || value.kind === 'absent') return true;
  if (value.kind !== 'constant' || value.tensor.whole) return false;
  // Thousands of nodes can ask for one large tensor.
  files.spend(countOf(value.tensor.shape), value.tensor.path);
  return (await value.tensor.floats()).every((x) => x === 0);
}

/** Floats stay floats of 32 bits. */
function cast(node: Node): Promise<readonly Value[]> {
  const first = input(node, 0);
  const floats = first.kind === 'constant' && !first.tensor.whole;
  return Promise.resolve([
    floats && [1, 10, 11, 16].includes(node.attributes.int('to', 0)) ? first : unknown,
  ]);
}

/** The float constant that is a node's input; null where it is none. */
function floatConstant(value: Value): Constant | null {
  return value.kind === 'constant' && !value.tensor.whole ? value.tensor : null;
}

function stridesOf(shape: readonly number[]): number[] {
  return shape.map((_, axis) => countOf(shape.slice(axis + 1)));
}

/** Copies a tensor by strides, which may turn axes or leave parts out. */
function copyStrided(
  from: Float32Array,
  shape: readonly number[],
  strides: readonly number[],
  offset = 0,
): Float32Array {
  const to = new Float32Array(countOf(shape));
  const index = new Array<number>(shape.length).fill(0);
  let at = offset;
  for (let i = 0; i < to.length; i++) {
    to[i] = from[at]!;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      at += strides[axis]!;
      if (++index[axis]! < shape[axis]!) break;
      at -= strides[axis]! * shape[axis]!;
      index[axis] = 0;
    }
  }
  return to;
}

async function transpose(node: Node, files: TensorFiles): Promise<readonly Value[]> {
  const tensor = floatConstant(input(node, 0));
  if (!tensor) return [unknown];
  const { shape, path } = tensor;
  const perm = permutation(node, shape.length);
  if (!perm) return [unknown];
  files.spend(countOf(shape), path);
  const strides = stridesOf(shape);
  const turned = perm.map((axis) => shape[axis]!);
  const values = copyStrided(
    await tensor.floats(),
    turned,
    perm.map((axis) => strides[axis]!),
  );
  return [computed(tensor.name, path, turned, values)];
}

async function withShape(
  tensor: Constant | null,
  shape: readonly number[] | null,
): Promise<readonly Value[]> {
  if (!tensor || !shape || countOf(shape) !== countOf(tensor.shape)) return [unknown];
  return [computed(tensor.name, tensor.path, shape, await tensor.floats())];
}

async function reshapeConstant(node: Node): Promise<readonly Value[]> {
  const tensor = floatConstant(input(node, 0));
  const target = await numbersOf(input(node, 1));
  if (!tensor || !target) return [unknown];
  const keep = node.attributes.int('allowzero', 0) === 0;
  const shape = target.map((size, i) => (size === 0 && keep ? (tensor.shape[i] ?? 0) : size));
  const open = shape.indexOf(-1);
  if (open >= 0) shape[open] = countOf(tensor.shape) / -countOf(shape);
  return withShape(tensor, shape.every((size) => Number.isSafeInteger(size) && size >= 0) ? shape : null);
}

async function squeeze(node: Node): Promise<readonly Value[]> {
  const tensor = floatConstant(input(node, 0));
  if (!tensor) return [unknown];
  const { shape } = tensor;
  const axes = (await axesOf(node))?.map((axis) => axisAt(axis, shape.length));
  return withShape(
    tensor,
    shape.filter((size, i) => (axes ? !axes.includes(i) : size !== 1)),
  );
}

async function unsqueeze(node: Node): Promise<readonly Value[]> {
  const tensor = floatConstant(input(node, 0));
  const axes = await axesOf(node);
  if (!tensor || !axes) return [unknown];
  return withShape(tensor, insertAxes(tensor.shape, axes, 1));
}

async function part(
  tensor: Constant,
  axis: number,
  start: number,
  end: number,
  files: TensorFiles,
): Promise<Value> {
  const strides = stridesOf(tensor.shape);
  const shape = tensor.shape.with(axis, end - start);
  files.spend(countOf(shape), tensor.path);
  const values = copyStrided(await tensor.floats(), shape, strides, start * strides[axis]!);
  return computed(tensor.name, tensor.path, shape, values);
}

async function slice(node: Node, files: TensorFiles): Promise<readonly Value[]> {
  let tensor = floatConstant(input(node, 0));
  const slices = tensor && (await readSlice(node, tensor.shape.length));
  if (!slices) return [unknown];
  for (const sliced of slices) {
    if (!tensor) return [unknown];
    const { start, end } = clampSlice(sliced, tensor.shape[sliced.axis]!);
    tensor = floatConstant(await part(tensor, sliced.axis, start, end, files));
  }
  return [tensor ? { kind: 'constant', tensor } : unknown];
}

async function split(node: Node, files: TensorFiles): Promise<readonly Value[]> {
  const tensor = floatConstant(input(node, 0));
  const axis = tensor && axisAt(node.attributes.int('axis', 0), tensor.shape.length);
  if (!tensor || axis === null) return [unknown];
  const size = tensor.shape[axis]!;
  const given = node.attributes.ints('split') ?? (await numbersOf(input(node, 1)));
  const sizes = given ?? new Array<number>(node.outputs).fill(size / node.outputs);
  if (!sizes.every((part) => Number.isInteger(part) && part >= 0)) return [unknown];
  if (sizes.length > node.outputs || sizes.reduce((a, b) => a + b, 0) !== size) return [unknown];
  const parts: Value[] = [];
  let start = 0;
  for (const length of sizes) {
    parts.push(await part(tensor, axis, start, start + length, files));
    start += length;
  }
  return parts;
}

async function concat(node: Node, files: TensorFiles): Promise<readonly Value[]> {
  const tensors = node.inputs.map(floatConstant);
  const first = tensors[0];
  const axis = first && axisAt(node.attributes.int('axis', 0), first.shape.length);
  if (!first || axis === null || axis === undefined) return [unknown];
  const other = (shape: readonly number[]) => shape.toSpliced(axis, 1).join();
  const known = tensors.filter((tensor) => tensor !== null);
  if (known.length < tensors.length || known.some(({ shape }) => other(shape) !== other(first.shape))) {
    return [unknown];
  }
  const total = known.reduce((sum, { shape }) => sum + shape[axis]!, 0);
  const shape = first.shape.with(axis, total);
  files.spend(countOf(shape), node.path);
  const values = new Float32Array(countOf(shape));
  const inner = countOf(shape.slice(axis + 1));
  let offset = 0;
  for (const tensor of known) {
    const from = await tensor.floats();
    const block = tensor.shape[axis]! * inner;
    for (let i = 0; i * block < from.length; i++) {
      values.set(from.subarray(i * block, (i + 1) * block), i * total * inner + offset);
    }
    offset += block;
  }
  return [computed(first.name, node.path, shape, values)];
}

/** The two biases of PyTorch, where the exporter left them apart. */
async function add(node: Node, files: TensorFiles): Promise<readonly Value[]> {
  const [a, b] = [floatConstant(input(node, 0)), floatConstant(input(node, 1))];
  if (!a || b?.shape.join() !== a.shape.join()) return [unknown];
  files.spend(countOf(a.shape), node.path);
  const [left, right] = [await a.floats(), await b.floats()];
  return [
    computed(
      a.name,
      node.path,
      a.shape,
      left.map((value, i) => value + right[i]!),
    ),
  ];
}
