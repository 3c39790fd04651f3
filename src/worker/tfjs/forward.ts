/** The network that becomes spiking, as tfjs operations over weights that can be trained. */
import * as tf from '@tensorflow/tfjs';
import { resolveActivation, snakeCase } from '../../core/convert/activations.ts';
import type { HybridLayer, SpikingLayer, SpikingLstm } from '../../core/convert/types.ts';
import type { ActivationName, ClippedLinear, DenseLayer, Tensor } from '../../core/network/types.ts';
import type { AnalogOptions } from '../../core/simulate/analog.ts';
import { activation } from './layers.ts';
import {
  createGenerator,
  createNeurons,
  disposeNeurons,
  product,
  startNeurons,
  type Counting,
  type Neurons,
} from './straight-through.ts';

export interface ForwardOptions extends AnalogOptions {
  /** How inputs, hidden states and outputs of neurons are rounded to counts; null where they are not. */
  readonly counting: Counting | null;
}

/** A sequence is [steps, samples, features], so that each step lies together; a vector is [samples, features]. */
type Values = tf.Tensor2D | tf.Tensor3D;
type LayerFunction = (input: Values) => Values;

export interface Forward {
  /** @returns [samples, outputs] before a last softmax, or before the sigmoid of a single output */
  run(values: Values): tf.Tensor2D;
  dispose(): void;
}

/** Kernel and bias of a Dense layer, with the recurrent kernel between them of an LSTM. */
export type Weights = readonly tf.Variable[];

/** The weights of a layer; of one that has none, nothing. */
export function layerTensors({ layer }: Pick<HybridLayer, 'layer'>): readonly Tensor[] {
  if (layer.kind === 'LSTM') return [layer.kernel, layer.recurrentKernel, layer.bias];
  return layer.kind === 'Dense' ? [layer.kernel, layer.bias] : [];
}

/**
 * @param layers a chain without an embedding or a backward LSTM
 * @param weights of each of its layers
 */
export function createForward(
  layers: readonly HybridLayer[],
  weights: readonly Weights[],
  options: ForwardOptions,
): Forward {
  const last = layers.findLast(({ runsAs }) => runsAs !== 'nothing');
  const made: Neurons[] = [];
  const functions = layers.map((layer, n) => {
    return createLayer(layer, weights[n]!, { ...options, made, isLast: layer === last });
  });
  return {
    run: (values) => asLogits(flattened(functions.reduce((x, run) => run(x), values)), last),
    dispose: () => {
      made.forEach(disposeNeurons);
    },
  };
}

interface LayerOptions extends ForwardOptions {
  /** Are held until the end. */
  readonly made: Neurons[];
  readonly isLast: boolean;
}

function createLayer(hybrid: HybridLayer, weights: Weights, options: LayerOptions): LayerFunction {
  const { layer } = hybrid;
  switch (layer.kind) {
    case 'LSTM':
      return lstm(hybrid as SpikingLstm, weights, options);
    case 'Dense':
      return dense(layer, hybrid.runsAs === 'spiking' ? hybrid : null, weights, options);
    case 'Activation':
      return analogActivation(layer.activation, options);
    case 'Flatten':
      return flattened;
    case 'Dropout':
    case 'Folded':
    case 'InputLayer':
      return (input) => input;
    default:
      throw new Error(`layer "${layer.name}" (${layer.kind}) cannot be trained`);
  }
}

/** The gates of all steps see the input in one product; then step after step the hidden state. */
function lstm(hybrid: SpikingLstm, weights: Weights, options: LayerOptions): LayerFunction {
  const { units, returnSequences } = hybrid.layer;
  const [kernel, recurrent, bias] = weights as [tf.Variable, tf.Variable, tf.Variable];
  const startGates = spikingNeurons(hybrid, options);
  const startInputs = generator(hybrid.inputRange, options);
  const startHidden = generator(hybrid.hiddenRange, options);
  const { spiking } = resolveActivation(hybrid.layer.activation, options.activations);
  const out = clip(spiking as ClippedLinear);
  return (input) => {
    const [gates, hear] = [startGates(), startHidden()];
    const seen = tf.add(times(overSteps(input, startInputs()), kernel), bias);
    const samples = input.shape[1];
    let [h, c]: tf.Tensor[] = [tf.zeros([samples, units]), tf.zeros([samples, units])];
    const handedOn = stepsOf(seen).map((sum) => {
      const [i, f, candidate, o] = tf.split(gates(tf.add(sum, times(hear(h!), recurrent))), 4, 1);
      const state = tf.add(tf.mul(f!, c!), tf.mul(i!, candidate!));
      h = tf.mul(o!, out(state));
      // c is clipped after h has been taken from it, as in the paper authors' implementation.
      c = options.cellClip === null ? state : tf.clipByValue(state, -options.cellClip, options.cellClip);
      return h;
    });
    return (returnSequences ? tf.stack(handedOn) : h!) as Values;
  };
}

