/** `spikewise`: the same core as the editor's, on the command line. */
import { readFile } from 'node:fs/promises';
import { startConversion } from '../node/conversion-client.ts';
import { unfinishedWords } from '../core/report/finetune-words.ts';
import { startTask, type RunningTask } from '../node/task-client.ts';
import { startInspection } from '../node/inspection-client.ts';
import { readUnfinished, removeLeftovers } from '../node/unfinished.ts';
import { obstacleTo } from '../node/write.ts';
import type { ConvertRequest, InspectRequest, Kept, Progress, TaskName, Tasks } from '../protocol/worker.ts';
import { readArguments, type RunCommand } from './arguments.ts';
import { calibrationText } from './calibration-text.ts';
import { explanationText, sweepText } from './explain-text.ts';
import { finetuneText } from './finetune-text.ts';
import { inspectText } from './inspect-text.ts';
import { tellComparison, tellReport } from './run-commands.ts';
import { reportText } from './text.ts';
import { usage, UsageError } from './usage.ts';

declare const SPIKEWISE_VERSION: string;

const worker = new URL('worker.mjs', import.meta.url);

async function main(): Promise<number> {
  const command = readArguments(process.argv.slice(2));
  switch (command.command) {
    case 'help':
      print(usage);
      return 0;
    case 'version':
      print(SPIKEWISE_VERSION);
      return 0;
    case 'snippet':
      print((await readFile(snippetFile(command.framework), 'utf8')).trimEnd());
      return 0;
    case 'inspect':
      return inspect(command.request, command.json);
    case 'explain':
      return task(
        startTask(worker, { role: 'explain', request: command.request }, progressFor(command)),
        ({ explanation }) => (command.json ? JSON.stringify(explanation) : explanationText(explanation)),
        command.request.explanationFile,
      );
    case 'sweep':
      return task(
        startTask(worker, { role: 'sweep', request: command.request }, progressFor(command)),
        ({ sweep }) => (command.json ? JSON.stringify(sweep) : sweepText(sweep)),
        command.request.sweepFile,
      );
    case 'finetune': {
      const { request } = command;
      const code = await task(
        startTask(worker, { role: 'finetune', request }, progressFor(command)),
        ({ finetuning }) => (command.json ? JSON.stringify(finetuning) : finetuneText(finetuning)),
        undefined,
      );
      // What was refused has begun nothing.
      if (code !== 0 && code !== 2) await tellUnfinished(request.out);
      return code;
    }
    case 'calibrate': {
      const { request } = command;
      const obstacle = request.out === undefined ? null : await obstacleTo(`${request.out}/x`);
      if (obstacle !== null) throw new UsageError(`${request.out!}: ${obstacle}`);
      return task(
        startTask(worker, { role: 'calibrate', request }, progressFor(command)),
        ({ calibration }) => (command.json ? JSON.stringify(calibration) : calibrationText(calibration)),
        undefined,
      );
    }
    case 'report':
      print(await tellReport(command));
      return 0;
    case 'compare':
      print(await tellComparison(command));
      return 0;
    default:
      return run(command.command, command.request, command.json);
  }
}

function snippetFile(framework: 'pytorch' | 'keras'): URL {
  const name = framework === 'pytorch' ? 'torch' : framework;
  return new URL(`../snippets/constrained_lstm_${name}.py`, import.meta.url);
}

