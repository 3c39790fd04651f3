/** Files that hold a state_dict and nothing more: PyTorch's checkpoints and safetensors. */
import { InputFault } from '../../findings/types.ts';
import type { ClippedLinear, Network } from '../../network/types.ts';
import type { ByteSource } from '../files.ts';
import { readPytorchWeights } from './pytorch.ts';
import { readSafetensors } from './safetensors.ts';
import { planStateDict, readStateDict, type LayerChoices, type StateDict } from './state-dict.ts';
import { quote } from './stored-tensor.ts';
import { keepTensor } from '../take-tensor.ts';
import type { ZipArchive } from '../zip.ts';

export interface WeightFile {
  readonly file: string;
  /** In words. */
  readonly format: string;
  readonly dict: StateDict;
  readonly assumptions: readonly string[];
}

function weightsFault(file: string): (words: string) => InputFault {
  return (words) => new InputFault('weights-unreadable', file, words, { file: 'model', path: [] });
}

/** @throws InputFault `weights-unreadable` */
export async function openPytorch(
  { path, size }: ByteSource,
  archive: ZipArchive,
  pickle: string,
): Promise<WeightFile> {
  const { tensors, path: keys, others } = await readPytorchWeights(archive, pickle, weightsFault(path));
  const taken = keys.length > 0 ? quote(keys.join('.')) : '';
  const left = others
    .slice(0, 5)
    .map((other) => quote(other.join('.')))
    .join(', ');
  return {
    file: path,
    format: taken === '' ? 'PyTorch state_dict' : `PyTorch checkpoint, ${taken}`,
    dict: { tensors, ordered: true, size },
    assumptions:
      left === ''
        ? []
        : [`Of several sets of weights in the checkpoint ${taken} was taken, and ${left} left out.`],
  };
}

/** @throws InputFault `weights-unreadable` */
export async function openSafetensors(source: ByteSource): Promise<WeightFile> {
  const tensors = await readSafetensors(source, weightsFault(source.path));
  // Its writers sort the tensors by type and name.
  return {
    file: source.path,
    format: 'safetensors',
    dict: { tensors, ordered: false, size: source.size },
    assumptions: [],
  };
}

/** @throws InputFault as {@link readStateDict} */
export async function readWeightFile(
  opened: WeightFile,
  choices: LayerChoices | null,
  take = keepTensor,
): Promise<Network> {
  const { file, format, dict } = opened;
  const { inputShape, layers, assumptions = [] } = await readStateDict(dict, file, choices, take);
  const meanings = chosenMeanings(choices);
  return {
    name: baseName(file),
    format,
    inputShape,
    layers,
    activations: Object.fromEntries(meanings.map(({ name, clip }) => [name, clip])),
    assumptions: [...opened.assumptions, ...assumptions, ...meanings.map(({ sentence }) => sentence)],
  };
}

/** torch.nn.Hardsigmoid and torch.nn.Hardtanh (torch/nn/modules/activation.py), which others define otherwise. */
const torchActivations = new Map<string, { readonly clip: ClippedLinear; readonly formula: string }>([
  ['hardsigmoid', { clip: { slope: 1 / 6, offset: 0.5, low: 0, high: 1 }, formula: 'clip(x/6 + 1/2, 0, 1)' }],
  ['hardtanh', { clip: { slope: 1, offset: 0, low: -1, high: 1 }, formula: 'clip(x, -1, 1)' }],
]);

/** What the names in the specification's layers mean, where PyTorch's is one of several functions of that name. */
function chosenMeanings(choices: LayerChoices | null) {
  const layers = choices?.layers ?? [];
  const names = layers.flatMap(({ activation, recurrentActivation }) => [activation, recurrentActivation]);
  return [...new Set(names)].flatMap((name) => {
    const meaning = torchActivations.get((name ?? '').replaceAll('_', '').toLowerCase());
    if (name === undefined || !meaning) return [];
    const sentence = `${name} is ${meaning.formula}, as in PyTorch, of whose kind the weights are.`;
    return [{ name, clip: meaning.clip, sentence }];
  });
}

/**
 * Without reading a tensor. Null where order or activations are open: the specification says them,
 * so there must be one first.
 * @throws InputFault `weights-unreadable`
 */
export function weightFileInputShape({ file, dict }: WeightFile): Network['inputShape'] | null {
  try {
    return planStateDict(dict, file, null).inputShape;
  } catch (error) {
    if (error instanceof InputFault && error.code === 'model-unreadable') return null;
    throw error;
  }
}

/** Such files name no model, so the file does: "state" of a path that ends in "state.pt". */
function baseName(file: string): string {
  const name = file.slice(Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')) + 1);
  return name.replace(/\.[^.]*$/, '') || name;
}
