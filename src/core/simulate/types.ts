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
}

/** An LSTM after each sequence step, [steps, units]. */
export interface CellTrace {
  /** h */
  readonly hidden: Float32Array;
  /** c, after the clip where there is one. */
  readonly state: Float32Array;
}

/** What one layer did with one sample. */
export interface LayerRun {
  readonly output: Trace;
  /**
   * Values of the layer's populations before they are combined: [steps, values], the gates of an LSTM
   * in the order i, f, c, o. The analog network's are exact, the spiking network's are decoded counts.
   */
  readonly neurons: Float32Array;
  /** Layer inputs as the spike generator sees them (analog: exact, spiking: decoded): [steps, inputs]. */
  readonly inputs: Float32Array;
  /** Null where the layer is no LSTM. */
  readonly cell: CellTrace | null;
  /** [steps, neurons] and [steps, inputs] spikes of either sign; null in the analog network. */
  readonly spikes: { readonly neurons: Int32Array; readonly inputs: Int32Array } | null;
}

/**
 * Runs one layer over one sample.
 * @param forced for an LSTM: every sequence step starts from this state instead of its own
 */
export type LayerRunner = (input: Trace, forced?: CellTrace) => LayerRun;
