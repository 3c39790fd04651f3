/**
 * Maps spiking layers to the cores of a chip: blocks are packed, dealt to chips, and placed on the mesh.
 * What is counted and why: docs/cores.md. Deterministic.
 */
import { resources, type Chip, type Resource } from '../chips/types.ts';
import { dealToChips } from './chips.ts';
import {
  activityOfBlocks,
  activityOfCopies,
  eachCopy,
  neuronsByPlace,
  sharesOfLayers,
  type PlaceDemand,
  type PlaceShare,
} from './copies.ts';
import { coresLowerBound } from './lower-bound.ts';
import {
  coreRules,
  eachResource,
  occupancy,
  type CoreBlocks,
  type CoreRules,
  type NeuronBlock,
} from './occupancy.ts';
import { packNeurons } from './pack.ts';
import { coresOf, meshOf, place, type Mesh } from './place.ts';
import { chipFullProblem, coreLimitProblems, generatorProblem } from './problems.ts';
import { coreFlow, evenActivity, flowsOf, trafficOf, type FilledCore } from './traffic.ts';
import type {
  ChipUsage,
  CoreUsage,
  LayerActivity,
  LayerDemand,
  MapOptions,
  PopulationUsage,
  ProcessorBlock,
  Traffic,
} from './types.ts';

/**
 * @param layers in the order in which they run
 * @param activity of those layers, one each whatever its blocks, from the simulation; null where nothing was simulated
 */
export function mapToChip(
  layers: readonly LayerDemand[],
  activity: readonly LayerActivity[] | null,
  chip: Chip,
  options: MapOptions,
): ChipUsage {
  const mesh = meshOf(chip);
  const coresPerChip = coresOf(mesh);
  const problems = layers.flatMap((layer) => coreLimitProblems(layer, chip, options));
  const refused = new Set(problems.map(({ layer }) => layer));
  const demands = layers.filter(({ layer }) => !refused.has(layer));
  const there = activity?.filter(({ layer }) => !refused.has(layer)) ?? null;
  const places = eachCopy(demands);
  const measured = there && activityOfCopies(demands, activityOfBlocks(demands, there));
  const rules = coreRules(chip, options);
  const { chips, generators } = fill(places, coresPerChip, options.generators, rules);
  if (generators !== options.generators) problems.push(generatorProblem(demands[0]!, chip));
  const { cores, traffic } = placeAll(chips, places, measured, mesh, chip, rules);
  if (chips.length > options.chips) {
    const firstWithoutRoom = chips[options.chips]![0]!.shares[0]!.layer;
    const need = { chips: chips.length, cores: cores.length, firstWithoutRoom };
    const chipsAt = (change: Partial<MapOptions>): number =>
      fill(places, coresPerChip, generators, coreRules(chip, { ...options, ...change })).chips.length;
    problems.push(chipFullProblem(need, coresPerChip, chip, options, chipsAt));
  }
  return {
    id: chip.id,
    name: chip.name,
    chipsUsed: chips.length,
    chipsAllowed: options.chips,
    coresUsed: cores.length,
    coresPerChip,
    coresLowerBound: coresLowerBound(places, generators, rules),
    mesh,
    limits: eachResource((resource) => chip.core[resource].value),
    cores,
    processors: processorBlocks(demands, generators),
    populations: populationUsages(cores, demands, rules),
    traffic,
    problems,
  };
}

/** Whether {@link mapToChip} would find no problem; without the places, which take longer. */
export function fitsChip(layers: readonly LayerDemand[], chip: Chip, options: MapOptions): boolean {
  if (layers.some((layer) => coreLimitProblems(layer, chip, options).length > 0)) return false;
  const coresPerChip = coresOf(meshOf(chip));
  const places = eachCopy(layers);
  const { chips, generators } = fill(places, coresPerChip, options.generators, coreRules(chip, options));
  return generators === options.generators && chips.length <= options.chips;
}

/** Blocks by chip and core, with the neurons that they are. Generators that fit no core stay with the processors. */
function fill(
  demands: readonly LayerDemand[],
  coresPerChip: number,
  wanted: MapOptions['generators'],
  rules: CoreRules,
): { readonly chips: readonly (readonly FilledCore[])[]; readonly generators: MapOptions['generators'] } {
  const packed = packNeurons(demands, rules);
  const asWanted = dealToChips(packed, coresPerChip, wanted, demands, rules);
  const dealt = asWanted ?? dealToChips(packed, coresPerChip, 'processors', demands, rules)!;
  const next = demands.map(({ populations }) => populations.map(() => 0));
  const chips = dealt.map((cores) =>
    cores.map((blocks) => ({ blocks, shares: shares(blocks, demands, next) })),
  );
  return { chips, generators: asWanted ? wanted : 'processors' };
}

