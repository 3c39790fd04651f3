/** Recurrent layers of a network in training: their gates count as spiking neurons do, the cell update is exact. */
import * as tf from '@tensorflow/tfjs';
import { gatesOf } from '../../core/convert/gates.ts';
import type {
  SpikingGru,
  SpikingLstm,
  SpikingRecurrent,
  SpikingSimpleRnn,
} from '../../core/convert/types.ts';
import { isBackward } from '../../core/network/shapes.ts';
import {
  activate,
  generator,
  spikingNeurons,
  stepsOf,
  times,
  type Flow,
  type LayerOptions,
  type Start,
  type Values,
  type Weights,
} from './forward-parts.ts';
import { keptOr, type Window } from './straight-through.ts';

/**
 * A sequence step of a run.
 * @param seen [samples, gates * units] the bias, and what the gates have of the input
 * @param hidden [samples, units] h before it
 * @param kept [samples, 1] 0 where a sample skips it, else 1
 * @returns h after it, where it is not skipped
 */
type Step = (seen: tf.Tensor, hidden: tf.Tensor, kept: tf.Tensor | undefined) => tf.Tensor;

/**
 * What the layer hands on. One that goes backward begins at the last step, and gives each in its own place.
 * The gates of all steps see the input in one product; then step after step the hidden state.
 */
export function recurrentFlow(
  hybrid: SpikingRecurrent,
  weights: Weights,
  options: LayerOptions,
): (input: Flow) => Flow {
  const { layer, inputRange } = hybrid;
  const { units, returnSequences, zeroSkipped } = layer;
  const [kernel, , bias] = weights as [tf.Variable, tf.Variable, tf.Variable];
  const startInputs = generator(inputRange, options);
  const begin = steps(hybrid, weights, options);
  const turned = <T>(list: readonly T[]): readonly T[] => (isBackward(layer) ? list.toReversed() : list);
  return ({ x, mask }) => {
    const samples = x.shape[1];
    const kept = mask && turned(stepsOf(mask)).map((step) => tf.reshape(step, [samples, 1]));
    const hear = startInputs();
    const heard = turned(stepsOf(x)).map((step, n) => hear(step, kept?.[n]));
    const step = begin(samples);
    let h: tf.Tensor = tf.zeros([samples, units]);
    const after = stepsOf(tf.add(times(tf.stack(heard), kernel), bias)).map((seen, n) => {
      h = keptOr(kept?.[n], step(seen, h, kept?.[n]), h);
      return zeroSkipped && kept ? tf.mul(h, kept[n]!) : h;
    });
    if (!returnSequences) return { x: after.at(-1)! as Values };
    return { x: tf.stack([...turned(after)]) as Values, ...(mask && { mask }) };
  };
}

/** For so many samples. */
type Begin = (samples: number) => Step;

function steps(hybrid: SpikingRecurrent, weights: Weights, options: LayerOptions): Begin {
  switch (hybrid.layer.kind) {
    case 'LSTM':
      return lstm(hybrid as SpikingLstm, weights, options);
    case 'GRU':
      return gru(hybrid as SpikingGru, weights, options);
    case 'SimpleRNN':
      return simpleRnn(hybrid as SpikingSimpleRnn, weights, options);
  }
}

/** The neurons of some of the gates, side by side. */
function neuronsOf(hybrid: SpikingRecurrent, names: readonly string[], options: LayerOptions): Start {
  const gates = gatesOf(hybrid.layer).map(({ name, activation }, k) => {
    return { name, activation, population: hybrid.populations[k]! };
  });
  return spikingNeurons(
    gates.filter(({ name }) => names.includes(name)),
    options,
  );
}

function lstm(hybrid: SpikingLstm, weights: Weights, options: LayerOptions): Begin {
  const { units, activation } = hybrid.layer;
  const { cellClip } = options;
  const [, recurrent] = weights as [tf.Variable, tf.Variable];
  const startGates = neuronsOf(hybrid, ['i', 'f', 'c', 'o'], options);
  const startHidden = generator(hybrid.hiddenRange, options);
  const out = activate(activation, options);
  return (samples) => {
    const [gates, hear] = [startGates(), startHidden()];
    let c: tf.Tensor = tf.zeros([samples, units]);
    return (seen, h, kept) => {
      const sums = tf.add(seen, times(hear(h, kept), recurrent));
      const [i, f, candidate, o] = tf.split(gates(sums, kept), 4, 1);
      const state = tf.add(tf.mul(f!, c), tf.mul(i!, candidate!));
      // c is clipped after h has been taken from it, as in the paper authors' implementation.
      const clipped = cellClip === null ? state : tf.clipByValue(state, -cellClip, cellClip);
      c = keptOr(kept, clipped, c);
      return tf.mul(o!, out(state));
    };
  };
}

function simpleRnn(hybrid: SpikingSimpleRnn, weights: Weights, options: LayerOptions): Begin {
  const [, recurrent] = weights as [tf.Variable, tf.Variable];
  const startNeurons = neuronsOf(hybrid, ['h'], options);
  const startHidden = generator(hybrid.hiddenRange, options);
  return () => {
    const [neurons, hear] = [startNeurons(), startHidden()];
    return (seen, h, kept) => neurons(tf.add(seen, times(hear(h, kept), recurrent)), kept);
  };
}

/**
 * Two windows a sequence step: z, r and, where it resets after, u = h Uc + dc; then the candidate, which reads what the
 * reset gate lets through. The generators of the input do in the second what they did in the first.
 */
function gru(hybrid: SpikingGru, weights: Weights, options: LayerOptions): Begin {
  const { units, resetAfter } = hybrid.layer;
  const [, recurrent, , recurrentBias] = weights as [tf.Variable, tf.Variable, tf.Variable, tf.Variable];
  const startGates = neuronsOf(hybrid, ['z', 'r'], options);
  const startLinear = resetAfter ? neuronsOf(hybrid, ['u'], options) : null;
  const startCandidate = neuronsOf(hybrid, ['c'], options);
  const startHidden = generator(hybrid.hiddenRange, options);
  const startReset = generator(hybrid.resetRange, options);
  const sizes = [2 * units, units];
  return () => {
    const [gates, candidate, hear, letThrough] = [
      startGates(),
      startCandidate(),
      startHidden(),
      startReset(),
    ];
    const linear: Window | undefined = startLinear?.();
    const [gateKernel, ownKernel] = tf.split(recurrent, sizes, 1) as [tf.Tensor, tf.Tensor];
    const [gateBias, ownBias] = tf.split(recurrentBias, sizes, 0) as [tf.Tensor, tf.Tensor];
    return (seen, h, kept) => {
      const heard = hear(h, kept);
      const [seenByGates, seenByOwn] = tf.split(seen, sizes, 1) as [tf.Tensor, tf.Tensor];
      const sums = tf.add(seenByGates, tf.add(times(heard, gateKernel), gateBias));
      const [z, r] = tf.split(gates(sums, kept), 2, 1) as [tf.Tensor, tf.Tensor];
      const passed = linear
        ? letThrough(tf.mul(r, linear(tf.add(times(heard, ownKernel), ownBias), kept)), kept)
        : tf.add(times(letThrough(tf.mul(r, h), kept), ownKernel), ownBias);
      const c = candidate(tf.add(seenByOwn, passed), kept);
      return tf.add(tf.mul(z, h), tf.mul(tf.sub(1, z), c));
    };
  };
}
