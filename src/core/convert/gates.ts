/** The populations of a recurrent layer before they are neurons: its gates, with the activation of each. */
import type { ActivationName, RecurrentLayer } from '../network/types.ts';
import { gateNames, type GateName } from './types.ts';

export interface Gate {
  readonly name: GateName;
  /** "linear" of u, the recurrent part of a GRU that resets after. */
  readonly activation: ActivationName;
  /** Where the model file names it. */
  readonly key: 'activation' | 'recurrent_activation';
}

/** In the order of the layer's neurons. */
export function gatesOf(layer: RecurrentLayer): readonly Gate[] {
  const { activation } = layer;
  if (layer.kind === 'SimpleRNN') return [{ name: 'h', activation, key: 'activation' }];
  const recurrent = { activation: layer.recurrentActivation, key: 'recurrent_activation' } as const;
  if (layer.kind === 'LSTM') {
    return gateNames.map((name) =>
      name === 'c' ? { name, activation, key: 'activation' } : { name, ...recurrent },
    );
  }
  return [
    { name: 'z', ...recurrent },
    { name: 'r', ...recurrent },
    ...(layer.resetAfter ? [{ name: 'u', activation: 'linear', key: 'activation' } as const] : []),
    { name: 'c', activation, key: 'activation' },
  ];
}

/** The columns of the gate in the layer's tensors, in blocks of [units]; those of a linear part are the candidate's. */
export function columnOf(layer: RecurrentLayer, gate: GateName): number {
  if (layer.kind === 'SimpleRNN') return 0;
  return layer.kind === 'LSTM'
    ? (gateNames as readonly GateName[]).indexOf(gate)
    : ['z', 'r', 'c'].indexOf(gate === 'u' ? 'c' : gate);
}
