/** The arguments of operations on axes, which are attributes or inputs, as the opset has them. */
import { axisAt } from './axes.ts';
import { input, numbersOf, type Node } from './values.ts';

/** The axes that Squeeze, Unsqueeze and ReduceProd name: an attribute up to opset 12, then an input. */
export async function axesOf(node: Node): Promise<readonly number[] | null> {
  return node.attributes.ints('axes') ?? (await numbersOf(input(node, 1)));
}

/** Of a Transpose; null where it is no order of the axes. */
export function permutation(node: Node, rank: number): readonly number[] | null {
  const perm = node.attributes.ints('perm') ?? Array.from({ length: rank }, (_, i) => rank - 1 - i);
  const sorted = perm.toSorted((a, b) => a - b);
  return perm.length === rank && sorted.every((axis, i) => axis === i) ? perm : null;
}

/** Axes of size 1 put in, as Unsqueeze does; null where one has no place. */
export function insertAxes<T>(shape: readonly T[], axes: readonly number[], one: T): T[] | null {
  const rank = shape.length + axes.length;
  if (rank > 64) return null;
  const places = new Set(axes.map((axis) => axisAt(axis, rank)));
  if (places.has(null) || places.size !== axes.length) return null;
  const rest = shape.values();
  return Array.from({ length: rank }, (_, i) => (places.has(i) ? one : (rest.next().value as T)));
}

export interface SlicedAxis {
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

/** What a Slice of steps of 1 takes; null where the graph does not say, or it takes every other. */
export async function readSlice(node: Node, rank: number): Promise<readonly SlicedAxis[] | null> {
  const part = async (name: string, i: number) =>
    node.attributes.ints(name) ?? (await numbersOf(input(node, i)));
  const starts = await part('starts', 1);
  const ends = await part('ends', 2);
  const axes =
    input(node, 3).kind === 'absent' && !node.attributes.has('axes') ? undefined : await part('axes', 3);
  const steps = input(node, 4).kind === 'absent' ? undefined : await part('steps', 4);
  if (!starts || !ends || axes === null || steps === null || starts.length !== ends.length) return null;
  if (steps?.some((step) => step !== 1)) return null;
  const sliced: SlicedAxis[] = [];
  for (const [i, start] of starts.entries()) {
    const axis = axisAt(axes?.[i] ?? i, rank);
    if (axis === null) return null;
    sliced.push({ axis, start, end: ends[i]! });
  }
  return sliced;
}

export function clampSlice({ start, end }: SlicedAxis, size: number): { start: number; end: number } {
  const within = (at: number) => Math.min(Math.max(at < 0 ? at + size : at, 0), size);
  return { start: within(start), end: Math.max(within(start), within(end)) };
}
