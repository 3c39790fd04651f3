/** One neuron at every time-step: what the kernel computes, watched in its twin. */
import { createTwinKernel, type Observer } from './kernel/twin.ts';
import type { Kernel, Population, PopulationParameters } from './kernel/types.ts';

/** [steps * timesteps] each. */
export interface NeuronTrace {
  /** Membrane potential as it is compared with the thresholds: after input, bias and, where it is at each time-step, the limit. */
  readonly potential: Float64Array;
  /** Membrane potential that the next time-step starts from, unless a window begins there: after the reset of a spike. */
  readonly after: Float64Array;
  /** What the spikes that arrive change the membrane potential by, without the bias. */
  readonly input: Float64Array;
  /** 1, -1 or 0. */
  readonly spikes: Int8Array;
  /** Added at every time-step. */
  readonly bias: number;
  /** A spike above it. */
  readonly upper: number;
  /** A negative spike below it; null where the neuron has none. */
  readonly lower: number | null;
  /** Vth, which a spike takes off the membrane potential. */
  readonly threshold: number;
}

/** A trace with the steps that were skipped, in which nothing arrives and the membrane potential stays. @param skipped [steps] */
export function withSkipped(trace: NeuronTrace, skipped: Uint8Array, timesteps: number): NeuronTrace {
  const size = skipped.length * timesteps;
  const potential = new Float64Array(size);
  const after = new Float64Array(size);
  const input = new Float64Array(size);
  const spikes = new Int8Array(size);
  let ran = 0;
  skipped.forEach((isSkipped, step) => {
    const at = step * timesteps;
    if (isSkipped) {
      const held = trace.after[ran - 1] ?? 0;
      potential.fill(held, at, at + timesteps);
      after.fill(held, at, at + timesteps);
      return;
    }
    const window = [ran, (ran += timesteps)] as const;
    potential.set(trace.potential.subarray(...window), at);
    after.set(trace.after.subarray(...window), at);
    input.set(trace.input.subarray(...window), at);
    spikes.set(trace.spikes.subarray(...window), at);
  });
  return { ...trace, potential, after, input, spikes };
}

export interface WatchedKernel {
  /** Runs as the one that it was made of. */
  readonly kernel: Kernel;
  /** Of all windows since the `begin` that is watched of the neuron's population; null before there was one. */
  readonly trace: () => NeuronTrace | null;
}

/**
 * A kernel whose population has a companion of one neuron, fed by the same inputs. Neurons of a population know
 * nothing of each other, so the companion does what the neuron does.
 * @param neuron index among the neurons of all populations that are created, one after the other
 * @param nth which `begin` is watched, from 0; the last where it is left out. A population that stands for neurons at
 *   several places begins at each of them.
 */
export function watchNeuron(kernel: Kernel, neuron: number, nth?: number): WatchedKernel {
  let record: Recorder | null = null;
  let created = 0;
  return {
    kernel: {
      ...kernel,
      createPopulation: (parameters) => {
        const index = neuron - created;
        created += parameters.neurons;
        if (index < 0 || index >= parameters.neurons) return kernel.createPopulation(parameters);
        const own = oneNeuron(parameters, index);
        const recorder = new Recorder(own);
        record = recorder;
        const companion = createTwinKernel(recorder.observe).createPopulation(own);
        return together(kernel.createPopulation(parameters), companion, recorder, nth);
      },
    },
    trace: () => record?.trace() ?? null,
  };
}

/** The population of that neuron alone. */
function oneNeuron(parameters: PopulationParameters, neuron: number): PopulationParameters {
  const { inputs, neurons, weights, neuron: all } = parameters;
  const pick = (values: Float32Array | Int32Array) => values.slice(neuron, neuron + 1);
  const column = weights.slice(0, inputs);
  for (let i = 0; i < inputs; i++) column[i] = weights[i * neurons + neuron]!;
  return {
    ...parameters,
    neurons: 1,
    weights: column,
    neuron: {
      bias: pick(all.bias),
      upper: pick(all.upper),
      lower: pick(all.lower),
      threshold: pick(all.threshold),
      start: pick(all.start),
      clipLow: pick(all.clipLow),
      clipHigh: pick(all.clipHigh),
    },
  };
}

function together(
  population: Population,
  companion: Population,
  recorder: Recorder,
  nth: number | undefined,
): Population {
  let begun = -1;
  const watched = () => nth === undefined || begun === nth;
  return {
    counts: population.counts,
    spikes: population.spikes,
    inputCounts: population.inputCounts,
    inputSpikes: population.inputSpikes,
    begin: () => {
      begun++;
      population.begin();
      if (!watched()) return;
      recorder.clear();
      companion.begin();
    },
    window: (values) => {
      population.window(values);
      if (watched()) companion.window(values);
    },
  };
}

class Recorder {
  readonly #p: PopulationParameters;
  #potential: number[] = [];
  #after: number[] = [];
  #input: number[] = [];
  #biased = 0;
  #integrated = 0;

  constructor(parameters: PopulationParameters) {
    this.#p = parameters;
  }

  readonly observe: Observer = (when, membranes) => {
    const v = membranes[0]!;
    if (when === 'biased') this.#biased = v;
    else if (when === 'integrated') this.#integrated = v;
    else if (when === 'compared') {
      this.#input.push(this.#integrated - this.#biased);
      this.#potential.push(v);
    } else this.#after.push(v);
  };

  clear(): void {
    this.#potential = [];
    this.#after = [];
    this.#input = [];
  }

  trace(): NeuronTrace {
    const { neuron } = this.#p;
    const [bias, upper, lower, threshold] = [
      neuron.bias[0]!,
      neuron.upper[0]!,
      neuron.lower[0]!,
      neuron.threshold[0]!,
    ];
    return {
      potential: Float64Array.from(this.#potential),
      after: Float64Array.from(this.#after),
      input: Float64Array.from(this.#input),
      // A spike takes Vth off, a negative one puts it back.
      spikes: Int8Array.from(this.#potential, (v, t) => Math.sign(v - this.#after[t]!)),
      bias,
      upper,
      lower: lower <= -(2 ** 31) ? null : lower,
      threshold,
    };
  }
}
