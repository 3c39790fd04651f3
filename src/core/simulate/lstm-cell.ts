/** The part of an LSTM that stays analog, shared by the trained and the hybrid network (paper, III.C). */
import type { Elementwise } from '../convert/activations.ts';
import { runSteps } from './recurrent.ts';
import type { CellTrace, Trace } from './types.ts';

const { fround } = Math;

export interface CellParameters {
  readonly units: number;
  readonly returnSequences: boolean;
  readonly zeroSkipped?: true;
  /** Of the cell state on its way out. */
  readonly activation: Elementwise;
  /** Clamps c to +-cellClip once h has been taken from it, as the paper authors' implementation does. */
  readonly cellClip: number | null;
}

/**
 * Runs the cell update over a sequence:
 * c_n = f c_(n-1) + i g, h_n = o act(c_n), each product and sum rounded to float32.
 * @param gates gives [4 * units], order i, f, c, o, from the concatenation of x_n and h_(n-1)
 * @param forced see {@link runSteps}
 * @returns what the layer hands on, and h and c after every step
 */
export function runCell(
  cell: CellParameters,
  input: Trace,
  gates: (inputAndHidden: Float32Array, step: number) => Float32Array,
  forced?: CellTrace,
): { readonly output: Trace; readonly cell: CellTrace } {
  const { units, activation, cellClip } = cell;
  const state = new Float32Array(units);
  const advance = (joined: Float32Array, hidden: Float32Array, step: number): void => {
    const g = gates(joined, step);
    for (let k = 0; k < units; k++) {
      const kept = fround(g[units + k]! * state[k]!);
      const added = fround(g[k]! * g[2 * units + k]!);
      const c = fround(kept + added);
      hidden[k] = g[3 * units + k]! * fround(activation(c));
      state[k] = cellClip === null ? c : Math.min(Math.max(c, -cellClip), cellClip);
    }
  };
  return runSteps(cell, input, { advance, state }, forced);
}
