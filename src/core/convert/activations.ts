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

// Functions without two flat ends: no neuron has them, so their layers stay analog. Definitions as in tfjs.
const smooth: Readonly<Record<string, Elementwise>> = {
  sigmoid,
  tanh: Math.tanh,
  elu: (x) => (x >= 0 ? x : Math.expm1(x)),
  selu: (x) => 1.0507009873554805 * (x >= 0 ? x : 1.6732632423543772 * Math.expm1(x)),
  softplus,
  softsign: (x) => x / (Math.abs(x) + 1),
  swish: (x) => x * sigmoid(x),
  mish: (x) => x * Math.tanh(softplus(x)),
};

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

/** Functions that saturate or bend smoothly; the specification may replace them in the spiking network. */
export function isSmooth(name: ActivationName): boolean {
  return Object.hasOwn(smooth, snakeCase(name));
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
  if (Object.hasOwn(smooth, key)) {
    return { name, analog: smooth[key]!, spiking: stated ?? null, replaced: stated !== undefined };
  }
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
