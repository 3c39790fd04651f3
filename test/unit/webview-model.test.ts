import { describe, expect, test } from 'vitest';
import {
  formatAccuracy,
  formatAverage,
  formatComplete,
  formatCount,
  formatEnergy,
  formatError,
  formatEventCount,
  formatGrade,
  formatLineEnergy,
  formatOptions,
  formatPercent,
  formatPower,
  formatRange,
  formatRatio,
  formatSeconds,
  formatSetting,
  formatUsage,
  summary,
  worstError,
} from '../../src/core/report/format.ts';
import type { Report } from '../../src/core/report/types.ts';
import { panelHtml } from '../../src/protocol/panel-html.ts';
import { comparisonTable } from '../../webview/model/comparison.ts';
import { coreTable, populationTable, processorTable } from '../../webview/model/core-tables.ts';
import {
  baselineTable,
  ledgerTable,
  neurobenchTable,
  operationsTable,
} from '../../webview/model/energy-tables.ts';
import { layerRows, layerTable, nextSort, sortRows } from '../../webview/model/layer-rows.ts';
import { floorPlan, planTable } from '../../webview/model/plan.ts';
import { announcement } from '../../webview/model/progress.ts';
import {
  barSeries,
  comparedLayers,
  errorSeries,
  pickLayer,
  positive,
  rateBars,
  stepNumbers,
  stepTable,
} from '../../webview/model/series.ts';
import { exportName, toCsv } from '../../webview/model/table.ts';
import { initialUi, restoreUi } from '../../webview/model/ui-state.ts';
import { initialView, isEarlier, receive } from '../../webview/model/view-state.ts';
import { findings, madeUpReport } from '../browser/report.ts';

