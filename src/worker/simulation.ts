/** The part of a run that is spread over the cores: chunks of samples through both networks. */
import type { SampleShape } from '../core/check/inputs.ts';
import { compareChunk, type ChunkResult, type LayerPair } from '../core/compare/sums.ts';
import type { HybridLayer } from '../core/convert/types.ts';
import { analogRunner } from '../core/simulate/analog.ts';
import type { Kernel } from '../core/simulate/kernel/types.ts';
import { sampleReader } from '../core/simulate/samples.ts';
import { hybridRunner, type SpikingOptions } from '../core/simulate/spiking.ts';

/** Samples per chunk. Fixed, so that sums do not depend on the number of cores. */
export const chunkSize = 32;

/** Everything that a thread needs, as it crosses to it. */
export interface SimulationJob {
  readonly layers: readonly HybridLayer[];
  readonly options: SpikingOptions;
  readonly input: { readonly mean: number; readonly scale: number };
  readonly shape: SampleShape;
  /** Raw values over shared memory, [samples, steps, features]. */
  readonly values: ArrayLike<number>;
}

/** Were every generator to fire at every time-step. */
export function mostSynapticOperations({ layers, shape, options }: SimulationJob): number {
  const synapses = layers.reduce((sum, { layer }) => {
    if (layer.kind === 'LSTM') return sum + layer.kernel.values.length + layer.recurrentKernel.values.length;
    return layer.kind === 'Dense' ? sum + layer.kernel.values.length : sum;
  }, 0);
  return synapses * shape.samples * shape.steps * options.timesteps;
}

/** Builds both networks once and gives a function that runs a chunk. */
export function createSimulation(job: SimulationJob, kernel: Kernel): (chunk: number) => ChunkResult {
  const pairs: LayerPair[] = job.layers.map((layer) => ({
    layer,
    analog: analogRunner(layer.layer, kernel, job.options),
    hybrid: hybridRunner(layer, kernel, job.options),
  }));
  const sample = sampleReader(job.values, job.shape, job.input);
  return (chunk) => {
    const first = chunk * chunkSize;
    return compareChunk(pairs, first, Math.min(chunkSize, job.shape.samples - first), sample);
  };
}
