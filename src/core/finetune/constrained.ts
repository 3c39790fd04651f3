/** The trained network with functions that spiking neurons compute in the place of smooth ones (paper, constraint 1). */
import {
  isSmooth,
  paperHardSigmoid,
  paperHardTanh,
  resolveActivation,
  snakeCase,
} from '../convert/activations.ts';
import type { ActivationName, ClippedLinear, Layer, Network } from '../network/types.ts';

type Declared = Readonly<Record<ActivationName, ClippedLinear>>;

/** One function in the place of another, of the same name wherever it stands. */
export interface Replacement {
  readonly from: ActivationName;
  readonly to: ActivationName;
  readonly clip: ClippedLinear;
}

export interface Constrained {
  readonly network: Network;
  /** What the names of the network mean. */
  readonly activations: Declared;
  readonly replaced: readonly Replacement[];
}

/** Equations (7) and (8), under the names of the examples. */
const papers: Readonly<Record<string, { readonly to: ActivationName; readonly clip: ClippedLinear }>> = {
  sigmoid: { to: 'hard_sigmoid_quarter', clip: paperHardSigmoid },
  tanh: { to: 'hard_tanh_half', clip: paperHardTanh },
  softsign: { to: 'hard_tanh_half', clip: paperHardTanh },
};

/**
 * Smooth functions of LSTMs are replaced by what the specification declares for them, else by the paper's; those of
 * other layers only where the specification declares it. Under new names: what replaces a function is from here on
 * what the network is trained with, no longer something that its spiking half alone has.
 * @param declared what the specification and the file say that names mean
 */
export function constrain(network: Network, declared: Declared = {}): Constrained {
  const replaced = new Map<ActivationName, Replacement>();
  const replace = (name: ActivationName, isGate: boolean): ActivationName => {
    const stated = resolveActivation(name, declared).spiking;
    if (!isSmooth(name)) return name;
    const key = snakeCase(name);
    const of =
      stated && stated !== 'relu' ? { to: `clipped_${key}`, clip: stated } : isGate ? papers[key] : undefined;
    if (of === undefined) return name;
    const to = free(of.to, of.clip, declared);
    replaced.set(key, { from: name, to, clip: of.clip });
    return to;
  };
  const layers = network.layers.map((layer): Layer => {
    if (layer.kind === 'LSTM') {
      const [activation, recurrentActivation] = [layer.activation, layer.recurrentActivation];
      return {
        ...layer,
        activation: replace(activation, true),
        recurrentActivation: replace(recurrentActivation, true),
      };
    }
    if (layer.kind !== 'Dense' && layer.kind !== 'Activation') return layer;
    return { ...layer, activation: replace(layer.activation, false) };
  });
  const all = [...replaced.values()];
  const meanings = Object.entries(declared).filter(([name]) => !replaced.has(snakeCase(name)));
  const activations = {
    ...Object.fromEntries(meanings),
    ...Object.fromEntries(all.map(({ to, clip }) => [to, clip])),
  };
  return { network: { ...network, layers }, activations, replaced: all };
}

/** The name, with a number where the specification has it with another meaning. */
function free(name: ActivationName, clip: ClippedLinear, declared: Declared): ActivationName {
  const taken = (tried: string) =>
    Object.entries(declared).some(
      ([other, has]) => snakeCase(other) === tried && JSON.stringify(has) !== JSON.stringify(clip),
    );
  let tried = name;
  for (let n = 2; taken(tried); n++) tried = `${name}_${n}`;
  return tried;
}

/** Values of each tensor of a layer: kernel, recurrent kernel of an LSTM, bias. */
export type LayerValues = readonly Float32Array[];

/** The same network with other weights. @param weights of each layer; of one without weights, nothing */
export function withWeights(network: Network, weights: readonly LayerValues[]): Network {
  const layers = network.layers.map((layer, n): Layer => {
    const [kernel, ...others] = weights[n]!;
    if (layer.kind === 'LSTM') {
      return {
        ...layer,
        kernel: { ...layer.kernel, values: kernel! },
        recurrentKernel: { ...layer.recurrentKernel, values: others[0]! },
        bias: { ...layer.bias, values: others[1]! },
      };
    }
    if (layer.kind !== 'Dense') return layer;
    return {
      ...layer,
      kernel: { ...layer.kernel, values: kernel! },
      bias: { ...layer.bias, values: others[0]! },
    };
  });
  return { ...network, layers };
}
