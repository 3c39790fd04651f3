/** Runs a conversion in a worker thread. */
import type { ConvertRequest, Progress } from '../protocol/worker.ts';
import { startTask, type RunningTask, type TaskResult } from './task-client.ts';

export type ConversionResult = TaskResult<'convert'>;
export type RunningConversion = RunningTask<'convert'>;

/**
 * @param workerFile the built worker, `dist/worker.mjs`
 */
export function startConversion(
  workerFile: URL,
  request: ConvertRequest,
  onProgress: (progress: Progress) => void,
  silence?: number,
): RunningConversion {
  return startTask(
    workerFile,
    { role: 'convert', request },
    onProgress,
    silence === undefined ? {} : { silence },
  );
}
