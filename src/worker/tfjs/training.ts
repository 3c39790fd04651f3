/** Trains a network that becomes spiking, with or without the rounding of its counts. */
import * as tf from '@tensorflow/tfjs';
import type { SampleShape } from '../../core/check/inputs.ts';
import type { HybridLayer } from '../../core/convert/types.ts';
import type { LayerValues } from '../../core/finetune/constrained.ts';
import type { AnalogOptions } from '../../core/simulate/analog.ts';
import type { Trace } from '../../core/simulate/types.ts';
import { createForward, layerTensors, type Weights } from './forward.ts';
import type { Counting } from './straight-through.ts';

/** Of a gradient over all weights; a longer one is shortened. */
const longestGradient = 1;
/** Samples of one call where nothing is trained. */
const mostScored = 256;

export interface Training extends AnalogOptions {
  readonly layers: readonly HybridLayer[];
  /** How counts are rounded while training; null where they are not. */
  readonly counting: Counting | null;
  readonly shape: SampleShape;
  /** Normalised. */
  readonly sample: (n: number) => Trace;
  /** Of each sample. */
  readonly classes: Int32Array;
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
  dispose(): void;
}

/** tfjs has a rate for a whole training; here it changes from step to step. */
class Adam extends tf.AdamOptimizer {
  setRate(rate: number): void {
    this.learningRate = rate;
  }
}

/** @param training its layers can be trained: see {@link createForward} */
export function createTrainer(training: Training): Trainer {
  const { layers, classes } = training;
  const weights = layers.map((layer): Weights => layerTensors(layer).map(variableOf));
  const variables = weights.flat();
  const forward = createForward(layers, weights, training);
  const optimizer = new Adam(1e-3, 0.9, 0.999);
  const run = (samples: readonly number[]) => {
    const logits = forward.run(batchOf(samples, training));
    const labels = tf.tensor1d(
      Int32Array.from(samples, (n) => classes[n]!),
      'int32',
    );
    return { logits, labels, loss: crossEntropy(logits, labels) };
  };
  return {
    train: (batch, learningRate) =>
      tf.tidy(() => {
        const { value, grads } = tf.variableGrads(() => run(batch).loss, variables);
        optimizer.setRate(learningRate);
        optimizer.applyGradients(shortened(grads));
        return value.dataSync()[0]!;
      }),
    score: (samples) => {
      let [loss, right] = [0, 0];
      for (let first = 0; first < samples.length; first += mostScored) {
        const part = samples.slice(first, first + mostScored);
        tf.tidy(() => {
          const scored = run(part);
          loss += part.length * scored.loss.dataSync()[0]!;
          right += tf.sum(tf.cast(tf.equal(answers(scored.logits), scored.labels), 'int32')).dataSync()[0]!;
        });
      }
      return { loss: loss / samples.length, accuracy: right / samples.length };
    },
    weights: () => weights.map((layer) => layer.map((one) => one.dataSync<'float32'>().slice())),
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

/** [steps, samples, features], or [samples, features] where a sample is no sequence. */
function batchOf(samples: readonly number[], { shape, sample }: Training): tf.Tensor2D | tf.Tensor3D {
  const { steps, features, sequence } = shape;
  const values = new Float32Array(samples.length * steps * features);
  samples.forEach((n, at) => {
    const trace = sample(n).values;
    for (let step = 0; step < steps; step++) {
      const from = trace.subarray(step * features, (step + 1) * features);
      values.set(from, (step * samples.length + at) * features);
    }
  });
  return sequence
    ? tf.tensor3d(values, [steps, samples.length, features])
    : tf.tensor2d(values, [samples.length, features]);
}

/** Mean over the samples. @param logits [samples, outputs]; a single output decides between two classes */
function crossEntropy(logits: tf.Tensor2D, labels: tf.Tensor1D): tf.Scalar {
  const outputs = logits.shape[1];
  return outputs === 1
    ? tf.losses.sigmoidCrossEntropy(tf.reshape(labels, [-1, 1]), logits)
    : tf.losses.softmaxCrossEntropy(tf.oneHot(labels, outputs), logits);
}

function answers(logits: tf.Tensor2D): tf.Tensor1D {
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
