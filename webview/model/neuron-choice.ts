/** What the view of single neurons is about, from what was selected: a stored selection may be of another model. */
import { outputPopulation } from '../../src/core/report/format.ts';
import type { LayerReport, Report } from '../../src/core/report/types.ts';
import { comparedLayers, pickLayer } from './series.ts';
import type { UiState } from './ui-state.ts';

export interface NeuronChoice {
  readonly layer: LayerReport;
  readonly population: string;
  readonly sample: number | null;
}

/** In the report's order. */
export function populationsOf({ populations, output }: LayerReport): string[] {
  return [...populations.map(({ name }) => name), ...(output === null ? [] : [outputPopulation])];
}

/** Null where no layer was compared. */
export function chooseNeurons(
  { layers, options }: Report,
  ui: Pick<UiState, 'layer' | 'population' | 'sample'>,
): NeuronChoice | null {
  const layer = pickLayer(comparedLayers(layers), ui.layer);
  if (layer === undefined) return null;
  const known = populationsOf(layer);
  const wanted = known.find((name) => name === ui.population);
  // The generator has inputs, and no neurons of the layer.
  const population = wanted ?? known.find((name) => name !== 'generator') ?? known[0];
  if (population === undefined) return null;
  const there = ui.sample !== null && ui.sample < options.samples;
  return { layer, population, sample: there ? ui.sample : null };
}

/** What a population is made of. */
export function unitOf(population: string): 'neurons' | 'inputs' {
  return population === 'generator' ? 'inputs' : 'neurons';
}

/** Whether its neurons have a membrane that can be watched. */
export function isWatchable(population: string): boolean {
  return population !== 'generator' && population !== outputPopulation;
}

/** Whether the run would be another today, because its specification or its files have changed. */
export function hasChanged(then: Report['options'], now: Report['options']): boolean {
  const compared = [
    'samples',
    'weightBits',
    'cellClip',
    'percentile',
    'thresholdScope',
    'neuronsPerGate',
    'rescaleWeights',
    'corrections',
  ] as const;
  return compared.some((name) => JSON.stringify(then[name]) !== JSON.stringify(now[name]));
}
