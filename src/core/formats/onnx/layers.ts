/** Tables, Gemm and MatMul nodes with their weights become layers; recurrent ones: recurrent.ts. */
import { InputFault } from '../../findings/types.ts';
import { formatShape } from '../keras/building.ts';
import type { PendingDense, PendingEmbedding, PendingTensor } from './links.ts';
import { checkFinite, type TensorFiles } from './tensors.ts';
import type { Constant, Node } from './values.ts';
import { countOf, quote } from '../weights/stored-tensor.ts';

/** Weights that are read, counted and checked when they are taken. */
export function pendingWeights(name: string, node: Node, files: TensorFiles) {
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

export function faultAt(files: TensorFiles, { path }: Node) {
  return (words: string) =>
    new InputFault('weights-unreadable', files.source.path, words, { file: 'model', path });
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
