/** The layers of a state_dict that the specification chooses, in its order. */
import { InputFault } from '../../findings/types.ts';
import type { LayerChoices } from './state-dict.ts';
import type { Block, ChainBlock } from './state-dict-blocks.ts';
import { asEmbedding, asLinear } from './state-dict-embedding.ts';
import { quote } from './stored-tensor.ts';

/** @throws InputFault `specification-invalid` where the choices do not fit the file, or each other */
export function chosenBlocks(blocks: readonly Block[], { file, layers }: LayerChoices): Block[] {
  const byName = new Map(blocks.map((block) => [block.name, block]));
  const fault = (words: string, i: number) =>
    new InputFault('specification-invalid', file, words, { file: 'specification', path: ['layers', i] });
  let before: ChainBlock | null = null;
  return layers.map(({ name, embedding }, i) => {
    const found = byName.get(name);
    const block = found && chosenReading(found, embedding, (words) => fault(words, i));
    if (!block) {
      const names = blocks.slice(0, 20).map((known) => quote(known.name));
      throw fault(
        `layers names ${quote(name)}, which the model does not have; it has ${names.join(', ')}`,
        i,
      );
    }
    byName.delete(name);
    if (block.kind === 'Unsupported') return block;
    if (before && before.output !== block.input) {
      const words = `${quote(block.name)} takes ${block.input} features, but ${quote(before.name)} before it gives ${before.output}`;
      throw fault(`layers is in no order that fits: ${words}`, i);
    }
    return (before = block);
  });
}

/** What a matrix without a bias was said to be. */
function chosenReading(
  block: Block,
  embedding: boolean | undefined,
  fault: (words: string) => InputFault,
): Block {
  if (embedding === undefined && block.kind === 'Linear' && block.maybeEmbedding) {
    throw fault(
      `layers does not say whether ${quote(block.name)} is an nn.Embedding: add "embedding", true or false`,
    );
  }
  if (embedding === true && block.kind === 'Linear' && block.bias === null) return asEmbedding(block);
  if (embedding === true && block.kind !== 'Embedding') {
    throw fault(`layers takes ${quote(block.name)} for an embedding, which is no matrix alone`);
  }
  return embedding === false && block.kind === 'Embedding' ? asLinear(block) : block;
}
