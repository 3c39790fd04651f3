/** Which cores of a chip the spiking part fills. Units: counts and bits; spikes and hops are per sample. */
import type { Resource } from '../chips/types.ts';

/** What one block needs or one core holds. */
export type Usage = Readonly<Record<Resource, number>>;

/** What the mapper needs to know of a spiking population. */
export interface PopulationDemand {
  readonly population: string;
  readonly neurons: number;
  readonly dual: boolean;
  /** Of the neurons' thresholds, equal where two can share a threshold register of a core. Every core with any of the neurons has all of them. */
  readonly thresholdKeys: readonly string[];
}

/** Populations that share the same inputs: a spiking layer, or one of the blocks of a layer, which follow one another. */
export interface LayerDemand {
  readonly layer: string;
  /** Number of analog values that the spike generator encodes; of one copy. */
  readonly inputs: number;
  /** Places that each have such inputs and such neurons of their own; left out where there is one. */
  readonly copies?: number;
  /** In the order of the layer's neurons; of one copy. */
  readonly populations: readonly PopulationDemand[];
}

/** What the simulation counted in a layer, averaged over the samples. */
export interface LayerActivity {
  readonly layer: string;
  /** Windows of T time-steps a sample that each of its blocks runs: sequence steps of this layer that it does not skip. */
  readonly windows: number;
  /** [inputs] spikes of either sign of the generator, a sample. */
  readonly inputSpikes: Float64Array;
  /** [neurons] spikes of either sign, a sample. */
  readonly neuronSpikes: Float64Array;
}

export interface MapOptions {
  /** Chips that may be used. */
  readonly chips: number;
  /** Fraction of every limit that may be used, above 0 and up to 1. */
  readonly fill: number;
  readonly weightBits: number;
  /** Where spike generators run: on the embedded processors, or as neurons driven by a bias. */
  readonly generators: 'processors' | 'cores';
}

export interface PopulationShare {
  readonly layer: string;
  /** "generator" where generators are on cores. */
  readonly population: string;
  readonly neurons: number;
  /** Index of the first of them in its population, of generators in the layer's; they are consecutive. */
  readonly from: number;
}

export interface CoreUsage extends Usage {
  readonly chip: number;
  /** On its chip: tile * coresPerTile + place in the tile. */
  readonly core: number;
  readonly tile: number;
  /** The resource that is fullest. */
  readonly limitedBy: Resource;
  /** 1 = full; null where the limit is not published. */
  readonly utilisation: Readonly<Record<Resource, number | null>>;
  readonly populations: readonly PopulationShare[];
  /** Null where nothing was simulated. */
  readonly traffic: {
    /** Spike messages that arrive and that leave, a sample. */
    readonly received: number;
    readonly sent: number;
    /** Hops that its messages, in and out, travel; a hop between two cores counts half for each. */
    readonly hops: number;
    /** Targets reached by what arrives, reset synapses included: synaptic operations, a sample. */
    readonly synapticOperations: number;
    /** Of its compartments, a sample. */
    readonly spikes: number;
  } | null;
}

/**
 * What a population would need without its neighbours, summed over the cores that it is on. Each of those
 * cores needs every input axon, so the populations of a layer add up to more than its cores hold.
 */
export interface PopulationUsage extends Usage {
  readonly layer: string;
  readonly population: string;
}

/** A block that runs on the embedded processors and takes nothing of a core. */
export interface ProcessorBlock {
  readonly layer: string;
  readonly population: 'generator' | 'counter';
  /** Values encoded, or neurons counted. */
  readonly values: number;
}

/** Why a layer cannot be put on the chip: what a finding is made of. */
export interface MapProblem {
  /** core-limit: no core can hold even one of its neurons. chip-full: more chips are needed than may be used. */
  readonly kind: 'core-limit' | 'chip-full';
  readonly layer: string;
  /** The limit that is exceeded; null for chip-full. */
  readonly resource: Resource | null;
  /** Names the limit, the need, the layer, and the nearest change that would make it fit. */
  readonly message: string;
  /** Changes that would make it fit, the nearest first. */
  readonly remedies: readonly Remedy[];
}

/** `fill`: the part of a core that must be usable. `split`: the layer in so many parts, of at most so many inputs each, which only its owner can make. */
export type Remedy =
  | { readonly kind: 'weight-bits'; readonly weightBits: number }
  | { readonly kind: 'chips'; readonly chips: number }
  | { readonly kind: 'fill'; readonly fill: number }
  | { readonly kind: 'split'; readonly parts: number; readonly inputs: number };

/** Messages of one sample over the mesh. */
export interface Traffic {
  readonly messages: number;
  readonly hopsEastWest: number;
  readonly hopsNorthSouth: number;
}

export interface ChipUsage {
  /** As the specification names it. */
  readonly id: string;
  readonly name: string;
  /** More than `chipsAllowed` where there are too few. */
  readonly chipsUsed: number;
  readonly chipsAllowed: number;
  readonly coresUsed: number;
  readonly coresPerChip: number;
  /** No mapping takes fewer cores: the tightest resource's total over one core's limit. */
  readonly coresLowerBound: number;
  readonly mesh: {
    readonly columns: number;
    readonly rows: number;
    readonly coresPerTile: number;
    readonly processorTile: number;
  };
  /** Of one core; null: not published. */
  readonly limits: Readonly<Record<Resource, number | null>>;
  /** By chip, then by core. */
  readonly cores: readonly CoreUsage[];
  readonly processors: readonly ProcessorBlock[];
  /** What each population needs by itself. */
  readonly populations: readonly PopulationUsage[];
  /** Null where nothing was simulated. */
  readonly traffic: Traffic | null;
  /** A layer with a core-limit problem is on no core and in none of the lists above. */
  readonly problems: readonly MapProblem[];
}
