/** GRUs and vanilla RNNs in every format (test/golden/models/save_recurrent.py). */
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { declaredActivations } from '../../src/core/convert/activations.ts';
import { readModelFile } from '../../src/core/formats/model-file.ts';
import type { LayerChoice } from '../../src/core/formats/weights/state-dict.ts';
import type { Network } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { runChain } from '../../src/core/simulate/chain.ts';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import { folderOf, openFile } from '../../src/node/files.ts';
import { openHdf5 } from '../../src/worker/hdf5.ts';
import { largestDifference } from '../support/models.ts';
import { spikesOf } from '../support/spikes.ts';
import { trace } from '../support/networks.ts';
import { faultOf } from './sources.ts';

const golden = path.join(import.meta.dirname, '../golden/models');
const role = { code: 'model-unreadable', place: { file: 'model', path: [] } } as const;

async function read(name: string, layers: readonly LayerChoice[] | null = null): Promise<Network> {
  const file = path.join(golden, name);
  const choices = layers && { file: 'm.spikewise.json', layers };
  return readModelFile(await openFile(file, role), folderOf(file), { openHdf5, choices });
}

type Rows = readonly (readonly number[])[];

async function json(
  name: string,
): Promise<{ readonly x: readonly Rows[]; readonly outputs: Record<string, Rows> }> {
  return JSON.parse(await readFile(path.join(golden, name), 'utf8')) as Awaited<ReturnType<typeof json>>;
}

const stored = await json('recurrent.json');
const samples = stored.x.map((rows) => trace(rows.flat(), rows.length));
const kernel = createTwinKernel();

function expectOutputs(network: Network, expected: Rows): void {
  const activations = declaredActivations(network.activations);
  const links = network.layers.map((layer) => ({
    layer,
    run: analogRunner(layer, kernel, { activations, cellClip: null }),
  }));
  const outputs = samples.flatMap((sample) => [...runChain(links, sample).at(-1)!.output.values]);
  expect(largestDifference(outputs, expected.flat())).toBeLessThan(1e-5);
}

const spikes = (network: Network) => spikesOf(network, kernel, samples);

const files = {
  'gru-both': [
    'pytorch/gru-both.pt',
    'pytorch/gru-both.safetensors',
    'onnx/gru-both.onnx',
    'onnx/gru-both-open.onnx',
    'onnx/gru-both-dynamo.onnx',
    'keras/keras2-gru-both.keras',
    'keras/keras2-gru-both.h5',
    'keras/keras3-gru-both.keras',
    'keras/keras3-gru-both.h5',
  ],
  'rnn-ends': [
    'pytorch/rnn-ends.pt',
    'pytorch/rnn-ends.safetensors',
    'onnx/rnn-ends.onnx',
    'keras/keras2-rnn-ends.keras',
    'keras/keras3-rnn-ends.keras',
  ],
};

const layersOf = {
  'gru-both': [
    { kind: 'GRU', units: 4, inputSize: 3, returnSequences: true, resetAfter: true },
    { kind: 'GRU', units: 4, inputSize: 3, returnSequences: true, resetAfter: true, direction: 'backward' },
    { kind: 'GRU', units: 5, inputSize: 8, returnSequences: false, resetAfter: true },
    { kind: 'Dense' },
  ],
  'rnn-ends': [
    { kind: 'SimpleRNN', units: 4, inputSize: 3, returnSequences: true, activation: 'tanh' },
    { kind: 'SimpleRNN', units: 4, inputSize: 3, returnSequences: true, direction: 'backward' },
    { kind: 'SimpleRNN', units: 4, inputSize: 8, returnSequences: false },
    { kind: 'SimpleRNN', units: 4, inputSize: 8, returnSequences: false, direction: 'backward' },
    { kind: 'Dense' },
  ],
};

describe.each(['gru-both', 'rnn-ends'] as const)('%s', (name) => {
  it.each(files[name])('%s', async (file) => {
    const network = await read(file);
    expect(network.layers.filter(({ kind }) => kind !== 'InputLayer')).toMatchObject(layersOf[name]);
    expectOutputs(network, stored.outputs[name]!);
  });

  it('every file gives the same spikes', async () => {
    const [first, ...others] = await Promise.all(files[name].map(async (file) => spikes(await read(file))));
    expect(first!.spiking).toBe(layersOf[name].length - 1);
    expect(first!.counts.some((count) => count !== 0)).toBe(true);
    for (const other of others) expect(other).toEqual(first);
  });

  it.each(['keras2', 'keras3'])('%s computes the same', async (writer) => {
    const { outputs } = await json(`keras/${writer}-recurrent.json`);
    expect(largestDifference(outputs[name]!.flat(), stored.outputs[name]!.flat())).toBeLessThan(1e-5);
  });
});

