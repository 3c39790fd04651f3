/*
 * Turns the weights that train.py wrote into a tfjs LayersModel, saved by tfjs itself.
 *
 *     node examples/mnist-rows/save.mjs weights.json [FOLDER]
 *
 * Writes model.json and weights.bin into FOLDER; without one into this folder, or into
 * mnist-rows-plain when the weights are the plain model's. Loads them back, and checks
 * that what was loaded predicts for the example's digits what Keras predicted.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';

const TOLERANCE = 1e-5;

// Constraint 1 of the paper, as in train.py. model.json names them hard_sigmoid_quarter
// and hard_tanh_half: tfjs saves names in snake case and looks them up in camel case.
class HardSigmoidQuarter extends tf.serialization.Serializable {
  static className = 'hardSigmoidQuarter';
  apply = (x) => tf.tidy(() => x.mul(0.25).add(0.5).clipByValue(0, 1));
  getConfig = () => ({});
}
class HardTanhHalf extends tf.serialization.Serializable {
  static className = 'hardTanhHalf';
  apply = (x) => tf.tidy(() => x.mul(0.5).clipByValue(-1, 1));
  getConfig = () => ({});
}
tf.serialization.registerClass(HardSigmoidQuarter);
tf.serialization.registerClass(HardTanhHalf);

const trained = JSON.parse(await readFile(process.argv[2], 'utf8'));
const name = trained.plain ? 'mnist-rows-plain' : 'mnist-rows';
const example = new URL(`../${name}/`, import.meta.url);
const folder = process.argv[3] ? pathToFileURL(`${process.argv[3]}/`) : example;

const model = tf.sequential({
  name: name.replaceAll('-', '_'),
  layers: [
    tf.layers.lstm({
      name: 'lstm',
      inputShape: [28, 28],
      units: trained.weights[1].shape[0],
      activation: trained.plain ? 'tanh' : 'hardTanhHalf',
      recurrentActivation: trained.plain ? 'sigmoid' : 'hardSigmoidQuarter',
    }),
    tf.layers.dense({ name: 'classifier', units: 10, activation: 'softmax' }),
  ],
});
model.setWeights(trained.weights.map(({ shape, values }) => tf.tensor(values, shape)));

// Without tfjs-node tfjs cannot write files: these two handlers do what its file:// does.
await model.save(
  tf.io.withSaveHandler(async ({ weightData, weightSpecs, ...rest }) => {
    const { modelTopology, format, generatedBy, convertedBy } = rest;
    const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
    await writeFile(
      new URL('model.json', folder),
      JSON.stringify({ modelTopology, format, generatedBy, convertedBy, weightsManifest }),
    );
    await writeFile(new URL('weights.bin', folder), new Uint8Array(weightData));
    return { modelArtifactsInfo: tf.io.getModelArtifactsInfoForJSON({ modelTopology }) };
  }),
);
const loaded = await tf.loadLayersModel({
  load: async () => {
    const json = JSON.parse(await readFile(new URL('model.json', folder), 'utf8'));
    const weights = await readFile(new URL('weights.bin', folder));
    return tf.io.getModelArtifactsForJSON(json, async (manifest) => [
      manifest.flatMap((group) => group.weights),
      new Uint8Array(weights).buffer,
    ]);
  },
});

const { input } = JSON.parse(await readFile(new URL(`${name}.spikewise.json`, example), 'utf8'));
const npy = await readFile(new URL('digits.npy', example));
const digits = npy.subarray(10 + npy.readUInt16LE(8)); // after the magic, the version, the header
const x = tf.tensor(
  Float32Array.from(digits, (p) => (p - input.mean) / input.scale),
  [digits.length / (28 * 28), 28, 28],
);
const difference = loaded.predict(x).sub(tf.tensor2d(trained.predictions)).abs().max().dataSync()[0];
console.log(`${name}: largest difference to Keras's predictions ${difference.toExponential(2)}`);
if (!(difference <= TOLERANCE)) {
  throw new Error(`More than ${TOLERANCE}: tfjs and Keras do not compute the same network.`);
}
