/** What an activation name means, and whether integrate-and-fire neurons can compute it. */
import type { ActivationName, ClippedLinear } from '../network/types.ts';

/** Works on one value; float32 in, float32 out. */
export type Elementwise = (x: number) => number;

/** What a name means in the trained network, and in the spiking one. */
export interface ResolvedActivation {
  readonly name: ActivationName;
  /** The trained network's function; null for softmax, which is not elementwise, and for an unknown name. */
  readonly analog: Elementwise | null;
  /** What spiking neurons compute instead, null where no population can. */
  readonly spiking: ClippedLinear | 'relu' | null;
  /** True where the specification puts a clipped-linear form in the place of a smooth function. */
  readonly replaced: boolean;
}

/** tfjs and Keras up to 2: clip(0.2 x + 0.5, 0, 1) (tfjs-layers/src/activations.ts). */
const hardSigmoid: ClippedLinear = { slope: 0.2, offset: 0.5, low: 0, high: 1 };
const relu6: ClippedLinear = { slope: 1, offset: 0, low: 0, high: 6 };
const clippedLinear: Readonly<Record<string, ClippedLinear>> = { hard_sigmoid: hardSigmoid, relu6 };

/** Paper, eq. (7). */
export const paperHardSigmoid: ClippedLinear = { slope: 0.25, offset: 0.5, low: 0, high: 1 };
/** Paper, eq. (8). */
export const paperHardTanh: ClippedLinear = { slope: 0.5, offset: 0, low: -1, high: 1 };

const sigmoid: Elementwise = (x) => 1 / (1 + Math.exp(-x));
const softplus: Elementwise = (x) => Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));

const relu6Of = (x: number) => Math.min(Math.max(x, 0), 6);

/** Abramowitz and Stegun 7.1.26 is not enough for 1e-5 of gelu; this series and continued fraction are exact to 1e-12. */
function erf(x: number): number {
  const size = Math.abs(x);
  if (size > 6) return Math.sign(x);
  if (size < 3) {
    let [term, sum] = [size, size];
    for (let n = 1; Math.abs(term) > 1e-17 * sum; n++) {
      term *= (-size * size * (2 * n - 1)) / (n * (2 * n + 1));
      sum += term;
    }
    return (Math.sign(x) * 2 * sum) / Math.sqrt(Math.PI);
  }
  let fraction = 0;
  for (let n = 40; n > 0; n--) fraction = n / 2 / (size + fraction);
  return Math.sign(x) * (1 - Math.exp(-size * size) / (Math.sqrt(Math.PI) * (size + fraction)));
}

// Functions that no single neuron has: a sum of several comes near. Definitions as in tfjs and Keras.
const smooth: Readonly<Record<string, Elementwise>> = {
  sigmoid,
  tanh: Math.tanh,
  elu: (x) => (x >= 0 ? x : Math.expm1(x)),
  selu: (x) => 1.0507009873554805 * (x >= 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  softplus,
  softsign: (x) => x / (Math.abs(x) + 1),
  swish: (x) => x * sigmoid(x),
  silu: (x) => x * sigmoid(x),
  mish: (x) => x * Math.tanh(softplus(x)),
  gelu: (x) => 0.5 * x * (1 + erf(x / Math.SQRT2)),
  // The approximation by tanh: the name that tfjs has for it.
  gelu_new: (x) => 0.5 * x * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
  hard_swish: (x) => (x * relu6Of(x + 3)) / 6,
  hard_silu: (x) => (x * relu6Of(x + 3)) / 6,
  exponential: Math.exp,
};

/** Those with a number of their own, written behind the name: "leaky_relu(0.3)", "elu(0.5)". */
const withNumber: Readonly<Record<string, (slope: number) => Elementwise>> = {
  leaky_relu: (slope) => (x) => (x >= 0 ? x : slope * x),
  elu: (alpha) => (x) => (x >= 0 ? x : alpha * Math.expm1(x)),
};

/** The name and the number of one that has a number of its own; null for any other. */
export function numberOf(name: ActivationName): { readonly name: string; readonly value: number } | null {
  const parts = /^(\w+)\((-?[\d.e+-]+)\)$/.exec(snakeCase(name));
  const value = Number(parts?.[2]);
  return parts && Object.hasOwn(withNumber, parts[1]!) && Number.isFinite(value)
    ? { name: parts[1]!, value }
    : null;
}

function smoothOf(key: string): Elementwise | null {
  if (Object.hasOwn(smooth, key)) return smooth[key]!;
  const numbered = numberOf(key);
  return numbered && withNumber[numbered.name]!(numbered.value);
}

const identity: Elementwise = (x) => x;
const rectify: Elementwise = (x) => (x > 0 ? x : 0);

/** `hardTanh` and `hard_tanh` are one name: tfjs writes one and looks up the other. */
export function snakeCase(name: string): string {
  return name
    .replace(/(.)([A-Z][a-z0-9]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/** Evaluates `y = clip(slope * x + offset, low, high)`. */
export function evaluateClippedLinear({ slope, offset, low, high }: ClippedLinear): Elementwise {
  return (x) => Math.min(Math.max(slope * x + offset, low), high);
}

/** Smooth functions that rise from one bound to another: neurons can come as near to them as is wanted. */
export function isFittable(name: ActivationName): boolean {
  return ['sigmoid', 'tanh', 'softsign'].includes(snakeCase(name));
}

/** Functions that saturate, bend or have several slopes; the specification may replace them in the spiking network. */
export function isSmooth(name: ActivationName): boolean {
  return smoothOf(snakeCase(name)) !== null;
}

/** What the names of a network mean: as its file says, overridden by the specification. */
export function declaredActivations(
  file: Readonly<Record<string, ClippedLinear>> = {},
  specification: Readonly<Record<string, ClippedLinear>> = {},
): Readonly<Record<string, ClippedLinear>> {
  const stated = new Set(Object.keys(specification).map(snakeCase));
  const kept = Object.entries(file).filter(([name]) => !stated.has(snakeCase(name)));
  return { ...Object.fromEntries(kept), ...specification };
}

/**
 * Resolves a name. The specification's word on a custom or clipped-linear name holds in both networks
 * (it says what the file means); on a smooth one it holds in the spiking network only, so that
 * the comparison is still with the network as it was trained.
 */
export function resolveActivation(
  name: ActivationName,
  declared: Readonly<Record<string, ClippedLinear>> = {},
): ResolvedActivation {
  const key = snakeCase(name);
  const stated = Object.entries(declared).find(([other]) => snakeCase(other) === key)?.[1];
  const curve = smoothOf(key);
  if (curve) return { name, analog: curve, spiking: stated ?? null, replaced: stated !== undefined };
  const clip = stated ?? (Object.hasOwn(clippedLinear, key) ? clippedLinear[key]! : undefined);
  if (clip) return { name, analog: evaluateClippedLinear(clip), spiking: clip, replaced: false };
  if (key === 'linear') return { name, analog: identity, spiking: null, replaced: false };
  if (key === 'relu') return { name, analog: rectify, spiking: 'relu', replaced: false };
  return { name, analog: null, spiking: null, replaced: false };
}

/** Whether the trained network can be computed with this activation. */
export function isKnown(activation: ResolvedActivation): boolean {
  return activation.analog !== null || snakeCase(activation.name) === 'softmax';
}
