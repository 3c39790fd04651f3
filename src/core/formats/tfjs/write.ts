/** A network as a tfjs LayersModel: the text of model.json, and weights.bin beside it. */
import { isChain, readsOf, sampleOf } from '../../network/graph.ts';
import { shapesOf, type OpenShape } from '../../network/sample-shapes.ts';
import { isBackward, isConv } from '../../network/shapes.ts';
import type { ConvLayer, Layer, Network, RecurrentLayer, Tensor } from '../../network/types.ts';
import {
  eachStepOf,
  kerasClass,
  kerasWeights,
  paddingName,
  recurrentClass,
  zeroPadding,
  type KerasClass,
  type NamedWeights,
} from './write-layers.ts';

export interface LayersModelFiles {
  readonly 'model.json': string;
  readonly 'weights.bin': Uint8Array;
}

/** Why a network cannot be written, and which of its layers is to blame. */
export interface NotWritable {
  readonly layer: Layer;
  /** Goes on after "layer "NAME" ". */
  readonly reason: string;
}

/**
 * @param network of which {@link whyNotWritable} has nothing to say
 * @param generatedBy "Spikewise 0.1.0"
 */
export function writeTfjsLayersModel(network: Network, generatedBy: string): LayersModelFiles {
  const written = writtenLayers(network);
  const named = written.flatMap(({ name, weights }) =>
    weights.map(([weight, tensor]) => ({ name: `${name}/${weight}`, tensor })),
  );
  const bytes = joined(named.map(({ tensor }) => tensor));
  const json = {
    modelTopology: {
      ...(isSequential(network) ? sequential(network, written) : functional(network, written)),
      // The form, and what its names mean, is that of tfjs; what is skipped behind merging layers, that of Keras 3.
      keras_version: network.layers.some(isOfKeras3) ? '3.4.0' : 'tfjs-layers 4.22.0',
      backend: 'tensor_flow.js',
    },
    format: 'layers-model',
    generatedBy,
    convertedBy: null,
    weightsManifest: [
      {
        paths: ['weights.bin'],
        weights: named.map(({ name, tensor }) => ({ name, shape: tensor.shape, dtype: 'float32' })),
      },
    ],
  };
  return { 'model.json': `${JSON.stringify(json)}\n`, 'weights.bin': bytes };
}

function isOfKeras3(layer: Layer): boolean {
  return layer.kind === 'Merge' && layer.skipsTogether === true;
}

/** The name that an output of the network has in the file: that of the layer which computes it. */
export function writtenOutput(network: Network, output: string): string {
  const { layers, outputs } = network;
  const named = outputs?.find(({ name }) => name === output)?.layer;
  return endsOf(network)[named ?? layers.findLastIndex(({ name }) => name === output)] ?? output;
}

export function whyNotWritable(network: Network): NotWritable | null {
  const { layers } = network;
  const shapes = shapesOf(network);
  const reads = readsOf(layers);
  for (const [index, layer] of layers.entries()) {
    const reason = whyNot(layer, shapes[index]!.read);
    if (reason !== null) return { layer, reason };
    const half = reads[index]!.find((from) => isFirstHalf(layers, from));
    if (half !== undefined) {
      const { name } = layers[half]!;
      return { layer, reason: `reads one direction of a bidirectional layer alone, "${name}"` };
    }
  }
  const ends = network.outputs?.map(({ layer }) => layer) ?? [layers.length - 1];
  const half = ends.find((layer) => isFirstHalf(layers, layer));
  if (half !== undefined) {
    return {
      layer: layers[half]!,
      reason: 'is one direction of a bidirectional layer, and an output alone',
    };
  }
  const needed = neededFor(ends, layers);
  const idle = layers.find((_, index) => !needed.has(index));
  return idle ? { layer: idle, reason: 'gives what no output needs' } : null;
}

