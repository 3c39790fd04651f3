/** A convolutional network through every command. Needs the build. */
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { Explanation } from '../../src/core/attribute/types.ts';
import type { ModelSummary } from '../../src/core/inspect/types.ts';
import type { Sweep } from '../../src/core/sweep/types.ts';
import { spikewise } from '../support/cli.ts';
import { convertJson, useTiny } from '../support/tiny.ts';

const cnn = fileURLToPath(new URL('../golden/models/cnn/cnn.spikewise.json', import.meta.url));
const tiny = useTiny();

async function json<T>(args: readonly string[]): Promise<T> {
  const { code, stdout, stderr } = await spikewise([...args, '--json']);
  expect(stderr).not.toContain('spikewise:');
  expect([0, 2]).toContain(code);
  return JSON.parse(stdout) as T;
}

describe('a small CNN of digits', () => {
  it('keeps 99 % of its accuracy at T = 16, trained for no spikes', async () => {
    const { accuracy, layers, findings, chip, energy } = await convertJson([cnn, '--timesteps', '16']);
    expect(accuracy.analog).toBeGreaterThan(0.95);
    expect(accuracy.spiking! / accuracy.analog!).toBeGreaterThan(0.99);
    expect(layers.map(({ kind, runsAs }) => [kind, runsAs])).toEqual([
      ['Conv2D', 'spiking'],
      ['BatchNormalization', 'nothing'],
      ['Activation', 'nothing'],
      ['AveragePooling2D', 'analog'],
      ['Conv2D', 'spiking'],
      ['Flatten', 'nothing'],
      ['Dense', 'spiking'],
      ['Dense', 'analog'],
    ]);
    const codes = findings.map(({ code }) => code);
    for (const code of [
      'layer-folded',
      'activation-fitted',
      'threshold-from-data',
      'layer-analog',
    ] as const) {
      expect(codes).toContain(code);
    }
    const neurons = layers.map(({ populations }) => populations[1]?.neurons);
    expect(neurons.slice(0, 1)).toEqual([24 * 24 * 6]);
    // Every place has neurons and in-axons of its own.
    const shares = chip.cores.flatMap(({ populations }) => populations);
    const placed = (layer: string) =>
      shares.reduce((sum, share) => sum + (share.layer === layer ? share.neurons : 0), 0);
    expect(placed('conv')).toBe(24 * 24 * 6);
    expect(placed('second')).toBe(neurons[4]);
    const operations = energy!.operations.map(({ layer, fullyConnected }) => [layer, fullyConnected]);
    expect(operations).toContainEqual(['conv', 24 * 24 * 25 * 6]);
    expect(operations).toContainEqual(['second', 6 * 6 * 54 * 8]);
    // A spike of a generator reaches the filters of its place alone: six targets, wherever they are.
    const generated = layers[0]!.populations[0]!.spikesPerSample;
    const { effectiveACs } = energy!.neurobench.synapticOperations;
    expect(effectiveACs).toBeGreaterThan(6 * generated);
    expect(effectiveACs).toBeLessThan(12 * generated);
  });

  it('has finer thresholds where each channel has its own', async () => {
    const layer = await convertJson([cnn, '--limit', '100']);
    const scope = tiny.file('scope.spikewise.json');
    const written = JSON.parse(await readFile(cnn, 'utf8')) as Record<string, unknown>;
    const at = (path: string) => resolve(dirname(cnn), path);
    const { inputs, labels } = written['data'] as { inputs: string; labels: string };
    const data = { inputs: at(inputs), labels: at(labels) };
    await writeFile(
      scope,
      JSON.stringify({ ...written, model: at('model.json'), data, thresholdScope: 'channel' }),
    );
    const { layers, options } = await convertJson([scope, '--limit', '100']);
    expect(options.thresholdScope).toBe('channel');
    expect(layers[0]!.populations[1]!.mse).toBeLessThan(layer.layers[0]!.populations[1]!.mse);
  });

  it('is inspected with the shapes of its images and what becomes of each layer', async () => {
    const { layers, inputShape, findings } = await json<ModelSummary>(['inspect', cnn]);
    expect(inputShape).toEqual([28, 28, 1]);
    expect(layers.map(({ output }) => output)).toEqual([
      ...[
        [24, 24, 6],
        [24, 24, 6],
        [24, 24, 6],
        [12, 12, 6],
        [6, 6, 8],
      ],
      ...[[288], [24], [10]],
    ]);
    expect(layers[0]!.tensors.map(({ shape }) => shape)).toEqual([[5, 5, 1, 6]]);
    expect(layers[0]!.reasons.join(' ')).toContain('6 filters at each of 24 × 24 places');
    expect(findings.every(({ severity }) => severity === 'info')).toBe(true);
  });

  it('is explained and swept', async () => {
    const { rungs } = await json<Explanation>(['explain', cnn, '--limit', '40']);
    const names = rungs.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(['counts', 'dynamics']));
    const { points } = await json<Sweep>(['sweep', cnn, '--limit', '40', '--timesteps', '4,64']);
    const [few, many] = [4, 64].map((T) =>
      points.find(({ timesteps, coding }) => timesteps === T && coding === 'residual'),
    );
    expect(many!.outputMse).toBeLessThan(few!.outputMse);
  });

  it('has weights of 8 bits in the arithmetic of the chip', async () => {
    const { accuracy } = await convertJson([cnn, '--arithmetic', 'loihi', '--timesteps', '16']);
    expect(accuracy.spiking! / accuracy.analog!).toBeGreaterThan(0.98);
  });
});

describe('a Dense network of gelu and swish', () => {
  it('converts: its hidden layers are fitted, its last stays with the host', async () => {
    const model = tf.sequential();
    model.add(tf.layers.dense({ inputShape: [5], units: 12, activation: 'gelu' }));
    model.add(tf.layers.dense({ units: 8, activation: 'swish' }));
    model.add(tf.layers.dense({ units: 3 }));
    const folder = await tiny.folderWith(model, [40, 5]);
    const args = [`${folder}/model.json`, '--data', `${folder}/x.npy`];
    const at = async (...more: string[]) => convertJson([...args, ...more]);
    const coarse = await at('--neurons-per-gate', '1', '--timesteps', '64');
    const fine = await at('--neurons-per-gate', '6', '--timesteps', '64');
    expect(fine.layers.map(({ runsAs }) => runsAs)).toEqual(['spiking', 'spiking', 'analog']);
    expect(fine.layers[0]!.populations[1]!.neurons).toBe(72);
    expect(coarse.layers[0]!.populations[1]!.neurons).toBe(12);
    const mse = ({ layers }: typeof fine) => layers[0]!.populations[1]!.mse;
    expect(mse(fine)).toBeLessThan(mse(coarse));
    expect(fine.findings.filter(({ code }) => code === 'activation-fitted')).toHaveLength(2);
  });
});
