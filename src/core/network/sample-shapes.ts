/** The shape of a sample, and its sequence steps, before and after each layer. */
import { alongGraph, readsOf, sampleOf } from './graph.ts';
import { isBackward, isRecurrent } from './shapes.ts';
import type { Layer, MergeLayer, Network } from './types.ts';
import { placesAlong, shapeAfter } from './windows.ts';

/** Of one sample; a size is null where the model leaves it open, the shape where nothing is known of it. */
export type OpenShape = readonly (number | null)[] | null;

export interface LayerShapes {
  /** Of each layer that it reads; a layer that reads the network's input has that. */
  readonly read: readonly OpenShape[];
  readonly output: OpenShape;
}

/** @param given of the network's inputs, where their sizes are known: of data */
export function shapesOf(
  { inputShape, inputs, layers }: Pick<Network, 'inputShape' | 'inputs' | 'layers'>,
  given?: readonly OpenShape[],
): LayerShapes[] {
  const ofInput = (index = 0): OpenShape => given?.[index] ?? inputs?.[index]?.shape ?? inputShape;
  const outputs = alongGraph<OpenShape>(layers, ofInput(), (layer, read, beside) => {
    if (layer.kind === 'InputLayer') return ofInput(layer.input);
    const own = outputShape(layer, read);
    // It stands beside the output of the layer before it.
    return isBackward(layer) ? own && [...own.slice(0, -1), layer.units + (beside?.at(-1) ?? 0)] : own;
  });
  const reads = readsOf(layers);
  return layers.map((layer, index) => ({
    read: reads[index]!.map((from) =>
      from === sampleOf ? ofInput(layer.kind === 'InputLayer' ? layer.input : 0) : outputs[from]!,
    ),
    output: outputs[index]!,
  }));
}

/** Values in one of these shapes; 0 where a size is open. */
export function countValues(shape: OpenShape): number {
  return (shape ?? [0]).reduce<number>((product, size) => product * (size ?? 0), 1);
}

function outputShape(layer: Layer, read: readonly [OpenShape, ...OpenShape[]]): OpenShape {
  const [input] = read;
  // A sequence of unknown length where what is before is not known either.
  if (isRecurrent(layer)) {
    return layer.returnSequences ? [input?.length === 2 ? input[0]! : null, layer.units] : [layer.units];
  }
  switch (layer.kind) {
    case 'Embedding':
      return [input?.[0] ?? null, layer.dimension];
    case 'Dense':
      return input && [...input.slice(0, -1), layer.units];
    case 'Conv1D':
    case 'Conv2D':
    case 'Pooling':
    case 'Reshape':
    case 'Permute':
      return input && shapeAfter(layer, input);
    case 'Flatten':
      return (
        input && [
          input.reduce<number | null>((n, size) => (n === null || size === null ? null : n * size), 1),
        ]
      );
    case 'Merge':
      return mergedShape(layer, read);
    case 'Unsupported':
      return null;
    default:
      return input;
  }
}

/** The axis along which a concatenation grows; -1 of any other merge. */
function joinedAxis({ operation, axis }: MergeLayer, axes: number): number {
  if (operation !== 'concatenate') return -1;
  return axis === 'steps' ? 0 : axes - 1;
}

/** Whether all sizes but those that a concatenation joins are the same, as far as they are known. */
export function fitTogether(layer: MergeLayer, read: readonly OpenShape[]): boolean {
  const known = read.flatMap((shape) => (shape ? [shape] : []));
  const [first = []] = known;
  const joined = joinedAxis(layer, first.length);
  return known.every(
    (shape) =>
      shape.length === first.length &&
      shape.every((size, at) => at === joined || size === null || (first[at] ?? size) === size),
  );
}

/** What one leaves open another may say. */
function mergedShape(layer: MergeLayer, read: readonly OpenShape[]): OpenShape {
  const [first, ...others] = read;
  if (!first || others.some((other) => other?.length !== first.length)) return null;
  const joined = joinedAxis(layer, first.length);
  return first.map((size, at) => {
    const sizes = [size, ...others.map((other) => other![at]!)];
    if (at !== joined) return sizes.find((one) => one !== null) ?? null;
    return sizes.reduce((sum, one) => (sum === null || one === null ? null : sum + one), 0);
  });
}

/**
 * Sequence steps that each layer runs.
 * @param steps of the network's input; of each, where there are several
 */
export function stepsOfLayers(layers: readonly Layer[], steps: number | readonly number[]): number[] {
  const runs: number[] = [];
  const ofInput = (input = 0): number => (typeof steps === 'number' ? steps : steps[input]!);
  alongGraph(layers, ofInput(), (layer, read) => {
    if (layer.kind === 'InputLayer') {
      runs.push(ofInput(layer.input));
      return ofInput(layer.input);
    }
    // A window along the sequence runs once at each of its places.
    const own = layer.kind === 'Conv1D' ? placesAlong(layer.windows, 0, read[0]).count : read[0];
    runs.push(own);
    const isLonger = layer.kind === 'Merge' && layer.operation === 'concatenate' && layer.axis === 'steps';
    return isLonger ? read.reduce((sum, more) => sum + more, 0) : stepsAfter(layer, own);
  });
  return runs;
}

/** @param runs sequence steps that the layer runs */
function stepsAfter(layer: Layer, runs: number): number {
  if (layer.kind === 'Pooling' && !layer.windows.image) {
    return layer.global ? 1 : placesAlong(layer.windows, 0, runs).count;
  }
  if (layer.kind === 'Reshape') {
    const { shape } = layer;
    return shape.length === 2 || shape.length === 4 ? (shape[0] ?? runs) : 1;
  }
  if (layer.kind === 'Permute') return layer.axes.length === 2 ? layer.shape[layer.axes[0]!]! : runs;
  return leavesSequence(layer) ? 1 : runs;
}

/** Whether it gives one vector a sample. */
function leavesSequence(layer: Layer): boolean {
  return layer.kind === 'Flatten' || (isRecurrent(layer) && !layer.returnSequences);
}
