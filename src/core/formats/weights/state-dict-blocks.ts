/** The modules of a state_dict, told by the names and shapes of their parameters. */
import type { InputFault } from '../../findings/types.ts';
import { withEmbeddings } from './state-dict-embedding.ts';
import { quote, type StoredTensor } from './stored-tensor.ts';

/** PyTorch's recurrent modules, and how many blocks of rows their weights have. */
export const gateBlocks = {
  // i, f, g, o
  LSTM: 4,
  // r, z, n, of which the last is the candidate
  GRU: 3,
  RNN: 1,
} as const;

export type CellName = keyof typeof gateBlocks;

/** One layer of a recurrent module, one direction of it, or a cell such as nn.LSTMCell. */
export interface RecurrentParameters {
  readonly units: number;
  readonly inputSize: number;
  readonly weightIh: NamedTensor;
  readonly weightHh: NamedTensor;
  /** Of the input and of the state, or none. */
  readonly biases: readonly NamedTensor[];
}

export interface NamedTensor {
  readonly name: string;
  readonly tensor: StoredTensor;
}

interface BlockBase {
  /** The module's path: "encoder.lstm". */
  readonly name: string;
  /** Features of one sequence step, taken and given; null where ids are taken. */
  readonly input: number | null;
  readonly output: number;
}

/** nn.LSTM, nn.GRU or nn.RNN with all its layers, or nn.LSTMCell and its like. */
export interface RecurrentBlock extends BlockBase {
  readonly kind: 'Recurrent';
  readonly cell: CellName;
  /** "nn.LSTM", "nn.LSTMCell" */
  readonly className: string;
  /** Of nn.LSTM and its like, which give every step; a cell gives one. */
  readonly givesSteps: boolean;
  readonly layers: readonly RecurrentParameters[];
  /** The other direction of each layer; null of a module that runs forwards only. */
  readonly backward: readonly RecurrentParameters[] | null;
}

export interface LinearBlock extends BlockBase {
  readonly kind: 'Linear';
  readonly input: number;
  readonly weight: NamedTensor;
  readonly bias: NamedTensor | null;
  /** Where it may as well be an nn.Embedding. */
  readonly maybeEmbedding?: true;
}

export interface EmbeddingBlock extends BlockBase {
  readonly kind: 'Embedding';
  readonly input: null;
  readonly vocabulary: number;
  /** [vocabulary, output] */
  readonly weight: NamedTensor;
}

export interface UnsupportedBlock {
  readonly kind: 'Unsupported';
  readonly name: string;
  readonly className: string;
  readonly reason: string;
}

export type ChainBlock = RecurrentBlock | LinearBlock | EmbeddingBlock;
export type Block = ChainBlock | UnsupportedBlock;

type MakeFault = (words: string) => InputFault;

/** weight_ih_l0 of nn.LSTM, weight_ih_l0_reverse of its other direction, weight_ih of nn.LSTMCell; the others alike. */
const recurrent = /^(weight_ih|weight_hh|weight_hr|bias_ih|bias_hh)(?:_l(\d{1,4})(_reverse)?)?$/;

/** Put around a module by DataParallel, torch.compile, and by training frameworks. */
const wrappers = /^(?:(?:module|_orig_mod|model)\.)+(?=.*\.)/;

/** Whether a name is that of a parameter, which tells weights from the state of an optimizer. */
export function isParameter(name: string): boolean {
  const leaf = name.slice(name.lastIndexOf('.') + 1);
  return leaf === 'weight' || leaf === 'bias' || recurrent.test(leaf);
}

/** More than any network that is a chain. */
const MOST_MODULES = 10_000;
/** Names become those of layers, in every table and message. */
const LONGEST_NAME = 1000;

/**
 * Blocks in the order of their first parameters.
 * @throws what `fault` makes, where parameters of one module do not fit each other.
 */
