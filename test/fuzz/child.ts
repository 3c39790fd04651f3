/**
 * A process that reads mutated files one after the other. Its own process, because only so is the
 * memory that one file takes known, and an abort ends nothing else.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { companionFiles, caseOf, fixturesOf, formats, judged } from './formats.ts';
import { outcomeOf, type Judged, type Outcome } from './outcome.ts';
import { smaller } from './smaller.ts';

/** What a child is asked for: some cases of a format, from `first` on. */
export interface Work {
  readonly format: string;
  readonly first: number;
  readonly count: number;
  readonly seed: number;
}

export type Message =
  | { readonly kind: 'starts'; readonly number: number }
  | { readonly kind: 'ends'; readonly number: number; readonly result: Result }
  /** After a failure: the file, made smaller. */
  | { readonly kind: 'smaller'; readonly number: number; readonly what: string; readonly bytes: Uint8Array }
  | { readonly kind: 'done' };

export interface Result {
  readonly outcome: Outcome;
  /** Of the processor, which other programs may keep at work, in ms. */
  readonly milliseconds: number;
  /** The most that the process held meanwhile, in bytes. */
  readonly memory: number;
}

/** Garbage beyond this is collected before the next file, so that it is not counted as that file's. In bytes. */
const GARBAGE = 300 * 2 ** 20;

const send = (message: Message): unknown => process.send!(message);

export function runChild(root: string): void {
  const companions = companionFiles(root);
  process.on('message', (work: Work) => {
    void runWork(work, root, companions);
  });
}

async function runWork(
  { format: name, first, count, seed }: Work,
  root: string,
  companions: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  const format = formats.find((other) => other.name === name)!;
  const fixtures = fixturesOf(format, root);
  for (let number = first; number < first + count; number++) {
    const { bytes } = caseOf(format, fixtures, seed, number);
    if (process.memoryUsage.rss() > GARBAGE) globalThis.gc!();
    const file = judged(format, root, bytes);
    send({ kind: 'starts', number });
    const result = await measure(file, companions);
    send({ kind: 'ends', number, result });
    if (result.outcome.kind !== 'failed') continue;
    const { what } = result.outcome;
    send({ kind: 'smaller', number, what, bytes: await smaller(file, what, companions) });
  }
  send({ kind: 'done' });
}

async function measure(file: Judged, companions: ReadonlyMap<string, Uint8Array>): Promise<Result> {
  resetPeak();
  const { arrayBuffers } = process.memoryUsage();
  const start = process.cpuUsage();
  const outcome = await outcomeOf(file, companions);
  const { user, system } = process.cpuUsage(start);
  return { outcome, milliseconds: (user + system) / 1000, memory: peak(arrayBuffers) };
}

/** Linux tells the most that a process ever held, and forgets it when asked (proc(5), clear_refs). */
function resetPeak(): void {
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Elsewhere what is held afterwards has to do.
  }
}

/** @param before bytes of array buffers; what is allocated and never touched is in no other number */
function peak(before: number): number {
  const { rss, arrayBuffers } = process.memoryUsage();
  return Math.max(rss, arrayBuffers - before, highWaterMark());
}

function highWaterMark(): number {
  try {
    const status = readFileSync('/proc/self/status', 'latin1');
    return 1024 * Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0);
  } catch {
    return 0;
  }
}
