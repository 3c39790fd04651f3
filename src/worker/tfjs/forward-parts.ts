/** What the layers of a network in training share: how values lie, and the neurons that round them to counts. */
import * as tf from '@tensorflow/tfjs';
import { isSmooth, resolveActivation, snakeCase } from '../../core/convert/activations.ts';
import type { PopulationSpec } from '../../core/convert/types.ts';
import type { ActivationName } from '../../core/network/types.ts';
import type { AnalogOptions } from '../../core/simulate/analog.ts';
import { activation } from './layers.ts';
import {
  createGenerator,
  createNeurons,
  disposeNeurons,
  product,
  standingFor,
  startNeurons,
  type Counting,
  type NeuronGroup,
  type Neurons,
  type Window,
} from './straight-through.ts';

/** A sequence is [steps, samples, features], so that each step lies together; a vector is [samples, features]. */
export type Values = tf.Tensor2D | tf.Tensor3D;

/** What a layer hands on. */
export interface Flow {
  readonly x: Values;
  /** [steps, samples] 0 where recurrent layers skip a sequence step, else 1; none is skipped where it is left out. */
  readonly mask?: tf.Tensor2D;
}

export interface ForwardOptions extends AnalogOptions {
  /** How inputs, hidden states and outputs of neurons are rounded to counts; null where they are not. */
  readonly counting: Counting | null;
}

export interface LayerOptions extends ForwardOptions {
  /** Keeps tensors that every run needs, until the end. */
  readonly keep: (dispose: () => void) => void;
  /** Whether a softmax, or the sigmoid of a single output, is left to the loss. */
  readonly givesLogits: boolean;
}

/** The tensors of a layer, in the order of `layerTensors`. */
export type Weights = readonly tf.Variable[];

/** Fresh neurons for each run. */
export type Start = () => Window;

const unchanged: Start = () => (x) => x;

/** Spike generators of a layer's inputs. @param range what a spike every time-step stands for: of all, or of each */
export function generator(range: number | readonly number[], options: LayerOptions): Start {
  const { counting } = options;
  if (counting === null) return unchanged;
  const neurons = createGenerator(range, counting);
  options.keep(() => {
    disposeNeurons(neurons);
  });
  return () => startNeurons(neurons);
}

/** What one population computes, by the name of its activation. */
export interface NamedPopulation {
  readonly population: PopulationSpec;
  readonly activation: ActivationName;
}

/** Populations side by side: [samples, values] of all of them. */
export function spikingNeurons(named: readonly NamedPopulation[], options: LayerOptions): Start {
  if (!named.some((one) => isFitted(one, options))) return exactNeurons(named, options);
  const starts = named.map((one) =>
    isFitted(one, options) ? fittedNeurons(one, options) : exactNeurons([one], options),
  );
  const sizes = named.map(({ population }) => population.values);
  return () => {
    const windows = starts.map((start) => start());
    // The gradient of tf.split fails in tfjs where there is one part.
    if (windows.length === 1) return windows[0]!;
    return (x, kept) =>
      tf.concat(
        tf.split(x, sizes, -1).map((part, k) => windows[k]!(part, kept)),
        -1,
      );
  };
}

/** Whether it comes near to a smooth function, which one neuron does not compute. */
function isFitted({ activation }: NamedPopulation, { activations }: LayerOptions): boolean {
  return isSmooth(activation) && resolveActivation(activation, activations).spiking === null;
}

/** One neuron for each value. */
function exactNeurons(named: readonly NamedPopulation[], options: LayerOptions): Start {
  const groups = named.map(({ population, activation }): NeuronGroup => {
    const { neurons, dual, pieces, highs } = population;
    const [piece] = pieces as [PopulationSpec['pieces'][number]];
    if (options.counting !== null) return { neurons, dual, activation: piece, ...(highs && { highs }) };
    // How far the data reach matters to counts alone.
    const key = snakeCase(activation);
    const [low, high] =
      key === 'linear' ? [-Infinity, Infinity] : key === 'relu' ? [0, Infinity] : [piece.low, piece.high];
    return { neurons, dual, activation: { ...piece, low, high } };
  });
  const neurons = kept(createNeurons(groups, options.counting), options);
  return () => startNeurons(neurons);
}

/** Several neurons for each value: their sum, with the gradient of the function that it comes near to. */
function fittedNeurons({ population, activation: name }: NamedPopulation, options: LayerOptions): Start {
  const { counting } = options;
  const exact = activate(name, options);
  if (counting === null) return () => exact;
  const { values, dual, pieces } = population;
  const parts = pieces.map((activation) =>
    kept(createNeurons([{ neurons: values, dual, activation }], counting), options),
  );
  return () => {
    const windows = parts.map(startNeurons);
    return (x, kept) => standingFor(exact(x), tf.addN(windows.map((window) => window(x, kept))));
  };
}

function kept(neurons: Neurons, { keep }: LayerOptions): Neurons {
  keep(() => {
    disposeNeurons(neurons);
  });
  return neurons;
}

/** The function of the trained network, on the last axis. */
export function activate(name: ActivationName, options: LayerOptions): (x: tf.Tensor) => tf.Tensor {
  const layer = tf.layers.activation({ activation: activation(name, options) as 'linear' });
  return (x) => layer.apply(x) as tf.Tensor;
}

/** As {@link activate}, but for what is left to the loss. */
export function analogActivation(name: ActivationName, options: LayerOptions): (x: tf.Tensor) => tf.Tensor {
  const isLeft = options.givesLogits && ['softmax', 'sigmoid'].includes(snakeCase(name));
  return isLeft ? (x) => x : activate(name, options);
}

/** tf.reshape, where the shape is known at run time alone. */
export function shaped(x: tf.Tensor, shape: readonly number[]): Values {
  const made: tf.Tensor = tf.reshape(x, [...shape]);
  return made as Values;
}

/** Step after step of a sequence; a vector is one step. */
export function overSteps(x: Values, run: (x: tf.Tensor) => tf.Tensor): Values {
  return (x.shape.length === 2 ? run(x) : tf.stack(stepsOf(x).map((step) => run(step)))) as Values;
}

/** tf.unstack, whose gradient fails in tfjs where there is one step. @param x [steps, ...] */
export function stepsOf(x: tf.Tensor): tf.Tensor[] {
  return x.shape[0] === 1 ? [tf.squeeze(x, [0])] : tf.unstack(x);
}

/** [..., features] x [features, units] */
export function times(x: tf.Tensor, kernel: tf.Tensor): Values {
  const features = x.shape.at(-1)!;
  const rows = product(tf.reshape(x, [-1, features]), kernel as tf.Tensor2D);
  return shaped(rows, [...x.shape.slice(0, -1), kernel.shape[1]!]);
}

/** [steps, samples, features] -> [samples, steps * features] */
export function flattened(x: Values): tf.Tensor2D {
  const samples = x.shape[1];
  return x.shape.length === 2 ? (x as tf.Tensor2D) : tf.reshape(tf.transpose(x, [1, 0, 2]), [samples, -1]);
}
