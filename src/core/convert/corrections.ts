/** What the specification says is other than in the model file (`corrections`). */
import { InputFault } from '../findings/types.ts';
import { isRecurrent } from '../network/shapes.ts';
import type { ConvLayer, DenseLayer, Layer, Network, RecurrentLayer, Tensor } from '../network/types.ts';
import { columnOf, gatesOf } from './gates.ts';
import type { Correction } from './types.ts';

/**
 * The network with the weights and biases that the corrections name; tensors that none of them touches are the
 * given ones.
 * @param file the specification, for faults
 * @throws InputFault `specification-invalid` where a correction names no such layer, gate or neuron
 */
export function correctNetwork(
  network: Network,
  corrections: readonly Correction[] | undefined,
  file: string,
): Network {
  if (!corrections || corrections.length === 0) return network;
  const layers = [...network.layers];
  corrections.forEach((correction, index) => {
    const fault = (words: string) =>
      new InputFault('specification-invalid', file, `corrections.${index} ${words}`, {
        file: 'specification',
        path: ['corrections', index],
      });
    const at = layers.findIndex(({ name }) => name === correction.layer);
    const layer = layers[at];
    if (!layer || !hasWeights(layer)) {
      const names = layers.filter(hasWeights).map(({ name }) => name);
      throw fault(
        `names the layer ${JSON.stringify(correction.layer)}, which is none of those with weights: ${names.join(', ')}`,
      );
    }
    const wrong = misplaced(layer, correction);
    if (wrong !== null) throw fault(wrong);
    layers[at] = correctLayer(layer, correction);
  });
  return { ...network, layers };
}

type WithWeights = RecurrentLayer | DenseLayer | ConvLayer;

function hasWeights(layer: Layer): layer is WithWeights {
  return isRecurrent(layer) || layer.kind === 'Dense' || layer.kind === 'Conv1D' || layer.kind === 'Conv2D';
}

const wholeLayerKeys = ['inputRange', 'hiddenRange', 'weightExponent'] as const;
const partKeys = ['gate', 'weightScale', 'neuron', 'low', 'spikingBias'] as const;

/** What keeps a correction from fitting its layer, in words; null where it fits. */
function misplaced(layer: WithWeights, correction: Correction): string | null {
  const { kind, units, name } = layer;
  const { gate, neuron, spikingBias, weightScale } = correction;
  const whole = wholeLayerKeys.find((key) => correction[key] !== undefined);
  if (whole !== undefined) {
    const part = partKeys.find((key) => correction[key] !== undefined);
    if (part !== undefined)
      return `has ${whole}, which is of a whole layer, beside ${part}: make it one of its own`;
    return whole === 'hiddenRange' && !isRecurrent(layer)
      ? `has hiddenRange, but "${name}" has no hidden state`
      : null;
  }
  const gates = isRecurrent(layer) ? gatesOf(layer).map((known) => known.name) : [];
  const article = kind === 'LSTM' ? 'an' : 'a';
  if (gates.length > 1 && gate === undefined)
    return `needs a gate (${gates.slice(0, -1).join(', ')} or ${gates.at(-1)!}): "${name}" is ${article} ${kind}`;
  if (gate !== undefined && !gates.includes(gate))
    return gates.length === 0
      ? `has a gate, but "${name}" is a ${kind} layer`
      : `has the gate ${gate}, but "${name}" is ${article} ${kind}, with ${gates.join(', ')}`;
  if (gate === 'u' && (weightScale !== undefined || neuron !== undefined))
    return `has ${weightScale === undefined ? 'bias' : 'weightScale'} for u, whose weights and bias are those of c: name c`;
  if (neuron !== undefined && neuron >= units) return `names neuron ${neuron}, but there are ${units}`;
  if (spikingBias && units % spikingBias.length !== 0)
    return `has ${spikingBias.length} values of spikingBias, but there are ${units} neurons: give one for each, or one for all`;
  return null;
}

function correctLayer(layer: WithWeights, correction: Correction): Layer {
  const { weightScale, neuron, bias, gate } = correction;
  const from = gate === undefined || !isRecurrent(layer) ? 0 : columnOf(layer, gate) * layer.units;
  const scaled = (tensor: Tensor): Tensor =>
    weightScale === undefined ? tensor : scaleColumns(tensor, from, layer.units, weightScale);
  const biases =
    neuron === undefined || bias === undefined
      ? layer.bias
      : { ...layer.bias, values: layer.bias.values.with(from + neuron, bias) };
  const kernel = scaled(layer.kernel);
  return isRecurrent(layer)
    ? { ...layer, kernel, recurrentKernel: scaled(layer.recurrentKernel), bias: biases }
    : { ...layer, kernel, bias: biases };
}

/** Columns `from` to `from + width - 1` of a [rows, columns] tensor, multiplied. */
function scaleColumns({ shape, values }: Tensor, from: number, width: number, scale: number): Tensor {
  const columns = shape.at(-1)!;
  const scaled = values.slice();
  for (let row = 0; row < scaled.length; row += columns) {
    for (let k = row + from; k < row + from + width; k++) scaled[k]! *= scale;
  }
  return { shape, values: scaled };
}
