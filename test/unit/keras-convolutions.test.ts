/** Convolutional models as tfjs saves them: read, folded, and compared with what tfjs computes. */
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTfjsLayersModel } from '../../src/core/formats/tfjs/tfjs.ts';
import { foldNetwork } from '../../src/core/network/fold.ts';
import type { Network } from '../../src/core/network/types.ts';
import { stepsOfShape } from '../../src/core/network/windows.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { createAnalogNetwork } from '../../src/worker/tfjs/network.ts';
import { wasmKernel } from '../support/kernels.ts';
import { randomSource, runChain } from '../support/networks.ts';
import { startTfjsFromNodeModules } from '../support/tfjs.ts';
import { memoryFolder } from './sources.ts';

const kernel = await wasmKernel();

beforeAll(startTfjsFromNodeModules);

async function saveAndRead(model: tf.LayersModel, change?: (config: Config) => void): Promise<Network> {
  let read: Promise<Network> | undefined;
  await model.save(
    tf.io.withSaveHandler(({ modelTopology, weightSpecs, weightData }) => {
      const topology = structuredClone(modelTopology) as { config: Config };
      change?.(topology.config);
      const json = {
        modelTopology: topology,
        format: 'layers-model',
        weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs }],
      };
      const files = new Map([['weights.bin', new Uint8Array(weightData as ArrayBuffer)]]);
      read = readTfjsLayersModel('/model.json', JSON.stringify(json), memoryFolder(files));
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    }),
  );
  return read!;
}

interface Config {
  layers: { class_name: string; config: Record<string, unknown> }[];
}

/** Values of every weight, so that a normalisation does something: variances above 0. */
function fill(model: tf.LayersModel, seed: number): void {
  const random = randomSource(seed);
  for (const layer of model.layers) {
    layer.setWeights(
      layer.weights.map(({ name, shape }) =>
        tf.tensor(
          Float32Array.from({ length: shape.reduce<number>((a, b) => a * b!, 1) }, () =>
            name.includes('variance') ? 1.2 + random() : 0.6 * random(),
          ),
          shape as number[],
        ),
      ),
    );
  }
}

/** Largest difference from what tfjs computes of the model itself: read, folded, and folded in tfjs. */
async function differences(model: tf.LayersModel, seed: number, change?: (config: Config) => void) {
  const inputShape = model.inputs[0]!.shape.slice(1) as number[];
  const random = randomSource(seed + 1);
  const values = Float32Array.from({ length: inputShape.reduce((a, b) => a * b, 1) }, () => random());
  const expected = (model.predict(tf.tensor(values, [1, ...inputShape])) as tf.Tensor).dataSync();
  const network = await saveAndRead(model, change);
  const folded = foldNetwork(network);
  const sample = { ...stepsOfShape(inputShape), values };
  const gap = (actual: ArrayLike<number>) => {
    expect(actual.length).toBe(expected.length);
    return Math.max(...Array.from(expected, (x, i) => Math.abs(x - actual[i]!) / Math.max(1, Math.abs(x))));
  };
  const ownOf = ({ layers }: Network) =>
    runChain(
      layers.map((layer) => analogRunner(layer, kernel, { cellClip: null })),
      sample,
    ).output.values;
  const built = createAnalogNetwork(folded, { cellClip: null });
  const inTfjs = await built.predict(
    1,
    () => sample,
    () => undefined,
  );
  built.dispose();
  return { network, folded, gaps: [gap(ownOf(network)), gap(ownOf(folded)), gap(inTfjs)] };
}

const kindsOf = ({ layers }: Network) => layers.map(({ kind }) => kind);

