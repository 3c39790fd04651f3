/** Energy and time of the spiking network as a ledger. Joules, seconds, watts; everything is per sample ("inference"). */
import type { Evidence, Grade } from '../chips/types.ts';

export interface Range {
  readonly low: number;
  readonly high: number;
}

export const ledgerEvents = [
  'synapticOperations',
  'updatesActive',
  'updatesInactive',
  'spikes',
  'messages',
  'hopsEastWest',
  'hopsNorthSouth',
  'synchronisation',
  'generatedSpikes',
  'countedSpikes',
  'cellUpdates',
  'hostInput',
  'hostOutput',
  /** Their counts are seconds, their prices watts. */
  'embeddedProcessors',
  'static',
] as const;
export type LedgerEvent = (typeof ledgerEvents)[number];

/** Who spends it: neuro-cores, the mesh between them, embedded processors and host, the chip at rest. */
export type LedgerGroup = 'cores' | 'mesh' | 'processors' | 'static';

export interface LedgerLine {
  readonly event: LedgerEvent;
  readonly group: LedgerGroup;
  /** Events an inference; for powers the seconds of the latency's low and high. */
  readonly count: number | Range;
  /** Joules an inference; null without a price. */
  readonly low: number | null;
  readonly high: number | null;
  /** Of the prices, joined by "; " where there are several; null without a price. */
  readonly source: string | null;
  /** The weakest grade of its prices; null without a price. */
  readonly grade: Grade | null;
  /** Each price that the range is over. */
  readonly prices: readonly (Evidence & {
    readonly table: string;
    readonly value: number;
    readonly unit: 'J' | 'W';
  })[];
}

/** NeuroBench's metrics under its names (algorithm track). Per inference. */
export interface NeuroBench {
  /** Bytes of parameters and buffers. */
  readonly footprint: number;
  readonly connectionSparsity: number;
  readonly activationSparsity: number;
  readonly synapticOperations: {
    readonly effectiveMACs: number;
    readonly effectiveACs: number;
    readonly dense: number;
  };
  readonly membraneUpdates: number;
}

/** Multiply-accumulates of one sequence step (paper, section III): fully connected 4ab + 4b^2, the rest 3b. */
export interface LayerOperations {
  readonly layer: string;
  readonly kind: string;
  readonly fullyConnected: number;
  readonly rest: number;
  /** Sequence steps an inference. */
  readonly steps: number;
}

/** What a person would compare with. */
export interface Baseline {
  readonly name: string;
  /** `here`: measured in this run. `paper`: table I. `per-operation`: counts times published energies of a device. */
  readonly kind: 'here' | 'paper' | 'per-operation';
  readonly batch: number | null;
  /** Joules an inference; null where no watts are known. */
  readonly energy: number | null;
  /** Seconds an inference (of a whole batch where batch > 1). */
  readonly latency: number | null;
  readonly watts: number | null;
  readonly source: string;
  readonly grade: Grade;
  /** False where it is of another workload: shown, but no savings are formed. */
  readonly comparable: boolean;
  readonly note: string | null;
  /** Its energy over the spiking network's; above 1 is a saving. */
  readonly savings: Range | null;
}

/** What the run's own machine took for the analog network. */
export interface AnalogMeasurement {
  readonly batch: number;
  /** Median seconds of a batch. */
  readonly seconds: number;
  readonly runs: number;
  /** Joules of a batch, package power from RAPL; null where the machine does not expose it. */
  readonly joules: number | null;
}

export interface EnergyReport {
  readonly chip: string;
  readonly perInference: Range;
  readonly perSequenceStep: Range;
  readonly sequenceSteps: number;
  readonly groups: Readonly<Record<LedgerGroup, Range>>;
  readonly latency: Range;
  readonly latencyPerSequenceStep: Range;
  /** Where each end of the latency comes from. */
  readonly latencySources: { readonly low: string; readonly high: string };
  readonly averagePower: Range;
  /** False where a line has no price. */
  readonly complete: boolean;
  readonly unpriced: readonly LedgerEvent[];
  readonly lines: readonly LedgerLine[];
  /** Fitted to whole-system measurements instead of added up. */
  readonly calibrated: readonly (Evidence & { readonly name: string; readonly energy: Range })[];
  /** In the order of `chip.cores`: joules of its lines, and shares of the sums over all cores, 0..1. */
  readonly cores: readonly {
    readonly energy: Range;
    readonly energyShare: number;
    readonly trafficShare: number;
  }[];
  readonly baselines: readonly Baseline[];
  readonly neurobench: NeuroBench;
  readonly operations: readonly LayerOperations[];
}

/** The same network on another chip. */
export interface ChipComparison {
  readonly id: string;
  readonly name: string;
  readonly chipsUsed: number;
  readonly coresUsed: number;
  readonly coresPerChip: number;
  readonly fits: boolean;
  /** Null where nothing was simulated or no event has a price. */
  readonly perInference: Range | null;
  readonly complete: boolean;
  readonly latency: Range | null;
}
