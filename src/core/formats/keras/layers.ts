/**
 * Keras layers with their weights become the layers of a Network. What cannot be computed becomes
 * an UnsupportedLayer with the reason; what contradicts itself is a fault.
 */
import type { Layer, Tensor } from '../../network/types.ts';
import { activationName, activationOfLayer } from './activations.ts';
import type { KerasChain, KerasLayer, MakeFault } from './topology.ts';
import { LONGEST_AXIS, shorten } from './topology.ts';

/** A weight to read: `index` is its place in the layer, by which Keras 3 names it. */
export interface WeightRequest {
  readonly layer: KerasLayer;
  readonly weight: 'kernel' | 'recurrent_kernel' | 'bias';
  readonly index: number;
  /** What the configuration asks for; null where it leaves an axis open. */
  readonly shape: readonly (number | null)[];
}

/** @throws InputFault `weights-unreadable` where it is missing, ambiguous, not finite or of another shape. */
export type ReadWeight = (request: WeightRequest) => Promise<Tensor>;

/** Of one sample between two layers; undefined after a layer that is not supported. */
type Shape = readonly (number | null)[] | undefined;

interface Built {
  readonly layer: Layer;
  readonly output: Shape;
}

interface Building {
  readonly keras: KerasLayer;
  readonly base: { readonly name: string; readonly path: KerasLayer['path'] };
  readonly input: Shape;
  readonly read: ReadWeight;
  readonly fault: MakeFault;
}

/** @throws InputFault where a layer's configuration is invalid or does not fit the layer before. */
export async function buildLayers(chain: KerasChain, read: ReadWeight, fault: MakeFault): Promise<Layer[]> {
  const layers: Layer[] = [];
  let shape: Shape = chain.inputShape;
  for (const keras of chain.layers) {
    const base = { name: keras.name, path: keras.path };
    const build = builders.get(keras.className);
    const built: Built = build
      ? await build({ keras, base, input: shape, read, fault })
      : unsupported(keras, reasons.get(keras.className) ?? 'this version does not know this class of layer');
    layers.push(built.layer);
    shape = built.output;
  }
  return layers;
}

const builders = new Map<string, (building: Building) => Built | Promise<Built>>([
  ['InputLayer', ({ base, input }) => ({ layer: { ...base, kind: 'InputLayer' }, output: input })],
  ['LSTM', buildLstm],
  ['Dense', buildDense],
  ['Activation', buildActivation],
  ['ReLU', buildActivation],
  ['Softmax', buildActivation],
  ['Flatten', ({ base, input }) => ({ layer: { ...base, kind: 'Flatten' }, output: flat(input) })],
  // All of these only act while training.
  ...['Dropout', 'SpatialDropout1D', 'AlphaDropout', 'GaussianDropout', 'GaussianNoise'].map(
    (name): [string, (building: Building) => Built] => [
      name,
      ({ base, input }) => ({ layer: { ...base, kind: 'Dropout' }, output: input }),
    ],
  ),
]);

const reasons = new Map<string, string>([
  ['Masking', 'sequence steps cannot be skipped; give sequences of one length'],
  ['Embedding', 'it looks up vectors by integers; give the vectors as the inputs instead'],
  ['Bidirectional', 'a sequence is only run forwards; use a plain LSTM'],
  ['TimeDistributed', 'use the layer inside it directly: Dense already applies to every sequence step'],
  ['CuDNNLSTM', 'its weights have another layout; save the model with LSTM instead'],
  ['RNN', 'only LSTM layers are converted, not cells of your own'],
  ['GRU', 'of the recurrent layers only LSTM is converted'],
  ['SimpleRNN', 'of the recurrent layers only LSTM is converted'],
  ['ConvLSTM2D', 'of the recurrent layers only LSTM is converted'],
  ['BatchNormalization', 'fold it into the Dense layer before it'],
  ['Sequential', 'a model inside a model cannot be read; add its layers one by one'],
  ['Model', 'a model inside a model cannot be read; add its layers one by one'],
  ['Functional', 'a model inside a model cannot be read; add its layers one by one'],
]);

function unsupported(keras: KerasLayer, reason: string): Built {
  const { name, path, className } = keras;
  return { layer: { kind: 'Unsupported', name, path, className, reason }, output: undefined };
}

