/** The table of layers and gates: its rows, their order, their export. */
import { formatPopulation, formatRunsAs, outputPopulation } from '../../src/core/report/format.ts';
import type { LayerReport } from '../../src/core/report/types.ts';
import type { Table } from './table.ts';

/** A population, a layer's output, or a layer that has neither. */
export interface LayerRow {
  readonly key: string;
  readonly layer: string;
  readonly kind: string;
  readonly population: string | null;
  readonly runsAs: LayerReport['runsAs'];
  readonly neurons: number | null;
  readonly firingRate: number | null;
  readonly spikes: number | null;
  readonly mse: number | null;
  readonly maxError: number | null;
}

export const layerColumns = [
  'layer',
  'population',
  'runsAs',
  'neurons',
  'firingRate',
  'spikes',
  'mse',
  'maxError',
] as const;
export type LayerColumn = (typeof layerColumns)[number];

export const layerColumnTitles: Readonly<Record<LayerColumn, string>> = {
  layer: 'Layer',
  population: 'Population',
  runsAs: 'Runs as',
  neurons: 'Neurons',
  firingRate: 'Firing rate',
  spikes: 'Spikes/sample',
  mse: 'MSE',
  maxError: 'Max error',
};

export interface Sort {
  readonly column: LayerColumn;
  readonly direction: 'ascending' | 'descending';
}

/** In the model's order: every layer's populations, then its output. */
export function layerRows(layers: readonly LayerReport[]): LayerRow[] {
  return layers.flatMap((layer) => {
    const empty = {
      layer: layer.name,
      kind: layer.kind,
      runsAs: layer.runsAs,
      neurons: null,
      firingRate: null,
      spikes: null,
      mse: null,
      maxError: null,
    };
    const rows: LayerRow[] = layer.populations.map((population) => ({
      ...empty,
      key: `${layer.name}/${population.name}`,
      population: population.name,
      neurons: population.neurons,
      firingRate: population.firingRate,
      spikes: population.spikesPerSample,
      mse: population.mse,
      maxError: population.maxError,
    }));
    if (layer.output !== null) {
      const { mse, maxError } = layer.output;
      rows.push({
        ...empty,
        key: `${layer.name}//output`,
        population: outputPopulation,
        // A spiking layer's output is computed from its populations' decoded rates.
        runsAs: layer.runsAs === 'spiking' ? 'analog' : layer.runsAs,
        mse,
        maxError,
      });
    }
    return rows.length > 0 ? rows : [{ ...empty, key: layer.name, population: null }];
  });
}

/** A new array; rows without a value come last, whichever way it is sorted. */
export function sortRows(rows: readonly LayerRow[], sort: Sort | null): LayerRow[] {
  if (sort === null) return [...rows];
  const { column } = sort;
  const sign = sort.direction === 'ascending' ? 1 : -1;
  return rows.toSorted((a, b) => {
    const x = a[column];
    const y = b[column];
    if (x === null || y === null) return Number(x === null) - Number(y === null);
    if (typeof x === 'number' && typeof y === 'number') return sign * (x - y);
    return sign * String(x).localeCompare(String(y), 'en', { numeric: true });
  });
}

/** Ascending, descending, then the model's order again. */
export function nextSort(sort: Sort | null, column: LayerColumn): Sort | null {
  if (sort?.column !== column) return { column, direction: 'ascending' };
  return sort.direction === 'ascending' ? { column, direction: 'descending' } : null;
}

export function layerTable(rows: readonly LayerRow[]): Table {
  return {
    columns: [
      { title: 'layer' },
      { title: 'kind' },
      { title: 'population' },
      { title: 'runs as' },
      { title: 'neurons' },
      { title: 'firing rate (spikes per neuron and time-step)' },
      { title: 'spikes per sample' },
      { title: 'MSE' },
      { title: 'max error' },
    ],
    rows: rows.map((row) => [
      row.layer,
      row.kind,
      row.population === null ? null : formatPopulation(row.population),
      formatRunsAs(row.runsAs),
      row.neurons,
      row.firingRate,
      row.spikes,
      row.mse,
      row.maxError,
    ]),
  };
}
