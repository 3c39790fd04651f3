/** Analog against spiking, added up sample by sample so that memory does not grow with the data. */
import type { HybridLayer, PopulationSpec } from '../convert/types.ts';
import { isRecurrent } from '../network/shapes.ts';
import type { LayerActivity } from '../map/types.ts';
import type { LayerRun } from '../simulate/types.ts';

/** Per sequence step, over the samples seen. */
export interface ErrorSums {
  /** Values compared at each step. */
  readonly width: number;
  readonly squares: Float64Array;
  readonly largest: Float64Array;
}

export interface PopulationSums extends ErrorSums {
  /** That spike: as many as values, or several to each. */
  readonly neurons: number;
  /** Spikes of either sign. */
  readonly spikes: Float64Array;
}

export interface LayerSums {
  readonly output: ErrorSums;
  /** The generator, then the layer's populations; empty where the layer does not spike. */
  readonly populations: readonly PopulationSums[];
  /** [inputs] and [neurons] spikes of either sign over all steps; empty where the layer does not spike. */
  readonly spikes: { readonly inputs: Float64Array; readonly neurons: Float64Array };
  /** [steps] samples that skip the sequence step; empty where the layer is not recurrent. */
  readonly skipped: Float64Array;
}

/** Sums for a layer, of zeros, sized by what it does with a first sample. */
export function emptySums(layer: HybridLayer, run: LayerRun): LayerSums {
  const errors = (steps: number, width: number): ErrorSums => ({
    width,
    squares: new Float64Array(steps),
    largest: new Float64Array(steps),
  });
  // A recurrent layer that goes backward hands on more than its own.
  const features = isRecurrent(layer.layer) ? layer.layer.units : run.output.features;
  const steps = everyStep(run).length / features;
  const each = (inputs: number, neurons: number) => ({
    inputs: new Float64Array(inputs),
    neurons: new Float64Array(neurons),
  });
  const skipped = new Float64Array(isRecurrent(layer.layer) ? steps : 0);
  if (layer.runsAs !== 'spiking') {
    return { output: errors(steps, features), populations: [], spikes: each(0, 0), skipped };
  }
  const total = (of: (population: PopulationSpec) => number) =>
    layer.populations.reduce((sum, population) => sum + of(population), 0);
  const ran = run.neurons.length / total(({ values }) => values);
  const inputs = run.inputs.length / ran;
  return {
    output: errors(steps, features),
    populations: [{ values: inputs, neurons: inputs }, ...layer.populations].map(({ values, neurons }) => ({
      ...errors(ran, values),
      neurons,
      spikes: new Float64Array(ran),
    })),
    spikes: each(
      inputs,
      total(({ neurons }) => neurons),
    ),
    skipped,
  };
}

/**
 * Adds what the layer did with one sample. Populations are compared wherever the run has values of them, and spikes
 * counted where there are any.
 */
export function addLayer(sums: LayerSums, layer: HybridLayer, analog: LayerRun, spiking: LayerRun): void {
  addErrors(sums.output, everyStep(analog), everyStep(spiking), 0, sums.output.width);
  if (spiking.skipped) add(sums.skipped, spiking.skipped);
  if (layer.runsAs !== 'spiking') return;
  const { spikes } = spiking;
  const [generator, ...populations] = sums.populations;
  addErrors(generator!, analog.inputs, spiking.inputs, 0, generator!.width);
  if (spikes) addSpikes(generator!, sums.spikes.inputs, spikes.inputs, 0);
  const values = populations.reduce((sum, p) => sum + p.width, 0);
  let [value, neuron] = [0, 0];
  for (const population of populations) {
    addErrors(population, analog.neurons, spiking.neurons, value, values);
    if (spikes) addSpikes(population, sums.spikes.neurons, spikes.neurons, neuron);
    value += population.width;
    neuron += population.neurons;
  }
}

/** What a layer gives at every sequence step, also where it hands on only the last. */
export function everyStep(run: LayerRun): Float32Array {
  return run.cell?.hidden ?? run.output.values;
}

/** Compares columns `from` to `from + width - 1` of two [steps, stride] arrays. */
function addErrors(sums: ErrorSums, a: Float32Array, b: Float32Array, from: number, stride: number): void {
  for (let step = 0; step < sums.squares.length; step++) {
    let squares = 0;
    let largest = sums.largest[step]!;
    const start = step * stride + from;
    for (let k = start; k < start + sums.width; k++) {
      const difference = a[k]! - b[k]!;
      const size = difference < 0 ? -difference : difference;
      squares += size * size;
      if (size > largest) largest = size;
    }
    sums.squares[step]! += squares;
    sums.largest[step] = largest;
  }
}

/** Counts columns `from` to `from + neurons - 1` of [steps, each.length] spikes, by step and by column. */
function addSpikes(sums: PopulationSums, each: Float64Array, spikes: Int32Array, from: number): void {
  for (let step = 0; step < sums.spikes.length; step++) {
    const start = step * each.length;
    let total = 0;
    for (let k = from; k < from + sums.neurons; k++) {
      const count = spikes[start + k]!;
      total += count;
      each[k]! += count;
    }
    sums.spikes[step]! += total;
  }
}

/** Spikes a sample of the layers that spike, as the mapper counts them. */
export function layerActivity(
  layers: readonly HybridLayer[],
  sums: readonly LayerSums[],
  samples: number,
): LayerActivity[] {
  return layers.flatMap(({ runsAs, layer }, index) => {
    if (runsAs !== 'spiking') return [];
    const { populations, spikes } = sums[index]!;
    return [
      {
        layer: layer.name,
        windows: populations[0]!.spikes.length - skippedSteps(sums[index]!, samples),
        inputSpikes: spikes.inputs.map((count) => count / samples),
        neuronSpikes: spikes.neurons.map((count) => count / samples),
      },
    ];
  });
}

/** Sequence steps that a layer skips, a sample. */
export function skippedSteps({ skipped }: LayerSums, samples: number): number {
  return skipped.reduce((sum, count) => sum + count, 0) / samples;
}

/** [steps] samples in which a layer runs the step of its populations. */
export function ranAt({ populations, skipped }: LayerSums, samples: number): number[] {
  return Array.from(populations[0]?.spikes ?? [], (_, step) => samples - (skipped[step] ?? 0));
}

/** Adds one chunk's sums to another's, in place. Call in the order of the samples, so that sums do not depend on timing. */
export function addChunk(into: readonly LayerSums[], from: readonly LayerSums[]): void {
  into.forEach((layer, index) => {
    const other = from[index]!;
    mergeErrors(layer.output, other.output);
    layer.populations.forEach((population, p) => {
      mergeErrors(population, other.populations[p]!);
      add(population.spikes, other.populations[p]!.spikes);
    });
    add(layer.spikes.inputs, other.spikes.inputs);
    add(layer.spikes.neurons, other.spikes.neurons);
    add(layer.skipped, other.skipped);
  });
}

function add(into: Float64Array, from: Float64Array | Uint8Array): void {
  for (let k = 0; k < from.length; k++) into[k]! += from[k]!;
}

function mergeErrors(into: ErrorSums, from: ErrorSums): void {
  for (let step = 0; step < from.squares.length; step++) {
    into.squares[step]! += from.squares[step]!;
    into.largest[step] = Math.max(into.largest[step]!, from.largest[step]!);
  }
}
