/** `npm run bench`: every figure of the README, from what is built now. Also the entry of its own threads. */
import { fileURLToPath } from 'node:url';
import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { printCalibrate } from './calibrate.ts';
import { printCurve } from './curve.ts';
import { printEnergy } from './energy.ts';
import { printEstimate } from './estimate.ts';
import { printExplain } from './explain.ts';
import { printFinetune } from './finetune.ts';
import { benchKernel, printKernelBench } from './kernel.ts';
import { openLarge, printOpen } from './open.ts';
import { printPanel } from './panel.ts';
import { printThroughput, simulateFor, type ThroughputWork } from './throughput.ts';
import { printUntrained } from './untrained.ts';

const worker = new URL('worker.mjs', import.meta.url);

if (process.argv[2] === '--open' && process.argv[3] !== undefined) {
  await openLarge(worker, process.argv[3]);
} else if (isMainThread) {
  const specification = fileURLToPath(
    new URL('../examples/mnist-rows/mnist-rows.spikewise.json', import.meta.url),
  );
  const parts = process.argv.slice(2);
  const wanted = (part: string): boolean => parts.length === 0 || parts.includes(part);
  const [kernel, ceiling] = ['kernel.wasm', 'ceiling.wasm'].map((file) =>
    fileURLToPath(new URL(file, import.meta.url)),
  );
  if (wanted('kernel'))
    console.log(printKernelBench(await benchKernel({ kernel: kernel!, ceiling: ceiling! })));
  if (wanted('throughput')) {
    await printThroughput(new URL(import.meta.url), specification, kernel!);
  }
  if (wanted('energy')) {
    printEnergy(new URL('../test/golden/table1/activity.json', import.meta.url));
  }
  if (wanted('estimate')) await printEstimate(worker, specification);
  if (wanted('explain')) await printExplain(worker, specification);
  if (wanted('untrained')) await printUntrained(worker, new URL('../examples/', import.meta.url));
  if (wanted('calibrate')) await printCalibrate(worker, new URL('../examples/', import.meta.url));
  if (wanted('finetune')) await printFinetune(worker, new URL('../examples/', import.meta.url));
  if (wanted('open')) await printOpen(fileURLToPath(import.meta.url));
  if (wanted('panel')) await printPanel(fileURLToPath(new URL('webview', import.meta.url)));
  if (wanted('curve')) await printCurve(worker, specification);
} else {
  parentPort!.postMessage(await simulateFor(workerData as ThroughputWork));
}
