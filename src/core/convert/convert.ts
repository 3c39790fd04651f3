/** Analog layers -> spiking populations, and everything that a person should know about it. */
import type { Finding, Fix } from '../findings/types.ts';
import { vectorLengths } from '../network/embedding.ts';
import { isBackward } from '../network/shapes.ts';
import type {
  ActivationName,
  ClippedLinear,
  DenseLayer,
  Layer,
  LstmLayer,
  Network,
} from '../network/types.ts';
import {
  isFittable,
  isKnown,
  isSmooth,
  paperHardSigmoid,
  paperHardTanh,
  resolveActivation,
  snakeCase,
  type ResolvedActivation,
} from './activations.ts';
import { largestWeight, unitsOfOne, weightStep } from './weights.ts';
import { correctedRange } from './corrections.ts';
import type { MeasuredDrives } from './drives.ts';
import { describeVectors, whereLookedUp } from './embedding.ts';
import { fitGates, gatesFitted } from './fitted-gates.ts';
import {
  gateNames,
  type ConversionOptions,
  type HybridLayer,
  type MeasuredRanges,
  type PopulationSpec,
  type SpikingLstm,
} from './types.ts';

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

function convertLstm(
  layer: LstmLayer,
  options: ConversionOptions,
  drives: MeasuredDrives,
  inputRange: number,
  findings: Finding[],
): HybridLayer {
  const candidate = checkKnown(layer, 'activation', layer.activation, options, findings);
  const recurrent = checkKnown(layer, 'recurrent_activation', layer.recurrentActivation, options, findings);
  const usable = [
    checkGate(layer, 'recurrent_activation', recurrent, findings),
    checkGate(layer, 'activation', candidate, findings),
  ];
  if (usable.includes(false)) return { runsAs: 'analog', layer };
  const fitted = fitGates(layer, { recurrent, candidate }, options, drives);
  if (fitted) findings.push(gatesFitted(layer, fitted));
  const populations = gateNames.map((name) => {
    const fit = fitted?.gates[name];
    if (fit) return population(name, layer.units, fit.pieces);
    const activation = (name === 'c' ? candidate : recurrent).spiking as ClippedLinear;
    return population(name, layer.units, [correctedRange(activation, layer.name, name, options.corrections)]);
  });
  const hiddenRange = lstmRange(layer, options);
  const spiking: SpikingLstm = { runsAs: 'spiking', layer, populations, inputRange, hiddenRange };
  checkWeights(spiking, options, findings);
  return spiking;
}

function convertDense(
  layer: DenseLayer,
  options: ConversionOptions,
  ranges: MeasuredRanges,
  inputRange: number,
  findings: Finding[],
): HybridLayer {
  const activation = checkKnown(layer, 'activation', layer.activation, options, findings);
  if (activation.spiking === null) {
    findings.push(staysAnalog(layer, `its activation "${layer.activation}" is not linear between two clips`));
    return { runsAs: 'analog', layer };
  }
  checkReplaced(layer, activation, findings);
  const measured = ranges[layer.name];
  const threshold = measured ?? 1;
  if (activation.spiking === 'relu' && measured !== undefined) {
    findings.push(thresholdFromData(layer, measured, options));
  }
  const clip =
    activation.spiking === 'relu' ? { slope: 1, offset: 0, low: 0, high: threshold } : activation.spiking;
  const corrected = correctedRange(clip, layer.name, undefined, options.corrections);
  return {
    runsAs: 'spiking',
    layer,
    populations: [population('neurons', layer.units, [corrected])],
    inputRange,
  };
}

function population(name: string, values: number, pieces: readonly ClippedLinear[]): PopulationSpec {
  const dual = pieces.every(({ low, high }) => low < 0 && low === -high);
  return { name, values, neurons: values * pieces.length, pieces, dual };
}

function checkKnown(
  layer: Layer,
  key: string,
  name: ActivationName,
  options: ConversionOptions,
  findings: Finding[],
): ResolvedActivation {
  const activation = resolveActivation(name, options.activations);
  if (!isKnown(activation)) {
    findings.push({
      code: 'activation-unknown',
      severity: 'error',
      layer: layer.name,
      message: `Layer "${layer.name}" uses the custom activation "${name}", which the specification does not define. Add it to "activations" as slope, offset, low and high.`,
      place: { file: 'model', path: [...layer.path, 'config', key] },
      fixes: [
        declare(
          name,
          paperHardSigmoid,
          `Define "${name}" as the paper's hard sigmoid, clip(x/4 + 1/2, 0, 1)`,
        ),
        declare(name, paperHardTanh, `Define "${name}" as the paper's hard tanh, clip(x/2, -1, 1)`),
      ],
    });
  }
  return activation;
}

