/**
 * Keras layers with their weights become the layers of a Network. What cannot be computed becomes
 * an UnsupportedLayer with the reason; what contradicts itself is a fault.
 */
import type { Layer } from '../../network/types.ts';
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
import { buildBidirectional, buildLstm } from './recurrent.ts';
import type { KerasChain, MakeFault } from './topology.ts';

/** @throws InputFault where a layer's configuration is invalid or does not fit the layer before. */
export async function buildLayers(chain: KerasChain, read: ReadWeight, fault: MakeFault): Promise<Layer[]> {
  const layers: Layer[] = [];
  let shape: Shape = chain.inputShape;
  for (const keras of chain.layers) {
    const base = { name: keras.name, path: keras.path };
    const build = builders.get(keras.className);
    const first = layers.every(({ kind }) => kind === 'InputLayer');
    const built: Built = build
      ? await build({ keras, base, input: shape, first, read, fault })
      : unsupported(keras, reasons.get(keras.className) ?? 'this version does not know this class of layer');
    layers.push(...built.layers);
    shape = built.output;
  }
  refuseDuplicates(layers, fault);
  return layers;
}

/** The two of a bidirectional one have names of our making. */
function refuseDuplicates(layers: readonly Layer[], fault: MakeFault): void {
  const seen = new Set<string>();
  for (const { name, path } of layers) {
    if (seen.has(name)) throw fault(`has two layers named '${name}'`, path);
    seen.add(name);
  }
}

const builders = new Map<string, (building: Building) => Built | Promise<Built>>([
  ['InputLayer', ({ base, input }) => ({ layers: [{ ...base, kind: 'InputLayer' }], output: input })],
  ['Embedding', buildEmbedding],
  ['LSTM', buildLstm],
  ['Bidirectional', buildBidirectional],
  ['Dense', buildDense],
  ['Activation', buildActivation],
  ['ReLU', buildActivation],
  ['Softmax', buildActivation],
  ['Flatten', ({ base, input }) => ({ layers: [{ ...base, kind: 'Flatten' }], output: flat(input) })],
  // All of these only act while training.
  ...['Dropout', 'SpatialDropout1D', 'AlphaDropout', 'GaussianDropout', 'GaussianNoise'].map(
    (name): [string, (building: Building) => Built] => [
      name,
      ({ base, input }) => ({ layers: [{ ...base, kind: 'Dropout' }], output: input }),
    ],
  ),
]);

const reasons = new Map<string, string>([
  ['Masking', 'sequence steps cannot be skipped; give sequences of one length'],
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

const quantised = 'its weights are quantised by Keras; save the model before quantising';

async function buildEmbedding({ keras, base, input, first, read, fault }: Building): Promise<Built> {
  const { config } = keras;
  if (!first) return unsupported(keras, 'it looks up what another layer computes, not inputs of the model');
  if (input?.length !== 1) return unsupported(keras, 'its inputs are not one sequence of ids a sample');
  if (config['mask_zero'] === true) {
    return unsupported(
      keras,
      'sequence steps of id 0 cannot be skipped (mask_zero); train with mask_zero=False, or with sequences of one length',
    );
  }
  if (isPresent(config['quantization_config'])) return unsupported(keras, quantised);
  const vocabulary = readSize(keras, 'input_dim', fault);
  const dimension = readSize(keras, 'output_dim', fault);
  const table = await read({ layer: keras, weight: 'embeddings', index: 0, shape: [vocabulary, dimension] });
  return {
    layers: [{ ...base, kind: 'Embedding', vocabulary, dimension, table }],
    output: [input[0]!, dimension],
  };
}

async function buildDense({ keras, base, input, read, fault }: Building): Promise<Built> {
  const activation = activationName(keras.config['activation'] ?? null);
  if ('reason' in activation) return unsupported(keras, activation.reason);
  if (isPresent(keras.config['quantization_config'])) return unsupported(keras, quantised);
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

function buildActivation({ keras, base, input }: Building): Built {
  const activation =
    keras.className === 'Activation'
      ? activationName(keras.config['activation'])
      : activationOfLayer(keras.className, keras.config, input?.length);
  if ('reason' in activation) return unsupported(keras, activation.reason);
  return { layers: [{ ...base, kind: 'Activation', activation: activation.name }], output: input };
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
