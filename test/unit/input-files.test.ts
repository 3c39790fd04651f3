/** Sample files of a model with several inputs: one archive, or a file for each. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkFinite, checkIds, checkShape } from '../../src/core/check/inputs.ts';
import { writeNpyFloat32 } from '../../src/core/formats/data/npy.ts';
import type { InputFiles } from '../../src/core/formats/data/several-inputs.ts';
import type { Network } from '../../src/core/network/types.ts';
import { readInputs } from '../../src/node/data-files.ts';
import { guessData } from '../../src/worker/default-specification.ts';
import { faultOf } from './sources.ts';

let folder = '';
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spikewise-inputs-'));
});
afterEach(() => rm(folder, { recursive: true }));

const model: Network = {
  name: 'two',
  format: '',
  inputShape: [2],
  inputs: [
    { name: 'rows', shape: [2] },
    { name: 'words', shape: [1, 3] },
  ],
  layers: [],
};

const rows = writeNpyFloat32([2, 2], Float32Array.of(1, 2, 3, 4));
const words = writeNpyFloat32([2, 1, 3], Float32Array.of(5, 6, 7, 8, 9, 10));

async function put(files: Readonly<Record<string, Uint8Array | string>>): Promise<void> {
  for (const [name, bytes] of Object.entries(files)) await writeFile(path.join(folder, name), bytes);
}

const at = (name: string): string => path.join(folder, name);
const read = (files: InputFiles, limit?: number) => readInputs(files, model, limit);

describe('a file for each input', () => {
  it('gives what one archive of them gives, whatever the order and the format', async () => {
    await put({
      'a.npy': rows,
      'b.csv': '5,6,7\n8,9,10\n',
      'all.npz': zipSync({ 'rows.npy': rows, 'words.npy': words }),
      'more.npz': zipSync({ 'x.npy': rows, 'words.npy': words, 'y.npy': rows }),
    });
    const whole = await read(at('all.npz'));
    expect([...whole.values]).toEqual([1, 2, 5, 6, 7, 3, 4, 8, 9, 10]);
    const each = await read({ words: at('b.csv'), rows: at('a.npy') });
    expect(each).toEqual({ ...whole, partFiles: [at('a.npy'), at('b.csv')] });
    // Of several arrays the one of the input's name, or the one that is asked for.
    const named = await read({ words: at('more.npz'), rows: at('more.npz#x') });
    expect(named.values).toEqual(whole.values);
    expect((await read({ rows: at('a.npy'), words: at('b.csv') }, 1)).shape).toEqual([1, 5]);
  });

  it.each([
    [
      { rows: 'a.npy' },
      [],
      'has no file for input "words" beside it; the model\'s inputs are "rows", "words"',
    ],
    [
      { rows: 'a.npy', word: 'b.npy' },
      ['word'],
      'is of input "word", but the model\'s inputs are "rows", "words"',
    ],
    [
      { rows: 'a.npy', words: 'short.npy' },
      ['words'],
      'holds 1 samples of input "words", but there are 2 of "rows"',
    ],
  ] as const)('%j is refused at its key', async (names, within, message) => {
    await put({
      'a.npy': rows,
      'b.npy': words,
      'short.npy': writeNpyFloat32([1, 1, 3], new Float32Array(3)),
    });
    const files = Object.fromEntries(Object.entries(names).map(([name, file]) => [name, at(file)]));
    const fault = await faultOf(() => read(files));
    expect(fault.place).toEqual({ file: 'specification', path: ['data', 'inputs', ...within] });
    expect(fault.fault).toContain(message);
  });

  it('is refused of a model with one input, with what to write', async () => {
    const fault = await faultOf(() => readInputs({ rows: at('a.npy') }, { inputShape: [2] }, undefined));
    expect(fault.fault).toContain('the model has one input; name its file alone');
    expect(fault.fixes).toMatchObject([{ edits: [{ path: ['data', 'inputs'] }] }]);
  });

  it('a file that is not there, and one that does not fit, are told at their key', async () => {
    await put({ 'a.npy': rows, 'b.npy': words });
    const missing = await faultOf(() => read({ rows: at('a.npy'), words: at('none.npy') }));
    expect([missing.file, missing.place.path]).toEqual([at('none.npy'), ['data', 'inputs', 'words']]);
    const data = await read({ rows: at('b.npy'), words: at('b.npy') });
    const unfit = await faultOf(() => Promise.resolve(checkShape(data, model, at('b.npy'))));
    expect(unfit.place.path).toEqual(['data', 'inputs', 'rows']);
    expect(unfit.fault).toContain('shape [2, 1, 3] of input "rows" does not fit');
  });

  it('values that are no numbers, or no ids, are told at the file that holds them', async () => {
    await put({ 'a.npy': rows, 'b.npy': writeNpyFloat32([2, 1, 3], Float32Array.of(5, 6, 7, 8, NaN, 10)) });
    const data = await read({ rows: at('a.npy'), words: at('b.npy') });
    const { parts } = checkShape(data, model, at('a.npy'));
    const fault = await faultOf(() => Promise.resolve().then(() => checkFinite(data, at('a.npy'), parts)));
    expect([fault.file, fault.place.path]).toEqual([at('b.npy'), ['data', 'inputs', 'words']]);
    expect(fault.fault).toContain('sample 1 of input "words" holds NaN');
    const table = { shape: [6, 1], values: new Float32Array(6) };
    const layer = { kind: 'Embedding', name: 'e', path: [], vocabulary: 6, dimension: 1, table } as const;
    const ids = await faultOf(() =>
      Promise.resolve().then(() => {
        checkIds(data, layer, at('a.npy'), parts![1]);
      }),
    );
    expect([ids.file, ids.place.path]).toEqual([at('b.npy'), ['data', 'inputs', 'words']]);
    expect(ids.fault).toContain('sample 1 holds 8 at step');
  });
});

describe('what is proposed as the data of a model with several inputs', () => {
  it.each([
    [
      { 'rows.npy': rows, 'words.npy': words },
      { rows: 'rows.npy', words: 'words.npy' },
    ],
    [{ 'test-rows.npy': rows, 'Words.csv': '5,6,7\n8,9,10\n' }, null],
    [
      { 'test-rows.npy': rows, 'test_words.npy': words },
      { rows: 'test-rows.npy', words: 'test_words.npy' },
    ],
    [{ 'a.npz': zipSync({ 'rows.npy': rows, 'words.npy': words }) }, 'a.npz'],
    // One that does not fit, one that is missing, and two that could be it.
    [{ 'rows.npy': words, 'words.npy': words }, null],
    [{ 'rows.npy': rows }, null],
    [{ 'rows.npy': rows, 'words-1.npy': words, 'words-2.npy': words }, null],
    [{ 'a.npz': zipSync({ 'rows.npy': rows }), 'x.npy': rows }, null],
  ] as const)('%#', async (files, expected) => {
    await put(files);
    const { inputs } = await guessData(folder, model);
    const relative = (file: string) => path.relative(folder, file);
    const found =
      inputs === null || typeof inputs === 'string'
        ? inputs && relative(inputs)
        : Object.fromEntries(Object.entries(inputs).map(([name, file]) => [name, relative(file)]));
    expect(found).toEqual(expected);
  });

  it('with labels of a file that says that it holds some', async () => {
    await put({
      'rows.npy': rows,
      'words.npy': words,
      'labels.npy': writeNpyFloat32([2], Float32Array.of(0, 1)),
    });
    expect((await guessData(folder, model)).labels).toBe(at('labels.npy'));
  });
});
