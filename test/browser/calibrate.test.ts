/** The built panel's tab of a calibration: how it is started, what it shows, and what applying asks for. */
import axe from 'axe-core';
import { describe, expect, test } from 'vitest';
import type { Calibration, Change, Score } from '../../src/core/calibrate/types.ts';
import { changesTable, nothingKept } from '../../src/core/report/calibration-words.ts';
import type { AnalysisRequest } from '../../src/protocol/analyses.ts';
import { analysis, analysisState } from './analyses.ts';
import { panelTests } from './harness.ts';
import type { Panel } from './page.ts';
import { madeUpReport } from './report.ts';

let panel: Panel;
const { show, button, tab, saved } = panelTests((opened) => {
  panel = opened;
});

const score = (outputs: number, accuracy: number): Score => ({
  ...{ outputs, populations: 2 * outputs, mse: outputs / 10 },
  ...{ accuracy, analogAccuracy: 0.99, agreement: accuracy },
});

const change = (words: string, before: number, after: number, kept: boolean): Change => ({
  ...{ kind: 'bias', layer: 'lstm', population: 'f', words, tried: 3, kept },
  chosenOn: { before: score(before, 0), after: score(after / 2, 0) },
  heldOut: { before: score(before, 0), after: score(after, 0) },
});

const calibration: Calibration = {
  ...{ schemaVersion: 1, spikewiseVersion: '0.0.0', createdAt: '2026-01-01T00:00:00.000Z' },
  ...{ specification: '/a.spikewise.json', model: { name: 'rows', file: '/model.json' } },
  options: { timesteps: 8, coding: 'reset', arithmetic: 'float' },
  samples: { chosenOn: 250, heldOut: 250, all: 500 },
  changes: [
    change('bias of each neuron by its mean error', 0.4, 0.2, true),
    change('values from 0.1 to 0.9 instead of 0 to 1', 0.2, 0.3, false),
  ],
  heldOut: { before: score(0.4, 0.9), after: score(0.2, 0.95) },
  all: { before: score(0.5, 0.91), after: score(0.25, 0.96) },
  fix: { title: 'Calibrate the spiking network', edits: [{ path: ['corrections'], value: [] }] },
  written: { specification: null, result: null },
  seconds: { read: 0.1, trials: 2, all: 0.5 },
};

async function requests(): Promise<AnalysisRequest[]> {
  return (await panel.posted()).flatMap((message) => (message.type === 'analysis' ? [message.request] : []));
}

async function calibrated(shown: Calibration = calibration, earlier = false): Promise<void> {
  await show(madeUpReport());
  await tab('Calibrate').click();
  await panel.send(analysis({ type: 'calibration', calibration: shown }));
  await panel.send(analysisState('calibrate', { kind: 'done' }, earlier));
  await panel.page.locator('#view-calibrate .least').waitFor();
}

const apply = 'Apply and run again: what was kept goes into the specification';

const cells = (caption: string): Promise<string[][]> =>
  panel.page
    .getByRole('region', { name: caption, exact: true })
    .locator('tbody tr')
    .evaluateAll((rows) => rows.map((row) => [...row.querySelectorAll('td')].map((cell) => cell.innerText)));

describe('a calibration', () => {
  test('is asked for, can be cancelled, and says how it ended', async () => {
    await show(madeUpReport());
    await tab('Calibrate').click();
    await button('Start calibration').click();
    const progress = { stage: 'simulate', fraction: 0.5, message: 'Trying the bias of lstm' } as const;
    await panel.send(analysisState('calibrate', { kind: 'running', progress }));
    await panel.page.getByText('Trying the bias of lstm').waitFor();
    await button('Cancel the calibration').click();
    await panel.send(analysisState('calibrate', { kind: 'cancelled' }));
    await panel.page.locator('.notice', { hasText: 'The calibration was cancelled.' }).waitFor();
    expect(await requests()).toEqual([
      { type: 'startCalibrate' },
      { type: 'cancel', name: 'calibrate' },
    ] satisfies AnalysisRequest[]);
    await panel.send(analysisState('calibrate', { kind: 'failed', message: '6 samples are too few' }));
    await panel.page.getByText('6 samples are too few', { exact: true }).waitFor();
  });

  test('shows what the command line prints, exports it, and is applied as a whole', async () => {
    await calibrated();
    expect(await cells('Changes')).toEqual(changesTable(calibration).rows);
    expect(await cells('Before and after')).toEqual([
      ['250 held out', 'before', '4.00e-1', '4.00e-2', '90.00 %', '90.00 %'],
      ['250 held out', 'after', '2.00e-1', '2.00e-2', '95.00 %', '95.00 %'],
      ['all 500', 'before', '5.00e-1', '5.00e-2', '91.00 %', '91.00 %'],
      ['all 500', 'after', '2.50e-1', '2.50e-2', '96.00 %', '96.00 %'],
    ]);
    await panel.page.getByText('1 of 2 changes kept, chosen on 250 samples').waitFor();
    await panel.page.evaluate(axe.source);
    const { violations } = await panel.page.evaluate(() =>
      globalThis.axe.run('vscode-panel-view:not([hidden])'),
    );
    expect(violations).toEqual([]);
    const { name, content } = await saved(() => button('Export CSV: Changes').click());
    expect(name).toBe('rows-calibration-changes.csv');
    expect(content).toContain('bias of each neuron by its mean error,3,0.4,0.1,0.4,0.2,kept');
    await button(apply).click();
    expect(await requests()).toEqual([{ type: 'applyCalibration' }] satisfies AnalysisRequest[]);
  });

  test('of before the specification changed is not applied', async () => {
    await calibrated(calibration, true);
    await panel.page.getByText('has changed or run again since this calibration').waitFor();
    expect(await button(apply).isDisabled()).toBe(true);
  });

  test('that found nothing says so', async () => {
    await calibrated({ ...calibration, fix: null, changes: [calibration.changes[1]!] });
    await panel.page.getByText(nothingKept).waitFor();
    expect(await button(apply).count()).toBe(0);
  });
});
