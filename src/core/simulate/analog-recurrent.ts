/** A recurrent layer as it was trained. */
import { resolveActivation } from '../convert/activations.ts';
import { weightBlocks } from '../convert/blocks.ts';
import { gatesOf } from '../convert/gates.ts';
import type { RecurrentLayer } from '../network/types.ts';
import type { AnalogOptions } from './analog.ts';
import { activated } from './elementwise.ts';
import type { Kernel } from './kernel/types.ts';
import { recurrentRunner, rowsOf, type Evaluate } from './recurrent-layer.ts';
import type { LayerRunner } from './types.ts';

export function analogRecurrent(layer: RecurrentLayer, kernel: Kernel, options: AnalogOptions): LayerRunner {
  const { units } = layer;
  const gates = gatesOf(layer).map(({ name, activation }) => {
    const resolved = resolveActivation(activation, options.activations);
    if (!resolved.analog) throw new Error(`layer "${layer.name}": unknown activation`);
    return { name, activation: resolved };
  });
  let first = 0;
  const blocks = weightBlocks(layer).map(({ inputs, weights, bias, populations }) => {
    const values = populations * units;
    const own = gates.slice(first, (first += populations));
    return { inputs, values, gates: own, affine: kernel.createAffine(inputs, values, weights(), bias) };
  });
  const rows = rowsOf(blocks);
  return recurrentRunner(layer, options, (steps) => {
    const neurons = new Float32Array(steps * rows.values);
    const seen = new Float32Array(steps * rows.inputs);
    const evaluate = blocks.map(({ values, affine, gates: own }, b): Evaluate => {
      const start = rows.starts[b]!;
      return (inputs, step) => {
        seen.set(inputs, step * rows.inputs + start.inputs);
        const from = step * rows.values + start.values;
        const row = neurons.subarray(from, from + values);
        affine.apply(inputs, row);
        own.forEach(({ name, activation }, g) => {
          const gate = row.subarray(g * units, (g + 1) * units);
          options.onDrives?.(layer, name, gate);
          activated(activation, gate, units);
        });
        return row;
      };
    });
    return { blocks: evaluate, record: { neurons, inputs: seen, spikes: null } };
  });
}
