/**
 * Splits spiking layers over the cores of a Loihi 1. What is counted and why: docs/loihi-cores.md.
 *
 * Compartments are given to neurons only. The spike generators inject spikes from outside the cores and the
 * counters read them there (host or embedded processor): neither has compartments in this version.
 */
import type { Coding } from '../convert/types.ts';
import { loihi1 } from './loihi1.ts';
import { synapseBits } from './synapse-memory.ts';
import type {
  ChipUsage,
  CoreUsage,
  LayerDemand,
  MapProblem,
  PopulationDemand,
  PopulationUsage,
  Resource,
  Usage,
} from './types.ts';

interface MapOptions {
  /** Both codings reset by subtraction, so today they take the same cores. */
  readonly coding: Coding;
}

const resources = [
  'compartments',
  'inAxons',
  'outAxons',
  'synapseBits',
] as const satisfies readonly Resource[];
const inWords: Readonly<Record<Resource, string>> = {
  compartments: 'compartments',
  inAxons: 'in-axons',
  outAxons: 'out-axons',
  synapseBits: 'bits of synapse memory',
};

/**
 * Least number of cores for each layer, evenly split; no two layers share a core.
 * Deterministic: cores are numbered in the order of `layers`.
 */
export function mapToCores(layers: readonly LayerDemand[], options: MapOptions): ChipUsage {
  const cores: CoreUsage[] = [];
  const populations: PopulationUsage[] = [];
  const problems: MapProblem[] = [];
  const available = loihi1.coresPerChip.value;
  let firstWithoutRoom: string | null = null;

  for (const layer of layers) {
    const need = (thresholds: number): Usage => usageOf(layer.inputs, thresholds, options.coding);
    const exceeded = coreLimitProblems(layer, need);
    if (exceeded.length > 0) {
      problems.push(...exceeded);
      continue;
    }
    const split = leastSplit(layer.populations, need);
    for (const shares of split) {
      cores.push(coreUsage(cores.length, layer, shares, need));
    }
    layer.populations.forEach((population, p) => {
      const parts = split.map((shares) => need(shares[p]! * thresholdsOf(population)));
      populations.push({ layer: population.layer, population: population.population, ...sum(parts) });
    });
    if (cores.length > available) firstWithoutRoom ??= layer.layer;
  }

  if (firstWithoutRoom !== null) {
    problems.push({
      kind: 'chip-full',
      layer: firstWithoutRoom,
      message:
        `The spiking layers need ${cores.length} cores, ${loihi1.name} has ${available}; ` +
        `layer ${firstWithoutRoom} is the first for which there is no room.`,
    });
  }
  return {
    name: loihi1.name,
    coresUsed: cores.length,
    coresAvailable: available,
    cores,
    populations,
    problems,
  };
}

/** How many compartments of a neuron fire: one for each threshold. */
function thresholdsOf(population: PopulationDemand): number {
  return (population.dual ? loihi1.thresholds.dual : loihi1.thresholds.single).value;
}

/**
 * What a core needs that holds `thresholds` firing compartments of a layer. Every input axon reaches every
 * neuron; only the compartment that holds the residue has input synapses, so targets are counted by threshold.
 */
function usageOf(inputs: number, thresholds: number, coding: Coding): Usage {
  if (thresholds === 0) return { compartments: 0, inAxons: 0, outAxons: 0, synapseBits: 0 };
  const weightBits = loihi1.weightBits.value;
  const inputAxons = inputs * loihi1.inAxonsPerInput.value;
  const resetAxons = thresholds * loihi1.resetAxonsPerThreshold.value;
  return {
    compartments: thresholds * loihi1.compartmentsPerThreshold[coding].value,
    inAxons: inputAxons + resetAxons,
    outAxons: thresholds * loihi1.outAxonsPerThreshold.value + resetAxons,
    synapseBits:
      inputAxons * synapseBits(thresholds, weightBits) +
      thresholds * synapseBits(loihi1.resetSynapsesPerThreshold[coding].value, weightBits),
  };
}