describe('PyTorch', () => {
  it.each(['pt', 'safetensors'])('cells, .%s', async (ending) => {
    // Those of a safetensors file are sorted, and only their shapes tell the order.
    const network = await read(`pytorch/recurrent-cells.${ending}`);
    expect(network.layers).toMatchObject([
      { kind: 'SimpleRNN', name: 'lower', returnSequences: true },
      { kind: 'GRU', name: 'upper', returnSequences: false },
      { kind: 'Dense', name: 'head' },
    ]);
    expectOutputs(network, stored.outputs['recurrent-cells']!);
  });

  it('says what was assumed', async () => {
    const { assumptions: ofGru } = await read('pytorch/gru-both.pt');
    expect(ofGru).toContain(
      'Layer "encoder" has the parameters of PyTorch\'s nn.GRU, so it was taken to use sigmoid for its gates and tanh for its candidate.',
    );
    const { assumptions: ofRnn } = await read('pytorch/rnn-ends.pt');
    expect(ofRnn).toContain(
      "Layer \"rnn\" has the parameters of PyTorch's nn.RNN, so it was taken to use tanh, its default; with nonlinearity='relu' it has the same parameters.",
    );
  });

  it.each(['pt', 'safetensors'])('an nn.RNN with relu, which the specification says, .%s', async (ending) => {
    const relu = [{ name: 'rnn', activation: 'relu' }, { name: 'head' }];
    const network = await read(`pytorch/rnn-relu.${ending}`, relu);
    expectOutputs(network, stored.outputs['rnn-relu']!);
    expect((network.assumptions ?? []).some((words) => words.includes('nn.RNN'))).toBe(false);
  });
});

describe('ONNX', () => {
  it('an nn.RNN with relu says so itself', async () => {
    const network = await read('onnx/rnn-relu.onnx');
    expect(network.layers[0]).toMatchObject({ kind: 'SimpleRNN', activation: 'relu' });
    expectOutputs(network, stored.outputs['rnn-relu']!);
  });

  it.each([
    ['gru-before', [{ kind: 'GRU', resetAfter: false }]],
    ['gru-before-both', [{ resetAfter: false }, { resetAfter: false, direction: 'backward' }]],
    ['rnn-softsign', [{ kind: 'SimpleRNN', activation: 'softsign' }]],
    [
      'gru-hard',
      [{ resetAfter: true, activation: 'softsign', recurrentActivation: 'clip(0.25x + 0.5, 0, 1)' }],
    ],
  ])('%s', async (name, layers) => {
    const network = await read(`onnx/${name}.onnx`);
    expect(network.layers).toMatchObject(layers);
    expectOutputs(network, stored.outputs[name]!);
  });

  it('what it cannot compute is listed as unsupported', async () => {
    const { layers } = await read('onnx/gru-clip.onnx');
    expect(layers[0]).toMatchObject({
      kind: 'Unsupported',
      className: 'GRU',
      reason: "it clips its gates' inputs (clip 2)",
    });
  });

  it("an nn.RNN that PyTorch's newer exporter wrote out is refused with the way to export it", async () => {
    const fault = await faultOf(() => read('onnx/rnn-ends-dynamo.onnx'));
    expect(fault.code).toBe('model-unreadable');
    expect(fault.fault).toContain('from nn.RNN with torch.onnx.export(..., dynamo=False)');
  });
});

describe('Keras', () => {
  it.each(['keras2', 'keras3'])('%s: reset before, no bias, other activations', async (writer) => {
    const { outputs } = await json(`keras/${writer}-recurrent.json`);
    const network = await read(`keras/${writer}-recurrent-own.h5`);
    expect(network.layers.filter(({ kind }) => kind !== 'InputLayer')).toMatchObject([
      { kind: 'GRU', resetAfter: false, returnSequences: true },
      { kind: 'SimpleRNN', activation: 'relu' },
      { kind: 'GRU', resetAfter: true },
      { kind: 'GRU', resetAfter: false, activation: 'softsign', recurrentActivation: 'hard_sigmoid' },
    ]);
    expectOutputs(network, outputs['recurrent-own']!);
  });
});
