/** What the command line says and leaves behind when a run cannot be done. Needs the build. */
import {
  closeSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Report } from '../../src/core/report/types.ts';
import { startConversion } from '../../src/node/conversion-client.ts';
import { bin, spikewise } from '../support/cli.ts';
import { npyHeader, readFloats, readJson, writeFloats, writeLabels } from '../support/files.ts';
import { plantUnbounded } from '../support/planted.ts';
import { convertJson, expectFault, samples, useTiny } from '../support/tiny.ts';

const tiny = useTiny();

describe('a model that cannot be converted', () => {
  let plain = '';
  beforeAll(() => {
    plain = plantUnbounded(tiny.empty());
  });

  it('is listed with its findings: exit code 1, one line', async () => {
    const { code, stdout, stderr } = await spikewise(['convert', plain, '--json']);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^spikewise: [^\n]*model\.json: Layer "lstm" uses softmax [^\n]+\n$/);
    const report = JSON.parse(stdout) as Report;
    expect(report.accuracy).toEqual({ analog: null, spiking: null, agreement: null });
    expect(report.chip).toMatchObject({ coresUsed: 0, cores: [] });
    expect(report.findings.map(({ code, severity, layer }) => [code, severity, layer])).toEqual([
      ['activation-not-clipped-linear', 'error', 'lstm'],
      ['activation-not-clipped-linear', 'error', 'lstm'],
      ['layer-analog', 'info', 'classifier'],
      ['nothing-to-convert', 'error', null],
    ]);
  });

  it('writes nothing, and leaves what was there', async () => {
    const folder = tiny.copy();
    const out = path.join(folder, 'out');
    const earlier = path.join(out, 'mnist-rows-plain.spikewise-report.json');
    mkdirSync(out);
    writeFileSync(earlier, 'as it was');
    const outputs = path.join(folder, 'outputs.npy');
    expect((await spikewise(['convert', plain, '--out', out, '--outputs', outputs])).code).toBe(1);
    expect(readFileSync(earlier, 'utf8')).toBe('as it was');
    expect(readdirSync(out)).toHaveLength(1);
    expect(existsSync(outputs)).toBe(false);
  });

  it('names a layer that is not supported', async () => {
    const model = tf.sequential({
      layers: [
        tf.layers.gru({ name: 'gru', units: 2, inputShape: [3, 2], recurrentInitializer: 'zeros' }),
        tf.layers.layerNormalization({ name: 'my_normalisation' }),
      ],
    });
    const folder = await tiny.folderWith(model, [2, 3, 2]);
    const ended = await spikewise(['convert', path.join(folder, 'model.json'), '--json']);
    expect(ended.code).toBe(1);
    const { findings } = JSON.parse(ended.stdout) as Report;
    expect(findings.map(({ code, layer }) => [code, layer])).toContainEqual([
      'layer-unsupported',
      'my_normalisation',
    ]);
  });
});

