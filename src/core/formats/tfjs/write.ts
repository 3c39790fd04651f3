/** A chain of layers as a tfjs LayersModel: the text of model.json, and weights.bin beside it. */
import type { DenseLayer, Layer, LstmLayer, Network, Tensor } from '../../network/types.ts';

export interface LayersModelFiles {
  readonly 'model.json': string;
  readonly 'weights.bin': Uint8Array;
}

/**
 * @param network of LSTM, Dense, Activation, Dropout, Flatten and Input layers
 * @param generatedBy "Spikewise 0.1.0"
 * @throws Error for any other layer
 */
export function writeTfjsLayersModel(network: Network, generatedBy: string): LayersModelFiles {
  const computing = network.layers.filter(({ kind }) => kind !== 'InputLayer' && kind !== 'Folded');
  const layers = computing.map((layer, index) => {
    const { className, config } = layerConfig(layer);
    const first = index === 0 ? { batch_input_shape: [null, ...network.inputShape] } : {};
    return {
      class_name: className,
      config: { name: layer.name, trainable: true, ...first, dtype: 'float32', ...config },
    };
  });
  const named = computing.flatMap(layerWeights);
  const bytes = joined(named.map(({ tensor }) => tensor));
  const json = {
    modelTopology: {
      class_name: 'Sequential',
      config: { name: network.name, layers },
      // The form, and what its names mean, is that of tfjs.
      keras_version: 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
    },
    format: 'layers-model',
    generatedBy,
    convertedBy: null,
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: named.map(({ name, tensor }) => ({ name, shape: tensor.shape, dtype: 'float32' })),
      },
    ],
  };
  return { 'model.json': `${JSON.stringify(json)}\n`, 'weights.bin': bytes };
}

function layerConfig(layer: Layer): { readonly className: string; readonly config: object } {
  switch (layer.kind) {
    case 'LSTM':
      return { className: 'LSTM', config: lstmConfig(layer) };
    case 'Dense':
      return {
        className: 'Dense',
        config: { units: layer.units, activation: layer.activation, use_bias: true },
      };
    case 'Activation':
      return { className: 'Activation', config: { activation: layer.activation } };
    case 'Dropout':
      // How much is not known here, and nothing is dropped at inference.
      return { className: 'Dropout', config: { rate: 0 } };
    case 'Flatten':
      return { className: 'Flatten', config: {} };
    default:
      throw new Error(`layer "${layer.name}" (${layer.kind}) cannot be written as a tfjs layer`);
  }
}

function lstmConfig({ units, activation, recurrentActivation, returnSequences }: LstmLayer) {
  return {
    units,
    activation,
    recurrent_activation: recurrentActivation,
    use_bias: true,
    return_sequences: returnSequences,
    return_state: false,
    go_backwards: false,
    stateful: false,
    unroll: false,
  };
}

function layerWeights(layer: Layer): { readonly name: string; readonly tensor: Tensor }[] {
  if (layer.kind !== 'LSTM' && layer.kind !== 'Dense') return [];
  const of = (name: string, tensor: Tensor) => ({ name: `${layer.name}/${name}`, tensor });
  const recurrent = (lstm: LstmLayer | DenseLayer) =>
    lstm.kind === 'LSTM' ? [of('recurrent_kernel', lstm.recurrentKernel)] : [];
  return [of('kernel', layer.kernel), ...recurrent(layer), of('bias', layer.bias)];
}

/** float32, little-endian, one after the other. */
function joined(tensors: readonly Tensor[]): Uint8Array {
  const bytes = new Uint8Array(4 * tensors.reduce((sum, { values }) => sum + values.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { values } of tensors) {
    for (const value of values) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}
