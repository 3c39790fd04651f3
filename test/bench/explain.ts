/** How long an explanation and a sweep take: the ladder, the first point of a curve, all points. */
import { startTask } from '../../src/node/task-client.ts';
import { testDigits } from '../support/mnist.ts';

const runs = 3;
/** Of the sweep. */
const samples = 2000;

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function printLadder(worker: URL, file: string): Promise<void> {
  const timed: { ladder: number; trials: number; tried: number }[] = [];
  for (let run = 0; run < runs; run++) {
    const request = { file, overrides: { timesteps: 8 } };
    const ended = await startTask(worker, { role: 'explain', request }, () => undefined).result;
    if (ended.outcome !== 'done') throw new Error('the explanation did not end');
    const { seconds, tried } = ended.explanation;
    timed.push({ ladder: seconds['ladder']!, trials: seconds['trials']!, tried });
  }
  const middle = (part: 'ladder' | 'trials') => median(timed.map((one) => one[part])).toFixed(2);
  console.log(`| explaining 500 digits at T = 8, median of ${runs} | s |`);
  console.log('|---|---|');
  console.log(`| the whole ladder, and the run itself to hold it against | ${middle('ladder')} |`);
  console.log(`| trying ${timed[0]!.tried} changes | ${middle('trials')} |\n`);
}

async function printSweep(worker: URL, file: string): Promise<void> {
  const digits = testDigits();
  const overrides = digits ? { inputs: digits.inputs, labels: digits.labels, limit: samples } : {};
  const started = performance.now();
  let first = 0;
  const request = { file, overrides, reuse: false } as const;
  const running = startTask(worker, { role: 'sweep', request }, () => undefined, {
    onPartial: ({ points }) => {
      if (points.length > 0) first ||= (performance.now() - started) / 1000;
    },
  });
  const ended = await running.result;
  if (ended.outcome !== 'done') throw new Error('the sweep did not end');
  const { sweep } = ended;
  console.log(`| sweep of ${sweep.points.length} points, ${sweep.samples} digits | s |`);
  console.log('|---|---|');
  console.log(`| from the start to the first points of the curves | ${first.toFixed(2)} |`);
  console.log(`| to the end, with energy and latency | ${sweep.seconds.toFixed(2)} |\n`);
}

export async function printExplain(worker: URL, file: string): Promise<void> {
  await printLadder(worker, file);
  await printSweep(worker, file);
}
