/** Operations that move axes about, or pick one sequence step out of all. */
import type { Layer } from '../../network/types.ts';
import { axesOf, clampSlice, insertAxes, permutation, readSlice } from './arguments.ts';
import {
  atom,
  axisAt,
  axisSize,
  isOne,
  joinDirections,
  only,
  reshape,
  settleRest,
  type Axis,
} from './axes.ts';
import { appendLayer, isInput, lastStep, poolingOfAll, takeLastStep, type Link } from './links.ts';
import { buildEmbedding } from './layers.ts';
import { base, refuse, structureFault, writtenOut } from './refusals.ts';
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
  ['ReduceMean', (node, data) => poolSteps(node, data, 'average')],
  ['ReduceMax', (node, data) => poolSteps(node, data, 'max')],
]);

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
  const left = axes.filter((axis, i) => !gone(axis, i));
  const isStep = axes.some((axis, i) => gone(axis, i) && only(axis)?.role === 'steps');
  // A sequence of one step becomes a vector.
  const link = isStep && !data.direction ? stepOf(node, data) : data.link;
  return link ? [{ ...data, axes: left, link }] : refuse(node, data, unknownSequence);
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
function regrouped(node: Node, data: DataValue, regrouping: readonly Axis[]): Outputs {
  const axes = regrouping.map(joinDirections);
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
  return [{ kind: 'data', axes: axes.with(mixed, flat), link: appendLayer(data.link, layer) }];
}

async function gather(node: Node, data: DataValue, files: TensorFiles): Promise<Outputs> {
  if (input(node, 0) !== data) return lookUp(node, data, files);
  if (!data.axes) return [data];
  const axis = axisAt(node.attributes.int('axis', 0), data.axes.length);
  const indices = await sizesOf(input(node, 1));
  const index = indices?.sizes.length === 1 ? indices.sizes[0] : null;
  if (axis === null || typeof index !== 'number') return refuse(node, data, 'it picks several values');
  return pick(node, data, { axis, index, keep: !indices!.scalar }, files);
}

/** An embedding: the vectors of the rows of a constant that the inputs name. */
function lookUp(node: Node, data: DataValue, files: TensorFiles): Outputs {
  const table = input(node, 0);
  const isTable = table.kind === 'constant' && !table.tensor.whole && table.tensor.shape.length === 2;
  if (!isTable || node.attributes.int('axis', 0) !== 0) {
    return refuse(node, data, 'it picks parts of a constant that is no table of vectors');
  }
  if (!isInput(data.link) || data.axes?.length !== 2 || data.ids !== true) {
    return refuse(node, data, 'it looks up what another layer computes, not ids of [batch, steps]');
  }
  const { name: written } = table.tensor;
  const name = written.endsWith('.weight') ? written.slice(0, -'.weight'.length) : base(node).name;
  const layer = buildEmbedding(node, name, table.tensor, files);
  const axes = [...data.axes, [atom(layer.dimension, 'features')]];
  return [{ kind: 'data', axes, link: appendLayer(data.link, layer) }];
}

interface Picked {
  readonly axis: number;
  readonly index: number;
  /** Whether an axis of size 1 stays. */
  readonly keep: boolean;
}

const lastOfBoth =
  'it takes one sequence step of both directions of a layer, of which one has read that step alone; take the final states, torch.cat([h_n[-2], h_n[-1]], 1)';

/** One index of an axis: of the sequence steps only the last. */
export function pick(
  node: Node,
  data: DataValue,
  { axis, index, keep }: Picked,
  files: TensorFiles,
): Outputs {
  const axes = data.axes!;
  const from = axes[axis]!;
  const size = axisSize(from);
  const last = index === -1 || (size !== null && index === size - 1);
  const left = keep ? axes.with(axis, []) : axes.toSpliced(axis, 1);
  if (size === 1) settleRest(axes);
  const role = only(from)?.role;
  if (role === 'features') return refuse(node, data, 'it takes a part of its features');
  const at = axisAt(index, size ?? 0);
  if (role === 'directions' && at !== null) {
    return [{ ...data, axes: left, direction: at === 0 ? 'forward' : 'backward' }];
  }
  if (role === 'steps' && data.direction) {
    if (data.direction === 'forward' ? last : index === 0) return [{ ...data, axes: left, final: true }];
    return refuse(node, data, lastOfBoth);
  }
  if (size === 1 && role !== 'steps') return [{ ...data, axes: left }];
  if (role === 'batch') return refuse(node, data, 'it takes one sample out of the batch');
  if (!last) {
    throw structureFault(
      node,
      files,
      `takes index ${index} of a sequence alone; only the last step can be taken. ${writtenOut}`,
    );
  }
  // Of an input that no layer has read yet, in the usual order.
  settleRest(axes);
  const link = only(from)?.role === 'steps' ? stepOf(node, data) : null;
  return link ? [{ kind: 'data', axes: left, link }] : refuse(node, data, unknownSequence);
}

const unknownSequence =
  'it takes the last step of what is no sequence, or of one whose features are not known';

/** The last step, by a layer of its own where no recurrent layer can give it; null where features are not known. */
function stepOf(node: Node, { axes, link }: DataValue): Link | null {
  const last = takeLastStep(link);
  const channels = last ? null : featuresIn(axes!);
  return channels === null ? last : lastStep(link, channels, base(node));
}

/** The mean or the largest value of all steps. */
async function poolSteps(node: Node, data: DataValue, of: 'average' | 'max'): Promise<Outputs> {
  const { axes, link } = data;
  if (!axes) return [data];
  const named = await axesOf(node);
  const axis = named?.length === 1 ? axisAt(named[0]!, axes.length) : null;
  settleRest(axes);
  const isOfSteps = axis !== null && only(axes[axis]!)?.role === 'steps';
  const channels = featuresIn(axes);
  if (!isOfSteps || channels === null) {
    return refuse(node, data, 'it goes over another axis than the sequence steps');
  }
  const layer = poolingOfAll(base(node), node.op, of, channels);
  const isKept = node.attributes.int('keepdims', 1) !== 0;
  const left = isKept ? axes.with(axis, []) : axes.toSpliced(axis, 1);
  return [{ kind: 'data', axes: left, link: appendLayer(link, layer) }];
}

/** Values of a step, of both directions where they lie on an axis of their own; null where that is open. */
function featuresIn(axes: readonly Axis[]): number | null {
  const values = axes.flat().filter(({ role }) => role === 'features' || role === 'directions');
  return values.length > 0 ? axisSize(values) : null;
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
  throw structureFault(
    node,
    files,
    `splits its input, and no layer takes a part of what another gives. ${writtenOut}`,
  );
}
