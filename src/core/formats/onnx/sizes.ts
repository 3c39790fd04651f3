/** Operations on shapes, which exporters compute from the input's instead of writing them down. */
import { clampSlice, readSlice } from './arguments.ts';
import { axisAt, type Size } from './axes.ts';
import { sizesOf, type Node, type SizesValue } from './values.ts';

/** @returns null where the node is no operation on lists of whole numbers, or it is not known. */
export async function foldSizes(node: Node): Promise<SizesValue | null> {
  const operation = operations.get(node.op);
  if (!operation) return null;
  const inputs = await Promise.all(node.inputs.map(sizesOf));
  return inputs[0] ? operation(node, inputs) : null;
}

export const list = (sizes: readonly Size[]): SizesValue => ({ kind: 'sizes', scalar: false, sizes });
export const scalar = (size: Size): SizesValue => ({ kind: 'sizes', scalar: true, sizes: [size] });

type OfSizes = (
  node: Node,
  inputs: readonly (SizesValue | null)[],
) => SizesValue | null | Promise<SizesValue | null>;

const operations = new Map<string, OfSizes>([
  ['Identity', (_, [first]) => first ?? null],
  ['Cast', ({ attributes }, [first]) => (isWhole(attributes.int('to', 0)) ? (first ?? null) : null)],
  ['Unsqueeze', (_, [first]) => (first?.scalar ? list(first.sizes) : null)],
  ['Squeeze', (_, [first]) => (first?.sizes.length === 1 ? scalar(first.sizes[0]!) : null)],
  ['Reshape', (_, [first, shape]) => (first && shape?.sizes.length === 1 ? list(first.sizes) : null)],
  ['Concat', (_, inputs) => concatSizes(inputs)],
  ['Gather', (_, [first, indices]) => gatherSizes(first, indices)],
  ['Slice', (node, [first]) => sliceSizes(node, first)],
  ['ReduceProd', reduceSizes],
  ['Add', (_, inputs) => arithmetic(inputs, (a, b) => a + b)],
  ['Sub', (_, inputs) => arithmetic(inputs, (a, b) => a - b)],
  ['Mul', (_, inputs) => arithmetic(inputs, (a, b) => a * b)],
  ['Div', (_, inputs) => arithmetic(inputs, (a, b) => Math.trunc(a / b))],
]);

const isWhole = (type: number) => type === 6 || type === 7;

function concatSizes(inputs: readonly (SizesValue | null)[]): SizesValue | null {
  const sizes: Size[] = [];
  for (const part of inputs) {
    if (!part || part.scalar || sizes.length > 64) return null;
    sizes.push(...part.sizes);
  }
  return list(sizes);
}

function gatherSizes(from?: SizesValue | null, indices?: SizesValue | null): SizesValue | null {
  if (!from || !indices || from.scalar) return null;
  const picked: Size[] = [];
  for (const index of indices.sizes) {
    const at = typeof index === 'number' ? axisAt(index, from.sizes.length) : null;
    if (at === null) return null;
    picked.push(from.sizes[at]!);
  }
  return { kind: 'sizes', scalar: indices.scalar, sizes: picked };
}

async function sliceSizes(node: Node, from?: SizesValue | null): Promise<SizesValue | null> {
  const slice = await readSlice(node, 1);
  if (!from || from.scalar || slice?.length !== 1) return null;
  const { start, end } = clampSlice(slice[0]!, from.sizes.length);
  return list(from.sizes.slice(start, end));
}

function reduceSizes({ attributes }: Node, [first]: readonly (SizesValue | null)[]): SizesValue | null {
  if (!first) return null;
  const product = first.sizes.reduce(
    (all: number | null, size) => (all === null || typeof size !== 'number' ? null : all * size),
    1,
  );
  return attributes.int('keepdims', 1) === 0 ? scalar(product) : list([product]);
}

function arithmetic(
  [a, b]: readonly (SizesValue | null)[],
  compute: (a: number, b: number) => number,
): SizesValue | null {
  if (a?.sizes.length !== 1 || b?.sizes.length !== 1) return null;
  const [x, y] = [a.sizes[0]!, b.sizes[0]!];
  const result = typeof x === 'number' && typeof y === 'number' ? compute(x, y) : NaN;
  return {
    kind: 'sizes',
    scalar: a.scalar && b.scalar,
    sizes: [Number.isSafeInteger(result) ? result : null],
  };
}
