/** `spikewise finetune`: what it writes, what it says of it, and what it refuses. */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { Finetuning } from '../../src/core/finetune/types.ts';
import { spikewise } from '../support/cli.ts';
import { readFloats, readJson, withWeights, writeLabels } from '../support/files.ts';
import { smoothSamples, useSmooth } from '../support/retraining.ts';
import { convertJson, expectFault, useTiny } from '../support/tiny.ts';

const tiny = useTiny();
const samples = smoothSamples;
const { file, data } = useSmooth(tiny);
const tune = (...args: readonly string[]) => spikewise(['finetune', ...data(), '--epochs', '2', ...args]);
const quick = ['--batch', '4', '--learning-rate', '0.02', '--validation', '0.2'];

describe('a retraining', () => {
  it.each([[[]], [['--rounding', '--timesteps', '4']]])(
    'lowers the loss and writes a model that converts to what was said (%j)',
    async (args) => {
      const out = path.join(tiny.empty(), 'tuned');
      const { code, stdout, stderr } = await tune('--out', out, '--json', ...quick, ...args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const made = JSON.parse(stdout) as Finetuning;
      expect(made.samples).toEqual({ training: 240, validation: 60 });
      expect(made.replaced.map(({ from, to }) => [from, to])).toEqual([
        ['tanh', 'hard_tanh_half'],
        ['sigmoid', 'hard_sigmoid_quarter'],
      ]);
      const [before, first, second] = made.epochs;
      expect(second!.loss).toBeLessThan(first!.loss!);
      expect(second!.validationLoss).toBeLessThan(before!.validationLoss);
      expect(made.stopped).toBeNull();

      const name = path.basename(file('.'));
      expect(readdirSync(out).sort()).toEqual(
        ['model.json', `${name}.spikewise-finetune.json`, `${name}.spikewise.json`]
          .concat('validation-labels.npy', 'validation.npy', 'weights.bin')
          .sort(),
      );
      expect(readJson(path.join(out, `${name}.spikewise-finetune.json`))).toEqual(made);
      expect(readdirSync(path.dirname(out))).toEqual(['tuned']);

      const report = await convertJson([made.written.specification]);
      expect(report.accuracy).toMatchObject(made.accuracy.after);
      expect(report.options).toMatchObject({ timesteps: made.options.timesteps, samples: 60 });
      expect(report.findings.map(({ code }) => code)).not.toContain('activation-replaced');
    },
  );

  it('is the same for the same seed', async () => {
    const outs = ['a', 'b', 'c'].map((name) => path.join(tiny.empty(), name));
    const [a, b, c] = outs as [string, string, string];
    for (const [out, seed] of [
      [a, '1'],
      [b, '1'],
      [c, '2'],
    ] as const) {
      const { code } = await tune('--out', out, '--seed', seed, ...quick);
      expect(code).toBe(0);
    }
    const held = (out: string) => readFloats(path.join(out, 'validation.npy')).values;
    expect(held(b)).toEqual(held(a));
    expect(held(c)).not.toEqual(held(a));
    const told = (out: string) => {
      const { epochs, accuracy } = readJson(
        path.join(out, `${path.basename(file('.'))}.spikewise-finetune.json`),
      ) as Finetuning;
      return { epochs, accuracy, weights: readFileSync(path.join(out, 'weights.bin')) };
    };
    expect(told(b)).toEqual(told(a));
  });

  it('tells its epochs and the networks', async () => {
    const out = path.join(tiny.empty(), 'told');
    const { stdout } = await tune('--out', out, ...quick);
    // How often it says how far it is depends on the machine; the table does not.
    for (const epoch of ['1', '2']) expect(stdout).toMatch(new RegExp(`│ +${epoch} │ +\\d`));
    expect(stdout).toContain('tanh became hard_tanh_half, clip(0.5 x + 0, -1, 1)');
    expect(stdout).toContain('best, written');
    expect(stdout).toContain('constrained, after retraining');
    expect(stdout).toContain(`Convert it: spikewise convert ${out}`);
  });

  it('leaves the vectors of an embedding as they are, and trains what reads them', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.embedding({ name: 'words', inputDim: 5, outputDim: 2, inputShape: [3], maskZero: true }),
        tf.layers.bidirectional({
          layer: tf.layers.gru({ units: 2 }),
          mergeMode: 'concat',
        }),
        tf.layers.dense({ units: 2, activation: 'softmax' }),
      ],
    });
    const folder = await tiny.folderWith(withWeights(model), [60, 3]);
    const at = (name: string) => path.join(folder, name);
    const ids = Array.from({ length: 60 }, (_, n) => [(7 * n) % 5, (3 * n) % 5, n % 2 === 0 ? 1 : 3]);
    writeFileSync(at('ids.json'), JSON.stringify(ids));
    writeFileSync(at('classes.json'), JSON.stringify(ids.map(([, , last]) => (last === 1 ? 0 : 1))));
    const out = path.join(tiny.empty(), 'words');
    const given = ['--data', at('ids.json'), '--labels', at('classes.json'), '--epochs', '20', '--out', out];
    const tuned = await spikewise(['finetune', at('model.json'), ...given, ...quick, '--json']);
    expect({ code: tuned.code, stderr: tuned.stderr }).toEqual({ code: 0, stderr: '' });
    const { accuracy, epochs, written } = JSON.parse(tuned.stdout) as Finetuning;
    expect(epochs.at(-1)!.validationLoss).toBeLessThan(0.9 * epochs[0]!.validationLoss);
    expect((await convertJson([written.specification])).accuracy).toMatchObject(accuracy.after);
    const table = (file: string) => readFileSync(file).subarray(0, 4 * 5 * 2);
    expect(table(path.join(out, 'weights.bin'))).toEqual(table(at('weights.bin')));
  });
});

