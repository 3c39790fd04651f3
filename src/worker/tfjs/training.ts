/** Trains a network that becomes spiking, with or without the rounding of its counts. */
import * as tf from '@tensorflow/tfjs';
import type { SampleShape } from '../../core/check/inputs.ts';
import type { HybridLayer } from '../../core/convert/types.ts';
import { layerTensors, weightOwners, type LayerValues } from '../../core/finetune/weights.ts';
import type { AnalogOptions } from '../../core/simulate/analog.ts';
import type { Trace } from '../../core/simulate/types.ts';
import { createForward } from './forward.ts';
import type { Values, Weights } from './forward-parts.ts';
import type { Counting } from './straight-through.ts';

/** Of a gradient over all weights; a longer one is shortened. */
const longestGradient = 1;
/** Samples of one call where nothing is trained. */
const mostScored = 256;
/** Values of all layers together, in one call: what a gradient needs of them stays in memory. */
const mostHeld = 2 ** 24;

export interface Training extends AnalogOptions {
  readonly layers: readonly HybridLayer[];
  /** That all layers together hand on or look at, for one sample. */
  readonly valuesHeld: number;
  /** How counts are rounded while training; null where they are not. */
  readonly counting: Counting | null;
  readonly shape: SampleShape;
  /** Normalised. */
  readonly sample: (n: number) => Trace;
  /** Of each sample. */
  readonly classes: Int32Array;
  /** [samples, outputs] of the trained network, of all samples. */
  readonly answers: Float32Array;
}

export interface Score {
  /** Mean cross entropy, in nats. */
  readonly loss: number;
  /** 0..1 */
  readonly accuracy: number;
}

export interface Trainer {
  /**
   * One step of Adam.
   * @param batch numbers of samples
   * @returns the batch's loss before it; NaN or infinite where the network has diverged
   */
  train(batch: readonly number[], learningRate: number): number;
  /** Of the network as it is trained, over some samples. */
  score(samples: readonly number[]): Score;
  /** A copy, of each layer. */
  weights(): readonly LayerValues[];
  /** Goes on with the same layers and weights, and what has been measured of them anew. */
  renew(layers: readonly HybridLayer[]): void;
  dispose(): void;
}

/** tfjs has a rate for a whole training; here it changes from step to step. */
class Adam extends tf.AdamOptimizer {
  setRate(rate: number): void {
    this.learningRate = rate;
  }
}

/** @param training of a network that can be converted */
export function createTrainer(training: Training): Trainer {
  const { layers, classes, valuesHeld } = training;
  const network = layers.map(({ layer }) => layer);
  const owners = weightOwners(network);
  const owned = network.map((layer, n): Weights => {
    return owners[n] === n ? layerTensors(layer).map(variableOf) : [];
  });
  const weights = owners.map((owner) => owned[owner]!);
  const variables = owned.flat();
  let forward = createForward(layers, weights, training);
  const optimizer = new Adam(1e-3, 0.9, 0.999);
  const atOnce = Math.max(1, Math.floor(mostHeld / valuesHeld));
  const run = (samples: readonly number[]) => {
    const logits = forward.run(samplesOf(samples, training));
    const labels = tf.tensor1d(
      Int32Array.from(samples, (n) => classes[n]!),
      'int32',
    );
    return { logits, labels, loss: crossEntropy(logits, labels) };
  };
  /**
   * What is minimised: the labels' part, and as much of the answers of the trained network, which say more of a sample
   * than its class, where they are right.
   */
  const aimOf = (samples: readonly number[], made: ReturnType<typeof run>): tf.Scalar => {
    const { logits, labels, loss } = made;
    const width = logits.shape[1];
    if (width === 1) return loss;
    const rows = samples.flatMap((n) => [...training.answers.subarray(n * width, (n + 1) * width)]);
    const answers = forward.logitsOf(tf.tensor2d(rows, [samples.length, width]));
    const right: tf.Tensor1D = tf.cast(tf.equal(answered(answers), labels), 'float32');
    return tf.mul(tf.add(loss, distance(logits, answers, right)), 0.5);
  };
  return {
    train: (batch, learningRate) =>
      tf.tidy(() => {
        let loss = 0;
        const sums = slices(batch, atOnce).reduce<tf.NamedTensorMap>((before, part) => {
          const weight = part.length / batch.length;
          const { value, grads } = tf.variableGrads(() => {
            const made = run(part);
            loss += weight * made.loss.dataSync()[0]!;
            return tf.mul(aimOf(part, made), weight);
          }, variables);
          value.dispose();
          return added(before, grads);
        }, {});
        optimizer.setRate(learningRate);
        optimizer.applyGradients(shortened(sums));
        return loss;
      }),
    score: (samples) => {
      let [loss, right] = [0, 0];
      for (const part of slices(samples, Math.min(atOnce, mostScored))) {
        tf.tidy(() => {
          const scored = run(part);
          loss += part.length * scored.loss.dataSync()[0]!;
          right += tf.sum(tf.cast(tf.equal(answered(scored.logits), scored.labels), 'int32')).dataSync()[0]!;
        });
      }
      return { loss: loss / samples.length, accuracy: right / samples.length };
    },
    weights: () => {
      const values = owned.map((layer) => layer.map((one) => one.dataSync<'float32'>().slice()));
      return owners.map((owner) => values[owner]!);
    },
    renew: (measured) => {
      forward.dispose();
      forward = createForward(measured, weights, training);
    },
    dispose: () => {
      forward.dispose();
      optimizer.dispose();
      tf.dispose(variables);
    },
  };
}

