/** The command line's words. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { isBuiltinChip } from '../core/chips/names.ts';
import { defaultTraining } from '../core/finetune/types.ts';
import { filesOf, type InputFiles } from '../core/formats/data/several-inputs.ts';
import { isSpecification, nameOf, newSpecificationFile } from '../node/specifications.ts';
import { defaultBounds } from '../node/runs-store.ts';
import type {
  CalibrateRequest,
  ConvertRequest,
  ExplainRequest,
  FinetuneRequest,
  InspectRequest,
  Overrides,
  SweepRequest,
} from '../protocol/worker.ts';
import type { CompareCommand, ReportCommand } from './run-commands.ts';
import { UsageError } from './usage.ts';
import { defined, list, neuronsPerGate, oneOf, positive, real, whole } from './values.ts';

export type Command =
  | { readonly command: 'help' }
  | { readonly command: 'version' }
  | { readonly command: 'snippet'; readonly framework: Framework }
  | { readonly command: 'inspect'; readonly request: InspectRequest; readonly json: boolean }
  | { readonly command: 'explain'; readonly request: ExplainRequest; readonly json: boolean }
  | { readonly command: 'sweep'; readonly request: SweepRequest; readonly json: boolean }
  | { readonly command: 'finetune'; readonly request: FinetuneRequest; readonly json: boolean }
  | { readonly command: 'calibrate'; readonly request: CalibrateRequest; readonly json: boolean }
  | ReportCommand
  | CompareCommand
  | { readonly command: RunCommand; readonly request: ConvertRequest; readonly json: boolean };

const frameworks = ['pytorch', 'keras'] as const;
type Framework = (typeof frameworks)[number];

const runCommands = ['convert', 'map', 'energy'] as const;
export type RunCommand = (typeof runCommands)[number];

const options = {
  data: { type: 'string', multiple: true },
  labels: { type: 'string' },
  limit: { type: 'string' },
  timesteps: { type: 'string' },
  coding: { type: 'string' },
  'neurons-per-gate': { type: 'string' },
  arithmetic: { type: 'string' },
  chip: { type: 'string' },
  watts: { type: 'string' },
  'input-mean': { type: 'string' },
  'input-scale': { type: 'string' },
  outputs: { type: 'string' },
  'analog-outputs': { type: 'string' },
  out: { type: 'string' },
  write: { type: 'boolean' },
  keep: { type: 'boolean' },
  'no-reuse': { type: 'boolean' },
  epochs: { type: 'string' },
  rounding: { type: 'boolean' },
  'learning-rate': { type: 'string' },
  batch: { type: 'string' },
  validation: { type: 'string' },
  seed: { type: 'string' },
  html: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const;

/** @throws UsageError */
export function readArguments(args: readonly string[]): Command {
  const { values, positionals } = parse(args);
  if (values.help || positionals[0] === 'help') return { command: 'help' };
  if (values.version) return { command: 'version' };
  const [name, file, ...rest] = positionals;
  if (name === undefined) throw new UsageError('no command; "spikewise --help" lists what there is');
  const commands = [
    ...runCommands,
    'inspect',
    'explain',
    'sweep',
    'calibrate',
    'finetune',
    'report',
    'compare',
    'snippet',
  ] as const;
  const command = commands.find((known) => known === name);
  if (command === undefined) {
    throw new UsageError(`unknown command "${name}"; there are ${commands.join(', ')}`);
  }
  if (command === 'snippet') return readSnippet(positionals.slice(1), values);
  if (command === 'report' || command === 'compare') return readOfRuns(command, positionals.slice(1), values);
  if (file === undefined) throw new UsageError(`${command} needs a model or a specification`);
  if (rest.length > 0) throw new UsageError(`unexpected argument "${rest[0]!}"`);
  if (command === 'inspect') return readInspect(file, values);
  if (command === 'finetune') return readFinetune(path.resolve(file), values);
  refuse(command, values, trainingOptions);
  if (command === 'calibrate') return readCalibrate(path.resolve(file), values);
  refuse(command, values, ['write']);
  if (command === 'explain' || command === 'sweep') return readTask(command, path.resolve(file), values);
  if (values['no-reuse']) throw new UsageError(`${command} takes no --no-reuse`);
  if (values.html !== undefined)
    throw new UsageError(`${command} takes no --html; "spikewise report" writes one`);
  const absolute = (name: string | undefined): string | undefined => name && path.resolve(name);
  const request = defined({
    file: path.resolve(file),
    overrides: overrides(values),
    purpose: command === 'map' ? ('map' as const) : ('convert' as const),
    outputs: absolute(values.outputs),
    analogOutputs: absolute(values['analog-outputs']),
    reportFile: values.out && path.resolve(values.out, `${reportName(file)}.spikewise-report.json`),
    keep: values.keep ? { fallback: null, bounds: defaultBounds } : undefined,
  });
  checkTargets(request);
  return { command, request, json: values.json ?? false };
}

