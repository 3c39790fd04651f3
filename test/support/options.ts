/** How small networks of hard functions are run and converted. */
import type { ConversionOptions } from '../../src/core/convert/types.ts';
import type { SpikingOptions } from '../../src/core/simulate/spiking.ts';
import { hardActivations } from './networks.ts';

export const trained = { activations: hardActivations, cellClip: null } as const;
export const converting: ConversionOptions = {
  activations: hardActivations,
  timesteps: 8,
  coding: 'residual',
  arithmetic: 'float',
};
export const spiking: SpikingOptions = { ...trained, ...converting, weightBits: 8 };
