/** How long a large model file takes until its layers are shown, and how much memory, in each format. */
import { fork } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { startInspection } from '../../src/node/inspection-client.ts';
import { largeModels, largeSize } from '../support/large-models.ts';

interface Opened {
  readonly layers: Moment;
  /** All weights have been counted. */
  readonly weights: Moment;
}

interface Moment {
  readonly milliseconds: number;
  /** The most that the process has held so far, beyond what it held at its start. In bytes. */
  readonly memory: number;
}

/** @param bundle this program, which is started anew for each file, since a process keeps the most that it ever held */
export async function printOpen(bundle: string): Promise<void> {
  console.log(
    '| file | size, MiB | layers shown after, ms | memory by then, MiB | all weights after, ms | memory, MiB |',
  );
  console.log('|---|---|---|---|---|---|');
  for (const [name, write] of Object.entries(largeModels)) {
    const folder = mkdtempSync(path.join(tmpdir(), 'spikewise-open-'));
    try {
      const file = await write(folder);
      const runs: Opened[] = [];
      for (let run = 0; run < 3; run++) runs.push(await openAlone(bundle, file));
      const [, middle] = runs.toSorted((a, b) => a.layers.milliseconds - b.layers.milliseconds);
      const { layers, weights } = middle!;
      const cells = [layers, weights].flatMap(({ milliseconds, memory }) => [
        milliseconds.toFixed(0),
        inMiB(memory),
      ]);
      console.log(`| ${[name, inMiB(largeSize(file)), ...cells].join(' | ')} |`);
    } finally {
      rmSync(folder, { recursive: true });
    }
  }
  console.log(
    'The middle of three runs, in a process of its own each; memory beyond what Node itself takes.',
  );
}

function inMiB(bytes: number): string {
  return (bytes / 2 ** 20).toFixed(0);
}

function openAlone(bundle: string, file: string): Promise<Opened> {
  return new Promise((resolve, reject) => {
    const child = fork(bundle, ['--open', file]);
    child.on('message', (opened: Opened) => {
      resolve(opened);
    });
    child.on('exit', (code) => {
      reject(new Error(`${file} could not be opened (${code ?? 'killed'})`));
    });
  });
}

/** In the process of its own. @param worker the built worker */
export async function openLarge(worker: URL, file: string): Promise<void> {
  const [start, before] = [performance.now(), highWaterMark()];
  const now = (): Moment => ({
    milliseconds: performance.now() - start,
    memory: highWaterMark() - before,
  });
  const shown: Moment[] = [];
  const onLayers = () => shown.push(now());
  const ended = await startInspection(worker, { file }, { onLayers }).result;
  const [layers] = shown;
  if (ended.outcome !== 'done' || !layers) {
    throw new Error(ended.outcome === 'failed' ? ended.failure.message : ended.outcome);
  }
  process.send!({ layers, weights: now() } satisfies Opened);
}

/** What Linux says that this process has held at most (proc(5)); elsewhere what it holds now. In bytes. */
function highWaterMark(): number {
  try {
    const status = readFileSync('/proc/self/status', 'latin1');
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)![1]);
  } catch {
    return process.memoryUsage.rss();
  }
}
