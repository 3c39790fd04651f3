/** What blocks take of a core: the accounting of docs/cores.md, every figure of it from the chip. */
import { resources, type Chip, type Resource } from '../chips/types.ts';
import type { LayerDemand, PopulationDemand, Usage } from './types.ts';

/** Neurons of one layer that are together on a core. */
export interface NeuronBlock {
  /** Index into the demands. */
  readonly layer: number;
  /** [populations] */
  readonly neurons: readonly number[];
}

/** Spike generators of one layer's inputs that are together on a core: neurons driven by a bias. */
export interface GeneratorBlock {
  readonly layer: number;
  /** Index of the first input, and how many. */
  readonly from: number;
  readonly inputs: number;
  /** Cores that each of their spikes goes to. */
  readonly destinations: number;
}

export interface CoreBlocks {
  readonly neurons: readonly NeuronBlock[];
  readonly generators: readonly GeneratorBlock[];
}

/** The figures of a chip that occupancy rests on, without their sources. */
export interface CoreRules {
  /** Null: not published, so not checked. */
  readonly limits: Readonly<Record<Resource, number | null>>;
  readonly thresholds: { readonly single: number; readonly dual: number };
  readonly reset: { readonly compartments: number; readonly synapses: number; readonly axons: number };
  readonly outAxonsPerThreshold: number;
  readonly axonsPerInput: number;
  readonly axonWords: number | null;
  readonly wordBits: number;
  readonly entryHeadBits: number;
  /** What the numbers rest on, then what other sources say: blocks must fit by all of them. */
  readonly entrySynapses: readonly number[];
  readonly weightBits: number;
}

interface RuleOptions {
  readonly weightBits: number;
  /** Fraction of every limit that may be used. */
  readonly fill: number;
  /** `subtract` is what the codings need; `zero` is the plain block of nengo-loihi. */
  readonly reset?: keyof Chip['neuron']['reset'];
}

export function coreRules(chip: Chip, { weightBits, fill, reset = 'subtract' }: RuleOptions): CoreRules {
  const { neuron, synapses } = chip;
  const cost = neuron.reset[reset];
  return {
    limits: eachResource((resource) => {
      const { value } = chip.core[resource];
      return value === null ? null : Math.floor(value * fill);
    }),
    thresholds: { single: neuron.thresholds.single.value, dual: neuron.thresholds.dual.value },
    reset: {
      compartments: cost.compartments.value,
      synapses: cost.synapses.value,
      axons: cost.axons.value,
    },
    outAxonsPerThreshold: neuron.outAxonsPerThreshold.value,
    axonsPerInput: synapses.axonsPerInput.value,
    axonWords: synapses.axonWords.value,
    wordBits: synapses.wordBits.value,
    entryHeadBits: synapses.entryHeadBits.value,
    entrySynapses: [
      synapses.entrySynapses.value,
      ...synapses.entrySynapses.otherwise.map(({ value }) => value),
    ],
    weightBits,
  };
}

export function eachResource<T>(value: (resource: Resource) => T): Record<Resource, T> {
  return Object.fromEntries(resources.map((resource) => [resource, value(resource)])) as Record<Resource, T>;
}

/**
 * Bits of synapse memory that one in-axon takes on a core (nengo-loihi e564f66, block.py:527-549): entries of
 * at most so many synapses, each with a head, rounded up to whole words. Dense: no index bits.
 * @param targets compartments of the core that the axon reaches
 */
export function axonBits(targets: number, rules: CoreRules, entrySynapses = rules.entrySynapses[0]!): number {
  const { weightBits, entryHeadBits, wordBits } = rules;
  const entry = (synapses: number): number =>
    Math.ceil((synapses * weightBits + entryHeadBits) / wordBits) * wordBits;
  const rest = targets % entrySynapses;
  return Math.floor(targets / entrySynapses) * entry(entrySynapses) + (rest > 0 ? entry(rest) : 0);
}

/** Firing compartments of a neuron: one for each threshold. */
export function thresholdsOf({ dual }: Pick<PopulationDemand, 'dual'>, rules: CoreRules): number {
  return dual ? rules.thresholds.dual : rules.thresholds.single;
}

