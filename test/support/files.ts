/** Small models and data as files in a temporary folder. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { writeNpyFloat32 } from '../../src/core/formats/data/npy.ts';
import { randomSource } from './networks.ts';

/** @param name of the folder itself, for paths with spaces and the like */
export function temporaryFolder(name = 'model'): { readonly folder: string; readonly remove: () => void } {
  const above = mkdtempSync(path.join(tmpdir(), 'spikewise-test-'));
  const folder = path.join(above, name);
  mkdirSync(folder);
  return {
    folder,
    remove: () => {
      rmSync(above, { recursive: true, force: true });
    },
  };
}

/** Saves as tfjs does under Node: model.json and one shard, weights.bin. */
export async function saveModel(folder: string, model: tf.LayersModel): Promise<void> {
  await model.save(
    tf.io.withSaveHandler(({ modelTopology, weightSpecs, weightData, format, generatedBy }) => {
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
      const json = { modelTopology, format, generatedBy, weightsManifest };
      writeFileSync(path.join(folder, 'model.json'), JSON.stringify(json));
      writeFileSync(path.join(folder, 'weights.bin'), new Uint8Array(weightData as ArrayBuffer));
      return Promise.resolve({ modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } });
    }),
  );
}

/** Gives a model weights that are the same in every run. */
export function withWeights(model: tf.LayersModel, seed = 1): tf.LayersModel {
  const random = randomSource(seed);
  model.setWeights(
    model
      .getWeights()
      .map(({ shape, size }) => tf.tensor(Float32Array.from({ length: size }, random), shape)),
  );
  return model;
}

/** An LSTM that spikes without a specification (built-in hard sigmoid), and a classifier of 3. */
export function tinyModel(): tf.LayersModel {
  return withWeights(
    tf.sequential({
      name: 'tiny',
      layers: [
        tf.layers.lstm({
          name: 'lstm',
          units: 4,
          inputShape: [3, 2],
          activation: 'hardSigmoid',
          recurrentActivation: 'hardSigmoid',
          kernelInitializer: 'zeros',
          recurrentInitializer: 'zeros',
        }),
        tf.layers.dense({ name: 'classifier', units: 3, activation: 'softmax' }),
      ],
    }),
  );
}

/** float32, little-endian, in C order. */
export function writeFloats(file: string, shape: readonly number[], values: ArrayLike<number>): void {
  writeFileSync(file, writeNpyFloat32(shape, Float32Array.from(values)));
}

/** uint8 [samples]. */
export function writeLabels(file: string, labels: readonly number[]): void {
  writeFileSync(file, Buffer.concat([npyHeader('|u1', `(${labels.length},)`), Uint8Array.from(labels)]));
}

/** @param shape as Python writes it */
export function npyHeader(descr: string, shape: string): Buffer {
  const literal = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${shape}, }`;
  const text = literal.padEnd(117) + '\n';
  return Buffer.concat([
    Buffer.from('\x93NUMPY\x01\x00', 'latin1'),
    Buffer.from([text.length, 0]),
    Buffer.from(text, 'latin1'),
  ]);
}

/** Of a file that Spikewise wrote. */
export function readFloats(file: string): { readonly shape: number[]; readonly values: Float32Array } {
  const bytes = readFileSync(file);
  const offset = 10 + bytes.readUInt16LE(8);
  const header = bytes.toString('latin1', 10, offset);
  if (!header.includes("'descr': '<f4'") || !header.includes("'fortran_order': False"))
    throw new Error(header);
  const shape = [.../'shape': \(([^)]*)\)/.exec(header)![1]!.matchAll(/\d+/g)].map(([size]) => Number(size));
  return {
    shape,
    values: new Float32Array(bytes.buffer.slice(bytes.byteOffset + offset, bytes.byteOffset + bytes.length)),
  };
}

export function readJson(file: string): unknown {
  return JSON.parse(readFileSync(file, 'utf8'));
}
