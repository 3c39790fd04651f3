/** The threads of one run: several simulate, one runs tfjs. They end with the run, or with its cancelling. */
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { VariantChunk } from '../core/compare/variants.ts';
import type { AnalogMeasurement } from '../core/energy/types.ts';
import type { Network } from '../core/network/types.ts';
import type { AnalogOptions } from '../core/simulate/analog.ts';
import { bytesOfThread, chunksOf, mostSynapticOperations, type SimulationJob } from './simulation.ts';

/** Synaptic operations, at most, that are worth a thread more: about as long as starting and warming one takes. */
const worthAThread = 4e9;

/** Of the networks that all threads hold together: a large network runs on fewer threads. */
const mostBytes = 2 ** 32;

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
  | { readonly type: 'chunk'; readonly result: VariantChunk }
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
        const died = (code: number): void => {
          reject(new Error(`a ${role.role} thread ended early (exit code ${code})`));
        };
        const listen = (answer: FromHelper): void => {
          if (answer.type !== 'end') {
            onMessage(answer);
            return;
          }
          worker.off('message', listen).off('exit', died);
          resolve();
        };
        worker.on('message', listen).once('exit', died);
      });
      worker.postMessage(message);
      return Promise.race([ended, failed]);
    },
    end: () => void worker.terminate(),
  };
}

export interface AnalogEvents {
  readonly onAnalogProgress: (samples: number) => void;
  readonly onAnalog: (outputs: Float32Array) => void;
}

export interface Threads {
  /** Runs the job's chunks on as many threads as there are cores. They come in any order. */
  simulate(job: SimulationJob, onChunk: (chunk: VariantChunk) => void): Promise<void>;
  /** Runs all of the job's samples through the trained network, on a thread of its own. */
  predict(network: Network, job: SimulationJob, events: AnalogEvents): Promise<void>;
  /** After `predict`, when nothing else disturbs. @param seconds for each batch size, about */
  measure(seconds: number): Promise<readonly AnalogMeasurement[]>;
  end(): void;
}

/**
 * Starts one simulating thread, and that of the analog network where it is wanted; others start when a job turns out
 * to be large.
 */
export function startThreads(bundle: URL, { analog: wanted }: { readonly analog: boolean }): Threads {
  const analog = wanted ? startHelper(bundle, { role: 'analog' }) : null;
  const simulating = [startHelper(bundle, { role: 'simulate' })];
  const runAnalog = (message: ToHelper, onMessage: (message: FromHelper) => void): Promise<void> => {
    if (!analog) throw new Error('no thread was started for the analog network');
    return analog.run(message, onMessage);
  };
  return {
    simulate: async (job, onChunk) => {
      const chunks = chunksOf(job);
      const worthwhile = Math.ceil(mostSynapticOperations(job) / worthAThread);
      const affordable = Math.max(1, Math.floor(mostBytes / bytesOfThread(job)));
      const wanted = Math.min(availableParallelism(), chunks, worthwhile, affordable);
      while (simulating.length < wanted) simulating.push(startHelper(bundle, { role: 'simulate' }));
      const first = Math.min(...job.networks.map(({ done = 0 }) => done));
      const next = new Int32Array(new SharedArrayBuffer(4)).fill(first);
      await Promise.all(
        simulating.slice(0, affordable).map((helper) =>
          helper.run({ type: 'simulate', job, next, chunks }, (message) => {
            if (message.type === 'chunk') onChunk(message.result);
          }),
        ),
      );
    },
    predict: (network, { values, shape, input, networks }, events) =>
      runAnalog(
        { type: 'analog', network, options: networks[0].options, job: { values, shape, input } },
        (message) => {
          if (message.type === 'progress') events.onAnalogProgress(message.done);
          else if (message.type === 'outputs') events.onAnalog(message.outputs);
        },
      ),
    measure: async (seconds) => {
      let measured: readonly AnalogMeasurement[] = [];
      await runAnalog({ type: 'measure', seconds }, (message) => {
        if (message.type === 'measured') measured = message.measurements;
      });
      return measured;
    },
    end: () => {
      for (const helper of [...(analog ? [analog] : []), ...simulating]) helper.end();
    },
  };
}
