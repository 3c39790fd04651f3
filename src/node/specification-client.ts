/** Writes a specification for a model, in a worker thread: the model is a stranger's data. */
import { Worker } from 'node:worker_threads';
import { noFiles, type Failure, type SpecifyMessage, type SpecifyRequest } from '../protocol/worker.ts';

/** Shapes alone are read. In milliseconds. */
const longestSilence = 30_000;

/**
 * @param workerFile the built worker, `dist/worker.mjs`
 * @returns what became of it; never rejects
 */
export function specify(workerFile: URL, request: SpecifyRequest): Promise<SpecifyMessage> {
  // The editor passes flags to its own process that a worker must not inherit.
  const worker = new Worker(workerFile, { workerData: { role: 'specify', request }, execArgv: [] });
  return new Promise<SpecifyMessage>((resolve) => {
    const end = (answer: SpecifyMessage): void => {
      clearTimeout(timer);
      resolve(answer);
      void worker.terminate();
    };
    const { file } = request;
    const timer = setTimeout(() => {
      const words = `was not read within ${longestSilence / 1000} s, so it is no longer read`;
      end({ type: 'failed', failure: failure(2, `${file}: ${words}`, file) });
    }, longestSilence);
    const died = (why: string): void => {
      end({ type: 'failed', failure: failure(3, `The worker thread ended unexpectedly (${why}).`, null) });
    };
    worker.on('message', end);
    worker.on('error', (error) => {
      died(error.message);
    });
    worker.on('exit', (code) => {
      died(`exit code ${code}`);
    });
  });
}

function failure(exitCode: 2 | 3, message: string, file: string | null): Failure {
  return { exitCode, message, file, findings: [], files: { ...noFiles, model: file }, report: null };
}
