/** Integer arithmetic against the paper authors' own implementation: every count, h and c exactly. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { SpikingLstm } from '../../src/core/convert/types.ts';
import type { Tensor } from '../../src/core/network/types.ts';
import { hybridRunner } from '../../src/core/simulate/spiking.ts';
import { bothKernels } from '../support/kernels.ts';
import { hardActivations } from '../support/networks.ts';

interface Golden {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly timesteps: number;
  /** [4 * hidden, inputs], gate order i, f, g, o, as in PyTorch. */
  readonly weightInput: readonly number[][];
  readonly weightRecurrent: readonly number[][];
  readonly bias: readonly number[];
  /** [samples, steps, inputs] */
  readonly input: readonly number[][][];
  /** One entry a sequence step, each [samples, ...]. */
  readonly steps: readonly Record<
    'inputCounts' | 'iCounts' | 'fCounts' | 'gCounts' | 'oCounts' | 'h' | 'c',
    readonly number[][]
  >[];
}

function transposed(rows: readonly number[][]): Tensor {
  const [first = []] = rows;
  return {
    shape: [first.length, rows.length],
    values: Float32Array.from(first.flatMap((_, column) => rows.map((row) => row[column]!))),
  };
}

/** The gates of PyTorch and Keras have the same order (g is c). */
function spikingLstm(golden: Golden): SpikingLstm {
  const units = golden.hiddenSize;
  const sigmoid = hardActivations['hard_sigmoid_quarter']!;
  const tanh = hardActivations['hard_tanh_half']!;
  return {
    runsAs: 'spiking',
    inputRange: 1,
    hiddenRange: 1,
    layer: {
      kind: 'LSTM',
      name: 'lstm',
      path: [],
      units,
      inputSize: golden.inputSize,
      returnSequences: true,
      activation: 'hard_tanh_half',
      recurrentActivation: 'hard_sigmoid_quarter',
      kernel: transposed(golden.weightInput),
      recurrentKernel: transposed(golden.weightRecurrent),
      bias: { shape: [4 * units], values: Float32Array.from(golden.bias) },
    },
    populations: [
      { name: 'i', values: units, neurons: units, pieces: [sigmoid], dual: false },
      { name: 'f', values: units, neurons: units, pieces: [sigmoid], dual: false },
      { name: 'c', values: units, neurons: units, pieces: [tanh], dual: true },
      { name: 'o', values: units, neurons: units, pieces: [sigmoid], dual: false },
    ],
  };
}

const kernels = await bothKernels();

describe.each(kernels)('golden vectors, $name kernel', ({ kernel }) => {
  it.each(['small-T16', 'small-T64', 'pixel-T128'])('%s', (name) => {
    const file = new URL(`../golden/integer-reference/${name}.json`, import.meta.url);
    const golden = JSON.parse(readFileSync(file, 'utf8')) as Golden;
    const { timesteps, inputSize, hiddenSize } = golden;
    const run = hybridRunner(spikingLstm(golden), kernel, {
      timesteps,
      coding: 'reset',
      arithmetic: 'loihi',
      cellClip: 1,
      weightBits: 8,
      activations: hardActivations,
    });
    golden.input.forEach((sequence, sample) => {
      const values = Float32Array.from(sequence.flat());
      const result = run({ steps: sequence.length, features: inputSize, values, sequence: true });
      golden.steps.forEach((step, n) => {
        const counts = ['iCounts', 'fCounts', 'gCounts', 'oCounts'] as const;
        const wanted = counts.flatMap((gate) => step[gate][sample]!.map((count) => count / timesteps));
        const rates = result.neurons.subarray(n * 4 * hiddenSize, (n + 1) * 4 * hiddenSize);
        const width = inputSize + hiddenSize;
        const inputs = result.inputs.subarray(n * width, (n + 1) * width);
        const row = (all: Float32Array): number[] => [...all.subarray(n * hiddenSize, (n + 1) * hiddenSize)];
        // T is a power of two: a rate says the count exactly. Adding 0 makes -0 and 0 one.
        expect([...rates].map((rate) => rate + 0)).toEqual(wanted);
        expect([...inputs].map((rate) => rate * timesteps + 0)).toEqual(step.inputCounts[sample]);
        expect(row(result.output.values).map((h) => h + 0)).toEqual(step.h[sample]!.map((h) => h + 0));
        expect(row(result.cell!.state!).map((c) => c + 0)).toEqual(step.c[sample]!.map((c) => c + 0));
      });
    });
  });
});
