/** Where the values of a layer's populations stand in what it did with a sample. */
import { everyStep } from '../compare/sums.ts';
import type { HybridLayer } from '../convert/types.ts';
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
}

/** The generator, the populations and the output, in the report's order. */
export function slicesOf(hybrid: HybridLayer, run: LayerRun): Slice[] {
  const { layer } = hybrid;
  // An LSTM that goes backward hands on more than its own.
  const features = layer.kind === 'LSTM' ? layer.units : run.output.features;
  const output: Slice = {
    population: 'output',
    neurons: features,
    from: 'output',
    start: 0,
    stride: features,
    decoding: null,
  };
  if (hybrid.runsAs !== 'spiking') return [output];
  const neurons = hybrid.populations.reduce((sum, population) => sum + population.neurons, 0);
  const steps = run.neurons.length / neurons;
  const inputs = run.inputs.length / steps;
  let start = 0;
  const populations = hybrid.populations.map(({ name, neurons: own, activation, dual }): Slice => {
    const { low, high } = activation;
    const decoding = { base: dual ? 0 : low, span: dual ? high : high - low, dual };
    const slice = {
      population: name,
      neurons: own,
      from: 'neurons',
      start,
      stride: neurons,
      decoding,
    } as const;
    start += own;
    return slice;
  });
  return [generator(hybrid, inputs), ...populations, output];
}

/** Where x and h have ranges of their own, the wider one spans the axis, and no single rate belongs to a value. */
function generator(hybrid: Extract<HybridLayer, { runsAs: 'spiking' }>, inputs: number): Slice {
  const { inputRange } = hybrid;
  const one = !('hiddenRange' in hybrid) || hybrid.hiddenRange === inputRange;
  return {
    population: 'generator',
    neurons: inputs,
    from: 'inputs',
    start: 0,
    stride: inputs,
    decoding: one ? { base: 0, span: inputRange, dual: true } : null,
  };
}

/** [steps, stride] */
export function valuesOf({ from }: Slice, run: LayerRun): Float32Array {
  return from === 'output' ? everyStep(run) : run[from];
}

/** [steps, stride] spikes of either sign; null where the population has none. */
export function spikesOf({ from }: Slice, run: LayerRun): Int32Array | null {
  return from === 'output' ? null : (run.spikes?.[from] ?? null);
}

/** The least and the largest value that a firing rate can stand for. */
export function bounds({ base, span, dual }: Decoding): readonly [low: number, high: number] {
  return [dual ? base - span : base, base + span];
}

/** A neuron's position among all of the layer's, or null where the population is not made of neurons. */
export function neuronIndex(slice: Slice, neuron: number): number | null {
  return slice.from === 'neurons' && neuron >= 0 && neuron < slice.neurons ? slice.start + neuron : null;
}
