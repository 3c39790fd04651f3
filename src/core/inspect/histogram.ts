/** How the weights of a tensor are distributed. */
import type { Histogram } from './types.ts';

const bins = 40;

/** @param values at least one, all finite */
export function histogram(values: Float32Array): Histogram {
  let [min, max, sum, zeros] = [Infinity, -Infinity, 0, 0];
  for (const value of values) {
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
    if (value === 0) zeros++;
  }
  const mean = sum / values.length;
  const counts = new Array<number>(max > min ? bins : 1).fill(0);
  const perBin = max > min ? bins / (max - min) : 0;
  let squares = 0;
  for (const value of values) {
    squares += (value - mean) ** 2;
    counts[Math.min(counts.length - 1, Math.floor((value - min) * perBin))]!++;
  }
  return { min, max, mean, standardDeviation: Math.sqrt(squares / values.length), zeros, bins: counts };
}
