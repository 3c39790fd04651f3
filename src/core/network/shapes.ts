/** Sequence steps and features along a chain of layers. A bidirectional LSTM is two of its layers. */
import type { Layer, LstmLayer } from './types.ts';

/** The second half of a bidirectional LSTM. */
export function isBackward(layer: Layer): layer is LstmLayer & { readonly direction: 'backward' } {
  return layer.kind === 'LSTM' && layer.direction === 'backward';
}

/**
 * Sequence steps that each layer runs.
 * @param steps of the network's input
 */
export function stepsOfLayers(layers: readonly Layer[], steps: number): number[] {
  let [before, left] = [steps, steps];
  return layers.map((layer) => {
    // It reads what the LSTM before it read.
    const runs = isBackward(layer) ? before : left;
    before = runs;
    left = leavesSequence(layer) ? 1 : runs;
    return runs;
  });
}

/** Whether it gives one vector a sample. */
function leavesSequence(layer: Layer): boolean {
  return layer.kind === 'Flatten' || (layer.kind === 'LSTM' && !layer.returnSequences);
}
