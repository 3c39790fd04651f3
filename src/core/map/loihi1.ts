/** Loihi 1 as data: what a core holds and what a spiking layer takes of it, each figure with its source. */
import type { Coding } from '../convert/types.ts';
import type { Resource, Sourced } from './types.ts';

const nengo = (place: string): string => `nengo-loihi e564f66, nengo_loihi/${place}`;
const nxtf = (place: string): string => `NxTF, nxsdk_modules_ncl/dnn/src/${place}`;
const paper = 'Ponghiran and Roy, Hybrid Analog-Spiking LSTM';

/** One compartment receives the input and holds the residue, the second fires and takes the threshold off it. */
const softReset: Sourced = {
  value: 2,
  source: nxtf('dnn_mapper.py, _mapCompartments: two compartments a neuron in soft reset'),
};

const resetSynapse: Sourced = {
  value: 1,
  source: nxtf('dnn_layers.py, "recurrent connections": one synapse a neuron in soft reset'),
};

export const loihi1 = {
  name: 'Loihi 1',

  /** 4 to a tile, 8x4 tiles. */
  coresPerChip: { value: 128, source: nengo('hardware/allocators.py:100-115') },

  /** Limits of one core; synapse memory is 16,384 words of 64 bit. */
  core: {
    compartments: { value: 1024, source: nengo('block.py:8') },
    inAxons: { value: 4096, source: nengo('block.py:9') },
    outAxons: { value: 4096, source: nengo('block.py:10') },
    synapseBits: { value: 1_048_576, source: nengo('block.py:11') },
  } satisfies Record<Resource, Sourced>,

  /** Dense weights take neither index nor delay nor tag bits. */
  weightBits: { value: 8, source: nengo('block.py:426-549, dense weights') },
  synapsesPerBlock: {
    value: 64,
    source: nengo('block.py:527-549'),
    otherwise: { value: 60, source: nxtf('optimization.py, maxNumSynPerSynEntry') },
  } satisfies Sourced,
  /** Bits at the head of each block: which synapse format, and how many synapses. */
  blockFormatBits: { value: 4, source: nengo('block.py:527-549, synapse_idx_bits') },
  blockCountBits: { value: 6, source: nengo('block.py:527-549, n_synapses_bits') },
  /** Blocks are rounded up to whole words. */
  memoryWordBits: { value: 64, source: nengo('block.py:527-549') },

  /** A ternary value sends its spikes of +1 and of -1 on axons of their own, with weights of opposite sign. */
  inAxonsPerInput: {
    value: 2,
    source: 'a Loihi 1 spike is binary; NxTF doubles the channels of signed layers',
  },
  /** Neurons that fire at one threshold and at two. */
  thresholds: {
    single: { value: 1, source: `${paper}: two thresholds are not native to Loihi` },
    dual: { value: 2, source: `${paper}: two IF compartments, one a direction` },
  },
  /** Both codings reset by subtraction; what else they do to a membrane takes no resource of a core. */
  compartmentsPerThreshold: { residual: softReset, reset: softReset } satisfies Record<Coding, Sourced>,
  resetSynapsesPerThreshold: { residual: resetSynapse, reset: resetSynapse } satisfies Record<
    Coding,
    Sourced
  >,
  outAxonsPerThreshold: {
    value: 1,
    source: 'assumption: each firing compartment has one axon, to its counter off the core',
  },
  /** A reset spike returns to its own core. NxTF gives it axons there, the accounting here does not. */
  resetAxonsPerThreshold: {
    value: 0,
    source: 'assumption: the reset loop takes synapse memory but no axon of its own',
    otherwise: {
      value: 1,
      source: nxtf(
        'dnn_layers.py, "Input & output axons for recurrent group": one out-axon each, and one in-axon each unless shared',
      ),
    },
  } satisfies Sourced,
} as const;
