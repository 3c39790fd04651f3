/** A network that reads ids through an embedding and a bidirectional LSTM, in every format (test/golden/models/save_embedding.py). */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { readModelFile } from '../../src/core/formats/model-file.ts';
import type { LstmLayer, Network } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { runChain } from '../../src/core/simulate/chain.ts';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import { folderOf, openFile } from '../../src/node/files.ts';
import { openHdf5 } from '../../src/worker/hdf5.ts';
import { largestDifference } from '../support/models.ts';
import { spikesOf } from '../support/spikes.ts';
import { trace } from '../support/networks.ts';

const golden = path.join(import.meta.dirname, '../golden');
const role = { code: 'model-unreadable', place: { file: 'model', path: [] } } as const;

async function read(name: string): Promise<Network> {
  const file = path.join(golden, name);
  return readModelFile(await openFile(file, role), folderOf(file), { openHdf5, choices: null });
}

interface Golden {
  readonly ids: readonly (readonly number[])[];
  readonly outputs: Readonly<Record<string, readonly (readonly number[])[]>>;
}

async function json(name: string): Promise<unknown> {
  return JSON.parse(await readFile(path.join(golden, name), 'utf8'));
}

const stored = (await json('models/embedding.json')) as Golden;
const samples = stored.ids.map((ids) => trace(ids, ids.length));
const kernel = createTwinKernel();

function analogOutputs(network: Network): number[] {
  const links = network.layers.map((layer) => ({
    layer,
    run: analogRunner(layer, kernel, { cellClip: null }),
  }));
  return samples.flatMap((sample) => [...runChain(links, sample).at(-1)!.output.values]);
}

const spikes = (network: Network) => spikesOf(network, kernel, samples);

const embedding = [
  'models/pytorch/embedding.pt',
  'models/pytorch/embedding.safetensors',
  'models/onnx/embedding.onnx',
  'models/onnx/embedding-open.onnx',
  'models/onnx/embedding-dynamo.onnx',
  'models/onnx/keras-embedding.onnx',
  'models/keras/keras2-embedding.keras',
  'models/keras/keras2-embedding.h5',
  'models/keras/keras3-embedding.keras',
  'models/keras/keras3-embedding.h5',
  'tfjs/embedding/model.json',
];

describe('embedding, bidirectional LSTM, LSTM, Dense', () => {
  it.each(embedding)('%s', async (name) => {
    const network = await read(name);
    const computing = network.layers.filter(({ kind }) => kind !== 'InputLayer');
    expect(computing.map((layer) => layer.kind)).toEqual(['Embedding', 'LSTM', 'LSTM', 'LSTM', 'Dense']);
    expect(computing.slice(0, 4)).toMatchObject([
      { vocabulary: 12, dimension: 5 },
      { units: 4, inputSize: 5, returnSequences: true },
      { units: 4, inputSize: 5, returnSequences: true, direction: 'backward' },
      { units: 6, inputSize: 8, returnSequences: false },
    ]);
    expect(computing[0]!.name).toMatch(/^embedding/);
    // PyTorch's newer exporter and Keras' leave the names of LSTMs out.
    const encoder = /-dynamo|onnx.keras/.test(name) ? 'lstm' : 'encoder';
    expect([computing[1]!.name, computing[2]!.name]).toEqual([
      `${encoder} (forward)`,
      `${encoder} (backward)`,
    ]);
    expect((computing[1] as LstmLayer).direction).toBeUndefined();
    const open = name.includes('pytorch/') || name.includes('-open');
    expect(network.inputShape).toEqual([open ? null : 7]);
    const outputs = analogOutputs(network);
    expect(largestDifference(outputs, stored.outputs['embedding']!.flat())).toBeLessThan(1e-5);
  });

  it('what each framework computes is the same', async () => {
    const others = await Promise.all(
      [
        'models/keras/keras2-embedding.json',
        'models/keras/keras3-embedding.json',
        'models/onnx/keras-embedding.json',
      ].map(json),
    );
    const tfjs = (await json('tfjs/embedding/embedding.json')) as { outputs: number[][] };
    const all = [...others.map((other) => (other as Golden).outputs['embedding']!), tfjs.outputs];
    for (const outputs of all) {
      expect(largestDifference(outputs.flat(), stored.outputs['embedding']!.flat())).toBeLessThan(1e-5);
    }
  });

  it('every file gives the same spikes', async () => {
    const [first, ...others] = await Promise.all(embedding.map(async (name) => spikes(await read(name))));
    expect(first!.spiking).toBe(3);
    expect(first!.counts.some((count) => count !== 0)).toBe(true);
    for (const other of others) expect(other).toEqual(first);
  });
});

