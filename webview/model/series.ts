/** What the charts draw, and the same numbers as tables. */
import { formatError, formatPopulation, formatRate, outputPopulation } from '../../src/core/report/format.ts';
import { populationLook, type PopulationColour } from '../../src/core/report/looks.ts';
import type { LayerReport } from '../../src/core/report/types.ts';
import type { Table } from './table.ts';

/** Names of the editor's chart colours. */
export type Colour = PopulationColour | 'foreground';

export interface Series {
  readonly name: string;
  readonly label: string;
  readonly values: readonly (number | null)[];
  readonly colour: Colour;
  /** Lengths of dashes and gaps: lines are told apart without their colours. */
  readonly dash: readonly number[];
  readonly width: number;
  /** Stands in the legend in place of a line: an SVG path of 24 by 10. */
  readonly sign?: string;
}

function series(name: string, values: readonly number[]): Series {
  if (name === outputPopulation)
    return { name, label: formatPopulation(name), values, colour: 'foreground', dash: [], width: 2 };
  return { name, label: formatPopulation(name), values, ...populationLook(name), width: 1.25 };
}

/** Layers that were compared step by step. */
export function comparedLayers(layers: readonly LayerReport[]): LayerReport[] {
  return layers.filter((layer) => layer.populations.length > 0 || layer.output !== null);
}

export function spikingLayers(layers: readonly LayerReport[]): LayerReport[] {
  return layers.filter((layer) => layer.populations.length > 0);
}

/** The layer of that name, or the first where the report has none such. */
export function pickLayer(layers: readonly LayerReport[], name: string | null): LayerReport | undefined {
  return layers.find((layer) => layer.name === name) ?? layers[0];
}

export function errorSeries(layer: LayerReport): Series[] {
  const list = layer.populations.map(({ name, perStep }) => series(name, perStep.mse));
  return layer.output === null ? list : [...list, series(outputPopulation, layer.output.perStep.mse)];
}

export function rateSeries(layer: LayerReport): Series[] {
  return layer.populations.map(({ name, perStep }) => series(name, perStep.firingRate));
}

/** Sequence steps count from 1. */
export function stepNumbers(list: readonly Series[]): number[] {
  const steps = Math.max(0, ...list.map(({ values }) => values.length));
  return Array.from({ length: steps }, (_, step) => step + 1);
}

/** A logarithm has no place for 0: such a step is left out of the line and stands in the table. */
export function positive(values: readonly (number | null)[]): (number | null)[] {
  return values.map((value) => (value !== null && value > 0 ? value : null));
}

export function stepTable(list: readonly Series[], quantity: 'MSE' | 'firing rate'): Table {
  const format = quantity === 'MSE' ? formatError : formatRate;
  return {
    columns: [
      { title: 'sequence step' },
      ...list.map(({ label }) => ({ title: `${quantity}, ${label}`, format })),
    ],
    rows: stepNumbers(list).map((step) => [step, ...list.map(({ values }) => values[step - 1] ?? null)]),
  };
}

export interface Bar {
  readonly layer: string;
  readonly population: string;
  readonly value: number;
}

export function rateBars(layers: readonly LayerReport[]): Bar[] {
  return layers.flatMap((layer) =>
    layer.populations.map(({ name, firingRate }) => ({
      layer: layer.name,
      population: name,
      value: firingRate,
    })),
  );
}

export function rateBarTable(bars: readonly Bar[]): Table {
  return {
    columns: [
      { title: 'layer' },
      { title: 'population' },
      { title: 'firing rate (spikes per neuron and time-step)', format: formatRate },
    ],
    rows: bars.map(({ layer, population, value }) => [layer, formatPopulation(population), value]),
  };
}

const barColours: readonly Colour[] = ['blue', 'orange', 'green', 'purple', 'red', 'yellow'];

/** One series a layer, empty under the other layers' bars: a layer has one colour. */
export function barSeries(bars: readonly Bar[]): Series[] {
  return [...new Set(bars.map(({ layer }) => layer))].map((layer, index) => ({
    name: layer,
    label: layer,
    values: bars.map((bar) => (bar.layer === layer ? bar.value : null)),
    colour: barColours[index % barColours.length]!,
    dash: [],
    width: 1,
  }));
}