function dense(
  layer: DenseLayer,
  spiking: SpikingLayer | null,
  weights: Weights,
  options: LayerOptions,
): LayerFunction {
  const [kernel, bias] = weights as [tf.Variable, tf.Variable];
  const sums = (input: Values): Values => tf.add(times(input, kernel), bias);
  if (spiking === null) {
    const activated = analogActivation(layer.activation, options);
    return (input) => activated(sums(input));
  }
  const startInputs = generator(spiking.inputRange, options);
  // What is measured, the range of a ReLU or a fit to what is reached, changes with the weights; a run measures it
  // again, and training does not round to it.
  const { spiking: clip } = resolveActivation(layer.activation, options.activations);
  const isMeasured = clip === null || clip === 'relu';
  const analog = analogActivation(layer.activation, options);
  const startOutputs = isMeasured
    ? () => (x: tf.Tensor) => analog(x as Values) as tf.Tensor
    : spikingNeurons(spiking, options);
  return (input) => overSteps(sums(overSteps(input, startInputs())), startOutputs());
}

/** Fresh neurons for each run, that take one sequence step after the other. */
type Start = () => (x: tf.Tensor) => tf.Tensor;

function spikingNeurons({ layer, populations }: SpikingLayer, { counting, made }: LayerOptions): Start {
  const groups = populations.map(({ neurons, dual, pieces }) => {
    // Whatever is smooth has been replaced before.
    const [activation, ...others] = pieces as [ClippedLinear, ...ClippedLinear[]];
    if (others.length > 0) throw new Error(`layer "${layer.name}": several neurons compute a value`);
    return { neurons, dual, activation };
  });
  const neurons = createNeurons(groups, counting);
  made.push(neurons);
  return () => startNeurons(neurons);
}

function generator(range: number, { counting, made }: LayerOptions): Start {
  if (counting === null) return () => (x) => x;
  const neurons = createGenerator(range, counting);
  made.push(neurons);
  return () => startNeurons(neurons);
}

function overSteps(x: Values, run: (x: tf.Tensor) => tf.Tensor): Values {
  return (x.shape.length === 2 ? run(x) : tf.stack(stepsOf(x).map(run))) as Values;
}

/** tf.unstack, whose gradient fails in tfjs where there is one step. @param x [steps, ...] */
export function stepsOf(x: tf.Tensor): tf.Tensor[] {
  return x.shape[0] === 1 ? [tf.squeeze(x, [0])] : tf.unstack(x);
}

/** A softmax that is the network's last, or the sigmoid of a single output, is left to the loss. */
function analogActivation(name: ActivationName, options: LayerOptions): LayerFunction {
  const key = snakeCase(name);
  if (options.isLast && (key === 'softmax' || key === 'sigmoid')) return (x) => x;
  const layer = tf.layers.activation({ activation: activation(name, options) as 'linear' });
  return (x) => layer.apply(x) as Values;
}

/** A single output is compared with 1/2, that of a sigmoid's sum with 0. */
function asLogits(outputs: tf.Tensor2D, last: HybridLayer | undefined): tf.Tensor2D {
  const layer = last?.layer;
  const name = layer?.kind === 'Dense' || layer?.kind === 'Activation' ? layer.activation : '';
  const decidesAtZero = outputs.shape[1] > 1 || (last?.runsAs === 'analog' && snakeCase(name) === 'sigmoid');
  return decidesAtZero ? outputs : tf.sub(outputs, 0.5);
}

function clip({ slope, offset, low, high }: ClippedLinear) {
  return (x: tf.Tensor): tf.Tensor => tf.clipByValue(tf.add(tf.mul(x, slope), offset), low, high);
}

/** [..., features] x [features, units] */
function times(x: tf.Tensor, kernel: tf.Tensor): Values {
  const features = x.shape.at(-1)!;
  const rows = product(tf.reshape(x, [-1, features]), kernel as tf.Tensor2D);
  const shaped: tf.Tensor = tf.reshape(rows, [...x.shape.slice(0, -1), kernel.shape[1]!]);
  return shaped as Values;
}

/** [steps, samples, features] -> [samples, steps * features] */
function flattened(x: Values): tf.Tensor2D {
  const samples = x.shape[1];
  return x.shape.length === 2 ? (x as tf.Tensor2D) : tf.reshape(tf.transpose(x, [1, 0, 2]), [samples, -1]);
}
