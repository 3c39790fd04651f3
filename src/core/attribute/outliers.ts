/** Weights and biases of a network that stand out from the others of their layer. */
import { gatesOf } from '../convert/gates.ts';
import type { GateName } from '../convert/types.ts';
import { isRecurrent } from '../network/shapes.ts';
import type { DenseLayer, Network, RecurrentLayer } from '../network/types.ts';

export interface ScaleOutlier {
  readonly layer: string;
  readonly gate: GateName;
  /** Root mean square of the gate's weights, of the median of the other gates'. */
  readonly ratio: number;
  /** Beyond what training alone makes of a gate. */
  readonly extreme: boolean;
}

/** Gates of one LSTM differ by up to about 1.5 after training. */
const unusualRatio = 1.5;
const extremeRatio = 2.2;
/** More are not tried. */
const mostScales = 2;

/** The gates whose weights are of another size than those of the other gates, the most unusual first. */
export function scaleOutliers(network: Network): ScaleOutlier[] {
  const all = network.layers.flatMap((layer) => {
    // Of a single gate nothing stands out; u is a part of c.
    if (!isRecurrent(layer) || layer.kind === 'SimpleRNN') return [];
    const gates = trainedGates(layer);
    const sizes = gates.map((_, index) => gateSize(layer, index));
    return gates.map((gate, index) => ({
      layer: layer.name,
      gate,
      ratio: sizes[index]! / median(sizes.filter((_, other) => other !== index)),
    }));
  });
  return all
    .filter(({ ratio }) => Number.isFinite(ratio) && unusual(ratio) > Math.log(unusualRatio))
    .sort((a, b) => unusual(b.ratio) - unusual(a.ratio))
    .slice(0, mostScales)
    .map((outlier) => ({ ...outlier, extreme: unusual(outlier.ratio) > Math.log(extremeRatio) }));
}

function unusual(ratio: number): number {
  return Math.abs(Math.log(ratio));
}

/** Root mean square of the weights of gate `index`, input and recurrent ones. */
function gateSize({ kernel, recurrentKernel, units }: RecurrentLayer, index: number): number {
  let squares = 0;
  let count = 0;
  for (const { values } of [kernel, recurrentKernel]) {
    for (let row = 0; row < values.length; row += kernel.shape[1]!) {
      for (let k = row + index * units; k < row + (index + 1) * units; k++) squares += values[k]! ** 2;
      count += units;
    }
  }
  return Math.sqrt(squares / count);
}

export interface BiasOutlier {
  readonly layer: string;
  readonly gate: GateName | null;
  /** Index within the gate or the layer. */
  readonly neuron: number;
  readonly bias: number;
  /** Of the gate or the layer. */
  readonly median: number;
  readonly extreme: boolean;
}

/** Biases so many robust standard deviations from the median are unusual: of 1,000 normal ones none is beyond 5. */
const unusualDeviations = 8;
const extremeDeviations = 20;
/** Biases of a gate may all be equal. */
const leastDeviation = 0.05;
const mostBiases = 3;

/** The biases that are furthest from the others of their gate, in robust standard deviations (1.4826 MAD). */
export function biasOutliers(network: Network): BiasOutlier[] {
  return network.layers
    .filter((layer) => isRecurrent(layer) || layer.kind === 'Dense')
    .flatMap(layerBiases)
    .sort((a, b) => b.deviations - a.deviations)
    .slice(0, mostBiases)
    .map(({ deviations, ...outlier }) => ({ ...outlier, extreme: deviations >= extremeDeviations }));
}

/** In the order of the tensors' columns. */
function trainedGates(layer: RecurrentLayer): GateName[] {
  return gatesOf(layer).flatMap(({ name }) => (name === 'u' ? [] : [name]));
}

function layerBiases(layer: RecurrentLayer | DenseLayer) {
  const groups: readonly (GateName | null)[] = isRecurrent(layer) ? trainedGates(layer) : [null];
  return groups.flatMap((gate, index) => {
    const biases = [...layer.bias.values.subarray(index * layer.units, (index + 1) * layer.units)];
    const middle = median(biases);
    const spread = 1.4826 * median(biases.map((bias) => Math.abs(bias - middle)));
    const deviation = Math.max(spread, leastDeviation);
    return biases.flatMap((bias, neuron) => {
      const deviations = Math.abs(bias - middle) / deviation;
      return deviations < unusualDeviations
        ? []
        : [{ layer: layer.name, gate, neuron, bias, median: middle, deviations }];
    });
  });
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1 ? sorted[Math.floor(middle)]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
