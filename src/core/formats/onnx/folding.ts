/** What folds into the layer before it, where nothing else reads that: rows of elementwise functions, biases, activations. */
import type { ClippedLinear, Layer } from '../../network/types.ts';
import { clippedName, fold, isIdentity } from './elementwise.ts';
import {
  append,
  inOrder,
  isInput,
  type BiasDraft,
  type Draft,
  type ElementwiseDraft,
  type LayerDraft,
  type Link,
  type PendingDense,
  type PendingLayer,
} from './links.ts';

/** @param ends what the model gives, each of which counts as a reader */
export function folded(ends: readonly Link[]): Link[] {
  const oneFunction = (first: Draft, next: Draft): Draft | null => {
    if (first.kind !== 'elementwise' || next.kind !== 'elementwise') return null;
    const clip = fold(first.clip, next.clip);
    return clip && { ...first, clip };
  };
  return contracted(contracted(ends, oneFunction), intoDense);
}

/** @param together null where two that follow each other stay two */
function contracted(ends: readonly Link[], together: (first: Draft, next: Draft) => Draft | null): Link[] {
  const links = inOrder(ends);
  const readers = countReaders(links, ends);
  const made = new Map<Link, Link>();
  for (const link of links) {
    const before = link.before.map((one) => made.get(one)!);
    const [first, more] = before;
    const isAlone = first && !more && readers.get(link.before[0]!) === 1;
    const draft = isAlone ? together(first.draft, link.draft) : null;
    made.set(link, draft ? append(first!.before, draft) : append(before, link.draft));
  }
  return ends.map((end) => made.get(end)!);
}

/** How many times each is read, as what the model gives too. */
function countReaders(links: readonly Link[], ends: readonly Link[]): ReadonlyMap<Link, number> {
  const counts = new Map<Link, number>();
  const count = (link: Link) => counts.set(link, (counts.get(link) ?? 0) + 1);
  ends.forEach(count);
  for (const { before } of links) before.forEach(count);
  return counts;
}

/** A Dense layer without an activation takes up biases, slopes, and one activation. */
function intoDense(first: Draft, next: Draft): Draft | null {
  const dense = linearDense(first);
  if (first.kind !== 'layer' || !dense) return null;
  const as = (layer: PendingDense, activations = first.activations): LayerDraft => ({
    ...{ kind: 'layer', layer },
    ...(activations && { activations }),
  });
  switch (next.kind) {
    case 'bias':
      return dense.units === next.values.length ? as(withBias(dense, next)) : null;
    case 'elementwise': {
      const { clip } = next;
      const named = isIdentity(clip) ? null : clippedName(clip);
      if (named) return as({ ...dense, activation: named.name }, meaningOf(named));
      const activation = cutAt(clip);
      return activation && as({ ...scaled(dense, clip), activation });
    }
    case 'layer':
      return next.layer.kind === 'Activation' ? as({ ...dense, activation: next.layer.activation }) : null;
    case 'input':
      return null;
  }
}

/** Where a slope without an upper end is cut: at 0, or nowhere; null where it is elsewhere. */
function cutAt({ low, high }: ClippedLinear): 'relu' | 'linear' | null {
  if (high !== Infinity) return null;
  return low === 0 ? 'relu' : low === -Infinity ? 'linear' : null;
}

function linearDense(draft: Draft): PendingDense | null {
  const layer = draft.kind === 'layer' ? draft.layer : null;
  return layer?.kind === 'Dense' && layer.activation === 'linear' ? layer : null;
}

function withBias(dense: PendingDense, { values: added, module }: BiasDraft): PendingDense {
  const values = dense.bias.values.map((value, i) => value + added[i]!);
  return { ...dense, name: module ?? dense.name, bias: { ...dense.bias, values } };
}

function scaled(dense: PendingDense, { slope, offset }: ClippedLinear): PendingDense {
  const { shape, read } = dense.kernel;
  const kernel = { shape, read: async () => (await read()).map((weight) => weight * slope) };
  const bias = { ...dense.bias, values: dense.bias.values.map((value) => value * slope + offset) };
  return { ...dense, kernel, bias };
}

function meaningOf({ name, meaning }: NonNullable<ReturnType<typeof clippedName>>) {
  return meaning && { [name]: meaning };
}

/** What a link is as layers; none where it only hands on. */
export function layersOf({ draft, before }: Link): Pick<LayerDraft, 'activations'> & {
  readonly layers: readonly PendingLayer[];
} {
  switch (draft.kind) {
    case 'input':
      return { layers: [] };
    case 'layer': {
      const { layer, backward, activations } = draft;
      return { layers: backward ? [layer, backward] : [layer], ...(activations && { activations }) };
    }
    case 'bias': {
      const { name, path, values } = draft;
      const ones = new Float32Array(values.length).fill(1);
      return { layers: [scaleLayer({ name, path }, ones, values)] };
    }
    case 'elementwise':
      return elementwiseLayer(draft, before.some(isInput));
  }
}

/** The layer that functions come to which no Dense layer has taken up. */
function elementwiseLayer({ name, path, clip, channels }: ElementwiseDraft, isFirst: boolean) {
  if (isIdentity(clip)) return { layers: [] };
  const base = { name, path };
  const named = clippedName(clip);
  if (named) {
    const layer: PendingLayer = { ...base, kind: 'Activation', activation: named.name };
    const activations = meaningOf(named);
    return { layers: [layer], ...(activations && { activations }) };
  }
  const cut = cutAt(clip);
  if (cut && !isFirst) {
    const [slope, offset] = [clip.slope, clip.offset].map((x) => new Float32Array(channels).fill(x));
    const scale = scaleLayer(base, slope!, offset!);
    const layer: PendingLayer = { ...base, kind: 'Activation', activation: cut };
    return { layers: cut === 'relu' ? [scale, layer] : [scale] };
  }
  const reason = cut
    ? 'it scales and shifts the inputs; leave it out of the model and give mean and scale as "input" of the specification'
    : 'it clips values on one side, other than at 0';
  const layer: PendingLayer = { ...base, kind: 'Unsupported', className: 'Elementwise', reason };
  return { layers: [layer] };
}

/** One factor and one summand for each channel; of one channel, for every value. */
function scaleLayer(
  base: Pick<Layer, 'name' | 'path'>,
  scale: Float32Array,
  offset: Float32Array,
): PendingLayer {
  const shape = [scale.length];
  return {
    ...{ ...base, kind: 'Scale', channels: scale.length },
    scale: { shape, values: scale },
    offset: { shape, values: offset },
  };
}