export function findBlocks(tensors: ReadonlyMap<string, StoredTensor>, fault: MakeFault): Block[] {
  const modules = new Map<string, Module>();
  for (const [name, tensor] of tensors) {
    if (name.length > LONGEST_NAME) {
      throw fault(`has a tensor whose name is ${name.length} characters long: ${quote(name)}`);
    }
    const end = name.lastIndexOf('.');
    const leaf = name.slice(end + 1);
    const prefix = name.slice(0, Math.max(0, end));
    const kind = recurrent.test(leaf) ? 'recurrent' : 'plain';
    const key = `${kind} ${prefix}`;
    const module = modules.get(key) ?? { kind, prefix, parameters: new Map<string, NamedTensor>() };
    module.parameters.set(leaf, { name, tensor });
    modules.set(key, module);
  }
  if (modules.size > MOST_MODULES) {
    throw fault(`has ${modules.size} modules; at most ${MOST_MODULES.toLocaleString('en-US')} are read`);
  }
  const wrapper = commonWrapper([...modules.values()].map(({ prefix }) => prefix));
  const all = [...modules.values()].map((module) => ({
    ...module,
    prefix: module.prefix.slice(wrapper.length),
  }));
  const blocks = all.map((module) =>
    module.kind === 'recurrent' ? recurrentBlock(module, fault) : plainBlock(module, fault),
  );
  refuseDuplicates(blocks, fault);
  return withEmbeddings(blocks);
}

interface Module {
  readonly kind: 'recurrent' | 'plain';
  readonly prefix: string;
  readonly parameters: Map<string, NamedTensor>;
}

/** What wraps every module alike. */
function commonWrapper([first = '', ...others]: readonly string[]): string {
  let wrapper = wrappers.exec(`${first}.`)?.[0] ?? '';
  for (const prefix of others) {
    while (!prefix.startsWith(wrapper))
      wrapper = wrapper.slice(0, wrapper.lastIndexOf('.', wrapper.length - 2) + 1);
  }
  return wrapper;
}

function refuseDuplicates(blocks: readonly Block[], fault: MakeFault): void {
  const seen = new Set<string>();
  for (const { name } of blocks) {
    if (seen.has(name)) throw fault(`has parameters of two kinds of layer in module ${quote(name)}`);
    seen.add(name);
  }
}

function recurrentBlock(module: Module, fault: MakeFault): Block {
  const { prefix, parameters } = module;
  const leaves = [...parameters.keys()].map((leaf) => recurrent.exec(leaf)!);
  const isCell = leaves.every(([, , layer]) => layer === undefined);
  const first = parameters.get(isCell ? 'weight_hh' : 'weight_hh_l0');
  if (!first) throw fault(`has no ${quote(join(prefix, isCell ? 'weight_hh' : 'weight_hh_l0'))}`);
  const cell = cellOf(first, fault);
  const name = prefix === '' ? cell.toLowerCase() : prefix;
  if (parameters.has('weight_hr_l0')) {
    const reason = 'it projects its hidden state (proj_size); use an LSTM without';
    return { kind: 'Unsupported', name, className: 'nn.LSTM', reason };
  }
  const directions = leaves.some(([, , , reverse]) => reverse !== undefined) ? 2 : 1;
  const suffixes = isCell ? [''] : layerSuffixes(leaves, prefix, fault);
  const layers: RecurrentParameters[] = [];
  const backward: RecurrentParameters[] = [];
  for (const suffix of suffixes) {
    const before = layers.at(-1);
    const features = before && directions * before.units;
    const forward = recurrentParameters(module, cell, suffix, features, fault);
    layers.push(forward);
    if (directions === 1) continue;
    const turned = recurrentParameters(module, cell, `${suffix}_reverse`, forward.inputSize, fault);
    if (turned.units !== forward.units) throw fault(`has directions of different sizes in ${quote(name)}`);
    backward.push(turned);
  }
  return {
    ...{ kind: 'Recurrent', cell, className: `nn.${cell}${isCell ? 'Cell' : ''}`, name, layers },
    givesSteps: !isCell,
    backward: directions === 2 ? backward : null,
    input: layers[0]!.inputSize,
    output: directions * layers.at(-1)!.units,
  };
}

/** Told by the rows of weight_hh for each unit. Of other shapes it is an LSTM that does not fit. */
function cellOf(weightHh: NamedTensor, fault: MakeFault): CellName {
  const [rows = 0, units = 0] = matrix(weightHh, fault);
  const names = Object.keys(gateBlocks) as CellName[];
  return names.find((name) => rows === gateBlocks[name] * units) ?? 'LSTM';
}

