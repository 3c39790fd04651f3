/** How a summary is written, for the model view, the outline and the command line alike. */
import { formatRunsAs, noNumber } from '../report/format.ts';
import type { ActivationSummary, LayerSummary, SampleShape, TensorName } from './types.ts';

/** "[28, 64]"; a size that the model leaves open is "any". */
export function formatShape(shape: SampleShape): string {
  return shape === null ? noNumber : `[${shape.map((size) => size ?? 'any').join(', ')}]`;
}

/** "[5, 4] of left, right": of a graph also from which layers it comes. */
export function formatInput({ input, reads }: Pick<LayerSummary, 'input' | 'reads'>): string {
  return reads && reads.length > 0 ? `${formatShape(input)} of ${reads.join(', ')}` : formatShape(input);
}

const tensorWords: Readonly<Record<TensorName, string>> = {
  kernel: 'kernel',
  recurrentKernel: 'recurrent kernel',
  recurrentBias: 'recurrent bias',
  bias: 'bias',
  table: 'table of vectors',
  scale: 'scale',
  offset: 'offset',
};

export function formatTensor(name: TensorName): string {
  return tensorWords[name];
}

/** "weights of encoder" */
export function formatShared(layer: string): string {
  return `weights of ${layer}`;
}

/** "tanh; sigmoid (gates)" */
export function formatActivations(activations: readonly ActivationSummary[]): string {
  if (activations.length === 0) return noNumber;
  return activations
    .toSorted((a, b) => a.of.localeCompare(b.of))
    .map(({ of, name }) => (of === 'recurrent_activation' ? `${name} (gates)` : name))
    .join('; ');
}

/** "4 × 64 neurons"; populations of one layer are of one size. */
export function formatNeurons({ populations }: Pick<LayerSummary, 'populations'>): string {
  const [first] = populations;
  if (!first) return noNumber;
  return populations.length === 1
    ? `${first.neurons} neurons`
    : `${populations.length} × ${first.neurons} neurons`;
}

/** "spiking, 4 × 64 neurons" */
export function formatBecomes(layer: Pick<LayerSummary, 'runsAs' | 'populations'>): string {
  const runsAs = formatRunsAs(layer.runsAs);
  return layer.populations.length === 0 ? runsAs : `${runsAs}, ${formatNeurons(layer)}`;
}

/** A weight, or a statistic of weights: "-0.3124". */
export function formatWeight(value: number): string {
  return value === 0 ? '0' : String(Number(value.toPrecision(4)));
}
