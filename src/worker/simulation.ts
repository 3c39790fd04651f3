/** The part of a run that is spread over the cores: chunks of samples through the trained network and others. */
import { ladderNetworks } from '../core/attribute/rungs.ts';
import { rungNames } from '../core/attribute/types.ts';
import type { SampleShape } from '../core/check/inputs.ts';
import { compareVariants, type Variant, type VariantChunk } from '../core/compare/variants.ts';
import type { HybridLayer, SpikingLayer } from '../core/convert/types.ts';
import { hasOneActivation, isRecurrent } from '../core/network/shapes.ts';
import { placesOfLayer } from '../core/simulate/synapses.ts';
import { analogLinks } from '../core/simulate/analog.ts';
import type { Kernel } from '../core/simulate/kernel/types.ts';
import { sampleReader } from '../core/simulate/samples.ts';
import { hybridRunner, type SpikingOptions } from '../core/simulate/spiking.ts';

/** Samples per chunk. Fixed, so that sums do not depend on the number of cores. */
export const chunkSize = 32;

/** A hybrid network of one trained network. */
export interface HybridNetwork {
  readonly layers: readonly HybridLayer[];
  readonly options: SpikingOptions;
  /** Chunks of it that are there already: the job leaves these out. */
  readonly done?: number;
  /** Whether mean differences of single values are wanted. */
  readonly differences?: boolean;
}

/** Everything that a thread needs, as it crosses to it. */
export interface SimulationJob {
  /**
   * `networks`: each as it is, against the trained network. `ladder`: of the first, the networks between it and the
   * trained one.
   */
  readonly kind: 'networks' | 'ladder';
  /** At least one; of all of them the trained network is the same. */
  readonly networks: readonly [HybridNetwork, ...HybridNetwork[]];
  readonly input: { readonly mean: number; readonly scale: number };
  readonly shape: SampleShape;
  /** Raw values over shared memory, [samples, steps, features]. */
  readonly values: ArrayLike<number>;
  /** Those of the samples that are run; all where left out. */
  readonly chosen?: readonly number[];
}

export function samplesOf({ chosen, shape }: SimulationJob): number {
  return chosen?.length ?? shape.samples;
}

export function chunksOf(job: SimulationJob): number {
  return Math.ceil(samplesOf(job) / chunkSize);
}

/** Were every generator to fire at every time-step. */
export function mostSynapticOperations(job: SimulationJob): number {
  const { networks, shape } = job;
  return networks.reduce((sum, { layers, options, done = 0 }) => {
    const samples = Math.max(0, samplesOf(job) - done * chunkSize);
    return sum + synapses(layers, placesOfLayer) * samples * shape.steps * options.timesteps;
  }, 0);
}

/** A weight, in the rows of pairs that the kernel keeps. */
export const bytesOfSynapse = 8;

/** Of the networks that each thread holds for itself: one for each rung, or the trained network beside the others. */
export function bytesOfThread({ kind, networks }: Pick<SimulationJob, 'kind' | 'networks'>): number {
  const copies = kind === 'ladder' ? rungNames.length : networks.length + 1;
  return copies * synapses(networks[0].layers) * bytesOfSynapse;
}

/** @param places of a layer that spikes, whose weights count so often */
export function synapses(
  layers: readonly HybridLayer[],
  places: (spiking: SpikingLayer) => number = () => 1,
): number {
  return layers.reduce((sum, hybrid) => {
    const { layer } = hybrid;
    if (isRecurrent(layer)) return sum + layer.kernel.values.length + layer.recurrentKernel.values.length;
    const times = hybrid.runsAs === 'spiking' ? places(hybrid) : 1;
    return hasOneActivation(layer) ? sum + times * layer.kernel.values.length : sum;
  }, 0);
}

/** Builds all networks once and gives a function that runs a chunk. */
export function createSimulation(job: SimulationJob, kernel: Kernel): (chunk: number) => VariantChunk {
  const [{ layers, options }] = job.networks;
  const ladder = job.kind === 'ladder' ? ladderNetworks(layers, kernel, options) : null;
  const trained =
    ladder?.[0]?.links ??
    analogLinks(
      layers.map(({ layer }) => layer),
      kernel,
      options,
    );
  const variants = ladder
    ? ladder.slice(1).map(({ links, forcedBy }): Variant => {
        const teacher = ladder.findIndex(({ name }) => name === forcedBy) - 1;
        return { layers, links, forcedBy: forcedBy === null ? undefined : teacher };
      })
    : job.networks.map((network) => hybridVariant(network, kernel));
  const read = sampleReader(job.values, job.shape, job.input);
  const { chosen } = job;
  const sample = chosen ? (n: number) => read(chosen[n]!) : read;
  return (chunk) => {
    const first = chunk * chunkSize;
    const wanted = variants.filter((_, index) => (job.networks[index]?.done ?? 0) <= chunk);
    return compareVariants(
      trained,
      ladder ? variants : wanted,
      first,
      Math.min(chunkSize, samplesOf(job) - first),
      sample,
    );
  };
}

function hybridVariant({ layers, options, differences }: HybridNetwork, kernel: Kernel): Variant {
  return {
    layers,
    differences,
    links: layers.map((layer) => ({ layer: layer.layer, run: hybridRunner(layer, kernel, options) })),
  };
}
