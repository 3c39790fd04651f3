/** What a large model takes of the memory when it is read for a conversion: 2 x LSTM 1024 and an embedding of 30,000 x 512. Needs the build. */
import { execFile } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, statSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { bin } from '../support/cli.ts';
import { temporaryFolder } from '../support/files.ts';

let folder = '';
let remove: () => void = () => undefined;
beforeAll(() => {
  ({ folder, remove } = temporaryFolder('large'));
});
afterAll(() => {
  remove();
});

/** Weights of zeros, which are holes in the file. */
function writeModel(name: string, vocabulary: number, dimension: number, units: number): string {
  const shapes: Readonly<Record<string, readonly number[]>> = {
    'embedding.weight': [vocabulary, dimension],
    ...Object.fromEntries(
      [dimension, units].flatMap((input, layer) => [
        [`lstm.weight_ih_l${layer}`, [4 * units, input]],
        [`lstm.weight_hh_l${layer}`, [4 * units, units]],
        [`lstm.bias_ih_l${layer}`, [4 * units]],
        [`lstm.bias_hh_l${layer}`, [4 * units]],
      ]),
    ),
  };
  let end = 0;
  const entries = Object.entries(shapes).map(([tensor, shape]) => {
    const start = end;
    end += 4 * shape.reduce((a, b) => a * b, 1);
    return [tensor, { dtype: 'F32', shape, data_offsets: [start, end] }];
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(entries)));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  const file = path.join(folder, name);
  const handle = openSync(file, 'w');
  writeSync(handle, Buffer.concat([length, header]));
  ftruncateSync(handle, 8 + header.length + end);
  closeSync(handle);
  const activations = {
    sigmoid: { slope: 0.25, offset: 0.5, low: 0, high: 1 },
    tanh: { slope: 0.5, offset: 0, low: -1, high: 1 },
  };
  const specification = { model: name, data: { inputs: 'ids.json' }, activations, timesteps: 1 };
  writeFileSync(`${file}.spikewise.json`, JSON.stringify(specification));
  return file;
}

const sayPeak = `process.on('exit', () => console.error('peak', process.resourceUsage().maxRSS * 1024))`;

/** Most memory that the process held, with all of its threads, until the ids were found not to fit. In bytes. */
function peakOf(file: string): Promise<number> {
  const arguments_ = ['--import', `data:text/javascript,${encodeURIComponent(sayPeak)}`, bin];
  return new Promise((resolve, reject) => {
    execFile(process.execPath, [...arguments_, 'map', `${file}.spikewise.json`], (_, stdout, stderr) => {
      const peak = /^peak (\d+)$/m.exec(stderr)?.[1];
      if (peak === undefined || !stderr.includes('"embedding" looks up ids'))
        reject(new Error(stdout + stderr));
      else resolve(Number(peak));
    });
  });
}

it('less than 2.5 times the file, beyond what a small one takes', async () => {
  const [large, small] = [
    writeModel('large.safetensors', 30_000, 512, 1024),
    writeModel('small.safetensors', 20, 5, 4),
  ];
  writeFileSync(path.join(folder, 'ids.json'), JSON.stringify([[1, 30_000]]));
  const [base, peak] = [await peakOf(small), await peakOf(large)];
  expect(peak - base).toBeLessThan(2.5 * statSync(large).size);
}, 120_000);
