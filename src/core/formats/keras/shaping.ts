/** Layers of Keras that scale or rearrange values: normalisation, flattening, reshaping, and what is done at each step. */
import type { Layer, Tensor } from '../../network/types.ts';
import { isObject } from '../json.ts';
import { formatShape, unsupported, type Building, type Built, type Shape } from './building.ts';

/** gamma (x - mean) / sqrt(variance + epsilon) + beta, as one factor and one summand for each channel. */
export async function buildNormalisation({ keras, base, input, read }: Building): Promise<Built> {
  const { config } = keras;
  const channels = input?.at(-1);
  if (!input || channels === null || channels === undefined) {
    return unsupported(keras, 'the model leaves open how many channels it has');
  }
  const axis: unknown = Array.isArray(config['axis']) ? config['axis'][0] : (config['axis'] ?? -1);
  if (axis !== -1 && axis !== input.length) {
    return unsupported(keras, 'it normalises another axis than the last');
  }
  let index = 0;
  const tensor = async (weight: 'gamma' | 'beta' | 'moving_mean' | 'moving_variance', there = true) =>
    there ? read({ layer: keras, weight, index: index++, shape: [channels] }) : null;
  const gamma = await tensor('gamma', config['scale'] !== false);
  const beta = await tensor('beta', config['center'] !== false);
  const mean = (await tensor('moving_mean'))!;
  const variance = (await tensor('moving_variance'))!;
  const epsilon = typeof config['epsilon'] === 'number' ? config['epsilon'] : 1e-3;
  const scale = variance.values.map((v, c) => (gamma?.values[c] ?? 1) / Math.sqrt(Math.max(v, 0) + epsilon));
  const offset = mean.values.map((m, c) => (beta?.values[c] ?? 0) - m * scale[c]!);
  const of = (values: Float32Array): Tensor => ({ shape: [channels], values });
  return {
    layers: [{ ...base, kind: 'Scale', channels, scale: of(scale), offset: of(offset) }],
    output: input,
  };
}

export function buildFlatten({ keras, base, input }: Building): Built {
  if ((keras.config['data_format'] ?? 'channels_last') !== 'channels_last') {
    return unsupported(keras, 'its channels come before height and width (channels_first)');
  }
  return { layers: [{ ...base, kind: 'Flatten' }], output: input && [productOf(input)] };
}

export function buildReshape({ keras, base, input, fault }: Building): Built {
  const written = keras.config['target_shape'];
  const isSize = (n: unknown) =>
    n === null || (typeof n === 'number' && Number.isInteger(n) && n >= -1 && n !== 0);
  if (!Array.isArray(written) || written.length < 1 || !written.every(isSize)) {
    throw fault(`layer '${keras.name}' has no target_shape of whole numbers`, [...keras.path, 'config']);
  }
  if (!input || written.length > 4) return unsupported(keras, 'only shapes of one to four axes are known');
  const sizes = (written as (number | null)[]).map((size) => (size === -1 ? null : size));
  const values = productOf(input);
  const known = sizes.reduce<number>((all, size) => all * (size ?? 1), 1);
  const open = sizes.filter((size) => size === null).length;
  const fits = values === null || (open === 0 ? values === known : open === 1 && values % known === 0);
  if (!fits) {
    throw fault(
      `layer '${keras.name}' reshapes ${formatShape(input)} to ${formatShape(sizes)}, which has another number of values`,
      keras.path,
    );
  }
  const shape = values === null ? sizes : sizes.map((size) => size ?? values / known);
  // Of a sequence of any length, the first axis may stay open.
  if (shape.slice(shape.length === 2 || shape.length === 4 ? 1 : 0).includes(null)) {
    return unsupported(keras, 'the model leaves open how many values it reshapes');
  }
  return { layers: [{ ...base, kind: 'Reshape', shape }], output: shape };
}

export function buildPermute({ keras, base, input, fault }: Building): Built {
  const dims = keras.config['dims'];
  const axes = Array.isArray(dims) ? dims.map((axis: unknown) => Number(axis) - 1) : [];
  const isOrder = input?.length === axes.length && axes.toSorted().every((axis, k) => axis === k);
  if (input && !isOrder) {
    throw fault(`layer '${keras.name}' has dims that are no order of the axes ${formatShape(input)}`, [
      ...keras.path,
      'config',
    ]);
  }
  const shape = input?.flatMap((size) => size ?? []);
  if (!input || shape?.length !== input.length || shape.length > 3) {
    return unsupported(keras, 'it needs one to three axes, and the model to say the size of each');
  }
  return { layers: [{ ...base, kind: 'Permute', shape, axes }], output: axes.map((axis) => shape[axis]!) };
}

function productOf(shape: readonly (number | null)[]): number | null {
  return shape.reduce<number | null>((all, size) => (all === null || size === null ? null : all * size), 1);
}

/** What may stand in a TimeDistributed layer: these work on one step as on many. */
const distributable: ReadonlySet<string> = new Set([
  ...[
    'Dense',
    'Conv2D',
    'Flatten',
    'BatchNormalization',
    'Activation',
    'Dropout',
    'ReLU',
    'LeakyReLU',
    'ELU',
  ],
  ...['Softmax', 'AveragePooling2D', 'MaxPooling2D', 'GlobalAveragePooling2D', 'GlobalMaxPooling2D'],
  'ZeroPadding2D',
]);

/** The layer inside reads one sequence step; this one reads all of them. */
export async function buildDistributed(
  building: Building,
  build: (inner: Building) => Built | Promise<Built>,
): Promise<Built> {
  const { keras, input, fault } = building;
  const layer = keras.config['layer'];
  if (!isObject(layer) || typeof layer['class_name'] !== 'string' || !isObject(layer['config'])) {
    throw fault(`layer '${keras.name}' has no layer in it`, [...keras.path, 'config', 'layer']);
  }
  const className = layer['class_name'];
  if (!distributable.has(className)) {
    return unsupported(
      keras,
      `it holds a layer of class ${className.slice(0, 80)}, which is not known there`,
    );
  }
  if (!input || input.length < 2) return unsupported(keras, 'it needs a sequence to go along');
  const inner = {
    className,
    config: layer['config'],
    name: keras.name,
    path: [...keras.path, 'config', 'layer'],
    use: keras.use,
  };
  const steps = input[0]!;
  const built = await build({ ...building, keras: inner, input: input.slice(1) });
  const output: Shape = built.output && [steps, ...built.output];
  return { layers: built.layers.map((one) => alongSteps(one, output)), output };
}

/** All but flattening goes along the steps by itself. */
function alongSteps(layer: Layer, output: Shape): Layer {
  if (layer.kind !== 'Flatten') return layer;
  const { name, path } = layer;
  return { name, path, kind: 'Reshape', shape: output ?? [null], ofEachStep: true };
}