/** Options of a run would have no effect. */
function readInspect(file: string, { json = false, ...others }: Values): Command {
  const [unused] = Object.keys(others);
  if (unused !== undefined) throw new UsageError(`inspect takes no --${unused}, only --json`);
  return { command: 'inspect', request: { file: path.resolve(file) }, json };
}

/** A run that leaves no report of its own. */
function readTask(command: 'explain' | 'sweep', file: string, values: Values): Command {
  refuse(command, values, ['outputs', 'analog-outputs', 'keep', 'html', 'watts']);
  const { json = false, out } = values;
  const written = out && path.resolve(out, `${reportName(file)}.spikewise-${command}.json`);
  if (command === 'explain') {
    if (values['no-reuse']) throw new UsageError('explain takes no --no-reuse');
    const request = defined({ file, overrides: overrides(values), explanationFile: written });
    return { command, request, json };
  }
  const { timesteps, coding, arithmetic, 'neurons-per-gate': neurons, ...others } = values;
  const counts = list(neurons, (text) => neuronsPerGate(text)!);
  // One is a setting of the network, several are compared.
  const compared = counts && counts.length > 1;
  const request = defined({
    file,
    overrides: overrides((compared ? others : { ...others, 'neurons-per-gate': neurons }) as Values),
    neuronsPerGate: compared ? counts : undefined,
    timesteps: list(timesteps, (text) => whole('--timesteps', text, 65536)!),
    codings: list(coding, (text) => oneOf('--coding', text, ['residual', 'reset'] as const)!),
    arithmetics: list(arithmetic, (text) => oneOf('--arithmetic', text, ['float', 'loihi'] as const)!),
    reuse: !values['no-reuse'],
    sweepFile: written,
  });
  return { command, request, json };
}

const trainingOptions = ['epochs', 'rounding', 'learning-rate', 'batch', 'validation', 'seed'] as const;

/** Options that would have no effect. */
function refuse(command: string, values: Values, names: readonly (keyof Values)[]): void {
  const given = names.find((name) => values[name] !== undefined);
  if (given !== undefined) throw new UsageError(`${command} takes no --${given}`);
}

function readFinetune(file: string, values: Values): Command {
  refuse('finetune', values, ['write', 'outputs', 'analog-outputs', 'keep', 'html', 'watts', 'no-reuse']);
  const epochs = whole('--epochs', values.epochs, 1e6);
  if (epochs === undefined) throw new UsageError('finetune needs --epochs N');
  if (values.out === undefined) throw new UsageError('finetune needs --out DIR, the folder of the new model');
  const validation = positive('--validation', values.validation) ?? defaultTraining.validation;
  if (validation >= 1) throw new UsageError(`--validation must be below 1, not "${values.validation ?? ''}"`);
  const options = {
    epochs,
    rounding: values.rounding ?? false,
    learningRate: positive('--learning-rate', values['learning-rate']) ?? defaultTraining.learningRate,
    batch: whole('--batch', values.batch, 1e6) ?? defaultTraining.batch,
    validation,
    seed: whole('--seed', values.seed, 2 ** 31 - 1) ?? defaultTraining.seed,
  };
  const request = { file, overrides: overrides(values), options, out: path.resolve(values.out) };
  return { command: 'finetune', request, json: values.json ?? false };
}

function readCalibrate(file: string, values: Values): Command {
  refuse('calibrate', values, [...trainingOptions, 'outputs', 'analog-outputs']);
  refuse('calibrate', values, ['keep', 'html', 'watts', 'no-reuse']);
  const { write = false, out, json = false } = values;
  const request = defined({ file, overrides: overrides(values), write, out: out && path.resolve(out) });
  return { command: 'calibrate', request, json };
}

function readSnippet(words: readonly string[], values: Values): Command {
  const [unused] = Object.keys(values);
  if (unused !== undefined) throw new UsageError(`snippet takes no --${unused}`);
  const framework = frameworks.find((known) => known === words[0]);
  if (framework === undefined || words.length > 1) {
    throw new UsageError(`snippet needs one of ${frameworks.join(', ')}`);
  }
  return { command: 'snippet', framework };
}