/** Positions of the layers that others need. */
function neededFor(ends: readonly number[], layers: readonly Layer[]): ReadonlySet<number> {
  const reads = readsOf(layers);
  const needed = new Set([...ends, layers.length - 1]);
  for (let index = layers.length - 1; index >= 0; index--) {
    if (!needed.has(index)) continue;
    for (const from of isBackward(layers[index]!) ? [...reads[index]!, index - 1] : reads[index]!)
      needed.add(from);
  }
  return needed;
}

function whyNot(layer: Layer, [read = null]: readonly OpenShape[]): string | null {
  const noName = 'has padding that no layer of tfjs and Keras has: neither valid nor same nor causal';
  switch (layer.kind) {
    case 'Unsupported':
      return `is of class ${layer.className}`;
    case 'Conv1D':
      return paddingName(layer.windows, read) === null ? noName : null;
    case 'Pooling':
      if (layer.of === 'last')
        return 'takes the last of several steps, which no layer of tfjs and Keras does';
      if (layer.of === 'padding' || layer.global) return null;
      if (layer.windows.dilation.some((dilation) => dilation !== 1)) {
        return 'pools windows with gaps (dilation), which no layer of tfjs and Keras does';
      }
      return paddingName(layer.windows, read) === null ? noName : null;
    case 'Scale':
      return read?.at(-1) === layer.channels ? null : 'scales channels that are no axis of what it reads';
    case 'Merge':
      return layer.operation === 'subtract' && layer.inputs?.length !== 2
        ? 'subtracts more than one from another'
        : null;
    default:
      return null;
  }
}

/** A layer of the file. */
interface Written extends KerasClass {
  readonly name: string;
  /** Names of the layers that it reads. */
  readonly reads: readonly string[];
  readonly weights: NamedWeights;
  /** Of a sample, where it is one of the network's inputs. */
  readonly input?: OpenShape;
}

function isSequential({ layers, inputs, outputs }: Network): boolean {
  return isChain(layers) && !inputs && !outputs && layers.length > 0;
}

/** In the network's order. */
function writtenLayers(network: Network): Written[] {
  const { layers, inputs, inputShape } = network;
  const [shapes, reads, ends] = [shapesOf(network), readsOf(layers), endsOf(network)];
  return layers.flatMap((layer, index): Written[] => {
    const name = ends[index]!;
    const read = reads[index]!.map((from) => (from === sampleOf ? sampleName(network) : ends[from]!));
    const own = (made: KerasClass, weights: NamedWeights, input?: OpenShape): Written => {
      return { name, reads: read, ...made, weights, ...(input !== undefined && { input }) };
    };
    if (layer.kind === 'InputLayer') {
      const shape = inputs?.[layer.input ?? 0]?.shape ?? inputShape;
      return [{ ...own({ className: 'InputLayer', config: {} }, [], shape), reads: [] }];
    }
    // The second half is written for both, the others are what they read.
    if (layer.kind === 'Folded' || layer.kind === 'Output' || isFirstHalf(layers, index)) return [];
    if (isBackward(layer)) {
      const both = [layers[index - 1] as RecurrentLayer, layer] as const;
      return [own(bidirectional(...both), both.flatMap(directed))];
    }
    const [given = null] = shapes[index]!.read;
    const made = own(kerasClass(layer, given), kerasWeights(layer));
    return isConv(layer) && paddingName(layer.windows, given) === null ? padded(layer, given, made) : [made];
  });
}

/** With its padding as a layer of its own before it. */
function padded({ windows }: ConvLayer, given: OpenShape, conv: Written): Written[] {
  const around = zeroPadding(windows);
  const name = `${conv.name}_padding`;
  const own = given?.length === 4 ? eachStepOf(around) : around;
  return [
    { name, reads: conv.reads, ...own, weights: [] },
    { ...conv, reads: [name] },
  ];
}

function isFirstHalf(layers: readonly Layer[], index: number): boolean {
  const next = layers[index + 1];
  return next !== undefined && isBackward(next);
}

