/**
 * The hybrid network: spike generator, populations of integrate-and-fire neurons, counters; the cell
 * update stays analog (paper, figure 1c). One window of T time-steps a sequence step, of a GRU two.
 */
import type { Arithmetic, Coding, HybridLayer } from '../convert/types.ts';
import { analogRunner, type AnalogOptions } from './analog.ts';
import type { Kernel } from './kernel/types.ts';
import { convRunner } from './spiking-conv.ts';
import { denseRunner } from './spiking-dense.ts';
import { spikingRecurrent } from './spiking-recurrent.ts';
import { isConv, isSpikingRecurrent } from './synapses.ts';
import type { LayerRunner } from './types.ts';

export interface SpikingOptions extends AnalogOptions {
  readonly timesteps: number;
  readonly coding: Coding;
  readonly arithmetic: Arithmetic;
  /** Of a weight in the chip's arithmetic. */
  readonly weightBits: number;
  /** In the chip's arithmetic, whether LSTMs are rescaled as Dense layers are. */
  readonly rescaleWeights?: boolean;
}

/** Runs a layer of the hybrid network; what stays analog runs as it was trained. */
export function hybridRunner(layer: HybridLayer, kernel: Kernel, options: SpikingOptions): LayerRunner {
  if (layer.runsAs !== 'spiking') return analogRunner(layer.layer, kernel, options);
  if (isConv(layer)) return convRunner(layer, kernel, options);
  if (isSpikingRecurrent(layer)) return spikingRecurrent(layer, kernel, options);
  return denseRunner(layer, kernel, options);
}
