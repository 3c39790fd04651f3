/** Analog layers -> spiking populations, and everything that a person should know about it. */
import type { Finding } from '../findings/types.ts';
import { isBackward } from '../network/shapes.ts';
import type { Layer, Network } from '../network/types.ts';
import { isFittable, resolveActivation } from './activations.ts';
import { bound, outputRange } from './bounds.ts';
import { convertDense } from './dense.ts';
import type { MeasuredDrives } from './drives.ts';
import { describeVectors, whereLookedUp } from './embedding.ts';
import { checkKnown, staysAnalog } from './layer-findings.ts';
import { convertLstm } from './lstm.ts';
import type { ConversionOptions, HybridLayer, MeasuredRanges } from './types.ts';

export interface Conversion {
  readonly layers: readonly HybridLayer[];
  readonly findings: readonly Finding[];
}

/** Layers whose outputs have no bound of their own and feed a threshold or a generator, so the data must say it. */
export function layersToMeasure(network: Network, options: ConversionOptions): string[] {
  return network.layers
    .filter((layer) => layer.kind === 'Dense' || layer.kind === 'Activation')
    .filter((layer) => bound(resolveActivation(layer.activation, options.activations)) === null)
    .map((layer) => layer.name);
}

/** Whether gates are fitted to what the data reach. */
export function hasFittedGates({ layers }: Network, { activations }: ConversionOptions): boolean {
  return layers.some(
    (layer) =>
      layer.kind === 'LSTM' &&
      [layer.recurrentActivation, layer.activation].some(
        (name) => isFittable(name) && resolveActivation(name, activations).spiking === null,
      ),
  );
}

/**
 * Decides what each layer becomes.
 * @param ranges of the layers that {@link layersToMeasure} names; 1 is taken where one is missing
 * @param drives of LSTMs where {@link hasFittedGates}; a normal distribution where one is missing
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
  let [inputRange, range] = [1, 1];
  for (const layer of network.layers) {
    // It reads what the LSTM before it read, and hands on the outputs of both.
    const backward = isBackward(layer);
    if (!backward) inputRange = range;
    layers.push(convertLayer(layer, options, { ranges, drives }, inputRange, findings));
    const output = outputRange(layer, options, ranges) ?? range;
    range = backward ? Math.max(range, output) : output;
  }
  if (!layers.some((layer) => layer.runsAs === 'spiking')) {
    findings.push({
      code: 'nothing-to-convert',
      severity: 'error',
      layer: null,
      message: `No layer of "${network.name}" can become spiking: a layer is needed whose activation is linear between two clips (an LSTM with hard gates, or a Dense layer with ReLU).`,
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

function convertLayer(
  layer: Layer,
  options: ConversionOptions,
  { ranges, drives }: { readonly ranges: MeasuredRanges; readonly drives: MeasuredDrives },
  inputRange: number,
  findings: Finding[],
): HybridLayer {
  switch (layer.kind) {
    case 'LSTM':
      return convertLstm(layer, options, drives, inputRange, findings);
    case 'Dense':
      return convertDense(layer, options, ranges, inputRange, findings);
    case 'Embedding':
      findings.push(staysAnalog(layer, whereLookedUp(options)), ...describeVectors(layer, options));
      return { runsAs: 'analog', layer };
    case 'Activation':
      checkKnown(layer, 'activation', layer.activation, options, findings);
      findings.push(staysAnalog(layer, 'it applies an activation without a fully connected layer'));
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
    case 'Dropout':
    case 'Flatten':
    case 'InputLayer':
      return { runsAs: 'nothing', layer };
  }
}
