/** What a helper thread does with the work that it is sent. */
import { fileURLToPath } from 'node:url';
import type { MessagePort } from 'node:worker_threads';
import { loadKernel } from '../node/kernel.ts';
import { sampleReader } from '../core/simulate/samples.ts';
import { createSimulation } from './simulation.ts';
import type { FromHelper, HelperRole, ToHelper } from './threads.ts';

/** Prepares (kernel or tfjs) at once, then waits for its one message. */
export async function serve(port: MessagePort, { role }: HelperRole, folder: URL): Promise<void> {
  const post = (message: FromHelper, transfer: ArrayBuffer[] = []): void => {
    port.postMessage(message, transfer);
  };
  const message = new Promise<ToHelper>((resolve) => port.once('message', resolve));
  if (role === 'simulate') {
    const kernel = await loadKernel(new URL('kernel.wasm', folder));
    const work = await message;
    if (work.type === 'simulate') simulate(work, kernel, post);
  } else {
    const tfjs = await import('./tfjs.ts');
    await tfjs.startTfjs(fileURLToPath(folder));
    const work = await message;
    if (work.type === 'analog') {
      const { values, shape, input } = work.job;
      // Samples are of one length, and of at most two axes, whatever the model leaves open.
      const inputShape = shape.sequence ? [shape.steps, shape.features] : [shape.features];
      const network = tfjs.createAnalogNetwork({ ...work.network, inputShape }, work.options);
      const sample = sampleReader(values, shape, input);
      const outputs = await network.predict(shape.samples, sample, (done) => {
        post({ type: 'progress', done });
      });
      post({ type: 'outputs', outputs });
    }
  }
  post({ type: 'end' });
}

function simulate(
  { job, next, chunks }: Extract<ToHelper, { type: 'simulate' }>,
  kernel: Awaited<ReturnType<typeof loadKernel>>,
  post: (message: FromHelper, transfer?: ArrayBuffer[]) => void,
): void {
  const run = createSimulation(job, kernel);
  for (let chunk = Atomics.add(next, 0, 1); chunk < chunks; chunk = Atomics.add(next, 0, 1)) {
    post({ type: 'chunk', result: run(chunk) });
  }
}
