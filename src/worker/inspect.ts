/**
 * A look at a model: first what its layers are, which takes shapes alone, then its weights, one tensor after the
 * other. What is counted is not kept.
 */
import path from 'node:path';
import { declaredActivations } from '../core/convert/activations.ts';
import { convert } from '../core/convert/convert.ts';
import { defaults } from '../core/convert/specification-schema.ts';
import type { Specification } from '../core/convert/types.ts';
import { InputFault } from '../core/findings/types.ts';
import type { ByteSource } from '../core/formats/files.ts';
import { readModelFile } from '../core/formats/model-file.ts';
import { modelKind } from '../core/formats/model-kind.ts';
import type { TakeTensor } from '../core/formats/take-tensor.ts';
import type { LayerOffer } from '../core/formats/weights/layer-choices.ts';
import { offerLayers } from '../core/formats/weights/layer-offer.ts';
import type { LayerChoices } from '../core/formats/weights/state-dict.ts';
import { histogram } from '../core/inspect/histogram.ts';
import { summarise, tensorsOf } from '../core/inspect/summary.ts';
import type { ModelSummary, WeightsCounted } from '../core/inspect/types.ts';
import { foldNetwork } from '../core/network/fold.ts';
import type { Layer, Network, Tensor } from '../core/network/types.ts';
import { findSpecifications, isSpecification } from '../node/specifications.ts';
import { folderOf, openFile } from '../node/files.ts';
import { noFiles, type InspectMessage, type InspectRequest } from '../protocol/worker.ts';
import { openHdf5, readSpecification } from './read.ts';

/** @throws InputFault where the model cannot be read, with the files known so far as its `files` */
export async function inspectModel(
  { file }: InspectRequest,
  post: (message: InspectMessage) => void,
): Promise<void> {
  const { specification, written, note } = await findSpecification(file);
  const model = written && specification ? path.resolve(path.dirname(specification), written.model) : file;
  try {
    const choices = written?.layers && specification ? { file: specification, layers: written.layers } : null;
    const role = { code: 'model-unreadable', place: { file: 'model', path: [] } } as const;
    const source = await openFile(model, role);
    const offer = await readLayerOffer(source, choices);
    if (offer) post({ type: 'offer', offer });
    const read = (take: TakeTensor) => readModelFile(source, folderOf(model), { openHdf5, choices, take });
    const outline = outlineTaker();
    const network = foldNetwork(await read(outline.take));
    if (network.layers.length > mostLayers) throw tooManyLayers(model, network.layers.length);
    const about = { file: model, bytes: source.size, specification: { file: specification, note } };
    post({ type: 'layers', summary: summaryOf(network, written, outline.taken, about) });
    await countWeights(network, outline.taken, read, (counted) => {
      post({ type: 'weights', counted });
    });
    post({ type: 'end' });
  } catch (error) {
    if (!(error instanceof InputFault)) throw error;
    throw Object.assign(error, { files: { ...noFiles, model, specification } });
  }
}

/** Null for a model that says itself which layers it has. */
async function readLayerOffer(source: ByteSource, choices: LayerChoices | null): Promise<LayerOffer | null> {
  const model = await modelKind(source);
  return model.kind === 'weights' ? offerLayers(model.opened, choices?.layers ?? null) : null;
}

/** More than any chain has that somebody looks through. */
const mostLayers = 5000;

function tooManyLayers(file: string, count: number): InputFault {
  const words = `has ${count} layers, and at most ${mostLayers} are listed; is it the chain of layers that is to be converted?`;
  return new InputFault('model-unreadable', file, words, { file: 'model', path: [] });
}

interface Found {
  /** Absolute path; null where none is taken into account. */
  readonly specification: string | null;
  readonly written: Specification | null;
  /** Why one that is there is not taken into account. */
  readonly note: string | null;
}

/** A model can be looked at before its specification is right. */
async function findSpecification(file: string): Promise<Found> {
  if (isSpecification(file))
    return { specification: file, written: await readSpecification(file), note: null };
  const without = (note: string | null) => ({ specification: null, written: null, note });
  const [beside, ...others] = await findSpecifications(file);
  if (beside === undefined) return without(null);
  if (others.length > 0) {
    const names = [beside, ...others].map((other) => path.basename(other)).join(', ');
    return without(
      `Several specifications name this model (${names}), so none of them was taken into account.`,
    );
  }
  try {
    return { specification: beside, written: await readSpecification(beside), note: null };
  } catch (error) {
    if (!(error instanceof InputFault)) throw error;
    return without(`${path.basename(beside)} was not taken into account: it ${error.fault}.`);
  }
}

/** In the place of values that are not kept. */
const nothing = new Float32Array(0);

/** Leaves the values in the file. `taken`: in the order in which the reader hands them over. */
function outlineTaker(): { readonly take: TakeTensor; readonly taken: readonly Tensor[] } {
  const taken: Tensor[] = [];
  return {
    taken,
    take: (shape) => {
      const tensor = { shape, values: nothing };
      taken.push(tensor);
      return Promise.resolve(tensor);
    },
  };
}

function summaryOf(
  network: Network,
  written: Specification | null,
  taken: readonly Tensor[],
  about: Parameters<typeof summarise>[1],
): ModelSummary {
  const activations = declaredActivations(network.activations, written?.activations);
  // The chip's weights are about values, which are not known yet.
  const options = { ...(written ?? defaults), activations, arithmetic: 'float' as const };
  const conversion = convert(network, options, {});
  const known = new Set(taken);
  return summarise(
    { network, conversion, activations, isStored: (tensor) => known.has(tensor) || holdsValues(tensor) },
    about,
  );
}

/** Zeros stand in the place of a bias that the file lacks. */
function holdsValues({ values }: Tensor): boolean {
  return values.some((value) => value !== 0);
}

type Place = Pick<WeightsCounted, 'layer' | 'tensor'>;

/** Of every tensor the first layer that has it, in the order of the layers. */
function placesOf(layers: readonly Layer[]): Map<Tensor, Place> {
  const places = new Map<Tensor, Place>();
  layers.forEach((layer, i) => {
    for (const { name, tensor } of tensorsOf(layer)) {
      if (!places.has(tensor)) places.set(tensor, { layer: i, tensor: name });
    }
  });
  return places;
}

/** Reads the file a second time; its readers hand over the same tensors in the same order. */
async function countWeights(
  network: Network,
  taken: readonly Tensor[],
  read: (take: TakeTensor) => Promise<Network>,
  onCounted: (counted: WeightsCounted) => void,
): Promise<void> {
  const places = placesOf(network.layers);
  const count = (place: Place, values: Float32Array): void => {
    if (values.length > 0) onCounted({ ...place, weights: histogram(values) });
  };
  // A reader may have kept some all the same.
  for (const [tensor, place] of places) if (holdsValues(tensor)) count(place, tensor.values);
  if (taken.length === 0) return;
  let next = 0;
  await read(async (shape, values, unordered = values) => {
    const place = places.get(taken[next++] ?? { shape, values: nothing });
    if (place) {
      try {
        count(place, await unordered());
      } catch (error) {
        if (!(error instanceof InputFault)) throw error;
        onCounted({ ...place, weights: { fault: error.fault } });
      }
    }
    return { shape, values: nothing };
  });
}
