/** Deals packed cores out to chips, with the spike generators that each chip needs of its own. */
import { fits, type CoreBlocks, type CoreRules, type GeneratorBlock, type NeuronBlock } from './occupancy.ts';
import { mostOf } from './capacity.ts';
import type { LayerDemand, MapOptions } from './types.ts';

/**
 * Chips are filled in the order of the cores. Where generators are on cores, every chip has those of the layers
 * that it holds, so that no spike crosses from chip to chip.
 * @returns blocks by chip and core; null where not even one core and its generators fit a chip
 */
export function dealToChips(
  cores: readonly (readonly NeuronBlock[])[],
  coresPerChip: number,
  generators: MapOptions['generators'],
  demands: readonly LayerDemand[],
  rules: CoreRules,
): readonly (readonly CoreBlocks[])[] | null {
  const fill = (from: number, count: number): readonly CoreBlocks[] | null => {
    const chip = cores.slice(from, from + count).map((neurons) => ({ neurons, generators: [] }));
    return generators === 'cores' ? withGenerators(chip, demands, rules) : chip;
  };
  const chips: (readonly CoreBlocks[])[] = [];
  for (let next = 0; next < cores.length;) {
    const top = Math.min(coresPerChip, cores.length - next);
    const count = mostOf(top, (n) => (fill(next, n)?.length ?? Infinity) <= coresPerChip);
    if (count === 0) return null;
    chips.push(fill(next, count)!);
    next += count;
  }
  return chips;
}

/** Generators go where the chip's cores have room left, in the order of the cores, then on cores of their own. */
function withGenerators(
  chip: readonly CoreBlocks[],
  demands: readonly LayerDemand[],
  rules: CoreRules,
): readonly CoreBlocks[] | null {
  const cores: CoreBlocks[] = [...chip];
  const layers = [...new Set(chip.flatMap((core) => core.neurons.map(({ layer }) => layer)))];
  for (const layer of layers) {
    const destinations = chip.filter(({ neurons }) => neurons.some((block) => block.layer === layer)).length;
    let from = 0;
    for (let core = 0; from < demands[layer]!.inputs; core++) {
      const before = cores[core] ?? { neurons: [], generators: [] };
      const added = (inputs: number): CoreBlocks => {
        const block: GeneratorBlock = { layer, from, inputs, destinations };
        return { ...before, generators: [...before.generators, block] };
      };
      const taken = mostOf(demands[layer]!.inputs - from, (n) => fits(added(n), demands, rules));
      if (taken === 0 && core >= cores.length) return null;
      if (taken === 0) continue;
      cores[core] = added(taken);
      from += taken;
    }
  }
  return cores;
}
