/** Activations in the many ways in which Keras has written them, as one plain name. */
import { isObject, type JsonObject } from './json.ts';

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
    // A plain function: Keras 3 writes its name as the configuration.
    if (className === 'function' && typeof config === 'string') return named(config);
    if (className === 'function' && typeof registered === 'string') return named(registered);
    if (typeof className === 'string') return classActivation(className, isObject(config) ? config : {});
  }
  // The defaults differ from version to version, so none is assumed.
  return { reason: 'the file does not name its activation' };
}

function named(written: string): ActivationRead {
  const name = written.slice(written.lastIndexOf('>') + 1);
  return name === '' ? { reason: 'the file does not name its activation' } : { name };
}

function classActivation(className: string, config: JsonObject): ActivationRead {
  if (className === 'ReLU' || className === 'Softmax') return activationOfLayer(className, config);
  const own = Object.keys(config).filter((key) => !['name', 'dtype', 'trainable'].includes(key));
  if (own.length > 0) {
    return { reason: `its activation ${className} has options of its own (${own.join(', ')})` };
  }
  return named(className);
}

/**
 * ReLU and Softmax as layers of their own; only with the options that their plain names have.
 * @param lastAxis Number of the last axis, counting the batch as 0; tfjs writes axis 1 for vectors.
 */
export function activationOfLayer(className: string, config: JsonObject, lastAxis = -1): ActivationRead {
  const is = (key: string, ...plain: unknown[]) => plain.includes(config[key] ?? null);
  if (className === 'Softmax') {
    return is('axis', null, -1, lastAxis)
      ? { name: 'softmax' }
      : { reason: 'its softmax is not over the last axis' };
  }
  if (is('negative_slope', null, 0) && is('threshold', null, 0)) {
    if (is('max_value', null)) return { name: 'relu' };
    if (is('max_value', 6)) return { name: 'relu6' };
  }
  return {
    reason: 'its ReLU has a negative slope, a threshold, or a largest value other than 6; use a plain one',
  };
}
