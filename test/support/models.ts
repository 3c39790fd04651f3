/** The network of test/golden/models in every format, and what its framework computes with it. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect } from 'vitest';
import { declaredActivations } from '../../src/core/convert/activations.ts';
import { readNpy } from '../../src/core/formats/data/npy.ts';
import { openZip } from '../../src/core/formats/zip.ts';
import type { Network } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import { bytesSource } from '../unit/sources.ts';
import { runChain, trace } from './networks.ts';

const models = path.join(import.meta.dirname, '../golden/models');

/** @param name Within test/golden/models: "pytorch/state.pt". */
export async function modelBytes(name: string): Promise<Uint8Array> {
  return new Uint8Array(await readFile(path.join(models, name)));
}

export interface Floats {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

export async function goldenArray(name: string): Promise<Floats> {
  return npy(await modelBytes(name));
}

async function npy(bytes: Uint8Array): Promise<Floats> {
  const { shape, values } = await readNpy(bytesSource('golden.npy', bytes), { role: 'inputs' });
  return { shape, values: Float32Array.from(values) };
}

/** weights.npz: by PyTorch's names. */
export async function goldenWeights(): Promise<ReadonlyMap<string, Floats>> {
  const archive = await openZip(bytesSource('weights.npz', await modelBytes('weights.npz')), (words) => {
    throw new Error(words);
  });
  const weights = new Map<string, Floats>();
  for (const { name } of archive.entries) {
    weights.set(name.replace(/\.npy$/, ''), await npy(await archive.read(name, 2 ** 20)));
  }
  return weights;
}

/** Outputs of the analog network for samples [samples, steps, features]. */
export function analogOutputs(network: Network, { shape, values }: Floats): Float32Array {
  const [samples = 0, steps = 0, features = 0] = shape;
  const kernel = createTwinKernel();
  const activations = declaredActivations(network.activations);
  const runners = network.layers.map((layer) => analogRunner(layer, kernel, { activations, cellClip: null }));
  const outputs: number[] = [];
  for (let n = 0; n < samples; n++) {
    const sample = values.subarray(n * steps * features, (n + 1) * steps * features);
    outputs.push(...runChain(runners, trace(sample, steps)).output.values);
  }
  return Float32Array.from(outputs);
}

/** Of two lists of equal length. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  expect(a.length).toBe(b.length);
  return Array.from(a).reduce((most, value, i) => Math.max(most, Math.abs(value - b[i]!)), 0);
}

/** The golden network: the same layers with exactly the golden weights, and its framework's outputs. */
export async function expectGoldenNetwork(network: Network, outputs = 'outputs.npy'): Promise<void> {
  const weights = await goldenWeights();
  const get = (name: string) => weights.get(name)!;
  const computing = network.layers.filter(({ kind }) => kind === 'LSTM' || kind === 'Dense');
  expect(computing.map(({ kind }) => kind)).toEqual(['LSTM', 'Dense']);
  const [lstm, dense] = computing;
  const biases = [get('lstm.bias_ih_l0').values, get('lstm.bias_hh_l0').values] as const;
  expect(lstm).toMatchObject({
    units: 16,
    inputSize: 6,
    returnSequences: false,
    kernel: transposed(get('lstm.weight_ih_l0')),
    recurrentKernel: transposed(get('lstm.weight_hh_l0')),
    bias: { shape: [64], values: biases[0].map((value, i) => value + biases[1][i]!) },
  });
  expect(dense).toMatchObject({
    units: 4,
    kernel: transposed(get('head.weight')),
    bias: { shape: [4], values: get('head.bias').values },
  });
  const computed = analogOutputs(network, await goldenArray('x.npy'));
  expect(largestDifference(computed, (await goldenArray(outputs)).values)).toBeLessThan(1e-5);
}

function transposed({ shape, values }: Floats): Floats {
  const [rows = 0, columns = 0] = shape;
  return {
    shape: [columns, rows],
    values: Float32Array.from(values, (_, i) => values[(i % rows) * columns + Math.floor(i / rows)]!),
  };
}
