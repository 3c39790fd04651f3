/** Entry of the worker thread: runs one conversion, helps with one, looks at a model, or writes a specification for one. */
import { parentPort, workerData } from 'node:worker_threads';
import type {
  ConvertRequest,
  InspectMessage,
  InspectRequest,
  SpecifyMessage,
  SpecifyRequest,
  WorkerMessage,
} from '../protocol/worker.ts';
import { runConversion } from './conversion.ts';
import { writeDefaultSpecification } from './default-specification.ts';
import { describeFailure } from './failure.ts';
import { serve } from './helper.ts';
import { inspectModel } from './inspect.ts';
import type { HelperRole } from './threads.ts';

type Role =
  | { readonly role: 'convert'; readonly request: ConvertRequest }
  | { readonly role: 'inspect'; readonly request: InspectRequest }
  | { readonly role: 'specify'; readonly request: SpecifyRequest }
  | HelperRole;

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
} else if (work.role === 'inspect') {
  const post = (message: InspectMessage): void => {
    port.postMessage(message);
  };
  try {
    await inspectModel(work.request, post);
  } catch (error) {
    post({ type: 'failed', failure: describeFailure(error) });
  }
} else if (work.role === 'specify') {
  const { file, inputs } = work.request;
  const answer: SpecifyMessage = await writeDefaultSpecification(file, inputs).then(
    (written) => ({ type: 'specified', file: written }),
    (error: unknown) => ({ type: 'failed', failure: describeFailure(error) }),
  );
  port.postMessage(answer);
} else {
  await serve(port, work, folder);
}
