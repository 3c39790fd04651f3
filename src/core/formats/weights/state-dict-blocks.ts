/** The modules of a state_dict, told by the names and shapes of their parameters. */
import type { InputFault } from '../../findings/types.ts';
import { withEmbeddings } from './state-dict-embedding.ts';
import { quote, type StoredTensor } from './stored-tensor.ts';

/** One layer of an nn.LSTM, or an nn.LSTMCell. Rows of 4 * units: gates i, f, g, o. */
export interface LstmParameters {
  readonly units: number;
  readonly inputSize: number;
  readonly weightIh: NamedTensor;
  readonly weightHh: NamedTensor;
  /** Both, to be added, or none. */
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

/** nn.LSTM with all its layers, or nn.LSTMCell. */
export interface LstmBlock extends BlockBase {
  readonly kind: 'LSTM';
  readonly className: 'nn.LSTM' | 'nn.LSTMCell';
  readonly layers: readonly LstmParameters[];
  /** The other direction of each layer; null of an LSTM that runs forwards only. */
  readonly backward: readonly LstmParameters[] | null;
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

export type ChainBlock = LstmBlock | LinearBlock | EmbeddingBlock;
export type Block = ChainBlock | UnsupportedBlock;

type MakeFault = (words: string) => InputFault;

/** weight_ih_l0 of nn.LSTM, weight_ih_l0_reverse of its other direction, weight_ih of nn.LSTMCell. */
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
  const name = prefix === '' ? 'lstm' : prefix;
  const first = parameters.get(isCell ? 'weight_hh' : 'weight_hh_l0');
  if (!first) throw fault(`has no ${quote(join(prefix, isCell ? 'weight_hh' : 'weight_hh_l0'))}`);
  const unsupported = (className: string, reason: string): UnsupportedBlock => ({
    kind: 'Unsupported',
    name,
    className,
    reason,
  });
  if (parameters.has('weight_hr_l0')) {
    return unsupported('nn.LSTM', 'it projects its hidden state (proj_size); use an LSTM without');
  }
  const [rows = 0, units = 0] = matrix(first, fault);
  const other = otherCells.get(rows / units);
  if (other) return unsupported(`nn.${other}${isCell ? 'Cell' : ''}`, onlyLstm);
  const directions = leaves.some(([, , , reverse]) => reverse !== undefined) ? 2 : 1;
  const suffixes = isCell ? [''] : layerSuffixes(leaves, prefix, fault);
  const layers: LstmParameters[] = [];
  const backward: LstmParameters[] = [];
  for (const suffix of suffixes) {
    const before = layers.at(-1);
    const features = before && directions * before.units;
    const forward = lstmParameters(module, suffix, features, fault);
    layers.push(forward);
    if (directions === 1) continue;
    const turned = lstmParameters(module, `${suffix}_reverse`, forward.inputSize, fault);
    if (turned.units !== forward.units) throw fault(`has directions of different sizes in ${quote(name)}`);
    backward.push(turned);
  }
  return {
    ...{ kind: 'LSTM', className: isCell ? 'nn.LSTMCell' : 'nn.LSTM', name, layers },
    backward: directions === 2 ? backward : null,
    input: layers[0]!.inputSize,
    output: directions * layers.at(-1)!.units,
  };
}

/** By rows of weight_hh for each unit: 4 are the gates of an LSTM. */
const otherCells = new Map([
  [1, 'RNN'],
  [3, 'GRU'],
]);
const onlyLstm = 'of the recurrent layers only LSTM is converted';

function layerSuffixes(leaves: readonly RegExpExecArray[], prefix: string, fault: MakeFault): string[] {
  const numbers = new Set(leaves.map(([, , layer]) => (layer === undefined ? -1 : Number(layer))));
  for (let layer = 0; layer < numbers.size; layer++) {
    if (!numbers.has(layer)) throw fault(`has no layer ${layer} of the LSTM ${quote(prefix)}, but others`);
  }
  return Array.from({ length: numbers.size }, (_, layer) => `_l${layer}`);
}

/** @param features of the layer before, undefined for the first */
function lstmParameters(
  { prefix, parameters }: Module,
  suffix: string,
  features: number | undefined,
  fault: MakeFault,
): LstmParameters {
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
  checkShape(weightHh, [4 * units, units], fault);
  checkShape(weightIh, [4 * units, features ?? inputSize], fault);
  for (const bias of biases) checkShape(bias, [4 * units], fault);
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

const onlyThese = 'only nn.LSTM, nn.LSTMCell, nn.Embedding and nn.Linear are read from weights alone';

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