/** Options of an LSTM that change what it computes, and what to say of them when they are on. */
const lstmOptions = new Map<string, string>([
  ['go_backwards', 'it runs the sequence backwards (go_backwards)'],
  ['stateful', 'it keeps its state from batch to batch (stateful)'],
  ['time_major', 'its first axis is the sequence step (time_major)'],
  ['return_state', 'it also returns its state (return_state)'],
]);

async function buildLstm({ keras, base, input, read, fault }: Building): Promise<Built> {
  const { config } = keras;
  for (const [option, reason] of lstmOptions) {
    if (config[option] === true) return unsupported(keras, reason);
  }
  const activation = activationName(config['activation']);
  const recurrentActivation = activationName(config['recurrent_activation']);
  if ('reason' in activation) return unsupported(keras, activation.reason);
  if ('reason' in recurrentActivation) return unsupported(keras, recurrentActivation.reason);

  const units = readUnits(keras, fault);
  if (input && input.length !== 2) {
    throw fault(
      `layer '${keras.name}' needs [steps, features], but receives ${formatShape(input)}`,
      keras.path,
    );
  }
  const features = input?.[1] ?? null;
  const request = { layer: keras };
  const kernel = await read({ ...request, weight: 'kernel', index: 0, shape: [features, 4 * units] });
  const recurrentKernel = await read({
    ...request,
    weight: 'recurrent_kernel',
    index: 1,
    shape: [units, 4 * units],
  });
  const bias = await readBias(keras, 2, 4 * units, read);
  const returnSequences = config['return_sequences'] === true;
  return {
    layer: {
      ...base,
      kind: 'LSTM',
      units,
      inputSize: kernel.shape[0]!,
      returnSequences,
      activation: activation.name,
      recurrentActivation: recurrentActivation.name,
      kernel,
      recurrentKernel,
      bias,
    },
    output: returnSequences ? [input?.[0] ?? null, units] : [units],
  };
}

async function buildDense({ keras, base, input, read, fault }: Building): Promise<Built> {
  const activation = activationName(keras.config['activation'] ?? null);
  if ('reason' in activation) return unsupported(keras, activation.reason);
  if (isPresent(keras.config['quantization_config'])) {
    return unsupported(keras, 'its weights are quantised by Keras; save the model before quantising');
  }
  const units = readUnits(keras, fault);
  const kernel = await read({
    layer: keras,
    weight: 'kernel',
    index: 0,
    shape: [input?.at(-1) ?? null, units],
  });
  const bias = await readBias(keras, 1, units, read);
  return {
    layer: {
      ...base,
      kind: 'Dense',
      units,
      inputSize: kernel.shape[0]!,
      activation: activation.name,
      kernel,
      bias,
    },
    output: input ? [...input.slice(0, -1), units] : undefined,
  };
}

function buildActivation({ keras, base, input }: Building): Built {
  const activation =
    keras.className === 'Activation'
      ? activationName(keras.config['activation'])
      : activationOfLayer(keras.className, keras.config, input?.length);
  if ('reason' in activation) return unsupported(keras, activation.reason);
  return { layer: { ...base, kind: 'Activation', activation: activation.name }, output: input };
}

function readBias(layer: KerasLayer, index: number, length: number, read: ReadWeight): Promise<Tensor> {
  if (layer.config['use_bias'] === false) {
    return Promise.resolve({ shape: [length], values: new Float32Array(length) });
  }
  return read({ layer, weight: 'bias', index, shape: [length] });
}

function readUnits(keras: KerasLayer, fault: MakeFault): number {
  const units = keras.config['units'];
  // Four gates of an LSTM lie on one axis.
  const most = Math.floor(LONGEST_AXIS / 4);
  if (typeof units === 'number' && Number.isInteger(units) && units >= 1 && units <= most) return units;
  const message = `layer '${keras.name}' has ${shorten(units)} units; a whole number from 1 is needed`;
  throw fault(message, [...keras.path, 'config', 'units']);
}

function flat(input: Shape): Shape {
  if (!input) return undefined;
  let size: number | null = 1;
  for (const axis of input) size = size === null || axis === null ? null : size * axis;
  return [size];
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}

export function formatShape(shape: readonly (number | null)[]): string {
  return `[${shape.map((size) => size ?? 'any').join(', ')}]`;
}