describe('an unreadable input', () => {
  /** Damages a copy; the file at fault and what is said of it. */
  interface Damage {
    readonly name: string;
    readonly file: string;
    readonly words: RegExp;
    readonly damage: (folder: string) => void;
    readonly args?: readonly string[];
  }
  interface Saved {
    modelTopology: { config: { layers: unknown[] } };
    weightsManifest: { paths: string[] }[];
  }
  const edit = (folder: string, change: (json: Saved) => void): void => {
    const file = path.join(folder, 'model.json');
    const json = readJson(file) as Saved;
    change(json);
    writeFileSync(file, JSON.stringify(json));
  };
  const write = (file: string, content: string | Uint8Array) => (folder: string) => {
    writeFileSync(path.join(folder, file), content);
  };
  const resize = (bytes: number) => (folder: string) => {
    const file = path.join(folder, 'weights.bin');
    truncateSync(file, readFileSync(file).length + bytes);
  };
  const inputs = (shape: readonly number[], change: (values: Float32Array) => void = () => undefined) => {
    return (folder: string) => {
      const values = new Float32Array(shape.reduce((a, b) => a * b, 1));
      change(values);
      writeFloats(path.join(folder, 'x.npy'), shape, values);
    };
  };

  const damages: readonly Damage[] = [
    {
      name: 'a shard that is missing',
      file: 'missing.bin',
      words: /does not exist/,
      damage: (folder) => {
        edit(folder, (json) => (json.weightsManifest[0]!.paths = ['missing.bin']));
      },
    },
    { name: 'a shard that is truncated', file: 'weights.bin', words: /short/, damage: resize(-4) },
    { name: 'a shard that is too long', file: 'weights.bin', words: /long/, damage: resize(4) },
    {
      name: 'a shard outside of the folder',
      file: '../weights.bin',
      words: /outside of the folder/,
      damage: (folder) => {
        edit(folder, (json) => (json.weightsManifest[0]!.paths = ['../weights.bin']));
      },
    },
    {
      name: 'weights that are not finite',
      file: 'weights.bin',
      words: /NaN/,
      damage: (folder) => {
        const file = path.join(folder, 'weights.bin');
        const bytes = readFileSync(file);
        bytes.writeFloatLE(NaN, 8);
        writeFileSync(file, bytes);
      },
    },
    {
      name: 'JSON that is no model',
      file: 'model.json',
      words: /not a model/,
      damage: write('model.json', '{"a": 1}'),
    },
    { name: 'a list', file: 'model.json', words: /not a model/, damage: write('model.json', '[]') },
    { name: 'no JSON', file: 'model.json', words: /not valid JSON/, damage: write('model.json', '{"a": ') },
    { name: 'an empty file', file: 'model.json', words: /not valid JSON/, damage: write('model.json', '') },
    {
      name: 'no text',
      file: 'model.json',
      words: /UTF-8/,
      damage: write('model.json', Uint8Array.of(0xff, 0xfe, 0)),
    },
    {
      name: 'a model without layers',
      file: 'model.json',
      words: /without layers/,
      damage: (folder) => {
        edit(folder, (json) => (json.modelTopology.config.layers = []));
      },
    },
    {
      name: 'inputs of another shape',
      file: 'x.npy',
      words: /shape \[6, 2, 3\] does not fit the model, which takes \[samples, 3, 2\]/,
      damage: inputs([6, 2, 3]),
    },
    { name: 'no samples', file: 'x.npy', words: /no samples/, damage: inputs([0, 3, 2]) },
    {
      name: 'inputs with NaN',
      file: 'x.npy',
      words: /sample 4 holds NaN/,
      damage: inputs([6, 3, 2], (values) => (values[24] = NaN)),
    },
    {
      name: 'inputs that are no data file',
      file: 'x.npy',
      words: /no data file that is known/,
      damage: write('x.npy', '\0\0\0\0'),
    },
    {
      name: 'inputs that are a table with a field that is no number',
      file: 'x.npy',
      words: /holds "two" in row 2, column 2/,
      damage: write('x.npy', 'a,b\n1,two\n'),
    },
    {
      name: 'inputs shorter than their header says',
      file: 'x.npy',
      words: /too short/,
      damage: write('x.npy', npyHeader('<f4', '(6, 3, 2)')),
    },
    {
      name: 'inputs of Python objects',
      file: 'x.npy',
      words: /pickled Python objects/,
      damage: write('x.npy', npyHeader('|O', '(6, 3, 2)')),
    },
    {
      name: 'too few labels',
      file: 'y.npy',
      words: /5 labels for 6 samples/,
      damage: (folder) => {
        writeLabels(path.join(folder, 'y.npy'), [0, 1, 2, 0, 1]);
      },
    },
    {
      name: 'too many labels',
      file: 'y.npy',
      words: /7 labels for 6 samples/,
      damage: (folder) => {
        writeLabels(path.join(folder, 'y.npy'), [0, 1, 2, 0, 1, 2, 0]);
      },
    },
    {
      name: 'a label that is no class',
      file: 'y.npy',
      words: /label 3 of sample 5 is not a class of the model, 0 to 2/,
      damage: (folder) => {
        writeLabels(path.join(folder, 'y.npy'), [0, 1, 2, 0, 1, 3]);
      },
    },
    {
      name: 'inputs that are a folder',
      file: 'folder',
      words: /is a folder/,
      damage: (folder) => {
        mkdirSync(path.join(folder, 'folder'));
      },
      args: ['--data', 'folder'],
    },
    {
      name: 'a sparse file of 10 GB',
      file: 'x.npy',
      words: /at most 2 GiB/,
      damage: (folder) => {
        // Looks whole: its size is what its header says.
        const values = 10 * 2 ** 28 * 6;
        const handle = openSync(path.join(folder, 'x.npy'), 'w');
        writeSync(handle, npyHeader('<f4', `(${values / 6}, 3, 2)`));
        closeSync(handle);
        truncateSync(path.join(folder, 'x.npy'), 128 + 4 * values);
      },
    },
  ];

  it.each(damages)('$name', async ({ file, words, damage, args = [] }) => {
    const folder = tiny.copy();
    damage(folder);
    const out = path.join(folder, 'out');
    const earlier = path.join(out, 'copy.spikewise-report.json');
    mkdirSync(out);
    writeFileSync(earlier, 'as it was');
    const ended = await spikewise(
      [
        ...['convert', 'model.json', '--data', 'x.npy', '--labels', 'y.npy', '--json', '--out', 'out'],
        ...['--outputs', 'spiking.npy', '--analog-outputs', 'analog.npy', ...args],
      ],
      folder,
    );
    expectFault(ended, file, words);
    expect(readFileSync(earlier, 'utf8')).toBe('as it was');
    expect(readdirSync(out)).toHaveLength(1);
    expect(readdirSync(folder)).not.toEqual(expect.arrayContaining(['spiking.npy']));
    expect(readdirSync(folder)).not.toEqual(expect.arrayContaining(['analog.npy']));
  });

  it('the first samples of 10 GB are read', async () => {
    const sparse = damages.find(({ name }) => name.includes('10 GB'))!;
    const folder = tiny.copy();
    sparse.damage(folder);
    const report = await convertJson(['model.json', '--data', 'x.npy', '--limit', '5'], folder);
    expect(report.options.samples).toBe(5);
  });

  it('no sample data at all', async () => {
    const folder = tiny.empty();
    for (const file of ['model.json', 'weights.bin']) copyFileSync(tiny.file(file), path.join(folder, file));
    const model = path.join(folder, 'model.json');
    expectFault(
      await spikewise(['convert', model, '--json']),
      model,
      /no sample data: give inputs with --data/,
    );
  });
});

