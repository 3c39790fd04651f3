/** Whether the data fit the model: shapes, finite values, range, labels. */
import { InputFault, type Finding, type Fix } from '../findings/types.ts';
import { embeddingOf } from '../network/embedding.ts';
import { isBackward } from '../network/shapes.ts';
import type { EmbeddingLayer, Network } from '../network/types.ts';

/** Values of a data file, [samples, ...] row-major. */
export interface DataArray {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** How the values of one sample are arranged. Ids of an embedding are steps of one value. */
export interface SampleShape {
  readonly samples: number;
  readonly steps: number;
  readonly features: number;
  /** True for [steps, features], false for [features]. */
  readonly sequence: boolean;
  /** Height and width of the images whose pixels are taken row by row; left out where the data are as the model says. */
  readonly image?: readonly [height: number, width: number];
}

/**
 * Matches data to the model's input shape. A trailing axis of 1 may be left out, and images [height, width] may
 * be given to a model that takes as many values one by one, [height * width, 1] or [height * width].
 * @throws InputFault 'data-mismatch'
 */
export function checkShape(data: DataArray, network: Network, file: string): SampleShape {
  const wanted = network.inputShape;
  const fault = (message: string): InputFault =>
    new InputFault('data-mismatch', file, message, { file: 'specification', path: ['data', 'inputs'] });
  const [samples = 0, ...found] = data.shape;
  if (data.shape.length === 0 || samples === 0) throw fault('holds no samples');
  const ids = embeddingOf(network.layers) !== null;
  const image = ids ? null : imageOf(found, wanted);
  const given = image
    ? wanted.map((size) => size!)
    : found.length === wanted.length - 1 && wanted.at(-1) === 1
      ? [...found, 1]
      : found;
  const fits =
    given.length === wanted.length && wanted.every((size, axis) => size === null || size === given[axis]);
  if (!fits || given.some((size) => size === 0)) {
    const model = wanted.map((size) => size ?? 'any').join(', ');
    throw fault(
      `shape [${data.shape.join(', ')}] does not fit the model, which takes [samples, ${model}] (data.inputs)`,
    );
  }
  if (ids) return { samples, steps: given[0]!, features: 1, sequence: true };
  const sequence = given.length > 1;
  return {
    samples,
    steps: given.slice(0, -1).reduce((a, b) => a * b, 1),
    features: given.at(-1)!,
    sequence,
    ...(image && { image }),
  };
}

/**
 * Height and width of a sample that is an image, for a model that takes its pixels in one row; null for any other.
 * @param found shape of a sample, [height, width] or [height, width, 1]
 * @param wanted what the model takes
 */
export function imageOf(
  found: readonly number[],
  wanted: readonly (number | null)[],
): readonly [height: number, width: number] | null {
  const [height, width, channels = 1] = found;
  const [pixels, features = 1] = wanted;
  const isImage = (found.length === 2 || found.length === 3) && channels === 1;
  if (!isImage || wanted.length > 2 || features !== 1) return null;
  // [784, 1] is no image, but the row itself.
  if (!height || !width || width === 1 || height * width !== pixels) return null;
  return [height, width];
}

/** Says that images were taken as rows of pixels. */
export function describeImages({ image, steps, features, sequence }: SampleShape): Finding[] {
  if (!image) return [];
  const row = sequence ? `${steps} sequence steps of one value` : `${features} values`;
  return [
    {
      code: 'data-mismatch',
      severity: 'info',
      layer: null,
      message: `The samples are images of ${image.join(' × ')}; each was taken row by row as ${row}, which the model takes.`,
      place: { file: 'specification', path: ['data', 'inputs'] },
      fixes: [],
    },
  ];
}

/** Number of values that the network gives for one sample. */
export function outputSize(network: Network, { steps, features, sequence }: SampleShape): number {
  let [rows, width] = [sequence ? steps : 1, features];
  for (const layer of network.layers) {
    if (layer.kind === 'Flatten') [rows, width] = [1, rows * width];
    if (layer.kind === 'Embedding') width = layer.dimension;
    if (isBackward(layer)) width += layer.units;
    else if (layer.kind === 'LSTM' || layer.kind === 'Dense') width = layer.units;
    if (layer.kind === 'LSTM' && !layer.returnSequences) rows = 1;
  }
  return rows * width;
}

/** Of all values of the data. */
export interface InputRange {
  readonly least: number;
  readonly greatest: number;
  readonly mean: number;
}

/**
 * Looks at every value once.
 * @throws InputFault 'data-mismatch' at the first NaN or infinity
 */
export function checkFinite(data: DataArray, file: string): InputRange {
  const { values } = data;
  let least = Infinity;
  let greatest = -Infinity;
  let total = 0;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      const sample = Math.floor(i / (values.length / data.shape[0]!));
      throw new InputFault('data-mismatch', file, `sample ${sample} holds ${value} (value ${i})`, {
        file: 'specification',
        path: ['data', 'inputs'],
      });
    }
    if (value < least) least = value;
    if (value > greatest) greatest = value;
    total += value;
  }
  return { least, greatest, mean: total / values.length };
}

