/** LSTM, Gemm and MatMul nodes with their weights become layers. */
import { InputFault } from '../../findings/types.ts';
import type { ActivationName, ClippedLinear } from '../../network/types.ts';
import { formatShape } from '../keras/building.ts';
import type { PendingDense, PendingEmbedding, PendingLstm, PendingTensor } from './chain.ts';
import { isZero } from './constants.ts';
import { clippedName } from './elementwise.ts';
import { checkFinite, type TensorFiles } from './tensors.ts';
import { input, numbersOf, type Constant, type Node, type Value } from './values.ts';
import { countOf, quote } from '../weights/stored-tensor.ts';

/** Why a node is no layer that can be computed. */
export interface Refusal {
  readonly reason: string;
}

export interface BuiltLstm {
  /** One, or the forward and the backward one of a bidirectional LSTM. */
  readonly layers: readonly PendingLstm[];
  readonly activations: Readonly<Record<string, ClippedLinear>>;
}

/** Rows of an ONNX gate block, in the order of this project: i, f, c, o out of i, o, f, c. */
const gateOrder = [0, 2, 3, 1] as const;

/**
 * @param steps Of the sequence that it receives, null where that is open.
 * @param returnSequences Whether its every step is used.
 * @throws InputFault `weights-unreadable` where weights do not fit or are not finite.
 */
export async function buildLstm(
  node: Node,
  name: string,
  steps: number | null,
  returnSequences: boolean,
  files: TensorFiles,
): Promise<BuiltLstm | Refusal> {
  const reason = optionOf(node) ?? (await stateOf(node, steps, files));
  if (reason !== null) return { reason };
  const directions = node.attributes.text('direction', 'forward') === 'bidirectional' ? 2 : 1;
  const functions = readActivations(node, directions);
  if ('reason' in functions) return functions;
  const [w, r, b] = [floatsOf(input(node, 1)), floatsOf(input(node, 2)), floatsOf(input(node, 3))];
  if (!w || !r || (!b && input(node, 3).kind !== 'absent')) {
    return { reason: 'its weights are computed in the graph; export them as constants' };
  }
  const weightFault = faultAt(files, node);
  const units = r.shape[2] ?? 0;
  const inputSize = w.shape[2] ?? 0;
  const needs = (what: string, tensor: Constant, shape: readonly number[]) => {
    if (tensor.shape.join() === shape.join()) return;
    const found = `${quote(tensor.name)} is ${formatShape(tensor.shape)}`;
    throw weightFault(`layer ${quote(name)} needs ${what} of shape ${formatShape(shape)}, but ${found}`);
  };
  const hidden = node.attributes.int('hidden_size', units);
  needs('recurrent weights', r, [directions, 4 * hidden, hidden]);
  needs('input weights', w, [directions, 4 * hidden, inputSize]);
  if (b) needs('biases', b, [directions, 8 * hidden]);
  if (units === 0 || inputSize === 0) throw weightFault(`layer ${quote(name)} has no units or no inputs`);

  const pending = pendingWeights(name, node, files);
  const biases = b ? await b.floats() : new Float32Array(8 * units * directions);
  checkFinite(biases, [biases.length], `layer ${quote(name)} has a bias`, weightFault);
  const { named, activations } = functions;
  const layers = named.map((functionNames, k): PendingLstm => {
    const ofDirection = (all: Float32Array) => {
      const size = all.length / directions;
      return all.subarray(k * size, (k + 1) * size);
    };
    const direction = k === 0 ? 'forward' : 'backward';
    return {
      ...{ kind: 'LSTM', name: directions === 2 ? `${name} (${direction})` : name, path: node.path },
      ...{ units, inputSize, returnSequences, ...functionNames },
      ...(direction === 'backward' && { direction }),
      kernel: pending('kernel', [inputSize, 4 * units], async () =>
        gatesOf(ofDirection(await w.floats()), units, inputSize),
      ),
      recurrentKernel: pending('recurrentKernel', [units, 4 * units], async () =>
        gatesOf(ofDirection(await r.floats()), units, units),
      ),
      bias: { shape: [4 * units], values: biasOf(ofDirection(biases), units) },
    };
  });
  return { layers, activations };
}

