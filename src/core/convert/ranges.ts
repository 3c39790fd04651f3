/** Thresholds of ReLU layers from sample data (Diehl 2015; Rueckauer 2017 for the percentile). */
import { runChain, type ChainLink } from '../simulate/chain.ts';
import type { Trace } from '../simulate/types.ts';
import type { MeasuredRanges } from './types.ts';

const bins = 65536;

/**
 * The highest absolute output of each named layer over the samples, or a percentile of its non-zero
 * outputs. Two passes over the data for a percentile, so that memory does not grow with it.
 * @param links the whole chain, in order
 * @param sample gives sample n
 */
export function measureRanges(
  links: readonly ChainLink[],
  names: readonly string[],
  samples: number,
  sample: (n: number) => Trace,
  percentile: number,
): MeasuredRanges {
  const highest = new Map(names.map((name) => [name, 0]));
  const visit = (see: (name: string, value: number) => void): void => {
    for (let n = 0; n < samples; n++) {
      runChain(links, sample(n)).forEach(({ output }, index) => {
        const { name } = links[index]!.layer;
        if (highest.has(name)) for (const value of output.values) see(name, Math.abs(value));
      });
    }
  };
  visit((name, value) => {
    if (value > highest.get(name)!) highest.set(name, value);
  });
  // A layer that is silent on all the data needs some threshold: 1.
  const maxima = new Map([...highest].map(([name, value]) => [name, value > 0 ? value : 1]));
  if (percentile === 100) return Object.fromEntries(maxima);
  const counts = new Map(names.map((name) => [name, new Float64Array(bins)]));
  visit((name, value) => {
    if (value > 0) counts.get(name)![Math.min(Math.floor((value / maxima.get(name)!) * bins), bins - 1)]!++;
  });
  return Object.fromEntries(
    names.map((name) => [name, (maxima.get(name)! * quantileBin(counts.get(name)!, percentile)) / bins]),
  );
}

/** Upper edge of the first bin at which the share of all counts reaches the percentile. */
function quantileBin(counts: Float64Array, percentile: number): number {
  const wanted = (counts.reduce((a, b) => a + b, 0) * percentile) / 100;
  if (wanted === 0) return counts.length; // silent: as without a percentile
  let seen = 0;
  for (let bin = 0; bin < counts.length; bin++) {
    seen += counts[bin]!;
    if (seen >= wanted) return bin + 1;
  }
  return counts.length;
}
