/** What a chip has no room for, and the nearest change that would make room. */
import type { Chip, Resource } from '../chips/types.ts';
import { resourceWords } from './words.ts';
import {
  coreRules,
  exceeded,
  occupancy,
  thresholdsOf,
  type CoreBlocks,
  type CoreRules,
} from './occupancy.ts';
import { mostOf } from './capacity.ts';
import type { LayerDemand, MapOptions, MapProblem, Remedy } from './types.ts';

/** A neuron cannot be divided: what its widest neuron alone needs of a core, no split over cores can lower. */
export function coreLimitProblems(layer: LayerDemand, chip: Chip, options: MapOptions): MapProblem[] {
  const rules = coreRules(chip, options);
  const alone = widestNeuron(layer, rules);
  if (!alone) return [];
  const usage = occupancy(alone, [layer], rules);
  return exceeded(alone, [layer], rules).map((resource) => {
    const remedies = coreRemedies(resource, layer, chip, options);
    return {
      kind: 'core-limit',
      layer: layer.layer,
      resource,
      message:
        `A single neuron of layer ${layer.layer}, with ${layer.inputs} inputs, needs ${usage[resource]} ` +
        `${resourceWords[resource]}; a ${chip.name} core has ${limitWords(resource, chip, options)}.` +
        remedyWords(remedies, layer),
      remedies,
    };
  });
}

function limitWords(resource: Resource, chip: Chip, { fill }: MapOptions): string {
  const { value } = chip.core[resource];
  return fill < 1 ? `${value ?? 0}, of which ${percent(fill)} % may be used` : String(value ?? 0);
}

/** 0.29 is 29, not 28.999999999999996. */
function percent(fraction: number): number {
  return Number((100 * fraction).toPrecision(6));
}

/** The neuron with the most thresholds, alone on a core; null where the layer has no neurons. */
function widestNeuron({ populations }: LayerDemand, rules: CoreRules): CoreBlocks | null {
  const present = populations.filter(({ neurons }) => neurons > 0);
  const most = Math.max(...present.map((population) => thresholdsOf(population, rules)));
  const widest = populations.findIndex((p) => p.neurons > 0 && thresholdsOf(p, rules) === most);
  if (widest < 0) return null;
  return {
    neurons: [{ layer: 0, neurons: populations.map((_, p) => (p === widest ? 1 : 0)) }],
    generators: [],
  };
}

function fitsAlone(layer: LayerDemand, rules: CoreRules): boolean {
  const alone = widestNeuron(layer, rules);
  return alone === null || exceeded(alone, [layer], rules).length === 0;
}

function coreRemedies(resource: Resource, layer: LayerDemand, chip: Chip, options: MapOptions): Remedy[] {
  if (options.fill < 1 && fitsAlone(layer, coreRules(chip, { ...options, fill: 1 }))) {
    return [{ kind: 'fill', fill: 1 }];
  }
  if (resource === 'synapseBits') {
    const weightBits = fewerBits(chip, options).find((bits) =>
      fitsAlone(layer, coreRules(chip, { ...options, weightBits: bits })),
    );
    if (weightBits !== undefined) return [{ kind: 'weight-bits', weightBits }];
  }
  const rules = coreRules(chip, options);
  const inputs = mostOf(layer.inputs, (n) => fitsAlone({ ...layer, inputs: n }, rules));
  return inputs === 0 ? [] : [{ kind: 'split', parts: Math.ceil(layer.inputs / inputs), inputs }];
}

/** Widths that the chip has below the present one, the widest first. One bit is the sign alone. */
function fewerBits(chip: Chip, { weightBits }: MapOptions): number[] {
  return chip.synapses.weightBits.value.filter((bits) => bits > 1 && bits < weightBits).reverse();
}

/** The generators were asked for on cores; their spikes go to more cores than one core has out-axons for. */
export function generatorProblem({ layer }: LayerDemand, chip: Chip): MapProblem {
  return {
    kind: 'core-limit',
    layer,
    resource: 'outAxons',
    message: `The spike generators do not fit the cores of ${chip.name}; they stay on the embedded processors.`,
    remedies: [],
  };
}

interface Need {
  readonly chips: number;
  readonly cores: number;
  /** The first that is on a chip too many. */
  readonly firstWithoutRoom: string;
}

/**
 * @param chipsAt how many chips the layers need with other options
 */
export function chipFullProblem(
  need: Need,
  coresPerChip: number,
  chip: Chip,
  options: MapOptions,
  chipsAt: (change: Partial<MapOptions>) => number,
): MapProblem {
  const weightBits = fewerBits(chip, options).find((bits) => chipsAt({ weightBits: bits }) <= options.chips);
  const emptier = options.fill < 1 && chipsAt({ fill: 1 }) <= options.chips;
  const remedies: Remedy[] = [
    ...(emptier ? [{ kind: 'fill', fill: 1 } as const] : []),
    { kind: 'chips', chips: need.chips },
    ...(weightBits === undefined ? [] : [{ kind: 'weight-bits', weightBits } as const]),
  ];
  const allowed =
    options.chips === 1
      ? `${chip.name} has ${coresPerChip}`
      : `${options.chips} chips of ${chip.name} have ${options.chips * coresPerChip}`;
  return {
    kind: 'chip-full',
    layer: need.firstWithoutRoom,
    resource: null,
    message:
      `The spiking layers need ${need.cores} cores, ${allowed}; layer ${need.firstWithoutRoom} is the first ` +
      `for which there is no room.${remedyWords(remedies)}`,
    remedies,
  };
}

function remedyWords(remedies: readonly Remedy[], layer?: LayerDemand): string {
  const words = remedies.map((remedy) => {
    switch (remedy.kind) {
      case 'chips':
        return `on ${remedy.chips} chips`;
      case 'weight-bits':
        return `with weights of ${remedy.weightBits} ${remedy.weightBits === 1 ? 'bit' : 'bits'}`;
      case 'fill':
        return `with all of a core in use (mapping.fill ${remedy.fill})`;
      case 'split':
        return `with at most ${remedy.inputs} ${remedy.inputs === 1 ? 'input' : 'inputs'}, so in a model that splits the ${layer?.inputs ?? 0} over ${remedy.parts} layers`;
    }
  });
  return words.length === 0 ? '' : ` It would fit ${words.join(', or ')}.`;
}
