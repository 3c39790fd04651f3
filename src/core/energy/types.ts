/** Energy and time of the spiking network as a ledger. Joules, seconds, watts; everything is per sample ("inference"). */
import type { Evidence, Grade } from '../chips/types.ts';
import type { HybridLayer } from '../convert/types.ts';
import type { LayerActivity } from '../map/types.ts';

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
  /** Their counts are seconds of a chip, their prices watts. */
  'embeddedProcessors',
  'static',
] as const;
export type LedgerEvent = (typeof ledgerEvents)[number];

/** Who spends it: neuro-cores, the mesh between them, embedded processors and host, the chip at rest. */
export type LedgerGroup = 'cores' | 'mesh' | 'processors' | 'static';

export interface LedgerLine {
  readonly event: LedgerEvent;
  readonly group: LedgerGroup;
  /** Events an inference; for powers the latency's low and high, times the chips; null where it is not known. */
  readonly count: number | Range | null;
  /** Joules an inference; null without a price (or, for powers, without a latency). */
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
  /** Sequence steps an inference, but for those that it skips. */
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

/** What the ledger needs of a run beside the chip and the map. */
export interface Workload {
  readonly layers: readonly HybridLayer[];
  /** Of the spiking layers, in their order. */
  readonly activity: readonly LayerActivity[];
  readonly timesteps: number;
  readonly arithmetic: 'float' | 'loihi';
  /** Of a synapse on the chip. */
  readonly weightBits: number;
  /** Of a sample; where the network has several inputs, of the longest. */
  readonly sequenceSteps: number;
  /** Of each input, where there are several. */
  readonly inputSteps?: readonly number[];
  /** [layers] sequence steps that a layer skips, a sample; none where it is left out. */
  readonly skippedSteps?: readonly number[];
  /** Values of a sample that the host sends, and of the answer that it receives. */
  readonly inputValues: number;
  readonly outputValues: number;
}

/** What the run's own machine took for the analog network. */
export interface AnalogMeasurement {
  readonly batch: number;
  /** Seconds of a batch, the least of the runs: what neighbours on the machine add is not the network's. */
  readonly seconds: number;
  readonly runs: number;
  /** Joules of a batch, mean of the runs, of the whole processor package (RAPL); null where the machine does not expose it. */
  readonly joules: number | null;
}

export interface EnergyReport {
  readonly chip: string;
  /** Sum of the lines that have a price; null where none has. */
  readonly perInference: Range | null;
  readonly perSequenceStep: Range | null;
  readonly sequenceSteps: number;
  /** Null where no line of the group has a price. */
  readonly groups: Readonly<Record<LedgerGroup, Range | null>>;
  /** Null where neither the prices nor a measurement say what a time-step takes. */
  readonly latency: Range | null;
  readonly latencyPerSequenceStep: Range | null;
  /** Where each end of the latency comes from. */
  readonly latencySources: { readonly low: string; readonly high: string } | null;
  readonly averagePower: Range | null;
  /** False where a line has no price or a spiking layer is on no core. */
  readonly complete: boolean;
  readonly unpriced: readonly LedgerEvent[];
  /** Spiking layers that are on no core: nothing of them is in any line. */
  readonly unmapped: readonly string[];
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
