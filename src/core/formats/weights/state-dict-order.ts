/** The order in which the modules of a state_dict compute: what one gives, the next takes. */
import type { Fix, InputFault } from '../../findings/types.ts';
import type { ChainBlock } from './state-dict-blocks.ts';
import { quote } from './stored-tensor.ts';

/** Steps of the search; a file of many layers of one size has more orders than anybody could look at. */
const MOST_STEPS = 20_000;

export interface Ordered {
  readonly order: readonly ChainBlock[];
  /** A sentence; null where there is nothing to order. */
  readonly assumption: string | null;
}

/**
 * @param listed whether the file lists them as the program made them
 * @throws what `fault` makes, where no order fits, or several do and the file's is none.
 */
export function orderBlocks(
  blocks: readonly ChainBlock[],
  listed: boolean,
  fault: (words: string, fixes: readonly Fix[]) => InputFault,
): Ordered {
  if (blocks.length === 1) return { order: blocks, assumption: null };
  const { chains, complete } = findChains(blocks);
  const [only, second] = chains;
  if (only && !second && complete) {
    return {
      order: only,
      assumption: `The layers were put in the only order in which their shapes fit: ${names(only)}.`,
    };
  }
  if (listed && fits(blocks)) {
    return {
      order: blocks,
      assumption: `The shapes of the layers fit in several orders; the order of the file was taken: ${names(blocks)}.`,
    };
  }
  if (!only && complete) {
    const sizes = blocks
      .slice(0, 12)
      .map(({ name, input, output }) => `${quote(name)} ${input} to ${output}`);
    throw fault(
      `has layers whose shapes fit in no order (${sizes.join(', ')}); name those of the chain in the specification, in order: "layers": [{"name": ...}, ...]`,
      [],
    );
  }
  throw fault(
    `has layers whose shapes fit in several orders (${names(blocks)}); name them in the specification in the order in which they compute: "layers": [{"name": ...}, ...]`,
    chains.map(inOrder),
  );
}

function inOrder(chain: readonly ChainBlock[]): Fix {
  return {
    title: `Take the order ${names(chain)}`,
    edits: [{ path: ['layers'], value: chain.map(({ name }) => ({ name })) }],
  };
}

function names(blocks: readonly ChainBlock[]): string {
  const shown = blocks.slice(0, 20).map(({ name }) => name);
  return shown.join(', ') + (blocks.length > shown.length ? ', ...' : '');
}

/** Whether they compute in the order in which they stand here. */
export function fits(blocks: readonly ChainBlock[]): boolean {
  return blocks.every((block, i) => i === 0 || blocks[i - 1]!.output === block.input);
}

/** The first orders that fit. `complete` is false where the search was given up before. */
export function findChains(
  blocks: readonly ChainBlock[],
  most = 2,
): { chains: ChainBlock[][]; complete: boolean } {
  const chains: ChainBlock[][] = [];
  const left = new Set(blocks);
  const chain: ChainBlock[] = [];
  let steps = 0;
  const extend = (): boolean => {
    if (++steps > MOST_STEPS) return false;
    if (left.size === 0) return chains.push([...chain]) < most;
    const features = chain.at(-1)?.output;
    for (const block of [...left]) {
      if (features !== undefined && block.input !== features) continue;
      left.delete(block);
      chain.push(block);
      const goOn = extend();
      chain.pop();
      left.add(block);
      if (!goOn) return false;
    }
    return true;
  };
  // As deep as there are blocks, and more than this are no chain of LSTMs.
  const complete = blocks.length <= MOST_BLOCKS && (extend() || chains.length === most);
  return { chains, complete };
}

const MOST_BLOCKS = 200;
