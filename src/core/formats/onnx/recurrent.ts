/** LSTM, GRU and RNN nodes with their weights become layers. */
import type { ClippedLinear } from '../../network/types.ts';
import { formatShape } from '../keras/building.ts';
import type { PendingRecurrent, PendingTensor } from './links.ts';
import { isZero } from './constants.ts';
import { faultAt, pendingWeights } from './layers.ts';
import {
  readActivations,
  type CellActivations,
  type RecurrentOperation,
  type Refusal,
} from './recurrent-activations.ts';
import { checkFinite, type TensorFiles } from './tensors.ts';
import { input, numbersOf, type Constant, type Node, type Value } from './values.ts';
import { quote } from '../weights/stored-tensor.ts';

/** Of a recurrent operation, the blocks of its gate axis in the order of this project. */
const gateOrders = {
  // i, f, c, o out of i, o, f, c.
  LSTM: [0, 2, 3, 1],
  // z, r, h, which is the candidate.
  GRU: [0, 1, 2],
  RNN: [0],
} as const satisfies Record<RecurrentOperation, readonly number[]>;

export type RecurrentNode = Node & { readonly op: RecurrentOperation };

export interface BuiltRecurrent {
  /** One, or the forward and the backward one of a bidirectional layer. */
  readonly layers: readonly PendingRecurrent[];
  readonly activations: Readonly<Record<string, ClippedLinear>>;
}

/** The weights of a node, all directions in one. */
interface NodeWeights {
  readonly units: number;
  readonly inputSize: number;
  readonly directions: 1 | 2;
  /** [directions, gates * units, inputSize] */
  readonly w: Constant;
  /** [directions, gates * units, units] */
  readonly r: Constant;
  /** [directions, 2 * gates * units], input's before recurrent ones */
  readonly biases: Float32Array;
}

/**
 * @param steps Of the sequence that it receives, null where that is open.
 * @param returnSequences Whether its every step is used.
 * @throws InputFault `weights-unreadable` where weights do not fit or are not finite.
 */
export async function buildRecurrent(
  node: RecurrentNode,
  name: string,
  steps: number | null,
  returnSequences: boolean,
  files: TensorFiles,
): Promise<BuiltRecurrent | Refusal> {
  const reason = optionOf(node) ?? (await stateOf(node, steps, files));
  if (reason !== null) return { reason };
  const directions = node.attributes.text('direction', 'forward') === 'bidirectional' ? 2 : 1;
  const functions = readActivations(node, node.op, directions);
  if ('reason' in functions) return functions;
  const weights = await readWeights(node, name, directions, files);
  if ('reason' in weights) return weights;
  const layers = functions.named.map((named, k) =>
    directionOf(node, weights, { name, k, returnSequences, named }, files),
  );
  return { layers, activations: functions.activations };
}

async function readWeights(
  node: RecurrentNode,
  name: string,
  directions: 1 | 2,
  files: TensorFiles,
): Promise<NodeWeights | Refusal> {
  const [w, r, b] = [floatsOf(input(node, 1)), floatsOf(input(node, 2)), floatsOf(input(node, 3))];
  if (!w || !r || (!b && input(node, 3).kind !== 'absent')) {
    return { reason: 'its weights are computed in the graph; export them as constants' };
  }
  const weightFault = faultAt(files, node);
  const gates = gateOrders[node.op].length;
  const units = r.shape[2] ?? 0;
  const inputSize = w.shape[2] ?? 0;
  const needs = (what: string, tensor: Constant, shape: readonly number[]) => {
    if (tensor.shape.join() === shape.join()) return;
    const found = `${quote(tensor.name)} is ${formatShape(tensor.shape)}`;
    throw weightFault(`layer ${quote(name)} needs ${what} of shape ${formatShape(shape)}, but ${found}`);
  };
  const hidden = node.attributes.int('hidden_size', units);
  needs('recurrent weights', r, [directions, gates * hidden, hidden]);
  needs('input weights', w, [directions, gates * hidden, inputSize]);
  if (b) needs('biases', b, [directions, 2 * gates * hidden]);
  if (units === 0 || inputSize === 0) throw weightFault(`layer ${quote(name)} has no units or no inputs`);
  const biases = b ? await b.floats() : new Float32Array(2 * gates * units * directions);
  checkFinite(biases, [biases.length], `layer ${quote(name)} has a bias`, weightFault);
  return { units, inputSize, directions, w, r, biases };
}

