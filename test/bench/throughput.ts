/** The whole hybrid LSTM of the example: images a second, on one core and on all. */
import { availableParallelism } from 'node:os';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { Worker } from 'node:worker_threads';
import { convert } from '../../src/core/convert/convert.ts';
import { parseSpecification } from '../../src/core/convert/specification.ts';
import { readTfjsLayersModel } from '../../src/core/formats/tfjs/tfjs.ts';
import { readNpy } from '../../src/core/formats/data/npy.ts';
import { sampleReader } from '../../src/core/simulate/samples.ts';
import { hybridRunner } from '../../src/core/simulate/spiking.ts';
import { folderOf, openFile } from '../../src/node/files.ts';
import { loadKernel } from '../../src/node/kernel.ts';

export interface ThroughputWork {
  readonly specification: string;
  readonly kernel: string;
  readonly timesteps: number;
  readonly arithmetic: 'float' | 'loihi';
  readonly seconds: number;
}

/** What one thread does: the hybrid network alone, over and over the example's digits. Returns images and seconds. */
export async function simulateFor(work: ThroughputWork): Promise<{ images: number; seconds: number }> {
  const specification = parseSpecification(readFileSync(work.specification, 'utf8'), work.specification);
  const folder = path.dirname(work.specification);
  const file = path.join(folder, specification.model);
  const network = await readTfjsLayersModel(file, readFileSync(file, 'utf8'), folderOf(file));
  const role = { code: 'data-unreadable', place: { file: 'inputs', path: [] } } as const;
  const digits = await readNpy(await openFile(path.join(folder, specification.data.inputs as string), role), {
    role: 'inputs',
  });
  const kernel = await loadKernel(work.kernel);
  const { timesteps, arithmetic } = work;
  const options = { ...specification, timesteps, arithmetic };
  const runners = convert(network, options, {}).layers.map((layer) =>
    hybridRunner(layer, kernel, { ...options, cellClip: null, weightBits: 8 }),
  );
  const shape = { samples: digits.shape[0]!, steps: 28, features: 28, sequence: true };
  const sample = sampleReader(digits.values, shape, specification.input ?? { mean: 0, scale: 1 });
  const image = (n: number): void => {
    let trace = sample(n % shape.samples);
    for (const run of runners) trace = run(trace).output;
  };
  for (let n = 0; n < 20; n++) image(n); // compiled and warm
  const start = performance.now();
  let images = 0;
  while (performance.now() - start < 1000 * work.seconds) image(images++);
  return { images, seconds: (performance.now() - start) / 1000 };
}

function onThreads(bench: URL, work: ThroughputWork, threads: number): Promise<number> {
  const one = (): Promise<number> =>
    new Promise((resolve, reject) => {
      const worker = new Worker(bench, { workerData: work });
      worker.once('message', ({ images, seconds }: { images: number; seconds: number }) => {
        resolve(images / seconds);
      });
      worker.once('error', reject);
    });
  return Promise.all(Array.from({ length: threads }, one)).then((rates) => rates.reduce((a, b) => a + b, 0));
}

export async function printThroughput(bench: URL, specification: string, kernel: string): Promise<void> {
  const cores = availableParallelism();
  console.log(`| hybrid LSTM of 64, 28 rows | one core, images/s | ${cores} cores, images/s |`);
  console.log('|---|---|---|');
  for (const arithmetic of ['float', 'loihi'] as const) {
    for (const timesteps of [8, 128]) {
      const work = { specification, kernel, timesteps, arithmetic, seconds: 2 };
      const single = await onThreads(bench, work, 1);
      const all = await onThreads(bench, work, cores);
      console.log(`| T = ${timesteps}, ${arithmetic} | ${single.toFixed(0)} | ${all.toFixed(0)} |`);
    }
  }
}
