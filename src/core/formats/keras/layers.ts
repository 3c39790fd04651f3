/**
 * Keras layers with their weights become the layers of a Network. What cannot be computed becomes
 * an UnsupportedLayer with the reason; what contradicts itself is a fault.
 */
import type { Layer, Network, Tensor } from '../../network/types.ts';
import { activationName, activationOfLayer } from './activations.ts';
import {
  readBias,
  readSize,
  unsupported,
  type Building,
  type Built,
  type ReadWeight,
  type Shape,
} from './building.ts';
import { buildMerge, mergeClasses } from './merging.ts';
import { buildConv, buildPadding, buildPooling } from './convolution.ts';
import { buildDistributed, buildFlatten, buildNormalisation, buildPermute, buildReshape } from './shaping.ts';
import { buildBidirectional, buildMasking, buildRecurrent } from './recurrent.ts';
import { inputsOf, type KerasChain, type MakeFault } from './topology.ts';

/**
 * The network's layers and ends.
 * @throws InputFault where a layer's configuration is invalid or does not fit the layer before
 */
export async function buildLayers(
  chain: KerasChain,
  read: ReadWeight,
  fault: MakeFault,
): Promise<Pick<Network, 'inputShape' | 'inputs' | 'layers' | 'outputs'>> {
  const { inputShape, inputs, outputs } = chain;
  const layers: Layer[] = [];
  /** Of each layer of the file: what it hands on, and the last layer that it has become. */
  const ends: { readonly shape: Shape; readonly layer: number }[] = [];
  const readOnce = remembered(read);
  for (const [position, keras] of chain.layers.entries()) {
    const base = {
      name: keras.use === 0 ? keras.name : `${keras.name} (${keras.use + 1})`,
      path: keras.path,
    };
    const build = builders.get(keras.className);
    const input = inputs?.findIndex(({ layer }) => layer === position) ?? -1;
    const sources = keras.sources ?? (position === 0 ? [] : [position - 1]);
    const shapes = input >= 0 ? [inputs![input]!.shape] : sources.map((source) => ends[source]!.shape);
    const shape = shapes.length > 0 ? shapes[0] : inputShape;
    const first = sources.every((source) => chain.layers[source]!.className === 'InputLayer');
    const built: Built = build
      ? await build({ keras, base, input: shape, inputs: shapes, first, read: readOnce, fault })
      : unsupported(keras, reasons.get(keras.className) ?? 'this version does not know this class of layer');
    const reads = keras.sources?.map((source) => ends[source]!.layer);
    built.layers.forEach((layer, part) => {
      const entry = layer.kind === 'InputLayer' && input >= 0 ? { input } : {};
      // Within a layer each part reads the one before it.
      layers.push({ ...layer, ...entry, ...(part === 0 && reads && { inputs: reads }) });
    });
    ends.push({ shape: built.output, layer: layers.length - 1 });
  }
  refuseDuplicates(layers, fault);
  return {
    ...inputsOf(chain),
    layers,
    ...(outputs && {
      outputs: outputs.map((position) => ({
        name: layers[ends[position]!.layer]!.name,
        layer: ends[position]!.layer,
      })),
    }),
  };
}

/** A layer that is used several times has one copy of its weights. */
function remembered(read: ReadWeight): ReadWeight {
  const known = new Map<string, Promise<Tensor>>();
  return (request) => {
    const { layer, weight, index, direction = '', row = null } = request;
    const key = JSON.stringify([layer.name, weight, index, direction, row]);
    const tensor = known.get(key) ?? read(request);
    known.set(key, tensor);
    return tensor;
  };
}

/** The two of a bidirectional one have names of our making. */
function refuseDuplicates(layers: readonly Layer[], fault: MakeFault): void {
  const seen = new Set<string>();
  for (const { name, path } of layers) {
    if (seen.has(name)) throw fault(`has two layers named '${name}'`, path);
    seen.add(name);
  }
}

const poolingClasses = ['1D', '2D'].flatMap((axes) =>
  ['AveragePooling', 'MaxPooling', 'GlobalAveragePooling', 'GlobalMaxPooling'].map((name) => name + axes),
);

const builders = new Map<string, (building: Building) => Built | Promise<Built>>([
  ['InputLayer', ({ base, input }) => ({ layers: [{ ...base, kind: 'InputLayer' }], output: input })],
  ['Embedding', buildEmbedding],
  ['LSTM', buildRecurrent],
  ['GRU', buildRecurrent],
  ['SimpleRNN', buildRecurrent],
  ['Masking', buildMasking],
  ['Bidirectional', buildBidirectional],
  ['Dense', buildDense],
  ['Activation', buildActivation],
  ['ReLU', buildActivation],
  ['Softmax', buildActivation],
  ['LeakyReLU', buildActivation],
  ['ELU', buildActivation],
  ['Flatten', buildFlatten],
  ['Reshape', buildReshape],
  ['Permute', buildPermute],
  ['BatchNormalization', buildNormalisation],
  ['Conv1D', (building) => buildConv(building, 1)],
  ['Conv2D', (building) => buildConv(building, 2)],
  ['ZeroPadding2D', buildPadding],
  ['TimeDistributed', buildTimeDistributed],
  ...[...mergeClasses.keys()].map((name): [string, (building: Building) => Built] => [name, buildMerge]),
  ...poolingClasses.map((name): [string, (building: Building) => Built] => [name, buildPooling]),
  // All of these only act while training.
  ...['Dropout', 'SpatialDropout1D', 'AlphaDropout', 'GaussianDropout', 'GaussianNoise'].map(
    (name): [string, (building: Building) => Built] => [
      name,
      ({ base, input }) => ({ layers: [{ ...base, kind: 'Dropout' }], output: input }),
    ],
  ),
]);

