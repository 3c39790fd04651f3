/** Operations that move axes about, or pick one sequence step out of all. */
import type { Layer } from '../../network/types.ts';
import { axesOf, clampSlice, insertAxes, permutation, readSlice } from './arguments.ts';
import { atom, axisAt, axisSize, isOne, only, reshape, settleRest, type Axis } from './axes.ts';
import { append, takeLastStep } from './chain.ts';
import { base, joined, refuse, structureFault, writtenOut } from './refusals.ts';
import type { TensorFiles } from './tensors.ts';
import { input, numbersOf, sizesOf, unknown, type DataValue, type Node, type Value } from './values.ts';

type Outputs = readonly Value[];

/** Of what the network has made of its input, the second argument. */
export type Operation = (node: Node, data: DataValue, files: TensorFiles) => Outputs | Promise<Outputs>;

export const axisOperations: ReadonlyMap<string, Operation> = new Map<string, Operation>([
  ['Shape', shape],
  ['Transpose', transpose],
  ['Squeeze', squeeze],
  ['Unsqueeze', unsqueeze],
  ['Flatten', flatten],
  ['Reshape', reshapeData],
  ['Gather', gather],
  ['Slice', slice],
  ['Split', split],
]);

/** PyTorch joins the last states of all layers to one value, along an axis on which each has size 1. */
export function stackOf(node: Node, parts: readonly DataValue[]): Value | null {
  const rank = parts[0]?.axes?.length ?? 0;
  const axis = node.op === 'Concat' ? axisAt(node.attributes.int('axis', 0), rank) : null;
  if (axis === null || parts.length < node.inputs.length) return null;
  const single = parts.every(({ axes }) => axes?.length === rank && axes[axis]!.length === 0);
  return single ? { kind: 'stack', parts, axis } : null;
}

export async function pickFromStack(node: Node, files: TensorFiles): Promise<Outputs> {
  const stack = input(node, 0);
  const index = await numbersOf(input(node, 1));
  if (stack.kind === 'stack' && node.op === 'Gather' && index?.length === 1) {
    const { parts, axis } = stack;
    const at = axisAt(index[0]!, parts.length);
    const part = at === null ? undefined : parts[at];
    const along = axisAt(node.attributes.int('axis', 0), part?.axes?.length ?? 0);
    if (part && along === axis) return pick(node, part, { axis, index: 0, keep: false }, files);
  }
  throw structureFault(node, files, joined);
}

function shape(_: Node, data: DataValue): Outputs {
  if (!data.axes) return [unknown];
  return [{ kind: 'sizes', scalar: false, sizes: data.axes.map((axis) => axisSize(axis) ?? axis) }];
}

function transpose(node: Node, data: DataValue): Outputs {
  if (!data.axes) return [data];
  const perm = permutation(node, data.axes.length);
  if (!perm) return refuse(node, data, 'its order of axes is none');
  return [{ ...data, axes: perm.map((axis) => data.axes![axis]!) }];
}

async function squeeze(node: Node, data: DataValue): Promise<Outputs> {
  const { axes } = data;
  if (!axes) return [data];
  const named = (await axesOf(node))?.map((axis) => axisAt(axis, axes.length));
  const gone = (axis: Axis, i: number) => (named ? named.includes(i) : isOne(axis));
  if (axes.some((axis, i) => gone(axis, i) && !isOne(axis))) {
    return refuse(node, data, 'it takes away an axis that may be longer than 1');
  }
  return [{ ...data, axes: axes.filter((axis, i) => !gone(axis, i)) }];
}

async function unsqueeze(node: Node, data: DataValue): Promise<Outputs> {
  if (!data.axes) return [data];
  const named = await axesOf(node);
  const axes = named && insertAxes<Axis>(data.axes, named, []);
  return axes ? [{ ...data, axes }] : refuse(node, data, 'its new axes have no place');
}

function flatten(node: Node, data: DataValue): Outputs {
  const { axes } = data;
  if (!axes) return [data];
  const written = node.attributes.int('axis', 1);
  const at = written === axes.length ? written : axisAt(written, axes.length);
  if (at === null) return refuse(node, data, 'its axis is none');
  return regrouped(node, data, [axes.slice(0, at).flat(), axes.slice(at).flat()]);
}

