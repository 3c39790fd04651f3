/**
 * One population of integrate-and-fire neurons together with the spike generator that feeds it,
 * run for a window of T time-steps. Two implementations: the WebAssembly SIMD kernel
 * (`assembly/kernel.ts` behind `wasm.ts`) and its TypeScript twin (`twin.ts`), held equal by tests.
 */

/** Numbers that a population is made of; all per neuron, [neurons] unless said otherwise. */
export interface NeuronParameters {
  /** Added to the membrane potential at every time-step. */
  readonly bias: Float32Array | Int32Array;
  /** A spike where the membrane potential is strictly above. */
  readonly upper: Float32Array | Int32Array;
  /** A negative spike where it is strictly below; -Infinity (float) or -2^31 (integer) for a single threshold. */
  readonly lower: Float32Array | Int32Array;
  /** Vth: taken off after a spike, put back after a negative one (reset by subtraction). */
  readonly threshold: Float32Array | Int32Array;
  /** Membrane potential at the start of a sample, and of every window unless `carry`. */
  readonly start: Float32Array | Int32Array;
  /** Limits of the membrane potential, applied as `clip` says. */
  readonly clipLow: Float32Array | Int32Array;
  readonly clipHigh: Float32Array | Int32Array;
}

/** The ternary spike generator in front of a population (paper, III.B): one dual-threshold neuron an input. */
export interface GeneratorParameters {
  /** Added per time-step is the input itself (float) or round-half-even(input * scale) (integer). */
  readonly scale: number;
  readonly threshold: number;
  /** A spike where the membrane is strictly above `upper`, a negative one where strictly below -`upper`. */
  readonly upper: number;
  /** Start of the membrane, with the sign of the input (the reference implementation starts at 1). Ignored where membranes carry: they start at 0. */
  readonly start: number;
  /** Membranes are limited to +-clip, as `clip` says. */
  readonly clip: number;
}

export interface PopulationParameters {
  readonly arithmetic: 'float' | 'integer';
  readonly inputs: number;
  readonly neurons: number;
  readonly timesteps: number;
  /** [inputs, neurons], row-major: Float32Array in float arithmetic, Int16Array (within +-256) in integer. */
  readonly weights: Float32Array | Int16Array;
  readonly neuron: NeuronParameters;
  readonly generator: GeneratorParameters;
  /** True in residual coding: membranes go on from one window to the next. */
  readonly carry: boolean;
  /** When membranes are limited: never, after each window (float residual), or at each time-step before the comparison (chip residual). */
  readonly clip: 'never' | 'window' | 'timestep';
}

/**
 * A population with its membranes. Inputs are taken in pairs, 2 p and 2 p + 1 (an odd last one with a
 * partner that never spikes): where one or both spike in a time-step, with signs s and r, the pair's event is
 * to add s w + r u to the membranes, w and u being the two weights. It is added as +(w + u), +(w - u), +w or +u,
 * or subtracted as -(w + u), -(w - u), -w or -u, the sum or difference rounded to float32 beforehand; the sign is
 * that of the first input that spikes.
 *
 * Within a time-step: add the bias, add the events to be added in pair order, subtract those to be
 * subtracted in pair order, limit if `clip` is 'timestep', compare, reset by subtraction, count. The
 * generator's spikes of time-step t reach the neurons in time-step t.
 */
export interface Population {
  /** Fresh membranes, as at the start of a sample. */
  begin(): void;
  /**
   * Runs T time-steps on constant inputs.
   * @param values [inputs], the analog values to encode; 1 is one spike every time-step
   */
  window(values: Float32Array): void;
  /** [neurons] positive minus negative spikes of the last window. */
  readonly counts: Int32Array;
  /** [neurons] positive plus negative spikes of the last window. */
  readonly spikes: Int32Array;
  /** [inputs] the generator's positive minus negative spikes of the last window. */
  readonly inputCounts: Int32Array;
  /** [inputs] the generator's spikes of either sign in the last window. */
  readonly inputSpikes: Int32Array;
}

/** y = x W + b, the analog counterpart, in float32. */
export interface Affine {
  /**
   * @param values [inputs]
   * @param into [neurons], overwritten
   */
  apply(values: Float32Array, into: Float32Array): void;
}

export interface Kernel {
  createPopulation(parameters: PopulationParameters): Population;
  /**
   * @param weights [inputs, neurons] row-major
   * @param bias [neurons]
   */
  createAffine(inputs: number, neurons: number, weights: Float32Array, bias: Float32Array): Affine;
}
