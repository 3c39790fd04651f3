/**
 * The hybrid layer once more, one neuron and one time-step after the other, from the paper's equations
 * and docs/method.md alone: what the fast kernels are compared with.
 */
import type { SpikingLayer } from '../../src/core/convert/types.ts';
import type { ClippedLinear } from '../../src/core/network/types.ts';
import type { SpikingOptions } from '../../src/core/simulate/spiking.ts';
import type { Trace } from '../../src/core/simulate/types.ts';

const { fround } = Math;

/** One integrate-and-fire neuron; fires above `upper` and, with two thresholds, below `lower`. */
interface Neuron {
  v: number;
  readonly start: number;
  readonly bias: number;
  readonly vth: number;
  readonly upper: number;
  readonly lower: number;
  /** Of the membrane, at each time-step or after a window. */
  readonly limit: number;
}

export interface PlainRun {
  /** All [steps][...]. */
  readonly counts: number[][];
  readonly spikes: number[][];
  readonly inputCounts: number[][];
  /** h or a Dense layer's outputs. */
  readonly output: number[][];
  readonly cellState: number[][];
}

/** @param act the cell's output activation in the trained network */
export function runPlain(
  spiking: SpikingLayer,
  options: SpikingOptions,
  sample: Trace,
  act: (x: number) => number = (x) => x,
): PlainRun {
  const plain = new PlainLayer(spiking, options);
  const run: PlainRun = { counts: [], spikes: [], inputCounts: [], output: [], cellState: [] };
  const units = spiking.layer.units;
  let h = new Array<number>(spiking.layer.kind === 'LSTM' ? units : 0).fill(0);
  let c = h;
  for (let n = 0; n < sample.steps; n++) {
    const x = [...sample.values.subarray(n * sample.features, (n + 1) * sample.features)];
    const y = plain.window([...x, ...h]);
    run.counts.push([...plain.counts]);
    run.spikes.push([...plain.spikes]);
    run.inputCounts.push([...plain.inputCounts]);
    if (spiking.layer.kind === 'LSTM') {
      const gate = (g: number, k: number): number => y[g * units + k]!;
      const before = c;
      c = h.map((_, k) => fround(fround(gate(1, k) * before[k]!) + fround(gate(0, k) * gate(2, k))));
      h = c.map((state, k) => fround(gate(3, k) * fround(act(state))));
      const clip = options.cellClip ?? Infinity;
      c = c.map((state) => fround(Math.min(Math.max(state, -clip), clip)));
    }
    run.cellState.push(c);
    run.output.push(spiking.layer.kind === 'LSTM' ? h : y);
  }
  return run;
}

class PlainLayer {
  counts: number[] = [];
  spikes: number[] = [];
  inputCounts: number[] = [];
  readonly #chip: boolean;
  readonly #residual: boolean;
  readonly #timesteps: number;
  readonly #ranges: number[];
  readonly #weights: number[][];
  readonly #activations: ClippedLinear[];
  readonly #neurons: Neuron[];
  readonly #generators: Neuron[];

