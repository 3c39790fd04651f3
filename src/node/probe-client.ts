/** A look at single neurons in a worker thread that holds the networks; used by the extension host. */
import type { DetailAnswer, DetailQuestion, FromProbe, ProbeRequest, ToProbe } from '../protocol/detail.ts';
import { startWorker } from './worker-client.ts';

export interface Probe {
  /** @throws Error with what is to be told, where there is no answer */
  ask(question: DetailQuestion): Promise<DetailAnswer>;
  /** Ends the worker thread at once. Questions without an answer stay without one. */
  end(): void;
}

export interface ProbeEvents {
  readonly onProgress: (fraction: number, message: string) => void;
  /** Nothing more is answered; whoever asks again starts another. */
  readonly onEnd: () => void;
}

/** For reading the model and its data, without a word of the worker. In milliseconds. */
const longestReading = 120_000;

interface Asked {
  readonly resolve: (answer: DetailAnswer) => void;
  readonly reject: (error: Error) => void;
}

/**
 * @param workerFile the built worker, `dist/worker.mjs`
 */
export function startProbe(
  workerFile: URL,
  request: ProbeRequest,
  { onProgress, onEnd }: ProbeEvents,
): Probe {
  const asked = new Map<number, Asked>();
  let next = 0;
  let post!: (message: ToProbe) => void;
  const settle = (id: number, how: (waiting: Asked) => void): void => {
    const waiting = asked.get(id);
    asked.delete(id);
    if (waiting) how(waiting);
  };
  const fail = (message: string): void => {
    end();
    for (const { reject } of asked.values()) reject(new Error(message));
    asked.clear();
    onEnd();
  };
  const end = startWorker<FromProbe>(
    workerFile,
    { role: 'probe', request },
    {
      onStart: (send) => {
        post = send;
      },
      onMessage: (message) => {
        switch (message.type) {
          case 'opened':
            return;
          case 'progress':
            onProgress(message.fraction, message.message);
            return;
          case 'answer':
            settle(message.id, ({ resolve }) => {
              resolve(message.answer);
            });
            return;
          case 'refused':
            settle(message.id, ({ reject }) => {
              reject(new Error(message.message));
            });
            return;
          case 'failed':
            fail(message.message);
        }
      },
      onFailure: (failure) => {
        fail(failure.message);
      },
    },
    {
      longest: longestReading,
      file: request.file,
      words: (seconds) =>
        `was not read within ${seconds} s, so it is no longer read; it or its data are damaged, or too large`,
      until: ({ type }) => type === 'opened',
    },
  );
  return {
    ask: (question) =>
      new Promise((resolve, reject) => {
        const id = next++;
        asked.set(id, { resolve, reject });
        post({ id, question });
      }),
    end,
  };
}
