/** A Dense layer becomes one population. */
import type { Finding } from '../findings/types.ts';
import type { DenseLayer } from '../network/types.ts';
import { correctedRange } from './corrections.ts';
import { checkKnown, checkReplaced, population, staysAnalog } from './layer-findings.ts';
import type { ConversionOptions, HybridLayer, MeasuredRanges } from './types.ts';

export function convertDense(
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
