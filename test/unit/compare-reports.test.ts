import { describe, expect, it } from 'vitest';
import { compareReports, type Pair } from '../../src/core/report/compare.ts';
import {
  differencesTable,
  findingsTable,
  headTable,
  optionsTable,
  resultsTable,
} from '../../src/core/report/tables/comparison.ts';
import type { TextTable } from '../../src/core/report/tables/table.ts';
import type { LayerReport, Report } from '../../src/core/report/types.ts';
import { madeUpReport } from '../browser/report.ts';

const a = madeUpReport({ steps: 4 });

/** With the layers' numbers times `scale`. */
function scaled(report: Report, scale: number): Report {
  const layers = report.layers.map((layer): LayerReport => ({
    ...layer,
    output: layer.output && { ...layer.output, mse: layer.output.mse * scale },
    populations: layer.populations.map((p) => ({
      ...p,
      mse: p.mse * scale,
      firingRate: p.firingRate / scale,
      spikesPerSample: p.spikesPerSample / scale,
    })),
  }));
  return { ...report, layers };
}

/** The cells of each row by its first. */
const byName = ({ rows }: TextTable) =>
  Object.fromEntries(rows.map(([name, ...cells]) => [name!, cells])) as Record<string, string[]>;

const pairs = (of: (pair: Pair) => number | null, { layers }: ReturnType<typeof compareReports>) =>
  layers.flatMap(({ populations }) => populations.map(({ mse }) => of(mse)));

describe('two reports', () => {
  it('that are the same differ in nothing', () => {
    const comparison = compareReports(a, a);
    expect(comparison.options).toEqual([]);
    expect(comparison.findings).toEqual([]);
    expect(comparison.layers.every(({ only }) => only === null)).toBe(true);
    expect(pairs(({ difference }) => difference, comparison).every((difference) => difference === 0)).toBe(
      true,
    );
    const results = resultsTable(comparison).rows.map((row) => row.at(-1));
    expect(new Set(results)).toEqual(new Set(['same']));
  });

  it('differ layer by layer, gate by gate', () => {
    const comparison = compareReports(a, scaled(a, 0.5));
    const lstm = comparison.layers.find(({ name }) => name === 'lstm')!;
    expect(lstm.populations.map(({ population }) => population)).toEqual([
      ...['generator', 'i', 'f', 'c', 'o'],
      'output',
    ]);
    const [, input] = lstm.populations;
    const before = a.layers[1]!.populations[1]!;
    expect(input!.mse).toEqual({
      a: before.mse,
      b: before.mse * 0.5,
      difference: before.mse * 0.5 - before.mse,
      ratio: 0.5,
    });
    expect(input!.firingRate.ratio).toBeCloseTo(2, 12);
    const rows = differencesTable(comparison).rows.filter(([layer]) => layer === 'lstm');
    expect(rows[1]).toEqual([
      ...['lstm', 'i, input gate', '2.40e-3', '1.20e-3', '0.5×'],
      ...['0.4312', '0.8624', '+0.4312', ...rows[1]!.slice(8, 10), '2×'],
    ]);
    // An output has no firing rate, a layer without computation nothing.
    expect(rows.at(-1)!.slice(5)).toEqual(Array(6).fill('–'));
  });

  it('the other way round have the opposite differences', () => {
    const b = scaled(a, 0.7);
    const [there, back] = [compareReports(a, b), compareReports(b, a)];
    const [forth, opposite] = [there, back].map((comparison) =>
      pairs(({ difference }) => difference, comparison),
    );
    expect(forth!.length).toBeGreaterThan(5);
    for (const [n, difference] of forth!.entries()) expect(opposite![n]).toBe(-difference!);
  });

  it('of which one has a layer or a population more', () => {
    const [input, lstm, encoder, ...rest] = a.layers as [LayerReport, LayerReport, LayerReport];
    const populations = lstm.populations.filter(({ name }) => name !== 'c');
    const b = { ...a, layers: [input, { ...lstm, populations }, ...rest, { ...encoder, name: 'decoder' }] };
    const { layers } = compareReports(a, b);
    const onlyOnes = layers.filter(({ only }) => only !== null).map(({ name, only }) => [name, only]);
    expect(onlyOnes).toEqual([
      ['encoder', 'a'],
      ['decoder', 'b'],
    ]);
    const candidate = layers[1]!.populations.find(({ population }) => population === 'c')!;
    expect(candidate).toMatchObject({ only: 'a', mse: { b: null, difference: null, ratio: null } });
    const words = differencesTable(compareReports(a, b)).rows.map(
      ([layer, population]) => `${layer!}/${population!}`,
    );
    expect(words).toContain('lstm/c, candidate (only in A)');
    expect(words).toContain('decoder/o, output gate (only in B)');
  });

  it('a layer that runs otherwise is told', () => {
    const layers = a.layers.map((layer) => ({ ...layer, populations: [], output: null }));
    const b = { ...a, layers: layers.map((layer) => ({ ...layer, runsAs: 'analog' as const })) };
    const rows = differencesTable(compareReports({ ...a, layers }, b)).rows;
    expect(rows.map(([, words]) => words)).toContain('A: spiking, B: analog');
  });

  it('keeps apart layers of one name', () => {
    const twice = { ...a, layers: [a.layers[1]!, a.layers[1]!] };
    expect(compareReports(twice, twice).layers).toHaveLength(2);
    expect(compareReports(twice, { ...a, layers: [a.layers[1]!] }).layers.map(({ only }) => only)).toEqual([
      null,
      'a',
    ]);
  });

  it('differ in options, accuracy, cores, energy and findings', () => {
    const b: Report = {
      ...madeUpReport({ steps: 4, cores: { lstm: 130, encoder: 7 } }),
      options: { ...a.options, timesteps: 16, watts: 65 },
      accuracy: { analog: 0.986, spiking: 0.977, agreement: 0.98 },
      findings: a.findings.slice(1),
      energy: a.energy && {
        ...a.energy,
        perInference: { low: 2 * a.energy.perInference!.low, high: 2 * a.energy.perInference!.high },
      },
    };
    const comparison = compareReports(a, b);
    expect(optionsTable(comparison).rows).toEqual([
      ['time-steps', 'T = 8', 'T = 16'],
      ['baseline', '–', '65 W'],
    ]);
    const results = byName(resultsTable(comparison));
    expect(results).toMatchObject({
      'analog accuracy': ['98.60 %', '98.60 %', 'same'],
      'spiking accuracy': ['98.20 %', '97.70 %', '−0.50 points'],
      agreement: ['99.13 %', '98.00 %', '−1.13 points'],
    });
    expect(results['energy of an inference']!.at(-1)).toBe('2×');
    expect(comparison.chip.coresUsed.difference).toBe(b.chip.coresUsed - a.chip.coresUsed);
    expect(findingsTable(comparison).rows).toEqual([['A', a.findings[0]!.code, a.findings[0]!.message]]);
    expect(headTable(comparison).rows[0]).toEqual(['model', 'mnist-rows', 'mnist-rows']);
  });

  it('of which one simulated nothing', () => {
    const comparison = compareReports(a, madeUpReport({ simulated: false }));
    expect(comparison.energy.perInference.b).toBeNull();
    const results = byName(resultsTable(comparison));
    expect(results['spiking accuracy']).toEqual(['98.20 %', '–', '–']);
    expect(results['energy of an inference']!.slice(1)).toEqual(['–', '–']);
  });
});
