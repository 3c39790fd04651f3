/** Activations that tfjs has no name for. */
import * as tf from '@tensorflow/tfjs';
import { numberOf, snakeCase } from '../../core/convert/activations.ts';

type Operation = (x: tf.Tensor) => tf.Tensor;

const operations: Readonly<Record<string, Operation>> = {
  silu: (x) => tf.mul(x, tf.sigmoid(x)),
  hard_swish: (x) => tf.div(tf.mul(x, tf.relu6(tf.add(x, 3))), 6),
  hard_silu: (x) => tf.div(tf.mul(x, tf.relu6(tf.add(x, 3))), 6),
  exponential: (x) => tf.exp(x),
};

function operationOf(name: string): Operation | null {
  const key = snakeCase(name);
  if (Object.hasOwn(operations, key)) return operations[key]!;
  const numbered = numberOf(name);
  if (!numbered) return null;
  const { value } = numbered;
  return numbered.name === 'leaky_relu'
    ? (x) => tf.leakyRelu(x, value)
    : (x) => tf.sub(tf.relu(x), tf.mul(value, tf.sub(1, tf.exp(tf.minimum(x, 0)))));
}

/** One of them by its name. */
export class NamedActivation extends tf.serialization.Serializable {
  static readonly className = 'SpikewiseNamed';
  readonly #name: string;

  constructor({ name }: { readonly name: string }) {
    super();
    this.#name = name;
  }

  apply(x: tf.Tensor): tf.Tensor {
    return tf.tidy(() => operationOf(this.#name)!(x));
  }

  getConfig(): tf.serialization.ConfigDict {
    return { name: this.#name };
  }
}

/** What tfjs takes as an activation: its own name of it, or the class above. */
export function namedActivation(name: string): unknown {
  if (operationOf(name)) return { className: NamedActivation.className, config: { name } };
  const key = snakeCase(name);
  // The only one of its names with an underscore.
  if (key === 'gelu_new') return key;
  return key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
