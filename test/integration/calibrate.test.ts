import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { SpikewiseApi } from '../../src/extension/api.ts';
import {
  activate,
  copyExample,
  newestReport,
  nextRun,
  panelTab,
  readSpecification,
  reportOf,
} from './support.ts';

describe('calibrating', () => {
  let api: SpikewiseApi;
  before(async () => {
    api = await activate();
  });
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  const data = { inputs: 'digits.npy', labels: 'labels.npy', limit: 100 };

  it('from the command changes nothing; the panel applies what was kept, and a run says what was promised', async () => {
    // Counts that are rounded down are low: biases put that right.
    const example = copyExample('mnist-rows', { data, coding: 'reset', timesteps: 8 });
    const { specification } = example;
    const before = readSpecification(example);
    assert.equal(await vscode.commands.executeCommand('spikewise.calibrate', specification), 'done');
    assert.ok(await newestReport(api, example));
    assert.ok(panelTab(example));
    assert.deepEqual(readSpecification(example), before);
    const found = api.analyses(specification).find((message) => message.type === 'calibration');
    assert.ok(found, 'nothing is calibrated');
    const { calibration } = found;
    assert.ok(calibration.fix, 'something was kept');
    assert.ok(calibration.heldOut.after.outputs < calibration.heldOut.before.outputs);

    const finished = nextRun(api);
    await api.sendFromPanel(specification, { type: 'analysis', request: { type: 'applyCalibration' } });
    const report = reportOf(await finished);
    const corrections = calibration.fix.edits.find(({ path }) => path[0] === 'corrections')!.value;
    assert.deepEqual(readSpecification(example), { ...before, corrections });
    assert.equal(report.accuracy.spiking, calibration.all.after.accuracy);
    const mse = report.layers.at(-1)!.output!.mse;
    assert.ok(Math.abs(mse - calibration.all.after.mse) < 1e-9, `${mse} is not ${calibration.all.after.mse}`);
    const state = api.analyses(specification).find((message) => message.type === 'state');
    assert.equal(state?.earlier, true);
  });

  it('of too few samples says how many it needs', async () => {
    const example = copyExample('mnist-rows');
    await vscode.commands.executeCommand('spikewise.calibrate', example.specification);
    const state = api.analyses(example.specification).find((message) => message.type === 'state')?.state;
    assert.equal(state?.kind, 'failed');
    assert.match(state.message, /10 samples are too few to calibrate on/);
  });
});
