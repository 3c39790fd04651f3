/** What every kind of layer may have to say of its conversion, and what all populations have in common. */
import type { Finding, Fix } from '../findings/types.ts';
import { isRecurrent } from '../network/shapes.ts';
import type { ActivationName, ClippedLinear, Layer } from '../network/types.ts';
import {
  isKnown,
  paperHardSigmoid,
  paperHardTanh,
  resolveActivation,
  type ResolvedActivation,
} from './activations.ts';
import { areDual } from './pieces.ts';
import type { ConversionOptions, PopulationSpec } from './types.ts';

export function population(name: string, values: number, pieces: readonly ClippedLinear[]): PopulationSpec {
  return { name, values, neurons: values * pieces.length, pieces, dual: areDual(pieces) };
}

export function checkKnown(
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

export function checkReplaced(
  layer: Layer,
  { name, replaced }: ResolvedActivation,
  findings: Finding[],
): void {
  if (!replaced) return;
  findings.push({
    code: 'activation-replaced',
    severity: 'warning',
    layer: layer.name,
    message: `Layer "${layer.name}" was trained with ${name}; its spiking ${isRecurrent(layer) ? 'gates' : 'neurons'} compute a clipped-linear function in its place, as "activations" says. The mismatch includes that difference.`,
    place: { file: 'specification', path: ['activations', name] },
    fixes: [],
  });
}

function declare(name: string, meaning: ClippedLinear, title: string): Fix {
  return { title, edits: [{ path: ['activations', name], value: meaning }] };
}

export function staysAnalog(layer: Layer, why: string): Finding {
  return {
    code: 'layer-analog',
    severity: 'info',
    layer: layer.name,
    message: `Layer "${layer.name}" stays analog: ${why}.`,
    place: { file: 'model', path: layer.path },
    fixes: [],
  };
}