describe('numbers', () => {
  test.each([
    [formatPercent(0.986), '98.60 %'],
    [formatPercent(NaN), '–'],
    [formatAccuracy(null), 'not available without labels'],
    [formatError(3.489e-3), '3.49e-3'],
    [formatError(0.25), '2.50e-1'],
    [formatError(0), '0'],
    [formatError(null), '–'],
    [formatCount(1048576), '1,048,576'],
    [formatAverage(1431.46), '1,431.5'],
    [formatUsage(256, 0.25), '256 (25.00 %)'],
    [formatUsage(256, null), '256 (limit not published)'],
    [formatEnergy(9.34e-5), '93.4 µJ'],
    [formatEnergy(1.2449e-3), '1.24 mJ'],
    // Rounded before the unit is chosen.
    [formatEnergy(9.996e-4), '1.00 mJ'],
    [formatEnergy(9.994e-4), '999 µJ'],
    [formatEnergy(1e-6), '1.00 µJ'],
    [formatEnergy(0), '0 J'],
    [formatEnergy(3.2e-15), '3.20 fJ'],
    [formatEnergy(2500), '2.50 kJ'],
    [formatEnergy(null), '–'],
    [formatSeconds(0.0631), '63.1 ms'],
    [formatSeconds(0.9999), '1.00 s'],
    [formatPower(0.02593), '25.9 mW'],
    [formatRatio(6.7549), '6.75×'],
    [formatRatio(1415.2), '1,415×'],
    [formatRatio(0.00123456), '0.00123×'],
    [formatRange({ low: 6.21e-5, high: 9.34e-5 }, formatEnergy), '62.1 – 93.4 µJ'],
    [formatRange({ low: 6.21e-5, high: 1.24e-3 }, formatEnergy), '62.1 µJ – 1.24 mJ'],
    [formatRange({ low: 2e-3, high: 2.0001e-3 }, formatEnergy), '2.00 mJ'],
    [formatRange({ low: 0, high: 1e-9 }, formatEnergy), '0 J – 1.00 nJ'],
    [formatRange({ low: 5.49, high: 1415 }, formatRatio), '5.49 – 1,415×'],
    [formatRange(null, formatEnergy), '–'],
    [formatGrade('simulated'), 'simulated before silicon'],
    [formatGrade(null), '–'],
    [formatSetting(33.3285), '33.3285'],
    [formatSetting(1e-4), '0.0001'],
  ])('%s', (text, expected) => {
    expect(text).toBe(expected);
  });

  test('options in words', () => {
    const { options } = madeUpReport();
    const words = Object.fromEntries(formatOptions(options).map(({ name, value }) => [name, value]));
    expect(words).toEqual({
      'time-steps': 'T = 8',
      coding: 'residual',
      arithmetic: 'floating point',
      samples: '1,500',
      inputs: '(x − 33.3285) / 221.6715',
      'cell clip': '±1',
      chip: 'loihi1',
      'weight bits': '8',
      'cores filled to': '100 %',
      'spike generators': 'on processors',
    });
    const others = formatOptions({
      ...options,
      input: { mean: 0, scale: 1 },
      cellClip: null,
      mapping: { chips: 2, fill: 0.9, generators: 'cores' },
      watts: 65,
    });
    expect(others.slice(4).map(({ value }) => value)).toEqual([
      'as they are',
      'none',
      'loihi1, up to 2 chips',
      '8',
      '90 %',
      'on cores',
      '65 W',
    ]);
  });

  test('the worst error is of any population or layer output', () => {
    const report = madeUpReport();
    expect(worstError(report)).toEqual({ layer: 'lstm', population: 'f', mse: 4.712e-3 });
    expect(worstError({ ...report, layers: report.layers.slice(4) })).toEqual({
      layer: 'dense',
      population: 'output',
      mse: 8.1e-4,
    });
    expect(worstError({ ...report, layers: [] })).toBeNull();
  });

  test('the summary without labels', () => {
    const values = summary(madeUpReport({ labels: false })).map(({ value }) => value);
    expect(values).toEqual([
      'not available without labels',
      'not available without labels',
      '99.13 %',
      '4.71e-3',
      '4 of 128',
      '166 – 428 µJ',
    ]);
  });

  test('the summary of cores and energy, for every kind of chip and ledger', () => {
    const of = (report: Report) =>
      summary(report)
        .slice(4)
        .map(({ value, detail }) => [value, detail]);
    const several = madeUpReport({ cores: { lstm: 60, encoder: 200 }, prices: 'all' });
    expect(of(several)).toEqual([
      ['260 of 384', 'Loihi 1, 3 chips'],
      [formatRange(several.energy!.perInference, formatEnergy), 'per inference, estimate'],
    ]);
    expect(of({ ...several, chip: { ...several.chip, chipsAllowed: 1 } })[0]![1]).toBe(
      'Loihi 1, 3 chips, 1 allowed',
    );
    expect(of(madeUpReport())[1]![1]).toBe('per inference, estimate, incomplete');
    expect(of(madeUpReport({ prices: 'none' }))[1]).toEqual(['not known', 'no event has a price']);
    const mapped = summary(madeUpReport({ simulated: false })).map(({ value }) => value);
    expect(mapped.filter((value) => value === 'not simulated')).toHaveLength(4);
    const problem = {
      kind: 'core-limit',
      layer: 'lstm',
      resource: 'inAxons',
      message: '',
      remedies: [],
    } as const;
    const { chip } = madeUpReport();
    const unmapped = { ...chip, cores: [], coresUsed: 0, chipsUsed: 0, problems: [problem] };
    expect(of({ ...madeUpReport(), chip: unmapped })[0]).toEqual(['0 of 128', 'Loihi 1, does not fit']);
  });

  test('a ledger says what it lacks', () => {
    const energy = madeUpReport().energy!;
    expect(formatComplete(energy)).toBe(
      'incomplete: no price for spikes generated, spikes counted, cell multiplications, host input values, ' +
        'host output values',
    );
    expect(formatComplete({ ...energy, unpriced: [], unmapped: ['lstm'] })).toBe(
      'incomplete: layer lstm is on no core',
    );
    expect(formatComplete({ ...energy, complete: true })).toBe('complete');
    expect(formatComplete(madeUpReport({ prices: 'none' }).energy!)).toBe('incomplete: no event has a price');
    const line = (event: string) => energy.lines.find((candidate) => candidate.event === event)!;
    expect(formatEventCount(line('static'))).toBe('4.31 – 12.9 ms');
    expect(formatEventCount(line('updatesActive'))).toBe('215,040');
    expect(formatLineEnergy(line('hostInput'))).toBe('no price');
    expect(formatLineEnergy({ ...line('static'), low: null, high: null })).toBe('no latency');
  });
});

