/** What a helper thread does with the work that it is sent. */
import { on } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MessagePort } from 'node:worker_threads';
import { loadKernel } from '../node/kernel.ts';
import { shapesGiven } from '../core/check/sizes.ts';
import { sampleReader } from '../core/simulate/samples.ts';
import { measureAnalog, warmUp, type RunningNetwork } from './measure.ts';
import { createSimulation } from './simulation.ts';
import type { FromHelper, HelperRole, ToHelper } from './threads.ts';

/** Prepares (kernel or tfjs) at once, then does the work of its messages, one at a time. */
export async function serve(port: MessagePort, { role }: HelperRole, folder: URL): Promise<void> {
  const post = (message: FromHelper): void => {
    port.postMessage(message);
  };
  const messages = on(port, 'message') as AsyncIterable<[ToHelper]>;
  if (role === 'simulate') {
    const kernel = await loadKernel(new URL('kernel.wasm', folder));
    for await (const [work] of messages) {
      if (work.type === 'simulate') simulate(work, kernel, post);
      post({ type: 'end' });
    }
  } else {
    const tfjs = await import('./tfjs/network.ts');
    await tfjs.startTfjs(fileURLToPath(folder));
    let network: RunningNetwork | null = null;
    for await (const [work] of messages) {
      if (work.type === 'analog') {
        network = openNetwork(work, tfjs);
        const outputs = await network.analog.predict(network.samples, network.sample, (done) => {
          post({ type: 'progress', done });
        });
        post({ type: 'outputs', outputs });
        post({ type: 'end' });
        await warmUp(network); // while others still simulate
      } else if (work.type === 'measure' && network) {
        post({ type: 'measured', measurements: await measureAnalog(network, work.seconds) });
        post({ type: 'end' });
      }
    }
  }
}

function openNetwork(
  { network, options, job }: Extract<ToHelper, { type: 'analog' }>,
  tfjs: typeof import('./tfjs/network.ts'),
): RunningNetwork {
  const { values, shape, input } = job;
  // Samples are of one length, whatever the model leaves open.
  const [inputShape, ...others] = shapesGiven(network, shape);
  const inputs = network.inputs?.map((input, n) => ({ ...input, shape: [inputShape!, ...others][n]! }));
  const sized = { ...network, inputShape: inputShape!, ...(inputs && { inputs }) };
  return {
    analog: tfjs.createAnalogNetwork(sized, options),
    samples: shape.samples,
    sample: sampleReader(values, shape, input),
  };
}

function simulate(
  { job, next, chunks }: Extract<ToHelper, { type: 'simulate' }>,
  kernel: Awaited<ReturnType<typeof loadKernel>>,
  post: (message: FromHelper) => void,
): void {
  const run = createSimulation(job, kernel);
  for (let chunk = Atomics.add(next, 0, 1); chunk < chunks; chunk = Atomics.add(next, 0, 1)) {
    post({ type: 'chunk', result: run(chunk) });
  }
}