/** Neurons are numbered in the order of the cores. @param next [places][populations], moved on */
function shares(
  { neurons, generators }: CoreBlocks,
  demands: readonly LayerDemand[],
  next: number[][],
): PlaceShare[] {
  const ofNeurons = neurons.flatMap((block: NeuronBlock) =>
    demands[block.layer]!.populations.flatMap(({ population }, p) => {
      const count = block.neurons[p]!;
      const from = next[block.layer]![p]!;
      next[block.layer]![p] = from + count;
      const { layer } = demands[block.layer]!;
      return count === 0 ? [] : [{ demand: block.layer, layer, population, neurons: count, from }];
    }),
  );
  const ofGenerators = generators.map(({ layer, from, inputs }) => ({
    demand: layer,
    layer: demands[layer]!.layer,
    population: 'generator',
    neurons: inputs,
    from,
  }));
  return [...ofNeurons, ...ofGenerators];
}

function placeAll(
  chips: readonly (readonly FilledCore[])[],
  demands: readonly PlaceDemand[],
  measured: readonly LayerActivity[] | null,
  mesh: Mesh,
  chip: Chip,
  rules: CoreRules,
): { readonly cores: readonly CoreUsage[]; readonly traffic: Traffic | null } {
  const activity = measured ?? evenActivity(demands);
  const total = { messages: 0, hopsEastWest: 0, hopsNorthSouth: 0 };
  const cores = chips.flatMap((filled, chipIndex) => {
    const onCores = filled.some(({ blocks }) => blocks.generators.length > 0);
    const flows = filled.map((core) => coreFlow(core, demands, activity, rules));
    const slots = place(mesh, flowsOf(flows, onCores));
    const tiles = slots.map((slot) => Math.floor(slot / mesh.coresPerTile));
    const traffic = trafficOf(flows, tiles, mesh, onCores);
    total.messages += traffic.total.messages;
    total.hopsEastWest += traffic.total.hopsEastWest;
    total.hopsNorthSouth += traffic.total.hopsNorthSouth;
    return filled
      .map((core, index) => ({
        chip: chipIndex,
        core: slots[index]!,
        tile: tiles[index]!,
        ...filling(occupancy(core.blocks, demands, rules), chip),
        populations: sharesOfLayers(core.shares, demands),
        traffic: measured && traffic.cores[index]!,
      }))
      .sort((a, b) => a.core - b.core);
  });
  return { cores, traffic: measured && total };
}

function filling(usage: Readonly<Record<Resource, number>>, chip: Chip) {
  const utilisation = eachResource((resource) => {
    const limit = chip.core[resource].value;
    return limit === null ? null : usage[resource] / limit;
  });
  const share = (resource: Resource): number => utilisation[resource] ?? -1;
  const limitedBy = resources.reduce((fullest, resource) =>
    share(resource) > share(fullest) ? resource : fullest,
  );
  return { ...usage, utilisation, limitedBy };
}

function processorBlocks(
  demands: readonly LayerDemand[],
  generators: MapOptions['generators'],
): ProcessorBlock[] {
  return demands.flatMap(({ layer, inputs, populations, copies = 1 }) => [
    ...(generators === 'processors'
      ? [{ layer, population: 'generator', values: inputs * copies } as const]
      : []),
    {
      layer,
      population: 'counter',
      values: copies * populations.reduce((sum, { neurons }) => sum + neurons, 0),
    } as const,
  ]);
}

/** What each population would take without its neighbours, on the cores that it is on. */
function populationUsages(
  cores: readonly CoreUsage[],
  demands: readonly LayerDemand[],
  rules: CoreRules,
): PopulationUsage[] {
  return demands.flatMap((demand, layer) =>
    demand.populations.map(({ population, neurons: each }, p) => {
      const total = eachResource(() => 0);
      for (const share of cores.flatMap((core) => core.populations)) {
        if (share.layer !== demand.layer || share.population !== population) continue;
        const neurons = neuronsByPlace(share, each).map((count) => ({
          layer,
          neurons: demand.populations.map((_, other) => (other === p ? count : 0)),
        }));
        const usage = occupancy({ neurons, generators: [] }, demands, rules);
        for (const resource of resources) total[resource] += usage[resource];
      }
      return { layer: demand.layer, population, ...total };
    }),
  );
}
