/**
 * How fast the kernel is on one core, and how far that is from what the machine can add.
 *
 * A synaptic operation is one weight added or subtracted for one spike on one neuron: the generator's
 * spikes times the neurons, padding not counted. The whole window is timed: generator, compare, reset.
 */
import { readFile } from 'node:fs/promises';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import type { Kernel, PopulationParameters } from '../../src/core/simulate/kernel/types.ts';
import { loadKernel } from '../../src/node/kernel.ts';

/** Operations a second of processor time, over many slices of a few milliseconds. */
export interface Rate {
  readonly median: number;
  /** What one slice in twenty exceeds: the rate while nothing else runs on the core's other half. */
  readonly undisturbed: number;
}

export interface KernelBench {
  readonly inputs: number;
  readonly neurons: number;
  readonly timesteps: number;
  readonly slices: number;
  /** Synaptic operations. */
  readonly f32: Rate;
  readonly i16: Rate;
  readonly i32: Rate;
  readonly twin: Rate;
  /** float32 additions in registers, four to an f32x4.add. */
  readonly ceiling: Rate;
  /** What the generator takes of an f32 window, 0..1. */
  readonly generatorShare: number;
}

const INPUTS = 92;
const NEURONS = 256;
const TIMESTEPS = 128;
const SLICES = 200;
const SLICE_MICROSECONDS = 4000;
const WARM_UP_MICROSECONDS = 300_000;

/** Returns operations done. */
type Contestant = () => number;

/** Processor time rather than the clock: other processes take turns, and disturb less this way. */
function rate(work: Contestant, microseconds: number): number {
  let operations = 0;
  let elapsed = 0;
  const start = process.cpuUsage();
  while (elapsed < microseconds) {
    operations += work();
    const { user, system } = process.cpuUsage(start);
    elapsed = user + system;
  }
  return (operations / elapsed) * 1e6;
}

function summary(rates: readonly number[]): Rate {
  const sorted = rates.toSorted((a, b) => a - b);
  return { median: sorted[sorted.length >> 1]!, undisturbed: sorted[Math.floor(sorted.length * 0.95)]! };
}

/** The same sequence every time (mulberry32), uniform in [0, 1). */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = Math.imul(state ^ (state >>> 15), 1 | state);
    x = (x + Math.imul(x ^ (x >>> 7), 61 | x)) ^ x;
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** An LSTM's sigmoid gates: weights about normal with deviation 0.15, hard sigmoid, 256 units are 1.0 in integers. */
function gates(arithmetic: 'float' | 'integer', neurons: number): PopulationParameters {
  const random = randomNumbers(1);
  const normal = () => (random() + random() + random() - 1.5) * 2;
  const unit = arithmetic === 'float' ? 1 : 256;
  const all = (value: number) =>
    (arithmetic === 'float' ? new Float32Array(neurons) : new Int32Array(neurons)).fill(value);
  const real = Float32Array.from({ length: INPUTS * neurons }, () => normal() * 0.15);
  const weights = arithmetic === 'float' ? real : Int16Array.from(real, (w) => Math.round(w * 128) * 2);
  const [lowest, highest] = arithmetic === 'float' ? [-Infinity, Infinity] : [-(2 ** 31), 2 ** 31 - 1];
  return {
    arithmetic,
    inputs: INPUTS,
    neurons,
    timesteps: TIMESTEPS,
    weights,
    neuron: {
      bias: all(2 * unit),
      upper: all(4 * unit),
      lower: all(lowest),
      threshold: all(4 * unit),
      start: all(arithmetic === 'float' ? 0 : 1),
      clipLow: all(lowest),
      clipHigh: all(highest),
    },
    generator: {
      scale: 2048,
      threshold: arithmetic === 'float' ? 1 : 2048,
      upper: arithmetic === 'float' ? 1 : 2048,
      start: arithmetic === 'float' ? 0 : 1,
      clip: highest,
    },
    carry: false,
    clip: 'never',
  };
}

function windows(kernel: Kernel, parameters: PopulationParameters, each: number): Contestant {
  const population = kernel.createPopulation(parameters);
  const random = randomNumbers(2);
  const values = Array.from({ length: 16 }, () =>
    Float32Array.from({ length: INPUTS }, () => 2 * random() - 1),
  );
  let next = 0;
  return () => {
    let spikes = 0;
    for (let i = 0; i < each; i++) {
      population.window(values[next++ % values.length]!);
      for (const n of population.inputSpikes) spikes += n;
    }
    return spikes * parameters.neurons;
  };
}

