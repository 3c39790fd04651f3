/** What a core has, in words. */
import type { Resource } from '../chips/types.ts';

export const resourceWords: Readonly<Record<Resource, string>> = {
  compartments: 'compartments',
  inAxons: 'in-axons',
  outAxons: 'out-axons',
  synapseBits: 'bits of synapse memory',
  compartmentConfigurations: 'compartment configurations',
  thresholdConfigurations: 'threshold configurations',
  synapseConfigurations: 'synapse configurations',
};
