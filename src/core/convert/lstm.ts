/** An LSTM becomes a population for each gate; its cell update stays analog. */
import type { Finding } from '../findings/types.ts';
import type { ClippedLinear, LstmLayer } from '../network/types.ts';
import {
  isFittable,
  isKnown,
  isSmooth,
  paperHardSigmoid,
  paperHardTanh,
  type ResolvedActivation,
} from './activations.ts';
import { lstmRange } from './bounds.ts';
import { correctedRange } from './corrections.ts';
import type { MeasuredDrives } from './drives.ts';
import { fitGates, gatesFitted } from './fitted-gates.ts';
import { checkKnown, checkReplaced, declare, population } from './layer-findings.ts';
import { gateNames, type ConversionOptions, type HybridLayer, type SpikingLstm } from './types.ts';
import { largestWeight, unitsOfOne, weightStep } from './weights.ts';

export function convertLstm(
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
