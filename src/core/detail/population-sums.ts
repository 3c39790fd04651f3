/** Analog against spiking, neuron by neuron, added up sample by sample. */
import type { LayerRun } from '../simulate/types.ts';
import { bounds, spikesOf, valuesOf, type Slice } from './slices.ts';
import type { Activity, PopulationDetail, Scatter } from './types.ts';

/** Cells along each axis of the scatter: with 65 every rate of up to 64 time-steps lies in the middle of one. */
const cells = 65;

export interface PopulationSums {
  readonly slice: Slice;
  readonly timesteps: number;
  readonly steps: number;
  samples: number;
  /** [steps] samples that skip the step; their rows are not counted. */
  readonly skipped: Uint32Array;
  /** [steps, neurons] */
  readonly squares: Float64Array;
  /** [steps, neurons]; null where nothing spikes. */
  readonly spikes: Uint32Array | null;
  /** [neurons] windows in which the value is at its bound. */
  readonly atBound: Uint32Array;
  readonly low: number;
  readonly high: number;
  /** [cells (spiking), cells (analog)] */
  readonly counts: Uint32Array;
  beyond: number;
  /** Sums of analog, spiking, their squares and their product, all less `shift`, so that nothing cancels out. */
  readonly moments: Float64Array;
  readonly shift: number;
}

/** Of zeros, sized by what the networks do with a first sample. */
export function emptyPopulation(
  slice: Slice,
  analog: LayerRun,
  spiking: LayerRun,
  timesteps: number,
): PopulationSums {
  const { neurons, stride, decoding } = slice;
  const values = valuesOf(slice, analog);
  const steps = values.length / stride;
  const [low, high] = decoding ? bounds(decoding) : seenRange(values, valuesOf(slice, spiking));
  return {
    slice,
    timesteps,
    steps,
    samples: 0,
    skipped: new Uint32Array(steps),
    squares: new Float64Array(steps * neurons),
    spikes: spikesOf(slice, spiking) ? new Uint32Array(steps * neurons) : null,
    atBound: new Uint32Array(neurons),
    low,
    high,
    counts: new Uint32Array(cells * cells),
    beyond: 0,
    moments: new Float64Array(5),
    shift: (low + high) / 2,
  };
}

