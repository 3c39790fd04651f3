/** The settings that calibration tries, in their order, with the values of each. */
import { boundsOf, reachOf } from '../convert/pieces.ts';
import {
  mostWeightExponent,
  type Arithmetic,
  type PopulationSpec,
  type SpikingLayer,
} from '../convert/types.ts';
import { leastExponents } from '../simulate/synapses.ts';
import type { Choice, Current, Step } from './choose.ts';
import { withCorrection } from './corrections.ts';
import type { LayerDifferences } from './differences.ts';
import { between, type Histogram, type ReachedLayer } from './reached.ts';
import type { ChangeKind } from './types.ts';

export interface Settings {
  readonly arithmetic: Arithmetic;
  readonly weightBits: number;
  /** Whether LSTMs without an exponent get the one at which their weights fit, as others do. */
  readonly rescaleWeights: boolean;
  /** By layer; null for those that do not spike. */
  readonly reached: readonly (ReachedLayer | null)[];
  /** How the network is converted without calibration: which layers spike, and their populations. */
  readonly layers: Current['layers'];
}

/**
 * First the weights, whose rounding would hide all else, and what is wrong on average; then what is finer where data
 * reach less; then both again: weights are smaller where the range of the inputs is, and other errors are left.
 */
export function settingSteps(settings: Settings): Step[] {
  const weights = settings.arithmetic === 'loihi' ? eachLayer(settings, weightStep) : [];
  return [
    ...weights,
    ...eachLayer(settings, biasSteps),
    ...eachLayer(settings, inputStep),
    ...eachLayer(settings, hiddenStep),
    ...eachLayer(settings, rangeSteps),
    ...weights,
    ...eachLayer(settings, biasSteps),
  ];
}

type StepsOf = (layer: SpikingLayer, index: number, settings: Settings) => readonly Step[];

function eachLayer(settings: Settings, steps: StepsOf): Step[] {
  return settings.layers.flatMap((layer, index) =>
    layer.runsAs === 'spiking' ? steps(layer, index, settings) : [],
  );
}

function step(
  kind: ChangeKind,
  index: number,
  { layer: { name } }: SpikingLayer,
  population: string | null,
  choices: (layer: SpikingLayer, current: Current) => readonly Choice[],
): Step {
  return {
    kind,
    layer: name,
    population,
    choices: (current) => {
      const layer = current.layers[index];
      return layer?.runsAs === 'spiking' ? choices(layer, current) : [];
    },
  };
}

/** Beyond the exponent at which all weights fit: one more, for the sums of rounding errors, and some at which few are clipped. */
const exponentsAround = [1, 0, -1, -2, -3];

const weightStep: StepsOf = (given, index, { weightBits, rescaleWeights }) => [
  step('weights', index, given, null, (layer, { corrections }) => {
    const { weights, thresholds } = leastExponents(layer, weightBits);
    if (!Number.isFinite(weights)) return [];
    const present = layer.weightExponent ?? (layer.layer.kind === 'LSTM' && !rescaleWeights ? 0 : weights);
    const now = Math.max(present, thresholds);
    return exponentsAround
      .map((more) => weights + more)
      .filter((exponent) => exponent >= thresholds && Math.abs(exponent) <= mostWeightExponent)
      .filter((exponent) => exponent !== now)
      .map((weightExponent) => ({
        words: `weight exponent ${weightExponent} instead of ${now}`,
        corrections: withCorrection(corrections, layer, null, { weightExponent }),
      }));
  }),
];

/** Fractions of the values that may lie beyond a range, at either end. */
const tails = [0, 0.001, 0.01, 0.03, 0.1];
/** Part of a range that must go, so that a spike stands for noticeably less. */
const worthwhile = 0.01;

/** Ranges of a generator, from -range to range, that are narrower than the present one. */
function narrowerRanges(reached: Histogram, now: number): number[] {
  const ranges = tails.map((part) => short(between(reached, part).greatest));
  return [...new Set(ranges)].filter((range) => range > 0 && range <= (1 - worthwhile) * now);
}

/** A specification is read by people. */
function short(value: number): number {
  return Number(value.toPrecision(3));
}

const inputStep: StepsOf = (given, index, { reached }) => [
  step('inputs', index, given, null, (layer, { corrections }) =>
    narrowerRanges(reached[index]!.inputs, layer.inputRange).map((inputRange) => ({
      words: `inputs up to ±${inputRange} instead of ±${short(layer.inputRange)}`,
      corrections: withCorrection(corrections, layer, null, { inputRange }),
    })),
  ),
];

