/** Between the mapper and the rest: what the hybrid network asks of a chip, and what it cannot have. */
import type { HybridLayer } from '../convert/types.ts';
import type { Finding } from '../findings/types.ts';
import type { ChipUsage, LayerDemand } from './types.ts';

/** The spiking layers as the mapper wants them. An LSTM's generator encodes x and h. */
export function layerDemands(layers: readonly HybridLayer[]): LayerDemand[] {
  return layers.flatMap((hybrid) => {
    if (hybrid.runsAs !== 'spiking') return [];
    const { layer, populations } = hybrid;
    return [
      {
        layer: layer.name,
        inputs: layer.kind === 'LSTM' ? layer.inputSize + layer.units : layer.inputSize,
        populations: populations.map(({ name, neurons, dual }) => ({
          layer: layer.name,
          population: name,
          neurons,
          dual,
        })),
      },
    ];
  });
}

/** What does not fit, as findings. The run itself goes on: only the chip is too small. */
export function mapFindings(chip: ChipUsage): Finding[] {
  return chip.problems.map(({ kind, layer, message }) => ({
    code: kind === 'chip-full' ? 'chip-full' : 'core-limit-exceeded',
    severity: 'warning',
    layer,
    message,
    place: { file: 'specification', path: ['chip'] },
    fixes: [],
  }));
}
