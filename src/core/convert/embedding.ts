/** What the specification says of an embedding (`embedding`), and what it cannot say of one (`input`). */
import { InputFault, type Finding } from '../findings/types.ts';
import { embeddingOf, vectorLengths, withUnitVectors } from '../network/embedding.ts';
import type { EmbeddingLayer, Network } from '../network/types.ts';
import type { ConversionOptions, Specification } from './types.ts';

/**
 * @param file the specification, for faults
 * @param allocate makes the memory of a new table
 * @throws InputFault `specification-invalid` where a key is for another kind of inputs
 */
export function prepareEmbedding(
  network: Network,
  { embedding, input }: Pick<Specification, 'embedding' | 'input'>,
  file: string,
  allocate?: (length: number) => Float32Array,
): Network {
  const fault = (key: string, words: string) =>
    new InputFault('specification-invalid', file, words, { file: 'specification', path: [key] }, [
      { title: `Remove ${key}`, edits: [{ path: [key], value: undefined }] },
    ]);
  const layer = embeddingOf(network.layers);
  if (embedding && !network.layers.some(({ kind }) => kind === 'Embedding')) {
    throw fault('embedding', 'embedding is for models that start with an embedding, which this one does not');
  }
  if (layer && input && (input.mean !== 0 || input.scale !== 1)) {
    throw fault(
      'input',
      `input normalises values, but the inputs of this model are ids, which layer "${layer.name}" looks up: leave its mean and scale out`,
    );
  }
  return embedding ? withUnitVectors(network, allocate) : network;
}

/** Why an embedding stays analog. */
export function whereLookedUp({ embedding }: ConversionOptions): string {
  const divided = embedding ? '; every vector is divided by its length, as "embedding" says' : '';
  return `it looks up a vector for each id in a table, which the host does${divided}`;
}

/** A vector may be this much longer or shorter than 1: float16 holds no more. */
const unitSlack = 2e-3;

/** Says of vectors that are not of length 1 how long they are, and what would make them so. */
export function describeVectors(layer: EmbeddingLayer, { embedding }: ConversionOptions): Finding[] {
  const lengths = vectorLengths(layer.table);
  // A look at a model does not know the values.
  if (embedding || !lengths) return [];
  const [least, greatest, largest] = [lengths.least, lengths.greatest, lengths.largest].map((value) =>
    value.toPrecision(3),
  );
  if (lengths.least >= 1 - unitSlack && lengths.greatest <= 1 + unitSlack) return [];
  return [
    {
      code: 'embedding-not-normalised',
      severity: 'info',
      layer: layer.name,
      message: `The vectors of layer "${layer.name}" are ${least!} to ${greatest!} long, their values up to ${largest!}: a spike in every time-step stands for ${largest!}, so values far below get few spikes. The paper trains with vectors of length 1.`,
      place: { file: 'model', path: layer.path },
      fixes: [
        {
          title: 'Divide every vector by its length (only right if the model was trained so)',
          edits: [{ path: ['embedding'], value: { normalise: 'unit' } }],
        },
      ],
    },
  ];
}
