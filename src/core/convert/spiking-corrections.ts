/** What the specification's `corrections` change in the spiking network alone. */
import { areDual, withBounds } from './pieces.ts';
import type { Correction, HybridLayer, PopulationSpec, SpikingLayer, SpikingRecurrent } from './types.ts';

/** The range of the generator of a layer's inputs, as the corrections have it. */
export function correctedInputRange(
  layer: string,
  range: number,
  corrections: readonly Correction[] = [],
): number {
  return corrections.reduce((before, { layer: of, inputRange }) => {
    return of === layer ? (inputRange ?? before) : before;
  }, range);
}

/** A layer with its other corrections, in their order; one that does not spike has none. */
export function correctSpiking(layer: HybridLayer, corrections: readonly Correction[] = []): HybridLayer {
  if (layer.runsAs !== 'spiking') return layer;
  return corrections
    .filter((correction) => correction.layer === layer.layer.name)
    .reduce<SpikingLayer>(correctLayer, layer);
}

function correctLayer(layer: SpikingLayer, correction: Correction): SpikingLayer {
  const { gate, hiddenRange, weightExponent } = correction;
  return {
    ...layer,
    ...('hiddenRange' in layer &&
      hiddenRange !== undefined && { hiddenRange, ...narrowedReset(layer, hiddenRange) }),
    ...(weightExponent !== undefined && { weightExponent }),
    populations: layer.populations.map((population) =>
      gate === undefined || gate === population.name ? correctPopulation(population, correction) : population,
    ),
  };
}

/** What the reset gate of a GRU lets through of h is as much narrower. */
function narrowedReset(layer: SpikingRecurrent, hiddenRange: number) {
  if (!('resetRange' in layer) || layer.layer.resetAfter) return {};
  const part = hiddenRange / layer.hiddenRange;
  return { resetRange: layer.resetRange.map((range) => range * part) };
}

function correctPopulation(
  population: PopulationSpec,
  { low, high, spikingBias }: Correction,
): PopulationSpec {
  const biased = spikingBias ? { ...population, spikingBias } : population;
  if (low === undefined || high === undefined) return biased;
  const pieces = withBounds(population.pieces, low, high);
  // Those of its channels go too: the correction is of all.
  const { name, values, spikingBias: bias } = biased;
  return {
    name,
    values,
    ...(bias && { spikingBias: bias }),
    pieces,
    neurons: population.values * pieces.length,
    dual: areDual(pieces),
  };
}