/** A bias beyond 16 bits in every tile, so that none uses 16-bit lanes. */
function tooLargeFor16Bits(parameters: PopulationParameters): PopulationParameters {
  const bias = parameters.neuron.bias.slice();
  for (let j = 0; j < bias.length; j += 64) bias[j] = 40_000;
  return { ...parameters, neuron: { ...parameters.neuron, bias } };
}

async function ceiling(file: string): Promise<Contestant> {
  const { instance } = await WebAssembly.instantiate(await readFile(file));
  const add = instance.exports['add'] as (rounds: number, step: number) => number;
  const rounds = 20_000;
  return () => {
    add(rounds, 1e-3);
    return rounds * 48 * 4;
  };
}

/** @param wasm paths of the built kernel and ceiling, see scripts/build-kernel.mjs */
export async function benchKernel(wasm: { kernel: string; ceiling: string }): Promise<KernelBench> {
  const kernel = await loadKernel(wasm.kernel);
  const contestants = {
    f32: windows(kernel, gates('float', NEURONS), 4),
    ceiling: await ceiling(wasm.ceiling),
    i16: windows(kernel, gates('integer', NEURONS), 4),
    i32: windows(kernel, tooLargeFor16Bits(gates('integer', NEURONS)), 4),
    twin: windows(createTwinKernel(), gates('float', NEURONS), 1),
    tile: windows(kernel, gates('float', 32), 16),
  };
  const names = Object.keys(contestants) as (keyof typeof contestants)[];
  // The engine optimises while this runs.
  for (const name of names) rate(contestants[name], WARM_UP_MICROSECONDS);
  const rates = Object.fromEntries(names.map((name) => [name, [] as number[]]));
  for (let n = 0; n < SLICES; n++) {
    for (const name of names) rates[name]!.push(rate(contestants[name], SLICE_MICROSECONDS));
  }
  const { tile, ...rest } = Object.fromEntries(names.map((name) => [name, summary(rates[name]!)])) as Record<
    keyof typeof contestants,
    Rate
  >;
  const sizes = { inputs: INPUTS, neurons: NEURONS, timesteps: TIMESTEPS, slices: SLICES };
  return { ...sizes, ...rest, generatorShare: generatorShare(rest.f32.undisturbed, tile.undisturbed) };
}

/** A window takes g + n tiles: solved for g from the rates of all tiles and of one, a generator spike. */
function generatorShare(all: number, one: number): number {
  const tiles = NEURONS / 32;
  const whole = NEURONS / all;
  return (tiles * (32 / one) - whole) / (tiles - 1) / whole;
}

export function printKernelBench(b: KernelBench): string {
  const column = (statistic: keyof Rate): string[] => {
    const giga = (rate: Rate) => (rate[statistic] / 1e9).toFixed(2).padStart(6);
    const ratio = (rate: Rate, to: Rate) => rate[statistic] / to[statistic];
    return [
      giga(b.ceiling),
      `${giga(b.f32)}  ${(100 * ratio(b.f32, b.ceiling)).toFixed(0)} % of the ceiling, ${ratio(b.f32, b.twin).toFixed(1)}x the twin`,
      `${giga(b.i16)}  ${ratio(b.i16, b.f32).toFixed(2)}x f32`,
      `${giga(b.i32)}  ${ratio(b.i32, b.f32).toFixed(2)}x f32`,
      giga(b.twin),
    ];
  };
  const names = ['ceiling', 'kernel f32', 'kernel i16', 'kernel i32', 'twin f32'];
  const table = (title: string, statistic: keyof Rate): string[] => [
    title,
    ...column(statistic).map((text, i) => `  ${names[i]!.padEnd(12)}${text}`),
  ];
  return [
    `${b.inputs} inputs x ${b.neurons} neurons x T = ${b.timesteps}, one core, ${b.slices} slices in turn; G synaptic operations/s`,
    '(ceiling: G float32 additions/s in registers)',
    ...table('median', 'median'),
    ...table('undisturbed (95th percentile)', 'undisturbed'),
    `the generator takes ${(100 * b.generatorShare).toFixed(1)} % of an f32 window`,
  ].join('\n');
}
