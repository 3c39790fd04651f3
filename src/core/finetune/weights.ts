/** The weights of a network that a retraining changes, layer by layer. */
import { hasOneActivation } from '../network/shapes.ts';
import type { Layer, Network, Tensor } from '../network/types.ts';

/** Values of each of a layer's tensors, in the order of {@link layerTensors}; of a layer without weights, none. */
export type LayerValues = readonly Float32Array[];

/**
 * The tensors that are trained. The table of an embedding is not: its vectors are the inputs that the rest of the
 * network is made for, and may have to stay of length 1.
 */
export function layerTensors(layer: Layer): readonly Tensor[] {
  return keysOf(layer).map((key) => (layer as unknown as Record<string, Tensor>)[key]!);
}

/** The same network with other weights. @param weights of each layer */
export function withWeights(network: Network, weights: readonly LayerValues[]): Network {
  const layers = network.layers.map((layer, n): Layer => {
    const tensors = layerTensors(layer);
    const changed = keysOf(layer).map(
      (key, k) => [key, { ...tensors[k]!, values: weights[n]![k]! }] as const,
    );
    return { ...layer, ...Object.fromEntries(changed) };
  });
  return { ...network, layers };
}

/** Names of the tensors. */
function keysOf(layer: Layer): readonly string[] {
  if (layer.kind === 'GRU') return ['kernel', 'recurrentKernel', 'bias', 'recurrentBias'];
  if (layer.kind === 'LSTM' || layer.kind === 'SimpleRNN') return ['kernel', 'recurrentKernel', 'bias'];
  if (layer.kind === 'Scale') return ['scale', 'offset'];
  return hasOneActivation(layer) ? ['kernel', 'bias'] : [];
}

/**
 * For each layer the first that has the same weights, which is itself for most: a layer that a file uses several times
 * stands in the network once for each use, and is trained as one.
 */
export function weightOwners(layers: readonly Layer[]): number[] {
  return layers.map((layer, index) => {
    const own = layerTensors(layer);
    const first = layers.findIndex(
      (other, at) => at < index && other.kind === layer.kind && sameAll(other, own),
    );
    return first < 0 ? index : first;
  });
}

function sameAll(other: Layer, own: readonly Tensor[]): boolean {
  const tensors = layerTensors(other);
  // The kernel is one tensor; a bias may be a copy, as of a file that has none.
  return (
    own.length > 0 && own[0]!.values === tensors[0]!.values && own.every((one, k) => isSame(one, tensors[k]!))
  );
}

function isSame(a: Tensor, b: Tensor): boolean {
  return (
    a.values === b.values ||
    (a.values.length === b.values.length && a.values.every((x, i) => x === b.values[i]))
  );
}
