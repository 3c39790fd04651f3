/**
 * The project's own analog reference: the trained network, with the value of every gate at every
 * sequence step. A test holds it within 1e-5 of tfjs.
 */
import { resolveActivation } from '../convert/activations.ts';
import type { ClippedLinear, EmbeddingLayer, Layer, LstmLayer } from '../network/types.ts';
import { denseRunner } from './analog-dense.ts';
import { lstmRunner } from './analog-lstm.ts';
import { activated } from './elementwise.ts';
import type { Kernel } from './kernel/types.ts';
import type { LayerRun, LayerRunner, Trace } from './types.ts';

export interface AnalogOptions {
  readonly activations?: Readonly<Record<string, ClippedLinear>>;
  readonly cellClip: number | null;
  /** Told the pre-activations of an LSTM's gates at every sequence step, [4 * units] in the order i, f, c, o. */
  readonly onDrives?: (layer: LstmLayer, drives: Float32Array) => void;
}

/**
 * @throws Error where the network holds a layer or activation that cannot be computed; `convert` has
 *   refused such a network before with a finding.
 */
export function analogRunner(layer: Layer, kernel: Kernel, options: AnalogOptions): LayerRunner {
  switch (layer.kind) {
    case 'LSTM':
      return lstmRunner(layer, kernel, options);
    case 'Dense':
      return denseRunner(layer, kernel, options);
    case 'Embedding':
      return (input) => passing(lookedUp(layer, input));
    case 'Activation': {
      const activation = resolveActivation(layer.activation, options.activations);
      return (input) =>
        passing({ ...input, values: activated(activation, input.values.slice(), input.features) });
    }
    case 'Flatten':
      return (input) =>
        passing({ steps: 1, features: input.values.length, values: input.values, sequence: false });
    case 'Dropout':
    case 'InputLayer':
      return passing;
    case 'Unsupported':
      throw new Error(`layer "${layer.name}" (${layer.className}) cannot be computed: ${layer.reason}`);
  }
}

const nothing = new Float32Array(0);

function passing(output: Trace): LayerRun {
  return { output, neurons: nothing, inputs: nothing, cell: null, spikes: null };
}

/** @param ids one a sequence step */
function lookedUp({ dimension, table }: EmbeddingLayer, ids: Trace): Trace {
  const values = new Float32Array(ids.steps * dimension);
  for (let step = 0; step < ids.steps; step++) {
    const from = ids.values[step]! * dimension;
    values.set(table.values.subarray(from, from + dimension), step * dimension);
  }
  return { steps: ids.steps, features: dimension, values, sequence: true };
}