/** For values without bounds of their own: what a first sample has, and a tenth more. */
function seenRange(...all: readonly Float32Array[]): readonly [low: number, high: number] {
  let [low, high] = [Infinity, -Infinity];
  for (const values of all) {
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const margin = 0.1 * (high - low) || 0.5;
  return [low - margin, high + margin];
}

/** Adds what the layer did with one sample. */
export function addToPopulation(sums: PopulationSums, analog: LayerRun, spiking: LayerRun): void {
  const { slice, steps, squares, moments, shift } = sums;
  const { neurons, start, stride } = slice;
  const [a, s] = [valuesOf(slice, analog), valuesOf(slice, spiking)];
  let [sumA, sumS, sumAA, sumSS, sumAS] = [0, 0, 0, 0, 0];
  for (let step = 0; step < steps; step++) {
    if (isSkipped(slice, spiking, step)) {
      sums.skipped[step]!++;
      continue;
    }
    for (let k = 0; k < neurons; k++) {
      const at = step * stride + start + k;
      const [x, y] = [a[at]!, s[at]!];
      squares[step * neurons + k]! += (y - x) ** 2;
      countPair(sums, x, y);
      const [dx, dy] = [x - shift, y - shift];
      sumA += dx;
      sumS += dy;
      sumAA += dx * dx;
      sumSS += dy * dy;
      sumAS += dx * dy;
    }
  }
  [sumA, sumS, sumAA, sumSS, sumAS].forEach((sum, index) => (moments[index]! += sum));
  addSpikes(sums, spiking);
  sums.samples++;
}

/** A layer gives something at every step, but its neurons have no values where they do not run. */
function isSkipped({ from }: Slice, { skipped }: LayerRun, step: number): boolean {
  return from !== 'output' && skipped?.[step] === 1;
}

function countPair(sums: PopulationSums, x: number, y: number): void {
  const { low, high, counts } = sums;
  const scale = (cells - 1) / (high - low);
  const column = Math.round((x - low) * scale);
  const row = Math.round((y - low) * scale);
  if (x < low || x > high || y < low || y > high) sums.beyond++;
  counts[within(row) * cells + within(column)]!++;
}

function within(cell: number): number {
  return cell < 0 ? 0 : cell >= cells ? cells - 1 : cell;
}

/** Spikes, and the windows in which a neuron fires at every time-step with one sign. */
function addSpikes({ slice, spikes, atBound, steps, timesteps }: PopulationSums, run: LayerRun): void {
  const counted = spikesOf(slice, run);
  if (spikes === null || counted === null) return;
  const values = valuesOf(slice, run);
  const { neurons, start, stride, decoding, pieces } = slice;
  for (let step = 0; step < steps; step++) {
    if (isSkipped(slice, run, step)) continue;
    for (let k = 0; k < neurons; k++) {
      const at = step * stride + start + k;
      const count = counted[step * neurons + k]!;
      spikes[step * neurons + k]! += count;
      if (count !== timesteps * pieces) continue;
      // As many spikes of both signs are no bound.
      const rate = decoding ? Math.abs((values[at]! - decoding.base) / decoding.span) : 1;
      if (rate > 1 - 0.5 / timesteps) atBound[k]!++;
    }
  }
}

/** What the sums say, for one sample or for all that were added. */
export function populationDetail(
  sums: PopulationSums,
  layer: string,
  sample: { readonly number: number; readonly analog: LayerRun; readonly spiking: LayerRun } | null,
): PopulationDetail {
  const { slice, steps, samples, squares, spikes, timesteps } = sums;
  const ran = (at: number) => Math.max(1, samples - sums.skipped[Math.floor(at / slice.neurons)]!);
  return {
    layer,
    population: slice.population,
    sample: sample?.number ?? null,
    samples,
    steps,
    neurons: slice.neurons,
    error: Float32Array.from(squares, (sum, at) => sum / ran(at)),
    rate: spikes && Float32Array.from(spikes, (count, at) => count / (ran(at) * timesteps * slice.pieces)),
    values: sample && {
      analog: columns(slice, valuesOf(slice, sample.analog)),
      spiking: columns(slice, valuesOf(slice, sample.spiking)),
    },
    scatter: scatterOf(sums),
    activity: activityOf(sums),
  };
}

/** [steps, neurons] of the slice, from [steps, stride]. */
function columns({ neurons, start, stride }: Slice, values: Float32Array): Float32Array {
  const steps = values.length / stride;
  const own = new Float32Array(steps * neurons);
  for (let step = 0; step < steps; step++) {
    const from = step * stride + start;
    own.set(values.subarray(from, from + neurons), step * neurons);
  }
  return own;
}

/** Sum of squares about the mean; what is left of equal values by rounding is none. */
function variation(sum: number, squares: number, count: number): number {
  const about = squares - (sum * sum) / count;
  return about > 1e-12 * squares ? about : 0;
}

/** Of all samples. */
function windowsOf({ steps, samples, skipped }: PopulationSums): number {
  return skipped.reduce((windows, count) => windows - count, steps * samples);
}

function scatterOf(sums: PopulationSums): Scatter {
  const { slice, low, high, counts, beyond, moments } = sums;
  const pairs = windowsOf(sums) * slice.neurons;
  const [a, s, aa, ss, as] = moments as unknown as [number, number, number, number, number];
  const spread = Math.sqrt(variation(a, aa, pairs) * variation(s, ss, pairs));
  return {
    pairs,
    correlation: spread > 0 ? Math.min(1, Math.max(-1, (as - (a * s) / pairs) / spread)) : null,
    low,
    high,
    cells,
    counts: counts.slice(),
    beyond,
    decoding: slice.decoding,
  };
}

function activityOf(sums: PopulationSums): Activity | null {
  const { slice, spikes, atBound, timesteps } = sums;
  if (spikes === null) return null;
  const windows = Math.max(1, windowsOf(sums));
  const totals = new Float64Array(slice.neurons);
  for (let i = 0; i < spikes.length; i++) totals[i % slice.neurons]! += spikes[i]!;
  return {
    rate: Float32Array.from(totals, (count) => count / (windows * timesteps * slice.pieces)),
    atBound: Float32Array.from(atBound, (count) => count / windows),
  };
}
