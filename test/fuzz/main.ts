/** `npm run fuzz`: mutated files of every format, read in processes of their own. Also the entry of those. */
import { fork, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import Table from 'cli-table3';
import { runChild, type Message, type Result, type Work } from './child.ts';
import { caseOf, fixturesOf, formats, type Format } from './formats.ts';
import { kindOf } from './smaller.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** A file may take as long of the processor, in ms, and as much memory, in bytes. */
const MOST_TIME = 5000;
const MOST_MEMORY = 2 ** 30;
/** It waits no longer for one that waits itself, in ms. */
const MOST_PATIENCE = 60_000;
/** After so many a process starts anew. */
const CASES = 1000;
/** Files beyond this are not kept. In bytes. */
const KEPT = 32 * 1024;

interface Failure {
  readonly number: number;
  readonly what: string;
  readonly bytes: Uint8Array;
}

interface Tally {
  readonly format: Format;
  files: number;
  read: number;
  refused: number;
  readonly failures: Failure[];
  /** In ms, and which file it was. */
  slowest: number;
  slowestNumber: number;
  /** In bytes. */
  memory: number;
}

interface Options {
  readonly chosen: readonly Format[];
  readonly seed: number;
  /** Over all formats. */
  readonly count: number;
  /** Of each format this one alone, or null. */
  readonly file: number | null;
}

function readOptions(): Options {
  const { values } = parseArgs({
    options: {
      count: { type: 'string', default: '13000' },
      seed: { type: 'string', default: '1' },
      only: { type: 'string' },
      file: { type: 'string' },
    },
  });
  const { only, file } = values;
  const chosen = formats.filter(({ name }) => only === undefined || only.split(',').includes(name));
  if (chosen.length === 0) throw new Error(`--only is one of ${formats.map(({ name }) => name).join(', ')}`);
  return {
    chosen,
    seed: whole(values.seed, 'seed'),
    count: whole(values.count, 'count'),
    file: file === undefined ? null : whole(file, 'file'),
  };
}

function whole(text: string, option: string): number {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  throw new Error(`--${option} is a whole number, not ${text}`);
}

async function main({ chosen, seed, count, file }: Options): Promise<void> {
  const tallies = new Map(chosen.map((format) => [format.name, emptyTally(format)]));
  const each = Math.ceil(count / chosen.length);
  const works = chosen.flatMap(({ name }): Work[] =>
    file === null ? worksOf(name, seed, each) : [{ format: name, first: file, count: 1, seed }],
  );
  const start = performance.now();
  await Promise.all(
    Array.from({ length: availableParallelism() }, async () => {
      for (let work = works.shift(); work; work = works.shift()) await run(work, tallies.get(work.format)!);
    }),
  );
  print([...tallies.values()], seed, (performance.now() - start) / 1000);
}

function worksOf(format: string, seed: number, count: number): Work[] {
  return Array.from({ length: Math.ceil(count / CASES) }, (_, i) => {
    const first = i * CASES;
    return { format, first, count: Math.min(CASES, count - first), seed };
  });
}

function emptyTally(format: Format): Tally {
  return { format, files: 0, read: 0, refused: 0, failures: [], slowest: 0, slowestNumber: 0, memory: 0 };
}

/** What went wrong with the file at which a process ended; it is read again, alone, before it counts. */
interface Ended {
  readonly number: number;
  readonly what: string;
}

async function run(work: Work, tally: Tally): Promise<void> {
  const end = work.first + work.count;
  for (let first = work.first; first < end;) {
    const ended = await runProcess({ ...work, first, count: end - first }, tally);
    if (!ended) return;
    // Other programs may have kept the processor, and other files may have left garbage.
    const again = await runProcess({ ...work, first: ended.number, count: 1 }, tally);
    if (again) {
      tally.files++;
      fail(tally, { ...again, bytes: bytesOf(tally.format, work.seed, again.number) }, work.seed);
    }
    first = ended.number + 1;
  }
}

function bytesOf(format: Format, seed: number, number: number): Uint8Array {
  return caseOf(format, fixturesOf(format, root), seed, number).bytes;
}

function runProcess(work: Work, tally: Tally): Promise<Ended | null> {
  const child = startChild();
  return new Promise((resolve) => {
    let current = work.first;
    let why: string | null = null;
    let done = false;
    /** A failure whose file is being made smaller. */
    let pending: Failure | null = null;
    let timer: NodeJS.Timeout | undefined;
    const stop = (what: string): void => {
      why = what;
      child.kill('SIGKILL');
    };
    const limit = (milliseconds: number): void => {
      const started = processorTime(child);
      const until = performance.now() + MOST_PATIENCE;
      const check = (): void => {
        const left = milliseconds - (processorTime(child) - started);
        if (left <= 0 || performance.now() > until) stop(`took more than ${milliseconds / 1000} s`);
        else timer = setTimeout(check, left);
      };
      timer = setTimeout(check, milliseconds);
    };
    const settle = (failure: Failure | null): void => {
      if (failure) fail(tally, failure, work.seed);
      pending = null;
    };
    child.on('message', (message: Message) => {
      if (why !== null) return;
      clearTimeout(timer);
      if (message.kind === 'done') {
        done = true;
        child.kill('SIGKILL');
      } else if (message.kind === 'starts') {
        current = message.number;
        limit(MOST_TIME);
      } else if (message.kind === 'smaller') {
        settle(message);
      } else if (message.result.memory > MOST_MEMORY) {
        stop(`took ${Math.round(message.result.memory / 2 ** 20)} MiB`);
      } else {
        current = message.number + 1;
        const { outcome } = message.result;
        count(tally, message.number, message.result);
        if (outcome.kind !== 'failed') return;
        const bytes = bytesOf(tally.format, work.seed, message.number);
        pending = { number: message.number, what: outcome.what, bytes };
        limit(2 * MOST_TIME);
      }
    });
    child.on('exit', (code, signal) => {
      clearTimeout(timer);
      settle(pending);
      if (done || current === work.first + work.count) resolve(null);
      else resolve({ number: current, what: why ?? `ended the process (${signal ?? code})` });
    });
    child.send(work);
  });
}

/** Of the processor, in ms; where the system does not tell, wall-clock time. */
function processorTime({ pid }: ChildProcess): number {
  try {
    // proc(5): utime and stime, in hundredths of a second; the name before them ends with a bracket.
    const fields = readFileSync(`/proc/${pid}/stat`, 'latin1')
      .replace(/^.*\) /, '')
      .split(' ');
    return 10 * (Number(fields[11]) + Number(fields[12]));
  } catch {
    return performance.now();
  }
}

