import { loihi1 } from './loihi1.ts';

/**
 * Bits of synapse memory that one input axon takes on a core (nengo-loihi e564f66, block.py:527-549): blocks of
 * at most 64 synapses, each with a head, rounded up to whole words.
 * @param targets compartments of the core that the axon reaches
 * @param weightBits bits of a weight
 * @param indexBits bits that name a synapse's target; 0 for dense weights
 */
export function synapseBits(targets: number, weightBits: number, indexBits = 0): number {
  const perBlock = loihi1.synapsesPerBlock.value;
  const block = (synapses: number): number => {
    const head = loihi1.blockFormatBits.value + loihi1.blockCountBits.value;
    const word = loihi1.memoryWordBits.value;
    return Math.ceil((synapses * (weightBits + indexBits) + head) / word) * word;
  };
  const rest = targets % perBlock;
  return Math.floor(targets / perBlock) * block(perBlock) + (rest > 0 ? block(rest) : 0);
}