const hiddenStep: StepsOf = (given, index, { reached }) => {
  const hidden = reached[index]!.hidden;
  if (!hidden) return [];
  return [
    step('hidden', index, given, null, (layer, { corrections }) => {
      if (!('hiddenRange' in layer)) return [];
      return narrowerRanges(hidden, layer.hiddenRange).map((hiddenRange) => ({
        words: `hidden state up to ±${hiddenRange} instead of ±${short(layer.hiddenRange)}`,
        corrections: withCorrection(corrections, layer, null, { hiddenRange }),
      }));
    }),
  ];
};

const rangeSteps: StepsOf = (given, index, { reached }) =>
  given.populations.map(({ name }, p) =>
    step('range', index, given, name, (layer, { corrections }) => {
      const { pieces, dual, highs } = layer.populations[p]!;
      // Channels with thresholds of their own have narrow ranges already.
      if (highs) return [];
      const now = boundsOf(pieces);
      const bounds = tails.map((part) => {
        const { least, greatest } = between(reached[index]!.populations[p]!, part);
        const [low, high] = dual
          ? [-Math.max(greatest, -least), Math.max(greatest, -least)]
          : [Math.max(least, now.low), Math.min(greatest, now.high)];
        return { low: short(low), high: short(high) };
      });
      return distinct(bounds)
        .filter(({ low, high }) => high > low && high - low <= (1 - worthwhile) * (now.high - now.low))
        .map(({ low, high }) => ({
          words: `values from ${low} to ${high} instead of ${short(now.low)} to ${short(now.high)}`,
          corrections: withCorrection(corrections, layer, name, { low, high }),
        }));
    }),
  );

function distinct<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}

const biasSteps: StepsOf = (given, index) => {
  let first = 0;
  return given.populations.map(({ name, values }, p) => {
    const from = first;
    first += values;
    return step('bias', index, given, name, (layer, { corrections, measured }) => {
      const differences = measured.differences[index];
      if (!differences) return [];
      const population = layer.populations[p]!;
      const lack = lackOf(population, differences, from);
      return biasChoices(population, layer.layer.units, lack).map(({ words, spikingBias }) => ({
        words,
        corrections: withCorrection(corrections, layer, name, { spikingBias }),
      }));
    });
  });
};

/** Of the time, at least, that a value is taken to be between its bounds: what rarely is needs no large bias. */
const leastBetween = 0.25;

/** [values] what the pre-activations of each value are short of, on average. */
function lackOf(
  { values, pieces }: PopulationSpec,
  { sums, between, count }: LayerDifferences,
  from: number,
): number[] {
  const { low, high } = boundsOf(pieces);
  const reach = reachOf(pieces);
  const slope = (high - low) / (reach.to - reach.from);
  // More than that is no error of rounding.
  const most = (reach.to - reach.from) / 4;
  return Array.from({ length: values }, (_, v) => {
    const rising = Math.max(between[from + v]! / count, leastBetween);
    const lack = sums[from + v]! / count / (slope * rising);
    return Math.min(Math.max(lack, -most), most);
  });
}

/** Larger layers get one bias for all: a specification is no place for thousands of numbers. */
const mostOwnBiases = 512;

/**
 * All of the lack, half of it, or the same for all neurons.
 * @param units of the layer: in an image the neurons of a channel have one bias
 */
function biasChoices({ spikingBias }: PopulationSpec, units: number, lackOfValues: readonly number[]) {
  const before = Array.from({ length: units }, (_, k) => spikingBias?.[k % spikingBias.length] ?? 0);
  const lack = Array.from({ length: units }, (_, k) => mean(lackOfValues.filter((_, v) => v % units === k)));
  const same = before.every((bias) => bias === before[0]);
  const own = (part: number) => before.map((bias, v) => short(bias + part * lack[v]!));
  return [
    ...(units > mostOwnBiases
      ? []
      : [
          { words: 'bias of each neuron by its mean error', spikingBias: own(1) },
          { words: 'bias of each neuron by half of its mean error', spikingBias: own(0.5) },
        ]),
    ...(same
      ? [{ words: 'bias of all neurons by their mean error', spikingBias: [short(before[0]! + mean(lack))] }]
      : []),
  ].filter(({ spikingBias }) => spikingBias.some((bias, v) => bias !== before[v]));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
