/** Which files beside a model are proposed as its sample data. */
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { zipSync } from 'fflate';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { writeNpyFloat32 } from '../../src/core/formats/data/npy.ts';
import { guessData } from '../../src/worker/default-specification.ts';

const golden = path.join(import.meta.dirname, '../golden/data');
let folder = '';

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'spikewise-guess-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** Names in the folder, whose samples are [3, 2] where they are golden files. */
async function guess(files: Readonly<Record<string, string | Uint8Array>>, shape: number[] | null = [3, 2]) {
  for (const [name, from] of Object.entries(files)) {
    const file = path.join(folder, name);
    await (typeof from === 'string' ? copyFile(path.join(golden, from), file) : writeFile(file, from));
  }
  const { inputs, labels } = await guessData(folder, shape && { inputShape: shape });
  return [inputs, labels].map((file) => file && path.relative(folder, file as string));
}

const npy = writeNpyFloat32([4, 3, 2], new Float32Array(24));

it.each([
  [[3, 2, 1], 'x.npy'],
  [[1, 3, 2], 'x.npy'],
  [[3, 2, 2], null],
])('images of one channel may leave its axis out: %j', async (shape, found) => {
  expect((await guess({ 'x.npy': npy }, shape))[0]).toBe(found);
});

it.each([
  [{ 'b.npy': npy, 'a.npz': 'stored.npz' }, ['b.npy', null]],
  [{ 'digits.npz': 'stored.npz' }, ['digits.npz', 'digits.npz']],
  [{ 'digits.npz': 'unnamed.npz' }, ['digits.npz', null]],
  [{ 'pair.safetensors': 'pair.safetensors' }, ['pair.safetensors', 'pair.safetensors']],
  [
    { 't10k-images-idx3-ubyte.gz': 'packed.idx.gz', 't10k-labels-idx1-ubyte': 'labels.idx' },
    ['t10k-images-idx3-ubyte.gz', 't10k-labels-idx1-ubyte'],
  ],
  [{ 'x.csv': 'pandas.csv', 'y.csv': 'labels.csv' }, ['x.csv', 'y.csv']],
  // Which of two would be a guess; a column may be anything.
  [{ 'one.idx': 'u1.idx', 'two.idx': 'i1.idx' }, [null, null]],
  [{ 'x.csv': 'pandas.csv', 'weights.csv': 'labels.csv' }, ['x.csv', null]],
  [{ 'x.csv': 'pandas.csv', 'y.csv': 'labels.csv', 'labels.csv': 'labels.csv' }, ['x.csv', null]],
  [{ 'split.npz': 'split.npz', 'broken.npz': Uint8Array.of(0x50, 0x4b, 3, 4) }, [null, null]],
  [{ 'numbers.json': 'compact.json' }, [null, null]],
] as const)('%j', async (files, expected) => {
  expect(await guess(files)).toEqual(expected);
});

it('only what fits the model', async () => {
  expect(await guess({ 'x.csv': 'pandas.csv' }, [2, 2])).toEqual([null, null]);
  expect(await guess({ 'x.csv': 'pandas.csv' }, [6])).toEqual(['x.csv', null]);
  expect(await guess({ 'x.csv': 'pandas.csv', 'y.csv': 'labels.csv' }, null)).toEqual(['x.csv', 'y.csv']);
});

it('by the first sample of a large array, compressed or not', async () => {
  const large = writeNpyFloat32([3_000_000, 3, 2], new Float32Array(18_000_000));
  expect(await guess({ 'x.npz': zipSync({ 'x.npy': large }, { level: 1 }) })).toEqual(['x.npz', null]);
  expect(await guess({ 'x.npz': zipSync({ 'x.npy': large }, { level: 0 }) })).toEqual(['x.npz', null]);
});

it('never one of which more than 64 MiB would have to be unpacked', async () => {
  const wide = [1, 17_000_000, 2];
  const large = writeNpyFloat32(wide, new Float32Array(34_000_000));
  expect(await guess({ 'x.npz': zipSync({ 'x.npy': large }, { level: 1 }) }, wide.slice(1))).toEqual([
    null,
    null,
  ]);
});

it('images for a model that takes their pixels one by one', async () => {
  expect(await guess({ 'x.idx.gz': 'packed.idx.gz', 'y.csv': 'labels.csv' }, [6])).toEqual([
    'x.idx.gz',
    'y.csv',
  ]);
  const images = writeNpyFloat32([4, 3, 2], new Float32Array(24));
  expect(await guess({ 'x.npy': images }, [6, 1])).toEqual(['x.npy', null]);
  expect(await guess({ 'x.npy': images }, [8, 1])).toEqual([null, null]);
});
