/** The activations of LSTM, GRU and RNN nodes, which have them as attributes with coefficients of their own. */
import type { ActivationName, ClippedLinear } from '../../network/types.ts';
import { clippedName } from './elementwise.ts';
import type { Node } from './values.ts';

/** Why a node is no layer that can be computed. */
export interface Refusal {
  readonly reason: string;
}

/** Of one direction. */
export interface CellActivations {
  readonly activation: ActivationName;
  /** The same as `activation` where a cell has no gates. */
  readonly recurrentActivation: ActivationName;
}

interface NodeActivations {
  /** Of each direction. */
  readonly named: readonly CellActivations[];
  readonly activations: Readonly<Record<string, ClippedLinear>>;
}

/** f of the gates, g of the candidate, h of the LSTM's cell state on its way out; an RNN has one. */
const usual = {
  LSTM: ['Sigmoid', 'Tanh', 'Tanh'],
  GRU: ['Sigmoid', 'Tanh'],
  RNN: ['Tanh'],
} as const;

export type RecurrentOperation = keyof typeof usual;

export function isRecurrentOperation(op: string): op is RecurrentOperation {
  return Object.hasOwn(usual, op);
}

export function readActivations(
  { attributes }: Node,
  op: RecurrentOperation,
  directions: 1 | 2,
): NodeActivations | Refusal {
  const defaults: readonly string[] = usual[op];
  const most = directions * defaults.length;
  const names = attributes.texts('activations') ?? [...defaults, ...defaults].slice(0, most);
  if (names.length !== most) {
    return { reason: `it has ${names.length} activations; ${most} are needed` };
  }
  const alphas = [...(attributes.floats('activation_alpha') ?? [])];
  const betas = [...(attributes.floats('activation_beta') ?? [])];
  const activations: Record<string, ClippedLinear> = {};
  const found: string[] = [];
  for (const written of names) {
    const named = activationOf(written, alphas, betas);
    if ('reason' in named) return named;
    if (named.meaning) activations[named.name] = named.meaning;
    found.push(named.name);
  }
  const named: CellActivations[] = [];
  for (let at = 0; at < found.length; at += defaults.length) {
    const cell = found.slice(at, at + defaults.length);
    const recurrentActivation = cell[0]!;
    const activation = cell[1] ?? recurrentActivation;
    const out = cell[2] ?? activation;
    if (activation !== out) {
      return { reason: `it has ${activation} at its candidate and ${out} at its output; they must be one` };
    }
    named.push({ activation, recurrentActivation });
  }
  return { named, activations };
}

const plainActivations = new Map<string, string>([
  ['sigmoid', 'sigmoid'],
  ['tanh', 'tanh'],
  ['relu', 'relu'],
  ['softsign', 'softsign'],
  ['softplus', 'softplus'],
]);

type Named = { readonly name: string; readonly meaning?: ClippedLinear } | Refusal;

/** Takes its values off `alphas` and `betas`: they are lists in the order of the functions that have any. */
function activationOf(written: string, alphas: number[], betas: number[]): Named {
  // The operator's page allows any case.
  const key = written.toLowerCase();
  const plain = plainActivations.get(key);
  if (plain !== undefined) return { name: plain };
  if (key === 'hardsigmoid') return hardSigmoid(alphas.shift() ?? 0.2, betas.shift() ?? 0.5);
  if (key === 'elu' && (alphas.shift() ?? 1) === 1) return { name: 'elu' };
  return { reason: `its activation ${written} is none that this version knows` };
}

/** max(0, min(1, alpha * x + beta)) */
function hardSigmoid(alpha: number, beta: number): Named {
  const clip = { slope: Math.fround(alpha), offset: Math.fround(beta), low: 0, high: 1 };
  const named = clip.slope > 0 && Number.isFinite(clip.slope + clip.offset) ? clippedName(clip) : null;
  return named ?? { reason: `its HardSigmoid has the slope ${alpha}, which is not above 0` };
}
