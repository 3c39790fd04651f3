/** Layers as the mapper wants them, and activity for them. */
import type { LayerActivity, LayerDemand } from '../../src/core/map/types.ts';

/** @param populations neurons, and whether they fire at two thresholds; all with a threshold key of their name */
export function demand(
  layer: string,
  inputs: number,
  populations: Readonly<Record<string, readonly [number, boolean]>>,
): LayerDemand {
  return {
    layer,
    inputs,
    populations: Object.entries(populations).map(([population, [neurons, dual]]) => ({
      population,
      neurons,
      dual,
      thresholdKeys: [dual ? '2' : '4'],
    })),
  };
}

export function lstmDemand(features: number, hidden: number, layer = 'lstm'): LayerDemand {
  return demand(layer, features + hidden, {
    i: [hidden, false],
    f: [hidden, false],
    c: [hidden, true],
    o: [hidden, false],
  });
}

/** @param spikes of an input or a neuron by its index */
export function activityOf(
  demands: readonly LayerDemand[],
  spikes: (k: number) => number,
  windows = 3,
): LayerActivity[] {
  return demands.map(({ layer, inputs, populations }) => ({
    layer,
    windows,
    inputSpikes: Float64Array.from({ length: inputs }, (_, k) => spikes(k)),
    neuronSpikes: Float64Array.from(
      { length: populations.reduce((sum, { neurons }) => sum + neurons, 0) },
      (_, k) => spikes(k + 7),
    ),
  }));
}
