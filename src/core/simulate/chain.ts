/** A chain of layers over one sample. Between layers only a bidirectional LSTM needs more than the layer before. */
import type { Layer } from '../network/types.ts';
import type { CellTrace, LayerRun, LayerRunner, Trace } from './types.ts';

export interface ChainLink {
  readonly layer: Layer;
  readonly run: LayerRunner;
}

/**
 * @param forced cell states of another run of the same chain, a layer each: see {@link LayerRunner}
 * @returns what every layer did; the output of the last is the network's
 */
export function runChain(
  links: readonly ChainLink[],
  sample: Trace,
  forced?: readonly (CellTrace | null)[],
): LayerRun[] {
  const runs: LayerRun[] = [];
  let input = sample;
  let output = sample;
  links.forEach(({ layer, run }, index) => {
    const backward = layer.kind === 'LSTM' && layer.direction === 'backward';
    if (!backward) input = output;
    const done = run(backward ? reversed(input) : input, forced?.[index] ?? undefined);
    output = backward ? sideBySide(output, done.output) : done.output;
    runs.push(backward ? { ...done, output } : done);
  });
  return runs;
}

/** Sequence steps from the last to the first. */
function reversed({ steps, features, values, sequence }: Trace): Trace {
  const turned = new Float32Array(values.length);
  for (let step = 0; step < steps; step++) {
    turned.set(values.subarray(step * features, (step + 1) * features), (steps - 1 - step) * features);
  }
  return { steps, features, values: turned, sequence };
}

/** Where the layers give every step, the backward one's of a step stands beside the forward one's of that step. */
function sideBySide(forward: Trace, backward: Trace): Trace {
  const { steps, sequence } = forward;
  const features = forward.features + backward.features;
  const turned = sequence ? reversed(backward) : backward;
  const values = new Float32Array(steps * features);
  for (let step = 0; step < steps; step++) {
    const from = (trace: Trace) => trace.values.subarray(step * trace.features, (step + 1) * trace.features);
    values.set(from(forward), step * features);
    values.set(from(turned), step * features + forward.features);
  }
  return { steps, features, values, sequence };
}