/** Weights that are read, counted and checked when they are taken. */
function pendingWeights(name: string, node: Node, files: TensorFiles) {
  return (what: string, shape: readonly number[], make: () => Promise<Float32Array>): PendingTensor => ({
    shape,
    read: async () => {
      files.spend(countOf(shape), node.path);
      const values = await make();
      checkFinite(values, shape, `layer ${quote(name)} has a ${what}`, faultAt(files, node));
      return values;
    },
  });
}

function faultAt(files: TensorFiles, { path }: Node) {
  return (words: string) =>
    new InputFault('weights-unreadable', files.source.path, words, { file: 'model', path });
}

function floatsOf(value: Value): Constant | null {
  return value.kind === 'constant' && !value.tensor.whole ? value.tensor : null;
}

/** An option that changes what it computes, in words. */
function optionOf({ attributes, inputs }: Node): string | null {
  const direction = attributes.text('direction', 'forward');
  if (direction !== 'forward' && direction !== 'bidirectional') {
    return `it runs the sequence backwards (direction ${direction})`;
  }
  if (attributes.has('clip')) return `it clips its gates' inputs (clip ${attributes.float('clip', 0)})`;
  if (attributes.int('input_forget', 0) !== 0) {
    return 'it has one gate for input and forgetting (input_forget)';
  }
  if ((inputs[7]?.kind ?? 'absent') !== 'absent') return 'its gates see the cell state (peepholes, P)';
  return null;
}

/** What it starts from, or how much of a sequence it reads, in words where that is not usual. */
async function stateOf(node: Node, steps: number | null, files: TensorFiles): Promise<string | null> {
  for (const [i, what] of [
    [5, 'initial_h'],
    [6, 'initial_c'],
  ] as const) {
    const known = await isZero(input(node, i), files);
    if (!known) return `it starts from a state that is not zero (${what})`;
  }
  const lengths = input(node, 4);
  if (lengths.kind === 'absent') return null;
  const whole = (await numbersOf(lengths))?.every((length) => length === steps);
  return whole ? null : 'its sequences are of several lengths (sequence_lens); give sequences of one length';
}

interface Functions {
  /** Of each direction. */
  readonly named: readonly {
    readonly activation: ActivationName;
    readonly recurrentActivation: ActivationName;
  }[];
  readonly activations: Readonly<Record<string, ClippedLinear>>;
}

