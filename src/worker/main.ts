/** Entry of the worker thread: runs one conversion, or helps with one. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ConvertRequest, WorkerMessage } from '../protocol/worker.ts';
import { runConversion } from './conversion.ts';
import { describeFailure } from './failure.ts';
import { serve } from './helper.ts';
import type { HelperRole } from './threads.ts';

type Role = { readonly role: 'convert'; readonly request: ConvertRequest } | HelperRole;

const port = parentPort;
if (!port) throw new Error('this file is a worker thread');
const work = workerData as Role;
const bundle = new URL(import.meta.url);
const folder = new URL('.', bundle);

if (work.role === 'convert') {
  const post = (message: WorkerMessage): void => {
    port.postMessage(message);
  };
  try {
    const done = await runConversion(work.request, bundle, (progress) => {
      post({ type: 'progress', progress });
    });
    post({ type: 'done', ...done });
  } catch (error) {
    post({ type: 'failed', failure: describeFailure(error) });
  }
} else {
  await serve(port, work, folder);
}