/** Whether an LSTM's gate can spike with this activation; where it cannot, a finding says what would help. */
function checkGate(
  layer: LstmLayer,
  key: string,
  activation: ResolvedActivation,
  findings: Finding[],
): boolean {
  const { name } = activation;
  const place = { file: 'model', path: [...layer.path, 'config', key] } as const;
  checkReplaced(layer, activation, findings);
  if (activation.spiking !== null && activation.spiking !== 'relu') return true;
  if (isFittable(name)) return true;
  if (!isKnown(activation)) return false;
  findings.push({
    code: 'activation-not-clipped-linear',
    severity: 'error',
    layer: layer.name,
    message: `Layer "${layer.name}" uses ${name} (${key}), which integrate-and-fire neurons cannot compute: functions that are linear between two clips convert, and those that rise smoothly from one bound to another (sigmoid, tanh, softsign). Retrain with one of them, or put a hard function in its place and accept the loss.`,
    place,
    fixes: isSmooth(name)
      ? [
          declare(
            name,
            key === 'activation' ? paperHardTanh : paperHardSigmoid,
            `Put ${key === 'activation' ? 'hard tanh, clip(x/2, -1, 1),' : 'hard sigmoid, clip(x/4 + 1/2, 0, 1),'} in the place of ${name}`,
          ),
        ]
      : [],
  });
  return false;
}

function checkReplaced(
  layer: LstmLayer | DenseLayer,
  { name, replaced }: ResolvedActivation,
  findings: Finding[],
): void {
  if (!replaced) return;
  findings.push({
    code: 'activation-replaced',
    severity: 'warning',
    layer: layer.name,
    message: `Layer "${layer.name}" was trained with ${name}; its spiking ${layer.kind === 'LSTM' ? 'gates' : 'neurons'} compute a clipped-linear function in its place, as "activations" says. The mismatch includes that difference.`,
    place: { file: 'specification', path: ['activations', name] },
    fixes: [],
  });
}

function declare(name: string, meaning: ClippedLinear, title: string): Fix {
  return { title, edits: [{ path: ['activations', name], value: meaning }] };
}

function staysAnalog(layer: Layer, why: string): Finding {
  return {
    code: 'layer-analog',
    severity: 'info',
    layer: layer.name,
    message: `Layer "${layer.name}" stays analog: ${why}.`,
    place: { file: 'model', path: layer.path },
    fixes: [],
  };
}

function thresholdFromData(layer: DenseLayer, threshold: number, options: ConversionOptions): Finding {
  const percentile = options.percentile ?? 100;
  const which = percentile === 100 ? 'highest activation' : `${percentile}th percentile of its activations`;
  return {
    code: 'threshold-from-data',
    severity: 'info',
    layer: layer.name,
    message: `Layer "${layer.name}" has a ReLU: its threshold is the ${which} over the sample data, ${threshold.toPrecision(4)}.`,
    place: { file: 'model', path: [...layer.path, 'config', 'activation'] },
    fixes: [],
  };
}

/** An LSTM's weights are not rescaled for the chip, as in the reference implementation. */
function checkWeights(
  { layer, inputRange, hiddenRange }: SpikingLstm,
  options: ConversionOptions,
  findings: Finding[],
): void {
  if (options.arithmetic !== 'loihi' || options.rescaleWeights) return;
  const bits = options.weightBits ?? 8;
  const largest = largestWeight(bits);
  let beyond = 0;
  let highest = 0;
  const count = (values: Float32Array, scale: number): void => {
    for (const value of values) {
      const size = Math.abs(value * scale);
      if (Math.round((size * unitsOfOne) / weightStep(bits)) * weightStep(bits) > largest) beyond++;
      highest = Math.max(highest, size);
    }
  };
  count(layer.kernel.values, inputRange);
  count(layer.recurrentKernel.values, hiddenRange);
  if (beyond === 0) return;
  const total = layer.kernel.values.length + layer.recurrentKernel.values.length;
  findings.push({
    code: 'weights-clipped',
    severity: 'warning',
    layer: layer.name,
    message: `${beyond} of ${total} weights of layer "${layer.name}" lie beyond the chip's +-${largest / unitsOfOne} (largest ${highest.toPrecision(4)}) and are clipped.`,
    place: { file: 'specification', path: ['arithmetic'] },
    fixes: [
      {
        title: 'Move weights and thresholds by a power of two, so that all fit',
        edits: [{ path: ['rescaleWeights'], value: true }],
      },
      { title: 'Simulate in float arithmetic', edits: [{ path: ['arithmetic'], value: 'float' }] },
    ],
  });
}

/** Largest absolute output of an activation in either network, null where it has none. */
function bound({ name, spiking, replaced }: ResolvedActivation): number | null {
  const clip = spiking === null || spiking === 'relu' ? null : spiking;
  const clipped = clip && Math.max(Math.abs(clip.low), Math.abs(clip.high));
  if (clipped !== null && !replaced) return clipped;
  return ['sigmoid', 'tanh', 'softmax', 'softsign'].includes(snakeCase(name))
    ? Math.max(1, clipped ?? 0)
    : null;
}

/** Largest absolute h; 1 where an activation has no bound. */
function lstmRange(layer: LstmLayer, { activations }: ConversionOptions): number {
  const out = bound(resolveActivation(layer.activation, activations)) ?? 1;
  return out * (bound(resolveActivation(layer.recurrentActivation, activations)) ?? 1);
}

/** Largest absolute value that a layer hands on, null where it hands on what it was given. */
function outputRange(layer: Layer, options: ConversionOptions, ranges: MeasuredRanges): number | null {
  switch (layer.kind) {
    case 'LSTM':
      return lstmRange(layer, options);
    case 'Embedding':
      return vectorLengths(layer.table)?.largest ?? 1;
    case 'Dense':
    case 'Activation':
      return bound(resolveActivation(layer.activation, options.activations)) ?? ranges[layer.name] ?? 1;
    default:
      return null;
  }
}
