/** nn.LSTM, nn.GRU and nn.RNN of a state_dict become layers of this project, with its order of gates. */
import type { GruLayer, LstmLayer, SimpleRnnLayer, Tensor } from '../../network/types.ts';
import {
  gateBlocks,
  type CellName,
  type NamedTensor,
  type RecurrentBlock,
  type RecurrentParameters,
} from './state-dict-blocks.ts';
import type { LayerChoice } from './state-dict.ts';
import type { TakeTensor } from '../take-tensor.ts';

type RecurrentLayer = LstmLayer | GruLayer | SimpleRnnLayer;

/** Of the blocks of rows, those of PyTorch in the order of this project. */
const gateOrders = {
  // i, f, g, o are i, f, c, o.
  LSTM: [0, 1, 2, 3],
  // z, r, c out of r, z, n.
  GRU: [1, 0, 2],
  RNN: [0],
} as const satisfies Record<CellName, readonly number[]>;

/** One layer for each layer and direction of the module. */
export async function readRecurrent(
  block: RecurrentBlock,
  choice: Omit<LayerChoice, 'name'>,
  take: TakeTensor,
): Promise<RecurrentLayer[]> {
  const layers: RecurrentLayer[] = [];
  for (const [i, parameters] of block.layers.entries()) {
    const name = block.layers.length === 1 ? block.name : `${block.name}.l${i}`;
    const returnSequences = i < block.layers.length - 1 || choice.returnSequences === true;
    const turned = block.backward?.[i];
    const how = { ...choice, cell: block.cell, returnSequences };
    const direction = turned ? ' (forward)' : '';
    layers.push(await readDirection(parameters, name + direction, how, take));
    if (!turned) continue;
    const backward = await readDirection(turned, `${name} (backward)`, how, take);
    layers.push({ ...backward, direction: 'backward' });
  }
  return layers;
}

interface Reading extends Omit<LayerChoice, 'name'> {
  readonly cell: CellName;
  readonly returnSequences: boolean;
}

async function readDirection(
  { units, inputSize, weightIh, weightHh, biases }: RecurrentParameters,
  name: string,
  { cell, returnSequences, activation = 'tanh', recurrentActivation = 'sigmoid' }: Reading,
  take: TakeTensor,
): Promise<RecurrentLayer> {
  const order = gateOrders[cell];
  const rows = gateBlocks[cell] * units;
  const shared = {
    ...{ name, path: [], units, inputSize, returnSequences, activation },
    kernel: await readTransposed(weightIh, take, order),
    recurrentKernel: await readTransposed(weightHh, take, order),
  };
  const biasOf = (added: readonly NamedTensor[]) => readBias(added, rows, take, order);
  switch (cell) {
    case 'LSTM':
      return { kind: 'LSTM', ...shared, recurrentActivation, bias: await biasOf(biases) };
    case 'GRU':
      return {
        ...{ kind: 'GRU', ...shared, recurrentActivation, resetAfter: true },
        bias: await biasOf(biases.slice(0, 1)),
        recurrentBias: await biasOf(biases.slice(1)),
      };
    case 'RNN':
      return { kind: 'SimpleRNN', ...shared, bias: await biasOf(biases) };
  }
}

/** Their sum, in float32 as PyTorch adds them; zeros where there are none. */
async function readBias(
  biases: readonly NamedTensor[],
  rows: number,
  take: TakeTensor,
  order: readonly number[],
): Promise<Tensor> {
  if (biases.length === 0) return { shape: [rows], values: new Float32Array(rows) };
  return take([rows], async () => {
    const values = new Float32Array(rows);
    for (const { tensor } of biases) {
      const stored = await tensor.read();
      for (let i = 0; i < rows; i++) values[i]! += stored[sourceRow(i, rows, order)]!;
    }
    return values;
  });
}

/**
 * [out, in] -> [in, out]
 * @param order of the blocks that `out` consists of
 */
export function readTransposed(
  { tensor }: NamedTensor,
  take: TakeTensor,
  order: readonly number[] = [0],
): Promise<Tensor> {
  const [rows, columns] = tensor.shape as [number, number];
  const transposed = async (): Promise<Float32Array> => {
    const stored = await tensor.read();
    const values = new Float32Array(stored.length);
    for (let row = 0; row < rows; row++) {
      const from = sourceRow(row, rows, order) * columns;
      for (let column = 0; column < columns; column++) values[column * rows + row] = stored[from + column]!;
    }
    return values;
  };
  return take([columns, rows], transposed, () => tensor.read());
}

/** Where a row of the result lies in the file. */
function sourceRow(row: number, rows: number, order: readonly number[]): number {
  const units = rows / order.length;
  return order[Math.floor(row / units)]! * units + (row % units);
}
