/** The analog network on the wasm backend of tfjs. */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { embeddingOf } from '../core/network/embedding.ts';
import { isBackward } from '../core/network/shapes.ts';
import type { LstmLayer, Network } from '../core/network/types.ts';
import type { AnalogOptions } from '../core/simulate/analog.ts';
import type { Trace } from '../core/simulate/types.ts';
import { buildLayer, ClippedLinearActivation, layerWeights, ReversedSteps } from './tfjs-layers.ts';

/** Most samples, and most input values, in one call: few calls are fast, and memory stays bounded. */
const mostSamples = 512;
const mostValues = 2 ** 22;

/**
 * One size for a whole run, so that the backend reuses its buffers.
 * @param features of the first layer that computes
 */
function batchSize(samples: number, steps: number, features: number): number {
  const fitting = Math.floor(mostValues / (steps * features));
  return Math.max(1, Math.min(mostSamples, fitting, samples));
}

/** Starts the wasm backend; its .wasm files lie beside the worker. */
export async function startTfjs(folder: string): Promise<void> {
  setWasmPaths(folder);
  tf.serialization.registerClass(ClippedLinearActivation);
  // Without this check tfjs would go on, many times slower, on its cpu backend.
  if (!(await tf.setBackend('wasm'))) throw new Error(`tfjs could not start its wasm backend from ${folder}`);
  await tf.ready();
}

export interface AnalogNetwork {
  /**
   * Final outputs of the trained network, [samples, outputs].
   * @param onProgress samples done so far
   */
  predict(
    samples: number,
    sample: (n: number) => Trace,
    onProgress: (done: number) => void,
  ): Promise<Float32Array>;
  /** Runs samples 0 to `batch - 1`, as one call, and gives the time of the call in seconds. */
  time(batch: number, sample: (n: number) => Trace): Promise<number>;
  dispose(): void;
}

/** A built network, and how its samples are handed to it. */
interface Built {
  readonly model: tf.LayersModel;
  /** Whether samples are ids, of which the embedding takes [samples, steps]. */
  readonly ids: boolean;
  /** Of one sequence step of what the first layer hands on or reads, whichever is more. */
  readonly features: number;
}

/**
 * Builds the trained network in tfjs, layer by layer.
 * @param network its input shape as samples have it, [steps, features], [features], or [steps] of ids
 */
export function createAnalogNetwork(network: Network, options: AnalogOptions): AnalogNetwork {
  const embedding = embeddingOf(network.layers);
  const built: Built = {
    model: buildModel(network, options),
    ids: embedding !== null,
    features: embedding?.dimension ?? network.inputShape.at(-1)!,
  };
  return {
    predict: (samples, sample, onProgress) => predict(built, samples, sample, onProgress),
    time: async (batch, sample) => {
      const traces = Array.from({ length: batch }, (_, n) => sample(n));
      const start = performance.now();
      await predictBatch(built, traces, batch);
      return (performance.now() - start) / 1000;
    },
    dispose: () => built.model.dispose(),
  };
}

function buildModel({ inputShape, layers }: Network, options: AnalogOptions): tf.LayersModel {
  const start = tf.input({ shape: [...inputShape] });
  let sequence = inputShape.length > 1;
  // What the last layer read, for a second one that reads it too.
  let [input, output] = [start, start];
  for (const layer of layers) {
    if (layer.kind === 'InputLayer' || layer.kind === 'Dropout') continue;
    // Keras flattens what is flat already; tfjs refuses to.
    if (layer.kind === 'Flatten' && !sequence) continue;
    if (layer.kind === 'Embedding') sequence = true;
    if (layer.kind === 'Flatten' || (layer.kind === 'LSTM' && !layer.returnSequences)) sequence = false;
    const backward = isBackward(layer);
    if (!backward) input = output;
    const built = buildLayer(layer, options);
    const own = backward ? ownSteps(layer, built.apply(input)) : built.apply(input);
    output = (backward ? tf.layers.concatenate().apply([output, symbolic(own)]) : own) as tf.SymbolicTensor;
    const weights = layerWeights(layer).map((w) => tf.tensor(w.values, [...w.shape]));
    built.setWeights(weights);
    tf.dispose(weights);
  }
  return tf.model({ inputs: start, outputs: output });
}

const symbolic = (value: ReturnType<tf.layers.Layer['apply']>) => value as tf.SymbolicTensor;

/** tfjs gives what a layer that goes backward makes in the order in which it made it. */
function ownSteps({ returnSequences }: LstmLayer, made: ReturnType<tf.layers.Layer['apply']>) {
  return returnSequences ? new ReversedSteps({}).apply(symbolic(made)) : made;
}

async function predict(
  built: Built,
  samples: number,
  sample: (n: number) => Trace,
  onProgress: (done: number) => void,
): Promise<Float32Array> {
  if (samples === 0) return new Float32Array(0);
  const batch = batchSize(samples, sample(0).steps, built.features);
  let outputs: Float32Array | undefined;
  for (let first = 0; first < samples; first += batch) {
    const count = Math.min(batch, samples - first);
    const { values, width } = await predictBatch(
      built,
      Array.from({ length: count }, (_, n) => sample(first + n)),
      batch,
    );
    outputs ??= new Float32Array(samples * width);
    outputs.set(values.subarray(0, count * width), first * width);
    onProgress(first + count);
  }
  return outputs ?? new Float32Array(0);
}

async function predictBatch({ model, ids }: Built, traces: readonly Trace[], batch: number) {
  const [{ steps, features, sequence }] = traces as [Trace];
  const values = new Float32Array(batch * steps * features);
  traces.forEach((trace, n) => {
    values.set(trace.values, n * steps * features);
  });
  const result = tf.tidy(() => {
    const flat = ids ? [batch, steps] : [batch, features];
    const input = tf.tensor(values, sequence && !ids ? [batch, steps, features] : flat);
    return model.predict(input, { batchSize: batch }) as tf.Tensor;
  });
  const data = (await result.data()) as Float32Array;
  result.dispose();
  return { values: data, width: data.length / batch };
}
