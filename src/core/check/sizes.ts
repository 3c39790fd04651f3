/** What a network makes of samples of their size: whether it fits, and how many values come out. */
import type { InputFault } from '../findings/types.ts';
import { embeddingOf } from '../network/embedding.ts';
import { countValues, fitTogether, shapesOf, stepsOfLayers } from '../network/sample-shapes.ts';
import type { Network } from '../network/types.ts';
import type { SampleShape } from './inputs.ts';

type Fault = (message: string) => InputFault;

/** Sequence steps of a sample; of its longest input, where there are several. */
export function sequenceSteps({ steps, parts }: SampleShape): number {
  return parts ? Math.max(...parts.map((part) => part.steps)) : steps;
}

/**
 * Windows may be longer than a sequence, sequences that are added of two lengths, and what is joined too large.
 * @throws what `fault` makes
 */
export function refuseSizes(network: Network, shape: SampleShape, fault: Fault): void {
  const { layers } = network;
  const steps = shape.parts?.map((part) => part.steps) ?? shape.steps;
  const tooShort = stepsOfLayers(layers, steps).indexOf(0);
  if (tooShort >= 0 || (layers.length > 0 && outputSize(network, shape) === 0)) {
    const { name } = layers.at(tooShort)!;
    throw fault(
      `sequences of ${sequenceSteps(shape)} steps are too short for the windows before or in layer "${name}" (data.inputs)`,
    );
  }
  const uneven = unevenMerge(network, shape);
  if (uneven) {
    throw fault(`the inputs of layer "${uneven}" are of different sizes with these samples (data.inputs)`);
  }
  refuseLarge(network, shape, fault);
}

/** Values of one sample, of all layers together, that a run holds: 256 MiB. */
const mostValues = 2 ** 26;

/** A small file may join or pad what it has again and again. */
function refuseLarge(network: Network, shape: SampleShape, fault: Fault): void {
  let total = 0;
  for (const [index, { output }] of shapesOf(network, shapesGiven(network, shape)).entries()) {
    total += countValues(output);
    if (total <= mostValues) continue;
    throw fault(
      `the layers up to "${network.layers[index]!.name}" give more than ${mostValues} values for one sample, and no more are simulated (data.inputs)`,
    );
  }
}

/** Name of a layer that puts together what does not fit, where the model leaves sizes open. */
function unevenMerge(network: Network, shape: SampleShape): string | null {
  const shapes = shapesOf(network, shapesGiven(network, shape));
  const uneven = network.layers.find(
    (layer, index) => layer.kind === 'Merge' && !fitTogether(layer, shapes[index]!.read),
  );
  return uneven?.name ?? null;
}

/** Shapes of the inputs as the samples have them. */
export function shapesGiven({ inputShape, layers }: Network, shape: SampleShape): (readonly number[])[] {
  if (shape.parts) return shape.parts.map((part) => part.shape);
  const { steps, features, sequence } = shape;
  if (embeddingOf(layers)) return [[steps]];
  const step = inputShape.length > 2 ? inputShape.slice(-3).map((size) => size!) : [features];
  return [sequence ? [steps, ...step] : step];
}

/** Number of values that the network gives for one sample. */
export function outputSize(network: Network, shape: SampleShape): number {
  const last = shapesOf(network, shapesGiven(network, shape)).at(-1);
  return countValues(last ? last.output : shapesGiven(network, shape)[0]!);
}
