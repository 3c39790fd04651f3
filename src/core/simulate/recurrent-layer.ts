/** Recurrent layers, whatever computes their gates: affine maps, firing rates, or neurons. */
import { resolveActivation } from '../convert/activations.ts';
import type { RecurrentLayer } from '../network/types.ts';
import type { AnalogOptions } from './analog.ts';
import { runGru } from './gru-cell.ts';
import { runCell } from './lstm-cell.ts';
import { runSteps } from './recurrent.ts';
import type { CellTrace, LayerRun, LayerRunner, Trace } from './types.ts';

/** The values of a block's populations from its inputs at a sequence step: a row of what is kept. */
export type Evaluate = (inputs: Float32Array, step: number) => Float32Array;

/** The blocks of a layer over one sample. */
export interface BlockRun {
  readonly blocks: readonly Evaluate[];
  /** Rows of all sequence steps; those of a skipped step stay 0. */
  readonly record: Pick<LayerRun, 'neurons' | 'inputs' | 'spikes'>;
}

/** @param begin for a sample of so many sequence steps */
export function recurrentRunner(
  layer: RecurrentLayer,
  options: AnalogOptions,
  begin: (steps: number) => BlockRun,
): LayerRunner {
  const run = updates(layer, options);
  return (input, forced) => {
    const { blocks, record } = begin(input.steps);
    const skipped = input.mask?.map((kept) => (kept === 0 ? 1 : 0));
    return { ...run(input, blocks, forced), ...record, ...(skipped && { skipped }) };
  };
}

type Run = (
  input: Trace,
  blocks: readonly Evaluate[],
  forced: CellTrace | undefined,
) => { readonly output: Trace; readonly cell: CellTrace };

/** What the host does with the blocks' values. */
function updates(layer: RecurrentLayer, options: AnalogOptions): Run {
  if (layer.kind === 'GRU') {
    return (input, blocks, forced) =>
      runGru(layer, input, { gates: blocks[0]!, candidate: blocks[1]! }, forced);
  }
  if (layer.kind === 'SimpleRNN') {
    return (input, [values], forced) => {
      const advance = (joined: Float32Array, hidden: Float32Array, step: number): void => {
        hidden.set(values!(joined, step));
      };
      return runSteps(layer, input, { advance }, forced);
    };
  }
  const { units, returnSequences, zeroSkipped } = layer;
  const activation = resolveActivation(layer.activation, options.activations).analog;
  if (!activation) throw new Error(`layer "${layer.name}": unknown activation`);
  const cell = {
    ...{ units, returnSequences, activation, cellClip: options.cellClip },
    ...(zeroSkipped && { zeroSkipped }),
  };
  return (input, [gates], forced) => runCell(cell, input, gates!, forced);
}

/** Sizes of the rows of a layer's blocks, and where in a row each block stands. */
export function rowsOf(
  blocks: readonly { readonly inputs: number; readonly values: number; readonly neurons?: number }[],
) {
  let [inputs, values, neurons] = [0, 0, 0];
  const starts = blocks.map((block) => {
    const start = { inputs, values, neurons };
    inputs += block.inputs;
    values += block.values;
    neurons += block.neurons ?? 0;
    return start;
  });
  return { inputs, values, neurons, starts };
}
