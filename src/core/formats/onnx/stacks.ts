/** Values that are joined: the last states of several layers, h_n of PyTorch, and the directions of one. */
import { readSlice, clampSlice } from './arguments.ts';
import { atom, axisAt, axisSize, only } from './axes.ts';
import { pick } from './axis-operations.ts';
import { finalStates } from './links.ts';
import { merge } from './merging.ts';
import { joined, structureFault } from './refusals.ts';
import type { TensorFiles } from './tensors.ts';
import { input, numbersOf, type DataValue, type Node, type StackValue, type Value } from './values.ts';

/** Joined along an axis of size 1, or 2 where a layer has two directions. */
export function stackOf(node: Node, parts: readonly DataValue[]): Value | null {
  const rank = parts[0]?.axes?.length ?? 0;
  const axis = node.op === 'Concat' ? axisAt(node.attributes.int('axis', 0), rank) : null;
  if (axis === null || parts.length < node.inputs.length) return null;
  const stacked = parts.every(
    ({ axes }) => axes?.length === rank && axes[axis]!.every(({ role }) => role === 'directions'),
  );
  return stacked ? { kind: 'stack', parts, axis } : null;
}

export async function pickFromStack(node: Node, files: TensorFiles): Promise<readonly Value[]> {
  const stack = input(node, 0);
  if (stack.kind === 'stack') {
    const picked =
      node.op === 'Gather'
        ? await pickOne(node, stack, files)
        : node.op === 'Slice'
          ? await slice(node, stack)
          : null;
    if (picked) return picked;
  }
  throw structureFault(node, files, joined);
}

/** The part in which an index of the stack lies, and where it begins. */
function partAt({ parts, axis }: StackValue, index: number) {
  let start = 0;
  for (const part of parts) {
    const size = axisSize(part.axes?.[axis] ?? []) ?? 1;
    if (index < start + size) return { part, start, size };
    start += size;
  }
  return null;
}

function sizeOf({ parts, axis }: StackValue): number {
  return parts.reduce((sum, { axes }) => sum + (axisSize(axes?.[axis] ?? []) ?? 1), 0);
}

async function pickOne(node: Node, stack: StackValue, files: TensorFiles) {
  const index = await numbersOf(input(node, 1));
  if (index?.length !== 1) return null;
  const at = axisAt(index[0]!, sizeOf(stack));
  const found = at === null ? null : partAt(stack, at);
  const { axis } = stack;
  const along = axisAt(node.attributes.int('axis', 0), found?.part.axes?.length ?? 0);
  if (!found || at === null || along !== axis) return null;
  return pick(node, found.part, { axis, index: at - found.start, keep: false }, files);
}

/** h_n[-2:]: both directions of the last layer. */
async function slice(node: Node, stack: StackValue): Promise<readonly Value[] | null> {
  const [cut, more] = (await readSlice(node, stack.parts[0]?.axes?.length ?? 0)) ?? [];
  if (!cut || more || cut.axis !== stack.axis) return null;
  const { start, end } = clampSlice(cut, sizeOf(stack));
  const found = partAt(stack, start);
  return found?.start === start && end === start + found.size ? [found.part] : null;
}

/**
 * Concat of the two directions of a layer, the forward one first, and of others beside them.
 * @throws InputFault where it is anything else
 */
export function sideBySide(node: Node, received: readonly DataValue[], files: TensorFiles): readonly Value[] {
  const axis =
    node.op === 'Concat' ? axisAt(node.attributes.int('axis', 0), received[0]!.axes?.length ?? 0) : null;
  const whole: DataValue[] = [];
  for (let i = 0; i < received.length; i++) {
    const [one, next] = [received[i]!, received[i + 1]];
    const both = one.direction && axis !== null ? bothDirections(one, next, axis) : one;
    if (!both) {
      throw structureFault(
        node,
        files,
        'takes the directions of a bidirectional layer otherwise than side by side, the forward one first',
      );
    }
    whole.push(both);
    if (one.direction) i++;
  }
  if (whole.length === 1 && received.length === node.inputs.length) return whole;
  // A constant counts too.
  const others = node.inputs.filter(({ kind }) => kind !== 'data');
  return merge({ ...node, inputs: [...whole, ...others] }, whole, files);
}

function bothDirections(forward: DataValue, backward: DataValue | undefined, axis: number): DataValue | null {
  const { axes, link, final } = forward;
  if (forward.direction !== 'forward' || backward?.direction !== 'backward') return null;
  if (link !== backward.link || final !== backward.final) return null;
  const features = axes?.[axis];
  const width = features && only(features)?.role === 'features' ? axisSize(features) : null;
  const ended = final ? finalStates(link) : link;
  if (!axes || width === null || !ended) return null;
  return { kind: 'data', axes: axes.with(axis, [atom(2 * width, 'features')]), link: ended };
}
