/** Model files of every framework on the command line: one network, the same spikes. Needs the build. */
import { copyFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spikewise } from '../support/cli.ts';
import { readFloats, temporaryFolder } from '../support/files.ts';
import { convertJson, expectFault } from '../support/tiny.ts';

const models = fileURLToPath(new URL('../golden/models', import.meta.url));

let folder = '';
let remove: () => void = () => undefined;
beforeAll(() => {
  ({ folder, remove } = temporaryFolder('models'));
  copyFileSync(path.join(models, 'x.npy'), path.join(folder, 'x.npy'));
});
afterAll(() => {
  remove();
});

/** Copies a model, and writes the specification that puts the paper's functions in the place of the smooth ones. */
function hardened(name: string, specification: object = {}): string {
  copyFileSync(path.join(models, name), path.join(folder, path.basename(name)));
  const file = path.join(folder, `${path.basename(name)}.spikewise.json`);
  const activations = {
    sigmoid: { slope: 0.25, offset: 0.5, low: 0, high: 1 },
    tanh: { slope: 0.5, offset: 0, low: -1, high: 1 },
  };
  const written = { model: path.basename(name), data: { inputs: 'x.npy' }, activations, ...specification };
  writeFileSync(file, JSON.stringify(written));
  return file;
}

describe('a state_dict without a specification', () => {
  it('converts as it is, with what was assumed, and neurons fitted to its gates', async () => {
    copyFileSync(path.join(models, 'pytorch/state.pt'), path.join(folder, 'alone.pt'));
    const { code, stdout, stderr } = await spikewise(['convert', 'alone.pt', '--data', 'x.npy'], folder);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('alone (PyTorch state_dict, 1,540 parameters)');
    expect(stdout).toContain(
      'info: The layers were put in the only order in which their shapes fit: lstm, head.',
    );
    expect(stdout).toContain('has sigmoid and tanh, which no neuron computes exactly');
    expect(stdout).toMatch(/Agreement: \d+\.\d\d %/);
  });
});

it('a report is called as the model file is', async () => {
  const specification = hardened('pytorch/state.pt');
  const out = path.join(folder, 'out');
  await convertJson([specification.replace(/\.spikewise\.json$/, ''), '--out', out]);
  expect(readdirSync(out)).toEqual(['state.spikewise-report.json']);
});

it('the same network gives the same spikes from every file', async () => {
  const outputs: number[][] = [];
  for (const name of [
    'pytorch/state.pt',
    'pytorch/state.safetensors',
    'keras/keras3-network.keras',
    'keras/keras2-network.h5',
    'onnx/pytorch.onnx',
  ]) {
    const [spiking, analog] = [path.join(folder, 'spiking.npy'), path.join(folder, 'analog.npy')];
    const report = await convertJson([hardened(name), '--outputs', spiking, '--analog-outputs', analog]);
    expect(report.layers.filter(({ runsAs }) => runsAs === 'spiking')).toHaveLength(1);
    outputs.push([...readFloats(spiking).values]);
    const golden = readFloats(path.join(models, 'outputs.npy')).values;
    readFloats(analog).values.forEach((value, i) => {
      expect(Math.abs(value - golden[i]!)).toBeLessThan(1e-4);
    });
  }
  for (const other of outputs) expect(other).toEqual(outputs[0]);
});

it('layers of the specification say order and activations', async () => {
  const layers = [
    { name: 'lstm', activation: 'hard_tanh', recurrentActivation: 'hard_sigmoid' },
    { name: 'head', activation: 'relu' },
  ];
  const report = await convertJson([hardened('pytorch/state.safetensors', { layers, activations: {} })]);
  expect(report.layers.map(({ runsAs }) => runsAs)).toEqual(['spiking', 'spiking']);
  expect(
    report.findings.filter(({ code }) => code === 'layers-assumed').map(({ message }) => message),
  ).toEqual([
    'Layer "lstm" was taken to hand on its last sequence step alone to "head".',
    'hard_tanh is clip(x, -1, 1), as in PyTorch, of whose kind the weights are.',
    'hard_sigmoid is clip(x/6 + 1/2, 0, 1), as in PyTorch, of whose kind the weights are.',
  ]);
});

describe('refused with what to do instead', () => {
  it.each([
    ['pytorch/legacy.pt', /older format \(before 1\.6\)/],
    ['pytorch/script.pt', /TorchScript/],
    ['pytorch/whole.pt', /network\.Net/],
    ['weights.npz', /NumPy archive/],
  ])('%s', async (name, words) => {
    const file = path.join(folder, path.basename(name));
    copyFileSync(path.join(models, name), file);
    expectFault(await spikewise(['convert', file, '--data', 'x.npy', '--json'], folder), file, words);
  });

  it('a layer that the specification misspells', async () => {
    const file = hardened('pytorch/state.pt', { layers: [{ name: 'lsmt' }] });
    expectFault(await spikewise(['convert', file, '--json']), file, /'lsmt'.*it has 'lstm', 'head'/);
  });
});