describe('bad usage', () => {
  it.each([
    [[], /no command/],
    [['train', 'x'], /unknown command "train"/],
    [['convert'], /convert needs a model or a specification/],
    [['map'], /map needs a model or a specification/],
    [['energy', 'a', 'b'], /unexpected argument "b"/],
    [['map', 'a', '--chip', ''], /--chip is empty/],
    [['map', 'nowhere.json', '--json'], /nowhere\.json: does not exist/],
    [['convert', 'a', 'b'], /unexpected argument "b"/],
    [['convert', 'a', '--fast'], /--fast/],
    [['convert', 'a', '--timesteps'], /--timesteps/],
    [['convert', 'a', '--timesteps', '0'], /--timesteps must be a whole number from 1 to 65536, not "0"/],
    [['convert', 'a', '--timesteps', '100000'], /--timesteps must be a whole number from 1 to 65536/],
    [['convert', 'a', '--timesteps', '1.5'], /--timesteps must be a whole number/],
    [['convert', 'a', '--timesteps', '-3'], /--timesteps must be a whole number/],
    [['convert', 'a', '--limit', '0'], /--limit must be a whole number from 1/],
    [['convert', 'a', '--coding', 'rate'], /--coding must be residual or reset, not "rate"/],
    [['convert', 'a', '--arithmetic', 'fixed'], /--arithmetic must be float or loihi/],
    [['convert', 'a', '--input-scale', '0'], /--input-scale must be above 0/],
    [['convert', 'a', '--input-mean', 'x'], /--input-mean must be a number/],
    [['convert', 'a', '--data', ''], /--data is empty/],
    [['convert', 'nowhere.json', '--json'], /nowhere\.json: does not exist/],
  ])('%j', async (args, words) => {
    expectFault(await spikewise(args), null, words);
  });

  it.each([
    ['--outputs', 'x.npy', /--outputs names a file that is used already/],
    ['--analog-outputs', 'new.npy', /--analog-outputs names a file that is used already/],
    ['--outputs', '.', /tiny: is a folder/],
    [
      '--out',
      'x.npy/deeper',
      /tiny\.spikewise-report\.json: cannot be written: [^\n]*x\.npy is not a folder/,
    ],
  ])('%s %s is said before any work is done', async (flag, file, words) => {
    const args = [
      'convert',
      tiny.file('model.json'),
      '--data',
      tiny.file('x.npy'),
      '--outputs',
      tiny.file('new.npy'),
    ];
    expectFault(await spikewise([...args, flag, tiny.file(file)]), null, words);
    expect(existsSync(tiny.file('new.npy'))).toBe(false);
  });

  it('help is no error', async () => {
    const { code, stdout, stderr } = await spikewise(['--help']);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const flags = [
      'data',
      'labels',
      'limit',
      'timesteps',
      'coding',
      'arithmetic',
      'input-mean',
      'input-scale',
      'chip',
      'watts',
    ];
    for (const command of ['convert', 'map', 'energy']) expect(stdout).toContain(`spikewise ${command} `);
    for (const flag of [...flags, 'outputs', 'analog-outputs', 'out', 'json'])
      expect(stdout).toContain(`--${flag}`);
  });
});

