/** A Dense layer as it was trained. */
import { resolveActivation } from '../convert/activations.ts';
import type { DenseLayer } from '../network/types.ts';
import type { AnalogOptions } from './analog.ts';
import { activated } from './elementwise.ts';
import type { Kernel } from './kernel/types.ts';
import type { LayerRunner } from './types.ts';

export function denseRunner(layer: DenseLayer, kernel: Kernel, options: AnalogOptions): LayerRunner {
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
    options.onPreActivations?.(layer, values);
    activated(activation, values, units);
    const output = { ...input, features: units, values };
    return { output, neurons: values, inputs: input.values, cell: null, spikes: null };
  };
}
