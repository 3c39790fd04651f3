/** A change that may help, and what it is found by. */
import type { InputRange } from '../check/inputs.ts';
import type { GateName, HybridLayer, Specification } from '../convert/types.ts';
import type { Fix } from '../findings/types.ts';
import type { Network } from '../network/types.ts';
import type { PopulationRange } from './ranges.ts';
import type { CauseCode } from './types.ts';

export interface Candidate {
  readonly code: CauseCode;
  readonly layer: string | null;
  readonly gate: GateName | null;
  readonly neuron: number | null;
  /** What is wrong, if the fix helps: a sentence without its full stop. */
  readonly words: string;
  readonly fix: Fix;
  /** Whether the trained network is another one with the fix: only right answers can say that it should be. */
  readonly changesTrained: boolean;
  /** Whether it stands so far out that it is suspicious by itself. */
  readonly extreme: boolean;
}

export interface Suspect {
  readonly specification: Omit<Specification, 'data'>;
  readonly network: Network;
  readonly layers: readonly HybridLayer[];
  /** Of the raw inputs; null where they are no numbers but indices. */
  readonly inputs: InputRange | null;
  /** Widths of a weight that the chip has, in bits, and the run's. */
  readonly weightBits: { readonly used: number; readonly widest: number };
  /** Whether weights of an LSTM lie beyond what the chip holds. */
  readonly weightsClipped: boolean;
  /** Of the values that each population of the trained network takes. */
  readonly ranges: readonly PopulationRange[];
}

/** What a candidate of the whole network that changes the spiking one alone has. */
export const nowhere = {
  layer: null,
  gate: null,
  neuron: null,
  changesTrained: false,
  extreme: false,
} as const;
