/** The contract of the command line: what is printed and written for what can be converted. Needs the build. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/report/types.ts';
import { spikewise } from '../support/cli.ts';
import { readFloats, readJson, withWeights, writeFloats, writeLabels } from '../support/files.ts';
import { convertJson, expectFault, labels, samples, useTiny } from '../support/tiny.ts';

const examples = fileURLToPath(new URL('../../examples', import.meta.url));
const digits = path.join(examples, 'mnist-rows', 'mnist-rows.spikewise.json');
const tiny = useTiny();

/** Of rows, the index of the greatest. */
function answers({ shape, values }: { shape: number[]; values: Float32Array }): number[] {
  const [rows, width] = shape as [number, number];
  return Array.from({ length: rows }, (_, n) => {
    const row = [...values.subarray(n * width, (n + 1) * width)];
    return row.indexOf(Math.max(...row));
  });
}

function share(a: readonly number[], b: ArrayLike<number>): number {
  return a.filter((answer, n) => answer === b[n]).length / a.length;
}

/** Everything but the clock, by which this machine's baseline goes too. */
function timeless({ createdAt, seconds, energy, ...rest }: Report) {
  expect(createdAt).toMatch(/^\d{4}-\d\d-\d\dT/);
  expect(Object.keys(seconds).length).toBeGreaterThan(0);
  const baselines = energy?.baselines.filter(({ kind }) => kind !== 'here');
  return { ...rest, energy: { ...energy, baselines } };
}

