/** Models that read ids, on the command line. Needs the build. */
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Explanation } from '../../src/core/attribute/types.ts';
import { spikewise } from '../support/cli.ts';
import { readFloats, readJson, temporaryFolder } from '../support/files.ts';
import { convertJson, expectFault } from '../support/tiny.ts';

const golden = fileURLToPath(new URL('../golden', import.meta.url));
/** Of save_embedding.py: 6 samples of 7 ids of 12. */
const stored = readJson(path.join(golden, 'models/embedding.json')) as {
  readonly ids: readonly (readonly number[])[];
  readonly outputs: { readonly embedding: readonly (readonly number[])[] };
};

let folder = '';
let remove: () => void = () => undefined;
beforeAll(() => {
  ({ folder, remove } = temporaryFolder('embedding'));
  writeFileSync(path.join(folder, 'ids.csv'), stored.ids.map((ids) => ids.join(',')).join('\n'));
  writeFileSync(path.join(folder, 'ids.json'), JSON.stringify(stored.ids));
});
afterAll(() => {
  remove();
});

function specification(name: string, more: object = {}, inputs = 'ids.csv'): string {
  const model = path.basename(name) === 'model.json' ? 'tagger.json' : path.basename(name);
  copyFileSync(path.join(golden, name), path.join(folder, model));
  const file = path.join(folder, `${model}.spikewise.json`);
  const activations = {
    sigmoid: { slope: 0.25, offset: 0.5, low: 0, high: 1 },
    tanh: { slope: 0.5, offset: 0, low: -1, high: 1 },
  };
  writeFileSync(file, JSON.stringify({ model, data: { inputs }, activations, timesteps: 64, ...more }));
  return file;
}

it('an embedding and a bidirectional LSTM give the same spikes from every file', async () => {
  copyFileSync(path.join(golden, 'tfjs/embedding/embedding.bin'), path.join(folder, 'embedding.bin'));
  const outputs: number[][] = [];
  for (const name of [
    'models/pytorch/embedding.pt',
    'models/keras/keras3-embedding.keras',
    'models/onnx/embedding.onnx',
    'tfjs/embedding/model.json',
  ]) {
    const [spiking, analog] = [path.join(folder, 'spiking.npy'), path.join(folder, 'analog.npy')];
    const written = specification(name, {}, name.endsWith('.pt') ? 'ids.json' : 'ids.csv');
    const report = await convertJson([written, '--outputs', spiking, '--analog-outputs', analog]);
    const computing = report.layers.filter(({ runsAs }) => runsAs !== 'nothing');
    expect(computing.map(({ kind, runsAs }) => `${kind} ${runsAs}`)).toEqual([
      'Embedding analog',
      'LSTM spiking',
      'LSTM spiking',
      'LSTM spiking',
      'Dense analog',
    ]);
    expect(report.layers.find(({ kind }) => kind === 'Embedding')?.output?.mse).toBe(0);
    // 12 x 5 of the table among them.
    expect(report.model.parameters).toBe(60 + 2 * (5 + 4 + 1) * 16 + (8 + 6 + 1) * 24 + 21);
    outputs.push([...readFloats(spiking).values]);
    readFloats(analog).values.forEach((value, i) => {
      expect(Math.abs(value - stored.outputs.embedding.flat()[i]!)).toBeLessThan(1e-5);
    });
  }
  for (const other of outputs) expect(other).toEqual(outputs[0]);
});

it('vectors of length 1 where the specification asks for them, in both networks', async () => {
  const name = 'models/keras/keras3-embedding.keras';
  const run = async (more: object) => {
    const analog = path.join(folder, 'analog.npy');
    const { findings } = await convertJson([specification(name, more), '--analog-outputs', analog]);
    return { codes: findings.map(({ code }) => code), analog: [...readFloats(analog).values] };
  };
  const asTrained = await run({});
  expect(asTrained.codes).toContain('embedding-not-normalised');
  const unit = await run({ embedding: { normalise: 'unit' } });
  expect(unit.codes).not.toContain('embedding-not-normalised');
  expect(unit.analog).not.toEqual(asTrained.analog);
});

it('ids beyond the vocabulary, and a mean for ids, are faults', async () => {
  const name = 'models/onnx/embedding.onnx';
  writeFileSync(path.join(folder, 'beyond.json'), JSON.stringify([[0, 1, 2, 3, 4, 5, 12]]));
  const beyond = await spikewise(['convert', specification(name, {}, 'beyond.json'), '--json']);
  expectFault(beyond, 'beyond.json', /sample 0 holds 12 at step 6.*whole numbers from 0 to 11/);
  const mean = await spikewise(['convert', specification(name, { input: { mean: 3 } }), '--json']);
  expectFault(mean, 'embedding.onnx.spikewise.json', 'inputs of this model are ids');
});

it('inspect lists the table and both directions', async () => {
  const file = path.join(golden, 'models/pytorch/both-ends.pt');
  const { code, stdout } = await spikewise(['inspect', file]);
  expect(code).toBe(0);
  expect(stdout).toContain('table of vectors');
  expect(stdout).toContain('lstm.l1 (backward)');
  expect(stdout).toContain('the final states of both directions, side by side');
});

it('ids are not explained as inputs that were not normalised', async () => {
  const ids = Array.from({ length: 10 }, () => stored.ids).flat();
  writeFileSync(path.join(folder, 'many.json'), JSON.stringify(ids));
  // An id that is none gives no answer, and class 0 is what no answer counts as.
  writeFileSync(path.join(folder, 'zeros.json'), JSON.stringify(ids.map(() => 0)));
  const data = { inputs: 'many.json', labels: 'zeros.json' };
  const file = specification('models/pytorch/embedding.pt', { data, timesteps: 4 });
  const { code, stdout } = await spikewise(['explain', file, '--json']);
  expect(code).toBe(0);
  const { causes, score } = JSON.parse(stdout) as Explanation;
  expect(score.accuracy).toBeLessThan(0.8);
  expect(causes.map((cause) => cause.code)).not.toContain('inputs-not-normalised');
});