describe('what cannot be retrained', () => {
  it('diverges: nothing is written', async () => {
    const out = path.join(tiny.empty(), 'diverged');
    expectFault(await tune('--out', out, '--learning-rate', '1e6', '--json'), null, /diverged in epoch 1/);
    expect(existsSync(out)).toBe(false);
  });

  it('has labels that do not fit, or none', async () => {
    const out = path.join(tiny.empty(), 'labels');
    writeLabels(file('beyond.npy'), new Array<number>(samples).fill(7));
    const beyond = [...data(), '--labels', file('beyond.npy'), '--epochs', '1', '--out', out, '--json'];
    expectFault(await spikewise(['finetune', ...beyond]), file('beyond.npy'), /label 7 of sample 0 is not/);
    const none = [file('model.json'), '--data', file('x.npy'), '--epochs', '1', '--out', out, '--json'];
    expectFault(await spikewise(['finetune', ...none]), file('x.npy'), /has no labels/);
    expect(existsSync(out)).toBe(false);
  });

  it('has too few samples to split', async () => {
    const out = path.join(tiny.empty(), 'few');
    const words = /12 samples are too few: .* 11 to train on and 1 to validate on, and each part needs 3/;
    expectFault(await tune('--out', out, '--limit', '12', '--json'), null, words);
  });

  it('has no place for the new model', async () => {
    const full = tiny.empty();
    writeFileSync(path.join(full, 'mine.txt'), 'mine');
    expectFault(await tune('--out', full), full, /has files in it/);
    expect(readdirSync(full)).toEqual(['mine.txt']);
    const below = path.join(full, 'mine.txt', 'below');
    expectFault(await tune('--out', below), below, /is not a folder/);
    const empty = path.join(full, 'empty');
    mkdirSync(empty);
    expect((await tune('--out', empty, ...quick)).code).toBe(0);
    expect(existsSync(path.join(empty, 'model.json'))).toBe(true);
  });

  it.each([
    [['finetune', 'm', '--out', 'd'], 'needs --epochs'],
    [['finetune', 'm', '--epochs', '1'], 'needs --out'],
    [['finetune', 'm', '--epochs', '1', '--out', 'd', '--validation', '1'], 'must be below 1'],
    [['finetune', 'm', '--epochs', '1', '--out', 'd', '--learning-rate', '0'], 'must be above 0'],
    [['finetune', 'm', '--epochs', '1', '--out', 'd', '--keep'], 'finetune takes no --keep'],
    [['convert', 'm', '--rounding'], 'convert takes no --rounding'],
  ])('is asked for wrongly: %j', async (args, words) => {
    const { code, stderr } = await spikewise(args);
    expect(code).toBe(2);
    expect(stderr).toContain(words);
  });
});
