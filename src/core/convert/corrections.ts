/** What the specification says is other than in the model file (`corrections`). */
import { InputFault } from '../findings/types.ts';
import type { ClippedLinear, DenseLayer, Layer, LstmLayer, Network, Tensor } from '../network/types.ts';
import { gateNames, type Correction, type GateName } from './types.ts';

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
    if (layer?.kind !== 'LSTM' && layer?.kind !== 'Dense') {
      const names = layers.filter(({ kind }) => kind === 'LSTM' || kind === 'Dense').map(({ name }) => name);
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

/** What keeps a correction from fitting its layer, in words; null where it fits. */
function misplaced(
  { kind, units, name }: LstmLayer | DenseLayer,
  { gate, neuron }: Correction,
): string | null {
  if (kind === 'LSTM' && gate === undefined) return `needs a gate (i, f, c or o): "${name}" is an LSTM`;
  if (kind === 'Dense' && gate !== undefined) return `has a gate, but "${name}" is a Dense layer`;
  if (neuron !== undefined && neuron >= units) return `names neuron ${neuron}, but there are ${units}`;
  return null;
}

function correctLayer(layer: LstmLayer | DenseLayer, correction: Correction): Layer {
  const { weightScale, neuron, bias, gate } = correction;
  const from = gate === undefined ? 0 : gateNames.indexOf(gate) * layer.units;
  const scaled = (tensor: Tensor): Tensor =>
    weightScale === undefined ? tensor : scaleColumns(tensor, from, layer.units, weightScale);
  const biases =
    neuron === undefined || bias === undefined
      ? layer.bias
      : { ...layer.bias, values: layer.bias.values.with(from + neuron, bias) };
  return layer.kind === 'LSTM'
    ? {
        ...layer,
        kernel: scaled(layer.kernel),
        recurrentKernel: scaled(layer.recurrentKernel),
        bias: biases,
      }
    : { ...layer, kernel: scaled(layer.kernel), bias: biases };
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

/** The activation of a population with the range that the corrections give it, if they do. */
export function correctedRange(
  activation: ClippedLinear,
  layer: string,
  gate: GateName | undefined,
  corrections: readonly Correction[] = [],
): ClippedLinear {
  return corrections.reduce(
    (before, { layer: named, gate: of, low, high }) =>
      named === layer && of === gate && low !== undefined && high !== undefined
        ? { ...before, low, high }
        : before,
    activation,
  );
}
