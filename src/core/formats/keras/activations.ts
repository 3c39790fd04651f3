/** Activations in the many ways in which Keras has written them, as one plain name and what it means. */
import type { ActivationName, ClippedLinear, Layer, Network } from '../../network/types.ts';
import { isObject, type JsonObject } from '../json.ts';
import { isKeras3 } from './skipping.ts';

/** The plain name, or why there is none. */
export type ActivationRead = { readonly name: string } | { readonly reason: string };

/**
 * @param value `'tanh'`, `'package>name'`, `{class_name: 'function', config: 'tanh'}`,
 *   `{class_name: 'HardTanh', config: {}}`, or null, which means linear.
 */
export function activationName(value: unknown): ActivationRead {
  if (value === null) return { name: 'linear' };
  if (typeof value === 'string') return named(value);
  if (isObject(value)) {
    const { class_name: className, registered_name: registered, config } = value;
    if (className === '__lambda__') return { reason: 'its activation is a Python lambda' };
    // A function that somebody registered: with the name of the package before it.
    if (className === 'function' && typeof registered === 'string' && registered.includes('>')) {
      return named(registered);
    }
    // A plain function: Keras 3 writes its name as the configuration.
    if (className === 'function' && typeof config === 'string') return named(config);
    if (className === 'function' && typeof registered === 'string') return named(registered);
    if (typeof className === 'string') return classActivation(className, isObject(config) ? config : {});
  }
  // The defaults differ from version to version, so none is assumed.
  return { reason: 'the file does not name its activation' };
}

/** Functions of Keras' own, by {@link bare} names. What somebody registered under one is another function. */
const builtIn = new Set([
  ...['linear', 'relu', 'relu6', 'softmax', 'sigmoid', 'tanh', 'elu', 'selu', 'softplus', 'softsign'],
  ...['swish', 'silu', 'mish', 'hardsigmoid', 'hardtanh', 'gelu', 'leakyrelu', 'hardswish', 'hardsilu'],
  'exponential',
]);

/** hard_tanh, hardTanh and HardTanh are one name. */
function bare(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

function named(written: string): ActivationRead {
  const name = written.slice(written.lastIndexOf('>') + 1);
  if (name === '') return { reason: 'the file does not name its activation' };
  if (name !== written && builtIn.has(bare(name))) return { name: written };
  // One function with two names; Keras 3 writes the newer.
  if (name === 'silu') return { name: 'swish' };
  // As a name it has the slope of its default (keras/src/ops/nn.py, tf.nn.leaky_relu).
  return { name: name === 'leaky_relu' ? 'leaky_relu(0.2)' : name };
}

function classActivation(className: string, config: JsonObject): ActivationRead {
  if (activationLayers.has(className)) return activationOfLayer(className, config);
  const own = Object.keys(config).filter((key) => !['name', 'dtype', 'trainable'].includes(key));
  if (own.length > 0) {
    return { reason: `its activation ${className} has options of its own (${own.join(', ')})` };
  }
  return named(className);
}

const activationLayers: ReadonlySet<string> = new Set(['ReLU', 'Softmax', 'LeakyReLU', 'ELU']);

/**
 * ReLU, LeakyReLU, ELU and Softmax as layers of their own; only with the options that their plain names have.
 * @param lastAxis Number of the last axis, counting the batch as 0; tfjs writes axis 1 for vectors.
 */
export function activationOfLayer(className: string, config: JsonObject, lastAxis = -1): ActivationRead {
  const is = (key: string, ...plain: unknown[]) => plain.includes(config[key] ?? null);
  if (className === 'Softmax') {
    return is('axis', null, -1, lastAxis)
      ? { name: 'softmax' }
      : { reason: 'its softmax is not over the last axis' };
  }
  if (className === 'LeakyReLU' || className === 'ELU') {
    // Keras 3 has the newer name of the slope; both defaults are as in its layers.
    const written = config['negative_slope'] ?? config['alpha'] ?? (className === 'ELU' ? 1 : 0.3);
    if (typeof written !== 'number' || !Number.isFinite(written)) {
      return { reason: `its ${className} has no number as its slope` };
    }
    return { name: `${className === 'ELU' ? 'elu' : 'leaky_relu'}(${written})` };
  }
  const slope = config['negative_slope'];
  if (typeof slope === 'number' && slope !== 0 && is('threshold', null, 0) && is('max_value', null)) {
    return { name: `leaky_relu(${slope})` };
  }
  if (is('negative_slope', null, 0) && is('threshold', null, 0)) {
    if (is('max_value', null)) return { name: 'relu' };
    if (is('max_value', 6)) return { name: 'relu6' };
  }
  return {
    reason: 'its ReLU has a threshold, or a largest value other than 6; use a plain one',
  };
}

/** A name for which Keras 3 has another function than Keras up to 2 and tfjs, or has one at all. */
interface Meaning {
  readonly clip: ClippedLinear;
  readonly formula: string;
  /** Whose meaning it is. */
  readonly of: string;
}

/** keras/src/ops/nn.py of 3.0 and later: relu6(x + 3) / 6. */
const hardSigmoid3: Meaning = {
  clip: { slope: 1 / 6, offset: 0.5, low: 0, high: 1 },
  formula: 'clip(x/6 + 0.5, 0, 1)',
  of: 'Keras 3',
};
/** keras/src/backend.py of 2.15 and tfjs-layers/src/activations.ts. */
const hardSigmoid2: Meaning = {
  clip: { slope: 0.2, offset: 0.5, low: 0, high: 1 },
  formula: 'clip(0.2 x + 0.5, 0, 1)',
  of: 'tfjs and Keras up to 2',
};
/** keras/src/ops/nn.py of 3.15; earlier versions have no such name. */
const hardTanh3: Meaning = {
  clip: { slope: 1, offset: 0, low: -1, high: 1 },
  formula: 'clip(x, -1, 1)',
  of: 'Keras 3',
};

/**
 * What the activations of these layers mean by the version that wrote the file, with a sentence for
 * the report on each.
 * @param writer "Keras 3.15.1", "tfjs-layers 4.22.0"; null where the file does not say.
 */
export function activationMeanings(
  layers: readonly Layer[],
  writer: string | null,
): Pick<Network, 'activations' | 'assumptions'> {
  const activations: Record<ActivationName, ClippedLinear> = {};
  const assumptions: string[] = [];
  for (const name of new Set(layers.flatMap(activationsOf))) {
    const meaning = meaningOf(name, writer);
    if (!meaning) continue;
    activations[name] = meaning.clip;
    assumptions.push(sentence(name, meaning, writer));
  }
  return assumptions.length === 0 ? {} : { activations, assumptions };
}

function activationsOf(layer: Layer): ActivationName[] {
  if (layer.kind === 'LSTM' || layer.kind === 'GRU') return [layer.activation, layer.recurrentActivation];
  return 'activation' in layer ? [layer.activation] : [];
}

function meaningOf(name: ActivationName, writer: string | null): Meaning | null {
  switch (bare(name)) {
    case 'hardsigmoid':
      return isKeras3(writer) ? hardSigmoid3 : hardSigmoid2;
    case 'hardtanh':
      return isKeras3(writer) ? hardTanh3 : null;
    default:
      return null;
  }
}

function sentence(name: ActivationName, { formula, of }: Meaning, writer: string | null): string {
  const what = `${name} is ${formula}, as in ${of}`;
  if (writer !== null) return `${what}: ${writer} wrote the file.`;
  return `${what}: the file does not say what wrote it. In ${hardSigmoid3.of} it is ${hardSigmoid3.formula}.`;
}
