/** Which cores of a chip the spiking part fills. Units: counts and bits. */

/** A limit or constant with where it was published or coded. */
export interface Sourced {
  readonly value: number;
  readonly source: string;
  /** What another source says. Results rest on `value`. */
  readonly otherwise?: { readonly value: number; readonly source: string };
}

/** What one block needs or one core holds. */
export interface Usage {
  readonly compartments: number;
  readonly inAxons: number;
  readonly outAxons: number;
  readonly synapseBits: number;
}

export type Resource = keyof Usage;

/** What the mapper needs to know of a spiking population; made by `convert/`. */
export interface PopulationDemand {
  /** Layer and population, "lstm/i". */
  readonly layer: string;
  readonly population: string;
  readonly neurons: number;
  readonly dual: boolean;
}

/** One spiking layer: a set of populations that share the same input axons. */
export interface LayerDemand {
  readonly layer: string;
  /** Number of analog values that the spike generator encodes; each is ternary and takes a + and a - axon. */
  readonly inputs: number;
  readonly populations: readonly PopulationDemand[];
}

export interface CoreUsage extends Usage {
  readonly core: number;
  /** The resource that is fullest, and how full (1 = full). */
  readonly limitedBy: Resource;
  readonly utilisation: Readonly<Record<Resource, number>>;
  readonly populations: readonly {
    readonly layer: string;
    readonly population: string;
    readonly neurons: number;
  }[];
}

/**
 * What a population would need without its neighbours, summed over the cores that it is on. Each of those
 * cores needs every input axon, so the populations of a layer add up to more than its cores hold.
 */
export interface PopulationUsage extends Usage {
  readonly layer: string;
  readonly population: string;
}

/** Why a layer cannot be put on the chip: what a finding is made of. */
export interface MapProblem {
  /** core-limit: no core can hold even one of its neurons. chip-full: too few cores are left for it. */
  readonly kind: 'core-limit' | 'chip-full';
  readonly layer: string;
  /** Names the limit, the need and the layer. */
  readonly message: string;
}

export interface ChipUsage {
  readonly name: string;
  /** Cores that the layers need; more than `coresAvailable` where the chip is full. */
  readonly coresUsed: number;
  readonly coresAvailable: number;
  readonly cores: readonly CoreUsage[];
  /** What each population needs by itself. */
  readonly populations: readonly PopulationUsage[];
  /** A layer with a core-limit problem is on no core and in none of the lists above. */
  readonly problems: readonly MapProblem[];
}
