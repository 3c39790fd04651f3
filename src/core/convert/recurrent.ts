/** A recurrent layer becomes a population for each gate; the update of its state stays analog. */
import type { Finding } from '../findings/types.ts';
import type { ActivationName, ClippedLinear, RecurrentLayer } from '../network/types.ts';
import { isKnown, isSmooth, resolveActivation, snakeCase, type ResolvedActivation } from './activations.ts';
import { gateRange, hiddenRangeOf } from './bounds.ts';
import { thresholdFromData, type DenseContext } from './dense.ts';
import { fitGates, gatesFitted } from './fitted-gates.ts';
import { gatesOf } from './gates.ts';
import { reached, type Drives } from './fit.ts';
import { gruRanges } from './gru.ts';
import { checkKnown, checkReplaced, population } from './layer-findings.ts';
import type { ConversionOptions, HybridLayer, PopulationSpec } from './types.ts';

/** Whether the pieces or the thresholds of some gate depend on what the data reach. */
export function isFittedToData(
  layer: RecurrentLayer,
  activations: ConversionOptions['activations'],
): boolean {
  return gatesOf(layer).some(
    ({ name, activation }) => name === 'u' || !isClip(resolveActivation(activation, activations).spiking),
  );
}

export function convertRecurrent(
  layer: RecurrentLayer,
  context: DenseContext,
  findings: Finding[],
): HybridLayer {
  const { options, drives, ranges, inputRange } = context;
  const known = activationsOf(layer).map(
    ([key, name]) => [key, checkKnown(layer, key, name, options, findings)] as const,
  );
  const usable = known.toReversed().map(([key, activation]) => checkGate(layer, key, activation, findings));
  if (usable.includes(false)) return { runsAs: 'analog', layer };
  const fitted = fitGates(layer, options, drives);
  if (fitted) findings.push(gatesFitted(layer, fitted));
  const hiddenRange = hiddenRangeOf(layer, options, ranges);
  const gru =
    layer.kind === 'GRU'
      ? gruRanges(layer, drives[layer.name]?.['u'], hiddenRange, gateRange(layer, options), options.timesteps)
      : null;
  const populations = gatesOf(layer).map(({ name, activation }): PopulationSpec => {
    const fit = fitted?.gates[name];
    if (fit) return population(name, layer.units, fit.pieces);
    if (name === 'u') return linearPopulation(layer.units, gru!.linear);
    const { spiking } = resolveActivation(activation, options.activations);
    if (isClip(spiking)) return population(name, layer.units, [spiking]);
    const highest = layer.kind === 'SimpleRNN' ? hiddenRange : furthest(drives[layer.name]?.[name]);
    return population(name, layer.units, [unbounded(activation, highest)]);
  });
  const { [layer.name]: measured } = ranges;
  if (layer.kind === 'SimpleRNN' && measured !== undefined) {
    findings.push(thresholdFromData(layer, measured, options));
  }
  const shared = { runsAs: 'spiking', populations, inputRange, hiddenRange } as const;
  if (layer.kind === 'LSTM') return { ...shared, layer };
  return layer.kind === 'GRU' ? { ...shared, layer, resetRange: gru!.reset } : { ...shared, layer };
}

/** Each activation of the layer once, with where the model file names it. */
function activationsOf(layer: RecurrentLayer): [key: string, name: ActivationName][] {
  const own: [string, ActivationName] = ['activation', layer.activation];
  return layer.kind === 'SimpleRNN' ? [own] : [own, ['recurrent_activation', layer.recurrentActivation]];
}

function isClip(spiking: ResolvedActivation['spiking']): spiking is ClippedLinear {
  return spiking !== null && spiking !== 'relu';
}

/** Largest absolute pre-activation over the data; 1 where there are none. */
function furthest(drives: Drives | undefined): number {
  if (!drives) return 1;
  const { low, high } = reached(drives);
  return Math.max(Math.abs(low), Math.abs(high));
}

/** A ReLU or a line, up to its threshold. */
function unbounded(activation: ActivationName, threshold: number): ClippedLinear {
  return { slope: 1, offset: 0, low: snakeCase(activation) === 'linear' ? -threshold : 0, high: threshold };
}

/** u of a GRU: as it is, up to a threshold for each unit. */
function linearPopulation(units: number, highs: readonly number[]): PopulationSpec {
  const high = Math.max(...highs);
  return { ...population('u', units, [{ slope: 1, offset: 0, low: -high, high }]), highs };
}

/** Whether a gate can spike with this activation; where it cannot, a finding says what would help. */
function checkGate(
  layer: RecurrentLayer,
  key: string,
  activation: ResolvedActivation,
  findings: Finding[],
): boolean {
  const { name } = activation;
  const place = { file: 'model', path: [...layer.path, 'config', key] } as const;
  checkReplaced(layer, activation, findings);
  // A ReLU or a line goes up to what the data reach.
  if (isClip(activation.spiking) || isSmooth(name) || ['relu', 'linear'].includes(snakeCase(name)))
    return true;
  if (!isKnown(activation)) return false;
  findings.push({
    code: 'activation-not-clipped-linear',
    severity: 'error',
    layer: layer.name,
    message: `Layer "${layer.name}" uses ${name} (${key}), which integrate-and-fire neurons cannot compute: it is no function of a single value. Train the model again with another.`,
    place,
    fixes: [],
  });
  return false;
}
