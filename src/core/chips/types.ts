/**
 * A chip as data: limits of a core, what a neuron takes of them, prices of events. Nothing about a chip stands
 * in code; `loihi1.json` and `loihi2.json` beside this file have the form that a user's own file has
 * (docs/chips.md). Here: a chip as read, in SI units (joules, seconds, watts, bits).
 */

/**
 * How far a figure can be trusted. `coded`: a constant of software that drives the chip. `assumed`: ours, with the
 * reason as its source.
 */
export const grades = ['measured', 'calibrated', 'simulated', 'coded', 'unofficial', 'assumed'] as const;
export type Grade = (typeof grades)[number];

/** Where a figure is from. */
export interface Evidence {
  readonly source: string;
  readonly grade: Grade;
}

/** A figure with where it was published or coded. */
export interface Sourced<T = number> extends Evidence {
  readonly value: T;
  /** What other sources say. Results rest on `value`. */
  readonly otherwise: readonly (Evidence & { readonly value: T })[];
}

/** What a core has a limited number of; `synapseBits` is its synapse memory. */
export const resources = [
  'compartments',
  'inAxons',
  'outAxons',
  'synapseBits',
  'compartmentConfigurations',
  'thresholdConfigurations',
  'synapseConfigurations',
] as const;
export type Resource = (typeof resources)[number];

/** Of one firing threshold: compartments, synapses from the neuron to itself, axons for those. */
export interface ResetCost {
  readonly compartments: Sourced;
  readonly synapses: Sourced;
  readonly axons: Sourced;
}

/** Events that a chip file may price. One each, except `barrier`: one a time-step. */
export const pricedEvents = [
  'synapticOperation',
  'updateActive',
  'updateInactive',
  /** A compartment fires. */
  'spike',
  /** A spike is delivered to a core (on Loihi 1: within its tile). */
  'message',
  'hopEastWest',
  'hopNorthSouth',
  'barrier',
  'generatedSpike',
  'countedSpike',
  /** One multiplication of the analog cell update. */
  'cellUpdate',
  'hostInput',
  'hostOutput',
] as const;
export type PricedEvent = (typeof pricedEvents)[number];

export interface Price extends Evidence {
  /** Joules; null where the source gives none. */
  readonly energy: number | null;
  /** Seconds; null where the source gives none. */
  readonly time: number | null;
}

/** Prices that belong together, from one publication. */
export interface PriceTable {
  readonly name: string;
  readonly prices: Readonly<Partial<Record<PricedEvent, Price>>>;
  /** Seconds of a barrier synchronisation over so many tiles, by rising tiles; between them linear. */
  readonly barrier: readonly (Evidence & { readonly tiles: number; readonly time: number })[];
}

/** Joules of one event, fitted to whole-system measurements; see docs/energy.md. */
export interface Calibration extends Evidence {
  readonly name: string;
  readonly event: 'spikes' | 'synapticOperations' | 'updates';
  readonly energyPerEvent: number;
  /** Largest relative error when the predicted row was left out of the fit: 0.08 is 8 %. */
  readonly leaveOneOutError: number;
}

export interface Chip {
  /** "loihi1", "loihi2", or the path of the user's file as the specification names it. */
  readonly id: string;
  readonly name: string;
  readonly mesh: {
    /** Tiles east-west and north-south. Tiles are numbered row by row from 0. */
    readonly columns: Sourced;
    readonly rows: Sourced;
    readonly coresPerTile: Sourced;
    /** Tile at which the embedded processors (or, without any, the host) send and receive spikes. */
    readonly processorTile: Sourced;
  };
  /** Limits of one core. Null: not published, so not checked. */
  readonly core: Readonly<Record<Resource, Sourced<number | null>>>;
  readonly synapses: {
    /** Bits that a weight may have, rising; the last is the default. */
    readonly weightBits: Sourced<readonly number[]>;
    /** Synapses of one entry ("block") of synapse memory, bits at its head, and the word it is rounded up to. */
    readonly entrySynapses: Sourced;
    readonly entryHeadBits: Sourced;
    readonly wordBits: Sourced;
    /** Words that one in-axon may have on a core. */
    readonly axonWords: Sourced<number | null>;
    /** In-axons of one analog value that the spike generator encodes: 2 where a spike has no sign. */
    readonly axonsPerInput: Sourced;
  };
  readonly neuron: {
    /** Thresholds, i.e. firing compartments, of a neuron that fires at one threshold and at two. */
    readonly thresholds: { readonly single: Sourced; readonly dual: Sourced };
    /** Reset by subtraction (both codings) and to zero. */
    readonly reset: { readonly subtract: ResetCost; readonly zero: ResetCost };
    readonly outAxonsPerThreshold: Sourced;
  };
  /** Totals are ranges over these. */
  readonly priceTables: readonly PriceTable[];
  /** Measured seconds of one time-step of whole workloads; may be empty. */
  readonly stepTimes: readonly Sourced[];
  /** Watts while a workload runs, and of the chip at rest; may be empty. */
  readonly processorPower: readonly Sourced[];
  readonly staticPower: readonly Sourced[];
  readonly calibrations: readonly Calibration[];
}
