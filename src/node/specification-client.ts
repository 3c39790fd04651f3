/** Writes a specification for a model, in a worker thread: the model is a stranger's data. */
import type { SpecifyMessage, SpecifyRequest } from '../protocol/worker.ts';
import { startWorker } from './worker-client.ts';

/** Shapes alone are read. In milliseconds. */
const longestSilence = 30_000;

/**
 * @param workerFile the built worker, `dist/worker.mjs`
 * @returns what became of it; never rejects
 */
export function specify(workerFile: URL, request: SpecifyRequest): Promise<SpecifyMessage> {
  return new Promise<SpecifyMessage>((resolve) => {
    const end = startWorker<SpecifyMessage>(
      workerFile,
      { role: 'specify', request },
      {
        onMessage: (answer) => {
          resolve(answer);
          end();
        },
        onFailure: (failure) => {
          resolve({ type: 'failed', failure });
        },
      },
      {
        longest: longestSilence,
        file: request.file,
        words: (seconds) => `was not read within ${seconds} s, so it is no longer read`,
      },
    );
  });
}