describe('what ends early', () => {
  it('a reader that has seen enough', async () => {
    const outputs = tiny.file('piped.out.npy');
    const child = spawn(process.execPath, [
      ...[bin, 'convert', tiny.file('model.json'), '--data', tiny.file('x.npy'), '--outputs', outputs],
    ]);
    child.stdout.once('data', () => child.stdout.destroy());
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(readFloats(outputs).shape).toEqual([samples, 3]);
  });

  it.each([
    ['throws', 'throw new Error("gone");', /gone/],
    ['ends', 'process.exit(7);', /exit code 7/],
    ['never starts', null, /Cannot find module/],
  ])('a worker that %s is reported', async (_, source, words) => {
    const folder = tiny.empty();
    const worker = path.join(folder, 'worker.mjs');
    if (source !== null) writeFileSync(worker, source);
    const request = { file: tiny.file('model.json'), overrides: {}, purpose: 'convert' } as const;
    const result = await startConversion(pathToFileURL(worker), request, () => undefined).result;
    expect(result).toMatchObject({ outcome: 'failed', failure: { exitCode: 3, file: null, findings: [] } });
    expect(result.outcome === 'failed' && result.failure.message).toMatch(words);
  });

  it('a worker that reads for too long is ended; one that computes is not', async () => {
    const folder = tiny.empty();
    const request = { file: tiny.file('model.json'), overrides: {}, purpose: 'convert' } as const;
    const start = (name: string, source: string) => {
      const worker = path.join(folder, name);
      writeFileSync(worker, `import { parentPort } from 'node:worker_threads';\n${source}`);
      return startConversion(pathToFileURL(worker), request, () => undefined, 300).result;
    };
    const say = (stage: string): string =>
      `parentPort.postMessage({ type: 'progress', progress: { stage: '${stage}', fraction: 0, message: '' } });`;
    const reading = await start('reads.mjs', `${say('read')} for (;;);`);
    expect(reading).toMatchObject({ outcome: 'failed', failure: { exitCode: 2, file: request.file } });
    expect(reading.outcome === 'failed' && reading.failure.message).toMatch(/was not read within 0\.3 s/);
    const failure = '{ type: "failed", failure: { exitCode: 3, message: "later" } }';
    const computing = await start(
      'computes.mjs',
      `${say('simulate')} setTimeout(() => parentPort.postMessage(${failure}), 900);`,
    );
    expect(computing).toMatchObject({ failure: { message: 'later' } });
  });

  it('a worker that is cancelled says so, once', async () => {
    const folder = tiny.empty();
    const worker = path.join(folder, 'worker.mjs');
    writeFileSync(worker, 'setInterval(() => undefined, 1000);');
    const request = { file: tiny.file('model.json'), overrides: {}, purpose: 'convert' } as const;
    const running = startConversion(pathToFileURL(worker), request, () => undefined);
    running.cancel();
    running.cancel();
    expect(await running.result).toEqual({ outcome: 'cancelled' });
  });
});
