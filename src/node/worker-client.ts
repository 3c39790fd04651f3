/** The built worker, started in one of its roles; what the clients of all roles share. */
import { Worker } from 'node:worker_threads';
import { noFiles, type Failure } from '../protocol/worker.ts';

export interface WorkerEvents<Message> {
  readonly onMessage: (message: Message) => void;
  /** It ended although nobody ended it, or was silent for too long. */
  readonly onFailure: (failure: Failure) => void;
  /** For a worker that is spoken to. @param post sends it a message */
  readonly onStart?: (post: (message: unknown) => void) => void;
}

export interface SilenceLimit<Message> {
  /** Without a word of the worker. In milliseconds. */
  readonly longest: number;
  /** The file that it is about, and what is then said of it. */
  readonly file: string;
  readonly words: (seconds: number) => string;
  /** The message from which on it may be silent for as long as it likes. */
  readonly until?: (message: Message) => boolean;
}

/**
 * @param workerFile `dist/worker.mjs`
 * @param workerData its role and request
 * @param silence where the worker says something of its own accord, or ends, in time
 * @returns what ends it at once, after which nothing more is told
 */
export function startWorker<Message>(
  workerFile: URL,
  workerData: object,
  { onMessage, onFailure, onStart }: WorkerEvents<Message>,
  silence: SilenceLimit<Message> | null = null,
): () => void {
  // The editor passes flags to its own process that a worker must not inherit.
  const worker = new Worker(workerFile, { workerData, execArgv: [] });
  onStart?.((message) => {
    worker.postMessage(message);
  });
  let ended = false;
  let timer: NodeJS.Timeout | undefined;
  const end = (): void => {
    ended = true;
    clearTimeout(timer);
    void worker.terminate();
  };
  const fail = (failure: Failure): void => {
    if (ended) return;
    end();
    onFailure(failure);
  };
  let limited = silence !== null;
  const wait = (): void => {
    clearTimeout(timer);
    if (!silence || !limited) return;
    const { longest, file, words } = silence;
    timer = setTimeout(() => {
      fail(failureOf(2, `${file}: ${words(longest / 1000)}`, file));
    }, longest);
  };
  const died = (why: string): void => {
    const words = `The worker thread ended unexpectedly (${why}). Running again starts a new one.`;
    fail(failureOf(3, words, null));
  };
  wait();
  worker.on('message', (message: Message) => {
    if (ended) return;
    limited &&= !silence?.until?.(message);
    wait();
    onMessage(message);
  });
  worker.on('error', (error) => {
    died(error.message);
  });
  worker.on('exit', (code) => {
    died(`exit code ${code}`);
  });
  return end;
}

function failureOf(exitCode: 2 | 3, message: string, file: string | null): Failure {
  return { exitCode, message, file, findings: [], files: { ...noFiles, model: file }, report: null };
}
