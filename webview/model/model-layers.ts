/** The layers of a model as rows: which a search finds, what is exported. */
import {
  formatActivations,
  formatBecomes,
  formatShape,
  formatTensor,
} from '../../src/core/inspect/format.ts';
import type { Histogram, LayerSummary, TensorSummary } from '../../src/core/inspect/types.ts';
import type { Table } from './table.ts';

export interface LayerEntry {
  /** Place in the model, from 0. */
  readonly index: number;
  readonly layer: LayerSummary;
}

/** Layers in which every word of the search is found, in the model's order. */
export function findLayers(layers: readonly LayerSummary[], search: string): LayerEntry[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  return layers
    .map((layer, index) => ({ index, layer }))
    .filter(({ layer }) => {
      const text = searchText(layer);
      return words.every((word) => text.includes(word));
    });
}

function searchText(layer: LayerSummary): string {
  return [
    ...[layer.name, layer.kind, formatBecomes(layer), formatActivations(layer.activations)],
    ...[formatShape(layer.input), formatShape(layer.output)],
    ...layer.reasons,
    ...layer.tensors.map(({ name }) => formatTensor(name)),
  ]
    .join('\n')
    .toLowerCase();
}

/** The chosen layer; else the first with weights, else the first. */
export function pickEntry(entries: readonly LayerEntry[], name: string | null): LayerEntry | undefined {
  return (
    entries.find(({ layer }) => layer.name === name) ??
    entries.find(({ layer }) => layer.tensors.length > 0) ??
    entries[0]
  );
}

export function modelTable(entries: readonly LayerEntry[]): Table {
  return {
    columns: ['layer', 'kind', 'input', 'output', 'parameters', 'activations', 'becomes', 'why'].map(
      (title) => ({
        title,
      }),
    ),
    rows: entries.map(({ layer }) => [
      layer.name,
      layer.kind,
      formatShape(layer.input),
      formatShape(layer.output),
      layer.parameters,
      formatActivations(layer.activations),
      formatBecomes(layer),
      layer.reasons.join(' '),
    ]),
  };
}

/** Null until it has been counted, and where its values cannot be read. */
export function histogramOf({ weights }: TensorSummary): Histogram | null {
  return weights === null || 'fault' in weights ? null : weights;
}
