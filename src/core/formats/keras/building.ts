/** What the builders of Keras layers share: what they are given, and the parts of a configuration that many layers have. */
import type { Layer, Tensor } from '../../network/types.ts';
import { LONGEST_AXIS, shorten, type KerasLayer, type MakeFault } from './topology.ts';

/** As Keras names them. */
export const weightNames = [
  'kernel',
  'recurrent_kernel',
  'bias',
  'embeddings',
  'gamma',
  'beta',
  'moving_mean',
  'moving_variance',
] as const;

/** A weight to read: `index` is its place in the layer, by which Keras 3 names it. */
export interface WeightRequest {
  readonly layer: KerasLayer;
  readonly weight: (typeof weightNames)[number];
  readonly index: number;
  /** Of a bidirectional layer, which holds two layers. */
  readonly direction?: Direction;
  /** What the configuration asks for; null where it leaves an axis open. */
  readonly shape: readonly (number | null)[];
  /** Of two that are stored as one, [2, width]: which is taken. */
  readonly row?: 0 | 1;
}

/** What a reader takes for a request, of what is stored. */
export function requested(
  { row }: Pick<WeightRequest, 'row'>,
  shape: readonly number[],
  read: () => Promise<Float32Array> | Float32Array,
): [shape: readonly number[], read: () => Promise<Float32Array> | Float32Array] {
  if (row === undefined) return [shape, read];
  const width = shape.at(-1)!;
  return [[width], async () => (await read()).slice(row * width, (row + 1) * width)];
}

export type Direction = 'forward' | 'backward';

/** @throws InputFault `weights-unreadable` where it is missing, ambiguous, not finite or of another shape. */
export type ReadWeight = (request: WeightRequest) => Promise<Tensor>;

/** Of one sample between two layers; undefined after a layer that is not supported. */
export type Shape = readonly (number | null)[] | undefined;

export interface Built {
  /** A bidirectional one becomes two. */
  readonly layers: readonly Layer[];
  readonly output: Shape;
}

export interface Building {
  readonly keras: KerasLayer;
  readonly base: { readonly name: string; readonly path: KerasLayer['path'] };
  readonly input: Shape;
  /** Of all that it reads, where it may read several. */
  readonly inputs: readonly Shape[];
  /** Whether it reads the model's inputs. */
  readonly first: boolean;
  readonly read: ReadWeight;
  readonly fault: MakeFault;
}

export function unsupported(keras: KerasLayer, reason: string): Built {
  const { name, path, className } = keras;
  return { layers: [{ kind: 'Unsupported', name, path, className, reason }], output: undefined };
}

/** Zeros where the configuration says that there is none. */
export function readBias(
  request: Omit<WeightRequest, 'weight' | 'shape'>,
  length: number,
  read: ReadWeight,
): Promise<Tensor> {
  if (request.layer.config['use_bias'] === false) {
    return Promise.resolve({ shape: [length], values: new Float32Array(length) });
  }
  return read({ ...request, weight: 'bias', shape: [length] });
}

/** Of one axis, as the configuration has it. */
export function readSize(
  { name, config, path }: KerasLayer,
  key: 'units' | 'filters' | 'input_dim' | 'output_dim',
  fault: MakeFault,
): number {
  const size = config[key];
  // Four gates of an LSTM lie on one axis.
  const most = Math.floor(LONGEST_AXIS / 4);
  if (typeof size === 'number' && Number.isInteger(size) && size >= 1 && size <= most) return size;
  const words = key === 'units' || key === 'filters' ? key : `as its ${key}`;
  throw fault(`layer '${name}' has ${shorten(size)} ${words}; a whole number from 1 is needed`, [
    ...path,
    'config',
    key,
  ]);
}

export function formatShape(shape: readonly (number | null)[]): string {
  return `[${shape.map((size) => size ?? 'any').join(', ')}]`;
}