/** For each layer the name of the layer of the file that gives what it gives. */
function endsOf({ layers }: Network): string[] {
  const reads = readsOf(layers);
  const ends: string[] = [];
  layers.forEach((layer, index) => {
    const passes = layer.kind === 'Folded' || layer.kind === 'Output';
    const half = isBackward(layer) ? layers[index - 1]!.name : layer.name;
    ends.push((passes ? ends[reads[index]![0]!] : undefined) ?? half.replace(/ \(forward\)$/, ''));
  });
  return ends;
}

/** Of the layer that stands for the sample, where layers read it themselves. */
function sampleName({ layers }: Network): string {
  let name = 'input';
  while (layers.some((layer) => layer.name === name)) name += '_';
  return name;
}

/** Both read the same; what is alike in them is written once, as tfjs wants it. */
function bidirectional(forward: RecurrentLayer, backward: RecurrentLayer): KerasClass {
  const [layer, turned] = [forward, backward].map((half) => {
    const { className, config } = recurrentClass(half);
    return { class_name: className, config: { name: innerName(half), trainable: true, ...config } };
  });
  const comparable = (half: RecurrentLayer) =>
    JSON.stringify(recurrentClass({ ...half, direction: 'backward' }));
  const differ = comparable(forward) !== comparable(backward);
  return {
    className: 'Bidirectional',
    config: { merge_mode: 'concat', layer, ...(differ && { backward_layer: turned }) },
  };
}

function innerName({ kind }: RecurrentLayer): string {
  return kind.toLowerCase();
}

/** Weights of one direction. */
function directed(half: RecurrentLayer): NamedWeights {
  const direction = isBackward(half) ? 'backward' : 'forward';
  return kerasWeights(half).map(
    ([name, tensor]) => [`${direction}_${innerName(half)}/${name}`, tensor] as const,
  );
}

function sequential({ name, inputShape }: Network, written: readonly Written[]) {
  const computing = written.filter(({ className }) => className !== 'InputLayer');
  const layers = computing.map((layer, index) => ({
    class_name: layer.className,
    config: configOf(layer, index === 0 ? inputShape : undefined),
  }));
  return { class_name: 'Sequential', config: { name, layers } };
}

function functional(network: Network, written: readonly Written[]) {
  const { name, layers, inputShape, outputs } = network;
  const node = (of: string) => [of, 0, 0];
  const ends = endsOf(network);
  const input = sampleName(network);
  const start = {
    name: input,
    reads: [],
    className: 'InputLayer',
    config: {},
    weights: [],
    input: inputShape,
  };
  const isRead = written.some(({ reads }) => reads.includes(input));
  const all: readonly Written[] = isRead ? [start, ...written] : written;
  const entries = all.map((layer) => ({
    name: layer.name,
    class_name: layer.className,
    config: configOf(layer, layer.input),
    inbound_nodes: layer.reads.length === 0 ? [] : [layer.reads.map((read) => [...node(read), {}])],
  }));
  const given = outputs?.map(({ layer }) => layer) ?? [layers.length - 1];
  return {
    class_name: 'Model',
    config: {
      name,
      layers: entries,
      input_layers: all.filter(({ input }) => input !== undefined).map((layer) => node(layer.name)),
      output_layers: given.map((layer) => node(ends[layer]!)),
    },
  };
}

function configOf({ name, config }: Written, input: OpenShape | undefined): object {
  return {
    ...{ name, trainable: true },
    ...(input && { batch_input_shape: [null, ...input] }),
    ...{ dtype: 'float32', ...config },
  };
}

/** float32, little-endian, one after the other. */
function joined(tensors: readonly Tensor[]): Uint8Array {
  const bytes = new Uint8Array(4 * tensors.reduce((sum, { values }) => sum + values.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { values } of tensors) {
    for (const value of values) {
      view.setFloat32(at, value, true);
      at += 4;
    }
  }
  return bytes;
}
