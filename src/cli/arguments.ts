/** The command line's words. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { builtinChips, isBuiltinChip } from '../core/chips/names.ts';
import { mostNeuronsPerGate } from '../core/convert/types.ts';
import { isSpecification, nameOf, newSpecificationFile } from '../node/specifications.ts';
import { defaultBounds } from '../node/runs-store.ts';
import type {
  ConvertRequest,
  ExplainRequest,
  FinetuneRequest,
  InspectRequest,
  Overrides,
  SweepRequest,
} from '../protocol/worker.ts';
import type { CompareCommand, ReportCommand } from './run-commands.ts';

const defaultTraining = { learningRate: 0.002, batch: 32, validation: 0.1, seed: 1 };

export const usage = `Usage: spikewise convert MODEL_OR_SPEC [options]
       spikewise map MODEL_OR_SPEC [options]
       spikewise energy MODEL_OR_SPEC [options]
       spikewise inspect MODEL_OR_SPEC [--json]
       spikewise explain MODEL_OR_SPEC [options]
       spikewise sweep MODEL_OR_SPEC [options]
       spikewise finetune MODEL_OR_SPEC --epochs N --out DIR [options]
       spikewise report RUN [--html FILE] [--json]
       spikewise compare RUN RUN [--html FILE] [--json]

convert  Converts a trained model or what a specification (NAME.spikewise.json) names, simulates
         both networks and reports where they differ.
map      The same, and prints which cores of a chip the spiking layers fill. A model without
         data is mapped too, without traffic.
energy   The same, and prints what every event would cost, as an estimate.
inspect  Lists the layers of a model, what each would become and why, and how its weights are
         distributed. Converts nothing, and needs no data.
explain  Says where the difference comes from: a ladder of networks from the trained to the spiking
         one, and what would help most, with what it gave when it was tried.
sweep    Accuracy, error, spikes, energy and latency over time-steps and codings, with the fewest
         time-steps that meet the tolerance. Here --timesteps, --coding and --arithmetic take
         lists: --timesteps 2,4,8. Points of earlier sweeps are used again.
finetune Replaces sigmoid and tanh of LSTMs by the paper's functions, which spiking neurons compute,
         retrains, and writes the best epoch into DIR as a tfjs model with its specification and the
         samples that it was validated on. DIR is a folder that is empty or not there yet.
report   Prints the report of a run, or writes it as one HTML file. RUN is a kept run's folder or id, a
         report file, or a specification or model: its newest kept run.
compare  Prints in what two runs differ.

Models: tfjs model.json, Keras .keras and .h5, PyTorch state_dicts (.pt, .pth, .safetensors), ONNX,
NIR; told by their content. For a model, the specification beside it is used where there is one.

  --data FILE              inputs, [samples, steps, features]: .npy, .npz, .csv, IDX, safetensors or JSON;
                           FILE#NAME chooses one array of an .npz or safetensors file
  --labels FILE            class of each sample, or one-hot rows, in the same formats
  --limit N                use only the first N samples
  --timesteps T            time-steps of the spiking network in each sequence step, 1 to 65536
  --coding residual|reset  carry membranes between sequence steps, or start each anew (the paper)
  --neurons-per-gate K|auto  neurons that compute each value of a gate with sigmoid or tanh, 1 to 8
  --arithmetic float|loihi float32, or the chip's integers
  --input-mean M           inputs become (x - M) / S
  --input-scale S
  --chip NAME_OR_FILE      ${builtinChips.join(', ')}, or a chip file (NAME.spikewise-chip.json)
  --watts W                power of this machine under load, for the energy of the analog network where
                           the machine does not measure it
  --outputs FILE.npy       write the spiking network's outputs, float32 [samples, outputs]
  --analog-outputs FILE.npy  write the analog network's outputs
  --out DIR                write the report to DIR/NAME.spikewise-report.json
  --epochs N               of finetune: how often every sample is trained on
  --rounding               of finetune: train with counts rounded as T time-steps round them, for low T
  --learning-rate R        of finetune: of the first step, ${defaultTraining.learningRate} where left out; falls to 0
  --batch N                of finetune: samples of a step, ${defaultTraining.batch} where left out
  --validation FRACTION    of finetune: part of the samples that is held back, ${defaultTraining.validation} where left out
  --seed N                 of finetune: of the split and of the order of the samples, ${defaultTraining.seed} where left out
  --no-reuse               of sweep: compute every point anew, and keep none
  --keep                   keep the run in .spikewise/runs beside the specification, or the model
  --html FILE              of report and compare: write one HTML file that needs nothing else
  --json                   print the report as one JSON object and nothing else

Exit code 0; 1 where the model cannot be converted; 2 for bad usage or an unreadable input;
3 for an error of Spikewise itself.`;

/** Bad usage; the message is one line. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export type Command =
  | { readonly command: 'help' }
  | { readonly command: 'version' }
  | { readonly command: 'inspect'; readonly request: InspectRequest; readonly json: boolean }
  | { readonly command: 'explain'; readonly request: ExplainRequest; readonly json: boolean }
  | { readonly command: 'sweep'; readonly request: SweepRequest; readonly json: boolean }
  | { readonly command: 'finetune'; readonly request: FinetuneRequest; readonly json: boolean }
  | ReportCommand
  | CompareCommand
  | { readonly command: RunCommand; readonly request: ConvertRequest; readonly json: boolean };

const runCommands = ['convert', 'map', 'energy'] as const;
export type RunCommand = (typeof runCommands)[number];

const options = {
  data: { type: 'string' },
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
  const commands = [...runCommands, 'inspect', 'explain', 'sweep', 'finetune', 'report', 'compare'] as const;
  const command = commands.find((known) => known === name);
  if (command === undefined) {
    throw new UsageError(`unknown command "${name}"; there are ${commands.join(', ')}`);
  }
  if (command === 'report' || command === 'compare') return readOfRuns(command, positionals.slice(1), values);
  if (file === undefined) throw new UsageError(`${command} needs a model or a specification`);
  if (rest.length > 0) throw new UsageError(`unexpected argument "${rest[0]!}"`);
  if (command === 'inspect') return readInspect(file, values);
  if (command === 'finetune') return readFinetune(path.resolve(file), values);
  refuse(command, values, trainingOptions);
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
  const { timesteps, coding, arithmetic, ...others } = values;
  const request = defined({
    file,
    overrides: overrides(others as Values),
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
  refuse('finetune', values, ['outputs', 'analog-outputs', 'keep', 'html', 'watts', 'no-reuse']);
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

/** "2,4,8", each once, in their order. */
function list<T>(text: string | undefined, read: (part: string) => T): T[] | undefined {
  return text === undefined ? undefined : [...new Set(text.split(',').map((part) => read(part.trim())))];
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
  const data = [overrides.inputs, overrides.labels].flatMap((named) => [named, named?.replace(/#.*$/s, '')]);
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
  const empty = Object.entries(parsed.values).find(([, value]) => value === '')?.[0];
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
    inputs: values.data && path.resolve(values.data),
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

/** Leaves out what is undefined, as exactOptionalPropertyTypes wants. */
function defined<T extends object>(values: T): { [K in keyof T]: Exclude<T[K], undefined | ''> } {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== undefined && value !== ''),
  ) as { [K in keyof T]: Exclude<T[K], undefined | ''> };
}

function whole(name: string, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > most) {
    const range = most === Number.MAX_SAFE_INTEGER ? 'from 1' : `from 1 to ${most}`;
    throw new UsageError(`${name} must be a whole number ${range}, not "${text}"`);
  }
  return value;
}

function neuronsPerGate(text: string | undefined): number | 'auto' | undefined {
  if (text === undefined || text === 'auto') return text;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= 1 && value <= mostNeuronsPerGate) return value;
  throw new UsageError(
    `--neurons-per-gate must be auto or a whole number from 1 to ${mostNeuronsPerGate}, not "${text}"`,
  );
}

function real(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isFinite(value)) {
    throw new UsageError(`${name} must be a number, not "${text}"`);
  }
  return value;
}

function positive(name: string, text: string | undefined): number | undefined {
  const value = real(name, text);
  if (value !== undefined && value <= 0) throw new UsageError(`${name} must be above 0, not "${text ?? ''}"`);
  return value;
}

function oneOf<T extends string>(name: string, text: string | undefined, known: readonly T[]): T | undefined {
  const found = known.find((value) => value === text);
  if (text !== undefined && found === undefined) {
    throw new UsageError(`${name} must be ${known.join(' or ')}, not "${text}"`);
  }
  return found;
}

/** NAME of NAME.spikewise.json, and of the one that a model file gets. */
function reportName(file: string): string {
  return nameOf(isSpecification(file) ? file : newSpecificationFile(file));
}
