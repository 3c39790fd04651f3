/** Makes an HTML page of one report or two in a worker thread: few sessions need it, and it may be long. */
import type { PageRequest } from '../protocol/worker.ts';
import { startTask } from './task-client.ts';

/**
 * @param workerFile the built worker, `dist/worker.mjs`
 * @throws Error that says what is wrong with a report
 */
export async function requestPage(workerFile: URL, request: PageRequest): Promise<string> {
  const ended = await startTask<'page'>(workerFile, { role: 'page', request }, () => undefined).result;
  if (ended.outcome === 'done') return ended.html;
  throw new Error(ended.outcome === 'failed' ? ended.failure.message : ended.outcome);
}