function startChild(): ChildProcess {
  return fork(fileURLToPath(import.meta.url), ['--child'], {
    execArgv: ['--expose-gc', `--max-old-space-size=${MOST_MEMORY / 2 ** 20}`],
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
}

function count(tally: Tally, number: number, { outcome, milliseconds, memory }: Result): void {
  tally.files++;
  if (milliseconds > tally.slowest) Object.assign(tally, { slowest: milliseconds, slowestNumber: number });
  tally.memory = Math.max(tally.memory, memory);
  if (outcome.kind !== 'failed') tally[outcome.kind]++;
}

/** Files that fail in the same way are kept once. */
function fail(tally: Tally, failure: Failure, seed: number): void {
  const { format, failures } = tally;
  const known = failures.some(({ what }) => kindOf(what) === kindOf(failure.what));
  failures.push(failure);
  if (known) return;
  const { number, what, bytes } = failure;
  const name = `${format.name}-${createHash('sha256').update(bytes).digest('hex').slice(0, 12)}`;
  const where = `--only ${format.name} --seed ${seed}, file ${number}`;
  console.log(`${format.name}: ${what} (${where}, ${bytes.length} bytes)`);
  if (bytes.length > KEPT) return;
  const folder = path.join(root, 'test', 'golden', 'broken');
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, name), bytes);
  writeFileSync(path.join(folder, `${name}.txt`), `${what}\n${where}\n`);
}

function print(tallies: readonly Tally[], seed: number, seconds: number): void {
  const table = new Table({
    head: ['format', 'files', 'read', 'refused', 'failures', 'slowest, ms', 'memory, MiB'],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right'],
  });
  const slowest = (tally: Tally) => `${Math.round(tally.slowest)} (file ${tally.slowestNumber})`;
  for (const tally of tallies) table.push(row(tally.format.name, [tally], slowest(tally)));
  const last = tallies.toSorted((a, b) => a.slowest - b.slowest).at(-1)!;
  if (tallies.length > 1) table.push(row('all', tallies, String(Math.round(last.slowest))));
  console.log(table.toString());
  console.log(
    `seed ${seed}, ${seconds.toFixed(0)} s; memory is that of the whole process, time that of the processor`,
  );
  if (tallies.some(({ failures }) => failures.length > 0)) process.exitCode = 1;
}

function row(name: string, tallies: readonly Tally[], slowest: string): (string | number)[] {
  const sum = (of: (tally: Tally) => number) => tallies.reduce((total, tally) => total + of(tally), 0);
  return [
    ...[name, sum(({ files }) => files), sum(({ read }) => read), sum(({ refused }) => refused)],
    ...[sum(({ failures }) => failures.length), slowest],
    Math.round(Math.max(...tallies.map(({ memory }) => memory)) / 2 ** 20),
  ];
}

if (process.argv.includes('--child')) runChild(root);
else await main(readOptions());
