/** The network that becomes spiking, as tfjs operations over weights that can be trained. */
import * as tf from '@tensorflow/tfjs';
import { snakeCase } from '../../core/convert/activations.ts';
import type { HybridLayer, SpikingConv, SpikingDense, SpikingRecurrent } from '../../core/convert/types.ts';
import { alongGraph, endsAt, readsOf } from '../../core/network/graph.ts';
import { isRecurrent } from '../../core/network/shapes.ts';
import type { DenseLayer, EmbeddingLayer, Layer } from '../../core/network/types.ts';
import {
  analogActivation,
  flattened,
  generator,
  overSteps,
  shaped,
  spikingNeurons,
  times,
  type Flow,
  type ForwardOptions,
  type LayerOptions,
  type Values,
  type Weights,
} from './forward-parts.ts';
import { besides, mergeFlow } from './forward-merge.ts';
import { recurrentFlow } from './forward-recurrent.ts';
import { maskingFlow, permuteFlow, reshapeFlow } from './forward-shapes.ts';
import { convFlow, poolingFlow, scaleFlow } from './forward-windows.ts';

export interface Forward {
  /**
   * @param inputs of each of the network's inputs; ids [steps, samples, 1]
   * @returns [samples, outputs] before a last softmax, or before the sigmoid of a single output
   */
  run(inputs: readonly Values[]): tf.Tensor2D;
  /** What a network with the same last layer gives, [samples, outputs], before its softmax. Of several outputs. */
  logitsOf(outputs: tf.Tensor2D): tf.Tensor2D;
  dispose(): void;
}

/**
 * @param layers of a network that can be converted
 * @param weights of each of its layers
 */
export function createForward(
  layers: readonly HybridLayer[],
  weights: readonly Weights[],
  options: ForwardOptions,
): Forward {
  const disposals: (() => void)[] = [];
  const keep = (dispose: () => void): void => {
    disposals.push(dispose);
  };
  const network = layers.map(({ layer }) => layer);
  const answering = answeringLayer(layers);
  // Elsewhere its values are needed as they are.
  const isLeft = answering >= 0 && endsAt(network, answering, passesOn);
  const functions = layers.map((layer, n) =>
    createLayer(layer, weights[n]!, { ...options, keep, givesLogits: isLeft && n === answering }),
  );
  const givesSum = isLeft && layers[answering]!.runsAs === 'analog';
  return {
    run: (inputs) => {
      const flows = inputs.map((x): Flow => ({ x }));
      const made = alongGraph<Flow>(network, flows[0]!, (layer, read, beside, n) => {
        if (layer.kind === 'InputLayer') return flows[layer.input ?? 0]!;
        const own = functions[n]!(read);
        return beside ? besides(beside, own) : own;
      });
      const { x } = made.at(-1) ?? flows[0]!;
      return asLogits(flattened(x), network[answering], givesSum);
    },
    logitsOf: (outputs) => (endsInSoftmax(network[answering]) ? logarithm(outputs) : outputs),
    dispose: () => {
      disposals.forEach((dispose) => {
        dispose();
      });
    },
  };
}

/** Position of the layer whose values the network gives, whatever passes them on; -1 where it is the sample. */
function answeringLayer(layers: readonly HybridLayer[]): number {
  const reads = readsOf(layers.map(({ layer }) => layer));
  let index = layers.length - 1;
  while (index >= 0 && passesOn(layers[index]!.layer)) index = reads[index]![0]!;
  return index;
}

const passing = new Set<Layer['kind']>([
  ...(['Dropout', 'Folded', 'Flatten', 'Reshape', 'Permute', 'InputLayer', 'Output'] as const),
]);

function passesOn({ kind }: Layer): boolean {
  return passing.has(kind);
}

type LayerFunction = (read: readonly [Flow, ...Flow[]]) => Flow;

function createLayer(hybrid: HybridLayer, weights: Weights, options: LayerOptions): LayerFunction {
  const { layer } = hybrid;
  if (layer.kind === 'Merge') return (read) => mergeFlow(layer, read);
  const run = createSingle(hybrid, weights, options);
  return ([input]) => run(input);
}