describe('table of layers', () => {
  const rows = layerRows(madeUpReport().layers);

  test('has every layer, its populations and its output', () => {
    expect(rows.map(({ key }) => key)).toEqual([
      'input',
      ...['generator', 'i', 'f', 'c', 'o', '/output'].map((name) => `lstm/${name}`),
      ...['generator', 'i', 'f', 'c', 'o', '/output'].map((name) => `encoder/${name}`),
      'attention',
      'dense//output',
    ]);
  });

  test.each(['ascending', 'descending'] as const)('%s, rows without a value come last', (direction) => {
    const sorted = sortRows(rows, { column: 'neurons', direction }).map(({ neurons }) => neurons);
    const known = sorted.filter((value) => value !== null);
    expect(sorted.slice(0, known.length)).toEqual(known);
    expect(known).toEqual(known.toSorted((a, b) => (direction === 'ascending' ? a - b : b - a)));
  });

  test('names sort as people count', () => {
    const named = ['lstm_10', 'lstm_2', 'dense'].map((layer) => ({ ...rows[0]!, key: layer, layer }));
    const sorted = sortRows(named, { column: 'layer', direction: 'ascending' });
    expect(sorted.map(({ layer }) => layer)).toEqual(['dense', 'lstm_2', 'lstm_10']);
  });

  test('a header goes through ascending, descending and the order of the model', () => {
    const first = nextSort(null, 'mse');
    const second = nextSort(first, 'mse');
    expect([first?.direction, second?.direction, nextSort(second, 'mse')]).toEqual([
      'ascending',
      'descending',
      null,
    ]);
    expect(nextSort(second, 'layer')).toEqual({ column: 'layer', direction: 'ascending' });
  });
});

describe('exports', () => {
  test('fields with commas, quotes and line ends are quoted; no number is empty', () => {
    const csv = toCsv({
      columns: [{ title: 'a' }, { title: 'b, "c"' }],
      rows: [
        ['x\ny', 0.1 + 0.2],
        [null, NaN],
      ],
    });
    expect(csv).toBe('a,"b, ""c"""\r\n"x\ny",0.30000000000000004\r\n,\r\n');
  });

  test('every table has as many cells as columns', () => {
    const report = madeUpReport();
    const series = errorSeries(report.layers[1]!);
    for (const table of [
      layerTable(layerRows(report.layers)),
      coreTable(report.chip),
      populationTable(report.chip),
      processorTable(report.chip),
      stepTable(series, 'MSE'),
      planTable(floorPlan(report.chip, report.energy, { metric: 'energy', chip: 0, lit: null }), 'energy'),
      ledgerTable(report.energy!),
      baselineTable(report.energy!),
      neurobenchTable(report.energy!),
      operationsTable(report.energy!),
      comparisonTable(report.chips),
    ]) {
      expect(table.rows.length).toBeGreaterThan(0);
      for (const row of table.rows) expect(row).toHaveLength(table.columns.length);
    }
  });

  test('file names are plain', () => {
    expect(exportName(['My Model/α 2', 'mse', '../lstm'], 'csv')).toBe('my-model-2-mse-lstm.csv');
  });
});

