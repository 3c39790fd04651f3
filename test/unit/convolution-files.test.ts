/** Convolutional networks in files of Keras 3 and ONNX: what is read of them computes what their framework computed. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { readModelFile } from '../../src/core/formats/model-file.ts';
import { keepTensor } from '../../src/core/formats/take-tensor.ts';
import { foldNetwork } from '../../src/core/network/fold.ts';
import type { Network } from '../../src/core/network/types.ts';
import { stepsOfShape } from '../../src/core/network/windows.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { folderOf, openFile } from '../../src/node/files.ts';
import { openHdf5 } from '../../src/worker/hdf5.ts';
import { createAnalogNetwork } from '../../src/worker/tfjs/network.ts';
import { wasmKernel } from '../support/kernels.ts';
import { runChain } from '../support/networks.ts';
import { startTfjsFromNodeModules } from '../support/tfjs.ts';

const models = new URL('../golden/models/', import.meta.url);
const kernel = await wasmKernel();

interface Golden {
  readonly shape: readonly number[];
  readonly x: readonly (readonly number[])[];
  readonly y: readonly (readonly number[])[];
}
const goldenIn = async (file: string) =>
  JSON.parse(await readFile(new URL(file, models), 'utf8')) as Record<string, Golden>;
const golden = await goldenIn('keras3-convolutions.json');
const ofOnnx = await goldenIn('onnx-convolutions.json');

beforeAll(startTfjsFromNodeModules);

async function read(file: string): Promise<Network> {
  const path = fileURLToPath(new URL(file, models));
  const source = await openFile(path, { code: 'model-unreadable', place: { file: 'model', path: [] } });
  return readModelFile(source, folderOf(path), { openHdf5, choices: null, take: keepTensor });
}

const files = [
  ...Object.keys(golden).flatMap((name) =>
    ['keras', 'h5'].map(
      (ending) => [name, `keras/keras3-convolution-${name}.${ending}`, golden[name]!] as const,
    ),
  ),
  ...Object.keys(ofOnnx).map((name) => [name, `onnx/convolution-${name}.onnx`, ofOnnx[name]!] as const),
];

describe.each(files)('%s: %s', (name, file, { shape, x, y }) => {
  it('computes what its framework computed, folded or not, here and in tfjs', async () => {
    const network = await read(file);
    expect(network.layers.filter(({ kind }) => kind === 'Unsupported')).toEqual([]);
    const folded = foldNetwork(network);
    // The others have theirs behind an activation or before padding, with no kernel that could take it up.
    const gone = folded.layers.filter(({ kind }) => kind === 'Folded').map(({ name: layer }) => layer);
    const folds: Record<string, string[]> = {
      'onnx/convolution-images.onnx': ['bn', 'relu', 'act'],
      'onnx/convolution-pooled.onnx': ['relu', 'norm'],
    };
    expect(gone).toEqual(folds[file] ?? (name === 'images' ? ['linear_normal', 'leaky'] : []));
    const samples = x.map((row) => ({ ...stepsOfShape(shape), values: Float32Array.from(row) }));
    const options = { cellClip: null, ...(network.activations && { activations: network.activations }) };
    const near = (values: ArrayLike<number>, n: number) => {
      expect(values.length).toBe(y[n]!.length);
      y[n]!.forEach((expected, k) => {
        expect(Math.abs(values[k]! - expected)).toBeLessThan(1e-5);
      });
    };
    for (const { layers } of [network, folded]) {
      const runners = layers.map((layer) => analogRunner(layer, kernel, options));
      samples.forEach((sample, n) => {
        near(runChain(runners, sample).output.values, n);
      });
    }
    const built = createAnalogNetwork(folded, options);
    const all = await built.predict(
      samples.length,
      (n) => samples[n]!,
      () => undefined,
    );
    built.dispose();
    const width = all.length / samples.length;
    samples.forEach((_, n) => {
      near(all.subarray(n * width, (n + 1) * width), n);
    });
  });
});
