/** From sums over samples to the ladder as it is reported. */
import { accuracy } from '../compare/accuracy.ts';
import { ranAt, type ErrorSums, type LayerSums } from '../compare/sums.ts';
import type { VariantChunk } from '../compare/variants.ts';
import type { HybridLayer } from '../convert/types.ts';
import { rungNames, type Rung, type RungLayer, type RungName } from './types.ts';

/**
 * @param names of the rungs that change something, the trained network first
 * @param sums the variants are the rungs after the trained network
 * @param labels class of each sample, or null
 * @returns all rungs; those that change nothing are as the one before
 */
export function rungReports(
  names: readonly RungName[],
  { samples, trained, variants }: Omit<VariantChunk, 'first'>,
  layers: readonly HybridLayer[],
  labels: Int32Array | null,
): Rung[] {
  const width = trained.length / samples;
  const rungs: Rung[] = [];
  for (const name of rungNames) {
    const before = rungs.at(-1);
    const index = names.indexOf(name);
    if (before && index < 0) {
      rungs.push({ ...before, name, applies: false, change: { mse: 0, accuracy: labels && 0 } });
      continue;
    }
    const own = variants[index - 1];
    const outputs = own?.outputs ?? trained;
    const scores = accuracy(trained, outputs, width, labels);
    const mse = meanSquaredError(trained, outputs);
    rungs.push({
      name,
      mse,
      accuracy: scores.spiking,
      agreement: scores.agreement,
      change: {
        mse: mse - (before?.mse ?? 0),
        accuracy: scores.spiking === null ? null : scores.spiking - (before?.accuracy ?? scores.spiking),
      },
      applies: true,
      layers: (own ?? variants[0]!).layers.map((sums, l) => {
        const layer = rungLayer(sums, layers[l]!, samples);
        return own ? layer : withoutError(layer);
      }),
    });
  }
  return rungs;
}

/** Over all values of two arrays of one length. */
export function meanSquaredError(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + (value - b[i]!) ** 2, 0) / a.length;
}

function rungLayer(sums: LayerSums, layer: HybridLayer, samples: number): RungLayer {
  const { output, populations } = sums;
  const ran = ranAt(sums, samples);
  const names =
    layer.runsAs === 'spiking'
      ? ['generator', ...layer.populations.map((population) => population.name)]
      : [];
  return {
    name: layer.layer.name,
    ...errors(output, () => samples),
    gates: populations.map((of, index) => ({ name: names[index]!, ...errors(of, (step) => ran[step]!) })),
  };
}

/** Of the trained network against itself. */
function withoutError({ name, perStep, gates }: RungLayer): RungLayer {
  const none = (steps: readonly number[]) => ({ mse: 0, perStep: steps.map(() => 0) });
  return {
    name,
    ...none(perStep),
    gates: gates.map((gate) => ({ name: gate.name, ...none(gate.perStep) })),
  };
}

/** @param ran samples that ran a step */
function errors({ squares, width }: ErrorSums, ran: (step: number) => number) {
  const values = squares.reduce((sum, _, step) => sum + ran(step) * width, 0);
  return {
    mse: squares.reduce((a, b) => a + b, 0) / Math.max(1, values),
    perStep: Array.from(squares, (sum, step) => sum / Math.max(1, ran(step) * width)),
  };
}
