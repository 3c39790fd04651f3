/** Analog layers -> spiking populations, and everything that a person should know about it. */
import type { Finding } from '../findings/types.ts';
import { alongGraph, endsAt } from '../network/graph.ts';
import { hasOneActivation, isRecurrent } from '../network/shapes.ts';
import type { Layer, MergeOperation, Network } from '../network/types.ts';
import { isSmooth, resolveActivation, snakeCase } from './activations.ts';
import { bound, hiddenBound, outputRange } from './bounds.ts';
import { clippedWeights } from './clipped-weights.ts';
import { convertDense, type DenseContext } from './dense.ts';
import { computesNothing, takenUp, whyHost, whyMerged } from './host-layers.ts';
import type { MeasuredDrives } from './drives.ts';
import { describeVectors, whereLookedUp } from './embedding.ts';
import { checkKnown, staysAnalog } from './layer-findings.ts';
import { convertRecurrent, isFittedToData } from './recurrent.ts';
import { correctedInputRange, correctSpiking } from './spiking-corrections.ts';
import type { ConversionOptions, HybridLayer, MeasuredRanges } from './types.ts';

export interface Conversion {
  readonly layers: readonly HybridLayer[];
  readonly findings: readonly Finding[];
}

/** What these give may be larger than what they are given, and over data seldom is as large as it may be. */
const growing = new Set<MergeOperation>(['add', 'subtract', 'multiply']);

/** Layers whose outputs have no bound of their own and feed a threshold or a generator, so the data must say it. */
export function layersToMeasure(network: Network, options: ConversionOptions): string[] {
  return network.layers
    .filter(
      (layer) =>
        layer.kind === 'Scale' ||
        (layer.kind === 'Merge' && growing.has(layer.operation)) ||
        (isRecurrent(layer) && hiddenBound(layer, options) === null) ||
        ((hasOneActivation(layer) || layer.kind === 'Activation') &&
          bound(resolveActivation(layer.activation, options.activations)) === null),
    )
    .map((layer) => layer.name);
}

/** Of the layers above, the channels of those with a threshold for each (`thresholdScope`). */
export function channelsToMeasure(
  { layers }: Network,
  { activations, thresholdScope }: ConversionOptions,
): Readonly<Record<string, number>> {
  if (thresholdScope !== 'channel') return {};
  const own = layers.flatMap((layer, index) => {
    if (!hasOneActivation(layer)) return [];
    const { spiking } = resolveActivation(layer.activation, activations);
    const isLinear = snakeCase(layer.activation) === 'linear' && !isFinal(layers, index);
    return spiking === 'relu' || isLinear ? [[layer.name, layer.units] as const] : [];
  });
  return Object.fromEntries(own);
}

const passes = new Set<Layer['kind']>([
  ...(['Activation', 'Dropout', 'Folded', 'Flatten', 'Reshape', 'Permute', 'InputLayer', 'Output'] as const),
]);

/** Whether nothing computes after it but activations: what it gives is an answer of the network. */
function isFinal(layers: readonly Layer[], index: number): boolean {
  return endsAt(layers, index, ({ kind }) => passes.has(kind));
}

/** Whether gates are fitted to what the data reach. */
export function hasFittedGates({ layers }: Network, { activations }: ConversionOptions): boolean {
  const isFitted = (name: string): boolean =>
    isSmooth(name) && resolveActivation(name, activations).spiking === null;
  return layers.some(
    (layer, index) =>
      (hasOneActivation(layer) && isFitted(layer.activation) && !isFinal(layers, index)) ||
      (isRecurrent(layer) && isFittedToData(layer, activations)),
  );
}

/**
 * Decides what each layer becomes.
 * @param ranges of the layers that {@link layersToMeasure} names; 1 is taken where one is missing
 * @param drives of recurrent layers where {@link hasFittedGates}; a normal distribution where one is missing
 */
