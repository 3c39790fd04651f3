/** A network's layers over one sample, each after those that it reads. */
import { readsOf, sampleOf } from '../network/graph.ts';
import { isBackward } from '../network/shapes.ts';
import type { Layer } from '../network/types.ts';
import { merged, sideBySide } from './merge.ts';
import type { CellTrace, LayerRun, LayerRunner, Trace } from './types.ts';

export interface ChainLink {
  readonly layer: Layer;
  readonly run: LayerRunner;
}

/**
 * @param forced cell states of another run of the same network, a layer each: see {@link LayerRunner}
 * @returns what every layer did; the output of the last is the network's
 */
export function runChain(
  links: readonly ChainLink[],
  sample: Trace,
  forced?: readonly (CellTrace | null)[],
): LayerRun[] {
  const runs: LayerRun[] = [];
  const reads = readsOf(links.map(({ layer }) => layer));
  const at = (index: number): Trace => (index === sampleOf ? sample : runs[index]!.output);
  links.forEach(({ layer, run }, index) => {
    const given = reads[index]!.map(at) as [Trace, ...Trace[]];
    const input = inputOf(layer, given);
    const done = run(isBackward(layer) ? reversed(input) : input, forced?.[index] ?? undefined);
    runs.push(isBackward(layer) ? { ...done, output: besides(at(index - 1), done.output) } : done);
  });
  return runs;
}

function inputOf(layer: Layer, given: readonly [Trace, ...Trace[]]): Trace {
  if (layer.kind === 'Merge') return merged(layer, given);
  const [trace] = given;
  return layer.kind === 'InputLayer' && layer.input !== undefined ? trace.parts![layer.input]! : trace;
}

/** Sequence steps from the last to the first. */
function reversed({ steps, features, values, sequence, mask }: Trace): Trace {
  const turned = new Float32Array(values.length);
  for (let step = 0; step < steps; step++) {
    turned.set(values.subarray(step * features, (step + 1) * features), (steps - 1 - step) * features);
  }
  return { steps, features, values: turned, sequence, ...(mask && { mask: mask.toReversed() }) };
}

/** Where the layers give every step, the backward one's of a step stands beside the forward one's of that step. */
function besides(forward: Trace, backward: Trace): Trace {
  return sideBySide([forward, forward.sequence ? reversed(backward) : backward]);
}