describe('charts', () => {
  const { layers } = madeUpReport();

  test('a layer is compared by its populations and its output', () => {
    expect(comparedLayers(layers).map(({ name }) => name)).toEqual(['lstm', 'encoder', 'dense']);
    expect(errorSeries(layers[1]!).map(({ name }) => name)).toEqual([
      'generator',
      'i',
      'f',
      'c',
      'o',
      'output',
    ]);
    expect(pickLayer(layers, 'dense')?.name).toBe('dense');
    expect(pickLayer(layers, 'of an earlier model')).toBe(layers[0]);
  });

  test('lines are told apart without their colours', () => {
    const looks = errorSeries(layers[1]!).map(({ dash, width }) => `${dash.join(' ')}/${width}`);
    expect(new Set(looks).size).toBe(looks.length);
  });

  test('steps count from 1; a logarithm has no place for 0', () => {
    const series = errorSeries(layers[1]!);
    expect(stepNumbers(series).slice(0, 2)).toEqual([1, 2]);
    expect(stepNumbers([])).toEqual([]);
    expect(positive([0, 1e-3, null])).toEqual([null, 1e-3, null]);
  });

  test('a layer has the same bars in one colour', () => {
    const bars = rateBars(layers);
    const series = barSeries(bars);
    expect(series.map(({ name }) => name)).toEqual(['lstm', 'encoder']);
    expect(series[1]!.values.filter((value) => value !== null)).toHaveLength(5);
  });
});

describe('messages', () => {
  const report = madeUpReport();
  const progress = { stage: 'simulate', fraction: 0.6, message: '' } as const;
  const done = receive(initialView, { type: 'report', report });
  const running = receive(done, { type: 'running', file: 'model.json', progress });

  test('earlier results and their findings stay while a run goes on or is cancelled', () => {
    expect(isEarlier(done)).toBe(false);
    expect(isEarlier(running)).toBe(true);
    const cancelled = receive(running, { type: 'cancelled' });
    expect(cancelled).toMatchObject({ report, findings, measured: true, run: { kind: 'cancelled' } });
  });

  test('findings of a failed run take the place of the earlier ones', () => {
    const failed = receive(running, { type: 'failed', message: 'no', findings: [], report });
    expect(failed).toMatchObject({ report, findings: [], measured: true });
    const first = receive(initialView, { type: 'failed', message: 'no', findings, report });
    expect(first).toMatchObject({ report, measured: false });
    expect(isEarlier(first)).toBe(false);
  });

  test('progress is announced by stages and quarters', () => {
    expect(announcement(running)).toBe('Simulating (stage 3 of 5), 50 % done');
    expect(announcement(done)).toBe('Run completed: agreement 99.13 % on 1,500 samples.');
    expect(announcement(initialView)).toBe('');
    const mapped = receive(initialView, { type: 'report', report: madeUpReport({ simulated: false }) });
    expect(announcement(mapped)).toBe('Run completed: 4 of 128 cores of Loihi 1, nothing simulated.');
  });
});

test('what was stored is taken over where it fits', () => {
  expect(restoreUi(undefined)).toEqual(initialUi);
  expect(restoreUi({ tab: 'cores', sort: { column: 'mse', direction: 'descending' }, layer: 7 })).toEqual({
    ...initialUi,
    tab: 'cores',
    sort: { column: 'mse', direction: 'descending' },
  });
  const chosen = { ...initialUi, core: { chip: 1, core: 5 }, lit: { layer: 'lstm', population: null } };
  expect(restoreUi(structuredClone(chosen))).toEqual(chosen);
  const foreign = { tab: 'none', sort: { column: 'energy' }, core: { chip: -1, core: 0 }, lit: { layer: 3 } };
  expect(restoreUi({ ...foreign, chip: 0.5, metric: 'area', planAsTable: 'yes' })).toEqual(initialUi);
});

test('the page lets nothing in but its own script and style', () => {
  const html = panelHtml({ cspSource: 'https://x', nonce: 'n', scriptUri: 'a&b"', styleUri: 's' });
  expect(html).toContain(
    `content="default-src 'none'; style-src https://x 'nonce-n'; script-src 'nonce-n'; font-src https://x"`,
  );
  expect(html).toContain('src="a&amp;b&quot;"');
  expect(html).not.toMatch(/ style=|<style| on\w+=/);
});
