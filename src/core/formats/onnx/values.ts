/** What flows along the edges of an ONNX graph, as far as its layers need it. */
import type { JsonPath } from '../json.ts';
import type { Axis, Size } from './axes.ts';
import type { Link } from './links.ts';
import type { OnnxTensor } from './tensors.ts';

/** Known from the file alone. */
export interface ConstantValue {
  readonly kind: 'constant';
  readonly tensor: Constant;
}

/** A {@link OnnxTensor}, or what operations made of some. */
export type Constant = OnnxTensor;

/** Whole numbers that follow from shapes: a scalar or a list. */
export interface SizesValue {
  readonly kind: 'sizes';
  readonly scalar: boolean;
  readonly sizes: readonly Size[];
}

/** Zeros of any shape: the states that a recurrent layer starts from. */
export interface ZerosValue {
  readonly kind: 'zeros';
}

/** Ones, or what is true. */
export interface OnesValue {
  readonly kind: 'ones';
}

/** Sizes of an image, and whether the layers so far hand it on with its channels last. */
export interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly channelsLast: boolean;
  /** Whether all of it has become one value a channel. */
  readonly pooled?: boolean;
}

/** What the network has made of its inputs so far. */
export interface DataValue {
  readonly kind: 'data';
  /** Null after a layer that is not supported, and of images. */
  readonly axes: readonly Axis[] | null;
  /** Of images [batch, channels, height, width]. */
  readonly image?: ImageShape;
  /** The layer that gives it, or the input that it is. */
  readonly link: Link;
  /** Whether they are whole numbers, for an embedding to look up. */
  readonly ids?: boolean;
  /** Of ids: whether the samples may hold other numbers. An embedding's are checked to be whole. */
  readonly rounded?: boolean;
  /** Where it is one direction of the last recurrent layer, of which a later node takes both side by side. */
  readonly direction?: 'forward' | 'backward';
  /** Of one direction: the step at which it ends, out of all that the layer gives. */
  readonly final?: boolean;
}

/** The last states of several layers side by side, of which a later node picks one. */
export interface StackValue {
  readonly kind: 'stack';
  readonly parts: readonly DataValue[];
  readonly axis: number;
}

/** Left out (an empty name), or a result of constants that is not computed. */
export interface OtherValue {
  readonly kind: 'absent' | 'unknown';
}

export type Value = ConstantValue | SizesValue | ZerosValue | OnesValue | DataValue | StackValue | OtherValue;

export const absent: OtherValue = { kind: 'absent' };
export const unknown: OtherValue = { kind: 'unknown' };
export const zeros: ZerosValue = { kind: 'zeros' };
export const ones: OnesValue = { kind: 'ones' };

/** A node with what it is given. */
export interface Node {
  readonly op: string;
  readonly domain: string;
  /** As the file has it, or made from what it computes; faults and layers name it. */
  readonly name: string;
  readonly path: JsonPath;
  readonly inputs: readonly Value[];
  /** How many it has, absent ones included. */
  readonly outputs: number;
  readonly attributes: Attributes;
  /** Version of the operators of ONNX itself. */
  readonly opset: number;
}

/** Attributes by name; what a node does not have is its default, given by who asks. */
export interface Attributes {
  has(name: string): boolean;
  float(name: string, fallback: number): number;
  int(name: string, fallback: number): number;
  text(name: string, fallback: string): string;
  ints(name: string): readonly number[] | null;
  floats(name: string): readonly number[] | null;
  texts(name: string): readonly string[] | null;
  tensor(name: string): Constant | null;
}

export function input(node: Node, i: number): Value {
  return node.inputs[i] ?? absent;
}

/** Most entries of a list of sizes: no shape is longer. */
const MOST_SIZES = 64;

/** Sizes that a value holds; null where it is no short list of whole numbers. */
export async function sizesOf(value: Value): Promise<SizesValue | null> {
  if (value.kind === 'sizes') return value;
  if (value.kind !== 'constant' || !value.tensor.whole) return null;
  const { shape } = value.tensor;
  if (shape.length > 1 || (shape[0] ?? 1) > MOST_SIZES) return null;
  return { kind: 'sizes', scalar: shape.length === 0, sizes: await value.tensor.integers() };
}

/** A list of known whole numbers; null where it is none. */
export async function numbersOf(value: Value): Promise<readonly number[] | null> {
  const sizes = await sizesOf(value);
  const numbers = sizes?.sizes.filter((size) => typeof size === 'number');
  return sizes && numbers?.length === sizes.sizes.length ? numbers : null;
}

/** A number that holds for every element; null where the value is anything else. */
export async function scalarOf(value: Value): Promise<number | null> {
  if (value.kind === 'zeros') return 0;
  if (value.kind !== 'constant') return null;
  const { shape, whole } = value.tensor;
  if (!shape.every((size) => size === 1)) return null;
  return (whole ? await value.tensor.integers() : await value.tensor.floats())[0] ?? null;
}