function variableOf({ values, shape }: { readonly values: Float32Array; readonly shape: readonly number[] }) {
  return tf.tidy(() => tf.variable(tf.tensor(values.slice(), [...shape])));
}

function slices(samples: readonly number[], size: number): (readonly number[])[] {
  const count = Math.ceil(samples.length / size);
  return Array.from({ length: count }, (_, n) => samples.slice(n * size, (n + 1) * size));
}

/** Of the parts of a batch; a variable that no part depends on has none. */
function added(before: tf.NamedTensorMap, more: tf.NamedTensorMap): tf.NamedTensorMap {
  const sums = Object.entries(more).map(([name, gradient]) => {
    const sum = before[name];
    return [name, sum ? tf.add(sum, gradient) : gradient] as const;
  });
  return Object.fromEntries(sums);
}

/** Some of the samples, of each input: [steps, samples, features], or [samples, features] where a sample is no sequence. */
export function samplesOf(
  samples: readonly number[],
  { shape, sample }: Pick<Training, 'shape' | 'sample'>,
): Values[] {
  const traces = samples.map(sample);
  const parts = shape.parts ?? [shape];
  return parts.map(({ steps, features, sequence }, index) => {
    const values = new Float32Array(samples.length * steps * features);
    traces.forEach((trace, at) => {
      const own = (trace.parts?.[index] ?? trace).values;
      for (let step = 0; step < steps; step++) {
        const from = own.subarray(step * features, (step + 1) * features);
        values.set(from, (step * samples.length + at) * features);
      }
    });
    return sequence
      ? tf.tensor3d(values, [steps, samples.length, features])
      : tf.tensor2d(values, [samples.length, features]);
  });
}

/** Mean over the samples. @param logits [samples, outputs]; a single output decides between two classes */
function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  const outputs = logits.shape[1];
  return outputs === 1
    ? tf.losses.sigmoidCrossEntropy(tf.reshape(labels, [-1, 1]), logits)
    : tf.losses.softmaxCrossEntropy(tf.oneHot(labels, outputs), logits);
}

/** Softens answers, so that the classes that were not chosen count too. */
const temperature = 3;

/** Cross entropy of softened answers (Hinton, Vinyals and Dean 2015, section 2), in the measure of one that is not. */
function distance(logits: tf.Tensor2D, answers: tf.Tensor2D, weights: tf.Tensor1D): tf.Scalar {
  const targets = tf.softmax(tf.div(answers, temperature));
  const given = tf.div<tf.Tensor2D>(logits, temperature);
  const sum: tf.Scalar = tf.losses.softmaxCrossEntropy(targets, given, weights, 0, tf.Reduction.SUM);
  return tf.mul(sum, temperature ** 2 / logits.shape[0]);
}

function answered(logits: tf.Tensor2D): tf.Tensor1D {
  if (logits.shape[1] > 1) return tf.argMax(logits, 1);
  return tf.cast(tf.greater(tf.squeeze(logits, [1]), 0), 'int32');
}

/** By their length over all weights. */
function shortened(gradients: tf.NamedTensorMap) {
  const all = Object.entries(gradients);
  const length = tf.sqrt(tf.addN(all.map(([, gradient]) => tf.sum(tf.square(gradient)))));
  const factor = tf.div(longestGradient, tf.maximum(length, longestGradient));
  return all.map(([name, gradient]) => ({ name, tensor: tf.mul(gradient, factor) }));
}
