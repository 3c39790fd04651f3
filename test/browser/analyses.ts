/** A made-up explanation and sweep of the network that the made-up report is about. */
import { summaryWords } from '../../src/core/attribute/summary.ts';
import {
  rungNames,
  type Cause,
  type Explanation,
  type Rung,
  type RungLayer,
  type RungName,
} from '../../src/core/attribute/types.ts';
import type { Arithmetic, Coding } from '../../src/core/convert/types.ts';
import type { Fix } from '../../src/core/findings/types.ts';
import { leastFix, leastTimesteps, proportion } from '../../src/core/sweep/points.ts';
import type { NeuronsPerGate, Setting, Sweep, SweepPoint } from '../../src/core/sweep/types.ts';
import type { AnalysisMessage, AnalysisName, AnalysisState } from '../../src/protocol/analyses.ts';
import type { ToWebview } from '../../src/protocol/webview.ts';

const samples = 1500;
const head = {
  schemaVersion: 1,
  spikewiseVersion: '0.1.0',
  createdAt: '2026-11-25T03:16:19.000Z',
  model: { name: 'mnist-rows', file: '/models/mnist-rows/model.json' },
  specification: '/models/mnist-rows/mnist-rows.spikewise.json',
} as const;

/** Output MSE and accuracy of each rung; null: nothing to change there. Dynamics take some of the error away. */
const ladder: Readonly<Record<RungName, readonly [mse: number, accuracy: number] | null>> = {
  trained: [0, 0.986],
  activations: [2.1e-5, 0.986],
  inputs: [2.2e-5, 0.986],
  cell: null,
  weights: null,
  counts: [9.4e-5, 0.984],
  dynamics: [8.1e-5, 0.9827],
  feedback: [2.44e-4, 0.982],
};

function rungLayers(mse: number): RungLayer[] {
  const line = (name: string, factor: number, steps: number) => ({
    name,
    mse: factor * mse,
    perStep: Array.from({ length: steps }, (_, step) =>
      step === 0 && name === 'o' ? 0 : factor * mse * (0.4 + (1.2 * step) / steps),
    ),
  });
  const gates = ['generator', 'i', 'f', 'c', 'o'].map((name, n) => line(name, 8 + 7 * n, 28));
  return [
    { ...line('lstm', 10, 28), gates },
    { ...line('encoder', 6, 28), gates },
    { ...line('dense', 1, 1), gates: [] },
  ];
}

function rungs(labelled: boolean): Rung[] {
  let before: readonly [number, number] = [0, 0.986];
  return rungNames.map((name) => {
    const [mse, accuracy] = ladder[name] ?? before;
    const change = { mse: mse - before[0], accuracy: labelled ? accuracy - before[1] : null };
    before = [mse, accuracy];
    return {
      name,
      mse,
      accuracy: labelled ? accuracy : null,
      agreement: Math.min(1, accuracy + 0.014),
      change,
      applies: ladder[name] !== null,
      layers: name === 'trained' ? [] : rungLayers(mse),
    };
  });
}

function cause(code: Cause['code'], change: Partial<Cause>, fix: Fix, mse: number, accuracy: number): Cause {
  const tried = { accuracy, analogAccuracy: 0.986, agreement: accuracy + 0.005, mse };
  return {
    code,
    layer: null,
    gate: null,
    neuron: null,
    evidence: 'answers',
    share: 0.62,
    message: `Something is wrong. Tried: ${fix.title.toLowerCase()}.`,
    fix,
    gain: { accuracy: accuracy - 0.982, mse: 2.44e-4 - mse, agreement: 0.002 },
    tried,
    ...change,
  };
}

const timestepsFix: Fix = {
  title: 'Run 32 time-steps instead of 8',
  edits: [{ path: ['timesteps'], value: 32 }],
};
const biasFix: Fix = {
  title: 'Give neuron 17 of encoder/f the bias 0.98',
  edits: [{ path: ['corrections'], value: [{ layer: 'encoder', gate: 'f', neuron: 17, bias: 0.98 }] }],
};