function layerSuffixes(leaves: readonly RegExpExecArray[], prefix: string, fault: MakeFault): string[] {
  const numbers = new Set(leaves.map(([, , layer]) => (layer === undefined ? -1 : Number(layer))));
  for (let layer = 0; layer < numbers.size; layer++) {
    if (!numbers.has(layer)) throw fault(`has no layer ${layer} of ${quote(prefix)}, but others`);
  }
  return Array.from({ length: numbers.size }, (_, layer) => `_l${layer}`);
}

/** @param features of the layer before, undefined for the first */
function recurrentParameters(
  { prefix, parameters }: Module,
  cell: CellName,
  suffix: string,
  features: number | undefined,
  fault: MakeFault,
): RecurrentParameters {
  const need = (leaf: string): NamedTensor => {
    const found = parameters.get(leaf + suffix);
    if (!found) throw fault(`has no ${quote(join(prefix, leaf + suffix))}`);
    return found;
  };
  const weightHh = need('weight_hh');
  const weightIh = need('weight_ih');
  const [, units = 0] = matrix(weightHh, fault);
  const [, inputSize = 0] = matrix(weightIh, fault);
  const hasBias = parameters.has(`bias_ih${suffix}`) || parameters.has(`bias_hh${suffix}`);
  const biases = hasBias ? [need('bias_ih'), need('bias_hh')] : [];
  const rows = gateBlocks[cell] * units;
  checkShape(weightHh, [rows, units], fault);
  checkShape(weightIh, [rows, features ?? inputSize], fault);
  for (const bias of biases) checkShape(bias, [rows], fault);
  return { units, inputSize, weightIh, weightHh, biases };
}

function plainBlock(module: Module, fault: MakeFault): Block {
  const { prefix, parameters } = module;
  const name = prefix === '' ? 'linear' : prefix;
  const weight = parameters.get('weight');
  const bias = parameters.get('bias') ?? null;
  const known = [...parameters.keys()].every((leaf) => leaf === 'weight' || leaf === 'bias');
  const axes = weight?.tensor.shape.length ?? 0;
  if (weight && known && axes === 2) {
    const [output = 0, input = 0] = matrix(weight, fault);
    if (bias) checkShape(bias, [output], fault);
    return { kind: 'Linear', name, weight, bias, input, output };
  }
  const [className, reason] = otherModule(parameters, axes);
  return { kind: 'Unsupported', name, className, reason };
}

function otherModule(
  parameters: ReadonlyMap<string, NamedTensor>,
  axes: number,
): readonly [className: string, reason: string] {
  if (parameters.has('running_mean')) return ['nn.BatchNorm', 'fold it into the Linear layer before it'];
  if (parameters.has('in_proj_weight')) return ['nn.MultiheadAttention', onlyThese];
  const named = parameters.has('weight');
  if (named && axes === 1) return ['nn.LayerNorm', `it normalises, and ${onlyThese}`];
  if (named && axes > 2) return ['nn.Conv', onlyThese];
  const names = [...parameters.keys()].slice(0, 4).join(', ');
  return ['module', `its parameters (${names.slice(0, 80)}) are of no known layer, and ${onlyThese}`];
}

const onlyThese =
  'only nn.LSTM, nn.GRU, nn.RNN, their cells, nn.Embedding and nn.Linear are read from weights alone';

function matrix({ name, tensor }: NamedTensor, fault: MakeFault): readonly number[] {
  if (tensor.shape.length === 2 && tensor.shape.every((size) => size > 0)) return tensor.shape;
  throw fault(`has ${quote(name)} of shape [${tensor.shape.join(', ')}], where a matrix is needed`);
}

function checkShape({ name, tensor }: NamedTensor, shape: readonly number[], fault: MakeFault): void {
  const found = tensor.shape;
  if (found.length === shape.length && found.every((size, axis) => size === shape[axis])) return;
  throw fault(`has ${quote(name)} of shape [${found.join(', ')}], where [${shape.join(', ')}] is needed`);
}

function join(prefix: string, leaf: string): string {
  return prefix === '' ? leaf : `${prefix}.${leaf}`;
}
