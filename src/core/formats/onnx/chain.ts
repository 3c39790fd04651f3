/**
 * The layers that an ONNX graph dissolves into, as a list that grows at its end. Every value of the
 * graph has its own; they share what came before.
 */
import type {
  ClippedLinear,
  ConvLayer,
  DenseLayer,
  EmbeddingLayer,
  GruLayer,
  Layer,
  LstmLayer,
  Network,
  SimpleRnnLayer,
  Tensor,
} from '../../network/types.ts';
import { clippedName, fold, isIdentity, type Clip } from './elementwise.ts';
import type { TakeTensor } from '../take-tensor.ts';

/** Weights of a layer of which only the shape is known yet. */
export interface PendingTensor {
  readonly shape: readonly number[];
  /** Of the layer, in the order of `shape`. Throws an InputFault where they cannot be read or are not finite. */
  readonly read: () => Promise<Float32Array>;
}

type Pending<L, Key extends keyof L> = Omit<L, Key> & Readonly<Record<Key, PendingTensor>>;
type PendingCell<L extends LstmLayer | GruLayer | SimpleRnnLayer> = Pending<L, 'kernel' | 'recurrentKernel'>;
export type PendingRecurrent = PendingCell<LstmLayer> | PendingCell<GruLayer> | PendingCell<SimpleRnnLayer>;
export type PendingDense = Pending<DenseLayer, 'kernel'>;
export type PendingConv = Pending<ConvLayer, 'kernel'>;
export type PendingEmbedding = Pending<EmbeddingLayer, 'table'>;
/** A layer without its matrices. */
type PendingLayer =
  | Exclude<Layer, LstmLayer | GruLayer | SimpleRnnLayer | DenseLayer | ConvLayer | EmbeddingLayer>
  | PendingRecurrent
  | PendingDense
  | PendingConv
  | PendingEmbedding;

/** Whether it runs from sequence step to sequence step. */
function isRecurrent(layer: PendingLayer): layer is PendingRecurrent {
  return layer.kind === 'LSTM' || layer.kind === 'GRU' || layer.kind === 'SimpleRNN';
}

interface LayerDraft {
  readonly layer: PendingLayer;
  /** What its activation names mean, where they are not common ones. */
  readonly activations?: Readonly<Record<string, ClippedLinear>>;
}

/** Multiplications, additions and clips in a row. */
interface ElementwiseDraft {
  readonly name: string;
  readonly path: Layer['path'];
  readonly clip: Clip;
}

type Draft = LayerDraft | ElementwiseDraft;

interface Link {
  readonly before: Link | null;
  readonly draft: Draft;
}

/** Null at the network's input. */
export type Chain = Link | null;

export function append(before: Chain, draft: LayerDraft): Chain {
  return { before, draft };
}

/** @returns null where the functions together are no slope between two clips. */
export function appendElementwise(
  chain: Chain,
  base: Pick<Layer, 'name' | 'path'>,
  next: Clip,
): Chain | null {
  const last = chain?.draft;
  if (!chain || !last || 'layer' in last) return { before: chain, draft: { ...base, clip: next } };
  const clip = fold(last.clip, next);
  return clip && { before: chain.before, draft: { ...last, clip } };
}

/**
 * @param name Of the module that the bias belongs to, if it says so.
 * @returns null where no Dense layer without an activation is the last.
 */
export function addBias(chain: Chain, added: Float32Array, name: string | null): Chain | null {
  const dense = chain && linearDense(chain.draft);
  if (!chain || dense?.units !== added.length) return null;
  const values = dense.bias.values.map((value, i) => value + added[i]!);
  const layer = { ...dense, name: name ?? dense.name, bias: { ...dense.bias, values } };
  return { before: chain.before, draft: { layer } };
}

/** Whether the last recurrent layer runs in both directions. */
export function isBidirectional(chain: Chain): boolean {
  for (let link = chain; link; link = link.before) {
    const { draft } = link;
    if ('layer' in draft && isRecurrent(draft.layer)) return draft.layer.direction === 'backward';
  }
  return false;
}

/** Has a bidirectional layer, which is the last of the chain, give the final states of both directions only. */
export function takeFinalStates(chain: Chain): Chain {
  const [backward, forward] = [chain, chain?.before];
  const ended = (link: Link, before: Chain): Chain =>
    'layer' in link.draft && isRecurrent(link.draft.layer)
      ? { before, draft: { ...link.draft, layer: { ...link.draft.layer, returnSequences: false } } }
      : null;
  return backward && forward ? ended(backward, ended(forward, forward.before)) : null;
}

/**
 * Has the last recurrent layer give its last sequence step only: what follows it works on every step alone.
 * @returns null where none gives a sequence.
 */
