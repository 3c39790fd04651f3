/** A tiny model with its data in a temporary folder, for tests that start the command line. */
import { copyFileSync } from 'node:fs';
import path from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect } from 'vitest';
import type { Report } from '../../src/core/report/types.ts';
import { spikewise, type Ended } from './cli.ts';
import { saveModel, temporaryFolder, tinyModel, writeFloats, writeLabels } from './files.ts';
import { randomSource } from './networks.ts';

export const samples = 6;
export const labels = [0, 1, 2, 0, 1, 2];

export interface Tiny {
  /** Absolute path of model.json, weights.bin, x.npy, y.npy or of something new beside them. */
  file(name: string): string;
  /** A copy to damage, in a folder of that name. */
  copy(name?: string): string;
  /** An empty folder. */
  empty(): string;
  /** Another model, with x.npy beside it. */
  folderWith(model: tf.LayersModel, shape: readonly number[]): Promise<string>;
}

/** Made before the tests of a file, removed after them. */
export function useTiny(): Tiny {
  const original = temporaryFolder('tiny');
  const removals = [original.remove];
  const file = (name: string): string => path.join(original.folder, name);
  const make = (name: string): string => {
    const { folder, remove } = temporaryFolder(name);
    removals.push(remove);
    return folder;
  };
  beforeAll(async () => {
    await tf.setBackend('cpu');
    await saveModel(original.folder, tinyModel());
    writeRandom(file('x.npy'), [samples, 3, 2]);
    writeLabels(file('y.npy'), labels);
  });
  afterAll(() => {
    for (const remove of removals) remove();
  });
  return {
    file,
    copy: (name = 'copy') => {
      const folder = make(name);
      for (const part of ['model.json', 'weights.bin', 'x.npy', 'y.npy']) {
        copyFileSync(file(part), path.join(folder, part));
      }
      return folder;
    },
    empty: () => make('empty'),
    folderWith: async (model, shape) => {
      const folder = make('other');
      await saveModel(folder, model);
      writeRandom(path.join(folder, 'x.npy'), shape);
      return folder;
    },
  };
}

function writeRandom(file: string, shape: readonly number[]): void {
  const size = shape.reduce((a, b) => a * b, 1);
  writeFloats(file, shape, Float32Array.from({ length: size }, randomSource(2)));
}

/** Runs with --json; nothing but the report may be on standard output. */
export async function convertJson(args: readonly string[], cwd?: string): Promise<Report> {
  const { code, stdout, stderr } = await spikewise(['convert', ...args, '--json'], cwd);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trimEnd().split('\n')).toHaveLength(1);
  return JSON.parse(stdout) as Report;
}

/** Exit code 2 with one line that names the file and what is wrong; nothing on standard output, no stack. */
export function expectFault(
  { code, stdout, stderr }: Ended,
  file: string | null,
  words: string | RegExp,
): void {
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^spikewise: [^\n]+\n$/);
  if (file !== null) expect(stderr).toContain(`${file}: `);
  expect(stderr).toMatch(words);
}
