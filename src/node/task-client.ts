/** A run in a worker thread that ends with a result; used by the extension host and the command line alike. */
import type {
  Failure,
  PartialOf,
  Progress,
  TaskMessage,
  TaskName,
  TaskRole,
  Tasks,
} from '../protocol/worker.ts';
import { startWorker } from './worker-client.ts';

export type TaskResult<Name extends TaskName> =
  | ({ readonly outcome: 'done' } & Tasks[Name]['result'])
  | { readonly outcome: 'failed'; readonly failure: Failure }
  | { readonly outcome: 'cancelled' };

export interface RunningTask<Name extends TaskName> {
  /** Never rejects: a worker that dies is an outcome of its own ('failed', exit code 3). */
  readonly result: Promise<TaskResult<Name>>;
  /** Ends the worker thread at once, whatever it is doing. Files are written whole at the very end, so none is left half-written. */
  cancel(): void;
}

/** For reading a model and its data, without a word of the worker. What is computed from them may take longer. In milliseconds. */
const longestReading = 120_000;

export interface TaskOptions<Name extends TaskName = TaskName> {
  /** While it reads, in milliseconds. */
  readonly silence?: number;
  /** Told the result so far. */
  readonly onPartial?: (partial: PartialOf<Name>) => void;
}

/**
 * @param workerFile the built worker, `dist/worker.mjs`
 */
export function startTask<Name extends TaskName>(
  workerFile: URL,
  task: TaskRole<Name>,
  onProgress: (progress: Progress) => void,
  { silence = longestReading, onPartial }: TaskOptions<Name> = {},
): RunningTask<Name> {
  let settle!: (result: TaskResult<Name>) => void;
  const result = new Promise<TaskResult<Name>>((resolve) => {
    settle = resolve;
  });
  const end = startWorker<TaskMessage<Name>>(
    workerFile,
    task,
    {
      onMessage: (message) => {
        if (message.type === 'progress') onProgress(message.progress);
        else if (message.type === 'partial') onPartial?.(message.partial);
        else if (message.type === 'done') settle({ outcome: 'done', ...message.result });
        else settle({ outcome: 'failed', failure: message.failure });
      },
      onFailure: (failure) => {
        settle({ outcome: 'failed', failure });
      },
    },
    {
      longest: silence,
      file: task.request.file,
      words: (seconds) =>
        `was not read within ${seconds} s, so it is no longer read; it or its data are damaged, or too large`,
      until: (message) => message.type !== 'progress' || message.progress.stage !== 'read',
    },
  );
  return {
    result,
    cancel: () => {
      settle({ outcome: 'cancelled' });
      end();
    },
  };
}
