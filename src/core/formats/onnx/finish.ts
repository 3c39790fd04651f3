/** Links become the list of a network's layers. */
import type { InputFault } from '../../findings/types.ts';
import { readsOf } from '../../network/graph.ts';
import type { ClippedLinear, Layer, Tensor } from '../../network/types.ts';
import type { JsonPath } from '../json.ts';
import { MOST_LAYERS } from '../keras/topology.ts';
import type { TakeTensor } from '../take-tensor.ts';
import { quote } from '../weights/stored-tensor.ts';
import { folded, layersOf } from './folding.ts';
import {
  append,
  inOrder,
  lastStep,
  recurrentDraft,
  type Link,
  type PendingLayer,
  type PendingTensor,
} from './links.ts';

type MakeFault = (words: string, path: JsonPath) => InputFault;

/** Of all layers that put several together; each costs a sum or a copy in every run. */
const MOST_REFERENCES = 10_000;

export interface Finished {
  readonly layers: readonly Layer[];
  readonly activations: Readonly<Record<string, ClippedLinear>>;
  /** Of the ends, the positions of the layers that give them. */
  readonly ends: readonly number[];
  /** Of the inputs that are read, in their order: the layer that stands for each, or -1 where none is needed. */
  readonly inputs: readonly { readonly input: number; readonly layer: number }[];
}

/**
 * Layers in order, with names of their own, and what their activations mean.
 * @param ends what the model gives
 * @param inputNames of all inputs of the file
 * @throws InputFault `model-unreadable` or `weights-unreadable`
 */
export async function finish(
  ends: readonly Link[],
  inputNames: readonly string[],
  take: TakeTensor,
  fault: MakeFault,
): Promise<Finished> {
  const list = listed(folded(withoutDoubles(ends, fault)), inputNames, fault);
  const layers: Layer[] = [];
  // One after the other, so that no two are read at once.
  for (const layer of withOwnNames(list.pending)) layers.push(await withWeights(layer, take));
  refuseMixedIds(layers, fault);
  const { activations, inputs } = list;
  return { layers, activations, inputs, ends: list.ends };
}

/**
 * Where one part of the model reads every step of a recurrent layer and another the last alone, a layer takes that from
 * the others: there is no second recurrent layer.
 */
function withoutDoubles(ends: readonly Link[], fault: MakeFault): readonly Link[] {
  const links = new Set(inOrder(ends));
  const whole = new Map<Link, Link>();
  for (const link of links) {
    const ended = link.made.get('final states');
    if (!ended || !links.has(ended)) continue;
    const { layer, backward } = recurrentDraft(link)!;
    if (backward) {
      throw fault(
        `has a bidirectional layer ${quote(layer.name)} of which one part of the model reads every step and another the final states; export a model in which all read the one or the other`,
        layer.path,
      );
    }
    whole.set(ended, link);
  }
  if (whole.size === 0) return ends;
  const made = new Map<Link, Link>();
  for (const link of inOrder(ends, (one) => (whole.has(one) ? [whole.get(one)!] : one.before))) {
    const every = whole.get(link);
    if (every) {
      const { units, name, path } = recurrentDraft(every)!.layer;
      made.set(link, lastStep(made.get(every)!, units, { name: `${name} (last step)`, path }));
    } else {
      const before = link.before.map((one) => made.get(one)!);
      made.set(link, append(before, link.draft));
    }
  }
  return ends.map((end) => made.get(end)!);
}

interface Listed extends Omit<Finished, 'layers'> {
  readonly pending: readonly PendingLayer[];
}

function listed(ends: readonly Link[], inputNames: readonly string[], fault: MakeFault): Listed {
  const links = inOrder(ends);
  const pending: PendingLayer[] = [];
  const activations: Record<string, ClippedLinear> = {};
  /** The layer that gives what the link does. */
  const at = new Map<Link, number>();
  const starts = startsOf(links);
  const isList = isOneRow(links);
  const inputs = starts.map(({ link, input }) => {
    if (!isList) {
      const own = starts.length > 1 ? { input: pending.length } : {};
      const path = ['graph', 'input', input];
      pending.push({ kind: 'InputLayer', name: inputNames[input]!, path, ...own });
    }
    at.set(link, pending.length - 1);
    return { input, layer: pending.length - 1 };
  });
  let references = 0;
  for (const link of links) {
    if (at.has(link)) continue;
    const reads = link.before.map((one) => at.get(one)!);
    const isNext = reads.length === 1 && reads[0] === pending.length - 1;
    const made = layersOf(link);
    Object.assign(activations, made.activations);
    made.layers.forEach((layer, part) => {
      // The second half of a bidirectional layer reads what the first reads.
      pending.push(part > 0 || isNext ? layer : { ...layer, inputs: reads });
    });
    at.set(link, made.layers.length === 0 ? reads[0]! : pending.length - 1);
    references += reads.length;
    const path = pending.at(-1)?.path ?? [];
    if (pending.length > MOST_LAYERS) {
      throw fault(`holds a model of more than ${MOST_LAYERS} layers; no more are read`, path);
    }
    if (references > MOST_REFERENCES) {
      throw fault(
        `has layers that read more than ${MOST_REFERENCES} others together; no more are read`,
        path,
      );
    }
  }
  return { pending, activations, inputs, ends: ends.map((end) => at.get(end)!) };
}

/** The inputs that are read, in the order of the file. */
function startsOf(links: readonly Link[]): { readonly link: Link; readonly input: number }[] {
  return links
    .flatMap((link) => (link.draft.kind === 'input' ? [{ link, input: link.draft.input }] : []))
    .sort((a, b) => a.input - b.input);
}

/** Whether each reads the one before it: then the input needs no layer of its own. */
function isOneRow(links: readonly Link[]): boolean {
  return links.every(({ before }, i) =>
    i === 0 ? before.length === 0 : before.length === 1 && before[0] === links[i - 1],
  );
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

/** Samples of an input are ids of one table, or values. */
function refuseMixedIds(layers: readonly Layer[], fault: MakeFault): void {
  const readers = new Map<number, Layer>();
  for (const [index, reads] of readsOf(layers).entries()) {
    const layer = layers[index]!;
    if (layer.kind === 'InputLayer') continue;
    for (const from of reads) {
      if (from >= 0 && layers[from]!.kind !== 'InputLayer') continue;
      const first = readers.get(from) ?? layer;
      readers.set(from, first);
      if (vocabularyOf(first) === vocabularyOf(layer)) continue;
      const names = `${quote(first.name)} (${first.kind}) and ${quote(layer.name)} (${layer.kind})`;
      throw fault(
        `has an input that ${names} read in two ways; give ids of each table, and values, as inputs of their own`,
        layer.path,
      );
    }
  }
}

function vocabularyOf(layer: Layer): number | null {
  return layer.kind === 'Embedding' ? layer.vocabulary : null;
}