function createSingle(hybrid: HybridLayer, weights: Weights, options: LayerOptions): (input: Flow) => Flow {
  const { layer } = hybrid;
  const isSpiking = hybrid.runsAs === 'spiking';
  if (isRecurrent(layer) && isSpiking) return recurrentFlow(hybrid as SpikingRecurrent, weights, options);
  switch (layer.kind) {
    case 'Dense':
      return dense(layer, isSpiking ? (hybrid as SpikingDense) : null, weights, options);
    case 'Conv1D':
    case 'Conv2D':
      return convFlow(layer, isSpiking ? (hybrid as SpikingConv) : null, weights, options);
    case 'Pooling':
      return poolingFlow(layer);
    case 'Scale':
      return scaleFlow(layer, weights);
    case 'Embedding':
      return embedding(layer, options);
    case 'Activation': {
      const activated = analogActivation(layer.activation, options);
      return (input) => ({ ...input, x: activated(input.x) as Values });
    }
    case 'Masking':
      return maskingFlow(layer);
    case 'Flatten':
      return ({ x }) => ({ x: flattened(x) });
    case 'Reshape':
      return reshapeFlow(layer);
    case 'Permute':
      return permuteFlow(layer);
    case 'Dropout':
    case 'Folded':
    case 'InputLayer':
    case 'Output':
      return (input) => input;
    default:
      throw new Error(`layer "${layer.name}" (${layer.kind}) cannot be trained`);
  }
}

function dense(
  layer: DenseLayer,
  spiking: SpikingDense | null,
  weights: Weights,
  options: LayerOptions,
): (input: Flow) => Flow {
  const [kernel, bias] = weights as [tf.Variable, tf.Variable];
  const sums = (x: Values) => tf.add<Values>(times(x, kernel), bias);
  if (spiking === null) {
    const activated = analogActivation(layer.activation, options);
    return (input) => ({ ...input, x: activated(sums(input.x)) as Values });
  }
  const startInputs = generator(spiking.inputRange, options);
  const named = spiking.populations.map((population) => ({ population, activation: layer.activation }));
  const startOutputs = spikingNeurons(named, options);
  return (input) => {
    return { ...input, x: overSteps(sums(overSteps(input.x, startInputs())), startOutputs()) };
  };
}

/** Its table stays as it is. @returns of ids, [steps, samples, 1] */
function embedding({ dimension, table, maskZero }: EmbeddingLayer, { keep }: LayerOptions) {
  const vectors = tf.tensor2d(table.values.slice(), [table.shape[0]!, dimension]);
  keep(() => {
    vectors.dispose();
  });
  return ({ x }: Flow): Flow => {
    const [steps, samples] = x.shape;
    const ids = tf.reshape(x, [steps, samples]);
    const found: tf.Tensor = tf.gather(vectors, tf.cast(tf.reshape(ids, [-1]), 'int32'));
    const mask: tf.Tensor2D | undefined = maskZero && tf.cast(tf.notEqual(ids, 0), 'float32');
    return { x: shaped(found, [steps, samples, dimension]), ...(mask && { mask }) };
  };
}

/**
 * A single output is compared with 1/2, that of a sigmoid's sum with 0.
 * @param last the layer whose values they are
 * @param givesSum whether a softmax or sigmoid of it has been left out
 */
function asLogits(outputs: tf.Tensor2D, last: Layer | undefined, givesSum: boolean): tf.Tensor2D {
  const name = last && 'activation' in last ? snakeCase(last.activation) : '';
  if (outputs.shape[1] === 1) {
    return givesSum && name === 'sigmoid' ? outputs : tf.sub(outputs, 0.5);
  }
  return endsInSoftmax(last) && !givesSum ? logarithm(outputs) : outputs;
}

function endsInSoftmax(last: Layer | undefined): boolean {
  return last !== undefined && 'activation' in last && snakeCase(last.activation) === 'softmax';
}

function logarithm(probabilities: tf.Tensor2D): tf.Tensor2D {
  return tf.log(tf.add(probabilities, 1e-7));
}
