/** Whether the data fit the model: shapes, finite values, range, labels. */
import { InputFault, type Finding, type Fix } from '../findings/types.ts';
import { embeddingOf } from '../network/embedding.ts';
import { stepsOfShape } from '../network/windows.ts';
import type { EmbeddingLayer, Network } from '../network/types.ts';
import { refuseSizes } from './sizes.ts';

/** Values of a data file, [samples, ...] row-major. */
export interface DataArray {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
  /** Shapes, [samples, ...], of the arrays of a model with several inputs; `values` has a sample's of all, one after the other. */
  readonly parts?: readonly (readonly number[])[];
  /** Files of each of them, where each has one of its own. */
  readonly partFiles?: readonly string[];
}

/** One input of several: where its values stand in a sample, and how they are arranged. */
export interface SamplePart {
  /** Of the input. */
  readonly name: string;
  /** Where each input has a file of its own. */
  readonly file?: string;
  /** Of one sample. */
  readonly shape: readonly number[];
  readonly start: number;
  readonly steps: number;
  readonly features: number;
  readonly sequence: boolean;
  /** Whether they are ids of an embedding, which are not normalised. */
  readonly ids: boolean;
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
  /** Of a model with several inputs; a sample is then one step of all their values. */
  readonly parts?: readonly SamplePart[];
}

/**
 * Matches data to the model's input shape. A trailing axis of 1 may be left out, and images [height, width] may
 * be given to a model that takes as many values one by one, [height * width, 1] or [height * width].
 * @throws InputFault 'data-mismatch'
 */
export function checkShape(data: DataArray, network: Network, file: string): SampleShape {
  const { inputs, inputShape, layers } = network;
  const fault: Fault = (message, part) => mismatch(message, file, part);
  const [samples = 0, ...found] = data.shape;
  if (data.shape.length === 0 || samples === 0) throw fault('holds no samples');
  if (inputs) {
    const parts = checkParts(data, network, fault);
    const features = parts.reduce((sum, part) => sum + part.steps * part.features, 0);
    const shape = { samples, steps: 1, features, sequence: false, parts };
    refuseSizes(network, shape, fault);
    return shape;
  }
  const ids = embeddingOf(layers) !== null;
  const image = ids ? null : imageOf(found, inputShape);
  const given = image ? inputShape.map((size) => size!) : arranged(found, inputShape);
  refuseOther(data.shape, given, inputShape, '', fault);
  const steps = ids ? { steps: given[0]!, features: 1, sequence: true } : stepsOfShape(given);
  const shape = { samples, ...steps };
  refuseSizes(network, shape, fault);
  return { ...shape, ...(image && { image }) };
}

/** @param part the input at fault, of several */
type Fault = (message: string, part?: Pick<SamplePart, 'name' | 'file'>) => InputFault;

/** @param part as {@link Fault}: where it has a file of its own, that and its key are named */
function mismatch(message: string, file: string, part?: Pick<SamplePart, 'name' | 'file'>): InputFault {
  const path = ['data', 'inputs', ...(part?.file === undefined ? [] : [part.name])];
  return new InputFault('data-mismatch', part?.file ?? file, message, { file: 'specification', path });
}

function checkParts(
  { parts = [], partFiles }: DataArray,
  { inputs = [], layers }: Network,
  fault: Fault,
): SamplePart[] {
  const embedded = new Set(inputs.flatMap((_, index) => (embeddingOf(layers, index) ? [index] : [])));
  let start = 0;
  return inputs.map(({ name, shape: wanted }, index): SamplePart => {
    const [, ...found] = parts[index]!;
    const given = arranged(found, wanted);
    const file = partFiles?.[index];
    const named = { name, ...(file !== undefined && { file }) };
    refuseOther(parts[index]!, given, wanted, ` of input "${name}"`, (words) => fault(words, named));
    const ids = embedded.has(index);
    const steps = ids ? { steps: given[0]!, features: 1, sequence: true } : stepsOfShape(given);
    const part = { ...named, shape: given, start, ...steps, ids };
    start += part.steps * part.features;
    return part;
  });
}

