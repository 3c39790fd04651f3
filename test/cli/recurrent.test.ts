/** A GRU and a masked SimpleRNN through every command. Needs the build. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Explanation } from '../../src/core/attribute/types.ts';
import type { ModelSummary } from '../../src/core/inspect/types.ts';
import type { Sweep } from '../../src/core/sweep/types.ts';
import { spikewise } from '../support/cli.ts';
import { convertJson } from '../support/tiny.ts';

const example = (name: string) =>
  fileURLToPath(new URL(`../../examples/${name}/${name}.spikewise.json`, import.meta.url));

async function json<T>(args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await spikewise([...args, '--json']);
  expect(stderr).not.toContain('spikewise:');
  expect([0, 2]).toContain(code);
  return JSON.parse(stdout) as T;
}

let folder: string;
let specification: string;

/** What tfjs writes: a stacked GRU behind a Masking, and a SimpleRNN. */
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spikewise-gru-'));
  const model = tf.sequential({
    name: 'small',
    layers: [
      tf.layers.masking({ maskValue: 0, inputShape: [5, 3], name: 'skip' }),
      tf.layers.gru({ units: 6, returnSequences: true, recurrentActivation: 'sigmoid', name: 'gru' }),
      tf.layers.simpleRNN({ units: 4, name: 'rnn' }),
      tf.layers.dense({ units: 2, activation: 'softmax', name: 'classes' }),
    ],
  });
  await model.save({
    save: async ({ modelTopology, weightSpecs, weightData }) => {
      const weightsManifest = [{ paths: ['weights.bin'], weights: weightSpecs }];
      const file = { format: 'layers-model', modelTopology, weightsManifest };
      await writeFile(path.join(folder, 'model.json'), JSON.stringify(file));
      await writeFile(path.join(folder, 'weights.bin'), new Uint8Array(weightData as ArrayBuffer));
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    },
  });
  const samples = Array.from({ length: 12 }, (_, n) =>
    Array.from({ length: 5 }, (_, step) =>
      Array.from({ length: 3 }, (_, k) => (step >= 5 - (n % 3) ? 0 : Math.sin(1 + 7 * n + 3 * step + k))),
    ),
  );
  await writeFile(path.join(folder, 'samples.json'), JSON.stringify(samples));
  specification = path.join(folder, 'small.spikewise.json');
  const written = {
    model: 'model.json',
    data: { inputs: 'samples.json' },
    timesteps: 32,
    coding: 'residual',
  };
  await writeFile(specification, JSON.stringify({ ...written, arithmetic: 'float', chip: 'loihi1' }));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

describe('a GRU that resets before, and a SimpleRNN, of a tfjs file', () => {
  it('convert, near to the analog network, and are on cores', async () => {
    const { layers, accuracy, chip, energy } = await convertJson([specification]);
    expect(layers.map(({ kind, runsAs }) => [kind, runsAs])).toEqual([
      ['Masking', 'nothing'],
      ['GRU', 'spiking'],
      ['SimpleRNN', 'spiking'],
      ['Dense', 'analog'],
    ]);
    expect(accuracy.agreement).toBeGreaterThan(0.8);
    const names = layers[1]!.populations.map(({ name }) => name);
    expect(names).toEqual(['generator', 'z', 'r', 'c']);
    const placed = chip.cores.flatMap(({ populations }) => populations.map((share) => share.population));
    for (const name of ['z', 'r', 'c', 'h']) expect(placed).toContain(name);
    // Of the five steps a sample skips one on average.
    expect(energy!.operations).toMatchObject([
      { layer: 'gru', fullyConnected: 3 * 3 * 6 + 3 * 36, rest: 18, steps: 4 },
      { layer: 'rnn', fullyConnected: 6 * 4 + 16, rest: 0, steps: 4 },
      { layer: 'classes' },
    ]);
  });

  it("run in the chip's arithmetic, and with their generators on cores", async () => {
    const written = JSON.parse(await readFile(specification, 'utf8')) as object;
    const onCores = path.join(folder, 'cores.spikewise.json');
    const mapping = { chips: 1, fill: 1, generators: 'cores' };
    await writeFile(onCores, JSON.stringify({ ...written, arithmetic: 'loihi', mapping }));
    const { chip, layers } = await convertJson([onCores]);
    expect(chip.problems).toEqual([]);
    const generators = chip.cores.flatMap(({ populations }) =>
      populations.filter(({ layer, population }) => layer === 'gru' && population === 'generator'),
    );
    // x and h of the gates, x and what the reset gate lets through of the candidate: each input once.
    const inputs = generators.flatMap(({ from, neurons }) =>
      Array.from({ length: neurons }, (_, n) => from + n),
    );
    expect(inputs.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 18 }, (_, n) => n));
    expect(layers[1]!.populations[0]!.neurons).toBe(18);
  });

  it('are explained, swept and looked at', async () => {
    const explanation = await json<Explanation>(['explain', specification]);
    expect(explanation.rungs.map(({ name }) => name)).toContain('feedback');
    const sweep = await json<Sweep>(['sweep', specification, '--timesteps', '4,32', '--coding', 'residual']);
    const [few, many] = sweep.points.map(({ outputMse }) => outputMse);
    expect(many!).toBeLessThan(few!);
    const summary = await json<ModelSummary>(['inspect', path.join(folder, 'model.json')]);
    const [, gru, rnn] = summary.layers;
    expect(gru!.parameters).toBe(3 * 6 * (3 + 6 + 1));
    expect(gru!.reasons[0]).toContain('two windows a sequence step');
    expect(rnn!.reasons[0]).toContain('hidden state');
  });
});

describe('networks of digits that were trained for no spikes', () => {
  it.each(['mnist-gru', 'mnist-bilstm'])(
    'keep their accuracy to 99 parts in 100 at T = 8: %s',
    async (name) => {
      const { accuracy, options, chip } = await convertJson([example(name)]);
      expect(options).toMatchObject({ timesteps: 8, coding: 'residual' });
      expect(accuracy.spiking! / accuracy.analog!).toBeGreaterThan(0.99);
      expect(chip.problems).toEqual([]);
    },
  );
});
