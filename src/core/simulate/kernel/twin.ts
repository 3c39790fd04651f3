/**
 * The kernel's TypeScript twin: the specification of what a population computes. The product runs the
 * WebAssembly kernel; tests hold it equal to this one.
 *
 * Float results are identical, not close: membranes live in Float32Arrays, so every sum is rounded to
 * 32 bits as it is stored (two float32 added in double and rounded once give the float32 sum), and
 * sums are taken in the same order. Integers live in Int32Arrays, which wrap as 32-bit lanes do.
 */
import type { Affine, GeneratorParameters, Kernel, Population, PopulationParameters } from './types.ts';

type Lanes = Float32Array | Int32Array;

/**
 * Is shown the membranes four times in every time-step: with the bias added, with the inputs added, as they are
 * compared with the thresholds, and after the reset of those that spiked.
 */
export type Observer = (
  when: 'biased' | 'integrated' | 'compared' | 'fired',
  membranes: Readonly<Lanes>,
) => void;

export function createTwinKernel(observe: Observer | null = null): Kernel {
  return {
    createPopulation: (parameters) => new TwinPopulation(parameters, observe),
    createAffine: (inputs, neurons, weights, bias) => new TwinAffine(inputs, neurons, weights, bias),
  };
}

class TwinPopulation implements Population {
  readonly counts: Int32Array;
  readonly spikes: Int32Array;
  readonly inputCounts: Int32Array;
  readonly inputSpikes: Int32Array;
  /** [neurons] and [inputs] */
  readonly #membranes: Lanes;
  readonly #inputMembranes: Lanes;
  /** [inputs] what a time-step adds to the generator's membranes. */
  readonly #increments: Lanes;
  /** [pairs] 3 s + r where the inputs of a pair do s and r in a time-step: -1, 0 or 1. */
  readonly #codes: Int8Array;
  /** [pairs][4][neurons]: of a pair with weights w and u the rows u, w - u, w, w + u, by the code's size. */
  readonly #rows: (Float32Array | Int16Array)[];
  readonly #p: PopulationParameters;
  readonly #generator: GeneratorParameters;
  readonly #observe: Observer | null;

  constructor(parameters: PopulationParameters, observe: Observer | null) {
    checkParameters(parameters);
    const { arithmetic, inputs, neurons } = parameters;
    const lanes = (length: number) =>
      arithmetic === 'float' ? new Float32Array(length) : new Int32Array(length);
    this.#p = parameters;
    this.#observe = observe;
    this.#generator = inLanes(parameters.generator, arithmetic);
    this.counts = new Int32Array(neurons);
    this.spikes = new Int32Array(neurons);
    this.inputCounts = new Int32Array(inputs);
    this.inputSpikes = new Int32Array(inputs);
    this.#membranes = lanes(neurons);
    this.#inputMembranes = lanes(inputs);
    this.#increments = lanes(inputs);
    this.#codes = new Int8Array(Math.ceil(inputs / 2));
    this.#rows = pairRows(parameters);
    this.begin();
  }

  begin(): void {
    this.#membranes.set(this.#p.neuron.start);
    this.#inputMembranes.fill(0);
  }