describe('the final states of both directions', () => {
  it.each([
    'models/pytorch/both-ends.pt',
    'models/pytorch/both-ends.safetensors',
    'models/onnx/both-ends.onnx',
    'models/onnx/both-ends-turned.onnx',
    'models/onnx/both-ends-dynamo.onnx',
  ])('%s', async (name) => {
    const network = await read(name);
    expect(network.layers.map(({ kind }) => kind)).toEqual([
      'Embedding',
      ...Array<string>(4).fill('LSTM'),
      'Dense',
    ]);
    const given = network.layers.flatMap((layer) => (layer.kind === 'LSTM' ? [layer.returnSequences] : []));
    expect(given).toEqual([true, true, false, false]);
    const outputs = analogOutputs(network);
    expect(largestDifference(outputs, stored.outputs['both-ends']!.flat())).toBeLessThan(1e-5);
  });

  it.each(['keras2', 'keras3'])('%s, with LSTMs between', async (writer) => {
    const { outputs } = (await json(`models/keras/${writer}-embedding.json`)) as Golden;
    for (const ending of ['keras', 'h5']) {
      const network = await read(`models/keras/${writer}-both-ends.${ending}`);
      expect(network.inputShape).toEqual([null]);
      expect(largestDifference(analogOutputs(network), outputs['both-ends']!.flat())).toBeLessThan(1e-5);
    }
  });

  it("Keras' exporter for ONNX", async () => {
    const { outputs } = (await json('models/onnx/keras-embedding.json')) as Golden;
    const network = await read('models/onnx/keras-both-ends.onnx');
    expect(largestDifference(analogOutputs(network), outputs['both-ends']!.flat())).toBeLessThan(1e-5);
  });

  it('are what is assumed of weights alone', async () => {
    const { assumptions = [] } = await read('models/pytorch/both-ends.pt');
    expect(assumptions).toContain(
      'Layer "lstm" was taken to hand on the final states of both directions, side by side to "head".',
    );
    expect(
      assumptions.some((words) => words.startsWith('Layer "tokens" was taken to be an embedding of 12 ids')),
    ).toBe(true);
  });
});

describe('what follows an embedding', () => {
  it.each(['keras3', 'keras2'])('%s: skipped ids, and a GRU in both directions', async (writer) => {
    const [masked, both] = [
      await read(`models/keras/${writer}-masked.keras`),
      await read(`models/keras/${writer}-both-gru.keras`),
    ];
    const computing = (layers: Network['layers']) => layers.filter(({ kind }) => kind !== 'InputLayer');
    expect(computing(masked.layers)).toMatchObject([{ kind: 'Embedding', maskZero: true }, { kind: 'LSTM' }]);
    expect(computing(both.layers)).toMatchObject([
      { kind: 'Embedding' },
      { kind: 'GRU', resetAfter: true },
      { kind: 'GRU', resetAfter: true, direction: 'backward' },
    ]);
    expect(both.layers.every((layer) => !('maskZero' in layer))).toBe(true);
  });
});

describe('what is not converted', () => {
  it.each([
    ['models/keras/keras3-summed.keras', 'it joins both directions by sum (merge_mode)'],
    ['models/keras/keras2-summed.keras', 'it joins both directions by sum (merge_mode)'],
  ])('%s', async (name, words) => {
    const { layers } = await read(name);
    const refused = layers.flatMap((layer) => (layer.kind === 'Unsupported' ? [layer.reason] : []));
    expect(refused).toHaveLength(1);
    expect(refused[0]).toContain(words);
  });
});
