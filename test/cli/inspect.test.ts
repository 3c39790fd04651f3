/** `spikewise inspect`. Needs the build. */
import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { ModelSummary } from '../../src/core/inspect/types.ts';
import { startInspection } from '../../src/node/inspection-client.ts';
import { spikewise } from '../support/cli.ts';
import { expectFault, useTiny } from '../support/tiny.ts';

const tiny = useTiny();
const golden = path.join(import.meta.dirname, '../golden/models');

async function inspectJson(file: string): Promise<ModelSummary> {
  const { code, stdout, stderr } = await spikewise(['inspect', file, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(stdout) as ModelSummary;
}

describe('inspect', () => {
  it('prints the layers, what they become and why, and their weights, without data', async () => {
    const { code, stdout } = await spikewise(['inspect', tiny.file('model.json')]);
    expect(code).toBe(0);
    const lines = stdout.split('\n');
    expect(lines[0]).toMatch(/^tiny \(tfjs LayersModel, .*127 parameters, samples of \[3, 2\]\)$/);
    const cells = lines
      .filter((line) => line.startsWith('│'))
      .map((line) => line.split('│').map((cell) => cell.trim()));
    expect(cells).toContainEqual([
      ...['', 'lstm', 'LSTM', '[3, 2]', '[4]', '112'],
      ...['hard_sigmoid; hard_sigmoid (gates)', 'spiking, 4 × 4 neurons', ''],
    ]);
    expect(cells.filter(([, , name]) => name === 'recurrent kernel')).toHaveLength(1);
    expect(stdout).toContain('Layer "classifier" stays analog');
  });

  it('prints the same as one JSON object', async () => {
    const { layers, specification } = await inspectJson(tiny.file('model.json'));
    expect(layers.map(({ name, runsAs }) => [name, runsAs])).toEqual([
      ['lstm', 'spiking'],
      ['classifier', 'analog'],
    ]);
    const bins = layers.map(({ tensors }) =>
      tensors.map(({ weights }) =>
        weights && 'bins' in weights ? weights.bins.reduce((sum, count) => sum + count, 0) : null,
      ),
    );
    expect(bins).toEqual([
      [32, 64, 16],
      [12, 3],
    ]);
    expect(specification).toEqual({ file: null, note: null });
  });

  it('takes the specification beside the model into account, or says why not', async () => {
    const folder = tiny.copy('looked-at');
    const [model, specification] = [path.join(folder, 'model.json'), path.join(folder, 'a.spikewise.json')];
    writeFileSync(specification, JSON.stringify({ model: 'model.json', data: { inputs: 'x.npy' } }));
    expect((await inspectJson(model)).specification).toEqual({ file: specification, note: null });
    expect((await inspectJson(specification)).file).toBe(model);
    writeFileSync(specification, JSON.stringify({ model: 'model.json', data: {}, timesteps: 0 }));
    const { specification: refused } = await inspectJson(model);
    expect(refused.file).toBeNull();
    expect(refused.note).toContain('a.spikewise.json was not taken into account: it ');
  });

  it('says what was assumed of a file of weights', async () => {
    const { stdout } = await spikewise(['inspect', path.join(golden, 'pytorch/state.pt')]);
    expect(stdout).toMatch(/^assumed: Layer "lstm" has the parameters of PyTorch's nn\.LSTM/m);
  });

  it('names weights that cannot be read', async () => {
    const folder = tiny.copy('damaged');
    writeFileSync(path.join(folder, 'weights.bin'), Buffer.alloc(127 * 4, 0xff)); // NaN
    const { layers } = await inspectJson(path.join(folder, 'model.json'));
    expect(layers[0]!.tensors[0]!.weights).toEqual({ fault: expect.stringContaining('NaN') as string });
  });

  it('ends with 2 where there is no model', async () => {
    const script = path.join(golden, 'pytorch/script.pt');
    expectFault(await spikewise(['inspect', script]), script, 'TorchScript');
    const missing = path.join(tiny.empty(), 'model.keras');
    expectFault(await spikewise(['inspect', missing, '--json']), missing, 'does not exist');
    expectFault(await spikewise(['inspect', tiny.file('model.json'), '--data', 'x.npy']), null, '--data');
  });
});

describe('a file of 512 MiB', () => {
  /** Four LSTMs of 2048 in one nn.LSTM; a file with holes, of zeros. */
  function writeLarge(file: string): void {
    let end = 0;
    const entries = [0, 1, 2, 3].flatMap((layer) =>
      ['weight_ih', 'weight_hh'].map((name) => {
        const start = end;
        end += 8192 * 2048 * 4;
        return [`lstm.${name}_l${layer}`, { dtype: 'F32', shape: [8192, 2048], data_offsets: [start, end] }];
      }),
    );
    const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
    const length = Buffer.alloc(8);
    length.writeBigUInt64LE(BigInt(header.length));
    const handle = openSync(file, 'w');
    writeSync(handle, Buffer.concat([length, header]));
    ftruncateSync(handle, 8 + header.length + end);
    closeSync(handle);
  }

  it('has its layers within a second, and its weights without being held in memory', async () => {
    const file = path.join(tiny.empty(), 'large.safetensors');
    writeLarge(file);
    const memory = () => process.memoryUsage.rss() / 2 ** 20;
    const [before, start] = [memory(), performance.now()];
    let [milliseconds, atLayers, highest] = [Infinity, Infinity, 0];
    const worker = pathToFileURL(path.join(import.meta.dirname, '../../dist/worker.mjs'));
    const { result } = startInspection(
      worker,
      { file },
      {
        onLayers: () => {
          milliseconds = performance.now() - start;
          atLayers = memory() - before;
        },
        onWeights: () => {
          highest = Math.max(highest, memory() - before);
        },
      },
    );
    const ended = await result;
    expect(ended).toMatchObject({ outcome: 'done', summary: { parameters: 2 ** 27 } });
    expect(milliseconds).toBeLessThan(1000);
    expect(atLayers).toBeLessThan(100);
    // Two tensors of 64 MiB, one of which may not have been collected yet, and the worker itself.
    expect(highest).toBeLessThan(320);
    console.log(
      `layers after ${milliseconds.toFixed(0)} ms with ${atLayers.toFixed(0)} MiB more, all weights after ${(performance.now() - start).toFixed(0)} ms with ${highest.toFixed(0)} MiB more`,
    );
  });
});
