/** Which part of its range each population of the trained network uses. */
import type { GateName, HybridLayer, PopulationSpec } from '../convert/types.ts';
import { isRecurrent } from '../network/shapes.ts';
import type { ClippedLinear } from '../network/types.ts';
import { runChain, type ChainLink } from '../simulate/chain.ts';
import type { Trace } from '../simulate/types.ts';

export interface PopulationRange extends Pick<PopulationSpec, 'dual' | 'pieces'> {
  readonly layer: string;
  /** Null where the layer is not recurrent. */
  readonly gate: GateName | null;
  /** Between which all values but `tails` of them lie at either end. */
  readonly least: number;
  readonly greatest: number;
  /** Of the values that the pieces together can have. */
  readonly low: number;
  readonly high: number;
}

/** Fraction of the values that may lie beyond, at either end. */
const tails = 1e-3;
const bins = 4096;

/**
 * @param links the trained network
 * @param samples how many of them are looked at
 */
export function populationRanges(
  layers: readonly HybridLayer[],
  links: readonly ChainLink[],
  samples: number,
  sample: (n: number) => Trace,
): PopulationRange[] {
  const counts = layers.map((layer) =>
    layer.runsAs === 'spiking' ? layer.populations.map(() => new Uint32Array(bins)) : [],
  );
  for (let n = 0; n < samples; n++) {
    runChain(links, sample(n)).forEach(({ neurons }, index) => {
      const layer = layers[index]!;
      if (layer.runsAs === 'spiking') count(layer.populations, neurons, counts[index]!);
    });
  }
  return layers.flatMap((layer, index) =>
    layer.runsAs === 'spiking'
      ? layer.populations.map(({ name, pieces, dual }, p) => ({
          layer: layer.layer.name,
          gate: isRecurrent(layer.layer) ? (name as GateName) : null,
          pieces,
          dual,
          ...wholeRange(pieces),
          ...between(counts[index]![p]!, wholeRange(pieces)),
        }))
      : [],
  );
}

/** From the sum of all lows to the sum of all highs. */
function wholeRange(pieces: readonly ClippedLinear[]) {
  const total = (of: (piece: ClippedLinear) => number) => pieces.reduce((sum, piece) => sum + of(piece), 0);
  return { low: total(({ low }) => low), high: total(({ high }) => high) };
}

/** Sorts values of [steps, values] into bins of each population's range. */
function count(
  populations: readonly PopulationSpec[],
  values: Float32Array,
  counts: readonly Uint32Array[],
): void {
  const all = populations.reduce((sum, population) => sum + population.values, 0);
  let from = 0;
  populations.forEach(({ values: width, pieces }, p) => {
    const { low, high } = wholeRange(pieces);
    const own = counts[p]!;
    for (let row = from; row < values.length; row += all) {
      for (let k = row; k < row + width; k++) {
        const bin = Math.floor(((values[k]! - low) / (high - low)) * bins);
        own[Math.min(Math.max(bin, 0), bins - 1)]!++;
      }
    }
    from += width;
  });
}

function between(counts: Uint32Array, { low, high }: { readonly low: number; readonly high: number }) {
  const few = counts.reduce((sum, n) => sum + n, 0) * tails;
  const first = (from: readonly number[]): number => {
    let seen = 0;
    const index = from.findIndex((n) => (seen += n) > few);
    return Math.max(index, 0);
  };
  const all = [...counts];
  const width = (high - low) / bins;
  return { least: low + first(all) * width, greatest: high - first(all.reverse()) * width };
}
