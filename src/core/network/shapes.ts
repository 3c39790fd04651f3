/** Which kinds of layers have what in common. A bidirectional layer is two layers of the network. */
import type { ConvLayer, DenseLayer, Layer, RecurrentLayer } from './types.ts';

/** What a person calls the layer: its class in the file, "Add" of one that adds. */
export function classOf(layer: Layer): string {
  if ('className' in layer) return layer.className;
  if (layer.kind !== 'Merge') return layer.kind;
  return `${layer.operation[0]!.toUpperCase()}${layer.operation.slice(1)}`;
}

/** A layer that runs from sequence step to sequence step. */
export function isRecurrent(layer: Layer): layer is RecurrentLayer {
  return layer.kind === 'LSTM' || layer.kind === 'GRU' || layer.kind === 'SimpleRNN';
}

/** The second half of a bidirectional layer. */
export function isBackward(layer: Layer): layer is RecurrentLayer & { readonly direction: 'backward' } {
  return isRecurrent(layer) && layer.direction === 'backward';
}

/** A convolution, of a sequence or of images. */
export function isConv(layer: Layer): layer is ConvLayer {
  return layer.kind === 'Conv1D' || layer.kind === 'Conv2D';
}

/** A layer of one kernel [inputs, units], a bias and an activation. */
export function hasOneActivation(layer: Layer): layer is DenseLayer | ConvLayer {
  return layer.kind === 'Dense' || isConv(layer);
}