async function run(command: RunCommand, request: ConvertRequest, json: boolean): Promise<number> {
  for (const file of [request.outputs, request.analogOutputs, request.reportFile]) {
    const obstacle = file === undefined ? null : await obstacleTo(file);
    if (obstacle !== null) throw new UsageError(`${file ?? ''}: ${obstacle}`);
  }
  const progress = json ? () => undefined : progressPrinter();
  const running = startConversion(new URL('worker.mjs', import.meta.url), request, progress);
  process.once('SIGINT', () => {
    running.cancel();
  });
  const result = await running.result;
  switch (result.outcome) {
    case 'done':
      print(json ? JSON.stringify(result.report) : reportText(result.report, command));
      if (!json && request.reportFile) {
        print(
          `\nReport: ${request.reportFile}\nTo see it in the editor, open that file in VS Code with Spikewise.`,
        );
      }
      if (result.kept) tellKept(result.kept, json);
      return 0;
    case 'failed':
      if (result.failure.report) {
        print(json ? JSON.stringify(result.failure.report) : reportText(result.failure.report, command));
      }
      complain(result.failure.message);
      return result.failure.exitCode;
    case 'cancelled':
      complain('cancelled');
      return 130;
  }
}

function progressFor({ json }: { readonly json: boolean }): (progress: Progress) => void {
  return json ? () => undefined : progressPrinter();
}

/** A run that has one result to print. @param file where it is written as well */
async function task<Name extends TaskName>(
  running: RunningTask<Name>,
  text: (result: Tasks[Name]['result']) => string,
  file: string | undefined,
): Promise<number> {
  const obstacle = file === undefined ? null : await obstacleTo(file);
  if (obstacle !== null) {
    running.cancel();
    throw new UsageError(`${file!}: ${obstacle}`);
  }
  process.once('SIGINT', () => {
    running.cancel();
  });
  const result = await running.result;
  switch (result.outcome) {
    case 'done':
      print(text(result));
      return 0;
    case 'failed': {
      const { message, report } = result.failure;
      complain(report ? `${message} "spikewise convert" lists every finding and what is possible.` : message);
      return result.failure.exitCode;
    }
    case 'cancelled':
      complain('cancelled');
      return 130;
  }
}

/** Of a retraining that did not end of itself: what is there of it. */
async function tellUnfinished(out: string): Promise<void> {
  await removeLeftovers(out);
  const unfinished = await readUnfinished(out);
  if (!unfinished) return;
  const { best, epochs, folder } = unfinished;
  complain(`${unfinishedWords(best, epochs, folder)}; rename that folder to use it, or delete it`);
}

/** With --json nothing but the report is printed. */
function tellKept(kept: Kept, json: boolean): void {
  if ('fault' in kept) complain(`the run was not kept: ${kept.fault}`);
  else if (!json) print(`\nKept: ${kept.folder}`);
}

async function inspect(request: InspectRequest, json: boolean): Promise<number> {
  const running = startInspection(new URL('worker.mjs', import.meta.url), request);
  process.once('SIGINT', () => {
    running.cancel();
  });
  const result = await running.result;
  switch (result.outcome) {
    case 'done':
      print(json ? JSON.stringify(result.summary) : inspectText(result.summary));
      return 0;
    case 'failed':
      complain(result.failure.message);
      return result.failure.exitCode;
    case 'cancelled':
      complain('cancelled');
      return 130;
  }
}

/** On a terminal one line that changes; elsewhere a line a stage and every quarter of the simulation. */
function progressPrinter(): (progress: Progress) => void {
  let last = '';
  if (process.stdout.isTTY) {
    process.once('exit', () => process.stdout.write('\r\u001b[K'));
    return ({ message, fraction }) => {
      process.stdout.write(`\r\u001b[K${message}${fraction > 0 ? ` (${Math.floor(100 * fraction)} %)` : ''}`);
    };
  }
  return ({ stage, fraction, message }) => {
    const mark = `${stage} ${Math.floor(4 * fraction)}`;
    if (mark !== last) print(message);
    last = mark;
  };
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** One line, whatever the system's messages look like. */
function complain(message: string): void {
  process.stderr.write(`spikewise: ${message.replace(/\s*\n\s*/g, ' ')}\n`);
}

// A reader that has seen enough, such as head, does not end the run: its files are still written.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

try {
  // exitCode rather than exit(): a pipe may still be taking the report.
  process.exitCode = await main();
} catch (error) {
  complain(error instanceof Error ? error.message : String(error));
  process.exitCode = error instanceof UsageError ? 2 : 3;
}
