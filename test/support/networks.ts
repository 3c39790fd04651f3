/** Small networks with made-up weights. */
import type {
  ActivationLayer,
  ClippedLinear,
  DenseLayer,
  Layer,
  LstmLayer,
  Network,
  Tensor,
} from '../../src/core/network/types.ts';
import type { LayerRun, LayerRunner, Trace } from '../../src/core/simulate/types.ts';

/** Uniform in [-1, 1), the same for the same seed (mulberry32). */
export function randomSource(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 31 - 1;
  };
}

export function randomTensor(random: () => number, shape: readonly number[], scale = 1): Tensor {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, values: Float32Array.from({ length: size }, () => scale * random()) };
}

/** Names of custom activations, with the paper's meaning. */
export const hardActivations: Readonly<Record<string, ClippedLinear>> = {
  hard_sigmoid_quarter: { slope: 0.25, offset: 0.5, low: 0, high: 1 },
  hard_tanh_half: { slope: 0.5, offset: 0, low: -1, high: 1 },
};

export function lstm(
  random: () => number,
  inputSize: number,
  units: number,
  options: Partial<
    Pick<LstmLayer, 'name' | 'returnSequences' | 'zeroSkipped' | 'activation' | 'recurrentActivation'>
  > = {},
): LstmLayer {
  return {
    kind: 'LSTM',
    name: 'lstm',
    path: ['layers', 0],
    units,
    inputSize,
    returnSequences: false,
    activation: 'hard_tanh_half',
    recurrentActivation: 'hard_sigmoid_quarter',
    kernel: randomTensor(random, [inputSize, 4 * units]),
    recurrentKernel: randomTensor(random, [units, 4 * units], 0.5),
    bias: randomTensor(random, [4 * units], 0.5),
    ...options,
  };
}

export function dense(
  random: () => number,
  inputSize: number,
  units: number,
  activation: string,
  name = 'dense',
): DenseLayer {
  return {
    kind: 'Dense',
    name,
    path: ['layers', 1],
    units,
    inputSize,
    activation,
    kernel: randomTensor(random, [inputSize, units]),
    bias: randomTensor(random, [units], 0.2),
  };
}

export function chain(inputShape: readonly (number | null)[], ...layers: Layer[]): Network {
  return { name: 'test', format: 'made up', inputShape, layers };
}

export function activation(name: string, layerName = name): ActivationLayer {
  return { kind: 'Activation', name: layerName, path: ['layers', 2], activation: name };
}

export function passing(kind: 'Dropout' | 'Flatten' | 'InputLayer', name = kind.toLowerCase()): Layer {
  return { kind, name, path: ['layers', 3] };
}

/** A sample of [steps, features], or without steps of [features]. */
export function trace(values: readonly number[] | Float32Array, steps?: number): Trace {
  return {
    steps: steps ?? 1,
    features: values.length / (steps ?? 1),
    values: Float32Array.from(values),
    sequence: steps !== undefined,
  };
}

/** Values within [-1, 1], as a generator can encode them. */
export function randomTrace(random: () => number, features: number, steps?: number): Trace {
  return trace(
    Float32Array.from({ length: features * (steps ?? 1) }, () => random()),
    steps,
  );
}

/** Runs one sample through a chain of layers; what the last one did. */
export function runChain(runners: readonly LayerRunner[], sample: Trace): LayerRun {
  const [first, ...rest] = runners as [LayerRunner, ...LayerRunner[]];
  return rest.reduce((run, runner) => runner(run.output), first(sample));
}
