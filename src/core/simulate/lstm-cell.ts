/** The part of an LSTM that stays analog, shared by the trained and the hybrid network (paper, III.C). */
import type { Elementwise } from '../convert/activations.ts';
import type { CellTrace, Trace } from './types.ts';

const { fround } = Math;

export interface CellParameters {
  readonly units: number;
  readonly returnSequences: boolean;
  /** Of the cell state on its way out. */
  readonly activation: Elementwise;
  /** Clamps c to +-cellClip once h has been taken from it, as the paper authors' implementation does. */
  readonly cellClip: number | null;
}

/**
 * Runs the cell update over a sequence:
 * c_n = f c_(n-1) + i g, h_n = o act(c_n), each product and sum rounded to float32.
 * @param gates gives [4 * units], order i, f, c, o, from the concatenation of x_n and h_(n-1)
 * @param forced h and c of another run over the same sequence: every step starts from its state, so that no
 *   error of one step reaches the next (teacher forcing)
 * @returns what the layer hands on, and h and c after every step
 */
export function runCell(
  cell: CellParameters,
  input: Trace,
  gates: (inputAndHidden: Float32Array, step: number) => Float32Array,
  forced?: CellTrace,
): { readonly output: Trace; readonly cell: CellTrace } {
  const { units, activation, cellClip } = cell;
  const { steps, features } = input;
  const joined = new Float32Array(features + units);
  const hidden = joined.subarray(features);
  const state = new Float32Array(units);
  const trace = { hidden: new Float32Array(steps * units), state: new Float32Array(steps * units) };
  for (let step = 0; step < steps; step++) {
    joined.set(input.values.subarray(step * features, (step + 1) * features));
    if (forced && step > 0) {
      hidden.set(forced.hidden.subarray((step - 1) * units, step * units));
      state.set(forced.state.subarray((step - 1) * units, step * units));
    }
    const g = gates(joined, step);
    for (let k = 0; k < units; k++) {
      const kept = fround(g[units + k]! * state[k]!);
      const added = fround(g[k]! * g[2 * units + k]!);
      const c = fround(kept + added);
      hidden[k] = g[3 * units + k]! * fround(activation(c));
      state[k] = cellClip === null ? c : Math.min(Math.max(c, -cellClip), cellClip);
    }
    trace.hidden.set(hidden, step * units);
    trace.state.set(state, step * units);
  }
  const output = cell.returnSequences
    ? { steps, features: units, values: trace.hidden, sequence: true }
    : { steps: 1, features: units, values: trace.hidden.slice(-units), sequence: false };
  return { output, cell: trace };
}
