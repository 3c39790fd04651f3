/** The part of a GRU that stays analog, shared by the trained and the hybrid network. */
import type { GruLayer } from '../network/types.ts';
import { runSteps } from './recurrent.ts';
import type { CellTrace, Trace } from './types.ts';

const { fround } = Math;

/** What gives a GRU's gates and candidate at a sequence step. */
export interface GruGates {
  /** z, r and, where it resets after, u = h Uc + dc, [units] each, from the concatenation of x_n and h_(n-1). */
  readonly gates: (inputAndHidden: Float32Array, step: number) => Float32Array;
  /** [units] the candidate, from the concatenation of x_n and v = r h, or r u where it resets after. */
  readonly candidate: (inputAndReset: Float32Array, step: number) => Float32Array;
}

/**
 * Runs the update over a sequence: h_n = z h_(n-1) + (1 - z) candidate, each product and sum rounded to float32.
 * @param forced see {@link runSteps}
 */
export function runGru(
  layer: Pick<GruLayer, 'units' | 'inputSize' | 'returnSequences' | 'zeroSkipped' | 'resetAfter'>,
  input: Trace,
  { gates, candidate }: GruGates,
  forced?: CellTrace,
): { readonly output: Trace; readonly cell: CellTrace } {
  const { units, inputSize, resetAfter } = layer;
  const second = new Float32Array(inputSize + units);
  const advance = (joined: Float32Array, hidden: Float32Array, step: number): void => {
    const g = gates(joined, step);
    second.set(joined.subarray(0, inputSize));
    for (let k = 0; k < units; k++) {
      second[inputSize + k] = g[units + k]! * (resetAfter ? g[2 * units + k]! : hidden[k]!);
    }
    const c = candidate(second, step);
    for (let k = 0; k < units; k++) {
      const kept = fround(g[k]! * hidden[k]!);
      const added = fround(fround(1 - g[k]!) * c[k]!);
      hidden[k] = kept + added;
    }
  };
  return runSteps(layer, input, { advance }, forced);
}
