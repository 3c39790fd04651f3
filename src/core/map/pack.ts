/** Splits layers into blocks and packs the blocks onto the fewest cores. */
import { mostOf, mostThresholds } from './capacity.ts';
import { fits, thresholdsIn, type CoreBlocks, type CoreRules, type NeuronBlock } from './occupancy.ts';
import type { LayerDemand, PopulationDemand } from './types.ts';

/**
 * The better of two packings: every layer split evenly over cores of its own, or first fit, which lets layers
 * share cores. Even cores are preferred where they are no more, since a time-step is as long as its busiest core.
 * @param demands of which every neuron fits on an empty core
 * @returns blocks by core
 */
export function packNeurons(
  demands: readonly LayerDemand[],
  rules: CoreRules,
): readonly (readonly NeuronBlock[])[] {
  const shared = packFirstFit(demands, rules);
  const even = demands.map((_, layer) => packEvenly(layer, demands, rules, shared.length));
  if (even.includes(null)) return shared;
  const own = even.flatMap((cores) => cores ?? []);
  return own.length <= shared.length ? own : shared;
}

/** The least number of equal blocks of a layer that fit a core each; null where that is above `limit`. */
function packEvenly(
  layer: number,
  demands: readonly LayerDemand[],
  rules: CoreRules,
  limit: number,
): NeuronBlock[][] | null {
  const { populations } = demands[layer]!;
  const neurons = populations.map((population) => population.neurons);
  const total = thresholdsIn({ layer, neurons }, demands[layer]!, rules);
  if (total === 0) return [];
  const least = Math.ceil(total / mostThresholds(demands[layer]!, total, rules));
  for (let cores = least; cores <= limit; cores++) {
    const blocks = evenSplit(populations, cores).map((shares) => ({ layer, neurons: shares }));
    if (blocks.every((block) => fits({ neurons: [block], generators: [] }, demands, rules))) {
      return blocks.map((block) => [block]);
    }
  }
  return null;
}

/**
 * Every population in equal parts. What does not divide goes one neuron a core, each population beginning where
 * the one before it ended, so that the cores differ by at most one neuron.
 * @returns [cores][populations]
 */
export function evenSplit(
  populations: readonly Pick<PopulationDemand, 'neurons'>[],
  cores: number,
): readonly (readonly number[])[] {
  const split = Array.from({ length: cores }, (): number[] => []);
  let first = 0;
  for (const { neurons } of populations) {
    const remainder = neurons % cores;
    split.forEach((shares, core) => {
      shares.push(Math.floor(neurons / cores) + ((core - first + cores) % cores < remainder ? 1 : 0));
    });
    first = (first + remainder) % cores;
  }
  return split;
}

/** Population after population, as many neurons as fit on the first core that takes any, then on the next. */
function packFirstFit(
  demands: readonly LayerDemand[],
  rules: CoreRules,
): readonly (readonly NeuronBlock[])[] {
  const cores: NeuronBlock[][] = [];
  demands.forEach(({ populations }, layer) => {
    populations.forEach((population, p) => {
      let left = population.neurons;
      for (let core = 0; left > 0; core++) {
        const before = cores[core] ?? [];
        const added = (n: number): CoreBlocks => ({
          neurons: withNeurons(before, layer, populations.length, p, n),
          generators: [],
        });
        const taken = mostOf(left, (n) => fits(added(n), demands, rules));
        if (taken === 0) {
          if (before.length === 0) throw new Error('a neuron that fits no core was to be packed');
          continue;
        }
        cores[core] = [...added(taken).neurons];
        left -= taken;
      }
    });
  });
  return cores;
}

function withNeurons(
  blocks: readonly NeuronBlock[],
  layer: number,
  populations: number,
  population: number,
  neurons: number,
): NeuronBlock[] {
  const present = blocks.find((block) => block.layer === layer);
  const shares = [...(present?.neurons ?? Array<number>(populations).fill(0))];
  shares[population]! += neurons;
  const block = { layer, neurons: shares };
  return present ? blocks.map((other) => (other === present ? block : other)) : [...blocks, block];
}
