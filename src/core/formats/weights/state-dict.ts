/**
 * A state_dict: named tensors without activations and without an order. Names tell the modules,
 * shapes that chain tell the order, and what had to be assumed is said.
 */
import { InputFault } from '../../findings/types.ts';
import type { DenseLayer, Layer, Network } from '../../network/types.ts';
import { findBlocks, type Block, type LinearBlock, type RecurrentBlock } from './state-dict-blocks.ts';
import { formatBytes } from '../files.ts';
import { chosenBlocks } from './state-dict-chosen.ts';
import { refuseOpenActivations, refuseOpenEmbedding, type MakeFault } from './state-dict-open.ts';
import { orderBlocks } from './state-dict-order.ts';
import { readRecurrent, readTransposed } from './state-dict-recurrent.ts';
import { countOf, quote, type StoredTensor } from './stored-tensor.ts';
import { keepTensor, type TakeTensor } from '../take-tensor.ts';

/** A layer as the specification names it. */
export interface LayerChoice {
  /** The module's path: "encoder.lstm". */
  readonly name: string;
  readonly activation?: string | undefined;
  readonly recurrentActivation?: string | undefined;
  /** Of a matrix without a bias: whether it is an nn.Embedding, and no nn.Linear. */
  readonly embedding?: boolean | undefined;
  /** Of a recurrent layer: hands on every sequence step, not the last alone. */
  readonly returnSequences?: boolean | undefined;
}

/** Layers in the order in which they compute; what is not among them is left out. */
export interface LayerChoices {
  /** The specification, for faults. */
  readonly file: string;
  readonly layers: readonly LayerChoice[];
}

export interface StateDict {
  /** Of the file, in bytes. */
  readonly size: number;
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** True where the file lists the tensors as the modules registered them, which mostly is how they compute. */
  readonly ordered: boolean;
}

/** What follows from names and shapes alone. */
export interface StateDictPlan {
  readonly inputShape: Network['inputShape'];
  readonly assumptions: readonly string[];
  readonly blocks: readonly PlannedBlock[];
}

/** What the layers of a network may take for each byte of the file: float16 doubles, and layers may share weights. */
const MOST_BYTES_PER_BYTE = 4;

type PlannedBlock = { readonly block: Block } & Omit<LayerChoice, 'name'>;

/**
 * @param choices of the specification, which go before everything assumed
 * @throws InputFault `weights-unreadable` where parameters do not fit each other,
 *   `model-unreadable` where order or activations are open, `specification-invalid` where the choices do not fit.
 */
export function planStateDict(dict: StateDict, file: string, choices: LayerChoices | null): StateDictPlan {
  const place = { file: 'model', path: [] } as const;
  const weights = (words: string) => new InputFault('weights-unreadable', file, words, place);
  const model: MakeFault = (words, fixes = []) =>
    new InputFault('model-unreadable', file, words, place, fixes);
  const blocks = findBlocks(dict.tensors, weights);
  if (blocks.length === 0) throw model('holds no parameters of layers');
  if (choices) return planned(chosenBlocks(blocks, choices), choices.layers, []);
  const chain = blocks.filter((block) => block.kind !== 'Unsupported');
  // Such a network is not converted; its layers are listed as the file has them.
  if (chain.length < blocks.length) return planned(blocks, [], []);
  refuseOpenEmbedding(chain, model);
  const { order, assumption } = orderBlocks(chain, dict.ordered, model);
  refuseOpenActivations(order, model);
  return planned(order, [], assumption === null ? [] : [assumption]);
}

/** @throws InputFault as {@link planStateDict}, and `weights-unreadable` where a tensor cannot be read. */
export async function readStateDict(
  dict: StateDict,
  file: string,
  choices: LayerChoices | null,
  take = keepTensor,
): Promise<Pick<Network, 'inputShape' | 'layers' | 'assumptions'>> {
  const { blocks, inputShape, assumptions } = planStateDict(dict, file, choices);
  refuseRepeated(dict.size, blocks, file);
  const layers: Layer[] = [];
  for (const entry of blocks) layers.push(...(await readBlock(entry, take)));
  refuseDuplicates(layers, file);
  return { inputShape, assumptions, layers };
}

/** Of one module several layers are made, with names of our making. */
function refuseDuplicates(layers: readonly Layer[], file: string): void {
  const seen = new Set<string>();
  for (const { name } of layers) {
    if (seen.has(name)) {
      const words = `has two layers named ${quote(name)}`;
      throw new InputFault('weights-unreadable', file, words, { file: 'model', path: [] });
    }
    seen.add(name);
  }
}

/** A file may name one storage any number of times, and each layer takes a copy. */
function refuseRepeated(size: number, blocks: readonly PlannedBlock[], file: string): void {
  const bytes = 4 * blocks.reduce((sum, { block }) => sum + valuesOf(block), 0);
  if (bytes <= MOST_BYTES_PER_BYTE * size) return;
  const words = `names the same values many times: its layers have ${formatBytes(bytes)} of weights, the file ${formatBytes(size)}`;
  throw new InputFault('weights-unreadable', file, words, { file: 'model', path: [] });
}