/**
 * Ids are whole numbers, and each has a vector.
 * @param data [samples, steps]
 * @throws InputFault 'data-mismatch' at the first that is not
 */
export function checkIds(
  { shape, values }: DataArray,
  { name, vocabulary }: EmbeddingLayer,
  file: string,
): void {
  const steps = values.length / shape[0]!;
  // Samples are float32, which has no whole numbers one by one beyond.
  const ids = Math.min(vocabulary, 2 ** 24);
  for (let i = 0; i < values.length; i++) {
    const id = values[i]!;
    if (Number.isInteger(id) && id >= 0 && id < ids) continue;
    throw new InputFault(
      'data-mismatch',
      file,
      `sample ${Math.floor(i / steps)} holds ${id} at step ${i % steps}, but layer "${name}" looks up ids: whole numbers from 0 to ${ids - 1}`,
      { file: 'specification', path: ['data', 'inputs'] },
    );
  }
}

/** A warning where normalised inputs exceed [-1, 1] and the generator saturates (paper, III.B). */
export function checkRange(
  range: InputRange,
  input: { readonly mean: number; readonly scale: number },
): Finding[] {
  const low = (range.least - input.mean) / input.scale;
  const high = (range.greatest - input.mean) / input.scale;
  const slack = 1e-6; // a normalisation computed in float32 may land just beyond 1
  if (low >= -1 - slack && high <= 1 + slack) return [];
  const fix = (mean: number, title: (scale: number) => string): Fix => {
    const largest = Math.max(Math.abs(range.greatest - mean), Math.abs(range.least - mean));
    const scale = Number(largest.toPrecision(7));
    return { title: title(scale), edits: [{ path: ['input'], value: { mean, scale } }] };
  };
  const dividing = fix(
    input.mean,
    (scale) => `Divide the inputs by ${scale} (only right if the model was trained so)`,
  );
  const mean = Number(range.mean.toPrecision(7));
  const centring = fix(
    mean,
    (scale) =>
      `Give the inputs zero mean and a largest value of 1: (x - ${mean}) / ${scale} (only right if the model was trained so)`,
  );
  return [
    {
      code: 'inputs-out-of-range',
      severity: 'warning',
      layer: null,
      message: `Inputs reach from ${Number(low.toPrecision(4))} to ${Number(high.toPrecision(4))}; a spike generator carries at most one spike a time-step, so values beyond [-1, 1] are cut off.`,
      place: { file: 'specification', path: ['input'] },
      fixes: mean === input.mean ? [dividing] : [dividing, centring],
    },
  ];
}

/**
 * Labels as class indices, from integers [samples] or [samples, 1], or one-hot rows [samples, classes].
 * @param outputs number of the model's outputs
 * @throws InputFault 'data-mismatch'
 */
export function classIndices(labels: DataArray, samples: number, outputs: number, file: string): Int32Array {
  const fault = (message: string): InputFault =>
    new InputFault('data-mismatch', file, message, { file: 'specification', path: ['data', 'labels'] });
  const [count = 0, width = 1] = labels.shape;
  if (count !== samples) throw fault(`${count} labels for ${samples} samples`);
  if (labels.shape.length > 2 || (width !== 1 && width !== outputs)) {
    throw fault(`shape [${labels.shape.join(', ')}] is neither [samples] nor one-hot [samples, ${outputs}]`);
  }
  const classes = Math.max(outputs, 2); // a single output decides between two classes at 1/2
  return Int32Array.from({ length: samples }, (_, n) => {
    const label = width === 1 ? labels.values[n]! : winner(labels.values, n * width, width);
    if (!Number.isInteger(label)) {
      throw fault(
        `label ${label} of sample ${n} is no class, a whole number from 0; a network that gives values rather than classes is compared without labels`,
      );
    }
    if (label < 0 || label >= classes) {
      throw fault(`label ${label} of sample ${n} is not a class of the model, 0 to ${classes - 1}`);
    }
    return label;
  });
}

/** Index of the greatest of `width` values from `from`; the first of equals. A single value is compared with 1/2. */
export function winner(values: ArrayLike<number>, from: number, width: number): number {
  if (width === 1) return values[from]! > 0.5 ? 1 : 0;
  let best = 0;
  for (let k = 1; k < width; k++) if (values[from + k]! > values[from + best]!) best = k;
  return best;
}
