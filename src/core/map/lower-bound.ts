/** A number of cores that no mapping can go below. */
import { resources } from '../chips/types.ts';
import { mostThresholds } from './capacity.ts';
import { axonBits, eachResource, thresholdsIn, type CoreRules } from './occupancy.ts';
import type { LayerDemand, MapOptions } from './types.ts';

/**
 * The greater of two bounds. By resource: the tightest one's total over what a core may hold of it, where in-axons
 * count once a layer, although every core of it needs them all, and synapses at the fewest bits that any number of
 * targets gets by with. By layer: its thresholds over the most that one core holds.
 */
export function coresLowerBound(
  demands: readonly LayerDemand[],
  generators: MapOptions['generators'],
  rules: CoreRules,
): number {
  const byLayer = demands.map((layer) => {
    const thresholds = allThresholds(layer, rules);
    return thresholds === 0 ? 0 : Math.ceil(thresholds / mostThresholds(layer, thresholds, rules));
  });
  return Math.max(0, boundByResource(demands, generators, rules), ...byLayer);
}

function allThresholds(layer: LayerDemand, rules: CoreRules): number {
  const neurons = layer.populations.map((population) => population.neurons);
  return thresholdsIn({ layer: 0, neurons }, layer, rules);
}

/** The first of the two bounds of {@link coresLowerBound}. */
export function boundByResource(
  demands: readonly LayerDemand[],
  generators: MapOptions['generators'],
  rules: CoreRules,
): number {
  const totals = { compartments: 0, inAxons: 0, outAxons: 0, synapseBits: 0 };
  for (const layer of demands) {
    const onCores = generators === 'cores' ? layer.inputs : 0;
    const thresholds = allThresholds(layer, rules);
    if (thresholds === 0) continue;
    const firing = thresholds + onCores * rules.thresholds.dual;
    const axons = layer.inputs * rules.axonsPerInput;
    totals.compartments += firing * rules.reset.compartments;
    totals.inAxons += axons + firing * rules.reset.axons;
    totals.outAxons +=
      thresholds * rules.outAxonsPerThreshold + onCores * rules.axonsPerInput + firing * rules.reset.axons;
    totals.synapseBits +=
      axons * thresholds * leastBitsPerSynapse(layer, thresholds, rules) +
      firing * axonBits(rules.reset.synapses, rules);
  }
  const need = { ...eachResource(() => 0), ...totals };
  return resources.reduce((most, resource) => {
    const limit = rules.limits[resource];
    return limit === null || limit === 0 ? most : Math.max(most, Math.ceil(need[resource] / limit - 1e-9));
  }, 0);
}

/** Over every number of targets that a core can hold: heads and rounding make some numbers dearer than others. */
function leastBitsPerSynapse(layer: LayerDemand, thresholds: number, rules: CoreRules): number {
  const most = mostThresholds(layer, thresholds, rules);
  let least = Infinity;
  for (let n = 1; n <= Math.max(1, most); n++) least = Math.min(least, axonBits(n, rules) / n);
  return least;
}
