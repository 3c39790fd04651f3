/** Activations over whole rows of values. */
import { snakeCase, type ResolvedActivation } from '../convert/activations.ts';

/** Applies the activation in place; softmax goes over rows of `features`. */
export function activated(
  activation: ResolvedActivation,
  values: Float32Array,
  features: number,
): Float32Array {
  if (activation.analog) {
    for (let i = 0; i < values.length; i++) values[i] = activation.analog(values[i]!);
    return values;
  }
  if (snakeCase(activation.name) !== 'softmax') {
    throw new Error(`activation "${activation.name}" cannot be computed`);
  }
  for (let row = 0; row < values.length; row += features) softmax(values.subarray(row, row + features));
  return values;
}

function softmax(row: Float32Array): void {
  const highest = row.reduce((a, b) => Math.max(a, b), -Infinity);
  let total = 0;
  for (let i = 0; i < row.length; i++) total += row[i] = Math.exp(row[i]! - highest);
  for (let i = 0; i < row.length; i++) row[i] = row[i]! / total;
}
