/** The threads of one run: several simulate, one runs tfjs. They end with the run, or with its cancelling. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { ChunkResult } from '../core/compare/sums.ts';
import type { AnalogMeasurement } from '../core/energy/types.ts';
import type { Network } from '../core/network/types.ts';
import type { AnalogOptions } from '../core/simulate/analog.ts';
import { mostSynapticOperations, type SimulationJob } from './simulation.ts';

/** Synaptic operations, at most, that are worth a thread more: about as long as starting and warming one takes. */
const worthAThread = 4e9;

/** What a helper thread is started with; the same bundle as the worker itself. */
export type HelperRole = { readonly role: 'simulate' } | { readonly role: 'analog' };

/** What the run's own thread sends to a helper. */
export type ToHelper =
  | {
      readonly type: 'simulate';
      readonly job: SimulationJob;
      readonly next: Int32Array;
      readonly chunks: number;
    }
  | {
      readonly type: 'analog';
      readonly network: Network;
      readonly options: AnalogOptions;
      readonly job: Pick<SimulationJob, 'values' | 'shape' | 'input'>;
    }
  /** To the analog thread once it has ended its first work: how long does the network take? */
  | { readonly type: 'measure'; readonly seconds: number };

export type FromHelper =
  | { readonly type: 'chunk'; readonly result: ChunkResult }
  | { readonly type: 'outputs'; readonly outputs: Float32Array }
  | { readonly type: 'progress'; readonly done: number }
  | { readonly type: 'measured'; readonly measurements: readonly AnalogMeasurement[] }
  /** Of the work that it was sent. */
  | { readonly type: 'end' };

/** A started thread, not yet given work: starting early hides the time that loading takes. */
interface Helper {
  /** Sends work and hands on every message until it is done; rejects if the thread dies first. */
  run(message: ToHelper, onMessage: (message: FromHelper) => void): Promise<void>;
  end(): void;
}

/** @param bundle the worker's own file */
function startHelper(bundle: URL, role: HelperRole): Helper {
  const worker = new Worker(bundle, { workerData: role, execArgv: [] });
  const failed = once(worker, 'error').then(([error]) => Promise.reject(error as Error));
  failed.catch(() => undefined); // looked at in run()
  return {
    run: (message, onMessage) => {
      const ended = new Promise<void>((resolve, reject) => {
        const listen = (answer: FromHelper): void => {
          if (answer.type !== 'end') {
            onMessage(answer);
            return;
          }
          worker.off('message', listen);
          resolve();
        };
        worker.on('message', listen);
        worker.once('exit', (code) => {
          reject(new Error(`a ${role.role} thread ended early (exit code ${code})`));
        });
      });
      worker.postMessage(message);
      return Promise.race([ended, failed]);
    },
    end: () => void worker.terminate(),
  };
}

export interface ThreadEvents {
  readonly onChunk: (chunk: ChunkResult) => void;
  readonly onAnalogProgress: (samples: number) => void;
  readonly onAnalog: (outputs: Float32Array) => void;
}

export interface Threads {
  /** Runs the whole job: chunks on as many threads as there are cores, the analog network on one more. */
  run(network: Network, job: SimulationJob, chunks: number, events: ThreadEvents): Promise<void>;
  /** After `run`, when nothing else disturbs. @param seconds for each batch size, about */
  measure(seconds: number): Promise<readonly AnalogMeasurement[]>;
  end(): void;
}

/** Starts the analog thread and one simulating thread; the others start when the job turns out to be large. */
export function startThreads(bundle: URL): Threads {
  const analog = startHelper(bundle, { role: 'analog' });
  const simulating = [startHelper(bundle, { role: 'simulate' })];
  return {
    run: async (network, job, chunks, events) => {
      const worthwhile = Math.ceil(mostSynapticOperations(job) / worthAThread);
      const wanted = Math.min(availableParallelism(), chunks, worthwhile);
      while (simulating.length < wanted) simulating.push(startHelper(bundle, { role: 'simulate' }));
      const next = new Int32Array(new SharedArrayBuffer(4));
      const { values, shape, input, options } = job;
      await Promise.all([
        analog.run({ type: 'analog', network, options, job: { values, shape, input } }, (message) => {
          if (message.type === 'progress') events.onAnalogProgress(message.done);
          else if (message.type === 'outputs') events.onAnalog(message.outputs);
        }),
        ...simulating.map((helper) =>
          helper.run({ type: 'simulate', job, next, chunks }, (message) => {
            if (message.type === 'chunk') events.onChunk(message.result);
          }),
        ),
      ]);
    },
    measure: async (seconds) => {
      let measured: readonly AnalogMeasurement[] = [];
      await analog.run({ type: 'measure', seconds }, (message) => {
        if (message.type === 'measured') measured = message.measurements;
      });
      return measured;
    },
    end: () => {
      for (const helper of [analog, ...simulating]) helper.end();
    },
  };
}
