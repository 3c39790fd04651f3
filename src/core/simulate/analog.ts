/**
 * The project's own analog reference: the trained network, with the value of every gate at every
 * sequence step. A test holds it within 1e-5 of tfjs.
 */
import { resolveActivation } from '../convert/activations.ts';
import type { GateName } from '../convert/types.ts';
import type {
  ClippedLinear,
  ConvLayer,
  DenseLayer,
  EmbeddingLayer,
  Layer,
  RecurrentLayer,
} from '../network/types.ts';
import { convRunner } from './analog-conv.ts';
import { denseRunner } from './analog-dense.ts';
import { analogRecurrent } from './analog-recurrent.ts';
import { activated } from './elementwise.ts';
import type { ChainLink } from './chain.ts';
import type { Kernel } from './kernel/types.ts';
import { masked, maskOfIds } from './masks.ts';
import { permuter, pooler, reshaper, scaler } from './pooling.ts';
import type { LayerRun, LayerRunner, Trace } from './types.ts';

export interface AnalogOptions {
  readonly activations?: Readonly<Record<string, ClippedLinear>>;
  readonly cellClip: number | null;
  /** Told the pre-activations of a recurrent layer's gate at every sequence step, [units]. */
  readonly onDrives?: (layer: RecurrentLayer, gate: GateName, drives: Float32Array) => void;
  /** Told the pre-activations of a Dense or convolutional layer over a whole sample. */
  readonly onPreActivations?: (layer: DenseLayer | ConvLayer, values: Float32Array) => void;
}

/** The whole trained network, to run as a chain. @throws as {@link analogRunner} */
export function analogLinks(layers: readonly Layer[], kernel: Kernel, options: AnalogOptions): ChainLink[] {
  return layers.map((layer) => ({ layer, run: analogRunner(layer, kernel, options) }));
}

/**
 * @throws Error where the network holds a layer or activation that cannot be computed; `convert` has
 *   refused such a network before with a finding.
 */
export function analogRunner(layer: Layer, kernel: Kernel, options: AnalogOptions): LayerRunner {
  switch (layer.kind) {
    case 'LSTM':
    case 'GRU':
    case 'SimpleRNN':
      return analogRecurrent(layer, kernel, options);
    case 'Dense':
      return denseRunner(layer, kernel, options);
    case 'Conv1D':
    case 'Conv2D':
      return convRunner(layer, kernel, options);
    case 'Pooling':
      return alone(pooler(layer));
    case 'Scale':
      return alone(scaler(layer));
    case 'Reshape':
      return alone(reshaper(layer));
    case 'Permute':
      return alone(permuter(layer));
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
    case 'Masking':
      return (input) => passing(masked(layer, input));
    case 'Dropout':
    case 'Folded':
    case 'InputLayer':
    case 'Merge': // What it reads has been put together before.
    case 'Output':
      return passing;
    case 'Unsupported':
      throw new Error(`layer "${layer.name}" (${layer.className}) cannot be computed: ${layer.reason}`);
  }
}

const nothing = new Float32Array(0);

function alone(compute: (input: Trace) => Trace): LayerRunner {
  return (input) => passing(compute(input));
}

function passing(output: Trace): LayerRun {
  return { output, neurons: nothing, inputs: nothing, cell: null, spikes: null };
}

/** @param ids one a sequence step */
function lookedUp({ dimension, table, maskZero }: EmbeddingLayer, ids: Trace): Trace {
  const values = new Float32Array(ids.steps * dimension);
  for (let step = 0; step < ids.steps; step++) {
    const from = ids.values[step]! * dimension;
    values.set(table.values.subarray(from, from + dimension), step * dimension);
  }
  const mask = maskZero && maskOfIds(ids);
  return { steps: ids.steps, features: dimension, values, sequence: true, ...(mask && { mask }) };
}
