/** Several networks against one trained network, which runs only once a sample. */
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
}

/** What the samples of a chunk add up to in one variant. */
export interface VariantSums {
  /** [samples, width] final outputs. */
  readonly outputs: Float32Array;
  readonly layers: readonly LayerSums[];
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
    variants: head.variants.map(({ layers }, index) => {
      for (const { variants } of rest) addChunk(layers, variants[index]!.layers);
      return { layers, outputs: joined(inOrder.map(({ variants }) => variants[index]!.outputs)) };
    }),
  };
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
