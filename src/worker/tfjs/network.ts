/** The analog network on the wasm backend of tfjs. */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { alongGraph } from '../../core/network/graph.ts';
import { countValues, shapesOf } from '../../core/network/sample-shapes.ts';
import { isBackward } from '../../core/network/shapes.ts';
import type { Layer, MergeLayer, Network, RecurrentLayer } from '../../core/network/types.ts';
import type { AnalogOptions } from '../../core/simulate/analog.ts';
import type { Trace } from '../../core/simulate/types.ts';
import { NamedActivation } from './activations.ts';
import { overSteps, slidesOverImages, widest } from './windows.ts';
import { KeptBeside, endMask, forgetMask } from './masks.ts';
import { buildMerge, leavesSkippedOut } from './merge.ts';
import { buildLayer, ClippedLinearActivation, layerWeights, ReversedSteps } from './layers.ts';

/** Most samples, input values, and values of any layer, in one call: few calls are fast, and memory stays bounded. */
const mostSamples = 512;
const mostValues = 2 ** 22;
const mostHeld = 2 ** 26;

/**
 * One size for a whole run, so that the backend reuses its buffers.
 * @param steps of a sample
 */
function batchSize(samples: number, steps: number, { features, largestBatch }: Built): number {
  const fitting = Math.floor(mostValues / (steps * features));
  return Math.max(1, Math.min(mostSamples, fitting, largestBatch, samples));
}

/** Starts the wasm backend; its .wasm files lie beside the worker. */
export async function startTfjs(folder: string): Promise<void> {
  setWasmPaths(folder);
  tf.serialization.registerClass(ClippedLinearActivation);
  tf.serialization.registerClass(NamedActivation);
  // Without this check tfjs would go on, many times slower, on its cpu backend.
  if (!(await tf.setBackend('wasm'))) throw new Error(`tfjs could not start its wasm backend from ${folder}`);
  await tf.ready();
}

export interface AnalogNetwork {
  /** Samples that one call can hold. */
  readonly largestBatch: number;
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
  /** Of one sample, of each input. */
  readonly shapes: readonly (readonly number[])[];
  /** Of one sequence step of what the first layer hands on or reads, whichever is more. */
  readonly features: number;
  readonly largestBatch: number;
}

/**
 * Builds the trained network in tfjs, layer by layer.
 * @param network its input shapes as samples have them: [steps, features], [features], [steps] of ids, images
 */
export function createAnalogNetwork(network: Network, options: AnalogOptions): AnalogNetwork {
  const { inputs, inputShape, layers } = network;
  const shapes = inputs?.map(({ shape }) => shape) ?? [inputShape];
  const embedded = layers.flatMap((layer) => (layer.kind === 'Embedding' ? [layer.dimension] : []));
  const largest = Math.max(1, ...shapesOf(network).map(({ output }) => countValues(output)));
  const built: Built = {
    model: buildModel(network, options),
    shapes: shapes.map((shape) => shape.map((size) => size!)),
    features: Math.max(...embedded, ...(embedded.length > 0 && !inputs ? [] : [widest(network)])),
    largestBatch: Math.max(1, Math.floor(mostHeld / largest)),
  };
  return {
    largestBatch: built.largestBatch,
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

function buildModel({ inputShape, inputs, layers }: Network, options: AnalogOptions): tf.LayersModel {
  const shapes = inputs?.map(({ shape }) => shape) ?? [inputShape];
  const starts = shapes.map((shape) => tf.input({ shape: [...shape] }));
  const outputs = alongGraph<tf.SymbolicTensor>(layers, starts[0]!, (layer, read, beside) => {
    const [input] = read;
    if (layer.kind === 'InputLayer') return starts[layer.input ?? 0]!;
    if (layer.kind === 'Merge') return mergedOf(layer, readOnce(read));
    if (computesNothing.has(layer.kind)) return input;
    // Keras flattens what is flat already; tfjs refuses to.
    if (layer.kind === 'Flatten' && input.shape.length === 2) return input;
    const alone = buildLayer(layer, options);
    const built = slidesOverImages(layer) ? overSteps(alone, input) : alone;
    endMask(built, layer);
    const made = applied(built, input);
    const weights = layerWeights(layer).map((w) => tf.tensor(w.values, [...w.shape]));
    built.setWeights(weights);
    tf.dispose(weights);
    if (!isBackward(layer)) return made;
    return applied(tf.layers.concatenate(), [beside!, ownSteps(layer, made)]);
  });
  return tf.model({ inputs: starts, outputs: outputs.at(-1) ?? starts[0]! });
}

/** tfjs (4.22) counts a layer that reads a tensor twice as one reader, and lets go of the tensor before its other readers. */
function readOnce(read: readonly tf.SymbolicTensor[]): tf.SymbolicTensor[] {
  const copy = () => tf.layers.activation({ activation: 'linear' });
  return read.map((tensor, n) => (read.indexOf(tensor) === n ? tensor : applied(copy(), tensor)));
}

function mergedOf(layer: MergeLayer, read: readonly tf.SymbolicTensor[]): tf.SymbolicTensor {
  const isSequence = read[0]!.shape.length === 3;
  const given =
    isSequence && leavesSkippedOut(layer) ? read.map((one) => applied(new KeptBeside({}), one)) : read;
  return applied(buildMerge(layer, isSequence), [...given]);
}

const computesNothing = new Set<Layer['kind']>(['Dropout', 'Folded', 'Output']);

function applied(layer: tf.layers.Layer, input: tf.SymbolicTensor | tf.SymbolicTensor[]): tf.SymbolicTensor {
  return forgetMask(layer).apply(input) as tf.SymbolicTensor;
}

/** tfjs gives what a layer that goes backward makes in the order in which it made it. */
function ownSteps({ returnSequences }: RecurrentLayer, made: tf.SymbolicTensor): tf.SymbolicTensor {
  return returnSequences ? applied(new ReversedSteps({}), made) : made;
}

async function predict(
  built: Built,
  samples: number,
  sample: (n: number) => Trace,
  onProgress: (done: number) => void,
): Promise<Float32Array> {
  if (samples === 0) return new Float32Array(0);
  const batch = batchSize(samples, sample(0).steps, built);
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

async function predictBatch({ model, shapes }: Built, traces: readonly Trace[], batch: number) {
  const result = tf.tidy(() => {
    const inputs = shapes.map((shape, index) => {
      const size = shape.reduce((product, length) => product * length, 1);
      const values = new Float32Array(batch * size);
      traces.forEach((trace, n) => {
        values.set((trace.parts?.[index] ?? trace).values, n * size);
      });
      return tf.tensor(values, [batch, ...shape]);
    });
    return model.predict(inputs, { batchSize: batch }) as tf.Tensor;
  });
  const data = (await result.data()) as Float32Array;
  result.dispose();
  return { values: data, width: data.length / batch };
}
