/** Thresholds of ReLU layers from sample data (Diehl 2015; Rueckauer 2017 for the percentile). */
import { everyStep } from '../compare/sums.ts';
import { runChain, type ChainLink } from '../simulate/chain.ts';
import type { Trace } from '../simulate/types.ts';
import type { MeasuredRanges } from './types.ts';

/** Of a histogram of a whole layer, and of one of each channel, of which there may be many. */
const [layerBins, channelBins] = [65536, 4096];

/**
 * The highest absolute output of each named layer over the samples, or a percentile of its non-zero
 * outputs. Two passes over the data for a percentile, so that memory does not grow with it.
 * @param links the whole chain, in order
 * @param sample gives sample n
 * @param channels of the layers of which each channel (the last axis) is measured by itself
 */
export function measureRanges(
  links: readonly ChainLink[],
  names: readonly string[],
  samples: number,
  sample: (n: number) => Trace,
  percentile: number,
  channels: Readonly<Record<string, number>> = {},
): MeasuredRanges {
  const highest = new Map(names.map((name) => [name, new Float64Array(channels[name] ?? 1)]));
  const visit = (see: (name: string, channel: number, value: number) => void): void => {
    for (let n = 0; n < samples; n++) {
      runChain(links, sample(n)).forEach((run, index) => {
        const { name } = links[index]!.layer;
        const width = highest.get(name)?.length;
        if (width === undefined) return;
        const values = everyStep(run);
        for (let k = 0; k < values.length; k++) see(name, k % width, Math.abs(values[k]!));
      });
    }
  };
  visit((name, channel, value) => {
    const own = highest.get(name)!;
    if (value > own[channel]!) own[channel] = value;
  });
  // A layer that is silent on all the data needs some threshold: 1; a silent channel that of the others.
  const maxima = new Map(
    [...highest].map(([name, own]) => [name, own.map((v) => v || Math.max(...own) || 1)]),
  );
  if (percentile < 100) {
    const counts = new Map(names.map((name) => [name, histograms(maxima.get(name)!.length)]));
    visit((name, channel, value) => {
      const own = counts.get(name)![channel]!;
      const bin = Math.floor((value / maxima.get(name)![channel]!) * own.length);
      if (value > 0) own[Math.min(bin, own.length - 1)]!++;
    });
    for (const [name, own] of maxima) {
      counts.get(name)!.forEach((bins, c) => (own[c]! *= quantileBin(bins, percentile) / bins.length));
    }
  }
  return Object.fromEntries(
    names.map((name) => [name, name in channels ? [...maxima.get(name)!] : maxima.get(name)![0]!]),
  );
}

function histograms(channels: number): Float64Array[] {
  return Array.from({ length: channels }, () => new Float64Array(channels === 1 ? layerBins : channelBins));
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