export function convert(
  network: Network,
  options: ConversionOptions,
  ranges: MeasuredRanges,
  drives: MeasuredDrives = {},
): Conversion {
  const findings: Finding[] = assumptionsHeld(network, options).map(assumed);
  const layers: HybridLayer[] = [];
  // Raw inputs lie in [-1, 1]: the paper's second constraint.
  alongGraph(network.layers, 1, (layer, read, beside = 0, index) => {
    const inputRange = correctedInputRange(layer.name, read[0], options.corrections);
    const final = isFinal(network.layers, index);
    const context = { options, ranges, drives, inputRange, final };
    const converted = convertLayer(layer, context, findings);
    const corrected = correctSpiking(converted, options.corrections);
    findings.push(...clippedWeights(corrected, options));
    layers.push(corrected);
    return Math.max(beside, outputRange(layer, options, ranges, read));
  });
  if (!layers.some((layer) => layer.runsAs === 'spiking')) {
    findings.push({
      code: 'nothing-to-convert',
      severity: 'error',
      layer: null,
      message: `No layer of "${network.name}" can become spiking: a recurrent layer is needed, or a Dense or convolutional layer that is not the last, or a last one with ReLU or a hard function.`,
      place: { file: 'model', path: [] },
      fixes: [],
    });
  }
  return { layers, findings };
}

/** Without what the file means by an activation for which the specification has another meaning. */
function assumptionsHeld(
  { assumptions = [], activations = {} }: Network,
  options: ConversionOptions,
): string[] {
  const overridden = Object.entries(activations)
    .filter(([name, meaning]) => resolveActivation(name, options.activations).spiking !== meaning)
    .map(([name]) => `${name} is `);
  return assumptions.filter((words) => !overridden.some((start) => words.startsWith(start)));
}

function assumed(message: string): Finding {
  return {
    code: 'layers-assumed',
    severity: 'info',
    layer: null,
    message,
    place: { file: 'model', path: [] },
    fixes: [],
  };
}

/** True where the network can be run: every layer can be computed and at least one spikes. */
export function isConvertible(conversion: Conversion): boolean {
  return !conversion.findings.some((finding) => finding.severity === 'error');
}

function convertLayer(layer: Layer, context: DenseContext, findings: Finding[]): HybridLayer {
  const { options } = context;
  switch (layer.kind) {
    case 'LSTM':
    case 'GRU':
    case 'SimpleRNN':
      return convertRecurrent(layer, context, findings);
    case 'Dense':
    case 'Conv1D':
    case 'Conv2D':
      return convertDense(layer, context, findings);
    case 'Embedding':
      findings.push(staysAnalog(layer, whereLookedUp(options)), ...describeVectors(layer, options));
      return { runsAs: 'analog', layer };
    case 'Activation':
      checkKnown(layer, 'activation', layer.activation, options, findings);
      findings.push(staysAnalog(layer, 'it applies an activation without a fully connected layer'));
      return { runsAs: 'analog', layer };
    case 'Pooling':
    case 'Scale':
      if (computesNothing(layer)) return { runsAs: 'nothing', layer };
      findings.push(staysAnalog(layer, whyHost(layer)));
      return { runsAs: 'analog', layer };
    case 'Merge':
      findings.push(staysAnalog(layer, whyMerged(layer)));
      return { runsAs: 'analog', layer };
    case 'Unsupported':
      findings.push({
        code: 'layer-unsupported',
        severity: 'error',
        layer: layer.name,
        message: `Layer "${layer.name}" (${layer.className}) is not supported: ${layer.reason}.`,
        place: { file: 'model', path: layer.path },
        fixes: [],
      });
      return { runsAs: 'unsupported', layer };
    case 'Folded':
      findings.push(takenUp(layer));
      return { runsAs: 'nothing', layer };
    case 'Masking':
    case 'Dropout':
    case 'Flatten':
    case 'Reshape':
    case 'Permute':
    case 'InputLayer':
    case 'Output':
      return { runsAs: 'nothing', layer };
  }
}
