/** A made-up report with everything that the panel has to show. */
import type { Finding } from '../../src/core/findings/types.ts';
import type { LayerReport, PopulationReport, Report } from '../../src/core/report/types.ts';
import { madeUpChip, madeUpComparison, madeUpEnergy, type ChipShape, type EnergyShape } from './chip.ts';

function population(
  name: string,
  neurons: number,
  steps: number,
  mse: number,
  rate: number,
): PopulationReport {
  const at = (value: number, depth: number) =>
    Array.from({ length: steps }, (_, step) => value * (1 + depth * Math.sin(step / 3 + name.charCodeAt(0))));
  const perStep = { mse: at(mse, 0.6), maxError: at(Math.sqrt(mse) * 4, 0.3), firingRate: at(rate, 0.4) };
  return {
    name,
    neurons,
    firingRate: rate,
    spikesPerSample: rate * neurons * 8 * steps,
    mse,
    maxError: Math.max(...perStep.maxError),
    perStep,
  };
}

function lstm(name: string, units: number, steps: number): LayerReport {
  const output = population('output', units, steps, 3.489e-3, 0);
  return {
    name,
    kind: 'LSTM',
    runsAs: 'spiking',
    output: {
      mse: output.mse,
      maxError: output.maxError,
      perStep: { mse: [0, ...output.perStep.mse.slice(1)], maxError: output.perStep.maxError },
    },
    populations: [
      population('generator', 28 + units, steps, 1.1e-3, 0.1278),
      population('i', units, steps, 2.4e-3, 0.4312),
      population('f', units, steps, 4.712e-3, 0.6127),
      population('c', units, steps, 1.9e-3, 0.2846),
      population('o', units, steps, 2.2e-3, 0.3914),
    ],
  };
}

const analog = (name: string, kind: string, runsAs: LayerReport['runsAs']): LayerReport => ({
  name,
  kind,
  runsAs,
  output: null,
  populations: [],
});

export const findings: readonly Finding[] = [
  {
    code: 'inputs-out-of-range',
    severity: 'warning',
    layer: 'lstm',
    message: 'Inputs reach 1.8 after normalisation; the spike generator clips at 1 (3.2 % of the values).',
    place: { file: 'specification', path: ['input'] },
    fixes: [
      { title: 'Set scale to 398.2', edits: [{ path: ['input', 'scale'], value: 398.2 }] },
      { title: 'Set mean to 0', edits: [{ path: ['input', 'mean'], value: 0 }] },
    ],
  },
  {
    code: 'mse-above-tolerance',
    severity: 'error',
    layer: 'lstm',
    message: 'The forget gate of layer lstm has a mean squared error of 4.71e-3; the tolerance is 4.00e-3.',
    place: { file: 'specification', path: ['tolerance', 'mse'] },
    fixes: [],
  },
  {
    code: 'layer-analog',
    severity: 'info',
    layer: 'dense',
    message: 'Layer dense runs as analog: softmax has no spiking form.',
    place: { file: 'model', path: ['modelTopology', 'layers', 2] },
    fixes: [],
  },
];

export interface Shape extends ChipShape, EnergyShape {
  readonly steps?: number;
  readonly labels?: boolean;
}

export function madeUpReport({ steps = 28, labels = true, ...shape }: Shape = {}): Report {
  const layer = lstm('lstm', 64, steps);
  const chip = madeUpChip(shape);
  const { simulated = true } = shape;
  const energy = simulated ? madeUpEnergy(chip, shape) : null;
  return {
    schemaVersion: 2,
    spikewiseVersion: '0.1.0',
    createdAt: '2025-01-31T12:00:00.000Z',
    model: {
      name: 'mnist-rows',
      format: 'tfjs LayersModel, Keras 2.x',
      file: '/models/mnist-rows/model.json',
      parameters: 24458,
    },
    specification: '/models/mnist-rows/mnist-rows.spikewise.json',
    options: {
      timesteps: 8,
      coding: 'residual',
      arithmetic: 'float',
      chip: chip.id,
      weightBits: 8,
      mapping: { chips: chip.chipsAllowed, fill: 1, generators: shape.generators ?? 'processors' },
      watts: null,
      samples: 1500,
      input: { mean: 33.3285, scale: 221.6715 },
      cellClip: 1,
      percentile: 99.9,
      tolerance: { mse: 4e-3, accuracyDrop: 0.01 },
    },
    accuracy: {
      analog: labels && simulated ? 0.986 : null,
      spiking: labels && simulated ? 0.982 : null,
      agreement: simulated ? 0.99133 : null,
    },
    layers: [
      analog('input', 'InputLayer', 'nothing'),
      layer,
      { ...lstm('encoder', 128, steps), populations: layer.populations.map((p) => ({ ...p, neurons: 128 })) },
      analog('attention', 'MultiHeadAttention', 'unsupported'),
      {
        ...analog('dense', 'Dense', 'analog'),
        output: { mse: 8.1e-4, maxError: 0.11, perStep: { mse: [8.1e-4], maxError: [0.11] } },
      },
    ],
    findings,
    chip,
    energy,
    chips: madeUpComparison(chip, energy),
    seconds: { read: 0.2, simulate: 3.1 },
  };
}

/** A report whose network has a fitted activation. */
export function fittedReport(neuronsPerGate?: number): Report {
  const report = madeUpReport();
  return {
    ...report,
    options: { ...report.options, ...(neuronsPerGate && { neuronsPerGate }) },
    findings: [
      ...report.findings,
      {
        code: 'activation-fitted',
        severity: 'info',
        layer: 'lstm',
        message: 'Layer "lstm" has sigmoid and tanh, which no neuron computes exactly.',
        place: { file: 'model', path: [] },
        fixes: [{ title: '3 neurons for each value', edits: [{ path: ['neuronsPerGate'], value: 3 }] }],
      },
    ],
  };
}
