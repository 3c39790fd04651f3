/**
 * What a person may choose of a file of weights alone: the order of its layers and their activations,
 * neither of which a state_dict says. Shown by the model view, written into the specification.
 */
import { paperHardSigmoid, paperHardTanh } from '../../convert/activations.ts';
import type { Fix } from '../../findings/types.ts';
import type { ClippedLinear } from '../../network/types.ts';
import type { LayerChoice } from './state-dict.ts';

/**
 * Of what an activation is: the gates of an LSTM or GRU, an LSTM's candidate and output, a GRU's candidate,
 * the whole of an nn.RNN, or what follows a Linear.
 */
export type ActivationRole = 'gates' | 'cell' | 'candidate' | 'state' | 'linear';

export interface OfferedParameter {
  /** "weight_ih_l0" */
  readonly name: string;
  readonly shape: readonly number[];
}

export interface OfferedBlock {
  /** The module's path: "encoder.lstm". */
  readonly name: string;
  /** "nn.LSTM" */
  readonly className: string;
  readonly parameters: readonly OfferedParameter[];
  /** Activations that may be chosen; none of a layer that has none. */
  readonly roles: readonly ActivationRole[];
}

export interface LayerOffer {
  /** As the file lists them. */
  readonly blocks: readonly OfferedBlock[];
  /** Orders in which the shapes fit, as names of the blocks; the one in use, if there is one, comes first. */
  readonly orders: readonly (readonly string[])[];
  /** Whether there are no orders but these. */
  readonly complete: boolean;
  /** Of the specification, or what is proposed where it has none: in the first of the orders. */
  readonly chosen: readonly LayerChoice[];
}

export interface OfferedActivation {
  /** As it stands in `layers`. */
  readonly name: string;
  /** "clip(x/4 + 1/2, 0, 1): the paper's hard sigmoid" */
  readonly words: string;
  readonly roles: readonly ActivationRole[];
  /** What the name means, where it is none that every reader knows; it then stands in `activations` too. */
  readonly clip?: ClippedLinear;
}

export const offeredActivations: readonly OfferedActivation[] = [
  { name: 'linear', words: 'none: x as it is', roles: ['linear'] },
  { name: 'relu', words: 'relu: max(x, 0), nn.ReLU', roles: ['linear'] },
  { name: 'sigmoid', words: "sigmoid: PyTorch's own for gates", roles: ['gates'] },
  { name: 'sigmoid', words: 'sigmoid: nn.Sigmoid', roles: ['linear'] },
  { name: 'tanh', words: "tanh: nn.LSTM's own for candidate and output", roles: ['cell'] },
  { name: 'tanh', words: "tanh: nn.GRU's own for its candidate", roles: ['candidate'] },
  { name: 'tanh', words: "tanh: nn.RNN's own", roles: ['state'] },
  { name: 'relu', words: "relu: nn.RNN with nonlinearity='relu'", roles: ['state'] },
  { name: 'tanh', words: 'tanh: nn.Tanh', roles: ['linear'] },
  {
    name: 'hard_sigmoid_paper',
    words: "clip(x/4 + 1/2, 0, 1): the paper's hard sigmoid (eq. 7)",
    roles: ['gates', 'linear'],
    clip: paperHardSigmoid,
  },
  {
    name: 'hard_tanh_paper',
    words: "clip(x/2, -1, 1): the paper's hard tanh (eq. 8)",
    roles: ['cell', 'candidate', 'state', 'linear'],
    clip: paperHardTanh,
  },
  { name: 'hardsigmoid', words: 'clip(x/6 + 1/2, 0, 1): nn.Hardsigmoid', roles: ['gates', 'linear'] },
  { name: 'hardtanh', words: 'clip(x, -1, 1): nn.Hardtanh', roles: ['cell', 'candidate', 'state', 'linear'] },
  { name: 'relu6', words: 'clip(x, 0, 6): nn.ReLU6', roles: ['linear'] },
  { name: 'softmax', words: 'softmax: nn.Softmax', roles: ['linear'] },
];

/** The key of {@link LayerChoice} that says it. */
export const keyOfRole = {
  gates: 'recurrentActivation',
  cell: 'activation',
  candidate: 'activation',
  state: 'activation',
  linear: 'activation',
} as const satisfies Record<ActivationRole, keyof LayerChoice>;

/** Blocks whose activation is still open, by name. */
export function openLayers({ blocks }: LayerOffer, choices: readonly LayerChoice[]): string[] {
  return choices.flatMap((choice) => {
    const roles = blocks.find(({ name }) => name === choice.name)?.roles ?? [];
    return roles.some((role) => choice[keyOfRole[role]] === undefined) ? [choice.name] : [];
  });
}

/** What is written into the specification: the layers, and what those names mean that only we know. */
export function layerEdits(choices: readonly LayerChoice[]): Fix['edits'] {
  const used = new Set(
    choices.flatMap(({ activation, recurrentActivation }) => [activation, recurrentActivation]),
  );
  const defined = offeredActivations.filter(({ name, clip }) => clip && used.has(name));
  return [
    { path: ['layers'], value: choices },
    ...defined.map(({ name, clip }) => ({ path: ['activations', name], value: clip })),
  ];
}
