/** The trained network with functions that spiking neurons compute in the place of smooth ones (paper, constraint 1). */
import {
  isSmooth,
  paperHardSigmoid,
  paperHardTanh,
  resolveActivation,
  snakeCase,
} from '../convert/activations.ts';
import { hasOneActivation, isRecurrent } from '../network/shapes.ts';
import type { ActivationName, ClippedLinear, Layer, Network } from '../network/types.ts';
import { nearStart } from './near-start.ts';

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
 * Smooth functions of recurrent layers are replaced by what the specification declares for them, else by the paper's;
 * those of other layers only where the specification declares it. Under new names: what replaces a function is from
 * here on what the network is trained with, no longer something that its spiking half alone has. Weights are changed
 * so that the network comes near to the trained one ({@link nearStart}).
 * @param declared what the specification and the file say that names mean
 */
export function constrain(network: Network, declared: Declared = {}): Constrained {
  const replacementOf = (name: ActivationName, isGate: boolean): Replacement | null => {
    const stated = resolveActivation(name, declared).spiking;
    if (!isSmooth(name)) return null;
    const key = snakeCase(name);
    const of =
      stated && stated !== 'relu' ? { to: `clipped_${key}`, clip: stated } : isGate ? papers[key] : undefined;
    return of ? { from: name, to: free(of.to, of.clip, declared), clip: of.clip } : null;
  };
  const replaced = new Map<ActivationName, Replacement>();
  const replace = (name: ActivationName, isGate: boolean): ActivationName => {
    const replacement = replacementOf(name, isGate);
    if (replacement === null) return name;
    replaced.set(snakeCase(name), replacement);
    return replacement.to;
  };
  const near = nearStart(network.layers, (name, isGate) => {
    const smooth = resolveActivation(name, declared).analog;
    const replacement = replacementOf(name, isGate);
    return smooth && replacement ? { smooth, clip: replacement.clip } : null;
  });
  const layers = near.map((layer) => withFunctions(layer, replace));
  const all = [...replaced.values()];
  const meanings = Object.entries(declared).filter(([name]) => !replaced.has(snakeCase(name)));
  const activations = {
    ...Object.fromEntries(meanings),
    ...Object.fromEntries(all.map(({ to, clip }) => [to, clip])),
  };
  return { network: { ...network, layers }, activations, replaced: all };
}

function withFunctions(
  layer: Layer,
  replace: (name: ActivationName, isGate: boolean) => ActivationName,
): Layer {
  if (layer.kind === 'SimpleRNN') return { ...layer, activation: replace(layer.activation, true) };
  if (isRecurrent(layer)) {
    const [activation, recurrentActivation] = [layer.activation, layer.recurrentActivation];
    return {
      ...layer,
      activation: replace(activation, true),
      recurrentActivation: replace(recurrentActivation, true),
    };
  }
  if (!hasOneActivation(layer) && layer.kind !== 'Activation') return layer;
  return { ...layer, activation: replace(layer.activation, false) };
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