export function madeUpExplanation(change: Partial<Explanation> = {}, labelled = true): Explanation {
  const all = rungs(labelled);
  const last = all.at(-1)!;
  const causes = [
    cause('timesteps-few', {}, timestepsFix, 4.2e-5, 0.9853),
    cause(
      'bias-outlier',
      { layer: 'encoder', gate: 'f', neuron: 17, evidence: 'structure', share: 0.11 },
      biasFix,
      2.1e-4,
      0.9827,
    ),
  ];
  const found = { rungs: all, causes, samples, tried: 11 };
  return {
    ...head,
    ...found,
    triedSamples: 500,
    whole: {
      mse: last.mse,
      accuracy: last.accuracy,
      agreement: last.agreement,
      difference: { mse: 0, accuracy: 0 },
    },
    score: { accuracy: 0.982, analogAccuracy: 0.986, agreement: 0.993, mse: 2.44e-4 },
    summary: summaryWords(found),
    seconds: { read: 0.1, ladder: 2.5, trials: 9.4 },
    ...change,
  };
}

function sweepPoint(setting: Setting, of: number, complete: boolean): SweepPoint {
  const { timesteps, coding, arithmetic, neuronsPerGate = 1 } = setting;
  const count = neuronsPerGate === 'auto' ? 2 : neuronsPerGate;
  const worth = timesteps * (coding === 'residual' ? 4 : 0.6) * (arithmetic === 'float' ? 1 : 0.8) * count;
  const right = Math.round(of * 0.992 * (1 - Math.exp(-worth / 2.2)));
  const mse = 0.4 / worth ** 1.4;
  const energy = 1.1e-5 * timesteps * count;
  const chips = (['loihi1', 'loihi2'] as const).map((id) => ({
    ...{
      id,
      name: id === 'loihi1' ? 'Loihi 1' : 'Loihi 2',
      chipsUsed: 1,
      coresUsed: 3 * count,
      coresPerChip: 128,
    },
    ...{ fits: true, complete: false },
    perInference: id === 'loihi1' ? { low: 0.2 * energy, high: energy } : null,
    latency: id === 'loihi1' ? { low: 4e-5 * timesteps, high: 3e-4 * timesteps } : null,
  }));
  return {
    ...setting,
    samples: of,
    accuracy: proportion(right, of),
    agreement: proportion(Math.min(of, right + 3), of),
    mse,
    worst: { layer: 'encoder', population: 'c' },
    outputMse: mse / 40,
    spikesPerSample: 4100.5 * timesteps * count,
    neurons: 256 * count,
    cores: complete ? 3 * count : null,
    chips: complete ? chips : [],
    meets: mse < 0.01 && right / of > 0.982,
  };
}

export interface SweepShape {
  readonly timesteps?: readonly number[];
  readonly codings?: readonly Coding[];
  readonly arithmetics?: readonly Arithmetic[];
  /** Numbers of neurons that are compared. */
  readonly neurons?: readonly NeuronsPerGate[];
  /** Samples of each point so far; all where it is complete. */
  readonly samples?: number;
  readonly now?: Setting;
}

export function madeUpSweep(shape: SweepShape = {}): Sweep {
  const timesteps = shape.timesteps ?? [2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 128];
  const { samples: of = samples, codings = ['residual', 'reset'], arithmetics = ['float'] } = shape;
  const complete = of === samples;
  const counts = shape.neurons?.map((neuronsPerGate) => ({ neuronsPerGate })) ?? [{}];
  const points = arithmetics.flatMap((arithmetic) =>
    codings.flatMap((coding) =>
      counts.flatMap((neurons) =>
        timesteps.map((T) => sweepPoint({ timesteps: T, coding, arithmetic, ...neurons }, of, complete)),
      ),
    ),
  );
  const least = leastTimesteps(points);
  const now = shape.now ?? { timesteps: 8, coding: 'residual', arithmetic: 'float' };
  return {
    ...head,
    tolerance: { mse: 0.01, accuracyDrop: 0.01 },
    samples,
    analog: proportion(Math.round(0.992 * of), of),
    points,
    automatic: shape.neurons?.includes(2) ? 2 : null,
    least,
    fix: complete ? leastFix(least, now) : null,
    published: [
      {
        name: 'paper, rows of MNIST',
        source: 'Ponghiran and Roy',
        analogAccuracy: 0.9895,
        points: [
          { timesteps: 16, accuracy: 0.9289 },
          { timesteps: 32, accuracy: 0.9837 },
          { timesteps: 256, accuracy: 0.9881 },
        ],
      },
    ],
    simulated: points.length * of - 3000,
    reused: 3000,
    complete,
    seconds: 4.25,
  };
}

export function analysis(message: AnalysisMessage): ToWebview {
  return { type: 'analysis', message };
}

export function analysisState(name: AnalysisName, state: AnalysisState, earlier = false): ToWebview {
  return analysis({ type: 'state', name, state, earlier });
}