/** Firing compartments of a block, which are also the targets of its layer's in-axons on the core. */
export function thresholdsIn(block: NeuronBlock, layer: LayerDemand, rules: CoreRules): number {
  return layer.populations.reduce((sum, p, i) => sum + block.neurons[i]! * thresholdsOf(p, rules), 0);
}

/** Everything that a core's blocks take of it. */
export function occupancy(core: CoreBlocks, demands: readonly LayerDemand[], rules: CoreRules): Usage {
  const { reset, axonsPerInput } = rules;
  const usage = { compartments: 0, inAxons: 0, outAxons: 0, synapseBits: 0 };
  const thresholdKeys = new Set<string>();
  for (const block of core.neurons) {
    const layer = demands[block.layer]!;
    const thresholds = thresholdsIn(block, layer, rules);
    usage.compartments += thresholds * reset.compartments;
    usage.inAxons += layer.inputs * axonsPerInput + thresholds * reset.axons;
    usage.outAxons += thresholds * (rules.outAxonsPerThreshold + reset.axons);
    layer.populations.forEach((population, p) => {
      if (block.neurons[p]! > 0) for (const key of population.thresholdKeys) thresholdKeys.add(key);
    });
  }
  for (const { inputs, destinations } of core.generators) {
    const thresholds = inputs * rules.thresholds.dual;
    usage.compartments += thresholds * reset.compartments;
    usage.inAxons += thresholds * reset.axons;
    usage.outAxons += inputs * axonsPerInput * destinations + thresholds * reset.axons;
    thresholdKeys.add('generator');
  }
  usage.synapseBits = synapseBits(core, demands, rules, rules.entrySynapses[0]!);
  return { ...usage, ...configurations(core, demands, thresholdKeys.size, rules) };
}

function synapseBits(
  core: CoreBlocks,
  demands: readonly LayerDemand[],
  rules: CoreRules,
  entrySynapses: number,
): number {
  const resetBits = axonBits(rules.reset.synapses, rules, entrySynapses);
  const ofNeurons = core.neurons.reduce((sum, block) => {
    const layer = demands[block.layer]!;
    const thresholds = thresholdsIn(block, layer, rules);
    const axons = layer.inputs * rules.axonsPerInput;
    return sum + axons * axonBits(thresholds, rules, entrySynapses) + thresholds * resetBits;
  }, 0);
  const generators = core.generators.reduce((sum, { inputs }) => sum + inputs, 0);
  return ofNeurons + generators * rules.thresholds.dual * resetBits;
}

/**
 * Registers that many compartments or synapses share. A compartment's: one for each role (with soft reset, the one
 * that receives and the one that fires). A synapse's: one for each layer's weights, one for the resets'.
 */
function configurations(
  core: CoreBlocks,
  demands: readonly LayerDemand[],
  thresholds: number,
  { reset }: CoreRules,
) {
  const used = core.neurons.length + core.generators.length > 0;
  return {
    compartmentConfigurations: used ? reset.compartments : 0,
    thresholdConfigurations: thresholds,
    synapseConfigurations:
      new Set(core.neurons.map(({ layer }) => demands[layer]!.layer)).size +
      (used && reset.synapses > 0 ? 1 : 0),
  };
}

/** The resources of which the blocks need more than there is, by any source's size of a synapse entry. */
export function exceeded(
  core: CoreBlocks,
  demands: readonly LayerDemand[],
  rules: CoreRules,
): readonly Resource[] {
  const usage = occupancy(core, demands, rules);
  const { limits, entrySynapses } = rules;
  const bits = Math.max(
    usage.synapseBits,
    ...entrySynapses.slice(1).map((entry) => synapseBits(core, demands, rules, entry)),
  );
  const words = Math.max(
    0,
    ...core.neurons.map(
      (block) => axonBits(thresholdsIn(block, demands[block.layer]!, rules), rules) / rules.wordBits,
    ),
  );
  return resources.filter((resource) => {
    if (resource === 'synapseBits' && rules.axonWords !== null && words > rules.axonWords) return true;
    const limit = limits[resource];
    return limit !== null && (resource === 'synapseBits' ? bits : usage[resource]) > limit;
  });
}

export function fits(core: CoreBlocks, demands: readonly LayerDemand[], rules: CoreRules): boolean {
  return exceeded(core, demands, rules).length === 0;
}
