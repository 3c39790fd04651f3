/** Which parts of their ranges the values of the trained network reach: those of populations and of generators. */
import { boundsOf } from '../convert/pieces.ts';
import type { HybridLayer, SpikingLayer } from '../convert/types.ts';
import { runChain, type ChainLink } from '../simulate/chain.ts';
import type { LayerRun, Trace } from '../simulate/types.ts';

/** How often values lie where: counts of equal bins between two bounds; those beyond count at the ends. */
export interface Histogram {
  readonly low: number;
  readonly high: number;
  readonly counts: Uint32Array;
}

export interface ReachedLayer {
  /** Of the absolute inputs. */
  readonly inputs: Histogram;
  /** Of the absolute hidden state; null where the layer has none. */
  readonly hidden: Histogram | null;
  /** Of each population. */
  readonly populations: readonly Histogram[];
}

const bins = 4096;

function emptyHistogram(low: number, high: number): Histogram {
  return { low, high, counts: new Uint32Array(bins) };
}

function note({ low, high, counts }: Histogram, value: number): void {
  const bin = Math.floor(((value - low) / (high - low)) * bins);
  counts[Math.min(Math.max(bin, 0), bins - 1)]!++;
}

/**
 * @param layers as they are converted, without calibration
 * @param trained the trained network
 * @param samples numbers of the samples that are looked at
 * @returns null for layers that do not spike
 */
export function reachedValues(
  layers: readonly HybridLayer[],
  trained: readonly ChainLink[],
  samples: readonly number[],
  sample: (n: number) => Trace,
): (ReachedLayer | null)[] {
  const reached = layers.map((layer) => (layer.runsAs === 'spiking' ? emptyReached(layer) : null));
  for (const n of samples) {
    runChain(trained, sample(n)).forEach((run, index) => {
      const layer = layers[index]!;
      if (layer.runsAs === 'spiking') noteRun(reached[index]!, layer, run);
    });
  }
  return reached;
}

function emptyReached(layer: SpikingLayer): ReachedLayer {
  return {
    inputs: emptyHistogram(0, layer.inputRange),
    hidden: 'hiddenRange' in layer ? emptyHistogram(0, layer.hiddenRange) : null,
    populations: layer.populations.map(({ pieces }) => {
      const { low, high } = boundsOf(pieces);
      return emptyHistogram(low, high);
    }),
  };
}

function noteRun(into: ReachedLayer, layer: SpikingLayer, { neurons, inputs }: LayerRun): void {
  const values = layer.populations.reduce((sum, population) => sum + population.values, 0);
  const steps = neurons.length / values;
  const row = inputs.length / steps;
  // Those of the hidden state stand behind a step's inputs; what a GRU's reset gate lets through stands behind them.
  const { inputSize, units } = layer.layer;
  const own = into.hidden ? inputSize : row;
  for (let k = 0; k < inputs.length; k++) {
    const column = k % row;
    if (column < own) note(into.inputs, Math.abs(inputs[k]!));
    else if (column < own + units) note(into.hidden!, Math.abs(inputs[k]!));
  }
  let from = 0;
  layer.populations.forEach((population, p) => {
    for (let step = from; step < neurons.length; step += values) {
      for (let k = step; k < step + population.values; k++) note(into.populations[p]!, neurons[k]!);
    }
    from += population.values;
  });
}

/**
 * Between what most values lie.
 * @param tails fraction of the values that may lie beyond, at either end
 */
export function between(
  { low, high, counts }: Histogram,
  tails: number,
): { readonly least: number; readonly greatest: number } {
  const few = counts.reduce((sum, count) => sum + count, 0) * tails;
  const first = (from: Uint32Array): number => {
    let seen = 0;
    const index = from.findIndex((count) => (seen += count) > few);
    return Math.max(index, 0);
  };
  const width = (high - low) / counts.length;
  return {
    least: low + first(counts) * width,
    greatest: high - first(counts.toReversed()) * width,
  };
}
