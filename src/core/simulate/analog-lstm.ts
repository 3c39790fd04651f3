/** An LSTM as it was trained. */
import { resolveActivation } from '../convert/activations.ts';
import type { LstmLayer } from '../network/types.ts';
import type { AnalogOptions } from './analog.ts';
import { activated } from './elementwise.ts';
import type { Kernel } from './kernel/types.ts';
import { runCell } from './lstm-cell.ts';
import type { LayerRunner } from './types.ts';

/** Rows of the input kernel, then rows of the recurrent kernel: [inputSize + units, 4 * units]. */
export function joinedKernel(layer: LstmLayer): Float32Array {
  const joined = new Float32Array(layer.kernel.values.length + layer.recurrentKernel.values.length);
  joined.set(layer.kernel.values);
  joined.set(layer.recurrentKernel.values, layer.kernel.values.length);
  return joined;
}

export function lstmRunner(layer: LstmLayer, kernel: Kernel, options: AnalogOptions): LayerRunner {
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
