/** GRU and SimpleRNN layers as tfjs has them. */
import * as tf from '@tensorflow/tfjs';
import { isBackward } from '../../core/network/shapes.ts';
import type { GruLayer, RecurrentLayer, SimpleRnnLayer, Tensor } from '../../core/network/types.ts';
import { maskOf } from './masks.ts';

/** In the order in which the layer takes them. */
export function recurrentWeights(layer: RecurrentLayer): Tensor[] {
  const { kernel, recurrentKernel, bias } = layer;
  if (layer.kind !== 'GRU') return [kernel, recurrentKernel, bias];
  const { recurrentBias, resetAfter } = layer;
  if (resetAfter) return [kernel, recurrentKernel, bias, recurrentBias];
  const values = bias.values.map((value, k) => value + recurrentBias.values[k]!);
  return [kernel, recurrentKernel, { shape: bias.shape, values }];
}

/** As tfjs takes them. */
export interface GruActivations {
  readonly activation: unknown;
  readonly recurrent: unknown;
}

export function buildGru(layer: GruLayer, { activation, recurrent }: GruActivations): tf.layers.Layer {
  const cell = layer.resetAfter
    ? new ResetAfterCell(layer.units, { activation, recurrent })
    : tf.layers.gruCell({
        units: layer.units,
        activation: activation as 'linear',
        recurrentActivation: recurrent as 'linear',
        kernelInitializer: 'zeros',
        recurrentInitializer: 'zeros',
      });
  return stepping(layer, cell);
}

/** @param activation as tfjs takes it */
export function buildSimpleRnn(layer: SimpleRnnLayer, activation: unknown): tf.layers.Layer {
  const cell = tf.layers.simpleRNNCell({
    units: layer.units,
    activation: activation as 'linear',
    kernelInitializer: 'zeros',
    recurrentInitializer: 'zeros',
  });
  return stepping(layer, cell);
}

type Cell = NonNullable<Parameters<typeof tf.layers.rnn>[0]['cell']>;

/** Not tf.layers.bidirectional: it would make copies of the layer. */
export function stepping(layer: RecurrentLayer, cell: unknown): tf.layers.Layer {
  const { returnSequences, zeroSkipped } = layer;
  const backward = isBackward(layer);
  const built = tf.layers.rnn({ cell: cell as Cell, returnSequences, goBackwards: backward });
  if (!zeroSkipped) return built;
  const call = built.call.bind(built);
  built.call = (inputs, kwargs) => {
    const made = call(inputs, kwargs) as tf.Tensor;
    const mask = maskOf(kwargs);
    if (!mask) return made;
    return tf.tidy(() => {
      // Before it is turned: the wasm backend writes beyond its memory where it turns booleans (4.22).
      const steps = tf.cast(mask, 'float32');
      const kept = backward ? tf.reverse(steps, 1) : steps;
      const last = kept.shape[1]! - 1;
      return tf.mul(made, returnSequences ? tf.expandDims(kept, -1) : tf.slice(kept, [0, last], [-1, 1]));
    });
  };
  return built;
}

/** A GRU that applies the reset gate after the recurrent map, which tfjs does not have (4.22). Gates z, r, candidate. */
class ResetAfterCell extends tf.layers.Layer {
  static readonly className = 'SpikewiseResetAfterCell';
  readonly stateSize: number;
  readonly #units: number;
  readonly #activate: tf.layers.Layer;
  readonly #activateGate: tf.layers.Layer;
  readonly #weights: tf.LayerVariable[] = [];

  constructor(units: number, { activation, recurrent }: GruActivations) {
    super({});
    this.#units = units;
    this.stateSize = units;
    this.#activate = tf.layers.activation({ activation: activation as 'linear' });
    this.#activateGate = tf.layers.activation({ activation: recurrent as 'linear' });
  }

  override build(inputShape: tf.Shape | tf.Shape[]): void {
    const inputs = (inputShape as tf.Shape).at(-1)!;
    const width = 3 * this.#units;
    const zeros = tf.initializers.zeros();
    const add = (name: string, shape: number[]) =>
      this.#weights.push(this.addWeight(name, shape, 'float32', zeros));
    add('kernel', [inputs, width]);
    add('recurrent_kernel', [this.#units, width]);
    add('bias', [width]);
    add('recurrent_bias', [width]);
    this.built = true;
  }

  override call(inputs: tf.Tensor | tf.Tensor[]): tf.Tensor[] {
    const [x, hidden] = inputs as [tf.Tensor2D, tf.Tensor2D];
    return tf.tidy(() => {
      const [kernel, recurrent, bias, recurrentBias] = this.#weights.map((weight) => weight.read());
      const [xz, xr, xc] = tf.split(tf.add(tf.matMul(x, kernel as tf.Tensor2D), bias!), 3, 1);
      const [hz, hr, hc] = tf.split(
        tf.add(tf.matMul(hidden, recurrent as tf.Tensor2D), recurrentBias!),
        3,
        1,
      );
      const z = this.#activateGate.apply(tf.add(xz!, hz!)) as tf.Tensor;
      const r = this.#activateGate.apply(tf.add(xr!, hr!)) as tf.Tensor;
      const c = this.#activate.apply(tf.add(xc!, tf.mul(r, hc!))) as tf.Tensor;
      const next = tf.add(tf.mul(z, hidden), tf.mul(tf.sub(1, z), c));
      return [next, next];
    });
  }
}
