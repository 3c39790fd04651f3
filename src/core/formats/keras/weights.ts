/**
 * Where a layer's weights lie in the HDF5 files of Keras. `.keras` archives number them in groups
 * named by the layer's class; `.h5` files name them as the backend does.
 */
import type { InputFault } from '../../findings/types.ts';
import type { Tensor } from '../../network/types.ts';
import type { Hdf5Dataset, Hdf5File } from './hdf5.ts';
import { formatShape, requested, weightNames, type ReadWeight, type WeightRequest } from './building.ts';
import type { KerasChain, KerasLayer } from './topology.ts';
import { indexOf } from '../weights/stored-tensor.ts';
import type { TakeTensor } from '../take-tensor.ts';

type MakeFault = (words: string) => InputFault;

/** Weights of `model.weights.h5`: `layers/lstm_1/cell/vars/0`. */
export function archiveWeights(
  file: Hdf5File,
  chain: KerasChain,
  fault: MakeFault,
  take: TakeTensor,
): ReadWeight {
  const groups = layerGroups(file, chain);
  return (request) => {
    const { layer, weight, direction } = request;
    const outer = groups.get(layer.name);
    const group = outer !== undefined && direction ? `${outer}/${direction}_layer` : outer;
    // Each direction has a group of its own, and numbers from 0.
    const index = direction ? ['kernel', 'recurrent_kernel', 'bias'].indexOf(weight) : request.index;
    const inside = ['', '/cell', '/layer'].map((part) => `${part}/vars/${index}`);
    const places = group === undefined ? [] : inside.map((place) => group + place);
    for (const place of places) {
      const dataset = file.dataset(place);
      if (dataset) return readTensor(dataset, request, fault, take);
    }
    const where = group === undefined ? '' : `, where '${group}' should hold it`;
    throw fault(`layer '${layer.name}' has no ${weight} in its weights${where}`);
  };
}

/** Keras 2 has called the list of layers by another name, too. */
const layerLists = ['/layers', '/_layer_checkpoint_dependencies'];

/**
 * Group of each layer. Newer files note the layer's name in it; in older ones the groups of a class
 * are numbered in the order of the configuration.
 */
function layerGroups(file: Hdf5File, { layers }: KerasChain): ReadonlyMap<string, string> {
  const list = layerLists.find((path) => file.children(path).length > 0) ?? layerLists[0]!;
  const groups = file.children(list).map((name) => `${list}/${name}`);
  const noted = new Map<string, string>();
  for (const group of groups) {
    const name = file.attribute(`${group}/vars`, 'name');
    if (typeof name === 'string') noted.set(name, group);
  }
  return noted.size > 0 ? noted : numberedGroups(list, layers);
}

function numberedGroups(list: string, layers: readonly KerasLayer[]): ReadonlyMap<string, string> {
  const counts = new Map<string, number>();
  const groups = new Map<string, string>();
  // A layer that is used several times is stored once.
  for (const { name, className } of layers.filter(({ use }) => use === 0).toSorted(byPlace)) {
    const base = groupName(className);
    const count = counts.get(base) ?? 0;
    counts.set(base, count + 1);
    groups.set(name, `${list}/${count === 0 ? base : `${base}_${count}`}`);
  }
  return groups;
}

/** The chain is in the order of computation, the groups in that of the file. */
function byPlace(a: KerasLayer, b: KerasLayer): number {
  return Number(a.path.at(-1)) - Number(b.path.at(-1));
}

/** As keras/src/utils/naming.py makes it: LSTM is lstm, BatchNormalization is batch_normalization. */
function groupName(className: string): string {
  return className
    .slice(className.lastIndexOf('>') + 1)
    .replace(/\W+/g, '')
    .replace(/(.)([A-Z][a-z]+)/g, '$1_$2')
    .replace(/([a-z])([A-Z])/g, '$1_$2')
    .toLowerCase();
}

/**
 * Weights of a `.h5` file: `model_weights/lstm/lstm/lstm_cell/kernel:0`, listed in an attribute.
 * @param root path of the layers' groups
 */
export function legacyWeights(file: Hdf5File, root: string, fault: MakeFault, take: TakeTensor): ReadWeight {
  return (request) => {
    const { layer, weight, index, direction } = request;
    const group = `${root}/${layer.name}`;
    const names = textList(file, group, 'weight_names');
    const last = (name: string) => name.slice(name.lastIndexOf('/') + 1).replace(/:\d+$/, '');
    const all = names.filter((name) => last(name) === weight);
    // The forward layer's weights come first.
    const ofDirection = all.length === 2 ? [all[direction === 'forward' ? 0 : 1]!] : [];
    const named = direction ? ofDirection : all;
    if (named.length > 1) {
      const found = named.map((name) => `'${name}'`).join(', ');
      throw fault(`layer '${layer.name}' has several weights that could be its ${weight}: ${found}`);
    }
    // A name of the user's own says nothing, the order does.
    const known = names.some((name) => (weightNames as readonly string[]).includes(last(name)));
    const name = named[0] ?? (known ? undefined : names[index]);
    const dataset = name === undefined ? null : file.dataset(`${group}/${name}`);
    if (!dataset) throw fault(`layer '${layer.name}' has no ${weight} in its weights, '${group}'`);
    return readTensor(dataset, request, fault, take);
  };
}

/** A list of texts; Keras cuts one that is longer than an attribute may be into `name0`, `name1`, ... */
export function textList(file: Hdf5File, path: string, name: string): readonly string[] {
  const whole = texts(file, path, name);
  if (whole !== null) return whole;
  const all: string[] = [];
  for (let i = 0; ; i++) {
    const part = texts(file, path, `${name}${i}`);
    if (part === null) return all;
    all.push(...part);
  }
}

function texts(file: Hdf5File, path: string, name: string): readonly string[] | null {
  const value = file.attribute(path, name);
  if (!Array.isArray(value)) return null;
  // An empty list is written as numbers.
  return (value as readonly unknown[]).filter((text) => typeof text === 'string');
}

function readTensor(
  dataset: Hdf5Dataset,
  request: WeightRequest,
  fault: MakeFault,
  take: TakeTensor,
): Promise<Tensor> {
  const { layer, weight, shape } = request;
  const found = dataset.shape;
  const fits = found.length === shape.length && shape.every((size, i) => size === null || size === found[i]);
  if (!fits) {
    throw fault(
      `layer '${layer.name}' needs a ${weight} of shape ${formatShape(shape)}, but '${dataset.path}' is ${formatShape(found)}`,
    );
  }
  const read = (): Float32Array => {
    const values = dataset.values();
    const bad = values.findIndex((value) => !Number.isFinite(value));
    if (bad >= 0) {
      throw fault(
        `layer '${layer.name}' has a ${weight} with the value ${values[bad]!} at ${formatShape(indexOf(bad, found))}`,
      );
    }
    return values;
  };
  return take(...requested(request, found, read));
}
