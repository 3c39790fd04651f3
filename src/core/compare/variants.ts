/** Several networks against one trained network, which runs only once a sample. */
import {
  addDifferences,
  emptyDifferences,
  mergeDifferences,
  type LayerDifferences,
} from '../calibrate/differences.ts';
import type { HybridLayer } from '../convert/types.ts';
import { runChain, type ChainLink } from '../simulate/chain.ts';
import type { CellTrace, LayerRun, Trace } from '../simulate/types.ts';
import { addChunk, addLayer, emptySums, type LayerSums } from './sums.ts';

export interface Variant {
  readonly layers: readonly HybridLayer[];
  readonly links: readonly ChainLink[];
  /**
   * Index of an earlier variant, for teacher forcing: every sequence step starts from the states which that one has
   * there, so that an error does not reach the next step.
   */
  readonly forcedBy?: number | undefined;
  /** Whether mean differences of single values are wanted. */
  readonly differences?: boolean | undefined;
}

/** What the samples of a chunk add up to in one variant. */
export interface VariantSums {
  /** [samples, width] final outputs. */
  readonly outputs: Float32Array;
  readonly layers: readonly LayerSums[];
  /** By layer, null for those that do not spike; empty where they were not wanted. */
  readonly differences: readonly (LayerDifferences | null)[];
}

export interface VariantChunk {
  /** Position of the first sample. */
  readonly first: number;
  readonly samples: number;
  /** [samples, width] final outputs of the trained network. */
  readonly trained: Float32Array;
  /** In the order of the variants. */
  readonly variants: readonly VariantSums[];
}

/** Runs samples `first` to `first + samples - 1` through the trained network and every variant. */
export function compareVariants(
  trained: readonly ChainLink[],
  variants: readonly Variant[],
  first: number,
  samples: number,
  sample: (n: number) => Trace,
): VariantChunk {
  const sums: LayerSums[][] = variants.map(() => []);
  const differences = variants.map(({ layers, differences }) =>
    differences ? layers.map(emptyDifferences) : [],
  );
  const rows: Float32Array[][] = variants.map(() => []);
  const trainedRows: Float32Array[] = [];
  for (let n = 0; n < samples; n++) {
    const input = sample(first + n);
    const exact = runChain(trained, input);
    trainedRows.push(finalOutput(exact, input));
    const states: (readonly (CellTrace | null)[])[] = [];
    variants.forEach(({ layers, links, forcedBy }, index) => {
      const run = runChain(links, input, forcedBy === undefined ? undefined : states[forcedBy]);
      states.push(run.map(({ cell }) => cell));
      layers.forEach((layer, l) => {
        const into = (sums[index]![l] ??= emptySums(layer, exact[l]!));
        addLayer(into, layer, exact[l]!, run[l]!);
        const means = differences[index]![l];
        if (means) addDifferences(means, layer, exact[l]!, run[l]!);
      });
      rows[index]!.push(finalOutput(run, input));
    });
  }
  return {
    first,
    samples,
    trained: joined(trainedRows),
    variants: variants.map((_, index) => ({
      outputs: joined(rows[index]!),
      layers: sums[index]!,
      differences: differences[index]!,
    })),
  };
}

function finalOutput(runs: readonly LayerRun[], input: Trace): Float32Array {
  return runs.at(-1)?.output.values ?? input.values;
}

/** Adds up chunks, in the order of their samples whatever the order they come in; changes the first one's sums. */
export function joinChunks(chunks: readonly VariantChunk[]): Omit<VariantChunk, 'first'> {
  const inOrder = [...chunks].sort((a, b) => a.first - b.first) as [VariantChunk, ...VariantChunk[]];
  const [head, ...rest] = inOrder;
  return {
    samples: inOrder.reduce((sum, { samples }) => sum + samples, 0),
    trained: joined(inOrder.map(({ trained }) => trained)),
    variants: head.variants.map(({ layers, differences }, index) => {
      for (const { variants } of rest) {
        addChunk(layers, variants[index]!.layers);
        differences.forEach((means, l) => {
          if (means) mergeDifferences(means, variants[index]!.differences[l]!);
        });
      }
      return {
        layers,
        differences,
        outputs: joined(inOrder.map(({ variants }) => variants[index]!.outputs)),
      };
    }),
  };
}

/**
 * Adds up chunks as they come, as {@link joinChunks} would all of them: each is added, and let go, once those before
 * it are there, so that memory does not grow with the number of chunks.
 * @param first sample of the first chunk
 */
export function createJoiner(first = 0): {
  readonly add: (chunk: VariantChunk) => void;
  readonly joined: () => Omit<VariantChunk, 'first'>;
} {
  const waiting = new Map<number, VariantChunk>();
  let whole: VariantChunk | null = null;
  let next = first;
  const outputs: { readonly trained: Float32Array; readonly variants: readonly Float32Array[] }[] = [];
  const take = (chunk: VariantChunk): void => {
    outputs.push({ trained: chunk.trained, variants: chunk.variants.map(({ outputs }) => outputs) });
    next = chunk.first + chunk.samples;
    const emptied = withoutOutputs(chunk);
    whole = whole ? { ...joinChunks([whole, emptied]), first } : emptied;
  };
  return {
    add: (chunk) => {
      waiting.set(chunk.first, chunk);
      for (let own = waiting.get(next); own; own = waiting.get(next)) {
        waiting.delete(next);
        take(own);
      }
    },
    joined: () => {
      if (!whole || waiting.size > 0) throw new Error('chunks are missing');
      return {
        samples: whole.samples,
        trained: joined(outputs.map(({ trained }) => trained)),
        variants: whole.variants.map((sums, index) => ({
          ...sums,
          outputs: joined(outputs.map(({ variants }) => variants[index]!)),
        })),
      };
    },
  };
}

const none = new Float32Array(0);

function withoutOutputs(chunk: VariantChunk): VariantChunk {
  return { ...chunk, trained: none, variants: chunk.variants.map((sums) => ({ ...sums, outputs: none })) };
}

/** Arrays of any lengths, one after the other. */
function joined(parts: readonly Float32Array[]): Float32Array {
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
