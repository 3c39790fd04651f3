/**
 * The project's own analog reference: the trained network, with the value of every gate at every
 * sequence step. A test holds it within 1e-5 of tfjs.
 */
import { resolveActivation, snakeCase, type ResolvedActivation } from '../convert/activations.ts';
import type { ClippedLinear, DenseLayer, EmbeddingLayer, Layer, LstmLayer } from '../network/types.ts';
import type { Kernel } from './kernel/types.ts';
import { runCell } from './lstm-cell.ts';
import type { LayerRun, LayerRunner, Trace } from './types.ts';

export interface AnalogOptions {
  readonly activations?: Readonly<Record<string, ClippedLinear>>;
  readonly cellClip: number | null;
  /** Told the pre-activations of an LSTM's gates at every sequence step, [4 * units] in the order i, f, c, o. */
  readonly onDrives?: (layer: LstmLayer, drives: Float32Array) => void;
}

/** Rows of the input kernel, then rows of the recurrent kernel: [inputSize + units, 4 * units]. */
export function joinedKernel(layer: LstmLayer): Float32Array {
  const joined = new Float32Array(layer.kernel.values.length + layer.recurrentKernel.values.length);
  joined.set(layer.kernel.values);
  joined.set(layer.recurrentKernel.values, layer.kernel.values.length);
  return joined;
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

/** Applies the activation in place; softmax goes over rows of `features`. */
function activated(activation: ResolvedActivation, values: Float32Array, features: number): Float32Array {
  if (activation.analog) {
    for (let i = 0; i < values.length; i++) values[i] = activation.analog(values[i]!);
    return values;
  }
  if (snakeCase(activation.name) !== 'softmax') {
    throw new Error(`activation "${activation.name}" cannot be computed`);
  }
  for (let row = 0; row < values.length; row += features) softmax(values.subarray(row, row + features));
  return values;
}

function softmax(row: Float32Array): void {
  const highest = row.reduce((a, b) => Math.max(a, b), -Infinity);
  let total = 0;
  for (let i = 0; i < row.length; i++) total += row[i] = Math.exp(row[i]! - highest);
  for (let i = 0; i < row.length; i++) row[i] = row[i]! / total;
}

function lstmRunner(layer: LstmLayer, kernel: Kernel, options: AnalogOptions): LayerRunner {
  const { units } = layer;
  const inputs = layer.inputSize + units;
  const affine = kernel.createAffine(inputs, 4 * units, joinedKernel(layer), layer.bias.values);
  const candidate = resolveActivation(layer.activation, options.activations);
  const recurrent = resolveActivation(layer.recurrentActivation, options.activations);
  if (!candidate.analog || !recurrent.analog) throw new Error(`layer "${layer.name}": unknown activation`);
  const parameters = {
    units,
    returnSequences: layer.returnSequences,
    activation: candidate.analog,
    cellClip: options.cellClip,
  };
  return (input, forced) => {
    const neurons = new Float32Array(input.steps * 4 * units);
    const seen = new Float32Array(input.steps * inputs);
    const gatesOf = (joined: Float32Array, step: number): Float32Array => {
      seen.set(joined, step * inputs);
      const gates = neurons.subarray(step * 4 * units, (step + 1) * 4 * units);
      affine.apply(joined, gates);
      options.onDrives?.(layer, gates);
      activated(recurrent, gates.subarray(0, 2 * units), units);
      activated(candidate, gates.subarray(2 * units, 3 * units), units);
      activated(recurrent, gates.subarray(3 * units), units);
      return gates;
    };
    const { output, cell } = runCell(parameters, input, gatesOf, forced);
    return { output, neurons, inputs: seen, cell, spikes: null };
  };
}

function denseRunner(layer: DenseLayer, kernel: Kernel, options: AnalogOptions): LayerRunner {
  const { units, inputSize } = layer;
  const affine = kernel.createAffine(inputSize, units, layer.kernel.values, layer.bias.values);
  const activation = resolveActivation(layer.activation, options.activations);
  return (input) => {
    const values = new Float32Array(input.steps * units);
    for (let step = 0; step < input.steps; step++) {
      affine.apply(
        input.values.subarray(step * inputSize, (step + 1) * inputSize),
        values.subarray(step * units, (step + 1) * units),
      );
    }
    activated(activation, values, units);
    const output = { steps: input.steps, features: units, values, sequence: input.sequence };
    return { output, neurons: values, inputs: input.values, cell: null, spikes: null };
  };
}
