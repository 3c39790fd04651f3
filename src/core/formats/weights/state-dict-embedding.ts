/**
 * nn.Embedding in a state_dict. Its weight [vocabulary, dimension] looks like that of an nn.Linear without bias,
 * [outputs, inputs]: the name gives a hint, and the shapes of the other layers decide.
 */
import type { Block, ChainBlock, EmbeddingBlock, LinearBlock } from './state-dict-blocks.ts';
import { findChains } from './state-dict-order.ts';

const hint = /emb|wte|tok/i;

/** Whether the weights may be those of an embedding. */
function isMatrixAlone(block: Block): boolean {
  return block.kind === 'Linear' && block.bias === null;
}

export function asEmbedding({ name, weight }: LinearBlock): EmbeddingBlock {
  const [vocabulary, output] = weight.tensor.shape as [number, number];
  return { kind: 'Embedding', name, weight, vocabulary, input: null, output };
}

export function asLinear({ name, weight }: EmbeddingBlock): LinearBlock {
  const [output, input] = weight.tensor.shape as [number, number];
  return { kind: 'Linear', name, weight, bias: null, input, output };
}

/**
 * Takes for an embedding what is named like one and does not fit as a Linear; where both fit, notes that it is
 * open.
 */
export function withEmbeddings(blocks: readonly Block[]): Block[] {
  const named = blocks.filter(
    (block) => isMatrixAlone(block) && hint.test(block.name.slice(block.name.lastIndexOf('.') + 1)),
  );
  return blocks.map((block) => {
    if (block.kind !== 'Linear' || !named.includes(block)) return block;
    // A chain has one at most.
    if (named.length > 1 || !fitsWith(blocks, block, block)) return asEmbedding(block);
    return fitsWith(blocks, block, asEmbedding(block)) ? { ...block, maybeEmbedding: true } : block;
  });
}

/** Whether the layers fit in some order with this one read in this way. */
function fitsWith(blocks: readonly Block[], block: Block, reading: ChainBlock): boolean {
  const chain = blocks.filter((other) => other.kind !== 'Unsupported');
  const read = chain.map((other) => (other === block ? reading : other));
  return findChains(read, 1).chains.length > 0;
}
