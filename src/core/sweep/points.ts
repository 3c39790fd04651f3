/** From sums over samples to the points of the curves. */
import { addChunk, type LayerSums } from '../compare/sums.ts';
import type { VariantSums } from '../compare/variants.ts';
import { winner } from '../check/inputs.ts';
import type { HybridLayer, Specification } from '../convert/types.ts';
import type { ChipComparison } from '../energy/types.ts';
import type { Fix } from '../findings/types.ts';
import { layerReports, worstPopulation } from '../report/build.ts';
import { neuronsWords } from '../report/tables/sweep.ts';
import { settingKey } from './neurons.ts';
import type { LeastTimesteps, Proportion, Setting, SweepPoint } from './types.ts';

/** What the first samples of one setting add up to. */
export interface PointSums {
  readonly samples: number;
  /** Chunks of samples that are in it. */
  readonly chunks: number;
  /** Samples answered right by each network; null without labels. */
  readonly right: { readonly trained: number; readonly spiking: number } | null;
  readonly agreeing: number;
  /** Of the outputs' differences. */
  readonly squares: number;
  /** Values of one sample's output. */
  readonly width: number;
  readonly layers: readonly LayerSums[];
}

export interface SettingChunk extends VariantSums {
  readonly first: number;
  readonly samples: number;
  /** [samples, width] outputs of the trained network. */
  readonly trained: Float32Array;
}

/**
 * Adds the next chunk; the sums of its layers are changed or taken over.
 * @param before null for the first chunk
 * @param labels class of each sample, or null
 */
export function addToPoint(
  before: PointSums | null,
  { first, samples, trained, outputs, layers }: SettingChunk,
  labels: Int32Array | null,
): PointSums {
  const width = outputs.length / samples;
  let [agreeing, right, trainedRight] = [0, 0, 0];
  for (let n = 0; n < samples; n++) {
    const spiking = winner(outputs, n * width, width);
    const exact = winner(trained, n * width, width);
    if (spiking === exact) agreeing++;
    if (spiking === labels?.[first + n]) right++;
    if (exact === labels?.[first + n]) trainedRight++;
  }
  if (before) addChunk(before.layers, layers);
  return {
    samples: (before?.samples ?? 0) + samples,
    chunks: (before?.chunks ?? 0) + 1,
    right: labels && {
      trained: (before?.right?.trained ?? 0) + trainedRight,
      spiking: (before?.right?.spiking ?? 0) + right,
    },
    agreeing: (before?.agreeing ?? 0) + agreeing,
    squares: outputs.reduce((sum, value, i) => sum + (value - trained[i]!) ** 2, before?.squares ?? 0),
    width,
    layers: before?.layers ?? layers,
  };
}

/** 95 %: of a normal distribution, two-sided. */
const deviations = 1.959964;

/**
 * A proportion with its 95 % score interval (Wilson 1927), which holds near 0 and 1 too.
 * @param count of `samples`
 */
export function proportion(count: number, samples: number): Proportion {
  const value = count / samples;
  const z2 = deviations ** 2 / samples;
  const middle = (value + z2 / 2) / (1 + z2);
  const half = (deviations / (1 + z2)) * Math.sqrt((value * (1 - value)) / samples + z2 / (4 * samples));
  return { value, low: Math.max(0, middle - half), high: Math.min(1, middle + half) };
}

/** A point of the curves. @param chips energy and latency where they are known */
export function sweepPoint(
  setting: Setting,
  sums: PointSums,
  layers: readonly HybridLayer[],
  tolerance: Specification['tolerance'],
  chips: readonly ChipComparison[],
): SweepPoint {
  const { samples, right, agreeing, squares, width } = sums;
  const reports = layerReports(layers, sums.layers, samples, setting.timesteps);
  const worst = worstPopulation(reports);
  const mse = worst?.mse ?? 0;
  const drop = right ? (right.trained - right.spiking) / samples : 0;
  return {
    ...setting,
    samples,
    accuracy: right && proportion(right.spiking, samples),
    agreement: proportion(agreeing, samples),
    mse,
    worst: worst && { layer: worst.layer, population: worst.population },
    outputMse: squares / (samples * width),
    spikesPerSample: reports.reduce(
      (sum, { populations }) =>
        sum + populations.reduce((of, { spikesPerSample }) => of + spikesPerSample, 0),
      0,
    ),
    neurons: neuronsOf(layers),
    cores: chips[0]?.coresUsed ?? null,
    chips,
    meets: mse <= tolerance.mse && drop <= tolerance.accuracyDrop + 1e-9,
  };
}

/** Of the spiking layers. A piece of each value is a neuron of its own. */
function neuronsOf(layers: readonly HybridLayer[]): number {
  return layers
    .flatMap((layer) => (layer.runsAs === 'spiking' ? layer.populations : []))
    .reduce((sum, { neurons }) => sum + neurons, 0);
}

/** For each setting but for its time-steps, the fewest time-steps of which all more also meet the tolerance. */
export function leastTimesteps(points: readonly SweepPoint[]): LeastTimesteps[] {
  const groups = new Map<string, SweepPoint[]>();
  for (const point of points) {
    const key = settingKey(point);
    groups.set(key, [...(groups.get(key) ?? []), point]);
  }
  return [...groups.values()].map((group) => {
    const fromMost = [...group].sort((a, b) => b.timesteps - a.timesteps);
    const failing = fromMost.findIndex(({ meets }) => !meets);
    const meeting = failing < 0 ? fromMost : fromMost.slice(0, failing);
    const { coding, arithmetic, neuronsPerGate } = fromMost[0]!;
    return {
      ...{ coding, arithmetic, ...(neuronsPerGate && { neuronsPerGate }) },
      timesteps: meeting.at(-1)?.timesteps ?? null,
    };
  });
}

/**
 * In the arithmetic of the specification, the setting with the fewest time-steps that meets the tolerance; of those
 * the one with the fewest neurons.
 * @param now with the number of neurons that the specification comes to
 */
export function leastFix(least: readonly LeastTimesteps[], now: Setting): Fix | null {
  const [best] = least
    .filter(({ arithmetic, timesteps }) => arithmetic === now.arithmetic && timesteps !== null)
    .sort((a, b) => a.timesteps! - b.timesteps!);
  if (!best) return null;
  const { timesteps, coding, neuronsPerGate } = best;
  const others = Object.entries({ coding, ...(neuronsPerGate && { neuronsPerGate }) })
    .filter(([key, value]) => value !== now[key as keyof Setting])
    .map(([key, value]) => ({ path: [key], value }));
  if (timesteps === now.timesteps && others.length === 0) return null;
  const run = `Run ${timesteps!} time-steps in ${coding} coding`;
  return {
    title: neuronsPerGate
      ? `${run} with ${neuronsWords(neuronsPerGate)}: the least of what was swept that meets the tolerance`
      : `${run}: the fewest of those swept that meet the tolerance`,
    edits: [{ path: ['timesteps'], value: timesteps }, ...others],
  };
}
