/**
 * Layers that another can take up without a change of what the network computes: a batch normalisation is folded into
 * the weights beside it, an activation that follows a linear layer becomes that layer's own.
 */
import { readsOf } from './graph.ts';
import { hasOneActivation, isBackward, isConv, isRecurrent } from './shapes.ts';
import type { ConvLayer, DenseLayer, FoldedLayer, Layer, Network, ScaleLayer, Tensor } from './types.ts';

type Allocate = (length: number) => Float32Array;

/**
 * @param allocate makes the memory of new weights
 * @returns the same layers in the same order; those that were taken up compute nothing and say into which
 */
export function foldNetwork(
  network: Network,
  allocate: Allocate = (length) => new Float32Array(length),
): Network {
  const layers = [...network.layers];
  const alone = readByOneOnly(network);
  layers.forEach((layer, index) => {
    if (layer.kind === 'Scale') foldBackward(layers, index, layer, alone, allocate);
    else if (layer.kind === 'Activation') foldActivation(layers, index, alone);
  });
  // From the end, so that of two in a row the second makes way for the first.
  for (let index = layers.length - 1; index >= 0; index--) {
    const layer = layers[index]!;
    if (layer.kind === 'Scale') foldForward(layers, index, layer, alone, allocate);
  }
  return { ...network, layers };
}

/** Whether from one layer to another, neighbours in the list, each is read by the next and by nothing else. */
type Alone = (from: number, to: number) => boolean;

function readByOneOnly({ layers, outputs = [] }: Network): Alone {
  const reads = readsOf(layers);
  const all = [...reads.flat(), ...outputs.map(({ layer }) => layer)];
  return (from, to) =>
    layers.slice(from, to).every((_, k) => {
      const [index, next] = [from + k, reads[from + k + 1]!];
      return next.length === 1 && next[0] === index && all.filter((other) => other === index).length === 1;
    });
}

/** Into the linear layer before it. */
function foldBackward(
  layers: Layer[],
  index: number,
  scale: ScaleLayer,
  alone: Alone,
  allocate: Allocate,
): void {
  const before = neighbour(layers, index, -1, isIdle);
  const first = layers[before];
  if (!first || !hasOneActivation(first) || !alone(before, index)) return;
  if (first.activation === 'linear' && first.units === scale.channels) {
    layers[before] = scaledAfter(first, scale, allocate);
    layers[index] = folded(scale, 'BatchNormalization', first.name);
  }
}

/** Into the layer after it. */
function foldForward(
  layers: Layer[],
  index: number,
  scale: ScaleLayer,
  alone: Alone,
  allocate: Allocate,
): void {
  // A flattened image has its channels one behind the other all along.
  const after = neighbour(layers, index, 1, (layer) => isIdle(layer) || layer.kind === 'Flatten');
  const next = layers[after];
  if (!next || !takesBefore(next, scale) || isBackward(layers[after + 1] ?? next)) return;
  if (!alone(index, after)) return;
  layers[after] = scaledBefore(next, scale, allocate);
  layers[index] = folded(scale, 'BatchNormalization', next.name);
}

function foldActivation(layers: Layer[], index: number, alone: Alone): void {
  const layer = layers[index]!;
  const before = neighbour(layers, index, -1, isIdle);
  const first = layers[before];
  if (layer.kind !== 'Activation' || !first || !hasOneActivation(first) || !alone(before, index)) return;
  // Of an image a softmax would be over the channels alone.
  if (first.activation !== 'linear' || (isConv(first) && layer.activation === 'softmax')) return;
  layers[before] = { ...first, activation: layer.activation };
  layers[index] = folded(layer, 'Activation', first.name);
}

function folded({ name, path, inputs }: Layer, className: string, into: string): FoldedLayer {
  return { kind: 'Folded', name, path, className, into, ...(inputs && { inputs }) };
}

function isIdle({ kind }: Layer): boolean {
  return kind === 'Dropout' || kind === 'Folded';
}

/** Index of the next layer in a direction, without those that are passed over; -1 or the length where there is none. */
function neighbour(
  layers: readonly Layer[],
  from: number,
  direction: 1 | -1,
  passes: (layer: Layer) => boolean,
): number {
  let index = from + direction;
  while (layers[index] && passes(layers[index]!)) index += direction;
  return index;
}

/** y = s (x W + b) + o = x (W s) + (b s + o). */
function scaledAfter<T extends DenseLayer | ConvLayer>(
  layer: T,
  { scale, offset }: ScaleLayer,
  allocate: Allocate,
): T {
  const { units } = layer;
  if (scale.values.length === 0) return layer;
  return {
    ...layer,
    kernel: changed(layer.kernel, allocate, (weight, i) => weight * scale.values[i % units]!),
    bias: changed(layer.bias, allocate, (bias, k) => bias * scale.values[k]! + offset.values[k]!),
  };
}

type Taking = Extract<Layer, { readonly kernel: Tensor }>;

/** Whether a layer can take up what is done to its inputs: padding would not be scaled and shifted. */
function takesBefore(layer: Layer, { channels, offset }: ScaleLayer): layer is Taking {
  if (isConv(layer)) {
    const { windows } = layer;
    // A look does not know the offsets: most are not 0.
    const shifts = offset.values.length === 0 || offset.values.some((value) => value !== 0);
    const isPadded = windows.padding !== 'valid' && shifts;
    return windows.channels === channels && !isPadded;
  }
  if (layer.kind !== 'Dense' && !isRecurrent(layer)) return false;
  return layer.inputSize % channels === 0;
}

/** y = (s x + o) W + b = x (s W) + (b + o W). */
function scaledBefore<T extends Taking>(
  layer: T,
  { channels, scale, offset }: ScaleLayer,
  allocate: Allocate,
): T {
  if (scale.values.length === 0) return layer;
  const columns = layer.bias.shape[0]!;
  const channelOf = (i: number) => Math.floor(i / columns) % channels;
  const shift = new Float64Array(columns);
  layer.kernel.values.forEach((weight, i) => {
    shift[i % columns]! += weight * offset.values[channelOf(i)]!;
  });
  return {
    ...layer,
    kernel: changed(layer.kernel, allocate, (weight, i) => weight * scale.values[channelOf(i)]!),
    bias: changed(layer.bias, allocate, (bias, k) => bias + shift[k]!),
  };
}

/** A look at a model does not know the values: then the tensor stays as it is. */
function changed(
  tensor: Tensor,
  allocate: Allocate,
  change: (value: number, index: number) => number,
): Tensor {
  const { shape, values } = tensor;
  if (values.length === 0) return tensor;
  const made = allocate(values.length);
  for (let i = 0; i < values.length; i++) made[i] = change(values[i]!, i);
  return { shape, values: made };
}
