/**
 * The full MNIST test set, where it is there: four IDX files (.gz) as published, in the folder that
 * SPIKEWISE_MNIST names, else in ../shared/data/mnist beside the repository (scripts run in its root). The project carries
 * 500 digits of its own (examples/mnist-rows).
 */
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { gunzipSync } from 'node:zlib';

export interface DigitFiles {
  readonly inputs: string;
  readonly labels: string;
  readonly samples: number;
}

/** The 10,000 test digits as they are published (IDX, .gz), or null with the reason printed. */
export function publishedDigits(): DigitFiles | null {
  const folder = process.env['SPIKEWISE_MNIST'] ?? path.resolve('..', 'shared', 'data', 'mnist');
  const inputs = path.join(folder, 't10k-images-idx3-ubyte.gz');
  const labels = path.join(folder, 't10k-labels-idx1-ubyte.gz');
  if (existsSync(inputs)) return { inputs, labels, samples: 10000 };
  console.log(`The full MNIST is not in ${folder}; set SPIKEWISE_MNIST to the folder of its four .gz files.`);
  return null;
}

/** The 60,000 training digits beside them, as they are published. */
export function trainingDigits(): DigitFiles | null {
  const test = publishedDigits();
  if (test === null) return null;
  const beside = (file: string) =>
    path.join(path.dirname(file), path.basename(file).replace('t10k', 'train'));
  return { inputs: beside(test.inputs), labels: beside(test.labels), samples: 60000 };
}

/** The test digits as .npy files in a temporary folder. */
export function testDigits(): DigitFiles | null {
  const published = publishedDigits();
  if (published === null) return null;
  const out = mkdtempSync(path.join(tmpdir(), 'spikewise-mnist-'));
  const inputs = path.join(out, 'digits.npy');
  const labels = path.join(out, 'labels.npy');
  writeFileSync(inputs, npy([10000, 28, 28], gunzipSync(readFileSync(published.inputs)).subarray(16)));
  writeFileSync(labels, npy([10000], gunzipSync(readFileSync(published.labels)).subarray(8)));
  return { inputs, labels, samples: 10000 };
}

/** A .npy file of bytes, format version 1. */
function npy(shape: readonly number[], values: Uint8Array): Uint8Array {
  const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${shape.join(', ')}${shape.length === 1 ? ',' : ''}), }`;
  const padded = header.padEnd(Math.ceil((header.length + 11) / 64) * 64 - 11) + '\n';
  const start = Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, padded.length & 255, padded.length >> 8]);
  return Buffer.concat([start, Buffer.from(padded, 'latin1'), values]);
}
