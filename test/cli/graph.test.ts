/** A model with two inputs and two outputs, on the command line. Needs the build. */
import { createHash } from 'node:crypto';
import {
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { zipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { writeNpyFloat32 } from '../../src/core/formats/data/npy.ts';
import type { Finetuning } from '../../src/core/finetune/types.ts';
import type { Report } from '../../src/core/report/types.ts';
import { spikewise } from '../support/cli.ts';
import { readFloats } from '../support/files.ts';

const golden = path.join(import.meta.dirname, '../golden/models');
interface Computed {
  readonly inputs: Readonly<Record<string, readonly (readonly (readonly number[])[])[]>>;
  readonly outputs: Readonly<Record<string, readonly (readonly number[])[]>>;
}
const computed = JSON.parse(readFileSync(path.join(golden, 'keras3-graph.json'), 'utf8')) as Computed;

describe('a graph with two inputs and two outputs', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'spikewise-graph-'));
  const file = (name: string): string => path.join(folder, name);

  beforeAll(() => {
    copyFileSync(path.join(golden, 'keras/keras3-graph.keras'), file('graph.keras'));
    const arrays = Object.entries(computed.inputs).map(([name, values]): [string, Uint8Array] => {
      const shape = [values.length, values[0]!.length, values[0]![0]!.length];
      return [`${name}.npy`, writeNpyFloat32(shape, Float32Array.from(values.flat(2)))];
    });
    writeFileSync(file('samples.npz'), zipSync(Object.fromEntries(arrays)));
    writeFileSync(
      file('words.npz'),
      zipSync(Object.fromEntries(arrays.filter(([name]) => name === 'words.npy'))),
    );
    for (const [name, bytes] of arrays) writeFileSync(file(name), bytes);
  });
  afterAll(() => {
    rmSync(folder, { recursive: true });
  });

  function specify(other: Record<string, unknown>): string {
    const specification = { model: 'graph.keras', data: { inputs: 'samples.npz' }, timesteps: 64, ...other };
    writeFileSync(file('graph.spikewise.json'), JSON.stringify(specification));
    return file('graph.spikewise.json');
  }

  it.each(['size', 'kind'])('compares the output %s, as Keras computes it', async (output) => {
    const specification = specify({ output });
    const run = await spikewise([
      'convert',
      specification,
      '--json',
      '--analog-outputs',
      file('analog.npy'),
      '--outputs',
      file('spiking.npy'),
    ]);
    expect(run.stderr).toBe('');
    const report = JSON.parse(run.stdout) as Report;
    expect(report.layers.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['both', 'shared (2)', 'size', 'kind']),
    );
    const expected = computed.outputs[output]!.flat();
    const near = (values: Float32Array, within: number) => {
      expect(values).toHaveLength(expected.length);
      expected.forEach((value, k) => {
        expect(Math.abs(values[k]! - value)).toBeLessThan(within);
      });
    };
    near(readFloats(file('analog.npy')).values, 1e-5);
    near(readFloats(file('spiking.npy')).values, 0.1);
  });

  it('takes a file for each input, by its name', async () => {
    const run = async (...args: string[]): Promise<Report> => {
      const { stdout, stderr } = await spikewise(['convert', ...args, '--json']);
      expect(stderr).toBe('');
      return JSON.parse(stdout) as Report;
    };
    const whole = await run(specify({}));
    const each = { rows: 'rows.npy', words: 'words.npz' };
    const specified = await run(specify({ data: { inputs: each } }), '--keep');
    expect(specified.layers).toEqual(whole.layers);
    const { stdout } = await spikewise(['report', file('graph.spikewise.json'), '--json']);
    const id = readdirSync(file('.spikewise/runs')).find((name) => name.startsWith('2'))!;
    const manifest = JSON.parse(readFileSync(file(`.spikewise/runs/${id}/run.json`), 'utf8')) as {
      files: { role: string; path: string; sha256: string }[];
    };
    expect(stdout).not.toBe('');
    const sha256 = (name: string) =>
      createHash('sha256')
        .update(readFileSync(file(name)))
        .digest('hex');
    expect(manifest.files.filter(({ role }) => role === 'inputs')).toMatchObject([
      { path: file('rows.npy'), sha256: sha256('rows.npy') },
      { path: file('words.npz'), sha256: sha256('words.npz') },
    ]);
    const named = ['--data', `words=${file('words.npy')}`, '--data', `rows=${file('rows.npy')}`];
    expect((await run(specify({ data: { inputs: 'none.npy' } }), ...named)).layers).toEqual(whole.layers);
    // Without a specification they are found beside the model.
    rmSync(file('graph.spikewise.json'));
    for (const name of ['samples.npz', 'words.npz']) renameSync(file(name), file(`${name}.away`));
    const found = await run(file('graph.keras'));
    for (const name of ['samples.npz', 'words.npz']) renameSync(file(`${name}.away`), file(name));
    expect(found.options.samples).toBe(4);
    const unknown = await spikewise(['convert', specify({ data: { inputs: { ...each, colour: 'x.npy' } } })]);
    expect(unknown.code).toBe(2);
    expect(unknown.stderr).toContain(
      'x.npy: is of input "colour", but the model\'s inputs are "words", "rows"',
    );
    for (const [args, words] of [
      [['--data', 'words=a.npy', '--data', 'b.npy'], '--data b.npy names no input'],
      [['--data', 'words=a.npy', '--data', 'words=b.npy'], '--data names the input "words" twice'],
      [['--data', 'words=a.npy', '--data', ''], '--data is empty'],
    ] as const) {
      const refused = await spikewise(['convert', file('graph.keras'), ...args]);
      expect(refused.code).toBe(2);
      expect(refused.stderr).toContain(words);
    }
  });

  it('says what each layer reads, maps, and refuses outputs and inputs that are not there', async () => {
    const inspected = await spikewise(['inspect', file('graph.keras'), '--json']);
    const { layers } = JSON.parse(inspected.stdout) as { layers: { name: string; reads?: string[] }[] };
    expect(layers.find(({ name }) => name === 'both')!.reads).toEqual(['shared', 'shared (2)']);
    expect((await spikewise(['map', specify({})])).code).toBe(0);
    const other = await spikewise(['convert', specify({ output: 'colour' })]);
    expect(other.code).toBe(2);
    expect(other.stderr).toContain('output "colour" is none of the model\'s outputs: size, kind');
    const missing = await spikewise(['convert', specify({ data: { inputs: 'words.npz' } })]);
    expect(missing.code).toBe(2);
    expect(missing.stderr).toContain(
      "words.npz: holds no array 'rows': it has 'words'; the model has 2 inputs ('words', 'rows'), and each takes an array of its name",
    );
    writeFileSync(file('alone.npy'), writeNpyFloat32([4, 5, 3], new Float32Array(60)));
    const alone = await spikewise(['convert', specify({ data: { inputs: 'alone.npy' } })]);
    expect(alone.code).toBe(2);
    expect(alone.stderr).toContain('alone.npy: holds one array (.npy), but the model has 2 inputs');
  });

  it('is explained, swept and retrained as any network', async () => {
    const explained = await spikewise(['explain', specify({ timesteps: 4 }), '--json']);
    expect(explained.code).toBe(0);
    const swept = await spikewise([
      'sweep',
      specify({}),
      '--timesteps',
      '2,8',
      '--coding',
      'residual',
      '--json',
      '--no-reuse',
    ]);
    const { points } = JSON.parse(swept.stdout) as { points: { outputMse: number }[] };
    expect(points[1]!.outputMse).toBeLessThan(points[0]!.outputMse);
    writeFileSync(file('labels.json'), '[0, 1, 0, 1]');
    const labelled = { data: { inputs: 'samples.npz', labels: 'labels.json' }, output: 'size' };
    const tune = [
      'finetune',
      specify(labelled),
      '--epochs',
      '2',
      '--out',
      file('out'),
      '--validation',
      '0.5',
    ];
    const tuned = await spikewise([...tune, '--json']);
    expect({ code: tuned.code, stderr: tuned.stderr }).toEqual({ code: 0, stderr: '' });
    const { written, accuracy } = JSON.parse(tuned.stdout) as Finetuning;
    // Both inputs of the samples that it was held against lie beside the new model.
    const again = await spikewise(['convert', written.specification, '--json']);
    const report = JSON.parse(again.stdout) as Report;
    expect(report.accuracy).toMatchObject(accuracy.after);
    expect(report.options.samples).toBe(2);
  });
});
