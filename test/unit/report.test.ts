/** What a report says of a run: layers, tolerances, remedies. */
import { describe, expect, it } from 'vitest';
import { convert } from '../../src/core/convert/convert.ts';
import { layerReports, toleranceFindings, worstPopulation } from '../../src/core/report/build.ts';
import type { LayerReport, RunOptions } from '../../src/core/report/types.ts';
import { chain, dense, hardActivations, lstm, randomSource } from '../support/networks.ts';

const options: RunOptions = {
  timesteps: 8,
  coding: 'residual',
  arithmetic: 'float',
  chip: 'loihi1',
  weightBits: 8,
  mapping: { chips: 1, fill: 1, generators: 'processors' },
  watts: null,
  samples: 500,
  input: { mean: 0, scale: 1 },
  cellClip: null,
  percentile: 100,
  tolerance: { mse: 0.01, accuracyDrop: 0.01 },
};

function layer(name: string, mses: Readonly<Record<string, number>>): LayerReport {
  const populations = Object.entries(mses).map(([population, mse]) => ({
    name: population,
    neurons: 1,
    firingRate: 0,
    spikesPerSample: 0,
    mse,
    maxError: 0,
    perStep: { mse: [mse], maxError: [0], firingRate: [0] },
  }));
  return { name, kind: 'LSTM', runsAs: 'spiking', output: null, populations };
}

const right = { analog: 0.9, spiking: 0.9 };
const codes = (...args: Parameters<typeof toleranceFindings>) =>
  toleranceFindings(...args).map(({ code }) => code);

describe('the tolerance of the mean squared error', () => {
  it('is held against the worst population of each layer', () => {
    const layers = [
      layer('a', { i: 0.002, c: 0.03, o: 0.02 }),
      layer('b', { neurons: 0.009 }),
      layer('d', { i: 0.5 }),
    ];
    const findings = toleranceFindings(layers, right, options);
    expect(findings.map(({ code, severity, layer: name }) => [code, severity, name])).toEqual([
      ['mse-above-tolerance', 'warning', 'a'],
      ['mse-above-tolerance', 'warning', 'd'],
    ]);
    expect(findings.map(({ population }) => population)).toEqual(['c', 'i']);
    expect(findings[0]!.message).toBe('Mean squared error of a/c is 3.00e-2, above the tolerance of 0.01.');
    expect(findings[0]!.place).toEqual({ file: 'specification', path: ['tolerance', 'mse'] });
  });

  it('may just be reached', () => {
    expect(codes([layer('a', { i: 0.01 })], right, options)).toEqual([]);
  });

  it('finds the worst of all', () => {
    expect(worstPopulation([layer('a', { i: 1, f: 3 }), layer('b', { i: 2 })])).toEqual({
      layer: 'a',
      population: 'f',
      mse: 3,
    });
    expect(worstPopulation([layer('a', {})])).toBeNull();
  });
});

describe('the tolerance of accuracy', () => {
  it('says both accuracies where the spiking one is too far below', () => {
    const [finding] = toleranceFindings([], { analog: 0.95, spiking: 0.9 }, options);
    expect(finding).toMatchObject({ code: 'accuracy-below-tolerance', severity: 'warning', layer: null });
    expect(finding!.message).toBe(
      'The spiking network answers 90.00 % of 500 samples right, the analog one 95.00 %: more than the tolerated 1.00 points apart.',
    );
  });

  it('is silent within it, above analog, and without labels', () => {
    expect(codes([], { analog: 0.95, spiking: 0.945 }, options)).toEqual([]);
    expect(codes([], { analog: 0.9, spiking: 0.99 }, options)).toEqual([]);
    expect(codes([], { analog: null, spiking: null }, options)).toEqual([]);
  });

  it('is not broken by the rounding of fractions', () => {
    // 0.8 - 0.79 is 0.010000000000000009 in floating point.
    expect(codes([], { analog: 0.8, spiking: 0.79 }, options)).toEqual([]);
  });
});

describe('remedies', () => {
  const titles = (change: Partial<RunOptions>) =>
    toleranceFindings([layer('a', { i: 1 })], right, { ...options, ...change })[0]!.fixes.map(
      ({ edits }) => edits[0],
    );

  it('are residual coding and more time-steps, as far as there are', () => {
    const twice = { path: ['timesteps'], value: 16 };
    expect(titles({})).toEqual([twice]);
    expect(titles({ coding: 'reset' })).toEqual([{ path: ['coding'], value: 'residual' }, twice]);
    expect(titles({ timesteps: 40000 })).toEqual([{ path: ['timesteps'], value: 65536 }]);
    expect(titles({ timesteps: 65536 })).toEqual([]);
  });
});

describe('layers that were not run', () => {
  it('are listed with what they would become', () => {
    const random = randomSource(1);
    const network = chain([2, 3], lstm(random, 3, 2), dense(random, 2, 2, 'softmax'), {
      kind: 'Unsupported',
      name: 'gru',
      path: [],
      className: 'GRU',
      reason: 'no',
    });
    const { layers } = convert(network, { ...options, activations: hardActivations, cellClip: 1 }, {});
    expect(layerReports(layers, null, 0, 8)).toEqual([
      { name: 'lstm', kind: 'LSTM', runsAs: 'spiking', output: null, populations: [] },
      { name: 'dense', kind: 'Dense', runsAs: 'analog', output: null, populations: [] },
      { name: 'gru', kind: 'GRU', runsAs: 'unsupported', output: null, populations: [] },
    ]);
  });
});
