/** What passes through the two networks, one sample at a time. */

/** Values of one sample after a layer. */
export interface Trace {
  /** Sequence steps; 1 after the sequence has been left. */
  readonly steps: number;
  readonly features: number;
  /** [steps, features] row-major. */
  readonly values: Float32Array;
  /** False where the layer gives one vector a sample, true where it gives one a sequence step. */
  readonly sequence: boolean;
  /** [steps] 0 where recurrent layers skip a sequence step; none is skipped where it is left out. */
  readonly mask?: Uint8Array;
  /** Of a sample of a network with several inputs: each of them. */
  readonly parts?: readonly Trace[];
}

/** A recurrent layer after each sequence step, [steps, units]. */
export interface CellTrace {
  /** h */
  readonly hidden: Float32Array;
  /** c of an LSTM, after the clip where there is one. */
  readonly state?: Float32Array;
}

/** What one layer did with one sample. */
export interface LayerRun {
  readonly output: Trace;
  /**
   * Values of the layer's populations before they are combined: [steps, values], the gates of an LSTM
   * in the order i, f, c, o, those of a GRU z, r, u (where it resets after) and c. The analog network's are exact, the spiking network's are decoded counts.
   */
  readonly neurons: Float32Array;
  /** Layer inputs as the spike generator sees them (analog: exact, spiking: decoded): [steps, inputs], block by block. */
  readonly inputs: Float32Array;
  /** Null where the layer is not recurrent. */
  readonly cell: CellTrace | null;
  /** [steps] 1 where a recurrent layer skips the sequence step: it runs no window, and its rows above are zeros. None is skipped where it is left out. */
  readonly skipped?: Uint8Array;
  /** [steps, neurons] and [steps, inputs] spikes of either sign; null in the analog network. */
  readonly spikes: { readonly neurons: Int32Array; readonly inputs: Int32Array } | null;
}

/**
 * Runs one layer over one sample.
 * @param forced for a recurrent layer: every sequence step starts from this state instead of its own
 */
export type LayerRunner = (input: Trace, forced?: CellTrace) => LayerRun;