async function reshapeData(node: Node, data: DataValue): Promise<Outputs> {
  if (!data.axes) return [data];
  const target = await sizesOf(input(node, 1));
  const axes = target && reshape(data.axes, target.sizes, node.attributes.int('allowzero', 0) !== 0);
  return axes
    ? regrouped(node, data, axes)
    : refuse(node, data, 'it cuts an axis apart, or its shape is not known');
}

/** Where steps and features come to lie on one axis, a sequence is flattened. */
function regrouped(node: Node, data: DataValue, axes: readonly Axis[]): Outputs {
  const mixed = axes.findIndex((axis) => axis.length > 1 && axis.some(({ role }) => role === 'features'));
  if (mixed < 0) return [{ ...data, axes }];
  settleRest(data.axes ?? []);
  const parts = axes[mixed]!.filter(({ size, role }) => size !== 1 || role !== 'batch');
  const roles = parts.map(({ role }) => role).join();
  if (roles === 'features') return [{ ...data, axes: axes.with(mixed, parts) }];
  if (roles !== 'steps,features') {
    return refuse(node, data, 'it puts axes together in another order than [steps, features]');
  }
  const layer: Layer = { ...base(node), kind: 'Flatten' };
  const flat = [atom(axisSize(parts), 'features')];
  return [{ kind: 'data', axes: axes.with(mixed, flat), chain: append(data.chain, { layer }) }];
}

async function gather(node: Node, data: DataValue, files: TensorFiles): Promise<Outputs> {
  if (input(node, 0) !== data) {
    return refuse(node, data, 'it looks up vectors by integers; give the vectors as the inputs instead');
  }
  if (!data.axes) return [data];
  const axis = axisAt(node.attributes.int('axis', 0), data.axes.length);
  const indices = await sizesOf(input(node, 1));
  const index = indices?.sizes.length === 1 ? indices.sizes[0] : null;
  if (axis === null || typeof index !== 'number') return refuse(node, data, 'it picks several values');
  return pick(node, data, { axis, index, keep: !indices!.scalar }, files);
}

interface Picked {
  readonly axis: number;
  readonly index: number;
  /** Whether an axis of size 1 stays. */
  readonly keep: boolean;
}

/** One index of an axis: of the sequence steps only the last. */
function pick(node: Node, data: DataValue, { axis, index, keep }: Picked, files: TensorFiles): Outputs {
  const axes = data.axes!;
  const from = axes[axis]!;
  const size = axisSize(from);
  const last = index === -1 || (size !== null && index === size - 1);
  const left = keep ? axes.with(axis, []) : axes.toSpliced(axis, 1);
  const role = only(from)?.role;
  if (role === 'features') return refuse(node, data, 'it takes a part of its features');
  if (size === 1 && role !== 'steps') return [{ ...data, axes: left }];
  if (role === 'batch') return refuse(node, data, 'it takes one sample out of the batch');
  if (!last) {
    throw structureFault(
      node,
      files,
      `takes index ${index} of a sequence alone; only the last step can be taken. ${writtenOut}`,
    );
  }
  const chain = role === 'steps' ? takeLastStep(data.chain) : null;
  if (!chain) return refuse(node, data, 'it takes the last sequence step where no LSTM comes before');
  return [{ kind: 'data', axes: left, chain }];
}

async function slice(node: Node, data: DataValue, files: TensorFiles): Promise<Outputs> {
  const { axes } = data;
  if (!axes) return [data];
  const slices = await readSlice(node, axes.length);
  if (!slices) return refuse(node, data, 'it takes every other value, or its limits are not known');
  const [cut, more] = slices.filter(({ axis, start, end }) => {
    const size = axisSize(axes[axis]!);
    return start !== 0 || end < (size ?? 2 ** 31 - 1);
  });
  if (!cut) return [data];
  const size = axisSize(axes[cut.axis]!);
  const { start, end } = size === null ? cut : clampSlice(cut, size);
  const toEnd = size === null && start === -1 && end >= 2 ** 31 - 1;
  if (more || (end - start !== 1 && !toEnd)) return refuse(node, data, 'it takes a part of its input');
  return pick(node, data, { axis: cut.axis, index: start, keep: true }, files);
}

/** As exporters unroll a sequence, or part the gates of a cell. */
async function split(node: Node, data: DataValue, files: TensorFiles): Promise<Outputs> {
  const given = node.attributes.ints('split') ?? (await numbersOf(input(node, 1)));
  if ((given?.length ?? node.outputs) === 1) return [data];
  throw structureFault(node, files, `splits its input; only a chain of layers can be read. ${writtenOut}`);
}