  window(values: Float32Array): void {
    const { carry, clip, timesteps, neuron } = this.#p;
    this.counts.fill(0);
    this.spikes.fill(0);
    this.inputCounts.fill(0);
    this.inputSpikes.fill(0);
    this.#encode(values);
    if (!carry) this.#restart();
    for (let t = 0; t < timesteps; t++) {
      this.#generate();
      this.#integrate();
      if (clip === 'timestep') limit(this.#membranes, neuron.clipLow, neuron.clipHigh);
      this.#observe?.('compared', this.#membranes);
      this.#fire();
      this.#observe?.('fired', this.#membranes);
    }
    if (clip === 'window') {
      limit(this.#membranes, neuron.clipLow, neuron.clipHigh);
      this.#limitInputs();
    }
  }

  #encode(values: Float32Array): void {
    const increments = this.#increments;
    const { arithmetic } = this.#p;
    const scale = this.#generator.scale;
    for (let i = 0; i < increments.length; i++) {
      increments[i] =
        arithmetic === 'float' ? values[i]! : saturate(roundHalfEven(Math.fround(values[i]! * scale)));
    }
  }

  /** Where membranes do not carry, a window starts afresh; the generator's with the sign of the input. */
  #restart(): void {
    this.#membranes.set(this.#p.neuron.start);
    const { start } = this.#generator;
    const increments = this.#increments;
    for (let i = 0; i < increments.length; i++) {
      this.#inputMembranes[i] = increments[i]! > 0 ? start : increments[i]! < 0 ? -start : 0;
    }
  }

  /** One time-step of the generator. */
  #generate(): void {
    const v = this.#inputMembranes;
    const increments = this.#increments;
    const codes = this.#codes;
    const { threshold, upper } = this.#generator;
    for (let i = 0; i < v.length; i++) v[i]! += increments[i]!;
    if (this.#p.clip === 'timestep') this.#limitInputs();
    codes.fill(0);
    for (let i = 0; i < v.length; i++) {
      const sign = v[i]! > upper ? 1 : v[i]! < -upper ? -1 : 0;
      if (sign === 0) continue;
      v[i]! -= sign * threshold;
      this.inputCounts[i]! += sign;
      this.inputSpikes[i]!++;
      codes[i >> 1]! += i & 1 ? sign : 3 * sign;
    }
  }

  #limitInputs(): void {
    const v = this.#inputMembranes;
    const { clip } = this.#generator;
    for (let i = 0; i < v.length; i++) v[i] = within(v[i]!, -clip, clip);
  }

  /** Bias first, then what is added, then what is subtracted. */
  #integrate(): void {
    const v = this.#membranes;
    const codes = this.#codes;
    const { bias } = this.#p.neuron;
    const neurons = v.length;
    for (let j = 0; j < neurons; j++) v[j]! += bias[j]!;
    this.#observe?.('biased', v);
    for (let pair = 0; pair < codes.length; pair++) {
      if (codes[pair]! <= 0) continue;
      const row = this.#rows[4 * pair + codes[pair]! - 1]!;
      for (let j = 0; j < neurons; j++) v[j]! += row[j]!;
    }
    for (let pair = 0; pair < codes.length; pair++) {
      if (codes[pair]! >= 0) continue;
      const row = this.#rows[4 * pair - codes[pair]! - 1]!;
      for (let j = 0; j < neurons; j++) v[j]! -= row[j]!;
    }
    this.#observe?.('integrated', v);
  }

  /** Compare, reset by subtraction, count. */
  #fire(): void {
    const v = this.#membranes;
    const { upper, lower, threshold } = this.#p.neuron;
    const { counts, spikes } = this;
    for (let j = 0; j < v.length; j++) {
      if (v[j]! > upper[j]!) {
        v[j]! -= threshold[j]!;
        counts[j]!++;
        spikes[j]!++;
      } else if (v[j]! < lower[j]!) {
        v[j]! += threshold[j]!;
        counts[j]!--;
        spikes[j]!++;
      }
    }
  }
}

class TwinAffine implements Affine {
  readonly #inputs: number;
  readonly #neurons: number;
  readonly #weights: Float32Array;
  readonly #bias: Float32Array;

  constructor(inputs: number, neurons: number, weights: Float32Array, bias: Float32Array) {
    checkAffine(inputs, neurons, weights, bias);
    this.#inputs = inputs;
    this.#neurons = neurons;
    this.#weights = weights;
    this.#bias = bias;
  }