/** f of the gates, g of the candidate, h of the cell state on its way out. */
function readActivations({ attributes }: Node, directions: 1 | 2): Functions | Refusal {
  const usual = ['Sigmoid', 'Tanh', 'Tanh'];
  const names = attributes.texts('activations') ?? [...usual, ...usual].slice(0, 3 * directions);
  if (names.length !== 3 * directions) {
    return { reason: `it has ${names.length} activations; ${3 * directions} are needed` };
  }
  const alphas = [...(attributes.floats('activation_alpha') ?? [])];
  const betas = [...(attributes.floats('activation_beta') ?? [])];
  const activations: Record<string, ClippedLinear> = {};
  const found: string[] = [];
  for (const written of names) {
    const named = lstmActivation(written, alphas, betas);
    if ('reason' in named) return named;
    if (named.meaning) activations[named.name] = named.meaning;
    found.push(named.name);
  }
  const named: Functions['named'][number][] = [];
  for (let at = 0; at < found.length; at += 3) {
    const [recurrentActivation, activation, out] = found.slice(at, at + 3) as [string, string, string];
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
function lstmActivation(written: string, alphas: number[], betas: number[]): Named {
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

/** [4 * units, columns], gates i, o, f, c -> [columns, 4 * units], gates i, f, c, o. */
function gatesOf(from: Float32Array, units: number, columns: number): Float32Array {
  const to = new Float32Array(from.length);
  for (const [gate, block] of gateOrder.entries()) {
    for (let unit = 0; unit < units; unit++) {
      const row = (block * units + unit) * columns;
      for (let column = 0; column < columns; column++) {
        to[column * 4 * units + gate * units + unit] = from[row + column]!;
      }
    }
  }
  return to;
}

/** Biases of input and recurrent weights together. */
function biasOf(from: Float32Array, units: number): Float32Array {
  const both = from.subarray(0, 4 * units).map((value, i) => value + from[4 * units + i]!);
  return gatesOf(both, units, 1);
}

/** @param table [vocabulary, dimension] */
export function buildEmbedding(
  node: Node,
  name: string,
  table: Constant,
  files: TensorFiles,
): PendingEmbedding {
  const [vocabulary, dimension] = table.shape as [number, number];
  if (vocabulary === 0 || dimension === 0) {
    throw faultAt(files, node)(`layer ${quote(name)} has no ids or no values`);
  }
  return {
    ...{ kind: 'Embedding', name, path: node.path, vocabulary, dimension },
    table: pendingWeights(name, node, files)('table', [vocabulary, dimension], () => table.floats()),
  };
}

/** Of a Gemm, `y = alpha * x * W + beta * C`, or a MatMul; null where it multiplies something else. */
export interface DenseWeights {
  readonly weight: Constant;
  /** Whether the file has [units, inputs]. */
  readonly turned: boolean;
  readonly alpha: number;
  readonly bias: Constant | null;
  readonly beta: number;
}

/**
 * @param inputSize Of what it receives, null where that is not known.
 * @throws InputFault `weights-unreadable` where weights do not fit or are not finite.
 */
export async function buildDense(
  node: Node,
  name: string,
  { weight, turned, alpha, bias, beta }: DenseWeights,
  inputSize: number | null,
  files: TensorFiles,
): Promise<PendingDense> {
  const weightFault = faultAt(files, node);
  const [rows, columns] = weight.shape as [number, number];
  const [inputs, units] = turned ? [columns, rows] : [rows, columns];
  if (inputs === 0 || units === 0) throw weightFault(`layer ${quote(name)} has no units or no inputs`);
  if (inputSize !== null && inputSize !== inputs) {
    throw weightFault(`layer ${quote(name)} has weights for ${inputs} inputs, but receives ${inputSize}`);
  }
  const biases = new Float32Array(units);
  if (bias) {
    const count = countOf(bias.shape);
    if ((count !== 1 && count !== units) || (bias.shape.at(-1) ?? 1) !== count) {
      throw weightFault(
        `layer ${quote(name)} has ${units} units, but ${quote(bias.name)} is ${formatShape(bias.shape)}`,
      );
    }
    const from = await bias.floats();
    for (let i = 0; i < units; i++) biases[i] = beta * from[count === 1 ? 0 : i]!;
  }
  const make = async () => {
    const from = await weight.floats();
    const values = turned ? transposed(from, units, inputs) : from.slice();
    if (alpha !== 1) for (let i = 0; i < values.length; i++) values[i]! *= alpha;
    return values;
  };
  const layer: PendingDense = {
    ...{ kind: 'Dense', name, path: node.path, units, inputSize: inputs, activation: 'linear' },
    kernel: pendingWeights(name, node, files)('kernel', [inputs, units], make),
    bias: { shape: [units], values: biases },
  };
  checkFinite(biases, layer.bias.shape, `layer ${quote(name)} has a bias`, weightFault);
  return layer;
}

/** [rows, columns] -> [columns, rows] */
function transposed(from: Float32Array, rows: number, columns: number): Float32Array {
  const to = new Float32Array(from.length);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) to[column * rows + row] = from[row * columns + column]!;
  }
  return to;
}
