/** Between the mapper and the rest: what the hybrid network asks of a chip, and what it cannot have. */
import { resources, type Resource } from '../chips/types.ts';
import { blocksOf } from '../convert/blocks.ts';
import type { HybridLayer, PopulationSpec, SpikingLayer } from '../convert/types.ts';
import type { ClippedLinear } from '../network/types.ts';
import type { Finding, Fix } from '../findings/types.ts';
import { thresholdAndBias } from '../simulate/float-arithmetic.ts';
import { onePlace, placesOfLayer } from '../simulate/synapses.ts';
import type { ChipUsage, CoreUsage, LayerDemand, Remedy } from './types.ts';
import { resourceWords } from './words.ts';

/** The spiking layers as the mapper wants them. A GRU is two of them, whose windows follow each other. */
export function layerDemands(layers: readonly HybridLayer[]): LayerDemand[] {
  return layers.flatMap((hybrid) => (hybrid.runsAs === 'spiking' ? demandsOf(hybrid) : []));
}

function demandsOf(spiking: SpikingLayer): LayerDemand[] {
  const { layer } = spiking;
  const copies = placesOfLayer(spiking);
  return blocksOf(onePlace(spiking)).map(({ name: block, inputs, populations }) => ({
    ...(copies > 1 && { copies }),
    layer: layer.name,
    inputs,
    populations: populations.map((population) => {
      const { name, neurons, dual } = population;
      const thresholdKeys = distinctPieces(population).map((piece) => {
        const { threshold } = thresholdAndBias(piece, dual);
        // The weights of an LSTM have one scale on every layer; those of any other block their own.
        return layer.kind === 'LSTM'
          ? String(threshold)
          : [layer.name, ...(block ? [block] : []), threshold].join(' ');
      });
      return { population: name, neurons, dual, thresholdKeys };
    }),
  }));
}

/** One of each threshold: of all pieces, or of one piece with a threshold for each channel. */
function distinctPieces({ pieces, highs }: PopulationSpec): readonly ClippedLinear[] {
  return highs ? [...new Set(highs)].map((high) => ({ ...pieces[0]!, high })) : pieces;
}

/** Above this part of a limit, a little more would not fit. */
const nearlyFull = 0.9;

/**
 * What does not fit or nearly does not, as findings. The run itself goes on: only the chip is too small.
 * @param fitsAt whether everything would fit, were cores filled to this part only
 */
export function mapFindings(chip: ChipUsage, fitsAt: (fill: number) => boolean): Finding[] {
  return [...problemFindings(chip), ...nearlyFullFindings(chip, fitsAt), ...unknownLimits(chip)];
}

const place = { file: 'specification', path: ['chip'] } as const;

function problemFindings({ problems }: ChipUsage): Finding[] {
  return problems.map(({ kind, layer, message, remedies }) => ({
    code: kind === 'chip-full' ? 'chip-full' : 'core-limit-exceeded',
    severity: 'warning',
    layer,
    message,
    place,
    fixes: remedies.flatMap(fixOf),
  }));
}

function fixOf(remedy: Remedy): Fix[] {
  switch (remedy.kind) {
    case 'chips':
      return [
        { title: `Use ${remedy.chips} chips`, edits: [{ path: ['mapping', 'chips'], value: remedy.chips }] },
      ];
    case 'weight-bits':
      return [
        {
          title: `Give the weights ${remedy.weightBits} ${remedy.weightBits === 1 ? 'bit' : 'bits'}`,
          edits: [{ path: ['weightBits'], value: remedy.weightBits }],
        },
      ];
    case 'fill':
      return [{ title: 'Use all of each core', edits: [{ path: ['mapping', 'fill'], value: remedy.fill }] }];
    case 'split':
      return []; // Only a new model can.
  }
}

/** Not offered where it would not fit: a layer's in-axons are the same on every core, however empty. */
const emptierCores: Fix = {
  title: 'Fill cores to 90 % only',
  edits: [{ path: ['mapping', 'fill'], value: nearlyFull }],
};

/** One finding a layer and resource, however many cores: that cores are filled is what a mapper is for. */
function nearlyFullFindings(chip: ChipUsage, fitsAt: (fill: number) => boolean): Finding[] {
  const findings: Finding[] = [];
  const available = chip.chipsAllowed * chip.coresPerChip;
  const used = chip.coresUsed / available;
  if (used > nearlyFull && used <= 1) {
    findings.push({
      code: 'chip-nearly-full',
      severity: 'info',
      layer: null,
      message: `The spiking layers use ${chip.coresUsed} of ${available} cores (${(100 * used).toFixed(1)} %); a little more would not fit.`,
      place,
      fixes: fixOf({ kind: 'chips', chips: chip.chipsAllowed + 1 }),
    });
  }
  const full = chip.cores.some(({ utilisation }) =>
    resources.some((r) => (utilisation[r] ?? 0) > nearlyFull),
  );
  const fixes = full && chip.problems.length === 0 && fitsAt(nearlyFull) ? [emptierCores] : [];
  const layers = new Set(chip.cores.flatMap(({ populations }) => populations.map(({ layer }) => layer)));
  for (const layer of layers) {
    const cores = chip.cores.filter(({ populations }) => populations.some((p) => p.layer === layer));
    for (const resource of resources) {
      const finding = nearlyFullFinding(layer, resource, cores, chip);
      if (finding) findings.push({ ...finding, fixes });
    }
  }
  return findings;
}

function nearlyFullFinding(
  layer: string,
  resource: Resource,
  cores: readonly CoreUsage[],
  chip: ChipUsage,
): Omit<Finding, 'fixes'> | null {
  const part = (core: CoreUsage): number => core.utilisation[resource] ?? 0;
  const full = cores.filter((core) => part(core) > nearlyFull);
  if (full.length === 0) return null;
  const fullest = full.reduce((a, b) => (part(b) > part(a) ? b : a));
  const where = chip.chipsUsed > 1 ? `core ${fullest.core} of chip ${fullest.chip}` : `core ${fullest.core}`;
  return {
    code: 'core-nearly-full',
    severity: 'info',
    layer,
    core: { chip: fullest.chip, core: fullest.core },
    message: `${full.length} of ${cores.length} ${cores.length === 1 ? 'core' : 'cores'} of layer ${layer} ${full.length === 1 ? 'is' : 'are'} over 90 % full: ${where} uses ${fullest[resource]} of ${chip.limits[resource] ?? 0} ${resourceWords[resource]} (${(100 * part(fullest)).toFixed(1)} %).`,
    place,
  };
}

function unknownLimits({ limits, name }: ChipUsage): Finding[] {
  const unknown = resources.filter((resource) => limits[resource] === null);
  if (unknown.length === 0) return [];
  return [
    {
      code: 'chip-limit-unknown',
      severity: 'info',
      layer: null,
      message: `No limit of ${name} is known for ${unknown.map((resource) => resourceWords[resource]).join(', ')}: the map does not check them.`,
      place,
      fixes: [],
    },
  ];
}
