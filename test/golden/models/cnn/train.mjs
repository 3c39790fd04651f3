// Makes model.json and weights.bin beside it: a small CNN with a batch normalisation, gelu and swish, trained on 400 of
// the digits of examples/mnist-rows. Run it from the repository root: node test/golden/models/cnn/train.mjs
import { readFile, writeFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';

await tf.setBackend('cpu');

async function readNpy(name, Values) {
  const bytes = await readFile(new URL(`../../../../examples/mnist-rows/${name}`, import.meta.url));
  const start = 10 + bytes.readUInt16LE(8);
  return new Values(new Uint8Array(bytes.subarray(start)).buffer);
}

const samples = 400;
const pixels = await readNpy('digits.npy', Uint8Array);
const labels = await readNpy('labels.npy', Uint8Array);
const size = 28 * 28;
const x = tf.tensor(
  Float32Array.from(pixels.subarray(0, samples * size), (v) => v / 255),
  [samples, 28, 28, 1],
);
const y = tf.oneHot(tf.tensor1d(Array.from(labels.subarray(0, samples)), 'int32'), 10);

let seed = 7;
const next = () => tf.initializers.glorotUniform({ seed: seed++ });
const model = tf.sequential({ name: 'cnn' });
model.add(
  tf.layers.conv2d({
    ...{ name: 'conv', inputShape: [28, 28, 1], filters: 6, kernelSize: 5, useBias: false },
    kernelInitializer: next(),
  }),
);
model.add(tf.layers.batchNormalization({ name: 'normalise', momentum: 0.8 }));
model.add(tf.layers.activation({ name: 'rectify', activation: 'relu' }));
model.add(tf.layers.averagePooling2d({ name: 'halve', poolSize: 2 }));
model.add(
  tf.layers.conv2d({
    ...{ name: 'second', filters: 8, kernelSize: 3, padding: 'same', strides: 2, activation: 'gelu' },
    kernelInitializer: next(),
  }),
);
model.add(tf.layers.flatten({ name: 'flatten' }));
model.add(tf.layers.dense({ name: 'hidden', units: 24, activation: 'swish', kernelInitializer: next() }));
model.add(
  tf.layers.dense({ name: 'classifier', units: 10, activation: 'softmax', kernelInitializer: next() }),
);
model.compile({ optimizer: tf.train.adam(0.01), loss: 'categoricalCrossentropy', metrics: ['accuracy'] });
const { history } = await model.fit(x, y, { epochs: 12, batchSize: 40, shuffle: false, verbose: 0 });
console.log('accuracy', history.acc.at(-1));
await model.save(
  tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
    const manifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
    const json = { modelTopology, format: 'layers-model', weightsManifest: manifest };
    await writeFile(new URL('model.json', import.meta.url), `${JSON.stringify(json)}\n`);
    await writeFile(new URL('weights.bin', import.meta.url), new Uint8Array(weightData));
    return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
  }),
);
