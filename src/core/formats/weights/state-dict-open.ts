/** What names and shapes of a state_dict leave open, said with what may be written into the specification. */
import type { Fix, InputFault } from '../../findings/types.ts';
import type { LayerChoice } from './state-dict.ts';
import type { ChainBlock } from './state-dict-blocks.ts';
import { asEmbedding } from './state-dict-embedding.ts';
import { findChains } from './state-dict-order.ts';
import { quote } from './stored-tensor.ts';

export type MakeFault = (words: string, fixes?: readonly Fix[]) => InputFault;

/** Its name and the shapes allow both readings, which compute different things. */
export function refuseOpenEmbedding(chain: readonly ChainBlock[], model: MakeFault): void {
  const open = chain.find((block) => block.kind === 'Linear' && block.maybeEmbedding);
  if (open?.kind !== 'Linear') return;
  const reading = (embedding: boolean): Fix[] => {
    const read = chain.map((block) => (block === open && embedding ? asEmbedding(open) : block));
    const [order] = findChains(read, 1).chains;
    if (!order) return [];
    const layers = order.map(({ name }): LayerChoice =>
      name === open.name ? { name, embedding } : { name },
    );
    const title = `Take "${open.name}" as ${embedding ? 'an embedding of ids' : 'an nn.Linear without bias'}`;
    return [{ title, edits: [{ path: ['layers'], value: layers }] }];
  };
  const shape = open.weight.tensor.shape.join(', ');
  throw model(
    `does not say whether ${quote(open.name)} of shape [${shape}] is an nn.Embedding or an nn.Linear without bias, and both fit; name the layers in the specification, this one with "embedding": true or false`,
    [...reading(true), ...reading(false)],
  );
}

/** A layer within the network nearly always has an activation, which only the program knows. */
export function refuseOpenActivations(order: readonly ChainBlock[], model: MakeFault): void {
  const open = order.filter((block, i) => block.kind === 'Linear' && i < order.length - 1);
  const [first] = open;
  if (!first) return;
  const within = new Set<ChainBlock>(open);
  const layers = (activation: string): LayerChoice[] =>
    order.map((block) => ({ name: block.name, ...(within.has(block) && { activation }) }));
  const names = open
    .slice(0, 5)
    .map(({ name }) => `"${name}"`)
    .join(', ');
  const fix = (title: string, activation: string): Fix => ({
    title: `${title} after ${names}`,
    edits: [{ path: ['layers'], value: layers(activation) }],
  });
  throw model(
    `does not say which activation follows the Linear layer ${quote(first.name)}, as no state_dict does; name it in the specification: "layers": ${JSON.stringify(layers('relu').slice(0, 8))}`,
    [fix('Take ReLU', 'relu'), fix('Take no activation', 'linear')],
  );
}