/** A trailing axis of 1 may be left out, or the channel of images, or their rows and columns be one row. */
function arranged(found: readonly number[], wanted: readonly (number | null)[]): readonly number[] {
  if (found.length === wanted.length - 1 && wanted.at(-1) === 1) return [...found, 1];
  if (found.length === 2 && wanted.length === 3 && wanted[0] === 1) return [1, ...found];
  return rowOfPixels(found, wanted) ?? found;
}

function refuseOther(
  shape: readonly number[],
  given: readonly number[],
  wanted: readonly (number | null)[],
  which: string,
  fault: Fault,
): void {
  const fits =
    given.length === wanted.length && wanted.every((size, axis) => size === null || size === given[axis]);
  if (fits && given.every((size) => size > 0)) return;
  const model = wanted.map((size) => size ?? 'any').join(', ');
  throw fault(
    `shape [${shape.join(', ')}]${which} does not fit the model, which takes [samples, ${model}] (data.inputs)`,
  );
}

/** The shape of images whose pixels are given in one row; null for any other samples. */
function rowOfPixels(found: readonly number[], wanted: readonly (number | null)[]): number[] | null {
  if (wanted.length !== 3 || found.length !== 1) return null;
  const sizes = wanted.flatMap((size) => size ?? []);
  return sizes.length === 3 && sizes.reduce((a, b) => a * b, 1) === found[0] ? sizes : null;
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

/** Of all values of the data. */
export interface InputRange {
  readonly least: number;
  readonly greatest: number;
  readonly mean: number;
}

/**
 * Looks at every value once.
 * @param parts of a sample; ids have no part in the range
 * @throws InputFault 'data-mismatch' at the first NaN or infinity
 */
export function checkFinite(data: DataArray, file: string, parts: readonly SamplePart[] = []): InputRange {
  const { values } = data;
  const size = values.length / data.shape[0]!;
  const isId = new Uint8Array(parts.length > 0 ? size : 0);
  for (const { start, steps, features, ids } of parts)
    isId.fill(ids ? 1 : 0, start, start + steps * features);
  let [least, greatest, total, counted] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (!Number.isFinite(value)) {
      const part = parts.findLast(({ start }) => start <= i % size);
      const of = part ? ` of input "${part.name}"` : '';
      throw mismatch(`sample ${Math.floor(i / size)}${of} holds ${value} (value ${i})`, file, part);
    }
    if (isId[i % size]) continue;
    counted++;
    if (value < least) least = value;
    if (value > greatest) greatest = value;
    total += value;
  }
  return counted === 0 ? { least: 0, greatest: 0, mean: 0 } : { least, greatest, mean: total / counted };
}

/**
 * Ids are whole numbers, and each has a vector.
 * @param data [samples, steps], or several inputs, of which `part` is the one of ids
 * @throws InputFault 'data-mismatch' at the first that is not
 */
export function checkIds(
  { shape, values }: DataArray,
  { name, vocabulary }: EmbeddingLayer,
  file: string,
  part?: SamplePart,
): void {
  const samples = shape[0]!;
  const size = values.length / samples;
  const { start, steps } = part ?? { start: 0, steps: size };
  // Samples are float32, which has no whole numbers one by one beyond.
  const ids = Math.min(vocabulary, 2 ** 24);
  for (let n = 0; n < samples; n++) {
    for (let step = 0; step < steps; step++) {
      const id = values[n * size + start + step]!;
      if (Number.isInteger(id) && id >= 0 && id < ids) continue;
      const words = `sample ${n} holds ${id} at step ${step}, but layer "${name}" looks up ids: whole numbers from 0 to ${ids - 1}`;
      throw mismatch(words, file, part);
    }
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