const depthwise =
  'each of its filters sees one channel alone; only Conv1D and Conv2D over all channels are converted';

const reasons = new Map<string, string>([
  ['CuDNNLSTM', 'its weights have another layout; save the model with LSTM instead'],
  ['CuDNNGRU', 'its weights have another layout; save the model with GRU instead'],
  ['RNN', 'only LSTM, GRU and SimpleRNN layers are converted, not cells of your own'],
  ['ConvLSTM2D', 'of the recurrent layers only LSTM, GRU and SimpleRNN are converted'],
  ['LayerNormalization', 'its mean and variance are those of each sample, which no weights can take up'],
  ['GroupNormalization', 'its mean and variance are those of each sample, which no weights can take up'],
  ['DepthwiseConv2D', depthwise],
  ['DepthwiseConv1D', depthwise],
  ['SeparableConv1D', depthwise],
  ['SeparableConv2D', depthwise],
  ['Conv1DTranspose', 'of the convolutions only Conv1D and Conv2D are converted'],
  ['Conv2DTranspose', 'of the convolutions only Conv1D and Conv2D are converted'],
  ['Conv3D', 'of the convolutions only Conv1D and Conv2D are converted'],
  ['PReLU', 'every value has a slope of its own; use LeakyReLU'],
  ['ZeroPadding1D', "use the padding 'same' or 'causal' of the convolution behind it"],
  ['Sequential', 'a model inside a model cannot be read; add its layers one by one'],
  ['Model', 'a model inside a model cannot be read; add its layers one by one'],
  ['Functional', 'a model inside a model cannot be read; add its layers one by one'],
]);

const quantised = 'its weights are quantised by Keras; save the model before quantising';

async function buildEmbedding({ keras, base, input, first, read, fault }: Building): Promise<Built> {
  const { config } = keras;
  if (!first) return unsupported(keras, 'it looks up what another layer computes, not inputs of the model');
  if (input?.length !== 1) return unsupported(keras, 'its inputs are not one sequence of ids a sample');
  if (isPresent(config['quantization_config'])) return unsupported(keras, quantised);
  const vocabulary = readSize(keras, 'input_dim', fault);
  const dimension = readSize(keras, 'output_dim', fault);
  const maskZero = config['mask_zero'] === true ? { maskZero: true as const } : {};
  const table = await read({ layer: keras, weight: 'embeddings', index: 0, shape: [vocabulary, dimension] });
  return {
    layers: [{ ...base, kind: 'Embedding', vocabulary, dimension, table, ...maskZero }],
    output: [input[0]!, dimension],
  };
}

async function buildDense({ keras, base, input, read, fault }: Building): Promise<Built> {
  const activation = activationName(keras.config['activation'] ?? null);
  if ('reason' in activation) return unsupported(keras, activation.reason);
  if (isPresent(keras.config['quantization_config'])) return unsupported(keras, quantised);
  if (input && input.length > 2) {
    return unsupported(
      keras,
      'it works on the channels of an image alone; use a Conv2D of size 1, or a Flatten before it',
    );
  }
  const units = readSize(keras, 'units', fault);
  const kernel = await read({
    layer: keras,
    weight: 'kernel',
    index: 0,
    shape: [input?.at(-1) ?? null, units],
  });
  const bias = await readBias({ layer: keras, index: 1 }, units, read);
  return {
    layers: [
      {
        ...base,
        kind: 'Dense',
        units,
        inputSize: kernel.shape[0]!,
        activation: activation.name,
        kernel,
        bias,
      },
    ],
    output: input ? [...input.slice(0, -1), units] : undefined,
  };
}

function buildTimeDistributed(building: Building): Promise<Built> {
  return buildDistributed(building, (inner) => builders.get(inner.keras.className)!(inner));
}

function buildActivation({ keras, base, input }: Building): Built {
  const activation =
    keras.className === 'Activation'
      ? activationName(keras.config['activation'])
      : activationOfLayer(keras.className, keras.config, input?.length);
  if ('reason' in activation) return unsupported(keras, activation.reason);
  return { layers: [{ ...base, kind: 'Activation', activation: activation.name }], output: input };
}

function isPresent(value: unknown): boolean {
  return value !== undefined && value !== null;
}
