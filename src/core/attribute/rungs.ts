/** The networks of the ladder, from the trained to the spiking one. */
import { resolveActivation } from '../convert/activations.ts';
import { gatesOf } from '../convert/gates.ts';
import type { HybridLayer } from '../convert/types.ts';
import { isRecurrent } from '../network/shapes.ts';
import { analogRunner } from '../simulate/analog.ts';
import type { ChainLink } from '../simulate/chain.ts';
import type { Kernel } from '../simulate/kernel/types.ts';
import { hybridRunner, type SpikingOptions } from '../simulate/spiking.ts';
import { rateRunner, type RateOptions } from './rate-runner.ts';
import { rungNames, type RungName } from './types.ts';

export interface RungNetwork {
  readonly name: RungName;
  readonly links: readonly ChainLink[];
  /**
   * Teacher forcing: every sequence step starts from the states that this earlier rung has there, so that an error
   * does not reach the next step.
   */
  readonly forcedBy: RungName | null;
}

/** Whether a rung's change changes anything of this network. */
function applies(name: RungName, layers: readonly HybridLayer[], options: SpikingOptions): boolean {
  const spiking = layers.filter((layer) => layer.runsAs === 'spiking');
  switch (name) {
    case 'activations':
      // Of a ReLU the threshold cuts off what is above it; the range of a gate may be narrowed.
      return spiking.some(({ layer, populations }) => {
        const names = isRecurrent(layer)
          ? gatesOf(layer).map(({ activation }) => activation)
          : [layer.activation];
        const resolved = names.map((activation) => resolveActivation(activation, options.activations));
        return (
          resolved.some(({ replaced, spiking: clip }) => replaced || clip === 'relu') ||
          populations.some(({ pieces }) =>
            pieces.some(({ low, high }) =>
              resolved.every(({ spiking: clip }) => !isClip(clip) || clip.low !== low || clip.high !== high),
            ),
          )
        );
      });
    case 'cell':
      return options.cellClip !== null && spiking.some(({ layer }) => layer.kind === 'LSTM');
    case 'weights':
      return options.arithmetic === 'loihi';
    case 'feedback':
      return spiking.some(({ layer }) => isRecurrent(layer));
    default:
      return true;
  }
}

function isClip<T>(clip: T | 'relu' | null): clip is T {
  return clip !== null && clip !== 'relu';
}

/** Those that change something, in order; the first is the trained network. */
export function appliedRungs(layers: readonly HybridLayer[], options: SpikingOptions): RungName[] {
  return rungNames.filter((name) => applies(name, layers, options));
}

/** The networks of {@link appliedRungs}. */
export function ladderNetworks(
  layers: readonly HybridLayer[],
  kernel: Kernel,
  options: SpikingOptions,
): RungNetwork[] {
  const there = appliedRungs(layers, options);
  const exact = there.filter((name) => rungNames.indexOf(name) < rungNames.indexOf('counts')).at(-1)!;
  return there.map((name) => ({
    name,
    links: layers.map((layer) => ({ layer: layer.layer, run: runnerOf(name, layer, kernel, options) })),
    forcedBy: name === 'counts' || name === 'dynamics' ? exact : null,
  }));
}

function runnerOf(name: RungName, layer: HybridLayer, kernel: Kernel, options: SpikingOptions) {
  const reached = (rung: RungName): boolean => rungNames.indexOf(name) >= rungNames.indexOf(rung);
  const changed: SpikingOptions = {
    ...options,
    cellClip: reached('cell') ? options.cellClip : null,
    arithmetic: reached('weights') ? options.arithmetic : 'float',
  };
  if (layer.runsAs !== 'spiking' || name === 'trained') return analogRunner(layer.layer, kernel, changed);
  if (reached('dynamics')) return hybridRunner(layer, kernel, options);
  const rates: RateOptions = { ...changed, cutInputs: reached('inputs'), counts: reached('counts') };
  return rateRunner(layer, kernel, rates);
}