  apply(values: Float32Array, into: Float32Array): void {
    const neurons = this.#neurons;
    const weights = this.#weights;
    into.set(this.#bias);
    for (let i = 0; i < this.#inputs; i++) {
      const x = values[i]!;
      const row = i * neurons;
      for (let j = 0; j < neurons; j++) into[j]! += Math.fround(x * weights[row + j]!);
    }
  }
}

/** The four rows of each pair of inputs; a last input without a partner has one of zeros. */
function pairRows({ inputs, neurons, weights }: PopulationParameters): (Float32Array | Int16Array)[] {
  const rows = [];
  for (let i = 0; i < inputs; i += 2) {
    const w = weights.subarray(i * neurons, (i + 1) * neurons);
    const u = i + 1 < inputs ? weights.subarray((i + 1) * neurons, (i + 2) * neurons) : w.map(() => 0);
    rows.push(
      u,
      w.map((x, j) => x - u[j]!),
      w,
      w.map((x, j) => x + u[j]!),
    );
  }
  return rows;
}

function limit(v: Lanes, low: Lanes, high: Lanes): void {
  for (let j = 0; j < v.length; j++) v[j] = within(v[j]!, low[j]!, high[j]!);
}

function within(v: number, low: number, high: number): number {
  const raised = v < low ? low : v;
  return high < raised ? high : raised;
}

/** IEEE rounding to the nearest integer, ties to even; Math.round takes ties upwards. */
function roundHalfEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  return rest < 0.5 || (rest === 0.5 && floor % 2 === 0) ? floor : floor + 1;
}

/** To a 32-bit integer: cut off, limited to its range, NaN to 0. */
function saturate(x: number): number {
  return Math.trunc(within(Number.isNaN(x) ? 0 : x, -(2 ** 31), 2 ** 31 - 1));
}

/** The generator's numbers as the population's lanes hold them. */
export function inLanes(
  generator: GeneratorParameters,
  arithmetic: PopulationParameters['arithmetic'],
): GeneratorParameters {
  const lane = arithmetic === 'float' ? Math.fround : saturate;
  const { scale, threshold, upper, start, clip } = generator;
  return {
    scale: Math.fround(scale),
    threshold: lane(threshold),
    upper: lane(upper),
    start: lane(start),
    clip: lane(clip),
  };
}

/** Throws a RangeError where shapes, element types or ranges are not as `types.ts` says. */
export function checkParameters(p: PopulationParameters): void {
  const { arithmetic, inputs, neurons, timesteps, weights, neuron, generator } = p;
  const float = arithmetic === 'float';
  for (const [name, n] of Object.entries({ inputs, neurons, timesteps })) {
    require(Number.isInteger(n) && n >= 1, `${name} is ${n}, at least 1 is needed`);
  }
  require(weights.length === inputs * neurons, `${weights.length} weights for ${inputs} x ${neurons}`);
  require(weights instanceof
    (float ? Float32Array : Int16Array), `weights are not of ${arithmetic} arithmetic`);
  require(float || weights.every((w) => w >= -256 && w <= 256), 'an integer weight is beyond +-256');
  for (const [name, values] of Object.entries(neuron as unknown as Record<string, Lanes>)) {
    require(values.length === neurons, `${values.length} values of ${name} for ${neurons} neurons`);
    require(values instanceof
      (float ? Float32Array : Int32Array), `${name} is not of ${arithmetic} arithmetic`);
  }
  require(neuron.lower.every(
    (lower, j) => lower <= neuron.upper[j]!,
  ), 'a lower threshold is above the upper one');
  require(generator.upper >= 0 && generator.clip >= 0, "the generator's upper and clip are not negative");
}

/** As `checkParameters`. */
export function checkAffine(
  inputs: number,
  neurons: number,
  weights: Float32Array,
  bias: Float32Array,
): void {
  require(weights.length === inputs * neurons, `${weights.length} weights for ${inputs} x ${neurons}`);
  require(bias.length === neurons, `${bias.length} biases for ${neurons} neurons`);
}

function require(condition: boolean, message: string): void {
  if (!condition) throw new RangeError(`population: ${message}`);
}