export function takeLastStep(chain: Chain): Chain | null {
  const after: Draft[] = [];
  for (let link = chain; link; link = link.before) {
    const { draft } = link;
    if (!('layer' in draft) || !isRecurrent(draft.layer)) {
      after.push(draft);
      continue;
    }
    if (!draft.layer.returnSequences) return null;
    let result: Link = {
      before: link.before,
      draft: { ...draft, layer: { ...draft.layer, returnSequences: false } },
    };
    for (const later of after.reverse()) result = { before: result, draft: later };
    return result;
  }
  return null;
}

/**
 * Layers in order, with names of their own, and what their activations mean.
 * @throws InputFault `weights-unreadable`
 */
export async function finish(
  chain: Chain,
  take: TakeTensor,
): Promise<Required<Pick<Network, 'layers' | 'activations'>>> {
  const drafts: Draft[] = [];
  for (let link = chain; link; link = link.before) drafts.push(link.draft);
  const pending: PendingLayer[] = [];
  const activations: Record<string, ClippedLinear> = {};
  for (const draft of drafts.reverse()) {
    const { layer, ...more } = 'layer' in draft ? draft : elementwiseLayer(draft, pending);
    Object.assign(activations, more.activations);
    const dense = lastDense(pending);
    if (dense && layer?.kind === 'Activation') {
      pending[pending.length - 1] = { ...dense, activation: layer.activation };
    } else if (layer) pending.push(layer);
  }
  const layers: Layer[] = [];
  // One after the other, so that no two are read at once.
  for (const layer of withOwnNames(pending)) layers.push(await withWeights(layer, take));
  return { layers, activations };
}

async function withWeights(layer: PendingLayer, take: TakeTensor): Promise<Layer> {
  const taken = ({ shape, read }: PendingTensor) => take(shape, read);
  const known = ({ shape, values }: Tensor) => take(shape, () => values);
  switch (layer.kind) {
    case 'LSTM':
    case 'SimpleRNN':
    case 'GRU': {
      const [kernel, recurrentKernel] = [await taken(layer.kernel), await taken(layer.recurrentKernel)];
      const bias = await known(layer.bias);
      if (layer.kind !== 'GRU') return { ...layer, kernel, recurrentKernel, bias };
      return { ...layer, kernel, recurrentKernel, bias, recurrentBias: await known(layer.recurrentBias) };
    }
    case 'Dense':
    case 'Conv1D':
    case 'Conv2D':
      return { ...layer, kernel: await taken(layer.kernel), bias: await known(layer.bias) };
    case 'Embedding':
      return { ...layer, table: await taken(layer.table) };
    default:
      return layer;
  }
}

function lastDense(layers: readonly PendingLayer[]): PendingDense | null {
  const layer = layers.at(-1);
  return layer ? linearDense({ layer }) : null;
}

function linearDense(draft: Draft): PendingDense | null {
  return 'layer' in draft && draft.layer.kind === 'Dense' && draft.layer.activation === 'linear'
    ? draft.layer
    : null;
}

/** The layer that the functions come to, if any; a Dense layer before takes in what it can. */
function elementwiseLayer(
  { name, path, clip }: ElementwiseDraft,
  layers: PendingLayer[],
): Partial<LayerDraft> {
  if (isIdentity(clip)) return {};
  const base = { name, path };
  const named = clippedName(clip);
  if (named) {
    const layer: PendingLayer = { ...base, kind: 'Activation', activation: named.name };
    return { layer, ...(named.meaning && { activations: { [named.name]: named.meaning } }) };
  }
  const rectified = clip.low === 0 && clip.high === Infinity;
  const dense = lastDense(layers);
  if (dense && (rectified || (clip.low === -Infinity && clip.high === Infinity))) {
    layers[layers.length - 1] = scaled(dense, clip);
    return rectified ? { layer: { ...base, kind: 'Activation', activation: 'relu' } } : {};
  }
  const reason =
    clip.low === -Infinity && clip.high === Infinity
      ? 'it scales and shifts values where no Dense layer comes before; where they are the inputs, leave it out of the model and give mean and scale as "input" of the specification'
      : 'it clips values on one side, other than at 0';
  return { layer: { ...base, kind: 'Unsupported', className: 'Elementwise', reason } };
}

function scaled(dense: PendingDense, { slope, offset }: Clip): PendingDense {
  const { shape, read } = dense.kernel;
  const kernel = { shape, read: async () => (await read()).map((weight) => weight * slope) };
  const bias = { ...dense.bias, values: dense.bias.values.map((value) => value * slope + offset) };
  return { ...dense, kernel, bias };
}

function withOwnNames(layers: readonly PendingLayer[]): PendingLayer[] {
  const taken = new Set<string>();
  return layers.map((layer) => {
    let { name } = layer;
    for (let i = 2; taken.has(name); i++) name = `${layer.name}_${i}`;
    taken.add(name);
    return { ...layer, name };
  });
}