  constructor(spiking: SpikingLayer, { timesteps, coding, arithmetic }: SpikingOptions) {
    this.#chip = arithmetic === 'loihi';
    this.#residual = coding === 'residual';
    this.#timesteps = timesteps;
    const { layer } = spiking;
    this.#activations = spiking.populations.flatMap((p) =>
      Array<ClippedLinear>(p.neurons).fill(p.pieces[0]!),
    );
    const width = this.#activations.length;
    const rows = [...layer.kernel.values, ...(layer.kind === 'LSTM' ? layer.recurrentKernel.values : [])];
    const inputs = rows.length / width;
    this.#ranges = Array.from({ length: inputs }, (_, i) =>
      fround(i < layer.inputSize ? spiking.inputRange : hiddenRangeOf(spiking)),
    );
    this.#weights = this.#ranges.map((range, i) =>
      rows.slice(i * width, (i + 1) * width).map((w) => this.#weight(fround(w * range))),
    );
    this.#neurons = this.#activations.map((a, k) => this.#neuron(a, layer.bias.values[k]!));
    this.#generators = this.#ranges.map(() => this.#generator());
  }

  #weight(w: number): number {
    return this.#chip ? Math.min(Math.max(2 * even(128 * w), -254), 254) : w;
  }

  #neuron({ slope, offset, low, high }: ClippedLinear, trained: number): Neuron {
    const dual = low < 0 && low === -high;
    const vth = dual ? high / slope : (high - low) / slope;
    const bias = dual ? offset / slope : (offset - low) / slope;
    if (!this.#chip) {
      const rounded = fround(vth);
      const upper = this.#residual ? rounded / 2 : rounded;
      const lower = dual ? -upper : -Infinity;
      return { v: 0, start: 0, bias: fround(trained + bias), vth: rounded, upper, lower, limit: upper };
    }
    const units = even(256 * vth);
    const start = this.#residual ? 0 : 1;
    const upper = this.#residual ? Math.floor(units / 2) : units;
    const lower = dual ? 2 * start - upper : -Infinity;
    const all = even(256 * bias) + even(256 * trained);
    return { v: start, start, bias: all, vth: units, upper, lower, limit: chipLimit(2 * units) };
  }

  #generator(): Neuron {
    const vth = this.#chip ? 2048 : 1;
    const upper = this.#residual ? vth / 2 : vth;
    const start = this.#chip && !this.#residual ? 1 : 0;
    const limit = this.#chip ? chipLimit(4096) : 0.5;
    return { v: 0, start, bias: 0, vth, upper, lower: -upper, limit };
  }

  /** One sequence step: T time-steps on constant inputs; the decoded values. */
  window(values: readonly number[]): number[] {
    const given = values.map((x, i) => fround(x / this.#ranges[i]!));
    const x = this.#chip ? given.map((value) => even(fround(2048 * value))) : given;
    this.counts = this.#neurons.map(() => 0);
    this.spikes = this.#neurons.map(() => 0);
    this.inputCounts = x.map(() => 0);
    if (!this.#residual) {
      for (const neuron of this.#neurons) neuron.v = neuron.start;
      this.#generators.forEach((generator, i) => (generator.v = Math.sign(x[i]!) * generator.start));
    }
    for (let t = 0; t < this.#timesteps; t++) this.#timestep(x);
    if (this.#residual && !this.#chip) {
      for (const neuron of [...this.#neurons, ...this.#generators]) limit(neuron);
    }
    return this.#activations.map(({ low, high }, k) => {
      const dual = low < 0 && low === -high;
      const rate = fround(this.counts[k]! / this.#timesteps);
      return fround((dual ? 0 : low) + fround((dual ? high : high - low) * rate));
    });
  }

  #timestep(x: readonly number[]): void {
    const events = this.#generators.map((generator, i) => this.#step(generator, [x[i]!]));
    events.forEach((event, i) => (this.inputCounts[i]! += event));
    this.#neurons.forEach((neuron, k) => {
      const column = this.#weights.map((row) => row[k]!);
      const fired = this.#step(neuron, [neuron.bias, ...synapses(column, events)]);
      this.counts[k]! += fired;
      this.spikes[k]! += Math.abs(fired);
    });
  }

  #step(neuron: Neuron, additions: readonly number[]): -1 | 0 | 1 {
    for (const addition of additions) neuron.v = fround(neuron.v + addition);
    if (this.#chip && this.#residual) limit(neuron);
    const fired = neuron.v > neuron.upper ? 1 : neuron.v < neuron.lower ? -1 : 0;
    neuron.v = fround(neuron.v - fired * neuron.vth);
    return fired;
  }
}

/** What reaches a neuron: two inputs at a time and rounded, first where the first of them to spike is positive. */
function synapses(weights: readonly number[], events: readonly number[]): number[] {
  const added: number[] = [];
  const subtracted: number[] = [];
  for (let i = 0; i < weights.length; i += 2) {
    const sign = events[i]! || events[i + 1];
    if (!sign) continue;
    const sum = fround(events[i]! * weights[i]! + (events[i + 1] ?? 0) * (weights[i + 1] ?? 0));
    (sign > 0 ? added : subtracted).push(sum);
  }
  return [...added, ...subtracted];
}

function hiddenRangeOf(spiking: SpikingLayer): number {
  return 'hiddenRange' in spiking ? spiking.hiddenRange : 1;
}

function limit(neuron: Neuron): void {
  neuron.v = Math.min(Math.max(neuron.v, -neuron.limit), neuron.limit);
}

/** Of the chip's vmax, in units of 1/256: the first of (2^(9 + 2e) - 1) / 64 that is not below, give or take one. */
function chipLimit(wanted: number): number {
  const limits = [7, 31, 127, 511, 2047, 8191, 32767, 131071];
  return limits.find((value) => value + 1 >= wanted) ?? 131071;
}

/** Halves to the even neighbour. */
function even(x: number): number {
  const [below, above] = [Math.floor(x), Math.ceil(x)];
  if (x - below !== above - x) return Math.round(x);
  return below % 2 === 0 ? below : above;
}
