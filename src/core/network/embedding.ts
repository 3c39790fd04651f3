/** Networks that start from ids: whole numbers, for each of which an embedding has a vector. */
import { readsOf } from './graph.ts';
import type { EmbeddingLayer, Layer, Network, Tensor } from './types.ts';

/**
 * The embedding that reads a network's samples; null where they are values.
 * @param input of several
 */
export function embeddingOf(layers: readonly Layer[], input?: number): EmbeddingLayer | null {
  const reads = readsOf(layers);
  const isInput = (index: number): boolean => {
    const layer = layers[index];
    return !layer || (layer.kind === 'InputLayer' && layer.input === input);
  };
  const own = layers.find((layer, index) => layer.kind === 'Embedding' && isInput(reads[index]![0]!));
  return own?.kind === 'Embedding' ? own : null;
}

/** Of the vectors of a table, without those of zeros, which stand for padding; null where there are no others. */
export interface VectorLengths {
  readonly least: number;
  readonly greatest: number;
  /** Largest absolute value of any vector. */
  readonly largest: number;
}

/** @param table [vocabulary, dimension] */
export function vectorLengths(table: Tensor): VectorLengths | null {
  let [least, greatest, largest] = [Infinity, 0, 0];
  forEachVector(table, (start, end, length) => {
    if (length === 0) return;
    least = Math.min(least, length);
    greatest = Math.max(greatest, length);
    for (let k = start; k < end; k++) largest = Math.max(largest, Math.abs(table.values[k]!));
  });
  return greatest === 0 ? null : { least, greatest, largest };
}

/**
 * Divides every vector of the network's embeddings by its length (paper, III.B: inputs of unit length). Vectors of
 * zeros stay.
 * @param allocate makes the memory of a new table
 */
export function withUnitVectors(
  network: Network,
  allocate: (length: number) => Float32Array = (length) => new Float32Array(length),
): Network {
  const layers = network.layers.map((layer): Layer => {
    if (layer.kind !== 'Embedding') return layer;
    const { shape, values } = layer.table;
    const scaled = allocate(values.length);
    forEachVector(layer.table, (start, end, length) => {
      for (let k = start; k < end; k++) scaled[k] = length === 0 ? 0 : values[k]! / length;
    });
    return { ...layer, table: { shape, values: scaled } };
  });
  return { ...network, layers };
}

function forEachVector(
  { shape, values }: Tensor,
  see: (start: number, end: number, length: number) => void,
): void {
  const dimension = shape[1]!;
  for (let start = 0; start < values.length; start += dimension) {
    let squares = 0;
    for (let k = start; k < start + dimension; k++) squares += values[k]! ** 2;
    see(start, start + dimension, Math.sqrt(squares));
  }
}
