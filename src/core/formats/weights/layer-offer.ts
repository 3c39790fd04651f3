/** From the names and shapes of a file of weights alone to what a person may choose of its layers. */
import { InputFault } from '../../findings/types.ts';
import type { ActivationRole, LayerOffer, OfferedBlock, OfferedParameter } from './layer-choices.ts';
import { findBlocks, type Block, type CellName, type ChainBlock } from './state-dict-blocks.ts';
import { findChains, fits } from './state-dict-order.ts';
import type { LayerChoice, StateDict } from './state-dict.ts';
import type { WeightFile } from './weight-files.ts';

/** More are no choice that anybody looks through. */
const MOST_ORDERS = 8;

/**
 * From names and shapes alone.
 * @param written `layers` of the specification, null where it has none
 * @returns null where there is nothing to choose: layers that are not converted, or whose shapes do not fit each other
 */
export function offerLayers(
  { dict, file }: WeightFile,
  written: readonly LayerChoice[] | null,
): LayerOffer | null {
  const all = blocksOf(dict, file);
  const chain = all.filter((block) => block.kind !== 'Unsupported');
  if (chain.length === 0 || chain.length < all.length) return null;
  const { chains, complete } = findChains(chain, MOST_ORDERS);
  const inFile = dict.ordered && fits(chain) ? [chain] : [];
  const inUse = writtenOrder(written, chain);
  const orders = different(
    [...(inUse ? [inUse] : []), ...inFile, ...chains].map((order) => order.map(nameOf)),
  );
  const [first] = orders;
  if (!first) return null;
  const parameters = parametersOf(dict, all.length);
  const blocks = chain.map((block, i) => offered(block, parameters[i] ?? []));
  const byName = new Map(blocks.map((block) => [block.name, block]));
  // Offered as what its kind says here; taking it for the other is the fix of the fault.
  const open = new Set(
    chain.flatMap((block) => (block.kind === 'Linear' && block.maybeEmbedding ? block.name : [])),
  );
  const chosen = first.map((name, i) => ({
    ...proposal(byName.get(name)!, i === first.length - 1),
    ...(open.has(name) && { embedding: false }),
    ...(written ?? []).find((choice) => choice.name === name),
  }));
  return { blocks, orders, complete: complete && chains.length < MOST_ORDERS, chosen };
}

function nameOf({ name }: Block): string {
  return name;
}

function blocksOf(dict: StateDict, file: string): readonly Block[] {
  const fault = (words: string) =>
    new InputFault('weights-unreadable', file, words, { file: 'model', path: [] });
  try {
    return findBlocks(dict.tensors, fault);
  } catch (error) {
    // Whoever reads the model says so.
    if (error instanceof InputFault) return [];
    throw error;
  }
}

/** Null where it names other blocks, or does not fit. */
function writtenOrder(
  written: readonly LayerChoice[] | null,
  chain: readonly ChainBlock[],
): readonly ChainBlock[] | null {
  const order = (written ?? []).flatMap(({ name }) => chain.filter((block) => block.name === name));
  return order.length > 0 && order.length === written?.length && fits(order) ? order : null;
}

function different(orders: readonly (readonly string[])[]): (readonly string[])[] {
  const keys = orders.map((order) => JSON.stringify(order));
  return orders.filter((_, i) => keys.indexOf(keys[i]!) === i);
}

function offered(block: ChainBlock, parameters: readonly OfferedParameter[]): OfferedBlock {
  const { name } = block;
  switch (block.kind) {
    case 'Recurrent':
      return { name, className: block.className, parameters, roles: rolesOfCell[block.cell] };
    case 'Linear':
      return { name, className: 'nn.Linear', parameters, roles: ['linear'] };
    case 'Embedding':
      return { name, className: 'nn.Embedding', parameters, roles: [] };
  }
}

const rolesOfCell = {
  LSTM: ['gates', 'cell'],
  GRU: ['gates', 'candidate'],
  RNN: ['state'],
} as const satisfies Record<CellName, readonly ActivationRole[]>;

/** What PyTorch's own modules compute; of a Linear within the network nobody knows. */
function proposal({ roles, name }: OfferedBlock, isLast: boolean): LayerChoice {
  if (roles.includes('gates')) return { name, activation: 'tanh', recurrentActivation: 'sigmoid' };
  if (roles.includes('state')) return { name, activation: 'tanh' };
  return isLast && roles.includes('linear') ? { name, activation: 'linear' } : { name };
}

/** Of each module, in the order of the file, as the blocks are; empty where some module is no block. */
function parametersOf({ tensors }: StateDict, blocks: number): readonly (readonly OfferedParameter[])[] {
  const modules = new Map<string, OfferedParameter[]>();
  for (const [path, { shape }] of tensors) {
    const end = path.lastIndexOf('.');
    const module = path.slice(0, Math.max(0, end));
    modules.set(module, [...(modules.get(module) ?? []), { name: path.slice(end + 1), shape }]);
  }
  return modules.size === blocks ? [...modules.values()] : [];
}
