/**
 * Builds the network of test/golden/models/save_embedding.py in tfjs, with the same weights, and saves it as
 * tfjs does: embedding/model.json and embedding/embedding.bin, with what tfjs computes of the ids in embedding.json.
 *
 *     node test/golden/tfjs/save-embedding.mjs
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import * as tf from '@tensorflow/tfjs';

const models = new URL('../models/', import.meta.url);
const target = new URL('./embedding/', import.meta.url);
await mkdir(target, { recursive: true });
await tf.setBackend('cpu');

/** safetensors: the length of a JSON header in 8 bytes, the header, the values. */
const bytes = await readFile(new URL('pytorch/embedding.safetensors', models));
const start = 8 + Number(bytes.readBigUInt64LE(0));
const header = JSON.parse(bytes.toString('utf8', 8, start));
const stored = (name) => {
  const [from, to] = header[name].data_offsets;
  return tf.tensor(new Float32Array(bytes.buffer.slice(bytes.byteOffset + start + from, bytes.byteOffset + start + to)), header[name].shape);
};
const lstm = (module, suffix = '') => [
  tf.transpose(stored(`${module}.weight_ih_l0${suffix}`)),
  tf.transpose(stored(`${module}.weight_hh_l0${suffix}`)),
  tf.add(stored(`${module}.bias_ih_l0${suffix}`), stored(`${module}.bias_hh_l0${suffix}`)),
];

const gates = { activation: 'tanh', recurrentActivation: 'sigmoid', recurrentInitializer: 'zeros' };
const model = tf.sequential({ name: 'tagger' });
model.add(tf.layers.embedding({ inputDim: 12, outputDim: 5, inputLength: 7, name: 'embedding' }));
model.add(
  tf.layers.bidirectional({
    layer: tf.layers.lstm({ units: 4, returnSequences: true, ...gates }),
    mergeMode: 'concat',
    name: 'encoder',
  }),
);
model.add(tf.layers.lstm({ units: 6, ...gates, name: 'lstm' }));
model.add(tf.layers.dense({ units: 3, name: 'head' }));
model.getLayer('embedding').setWeights([stored('embedding.weight')]);
model.getLayer('encoder').setWeights([...lstm('encoder'), ...lstm('encoder', '_reverse')]);
model.getLayer('lstm').setWeights(lstm('lstm'));
model.getLayer('head').setWeights([tf.transpose(stored('head.weight')), stored('head.bias')]);

await model.save(
  tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData, format, generatedBy }) => {
    const manifest = [{ paths: ['embedding.bin'], weights: weightSpecs }];
    const json = { format, generatedBy, convertedBy: null, modelTopology, weightsManifest: manifest };
    await writeFile(new URL('model.json', target), `${JSON.stringify(json, null, 1)}\n`);
    await writeFile(new URL('embedding.bin', target), new Uint8Array(weightData));
    return { modelArtifactsInfo: { dateSaved: new Date(0), modelTopologyType: 'JSON' } };
  }),
);
const { ids } = JSON.parse(await readFile(new URL('embedding.json', models), 'utf8'));
const outputs = await model.predict(tf.tensor(ids)).array();
await writeFile(new URL('embedding.json', target), `${JSON.stringify({ outputs }, null, 1)}\n`);