describe('a convolutional model of tfjs', () => {
  it('is read, and its normalisations are folded, without a change of what it computes', async () => {
    const shapes = fc.record({
      seed: fc.integer({ min: 0, max: 1e6 }),
      size: fc.constantFrom(1, 2, 3),
      padding: fc.constantFrom('valid' as const, 'same' as const),
      atStart: fc.boolean(),
      useBias: fc.boolean(),
      activation: fc.constantFrom('relu', 'linear', 'elu', 'gelu', 'swish'),
      own: fc.boolean(),
      center: fc.boolean(),
      scale: fc.boolean(),
      pool: fc.constantFrom('average', 'max', 'global', 'none'),
    });
    await fc.assert(
      fc.asyncProperty(shapes, async (shape) => {
        const { padding, activation, own, size } = shape;
        const model = tf.sequential();
        model.add(tf.layers.inputLayer({ inputShape: [5, 6, 2] }));
        if (shape.atStart)
          model.add(tf.layers.batchNormalization({ scale: shape.scale, center: shape.center }));
        model.add(
          tf.layers.conv2d({
            filters: 3,
            kernelSize: size,
            padding,
            useBias: shape.useBias,
            ...(own && { activation: activation }),
          }),
        );
        model.add(tf.layers.batchNormalization({ epsilon: 1e-2 }));
        if (!own) model.add(tf.layers.activation({ activation: activation }));
        if (shape.pool === 'average') model.add(tf.layers.averagePooling2d({ poolSize: 2, padding }));
        if (shape.pool === 'max') model.add(tf.layers.maxPooling2d({ poolSize: [2, 3], strides: 1 }));
        if (shape.pool === 'global') model.add(tf.layers.globalAveragePooling2d({}));
        else model.add(tf.layers.flatten());
        model.add(tf.layers.batchNormalization());
        model.add(tf.layers.dense({ units: 4, activation: 'softmax' }));
        fill(model, shape.seed);
        const { folded, gaps } = await differences(model, shape.seed);
        for (const gap of gaps) expect(gap).toBeLessThan(1e-5);
        // Behind an activation, and before a convolution with padding, nothing takes it up but a Dense layer.
        const left = folded.layers.filter(({ kind }) => kind === 'Scale').length;
        const start = shape.atStart && padding === 'same';
        const behind = own && activation !== 'linear' && shape.pool !== 'none';
        expect(left).toBeLessThanOrEqual(Number(start) + Number(behind));
        expect(folded.layers.some(({ kind }) => kind === 'Activation')).toBe(false);
        model.dispose();
      }),
      { numRuns: 40 },
    );
  });

  it('of sequences is read', async () => {
    const model = tf.sequential();
    model.add(tf.layers.inputLayer({ inputShape: [10, 3] }));
    model.add(tf.layers.conv1d({ filters: 4, kernelSize: 3, strides: 2, activation: 'tanh' }));
    model.add(tf.layers.batchNormalization());
    model.add(tf.layers.maxPooling1d({ poolSize: 2 }));
    model.add(tf.layers.leakyReLU({ alpha: 0.1 }));
    model.add(tf.layers.lstm({ units: 3, recurrentActivation: 'sigmoid' }));
    model.add(tf.layers.dense({ units: 2 }));
    model.add(tf.layers.leakyReLU({}));
    fill(model, 1);
    const { gaps, network, folded } = await differences(model, 1);
    for (const gap of gaps) expect(gap).toBeLessThan(1e-5);
    expect(kindsOf(network)).toEqual([
      ...['InputLayer', 'Conv1D', 'Scale', 'Pooling', 'Activation', 'LSTM', 'Dense', 'Activation'],
    ]);
    expect(folded.layers.at(-2)).toMatchObject({ activation: 'leaky_relu(0.3)' });
  });

  it('that works on every image of a sequence is read', async () => {
    const model = tf.sequential();
    const each = (layer: tf.layers.Layer, config = {}) => tf.layers.timeDistributed({ layer, ...config });
    model.add(
      each(tf.layers.conv2d({ filters: 3, kernelSize: 2, activation: 'relu' }), { inputShape: [4, 5, 5, 1] }),
    );
    model.add(each(tf.layers.averagePooling2d({ poolSize: 2 })));
    model.add(each(tf.layers.flatten()));
    model.add(each(tf.layers.dense({ units: 5, activation: 'relu' })));
    model.add(tf.layers.lstm({ units: 3, recurrentActivation: 'sigmoid' }));
    fill(model, 2);
    const { gaps, network } = await differences(model, 2);
    for (const gap of gaps) expect(gap).toBeLessThan(1e-5);
    expect(kindsOf(network)).toEqual(['Conv2D', 'Pooling', 'Reshape', 'Dense', 'LSTM']);
  });

  it('that reshapes rows to images is read', async () => {
    const model = tf.sequential();
    model.add(tf.layers.reshape({ inputShape: [6, 6], targetShape: [6, 6, 1] }));
    model.add(tf.layers.conv2d({ filters: 2, kernelSize: 3, activation: 'relu' }));
    model.add(tf.layers.reshape({ targetShape: [-1, 8] }));
    model.add(tf.layers.globalAveragePooling1d({}));
    fill(model, 3);
    const { gaps, network } = await differences(model, 3);
    for (const gap of gaps) expect(gap).toBeLessThan(1e-5);
    expect(network.layers[2]).toMatchObject({ kind: 'Reshape', shape: [4, 8] });
  });

  it('that changes the order of axes is read', async () => {
    const model = tf.sequential();
    model.add(tf.layers.permute({ inputShape: [2, 5, 4], dims: [2, 3, 1] }));
    model.add(tf.layers.conv2d({ filters: 3, kernelSize: 2, activation: 'relu' }));
    model.add(tf.layers.reshape({ targetShape: [12, 3] }));
    model.add(tf.layers.permute({ dims: [2, 1] }));
    model.add(tf.layers.lstm({ units: 2, recurrentActivation: 'sigmoid' }));
    fill(model, 6);
    const { gaps, network } = await differences(model, 6);
    for (const gap of gaps) expect(gap).toBeLessThan(1e-5);
    expect(kindsOf(network)).toEqual(['Permute', 'Conv2D', 'Reshape', 'Permute', 'LSTM']);
  });

  it('with zeros around its images is read', async () => {
    for (const padding of [
      1,
      [2, 1],
      [
        [0, 1],
        [2, 0],
      ],
    ]) {
      const model = tf.sequential();
      model.add(tf.layers.zeroPadding2d({ inputShape: [4, 5, 2], padding: padding as [number, number] }));
      model.add(tf.layers.conv2d({ filters: 2, kernelSize: 3, activation: 'relu' }));
      model.add(tf.layers.flatten());
      fill(model, 5);
      const { gaps, network } = await differences(model, 5);
      for (const gap of gaps) expect(gap).toBeLessThan(1e-5);
      expect(network.layers[0]).toMatchObject({ className: 'ZeroPadding2D', of: 'padding' });
    }
  });

  it('says what it cannot read, and why', async () => {
    const model = () => {
      const made = tf.sequential();
      made.add(tf.layers.conv2d({ inputShape: [5, 5, 2], filters: 2, kernelSize: 3, activation: 'relu' }));
      made.add(tf.layers.flatten());
      made.add(tf.layers.dense({ units: 2 }));
      return made;
    };
    const reasonOf = async (change: (config: Record<string, unknown>) => void) => {
      const { layers } = await saveAndRead(model(), ({ layers }) => {
        change(layers.find(({ class_name: name }) => name === 'Conv2D')!.config);
      });
      const refused = layers.find((layer) => layer.kind === 'Unsupported');
      return refused?.kind === 'Unsupported' ? refused.reason : null;
    };
    expect(await reasonOf((config) => (config['data_format'] = 'channels_first'))).toContain('channels_last');
    expect(await reasonOf((config) => (config['groups'] = 2))).toContain('groups');
    expect(await reasonOf((config) => (config['strides'] = [0, 1]))).toContain('whole numbers');
    expect(await reasonOf((config) => (config['padding'] = 'causal'))).toContain('causal');
    expect(await reasonOf((config) => (config['padding'] = 'mirror'))).toContain('padding');
    expect(
      await reasonOf((config) => {
        config['batch_input_shape'] = [null, 100_000, 100_000, 2];
      }),
    ).toContain('are simulated');
    expect(await reasonOf(() => undefined)).toBeNull();
    await expect(
      saveAndRead(model(), ({ layers }) => {
        layers.find(({ class_name: name }) => name === 'Conv2D')!.config['batch_input_shape'] = [
          null,
          2,
          2,
          2,
        ];
      }),
    ).rejects.toThrow(/larger than what it slides over/);
  });
});