interface Direction {
  /** Of the node. */
  readonly name: string;
  /** 0 forward, 1 backward. */
  readonly k: number;
  readonly returnSequences: boolean;
  readonly named: CellActivations;
}

function directionOf(
  node: RecurrentNode,
  { units, inputSize, directions, w, r, biases }: NodeWeights,
  { name, k, returnSequences, named }: Direction,
  files: TensorFiles,
): PendingRecurrent {
  const order = gateOrders[node.op];
  const rows = order.length * units;
  const ofDirection = (all: Float32Array) => {
    const size = all.length / directions;
    return all.subarray(k * size, (k + 1) * size);
  };
  const pending = pendingWeights(name, node, files);
  const matrix = (what: string, from: Constant, columns: number): PendingTensor =>
    pending(what, [columns, rows], async () =>
      gatesOf(ofDirection(await from.floats()), order, units, columns),
    );
  const own = ofDirection(biases);
  const bias = gatesOf(own.subarray(0, rows), order, units, 1);
  const recurrentBias = gatesOf(own.subarray(rows), order, units, 1);
  const both = { shape: [rows], values: bias.map((value, i) => value + recurrentBias[i]!) };
  const shared = {
    ...{ name: directions === 2 ? `${name} (${k === 0 ? 'forward' : 'backward'})` : name, path: node.path },
    ...{ units, inputSize, returnSequences, activation: named.activation },
    ...(k === 1 && ({ direction: 'backward' } as const)),
    kernel: matrix('kernel', w, inputSize),
    recurrentKernel: matrix('recurrentKernel', r, units),
  };
  const { recurrentActivation } = named;
  switch (node.op) {
    case 'LSTM':
      return { kind: 'LSTM', ...shared, recurrentActivation, bias: both };
    case 'GRU':
      return {
        ...{ kind: 'GRU', ...shared, recurrentActivation },
        resetAfter: node.attributes.int('linear_before_reset', 0) !== 0,
        bias: { shape: [rows], values: bias },
        recurrentBias: { shape: [rows], values: recurrentBias },
      };
    case 'RNN':
      return { kind: 'SimpleRNN', ...shared, bias: both };
  }
}

function floatsOf(value: Value): Constant | null {
  return value.kind === 'constant' && !value.tensor.whole ? value.tensor : null;
}

/** An option that changes what it computes, in words. */
function optionOf({ op, attributes, inputs }: Node): string | null {
  const direction = attributes.text('direction', 'forward');
  if (direction !== 'forward' && direction !== 'bidirectional') {
    return `it runs the sequence backwards (direction ${direction})`;
  }
  if (attributes.has('clip')) return `it clips its gates' inputs (clip ${attributes.float('clip', 0)})`;
  if (op !== 'LSTM') return null;
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
    // Of an LSTM alone.
    [6, 'initial_c'],
  ] as const) {
    const value = input(node, i);
    if (value.kind === 'data' || value.kind === 'stack') {
      return `it starts from a state that another layer or an input of the model gives (${what})`;
    }
    const known = await isZero(value, files);
    if (!known) return `it starts from a state that is not zero (${what})`;
  }
  const lengths = input(node, 4);
  if (lengths.kind === 'absent') return null;
  const whole = (await numbersOf(lengths))?.every((length) => length === steps);
  return whole ? null : 'its sequences are of several lengths (sequence_lens); give sequences of one length';
}

/** [gates * units, columns] in the order of ONNX -> [columns, gates * units] in the order of this project. */
function gatesOf(from: Float32Array, order: readonly number[], units: number, columns: number): Float32Array {
  const to = new Float32Array(from.length);
  const width = order.length * units;
  for (const [gate, block] of order.entries()) {
    for (let unit = 0; unit < units; unit++) {
      const row = (block * units + unit) * columns;
      for (let column = 0; column < columns; column++) {
        to[column * width + gate * units + unit] = from[row + column]!;
      }
    }
  }
  return to;
}
