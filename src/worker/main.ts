/** Entry of the worker thread: does one run, helps with one, looks at a model, or writes a specification for one. */
import { parentPort, workerData } from 'node:worker_threads';
import type { ProbeRequest } from '../protocol/detail.ts';
import type {
  InspectMessage,
  InspectRequest,
  PartialOf,
  SpecifyMessage,
  SpecifyRequest,
  TaskMessage,
  TaskName,
  TaskRole,
  Tasks,
} from '../protocol/worker.ts';
import { describeFailure } from './failure.ts';
import type { OnProgress } from './sayer.ts';
import type { HelperRole } from './threads.ts';

type Role =
  | TaskRole<'convert'>
  | TaskRole<'explain'>
  | TaskRole<'sweep'>
  | TaskRole<'finetune'>
  | TaskRole<'calibrate'>
  | TaskRole<'page'>
  | { readonly role: 'inspect'; readonly request: InspectRequest }
  | { readonly role: 'specify'; readonly request: SpecifyRequest }
  | { readonly role: 'probe'; readonly request: ProbeRequest }
  | HelperRole;

const port = parentPort;
if (!port) throw new Error('this file is a worker thread');
const work = workerData as Role;
const bundle = new URL(import.meta.url);
const folder = new URL('.', bundle);

// Each role loads its own part alone: a helper thread needs no readers of files, a look no simulation.
switch (work.role) {
  case 'convert':
    await run<'convert'>(work.request, (await import('./conversion.ts')).runConversion);
    break;
  case 'explain':
    await run<'explain'>(work.request, (await import('./explanation.ts')).runExplanation);
    break;
  case 'sweep':
    await run<'sweep'>(work.request, (await import('./sweep.ts')).runSweep);
    break;
  case 'finetune':
    await run<'finetune'>(work.request, (await import('./finetune.ts')).runFinetune);
    break;
  case 'calibrate':
    await run<'calibrate'>(work.request, (await import('./calibrate.ts')).runCalibration);
    break;
  case 'page':
    await run<'page'>(work.request, (await import('./page.ts')).makePage);
    break;
  case 'probe':
    await (await import('./probe.ts')).runProbe(port, work.request, bundle);
    break;
  case 'inspect':
    await inspect(work.request);
    break;
  case 'specify':
    await specify(work.request);
    break;
  default:
    await (await import('./helper.ts')).serve(port, work, folder);
}

async function inspect(request: InspectRequest): Promise<void> {
  const post = (message: InspectMessage): void => {
    port!.postMessage(message);
  };
  try {
    await (await import('./inspect.ts')).inspectModel(request, post);
  } catch (error) {
    post({ type: 'failed', failure: describeFailure(error) });
  }
}

async function specify({ file, inputs }: SpecifyRequest): Promise<void> {
  const { writeDefaultSpecification } = await import('./default-specification.ts');
  const answer: SpecifyMessage = await writeDefaultSpecification(file, inputs).then(
    (written) => ({ type: 'specified', file: written }),
    (error: unknown) => ({ type: 'failed', failure: describeFailure(error) }),
  );
  port!.postMessage(answer);
}

/** A run that tells how far it is and ends with a result. */
async function run<Name extends TaskName>(
  request: Tasks[Name]['request'],
  task: (
    request: Tasks[Name]['request'],
    bundle: URL,
    onProgress: OnProgress,
    onPartial: (partial: PartialOf<Name>) => void,
  ) => Promise<Tasks[Name]['result']>,
): Promise<void> {
  const post = (message: TaskMessage<Name>): void => {
    port!.postMessage(message);
  };
  try {
    const result = await task(
      request,
      bundle,
      (progress) => {
        post({ type: 'progress', progress });
      },
      (partial) => {
        post({ type: 'partial', partial });
      },
    );
    post({ type: 'done', result });
  } catch (error) {
    post({ type: 'failed', failure: describeFailure(error) });
  }
}