function valuesOf(block: Block): number {
  if (block.kind === 'Unsupported') return 0;
  const tensors =
    block.kind === 'Recurrent'
      ? [...block.layers, ...(block.backward ?? [])].flatMap(({ weightIh, weightHh, biases }) => [
          ...[weightIh, weightHh],
          ...biases,
        ])
      : [block.weight, ...(block.kind === 'Linear' && block.bias ? [block.bias] : [])];
  return tensors.reduce((sum, { tensor }) => sum + countOf(tensor.shape), 0);
}

function planned(
  blocks: readonly Block[],
  choices: readonly LayerChoice[],
  ordering: readonly string[],
): StateDictPlan {
  const lastRecurrent = blocks.findLastIndex(({ kind }) => kind === 'Recurrent');
  const withDefaults = blocks.map((block, i): PlannedBlock => {
    const { activation, recurrentActivation, returnSequences } = choices[i] ?? {};
    return {
      block,
      activation,
      recurrentActivation,
      // The last one gives its last step to a Linear; alone, an nn.LSTM gives every step.
      returnSequences: returnSequences ?? (i < lastRecurrent || isLone(blocks, i)),
    };
  });
  const first = blocks[0];
  const features = first && first.kind !== 'Unsupported' ? first.input : null;
  const ofValues = lastRecurrent >= 0 ? [null, features] : [features];
  return {
    inputShape: first?.kind === 'Embedding' ? [null] : ofValues,
    blocks: withDefaults,
    assumptions: [
      ...ordering,
      ...withDefaults.flatMap((entry, i) => assumed(entry, blocks[i + 1], choices[i])),
    ],
  };
}

function isLone(blocks: readonly Block[], i: number): boolean {
  const block = blocks[i]!;
  return i === blocks.length - 1 && block.kind === 'Recurrent' && block.givesSteps;
}

/** Sentences on what neither the file nor the specification says of a layer. */
function assumed(
  { block, returnSequences }: PlannedBlock,
  next: Block | undefined,
  choice: LayerChoice | undefined,
): string[] {
  if (block.kind === 'Unsupported') return [];
  const layer = `Layer "${block.name}"`;
  if (block.kind === 'Linear') {
    if (choice?.activation !== undefined) return [];
    const why = choice ? 'the specification names none' : 'a state_dict names none, and it is the last layer';
    return [`${layer} was taken to have no activation: ${why}.`];
  }
  if (block.kind === 'Embedding') {
    if (choice?.embedding !== undefined) return [];
    return [
      `${layer} was taken to be an embedding of ${block.vocabulary} ids: a state_dict does not tell it from an nn.Linear without bias, but its name and shape do.`,
    ];
  }
  const sentences: string[] = [];
  if (choice?.activation === undefined && choice?.recurrentActivation === undefined) {
    sentences.push(
      `${layer} has the parameters of PyTorch's ${block.className}, so it was taken to use ${usualFunctions[block.cell]}.`,
    );
  }
  if (choice?.returnSequences === undefined && next?.kind !== 'Recurrent') {
    const last = block.backward
      ? 'the final states of both directions, side by side'
      : 'its last sequence step alone';
    const which = returnSequences === true ? 'every sequence step' : last;
    sentences.push(`${layer} was taken to hand on ${which}${next ? ` to "${next.name}"` : ''}.`);
  }
  return sentences;
}

const usualFunctions: Readonly<Record<RecurrentBlock['cell'], string>> = {
  LSTM: 'sigmoid for its gates and tanh for its candidate and output',
  GRU: 'sigmoid for its gates and tanh for its candidate',
  RNN: "tanh, its default; with nonlinearity='relu' it has the same parameters",
};

async function readBlock(entry: PlannedBlock, take: TakeTensor): Promise<Layer[]> {
  const { block } = entry;
  // A place in a binary file has no path.
  const base = { name: block.name, path: [] };
  switch (block.kind) {
    case 'Unsupported':
      return [{ ...base, kind: 'Unsupported', className: block.className, reason: block.reason }];
    case 'Linear':
      return [await readLinear(block, entry.activation ?? 'linear', take)];
    case 'Embedding': {
      const { vocabulary, output: dimension, weight } = block;
      const table = await take([vocabulary, dimension], () => weight.tensor.read());
      return [{ ...base, kind: 'Embedding', vocabulary, dimension, table }];
    }
    case 'Recurrent':
      return readRecurrent(block, entry, take);
  }
}

async function readLinear(block: LinearBlock, activation: string, take: TakeTensor): Promise<DenseLayer> {
  const { name, input, output, weight, bias } = block;
  return {
    kind: 'Dense',
    name,
    path: [],
    units: output,
    inputSize: input,
    activation,
    kernel: await readTransposed(weight, take),
    bias: bias
      ? await take([output], () => bias.tensor.read())
      : { shape: [output], values: new Float32Array(output) },
  };
}
