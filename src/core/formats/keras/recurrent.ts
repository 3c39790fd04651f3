/** LSTM, GRU, SimpleRNN, Masking and Bidirectional of Keras. */
import type { RecurrentLayer, Tensor } from '../../network/types.ts';
import { isObject } from '../json.ts';
import { activationName } from './activations.ts';
import {
  formatShape,
  readBias,
  readSize,
  unsupported,
  type Building,
  type Built,
  type Direction,
  type Shape,
} from './building.ts';
import type { KerasLayer } from './topology.ts';

/** Options that change what a layer computes, and what to say of them when they are on. */
const refusedOptions = new Map<string, string>([
  ['go_backwards', 'it runs the sequence backwards (go_backwards)'],
  ['stateful', 'it keeps its state from batch to batch (stateful)'],
  ['time_major', 'its first axis is the sequence step (time_major)'],
  ['return_state', 'it also returns its state (return_state)'],
]);

/** Steps whose values are all `mask_value` are skipped by the recurrent layers after it. */
export function buildMasking({ keras, base, input, fault }: Building): Built {
  const { mask_value: maskValue = 0 } = keras.config;
  if (typeof maskValue !== 'number') {
    throw fault(`layer '${keras.name}' has a mask_value that is no number`, [
      ...keras.path,
      'config',
      'mask_value',
    ]);
  }
  return { layers: [{ ...base, kind: 'Masking', maskValue }], output: input };
}

export async function buildRecurrent(building: Building): Promise<Built> {
  const { keras, input } = building;
  const layer = await readRecurrent(building, keras);
  if ('reason' in layer) return unsupported(keras, layer.reason);
  return { layers: [layer], output: recurrentOutput(layer, input, layer.units) };
}

/** Both read the same sequence, one from its end, and their outputs stand side by side. */
export async function buildBidirectional(building: Building): Promise<Built> {
  const { keras, base, input, fault } = building;
  const { merge_mode: merge, layer, backward_layer: written } = keras.config;
  if (merge !== undefined && merge !== 'concat') {
    const mode = typeof merge === 'string' ? merge.slice(0, 40) : 'none';
    return unsupported(
      keras,
      `it joins both directions by ${mode} (merge_mode); only concat, side by side, is converted`,
    );
  }
  const inner = innerLayer(keras, 'layer', layer);
  if (!inner) throw fault(`layer '${keras.name}' has no layer in it`, [...keras.path, 'config', 'layer']);
  // Without one of its own, the backward direction is the same layer turned round.
  const turned = innerLayer(keras, 'backward_layer', written) ?? {
    ...inner,
    config: { ...inner.config, go_backwards: inner.config['go_backwards'] !== true },
  };
  const [forward, backward] = [
    await readRecurrent(building, inner, 'forward'),
    await readRecurrent(building, turned, 'backward'),
  ];
  if ('reason' in forward) return unsupported(keras, forward.reason);
  if ('reason' in backward) return unsupported(keras, backward.reason);
  if (forward.returnSequences !== backward.returnSequences) {
    return unsupported(keras, 'one of its directions gives every sequence step, the other its last alone');
  }
  const named = (direction: Direction) => ({ ...base, name: `${base.name} (${direction})` });
  return {
    layers: [
      { ...forward, ...named('forward') },
      { ...backward, ...named('backward'), direction: 'backward' },
    ],
    output: recurrentOutput(forward, input, forward.units + backward.units),
  };
}

function innerLayer(keras: KerasLayer, key: string, value: unknown): KerasLayer | null {
  if (!isObject(value) || typeof value['class_name'] !== 'string' || !isObject(value['config'])) return null;
  return {
    className: value['class_name'],
    config: value['config'],
    name: keras.name,
    path: [...keras.path, 'config', key],
    use: keras.use,
  };
}

function recurrentOutput({ returnSequences }: RecurrentLayer, input: Shape, width: number): Shape {
  return returnSequences ? [input?.[0] ?? null, width] : [width];
}

/** Gates of each class, side by side in its tensors. */
const gatesOfClass = new Map<string, number>([
  ['LSTM', 4],
  ['GRU', 3],
  ['SimpleRNN', 1],
]);

/**
 * @param inner the layer, or one of the two of a bidirectional one
 * @returns why it cannot be computed, where it cannot
 */
async function readRecurrent(
  { keras, base, input, read, fault }: Building,
  inner: KerasLayer,
  direction?: Direction,
): Promise<RecurrentLayer | { readonly reason: string }> {
  const { config, className } = inner;
  const gates = gatesOfClass.get(className);
  if (gates === undefined) {
    return {
      reason: `it holds a layer of class ${className.slice(0, 80)}; only LSTM, GRU and SimpleRNN are converted`,
    };
  }
  if (direction === 'backward' && config['go_backwards'] !== true) {
    return { reason: 'both of its directions run the sequence forwards' };
  }
  for (const [option, reason] of refusedOptions) {
    if (config[option] === true && !(direction === 'backward' && option === 'go_backwards'))
      return { reason };
  }
  const activation = activationName(config['activation']);
  const recurrent = className === 'SimpleRNN' ? activation : activationName(config['recurrent_activation']);
  if ('reason' in activation) return activation;
  if ('reason' in recurrent) return recurrent;

  const units = readSize(inner, 'units', fault);
  if (input && input.length !== 2) {
    throw fault(
      `layer '${keras.name}' needs [steps, features], but receives ${formatShape(input)}`,
      keras.path,
    );
  }
  const width = gates * units;
  // Numbered on where both directions are in one list: the backward one's come last.
  const before = direction === 'backward' ? (config['use_bias'] === false ? 2 : 3) : 0;
  const request = (index: number) => ({
    layer: inner,
    index: before + index,
    ...(direction && { direction }),
  });
  const kernel = await read({ ...request(0), weight: 'kernel', shape: [input?.[1] ?? null, width] });
  const recurrentKernel = await read({ ...request(1), weight: 'recurrent_kernel', shape: [units, width] });
  // Keras before 2.1 knew only the other kind of GRU, and does not write which it is.
  const resetAfter = className === 'GRU' && config['reset_after'] === true;
  const hasTwo = resetAfter && config['use_bias'] !== false;
  // That of the inputs, and that of the hidden state.
  const readRow = (row: 0 | 1): Promise<Tensor> =>
    read({ ...request(2), weight: 'bias', shape: [2, width], row });
  const bias = hasTwo ? await readRow(0) : await readBias(request(2), width, read);
  const shared = {
    ...base,
    units,
    inputSize: kernel.shape[0]!,
    returnSequences: config['return_sequences'] === true,
    // Those inside a bidirectional one that gives every step.
    ...(config['zero_output_for_mask'] === true && { zeroSkipped: true as const }),
    activation: activation.name,
    kernel,
    recurrentKernel,
  };
  if (className === 'SimpleRNN') return { ...shared, kind: 'SimpleRNN', bias };
  const gated = { ...shared, recurrentActivation: recurrent.name };
  if (className === 'LSTM') return { ...gated, kind: 'LSTM', bias };
  const none = { shape: [width], values: new Float32Array(width) };
  return { ...gated, kind: 'GRU', resetAfter, bias, recurrentBias: hasTwo ? await readRow(1) : none };
}
