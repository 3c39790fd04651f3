/** A close look at a hybrid network: its populations over several samples or in one, its flips, its neurons. */
import type { HybridLayer } from '../convert/types.ts';
import { analogLinks } from '../simulate/analog.ts';
import { runChain, type ChainLink } from '../simulate/chain.ts';
import type { Kernel } from '../simulate/kernel/types.ts';
import { watchNeuron, withSkipped } from '../simulate/neuron-trace.ts';
import { hybridRunner, type SpikingOptions } from '../simulate/spiking.ts';
import { onePlace, placesOfLayer } from '../simulate/synapses.ts';
import type { LayerRun, Trace } from '../simulate/types.ts';
import { flipOf } from './flips.ts';
import {
  addToPopulation,
  emptyPopulation,
  populationDetail,
  type PopulationSums,
} from './population-sums.ts';
import { neuronIndex, slicesOf, valuesOf, type Slice } from './slices.ts';
import type { Flip, NeuronDetail, PopulationDetail } from './types.ts';

/** What is looked at. */
export interface LookedAt {
  readonly layers: readonly HybridLayer[];
  readonly options: SpikingOptions;
  readonly kernel: Kernel;
  /** Number of samples in the data. */
  readonly samples: number;
  readonly sample: (n: number) => Trace;
  /** Of each sample, null without labels. */
  readonly classes: Int32Array | null;
}

/** Both networks, built once. */
export interface Look extends LookedAt {
  readonly trained: readonly ChainLink[];
  readonly hybrid: readonly ChainLink[];
}

export function startLook(at: LookedAt): Look {
  const { layers, kernel, options } = at;
  return {
    ...at,
    trained: analogLinks(
      layers.map(({ layer }) => layer),
      kernel,
      options,
    ),
    hybrid: layers.map((layer) => ({ layer: layer.layer, run: hybridRunner(layer, kernel, options) })),
  };
}

/** Sums over the samples that were looked at. */
export interface Overview {
  readonly samples: readonly number[];
  /** Of each layer, a population each. */
  readonly layers: readonly (readonly PopulationSums[])[];
  readonly flips: readonly Flip[];
}

/** Yields after every sample, how many are done; returns the sums. */
export function* overview(look: Look, samples: readonly number[]): Generator<number, Overview> {
  const { layers, options, classes, sample, trained, hybrid } = look;
  const sums: PopulationSums[][] = [];
  const flips: Flip[] = [];
  for (const [done, n] of samples.entries()) {
    const values = sample(n);
    const analog = runChain(trained, values);
    const spiking = runChain(hybrid, values);
    layers.forEach((layer, index) => {
      const [a, s] = [analog[index]!, spiking[index]!];
      sums[index] ??= slicesOf(layer, s).map((slice) => emptyPopulation(slice, a, s, options.timesteps));
      for (const population of sums[index]) addToPopulation(population, a, s);
    });
    const flip = flipOf(n, analog.at(-1)!.output.values, spiking.at(-1)!.output.values, classes?.[n] ?? null);
    if (flip) flips.push(flip);
    yield done + 1;
  }
  return { samples, layers: sums, flips };
}

/** @throws RangeError where there is no such layer, population or sample */
export function samplePopulation(
  look: Look,
  name: { readonly layer: string; readonly population: string; readonly sample: number },
): PopulationDetail {
  const { index, layer } = findLayer(look, name.layer);
  const values = readSample(look, name.sample);
  const analog = runChain(look.trained, values)[index]!;
  const spiking = runChain(look.hybrid, values)[index]!;
  const slice = findSlice(slicesOf(layer, spiking), name.layer, name.population);
  const sums = emptyPopulation(slice, analog, spiking, look.options.timesteps);
  addToPopulation(sums, analog, spiking);
  return populationDetail(sums, name.layer, { number: name.sample, analog, spiking });
}

/** @throws RangeError where there is no such layer or population */
export function overviewPopulation(
  look: Look,
  { layers }: Overview,
  name: { readonly layer: string; readonly population: string },
): PopulationDetail {
  const all = layers[findLayer(look, name.layer).index]!;
  const sums = all.find(({ slice }) => slice.population === name.population);
  if (!sums) throw noPopulation(name.layer, name.population);
  return populationDetail(sums, name.layer, null);
}

/** @throws RangeError where there is no such layer, population, sample or neuron */
export function neuronDetail(
  look: Look,
  name: {
    readonly layer: string;
    readonly population: string;
    readonly sample: number;
    readonly neuron: number;
  },
): NeuronDetail {
  const { index, layer } = findLayer(look, name.layer);
  const sample = readSample(look, name.sample);
  const analog = runChain(look.trained.slice(0, index + 1), sample)[index]!;
  const slice = findSlice(slicesOf(layer, analog), name.layer, name.population);
  const neuron = neuronIndex(slice, name.neuron);
  if (neuron === null) {
    throw new RangeError(`layer "${name.layer}", ${name.population}: there is no neuron ${name.neuron}`);
  }
  const { kernel, options } = look;
  const watched = watchNeuron(kernel, ...watchedAt(layer, neuron));
  const watching = { layer: layer.layer, run: hybridRunner(layer, watched.kernel, options) };
  const spiking = runChain([...look.hybrid.slice(0, index), watching], sample)[index]!;
  const trace = watched.trace();
  if (!trace) throw new Error(`layer "${name.layer}" has no spiking neurons`);
  const value = slice.start + name.neuron;
  const column = (run: LayerRun) => everyNth(valuesOf(slice, run), value, slice.stride);
  const exact = column(analog);
  return {
    ...name,
    pieces: slice.pieces,
    steps: exact.length,
    timesteps: options.timesteps,
    trace: spiking.skipped ? withSkipped(trace, spiking.skipped, options.timesteps) : trace,
    analog: exact,
    spiking: column(spiking),
  };
}

/** Of a convolution over images one place is simulated after the other: the neuron there, and which place it is. */
function watchedAt(layer: HybridLayer, neuron: number): [neuron: number, place?: number] {
  if (layer.runsAs !== 'spiking' || placesOfLayer(layer) === 1) return [neuron];
  const { neurons } = onePlace(layer).populations[0]!;
  return [neuron % neurons, Math.floor(neuron / neurons)];
}

function everyNth(values: Float32Array, from: number, stride: number): Float32Array {
  return Float32Array.from({ length: values.length / stride }, (_, n) => values[n * stride + from]!);
}

function findLayer({ layers }: Look, name: string): { readonly index: number; readonly layer: HybridLayer } {
  const index = layers.findIndex(({ layer }) => layer.name === name);
  const layer = layers[index];
  if (!layer) throw new RangeError(`the model has no layer "${name}"`);
  return { index, layer };
}

function findSlice(slices: readonly Slice[], layer: string, population: string): Slice {
  const slice = slices.find((other) => other.population === population);
  if (!slice) throw noPopulation(layer, population);
  return slice;
}

function noPopulation(layer: string, population: string): RangeError {
  return new RangeError(`layer "${layer}" has no population "${population}"`);
}

function readSample({ samples, sample }: Look, n: number): Trace {
  if (!Number.isInteger(n) || n < 0 || n >= samples) {
    throw new RangeError(`there is no sample ${n}: the data hold ${samples}, from 0`);
  }
  return sample(n);
}
