/** Spikes over the mesh: who sends to whom, and what arrives where. */
import { thresholdsIn, type CoreBlocks, type CoreRules } from './occupancy.ts';
import { hops, type Flows, type Mesh } from './place.ts';
import type { PlaceShare } from './copies.ts';
import type { CoreUsage, LayerActivity, LayerDemand, Traffic } from './types.ts';

/** A core's blocks with the neurons that they are. */
export interface FilledCore {
  readonly blocks: CoreBlocks;
  readonly shares: readonly PlaceShare[];
}

/** Every input and neuron spikes alike: what places cores where nothing was simulated. */
export function evenActivity(demands: readonly LayerDemand[]): LayerActivity[] {
  return demands.map(({ layer, inputs, populations }) => ({
    layer,
    windows: 1,
    inputSpikes: new Float64Array(inputs).fill(1),
    neuronSpikes: new Float64Array(populations.reduce((sum, { neurons }) => sum + neurons, 0)).fill(1),
  }));
}

function sum(values: Float64Array, from = 0, count = values.length): number {
  let total = 0;
  for (let k = from; k < from + count; k++) total += values[k]!;
  return total;
}

/** What a core receives, sends and computes, by its blocks; all a sample. */
export interface CoreFlow {
  /** Spikes of the generators, by layer: each goes to every core of its layer. */
  readonly received: readonly { readonly layer: number; readonly spikes: number }[];
  /** Spikes of its neurons, on their way to the counters. */
  readonly counted: number;
  /** Spikes of the generators that it holds, by layer; each is sent once for every destination. */
  readonly generated: readonly {
    readonly layer: number;
    readonly spikes: number;
    readonly destinations: number;
  }[];
  readonly synapticOperations: number;
}

export function coreFlow(
  { blocks, shares }: FilledCore,
  demands: readonly LayerDemand[],
  activity: readonly LayerActivity[],
  rules: CoreRules,
): CoreFlow {
  const received = blocks.neurons.map(({ layer }) => ({ layer, spikes: sum(activity[layer]!.inputSpikes) }));
  const generated = blocks.generators.map(({ layer, from, inputs, destinations }) => ({
    layer,
    spikes: sum(activity[layer]!.inputSpikes, from, inputs),
    destinations,
  }));
  const counted = shares.reduce((total, share) => total + spikesOf(share, demands, activity), 0);
  const own = counted + generated.reduce((total, { spikes }) => total + spikes, 0);
  const arriving = blocks.neurons.reduce((total, block, b) => {
    return total + received[b]!.spikes * thresholdsIn(block, demands[block.layer]!, rules);
  }, 0);
  return { received, counted, generated, synapticOperations: arriving + own * rules.reset.synapses };
}

function spikesOf(
  share: PlaceShare,
  demands: readonly LayerDemand[],
  activity: readonly LayerActivity[],
): number {
  if (share.population === 'generator') return 0;
  let start = 0;
  for (const { population, neurons } of demands[share.demand]!.populations) {
    if (population === share.population) break;
    start += neurons;
  }
  return sum(activity[share.demand]!.neuronSpikes, start + share.from, share.neurons);
}

/** Between the cores of one chip. */
export function flowsOf(cores: readonly CoreFlow[], generatorsOnCores: boolean): Flows {
  const processors = cores.map(
    ({ received, counted }) =>
      counted + (generatorsOnCores ? 0 : received.reduce((total, { spikes }) => total + spikes, 0)),
  );
  const between = cores.flatMap(({ generated }, from) =>
    generated.flatMap(({ layer, spikes }) =>
      cores.flatMap(({ received }, to) =>
        received.some((block) => block.layer === layer) ? [{ from, to, spikes }] : [],
      ),
    ),
  );
  return { processors, cores: between };
}

/**
 * @param tiles [cores] of one chip
 * @returns each core's part, and the whole chip's
 */
export function trafficOf(
  cores: readonly CoreFlow[],
  tiles: readonly number[],
  mesh: Mesh,
  generatorsOnCores: boolean,
): { readonly cores: readonly NonNullable<CoreUsage['traffic']>[]; readonly total: Traffic } {
  const flows = flowsOf(cores, generatorsOnCores);
  const ofCore = new Float64Array(cores.length);
  const total = { messages: 0, hopsEastWest: 0, hopsNorthSouth: 0 };
  const send = (spikes: number, from: number, to: number): number => {
    const { eastWest, northSouth } = hops(mesh, from, to);
    total.messages += spikes;
    total.hopsEastWest += spikes * eastWest;
    total.hopsNorthSouth += spikes * northSouth;
    return spikes * (eastWest + northSouth);
  };
  flows.processors.forEach((spikes, core) => {
    ofCore[core]! += send(spikes, tiles[core]!, mesh.processorTile);
  });
  for (const { from, to, spikes } of flows.cores) {
    const way = send(spikes, tiles[from]!, tiles[to]!);
    ofCore[from]! += way / 2;
    ofCore[to]! += way / 2;
  }
  return {
    cores: cores.map(({ received, counted, generated, synapticOperations }, core) => ({
      received: received.reduce((all, { spikes }) => all + spikes, 0),
      sent: counted + generated.reduce((all, { spikes, destinations }) => all + spikes * destinations, 0),
      hops: ofCore[core]!,
      synapticOperations,
      spikes: counted + generated.reduce((all, { spikes }) => all + spikes, 0),
    })),
    total,
  };
}
