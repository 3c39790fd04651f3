/**
 * The layers that an ONNX graph dissolves into. Each value of the graph has a link, which knows the links that it is
 * computed from; values share what came before.
 */
import type {
  ClippedLinear,
  ConvLayer,
  DenseLayer,
  EmbeddingLayer,
  GruLayer,
  Layer,
  LstmLayer,
  PoolingLayer,
  SimpleRnnLayer,
} from '../../network/types.ts';
import type { Clip } from './elementwise.ts';

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
export type PendingLayer =
  | Exclude<Layer, LstmLayer | GruLayer | SimpleRnnLayer | DenseLayer | ConvLayer | EmbeddingLayer>
  | PendingRecurrent
  | PendingDense
  | PendingConv
  | PendingEmbedding;

type Named = Pick<Layer, 'name' | 'path'>;

export interface LayerDraft {
  readonly kind: 'layer';
  readonly layer: PendingLayer;
  /** Of a bidirectional layer, whose first half is `layer`. */
  readonly backward?: PendingRecurrent;
  /** What its activation names mean, where they are not common ones. */
  readonly activations?: Readonly<Record<string, ClippedLinear>>;
}

/** Multiplications, additions and clips in a row. */
export interface ElementwiseDraft extends Named {
  readonly kind: 'elementwise';
  readonly clip: Clip;
  /** Of what it is applied to, the features or the channels of an image; 1 where they are not known. */
  readonly channels: number;
}

/** Numbers that are added to the features. */
export interface BiasDraft extends Named {
  readonly kind: 'bias';
  readonly values: Float32Array;
  /** Of the module that they belong to, if the file says so. */
  readonly module: string | null;
}

export type Draft =
  | LayerDraft
  | ElementwiseDraft
  | BiasDraft
  /** One of the model's inputs, by its place among them. */
  | { readonly kind: 'input'; readonly input: number };

export interface Link {
  readonly before: readonly Link[];
  readonly draft: Draft;
  /** What nodes have made of it: two that need the same get the same, not a copy each. */
  readonly made: Map<Made, Link | null>;
}

type Made = 'final states' | 'last step' | 'one step' | 'channels first' | 'channels last';

export function append(before: Link | readonly Link[], draft: Draft): Link {
  return { before: 'draft' in before ? [before] : before, draft, made: new Map() };
}

export function appendLayer(before: Link | readonly Link[], layer: PendingLayer): Link {
  return append(before, { kind: 'layer', layer });
}

/** Whether it is an input of the model, as it comes. */
export function isInput({ draft }: Link): boolean {
  return draft.kind === 'input';
}

/** What another node has made of it already, or what `make` makes. */
export function madeOnce(link: Link, what: Made, make: () => Link): Link {
  const made = link.made.get(what) ?? make();
  link.made.set(what, made);
  return made;
}

/** Each after those that it is computed from. A stack of its own: a graph is as deep as its file says. */
export function inOrder(
  ends: readonly Link[],
  reads = ({ before }: Link): readonly Link[] => before,
): Link[] {
  const done = new Set<Link>();
  const todo = ends.toReversed();
  for (let link = todo.at(-1); link; link = todo.at(-1)) {
    const waiting = done.has(link) ? [] : reads(link).filter((one) => !done.has(one));
    if (waiting.length > 0) {
      for (const one of waiting.reverse()) todo.push(one);
    } else {
      done.add(link);
      todo.pop();
    }
  }
  return [...done];
}

/** Whether it runs from sequence step to sequence step. */
function isRecurrent(layer: PendingLayer): layer is PendingRecurrent {
  return layer.kind === 'LSTM' || layer.kind === 'GRU' || layer.kind === 'SimpleRNN';
}

interface RecurrentDraft extends LayerDraft {
  readonly layer: PendingRecurrent;
}

export function recurrentDraft({ draft }: Link): RecurrentDraft | null {
  return draft.kind === 'layer' && isRecurrent(draft.layer) ? { ...draft, layer: draft.layer } : null;
}

/** The recurrent layer with its final states alone, of both directions where it has two; null where it is none. */
export function finalStates(link: Link): Link | null {
  const draft = recurrentDraft(link);
  if (!draft) return null;
  const { layer, backward } = draft;
  return madeOnce(link, 'final states', () =>
    append(link.before, {
      ...draft,
      layer: { ...layer, returnSequences: false },
      ...(backward && { backward: { ...backward, returnSequences: false } }),
    }),
  );
}

/** A layer that takes the last step of a sequence, of so many features. */
export function lastStep(link: Link, channels: number, base: Named): Link {
  const layer = poolingOfAll(base, 'LastStep', 'last', channels);
  return madeOnce(link, 'one step', () => appendLayer(link, layer));
}

/** Of all steps of a sequence one. */
export function poolingOfAll(
  base: Named,
  className: string,
  of: PoolingLayer['of'],
  channels: number,
): PendingLayer {
  const windows = { size: [1], stride: [1], dilation: [1], padding: 'valid', image: null, channels } as const;
  return { ...base, kind: 'Pooling', className, of, windows, global: true };
}

/**
 * Has the recurrent layers before give their last sequence step only: what follows them works on every step alone.
 * @returns null where something else gives a sequence, or one that runs in both directions: its final states are others
 */
export function takeLastStep(end: Link): Link | null {
  const isKnown = ({ made }: Link) => made.has('last step');
  for (const link of inOrder([end], (one) => (recurrentDraft(one) || isKnown(one) ? [] : one.before))) {
    if (!isKnown(link)) link.made.set('last step', lastStepOf(link));
  }
  return end.made.get('last step') ?? null;
}

function lastStepOf(link: Link): Link | null {
  const recurrent = recurrentDraft(link);
  if (recurrent) return recurrent.layer.returnSequences && !recurrent.backward ? finalStates(link) : null;
  const before: Link[] = [];
  for (const one of link.before) {
    const last = one.made.get('last step');
    if (!last) return null;
    before.push(last);
  }
  return before.length > 0 ? append(before, link.draft) : null;
}
