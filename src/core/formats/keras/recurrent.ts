/** LSTM and Bidirectional of Keras. */
import type { LstmLayer } from '../../network/types.ts';
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

/** Options of an LSTM that change what it computes, and what to say of them when they are on. */
const lstmOptions = new Map<string, string>([
  ['go_backwards', 'it runs the sequence backwards (go_backwards)'],
  ['stateful', 'it keeps its state from batch to batch (stateful)'],
  ['time_major', 'its first axis is the sequence step (time_major)'],
  ['return_state', 'it also returns its state (return_state)'],
]);

export async function buildLstm(building: Building): Promise<Built> {
  const { keras, input } = building;
  const layer = await readLstm(building, keras);
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
    await readLstm(building, inner, 'forward'),
    await readLstm(building, turned, 'backward'),
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
  };
}

function recurrentOutput({ returnSequences }: LstmLayer, input: Shape, width: number): Shape {
  return returnSequences ? [input?.[0] ?? null, width] : [width];
}

/**
 * @param inner the layer, or one of the two of a bidirectional one
 * @returns why it cannot be computed, where it cannot
 */
async function readLstm(
  { keras, base, input, read, fault }: Building,
  inner: KerasLayer,
  direction?: Direction,
): Promise<LstmLayer | { readonly reason: string }> {
  const { config } = inner;
  if (direction && inner.className !== 'LSTM') {
    return { reason: `it holds a layer of class ${inner.className.slice(0, 80)}; only LSTM is converted` };
  }
  if (direction === 'backward' && config['go_backwards'] !== true) {
    return { reason: 'both of its directions run the sequence forwards' };
  }
  for (const [option, reason] of lstmOptions) {
    if (config[option] === true && !(direction === 'backward' && option === 'go_backwards'))
      return { reason };
  }
  const activation = activationName(config['activation']);
  const recurrentActivation = activationName(config['recurrent_activation']);
  if ('reason' in activation) return activation;
  if ('reason' in recurrentActivation) return recurrentActivation;

  const units = readSize(inner, 'units', fault);
  if (input && input.length !== 2) {
    throw fault(
      `layer '${keras.name}' needs [steps, features], but receives ${formatShape(input)}`,
      keras.path,
    );
  }
  // Numbered on where both directions are in one list: the backward one's come last.
  const before = direction === 'backward' ? (config['use_bias'] === false ? 2 : 3) : 0;
  const request = (index: number) => ({
    layer: inner,
    index: before + index,
    ...(direction && { direction }),
  });
  const kernel = await read({ ...request(0), weight: 'kernel', shape: [input?.[1] ?? null, 4 * units] });
  const recurrentKernel = await read({
    ...request(1),
    weight: 'recurrent_kernel',
    shape: [units, 4 * units],
  });
  const bias = await readBias(request(2), 4 * units, read);
  return {
    ...base,
    kind: 'LSTM',
    units,
    inputSize: kernel.shape[0]!,
    returnSequences: config['return_sequences'] === true,
    activation: activation.name,
    recurrentActivation: recurrentActivation.name,
    kernel,
    recurrentKernel,
    bias,
  };
}
