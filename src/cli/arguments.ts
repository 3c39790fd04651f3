/** The command line's words. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { builtinChips, isBuiltinChip } from '../core/chips/names.ts';
import type { ConvertRequest, InspectRequest, Overrides } from '../protocol/worker.ts';

export const usage = `Usage: spikewise convert MODEL_OR_SPEC [options]
       spikewise map MODEL_OR_SPEC [options]
       spikewise energy MODEL_OR_SPEC [options]
       spikewise inspect MODEL_OR_SPEC [--json]

convert  Converts a trained model or what a specification (NAME.spikewise.json) names, simulates
         both networks and reports where they differ.
map      The same, and prints which cores of a chip the spiking layers fill. A model without
         data is mapped too, without traffic.
energy   The same, and prints what every event would cost, as an estimate.
inspect  Lists the layers of a model, what each would become and why, and how its weights are
         distributed. Converts nothing, and needs no data.

Models: tfjs model.json, Keras .keras and .h5, PyTorch state_dicts (.pt, .pth, .safetensors), ONNX,
NIR; told by their content. For a model, the specification beside it is used where there is one.

  --data FILE              inputs, [samples, steps, features]: .npy, .npz, .csv, IDX, safetensors or JSON;
                           FILE#NAME chooses one array of an .npz or safetensors file
  --labels FILE            class of each sample, or one-hot rows, in the same formats
  --limit N                use only the first N samples
  --timesteps T            time-steps of the spiking network in each sequence step, 1 to 65536
  --coding residual|reset  carry membranes between sequence steps, or start each anew (the paper)
  --arithmetic float|loihi float32, or the chip's integers
  --input-mean M           inputs become (x - M) / S
  --input-scale S
  --chip NAME_OR_FILE      ${builtinChips.join(', ')}, or a chip file (NAME.spikewise-chip.json)
  --watts W                power of this machine under load, for the energy of the analog network where
                           the machine does not measure it
  --outputs FILE.npy       write the spiking network's outputs, float32 [samples, outputs]
  --analog-outputs FILE.npy  write the analog network's outputs
  --out DIR                write the report to DIR/NAME.spikewise-report.json
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
  | { readonly command: RunCommand; readonly request: ConvertRequest; readonly json: boolean };

const runCommands = ['convert', 'map', 'energy'] as const;
export type RunCommand = (typeof runCommands)[number];

const options = {
  data: { type: 'string' },
  labels: { type: 'string' },
  limit: { type: 'string' },
  timesteps: { type: 'string' },
  coding: { type: 'string' },
  arithmetic: { type: 'string' },
  chip: { type: 'string' },
  watts: { type: 'string' },
  'input-mean': { type: 'string' },
  'input-scale': { type: 'string' },
  outputs: { type: 'string' },
  'analog-outputs': { type: 'string' },
  out: { type: 'string' },
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
  const commands = [...runCommands, 'inspect'] as const;
  const command = commands.find((known) => known === name);
  if (command === undefined) {
    throw new UsageError(`unknown command "${name}"; there are ${commands.join(', ')}`);
  }
  if (file === undefined) throw new UsageError(`${command} needs a model or a specification`);
  if (rest.length > 0) throw new UsageError(`unexpected argument "${rest[0]!}"`);
  if (command === 'inspect') return readInspect(file, values);
  const absolute = (name: string | undefined): string | undefined => name && path.resolve(name);
  const request = defined({
    file: path.resolve(file),
    overrides: overrides(values),
    purpose: command === 'map' ? ('map' as const) : ('convert' as const),
    outputs: absolute(values.outputs),
    analogOutputs: absolute(values['analog-outputs']),
    reportFile: values.out && path.resolve(values.out, `${reportName(file)}.spikewise-report.json`),
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

/** NAME of NAME.spikewise.json; of a model file, its folder's, since most are called model.json. */
function reportName(file: string): string {
  const base = path.basename(file);
  if (base.endsWith('.spikewise.json')) return base.slice(0, -'.spikewise.json'.length);
  return path.basename(path.dirname(path.resolve(file))) || 'model';
}
