/** Whether the data fit the model: shapes, finite values, range, labels. */
import { InputFault, type Finding, type Fix } from '../findings/types.ts';
import type { Network } from '../network/types.ts';

/** Values of a data file, [samples, ...] row-major. */
export interface DataArray {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** How the values of one sample are arranged. */
export interface SampleShape {
  readonly samples: number;
  readonly steps: number;
  readonly features: number;
  /** True for [steps, features], false for [features]. */
  readonly sequence: boolean;
}

/**
 * Matches data to the model's input shape. A trailing axis of 1 may be left out.
 * @throws InputFault 'data-mismatch'
 */
export function checkShape(data: DataArray, network: Network, file: string): SampleShape {
  const wanted = network.inputShape;
  const fault = (message: string): InputFault =>
    new InputFault('data-mismatch', file, message, { file: 'specification', path: ['data', 'inputs'] });
  const [samples = 0, ...found] = data.shape;
  if (data.shape.length === 0 || samples === 0) throw fault('holds no samples');
  const given = found.length === wanted.length - 1 && wanted.at(-1) === 1 ? [...found, 1] : found;
  const fits =
    given.length === wanted.length && wanted.every((size, axis) => size === null || size === given[axis]);
  if (!fits || given.some((size) => size === 0)) {
    const model = wanted.map((size) => size ?? 'any').join(', ');
    throw fault(
      `shape [${data.shape.join(', ')}] does not fit the model, which takes [samples, ${model}] (data.inputs)`,
    );
  }
  return given.length === 1
    ? { samples, steps: 1, features: given[0]!, sequence: false }
    : {
        samples,
        steps: given.slice(0, -1).reduce((a, b) => a * b, 1),
        features: given.at(-1)!,
        sequence: true,
      };
}

/** Number of values that the network gives for one sample. */
export function outputSize(network: Network, { steps, features, sequence }: SampleShape): number {
  let [rows, width] = [sequence ? steps : 1, features];
  for (const layer of network.layers) {
    if (layer.kind === 'Flatten') [rows, width] = [1, rows * width];
    if (layer.kind === 'LSTM' || layer.kind === 'Dense') width = layer.units;
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
    if (!Number.isInteger(label) || label < 0 || label >= classes) {
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
