/** A Dense layer, or a convolution, becomes one population. */
import type { Finding } from '../findings/types.ts';
import { isConv } from '../network/shapes.ts';
import type { ClippedLinear, ConvLayer, DenseLayer, SimpleRnnLayer } from '../network/types.ts';
import { countPlaces } from '../network/windows.ts';
import { isSmooth, snakeCase, type ResolvedActivation } from './activations.ts';
import type { MeasuredDrives } from './drives.ts';
import { fitValues, soleName, valuesFitted } from './fitted-values.ts';
import { checkKnown, checkReplaced, population, staysAnalog } from './layer-findings.ts';
import {
  largestOf,
  type ConversionOptions,
  type HybridLayer,
  type MeasuredRanges,
  type PopulationSpec,
} from './types.ts';

/** What only the data can say, and the place in the network. */
export interface DenseContext {
  readonly options: ConversionOptions;
  readonly ranges: MeasuredRanges;
  readonly drives: MeasuredDrives;
  readonly inputRange: number;
  /** Whether nothing after it computes, so that what it gives is the answer. */
  readonly final: boolean;
}

export function convertDense(
  layer: DenseLayer | ConvLayer,
  context: DenseContext,
  findings: Finding[],
): HybridLayer {
  const { options, final, inputRange } = context;
  const activation = checkKnown(layer, 'activation', layer.activation, options, findings);
  if (activation.spiking === null && (final || !isUnbroken(activation))) {
    findings.push(staysAnalog(layer, whyAnalog(layer, activation)));
    return { runsAs: 'analog', layer };
  }
  checkReplaced(layer, activation, findings);
  const { pieces, highs } = piecesOf(layer, activation, context, findings);
  const sole = population(soleName, valuesOf(layer), pieces);
  const populations: PopulationSpec[] = [highs ? { ...sole, highs } : sole];
  return isConv(layer)
    ? { runsAs: 'spiking', layer, populations, inputRange }
    : { runsAs: 'spiking', layer, populations, inputRange };
}

/** Whether it works on one value, so that neurons can compute it or come near. */
function isUnbroken({ name, analog }: ResolvedActivation): boolean {
  return analog !== null && (isSmooth(name) || snakeCase(name) === 'linear');
}

function whyAnalog({ activation }: DenseLayer | ConvLayer, { analog }: ResolvedActivation): string {
  return analog
    ? `its activation "${activation}" is not linear between two clips, and nothing computes after it, so the host reads its exact values`
    : `its activation "${activation}" is not linear between two clips`;
}

/** Of an image, those of all places. */
function valuesOf(layer: DenseLayer | ConvLayer): number {
  return isConv(layer) ? countPlaces(layer.windows) * layer.units : layer.units;
}

interface Pieces {
  readonly pieces: readonly ClippedLinear[];
  readonly highs?: readonly number[];
}

function piecesOf(
  layer: DenseLayer | ConvLayer,
  { name, analog, spiking }: ResolvedActivation,
  { options, ranges, drives }: DenseContext,
  findings: Finding[],
): Pieces {
  const measured = ranges[layer.name];
  const threshold = measured === undefined ? 1 : largestOf(measured);
  const isLinear = spiking === null && snakeCase(name) === 'linear';
  if (spiking === 'relu' || isLinear) {
    if (measured !== undefined) findings.push(thresholdFromData(layer, measured, options));
    const piece = { slope: 1, offset: 0, low: isLinear ? -threshold : 0, high: threshold };
    return { pieces: [piece], ...(typeof measured === 'object' && { highs: measured }) };
  }
  if (spiking) return { pieces: [spiking] };
  const fitted = fitValues(analog!, layer, drives[layer.name]?.[soleName], threshold, options);
  findings.push(valuesFitted(layer, fitted));
  return { pieces: fitted.fit.pieces };
}

export function thresholdFromData(
  layer: DenseLayer | ConvLayer | SimpleRnnLayer,
  measured: number | readonly number[],
  options: ConversionOptions,
): Finding {
  const percentile = options.percentile ?? 100;
  const which = percentile === 100 ? 'highest activation' : `${percentile}th percentile of its activations`;
  const what = layer.activation === 'linear' ? 'is linear' : 'has a ReLU';
  const message =
    typeof measured === 'number'
      ? `Layer "${layer.name}" ${what}: its threshold is the ${which} over the sample data, ${measured.toPrecision(4)}.`
      : `Layer "${layer.name}" ${what}: the threshold of each channel is the ${which} over the sample data, ${Math.min(...measured).toPrecision(4)} to ${largestOf(measured).toPrecision(4)}.`;
  return {
    code: 'threshold-from-data',
    severity: 'info',
    layer: layer.name,
    message,
    place: { file: 'model', path: [...layer.path, 'config', 'activation'] },
    fixes: [],
  };
}
