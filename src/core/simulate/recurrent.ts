/** A recurrent layer from sequence step to sequence step, whatever computes a step. */
import type { RecurrentLayer } from '../network/types.ts';
import type { CellTrace, Trace } from './types.ts';

export interface Step {
  /** Overwrites h, the last [units] of `joined` = [features + units] x_n and h_(n-1), and the state where there is one. */
  readonly advance: (joined: Float32Array, hidden: Float32Array, step: number) => void;
  /** [units] what it keeps beside h, zeros at first; overwritten. */
  readonly state?: Float32Array;
}

/**
 * Runs the steps of one sample. A step that is masked is left out: h and the state stay, and the output is that of the
 * step before it (zeros before the first), as Keras has it.
 * @param forced h and state of another run over the same sequence: every step starts from its state, so that no error
 *   of one step reaches the next (teacher forcing)
 * @returns what the layer hands on, and h and state after every step
 */
export function runSteps(
  { units, returnSequences, zeroSkipped }: Pick<RecurrentLayer, 'units' | 'returnSequences' | 'zeroSkipped'>,
  input: Trace,
  { advance, state }: Step,
  forced?: CellTrace,
): { readonly output: Trace; readonly cell: CellTrace } {
  const { steps, features, mask } = input;
  const joined = new Float32Array(features + units);
  const hidden = joined.subarray(features);
  const trace = {
    hidden: new Float32Array(steps * units),
    ...(state && { state: new Float32Array(steps * units) }),
  };
  for (let step = 0; step < steps; step++) {
    if (forced && step > 0) {
      hidden.set(forced.hidden.subarray((step - 1) * units, step * units));
      if (state && forced.state) state.set(forced.state.subarray((step - 1) * units, step * units));
    }
    if (mask?.[step] !== 0) {
      joined.set(input.values.subarray(step * features, (step + 1) * features));
      advance(joined, hidden, step);
    }
    trace.hidden.set(hidden, step * units);
    if (state) trace.state?.set(state, step * units);
  }
  const given = mask && zeroSkipped ? withoutSkipped(trace.hidden, mask, units) : trace.hidden;
  const output = returnSequences
    ? { steps, features: units, values: given, sequence: true, ...(mask && { mask }) }
    : { steps: 1, features: units, values: given.slice(-units), sequence: false };
  return { output, cell: trace };
}

/** [steps, units] with zeros where a step is skipped. */
function withoutSkipped(hidden: Float32Array, mask: Uint8Array, units: number): Float32Array {
  return hidden.map((value, k) => (mask[Math.floor(k / units)] === 0 ? 0 : value));
}