function fits(usage: Usage): boolean {
  return resources.every((resource) => usage[resource] <= loihi1.core[resource].value);
}

/** A neuron cannot be divided: what its widest neuron alone needs of a core, no split can lower. */
function coreLimitProblems(layer: LayerDemand, need: (thresholds: number) => Usage): MapProblem[] {
  const present = layer.populations.filter((population) => population.neurons > 0);
  const usage = need(Math.max(0, ...present.map(thresholdsOf)));
  return resources
    .filter((resource) => usage[resource] > loihi1.core[resource].value)
    .map((resource) => ({
      kind: 'core-limit',
      layer: layer.layer,
      message:
        `A single neuron of layer ${layer.layer}, with ${layer.inputs} inputs, needs ${usage[resource]} ` +
        `${inWords[resource]}; a ${loihi1.name} core has ${loihi1.core[resource].value}.`,
    }));
}

/** Neurons of each population on each core, [core][population], for the least number of cores that fits. */
function leastSplit(
  populations: readonly PopulationDemand[],
  need: (thresholds: number) => Usage,
): readonly (readonly number[])[] {
  const total = thresholdsOn(
    populations.map((population) => population.neurons),
    populations,
  );
  // Usage depends on the thresholds alone and grows with them, so one number says what a core can take.
  let most = 0;
  while (most < total && fits(need(most + 1))) most++;
  if (total === 0) return [];

  // Fewer cores than this cannot hold the layer; from there on, an uneven remainder may ask for more.
  for (let cores = Math.ceil(total / most); ; cores++) {
    const split = evenSplit(populations, cores);
    if (split.every((shares) => thresholdsOn(shares, populations) <= most)) return split;
  }
}

/**
 * Every population in equal parts. What does not divide goes one neuron a core, each population beginning where
 * the one before it ended, so that the cores differ by at most one neuron.
 */
export function evenSplit(
  populations: readonly Pick<PopulationDemand, 'neurons'>[],
  cores: number,
): readonly (readonly number[])[] {
  const split = Array.from({ length: cores }, (): number[] => []);
  let first = 0;
  for (const { neurons } of populations) {
    const remainder = neurons % cores;
    split.forEach((shares, core) => {
      shares.push(Math.floor(neurons / cores) + ((core - first + cores) % cores < remainder ? 1 : 0));
    });
    first = (first + remainder) % cores;
  }
  return split;
}

function thresholdsOn(shares: readonly number[], populations: readonly PopulationDemand[]): number {
  return populations.reduce((sum, population, p) => sum + shares[p]! * thresholdsOf(population), 0);
}

function coreUsage(
  core: number,
  layer: LayerDemand,
  shares: readonly number[],
  need: (thresholds: number) => Usage,
): CoreUsage {
  const usage = need(thresholdsOn(shares, layer.populations));
  const share = (resource: Resource): number => usage[resource] / loihi1.core[resource].value;
  return {
    core,
    ...usage,
    limitedBy: resources.reduce((fullest, resource) =>
      share(resource) > share(fullest) ? resource : fullest,
    ),
    utilisation: {
      compartments: share('compartments'),
      inAxons: share('inAxons'),
      outAxons: share('outAxons'),
      synapseBits: share('synapseBits'),
    },
    populations: layer.populations
      .map((population, p) => ({
        layer: population.layer,
        population: population.population,
        neurons: shares[p]!,
      }))
      .filter(({ neurons }) => neurons > 0),
  };
}

function sum(parts: readonly Usage[]): Usage {
  const total = (resource: Resource): number => parts.reduce((sum, part) => sum + part[resource], 0);
  return {
    compartments: total('compartments'),
    inAxons: total('inAxons'),
    outAxons: total('outAxons'),
    synapseBits: total('synapseBits'),
  };
}
