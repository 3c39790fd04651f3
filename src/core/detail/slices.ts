/** Where the values of a layer's populations stand in what it did with a sample. */
import { everyStep } from '../compare/sums.ts';
import { blocksOf } from '../convert/blocks.ts';
import type { HybridLayer } from '../convert/types.ts';
import { isRecurrent } from '../network/shapes.ts';
import type { ClippedLinear } from '../network/types.ts';
import type { LayerRun } from '../simulate/types.ts';
import type { Decoding } from './types.ts';

export interface Slice {
  readonly population: string;
  readonly neurons: number;
  readonly from: 'inputs' | 'neurons' | 'output';
  /** Columns `start` to `start + neurons - 1` of [steps, stride]. */
  readonly start: number;
  readonly stride: number;
  readonly decoding: Decoding | null;
  /** Of [steps, neurons] of the whole layer: the first of the population's, and how many there are to a value. */
  readonly firstNeuron: number;
  readonly pieces: number;
}

/** The generator, the populations and the output, in the report's order. */
export function slicesOf(hybrid: HybridLayer, run: LayerRun): Slice[] {
  const { layer } = hybrid;
  // A recurrent layer that goes backward hands on more than its own.
  const features = isRecurrent(layer) ? layer.units : run.output.features;
  const output: Slice = {
    population: 'output',
    neurons: features,
    from: 'output',
    start: 0,
    stride: features,
    decoding: null,
    firstNeuron: 0,
    pieces: 1,
  };
  if (hybrid.runsAs !== 'spiking') return [output];
  const stride = hybrid.populations.reduce((sum, population) => sum + population.values, 0);
  const steps = run.neurons.length / stride;
  const inputs = run.inputs.length / steps;
  let [start, firstNeuron] = [0, 0];
  const populations = hybrid.populations.map(({ name, values, neurons, pieces, dual, highs }): Slice => {
    const [{ low, high }] = pieces as [ClippedLinear];
    const decoding = { base: dual ? 0 : low, span: dual ? high : high - low, dual };
    const slice = {
      population: name,
      neurons: values,
      from: 'neurons',
      start,
      stride,
      // Where several neurons add up to a value, or each has its own threshold, no single rate belongs to it.
      decoding: pieces.length === 1 && !highs ? decoding : null,
      firstNeuron,
      pieces: pieces.length,
    } as const;
    start += values;
    firstNeuron += neurons;
    return slice;
  });
  return [generator(hybrid, inputs), ...populations, output];
}

/** Where x and h have ranges of their own, the wider one spans the axis, and no single rate belongs to a value. */
function generator(hybrid: Extract<HybridLayer, { runsAs: 'spiking' }>, inputs: number): Slice {
  const { inputRange } = hybrid;
  const one = blocksOf(hybrid).every(({ ranges }) => ranges.every((range) => range === inputRange));
  return {
    population: 'generator',
    neurons: inputs,
    from: 'inputs',
    start: 0,
    stride: inputs,
    decoding: one ? { base: 0, span: inputRange, dual: true } : null,
    firstNeuron: 0,
    pieces: 1,
  };
}

/** [steps, stride] */
export function valuesOf({ from }: Slice, run: LayerRun): Float32Array {
  return from === 'output' ? everyStep(run) : run[from];
}

/** [steps, neurons of the slice] spikes of either sign, of all pieces of a value; null where there are none. */
export function spikesOf(slice: Slice, run: LayerRun): Int32Array | null {
  const { from, firstNeuron, pieces, neurons } = slice;
  if (from === 'output' || !run.spikes) return null;
  const all = run.spikes[from];
  const steps = run[from].length / slice.stride;
  const width = all.length / steps;
  const counted = new Int32Array(steps * neurons);
  for (let step = 0; step < steps; step++) {
    for (let n = 0; n < neurons * pieces; n++) {
      counted[step * neurons + Math.floor(n / pieces)]! += all[step * width + firstNeuron + n]!;
    }
  }
  return counted;
}

/** The least and the largest value that a firing rate can stand for. */
export function bounds({ base, span, dual }: Decoding): readonly [low: number, high: number] {
  return [dual ? base - span : base, base + span];
}

/** The first neuron of a value among all of the layer's, or null where the population is not made of neurons. */
export function neuronIndex({ from, neurons, firstNeuron, pieces }: Slice, value: number): number | null {
  return from === 'neurons' && value >= 0 && value < neurons ? firstNeuron + value * pieces : null;
}