describe('a conversion', () => {
  it('prints one JSON object of the documented form, and writes outputs that agree with it', async () => {
    const [outputs, analog] = [tiny.file('spiking.out.npy'), tiny.file('analog.out.npy')];
    const report = await convertJson([
      ...[tiny.file('model.json'), '--data', tiny.file('x.npy'), '--labels', tiny.file('y.npy')],
      ...['--timesteps', '16', '--coding', 'reset', '--arithmetic', 'loihi'],
      ...['--outputs', outputs, '--analog-outputs', analog],
    ]);
    expect(report).toMatchObject({
      schemaVersion: 2,
      model: { name: 'tiny', file: tiny.file('model.json'), parameters: 4 * 4 * (2 + 4 + 1) + 3 * (4 + 1) },
      specification: null,
      options: { timesteps: 16, coding: 'reset', arithmetic: 'loihi', samples, input: { mean: 0, scale: 1 } },
      chip: { name: expect.stringMatching(/loihi/i) as string, coresUsed: 1, cores: [{ core: 0 }] },
    });
    expect(report.layers.map(({ name, kind, runsAs }) => [name, kind, runsAs])).toEqual([
      ['lstm', 'LSTM', 'spiking'],
      ['classifier', 'Dense', 'analog'],
    ]);
    expect(report.layers[0]!.populations.map(({ name, neurons }) => [name, neurons])).toEqual([
      ['generator', 6],
      ['i', 4],
      ['f', 4],
      ['c', 4],
      ['o', 4],
    ]);
    for (const population of report.layers[0]!.populations) {
      for (const key of ['firingRate', 'spikesPerSample', 'mse', 'maxError'] as const) {
        expect(population[key]).toBeGreaterThanOrEqual(0);
      }
      expect(population.firingRate).toBeLessThanOrEqual(1);
      // Per neuron, time-step and sequence step.
      expect(population.spikesPerSample).toBeCloseTo(population.firingRate * population.neurons * 16 * 3, 9);
    }
    for (const finding of report.findings) {
      expect(finding).toMatchObject({
        code: expect.any(String) as string,
        message: expect.any(String) as string,
      });
      expect(['error', 'warning', 'info']).toContain(finding.severity);
    }

    const [spiking, trained] = [readFloats(outputs), readFloats(analog)];
    expect([spiking.shape, trained.shape]).toEqual([
      [samples, 3],
      [samples, 3],
    ]);
    expect(report.accuracy).toEqual({
      analog: share(answers(trained), labels),
      spiking: share(answers(spiking), labels),
      agreement: share(answers(spiking), answers(trained)),
    });
  });

  it('of the example reaches its accuracy, and the same again', async () => {
    const outputs = tiny.file('digits.out.npy');
    const report = await convertJson([digits, '--outputs', outputs]);
    expect(report.options).toMatchObject({
      timesteps: 8,
      coding: 'residual',
      arithmetic: 'float',
      samples: 500,
    });
    expect(report.accuracy.analog).toBe(0.992);
    expect(report.accuracy.spiking! / report.accuracy.analog!).toBeGreaterThanOrEqual(0.99);
    const first = readFileSync(outputs);
    const again = await convertJson([digits, '--outputs', outputs]);
    expect(timeless(again)).toEqual(timeless(report));
    expect(readFileSync(outputs).equals(first)).toBe(true);
  });

  it('without labels has agreement alone', async () => {
    const { accuracy } = await convertJson([tiny.file('model.json'), '--data', tiny.file('x.npy')]);
    expect(accuracy).toEqual({ analog: null, spiking: null, agreement: expect.any(Number) as number });
  });

  it('of the first samples only', async () => {
    const outputs = tiny.file('limited.out.npy');
    const args = [tiny.file('model.json'), '--data', tiny.file('x.npy'), '--labels', tiny.file('y.npy')];
    const report = await convertJson([...args, '--limit', '2', '--outputs', outputs]);
    expect(report.options.samples).toBe(2);
    expect(readFloats(outputs).shape).toEqual([2, 3]);
    const all = tiny.file('all.out.npy');
    expect((await convertJson([...args, '--limit', '99', '--outputs', all])).options.samples).toBe(samples);
    expect(readFloats(outputs).values).toEqual(readFloats(all).values.subarray(0, 6));
  });

  it('normalises inputs as asked for', async () => {
    const folder = tiny.copy();
    const raw = readFloats(tiny.file('x.npy'));
    writeFloats(
      path.join(folder, 'raw.npy'),
      raw.shape,
      raw.values.map((x) => 4 * x - 1),
    );
    const [plain, normalised] = [path.join(folder, 'a.out.npy'), path.join(folder, 'b.out.npy')];
    const model = path.join(folder, 'model.json');
    await convertJson([model, '--data', path.join(folder, 'x.npy'), '--outputs', plain]);
    const report = await convertJson([
      ...[model, '--data', path.join(folder, 'raw.npy'), '--outputs', normalised],
      ...['--input-mean', '-1', '--input-scale', '4'],
    ]);
    expect(report.options.input).toEqual({ mean: -1, scale: 4 });
    expect(report.findings.map(({ code }) => code)).not.toContain('inputs-out-of-range');
    readFloats(normalised).values.forEach((y, k) => {
      expect(y).toBeCloseTo(readFloats(plain).values[k]!, 6);
    });
  });

  it('writes the report that it prints', async () => {
    const out = tiny.file('reports/deep');
    const report = await convertJson([tiny.file('model.json'), '--data', tiny.file('x.npy'), '--out', out]);
    expect(readdirSync(out)).toEqual(['tiny.spikewise-report.json']);
    expect(readJson(path.join(out, 'tiny.spikewise-report.json'))).toEqual(report);
  });

  it('prints words and no JSON otherwise', async () => {
    const { code, stdout, stderr } = await spikewise([
      'convert',
      tiny.file('model.json'),
      '--data',
      tiny.file('x.npy'),
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).toContain('Agreement: ');
    expect(stdout).not.toMatch(/NaN|undefined|\[object/);
  });
});

describe('models of other forms', () => {
  const dense = (units: number, options: object = {}) =>
    tf.layers.dense({ units, activation: 'relu', kernelInitializer: 'zeros', ...options });

  it('images, flattened', async () => {
    const model = tf.sequential({
      layers: [tf.layers.flatten({ inputShape: [3, 2, 2] }), dense(5), dense(2, { activation: 'softmax' })],
    });
    const folder = await tiny.folderWith(withWeights(model), [4, 3, 2, 2]);
    const report = await convertJson([path.join(folder, 'model.json'), '--timesteps', '256']);
    expect(report.layers.map(({ runsAs }) => runsAs)).toEqual(['nothing', 'spiking', 'analog']);
    expect(report.accuracy.agreement).toBe(1);
  });

  it('sequences of any length, with outputs at every step', async () => {
    const lstm = tf.layers.lstm({
      ...{ units: 4, inputShape: [null, 2], returnSequences: true },
      ...{ activation: 'hardSigmoid', recurrentActivation: 'hardSigmoid' },
      ...{ kernelInitializer: 'zeros', recurrentInitializer: 'zeros' },
    });
    const folder = await tiny.folderWith(withWeights(tf.sequential({ layers: [lstm] })), [3, 7, 2]);
    const outputs = path.join(folder, 'out.npy');
    await convertJson([
      path.join(folder, 'model.json'),
      '--data',
      path.join(folder, 'x.npy'),
      '--outputs',
      outputs,
    ]);
    expect(readFloats(outputs).shape).toEqual([3, 28]);
  });

  it('one output that decides between two classes', async () => {
    const model = tf.sequential({
      layers: [dense(6, { inputShape: [3] }), dense(1, { activation: 'sigmoid' })],
    });
    const folder = await tiny.folderWith(withWeights(model), [5, 3]);
    writeLabels(path.join(folder, 'y.npy'), [0, 1, 0, 1, 1]);
    const [outputs, analog] = [path.join(folder, 's.out.npy'), path.join(folder, 'a.out.npy')];
    const { accuracy } = await convertJson([
      ...[path.join(folder, 'model.json'), '--data', path.join(folder, 'x.npy')],
      ...['--labels', path.join(folder, 'y.npy'), '--outputs', outputs, '--analog-outputs', analog],
    ]);
    const right = (file: string) =>
      share(
        [...readFloats(file).values].map((y) => (y > 0.5 ? 1 : 0)),
        [0, 1, 0, 1, 1],
      );
    expect(accuracy).toMatchObject({ analog: right(analog), spiking: right(outputs) });
  });
});

describe('the specification', () => {
  const specification = { model: 'model.json', data: { inputs: 'x.npy', labels: 'y.npy' }, timesteps: 12 };

  function specified(change: object = {}, name = 'mine'): string {
    const folder = tiny.copy();
    writeFileSync(
      path.join(folder, `${name}.spikewise.json`),
      JSON.stringify({ ...specification, ...change }),
    );
    return folder;
  }

  it('is found beside the model', async () => {
    const folder = specified();
    const report = await convertJson([path.join(folder, 'model.json')]);
    expect(report.specification).toBe(path.join(folder, 'mine.spikewise.json'));
    expect(report.options.timesteps).toBe(12);
    expect(report.accuracy.analog).not.toBeNull();
  });

  it('gives way to options; data of its own come without its labels', async () => {
    const folder = specified();
    copyFileSync(path.join(folder, 'x.npy'), path.join(folder, 'other.npy'));
    const args = [path.join(folder, 'mine.spikewise.json'), '--timesteps', '3', '--coding', 'reset'];
    const report = await convertJson([...args, '--data', path.join(folder, 'other.npy')]);
    expect(report.options).toMatchObject({ timesteps: 3, coding: 'reset' });
    expect(report.accuracy.analog).toBeNull();
  });

  it('may hold comments', async () => {
    const folder = tiny.copy();
    const file = path.join(folder, 'mine.spikewise.json');
    writeFileSync(file, '// tiny\n{ "model": "model.json", /* here */ "data": { "inputs": "x.npy" } }\n');
    expect((await convertJson([file])).options.timesteps).toBe(8);
  });

  it('must be chosen where several name the model', async () => {
    const folder = specified();
    copyFileSync(path.join(folder, 'mine.spikewise.json'), path.join(folder, 'yours.spikewise.json'));
    const model = path.join(folder, 'model.json');
    expectFault(
      await spikewise(['convert', model, '--json']),
      model,
      /mine\.spikewise\.json, yours\.spikewise\.json/,
    );
  });

  it('is not passed over where it is damaged', async () => {
    const folder = specified({ timesteps: 0 });
    const file = path.join(folder, 'mine.spikewise.json');
    const model = path.join(folder, 'model.json');
    expectFault(
      await spikewise(['convert', model, '--json']),
      file,
      /timesteps must be a whole number from 1 to 65536/,
    );
    writeFileSync(file, '{ "model": ');
    expectFault(await spikewise(['convert', model, '--json']), file, /is not valid JSON: .* line 1/);
  });

  it.each([
    [{ timesteps: 100000 }, 'timesteps must be a whole number from 1 to 65536'],
    [{ coding: 'other' }, "coding must be 'residual' or 'reset'"],
    [{ timestep: 4 }, 'timestep is unknown'],
    [{ model: 'nowhere.json' }, 'does not exist'],
    [{ data: { inputs: 'nowhere.npy' } }, 'does not exist'],
    [{ data: { inputs: 'x.npy', labels: 'nowhere.npy' } }, 'does not exist'],
  ])('%j: %s', async (change, words) => {
    const file = path.join(specified(change), 'mine.spikewise.json');
    const faulty = words === 'does not exist' ? path.join(path.dirname(file), 'nowhere') : file;
    const ended = await spikewise(['convert', file, '--json']);
    expect(ended.stderr).toContain(faulty);
    expectFault(ended, null, words);
  });
});

describe('paths', () => {
  it.each(['with space', '100%25', 'ümläut', "quo'te"])('in a folder named %s', async (name) => {
    const folder = tiny.copy(name);
    const report = await convertJson([
      ...[path.join(folder, 'model.json'), '--data', path.join(folder, 'x.npy')],
      ...['--out', path.join(folder, 'out')],
    ]);
    expect(report.model.file).toBe(path.join(folder, 'model.json'));
    expect(existsSync(path.join(folder, 'out', `${name}.spikewise-report.json`))).toBe(true);
  });

  it('are relative to where one is; those of a specification to the specification', async () => {
    const folder = tiny.copy();
    mkdirSync(path.join(folder, 'deep'));
    const specification = { model: '../model.json', data: { inputs: '../x.npy' } };
    writeFileSync(path.join(folder, 'deep', 'my.spikewise.json'), JSON.stringify(specification));
    const args = [
      'deep/my.spikewise.json',
      '--labels',
      'y.npy',
      '--outputs',
      'spiking.out.npy',
      '--out',
      '.',
    ];
    const report = await convertJson(args, folder);
    expect(report.accuracy.analog).not.toBeNull();
    expect(readdirSync(folder)).toEqual(
      expect.arrayContaining(['spiking.out.npy', 'my.spikewise-report.json']),
    );
  });
});
