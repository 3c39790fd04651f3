/** LSTM, GRU and RNN nodes: which axis is the sequence, and what their outputs are. */
import { atom, axisSize, only, type Axis } from './axes.ts';
import type { Operation } from './axis-operations.ts';
import { append, finalStates, type Link } from './links.ts';
import { buildRecurrent, type RecurrentNode } from './recurrent.ts';
import type { RecurrentOperation } from './recurrent-activations.ts';
import { base, refuse, structureFault } from './refusals.ts';
import type { TensorFiles } from './tensors.ts';
import { input, unknown, type DataValue, type Value } from './values.ts';

export function recurrent(op: RecurrentOperation): Operation {
  return (node, _data, files) => recurrentLayers({ ...node, op }, files);
}

async function recurrentLayers(node: RecurrentNode, files: TensorFiles): Promise<readonly Value[]> {
  const sequence = input(node, 0);
  if (sequence.kind !== 'data') {
    const from = node.inputs.find((value) => value.kind === 'data')!;
    return refuse(node, from, 'it does not read the output of the layer before');
  }
  const batchFirst = node.attributes.int('layout', 0) === 1;
  const axes = sequence.axes ?? [[atom(null, 'steps')], [], [atom(null, 'features')]];
  const [first, second, features] = axes;
  if (axes.length !== 3 || !first || !second || !features) {
    throw structureFault(node, files, `receives ${axes.length} axes; [steps, batch, features] are needed`);
  }
  const open = sequence.axes === null;
  const [steps, batch] = batchFirst && !open ? [second, first] : [first, second];
  if (!settle(steps, 'steps') || !settle(batch, 'batch') || only(features)?.role !== 'features') {
    const order = batchFirst ? '[batch, steps, features]' : '[steps, batch, features]';
    return refuse(node, sequence, `it does not receive its axes as ${order} of the model's input`);
  }
  const { name } = base(node);
  const built = await buildRecurrent(node, name, axisSize(steps), true, files);
  if ('reason' in built) return refuse(node, sequence, built.reason);
  const { layers, activations } = built;
  const { inputSize, units } = layers[0]!;
  const received = axisSize(features);
  if (received !== null && received !== inputSize) {
    throw structureFault(node, files, `has weights for ${inputSize} inputs, but receives ${received}`);
  }
  const [layer, backward] = layers;
  const draft = { kind: 'layer', layer: layer!, ...(backward && { backward }), activations } as const;
  const every = append(sequence.link, draft);
  const data = (link: Link, resultAxes: readonly Axis[]): DataValue => ({
    ...{ kind: 'data', axes: resultAxes, link },
  });
  // Y has an axis for the directions, and so has Y_h.
  const directions = layers.length === 2 ? [atom(2, 'directions')] : [];
  const width = [atom(units, 'features')];
  const all = data(every, batchFirst ? [batch, steps, directions, width] : [steps, directions, batch, width]);
  const last = data(
    finalStates(every)!,
    batchFirst ? [batch, directions, width] : [directions, batch, width],
  );
  return [all, last, unknown];
}

/** Gives the axis its role, unless it has another. */
function settle(axis: Axis, role: 'batch' | 'steps'): boolean {
  const found = only(axis);
  if (!found) return axis.every(({ size }) => size === 1);
  found.role ??= role;
  return found.role === role;
}
