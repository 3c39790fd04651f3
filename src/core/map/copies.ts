/**
 * Layers whose neurons stand at several places, a convolution over images: a block for each place, with the same
 * weights and inputs of its own. The mapper sees every place as a layer; what it reports is of the whole one.
 */
import type { LayerActivity, LayerDemand, PopulationShare } from './types.ts';

/** One place of a layer, or a layer that has only one. */
export interface PlaceDemand extends LayerDemand {
  /** Which of the layer's places. */
  readonly copy: number;
  /** Inputs of the blocks of the layer that come before. */
  readonly firstInput: number;
}

function neuronsOf({ populations }: LayerDemand): number {
  return populations.reduce((sum, { neurons }) => sum + neurons, 0);
}

export function eachCopy(demands: readonly LayerDemand[]): PlaceDemand[] {
  const firstInputs = new Map<string, number>();
  return demands.flatMap((demand) => {
    const firstInput = firstInputs.get(demand.layer) ?? 0;
    firstInputs.set(demand.layer, firstInput + demand.inputs);
    return Array.from({ length: demand.copies ?? 1 }, (_, copy) => ({ ...demand, copy, firstInput }));
  });
}

/** What a layer of several blocks did, block by block. @param activity of the layers of the demands, in their order */
export function activityOfBlocks(
  demands: readonly LayerDemand[],
  activity: readonly LayerActivity[],
): LayerActivity[] {
  if (activity.length === demands.length) return [...activity];
  const ends = new Map<string, { inputs: number; neurons: number }>();
  return demands.map((demand) => {
    const own = activity.find(({ layer }) => layer === demand.layer)!;
    const start = ends.get(demand.layer) ?? { inputs: 0, neurons: 0 };
    const copies = demand.copies ?? 1;
    const end = {
      inputs: start.inputs + copies * demand.inputs,
      neurons: start.neurons + copies * neuronsOf(demand),
    };
    ends.set(demand.layer, end);
    return {
      ...own,
      inputSpikes: own.inputSpikes.subarray(start.inputs, end.inputs),
      neuronSpikes: own.neuronSpikes.subarray(start.neurons, end.neurons),
    };
  });
}

/** @param activity of the demands, in their order */
export function activityOfCopies(
  demands: readonly LayerDemand[],
  activity: readonly LayerActivity[],
): LayerActivity[] {
  return demands.flatMap((demand, index) => {
    const own = activity[index]!;
    if (demand.copies === undefined) return [own];
    const { inputs } = demand;
    const neurons = neuronsOf(demand);
    return Array.from({ length: demand.copies }, (_, copy) => ({
      ...own,
      inputSpikes: own.inputSpikes.subarray(copy * inputs, (copy + 1) * inputs),
      neuronSpikes: own.neuronSpikes.subarray(copy * neurons, (copy + 1) * neurons),
    }));
  });
}

/** A share of one of the places: `from` counts within it. */
export interface PlaceShare extends PopulationShare {
  /** Index into the places. */
  readonly demand: number;
}

/** As shares of whole layers: neighbouring places on a core are one. */
export function sharesOfLayers(
  shares: readonly PlaceShare[],
  demands: readonly PlaceDemand[],
): PopulationShare[] {
  const merged: PopulationShare[] = [];
  for (const { demand, ...share } of shares) {
    const { copy, inputs, populations, firstInput } = demands[demand]!;
    const neurons = populations.find(({ population }) => population === share.population)?.neurons;
    const first = neurons === undefined ? firstInput + copy * inputs : copy * neurons;
    const own = { ...share, from: first + share.from };
    const last = merged.at(-1);
    const goesOn =
      last?.layer === own.layer &&
      last.population === own.population &&
      last.from + last.neurons === own.from;
    if (goesOn) merged[merged.length - 1] = { ...last, neurons: last.neurons + own.neurons };
    else merged.push(own);
  }
  return merged;
}

/** [places of which some are in the share] neurons of each. @param each neurons of one place */
export function neuronsByPlace({ from, neurons }: PopulationShare, each: number): number[] {
  const counts: number[] = [];
  for (let next = from; next < from + neurons;) {
    const end = Math.min((Math.floor(next / each) + 1) * each, from + neurons);
    counts.push(end - next);
    next = end;
  }
  return counts;
}
