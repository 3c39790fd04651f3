/** The only module that knows @tensorflow/tfjs: the analog network on its wasm backend. */
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { resolveActivation, snakeCase } from '../core/convert/activations.ts';
import type { ClippedLinear, Layer, LstmLayer, Network } from '../core/network/types.ts';
import type { AnalogOptions } from '../core/simulate/analog.ts';
import type { Trace } from '../core/simulate/types.ts';

/** Most samples, and most input values, in one call: few calls are fast, and memory stays bounded. */
const mostSamples = 512;
const mostValues = 2 ** 22;

/** One size for a whole run, so that the backend reuses its buffers. */
function batchSize(samples: number, { steps, features }: Trace): number {
  const fitting = Math.floor(mostValues / (steps * features));
  return Math.max(1, Math.min(mostSamples, fitting, samples));
}

/** y = clip(slope x + offset, low, high) as a tfjs activation. */
class ClippedLinearActivation extends tf.serialization.Serializable {
  static readonly className = 'SpikewiseClippedLinear';
  readonly #clip: ClippedLinear;

  constructor(clip: ClippedLinear) {
    super();
    this.#clip = clip;
  }

  apply(x: tf.Tensor): tf.Tensor {
    const { slope, offset, low, high } = this.#clip;
    return tf.tidy(() => tf.clipByValue(tf.add(tf.mul(x, slope), offset), low, high));
  }

  getConfig(): tf.serialization.ConfigDict {
    return { ...this.#clip };
  }
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

/**
 * Builds the trained network in tfjs, layer by layer.
 * @param network its input shape as samples have it, [steps, features] or [features]
 */
export function createAnalogNetwork(network: Network, options: AnalogOptions): AnalogNetwork {
  const model = tf.sequential();
  let inputShape: (number | null)[] | undefined = [...network.inputShape];
  let sequence = inputShape.length > 1;
  for (const layer of network.layers) {
    if (layer.kind === 'InputLayer' || layer.kind === 'Dropout') continue;
    // Keras flattens what is flat already; tfjs refuses to.
    if (layer.kind === 'Flatten' && !sequence) continue;
    if (layer.kind === 'Flatten' || (layer.kind === 'LSTM' && !layer.returnSequences)) sequence = false;
    const built = buildLayer(layer, options, inputShape);
    model.add(built);
    const weights = layerWeights(layer).map((w) => tf.tensor(w.values, [...w.shape]));
    built.setWeights(weights);
    tf.dispose(weights);
    inputShape = undefined;
  }
  return {
    predict: (samples, sample, onProgress) => predict(model, samples, sample, onProgress),
    time: async (batch, sample) => {
      const traces = Array.from({ length: batch }, (_, n) => sample(n));
      const start = performance.now();
      await predictBatch(model, traces, batch);
      return (performance.now() - start) / 1000;
    },
    dispose: () => model.dispose(),
  };
}

function layerWeights(layer: Layer) {
  if (layer.kind === 'LSTM') return [layer.kernel, layer.recurrentKernel, layer.bias];
  return layer.kind === 'Dense' ? [layer.kernel, layer.bias] : [];
}

function buildLayer(
  layer: Layer,
  options: AnalogOptions,
  inputShape: (number | null)[] | undefined,
): tf.layers.Layer {
  // exactOptionalPropertyTypes: tfjs declares inputShape without `undefined`.
  const shape = inputShape ? { inputShape: inputShape as number[] } : {};
  switch (layer.kind) {
    case 'LSTM':
      return buildLstm(layer, options, shape);
    case 'Dense':
      return tf.layers.dense({
        units: layer.units,
        activation: activation(layer.activation, options) as 'linear',
        kernelInitializer: 'zeros',
        ...shape,
      });
    case 'Activation':
      return tf.layers.activation({
        activation: activation(layer.activation, options) as 'linear',
        ...shape,
      });
    case 'Flatten':
      return tf.layers.flatten(shape);
    default:
      throw new Error(`layer "${layer.name}" (${layer.kind}) has no analog counterpart`);
  }
}

function buildLstm(
  layer: LstmLayer,
  options: AnalogOptions,
  shape: { inputShape?: number[] },
): tf.layers.Layer {
  const cell = tf.layers.lstmCell({
    units: layer.units,
    activation: activation(layer.activation, options) as 'linear',
    recurrentActivation: activation(layer.recurrentActivation, options) as 'linear',
    kernelInitializer: 'zeros',
    recurrentInitializer: 'zeros',
  });
  const { cellClip } = options;
  if (cellClip !== null) {
    const call = cell.call.bind(cell);
    // c is clipped after h has been taken from it, as in the paper authors' implementation.
    cell.call = (inputs, kwargs) => {
      const [output, hidden, state] = call(inputs, kwargs) as [tf.Tensor, tf.Tensor, tf.Tensor];
      return [output, hidden, tf.clipByValue(state, -cellClip, cellClip)];
    };
  }
  return tf.layers.rnn({ cell, returnSequences: layer.returnSequences, ...shape });
}

/** A name that tfjs has itself, or our clipped-linear class with its numbers. */
function activation(name: string, options: AnalogOptions): unknown {
  const { spiking, replaced } = resolveActivation(name, options.activations);
  if (spiking === null || spiking === 'relu' || replaced) {
    return snakeCase(name).replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
  }
  return { className: ClippedLinearActivation.className, config: { ...spiking } };
}

async function predict(
  model: tf.Sequential,
  samples: number,
  sample: (n: number) => Trace,
  onProgress: (done: number) => void,
): Promise<Float32Array> {
  if (samples === 0) return new Float32Array(0);
  const batch = batchSize(samples, sample(0));
  let outputs: Float32Array | undefined;
  for (let first = 0; first < samples; first += batch) {
    const count = Math.min(batch, samples - first);
    const { values, width } = await predictBatch(
      model,
      Array.from({ length: count }, (_, n) => sample(first + n)),
      batch,
    );
    outputs ??= new Float32Array(samples * width);
    outputs.set(values.subarray(0, count * width), first * width);
    onProgress(first + count);
  }
  return outputs ?? new Float32Array(0);
}

async function predictBatch(model: tf.Sequential, traces: readonly Trace[], batch: number) {
  const [{ steps, features, sequence }] = traces as [Trace];
  const values = new Float32Array(batch * steps * features);
  traces.forEach((trace, n) => {
    values.set(trace.values, n * steps * features);
  });
  const result = tf.tidy(() => {
    const input = tf.tensor(values, sequence ? [batch, steps, features] : [batch, features]);
    return model.predict(input, { batchSize: batch }) as tf.Tensor;
  });
  const data = (await result.data()) as Float32Array;
  result.dispose();
  return { values: data, width: data.length / batch };
}