/** What was run already has its options. */
function readOfRuns(command: 'report' | 'compare', runs: readonly string[], values: Values): Command {
  const { json = false, html, ...others } = values;
  const [unused] = Object.keys(others);
  if (unused !== undefined) throw new UsageError(`${command} takes no --${unused}, only --html and --json`);
  const written = { json, html: html === undefined ? null : path.resolve(html) };
  const [a, b, unexpected] = runs;
  if (command === 'report') {
    if (a === undefined) throw new UsageError('report needs a run, a report file or a specification');
    if (b !== undefined) throw new UsageError(`unexpected argument "${b}"`);
    return { command, run: a, ...written };
  }
  if (a === undefined || b === undefined) throw new UsageError('compare needs two runs or report files');
  if (unexpected !== undefined) throw new UsageError(`unexpected argument "${unexpected}"`);
  return { command, runs: [a, b], ...written };
}

/** A run must not write over what it reads, nor over what it has just written. */
function checkTargets({ file, overrides, outputs, analogOutputs }: ConvertRequest): void {
  // Of digits.npz#x the file is digits.npz.
  const named = [...filesOf(overrides.inputs ?? null), overrides.labels];
  const data = named.flatMap((file) => [file, file?.replace(/#.*$/s, '')]);
  const taken = new Set([file, ...data, overrides.chip]);
  const targets = { '--outputs': outputs, '--analog-outputs': analogOutputs };
  for (const [name, target] of Object.entries(targets)) {
    if (target === undefined) continue;
    if (taken.has(target)) throw new UsageError(`${name} names a file that is used already: ${target}`);
    taken.add(target);
  }
}

type Values = ReturnType<typeof parse>['values'];

function parse(args: readonly string[]) {
  const parsed = parseOptions(args);
  const isEmpty = (value: unknown) => value === '' || (Array.isArray(value) && value.includes(''));
  const empty = Object.entries(parsed.values).find(([, value]) => isEmpty(value))?.[0];
  if (empty !== undefined) throw new UsageError(`--${empty} is empty`);
  return parsed;
}

function parseOptions(args: readonly string[]) {
  try {
    return parseArgs({ args: withValues(args), options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message.split('\n')[0]! : String(error));
  }
}

/** `--input-mean -0.5`: parseArgs takes a leading minus for an option, unless it is written with "=". */
function withValues(args: readonly string[]): string[] {
  const joined: string[] = [];
  for (const arg of args) {
    const before = joined.at(-1);
    if (/^-[\d.]/.test(arg) && before?.startsWith('--') && !before.includes('=')) {
      joined[joined.length - 1] = `${before}=${arg}`;
    } else joined.push(arg);
  }
  return joined;
}

function overrides(values: Values): Overrides {
  return defined({
    inputs: values.data && inputFiles(values.data),
    labels: values.labels && path.resolve(values.labels),
    limit: whole('--limit', values.limit, Number.MAX_SAFE_INTEGER),
    timesteps: whole('--timesteps', values.timesteps, 65536),
    coding: oneOf('--coding', values.coding, ['residual', 'reset']),
    neuronsPerGate: neuronsPerGate(values['neurons-per-gate']),
    arithmetic: oneOf('--arithmetic', values.arithmetic, ['float', 'loihi']),
    inputMean: real('--input-mean', values['input-mean']),
    inputScale: positive('--input-scale', values['input-scale']),
    chip: values.chip && (isBuiltinChip(values.chip) ? values.chip : path.resolve(values.chip)),
    watts: positive('--watts', values.watts),
  });
}

/** FILE, the last that is given, or NAME=FILE of each input. A file with a = in its name is ./a=b.npy. */
function inputFiles(given: readonly string[]): InputFiles {
  const split = given.map((text) => /^([^=/\\]+)=(.+)$/s.exec(text));
  if (split.every((parts) => !parts)) return path.resolve(given.at(-1)!);
  const files = new Map<string, string>();
  split.forEach((parts, n) => {
    if (!parts)
      throw new UsageError(`--data ${given[n]!} names no input; of several files each is NAME=FILE`);
    const [name, file] = [parts[1]!, parts[2]!];
    if (files.has(name)) throw new UsageError(`--data names the input "${name}" twice`);
    files.set(name, path.resolve(file));
  });
  return Object.fromEntries(files);
}

/** NAME of NAME.spikewise.json, and of the one that a model file gets. */
function reportName(file: string): string {
  return nameOf(isSpecification(file) ? file : newSpecificationFile(file));
}
