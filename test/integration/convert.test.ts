import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Report } from '../../src/core/report/types.ts';
import type { SpikewiseApi } from '../../src/extension/api.ts';
import {
  activate,
  changeSpecification,
  convert,
  copyExample,
  failureOf,
  newestReport,
  nextRun,
  panelTab,
  readSpecification,
  remove,
  reportOf,
  until,
} from './support.ts';

describe('converting', () => {
  let api: SpikewiseApi;
  before(async () => {
    api = await activate();
  });
  afterEach(async () => {
    api.useWorker();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  it('leaves a report and draws it in a panel', async function () {
    const example = copyExample('mnist-rows');
    const run = await convert(api, example.specification);
    const file = await newestReport(api, example);
    const stored = JSON.parse(readFileSync(file.fsPath, 'utf8')) as Report;
    assert.deepEqual(stored, JSON.parse(JSON.stringify(reportOf(run))));
    assert.equal(stored.options.samples, 10);
    const paint = await until('the panel to draw', () => {
      const last = api.lastPaint();
      return last?.createdAt === stored.createdAt && last;
    });
    assert.ok(panelTab(example));
    const [ended, drawn] = [run.milliseconds, paint.milliseconds].map(Math.round);
    this.test!.title += ` (${ended!} ms, drawn after ${drawn!} ms)`;
  });

  it('takes the specification beside a model file', async () => {
    const example = copyExample('mnist-rows');
    const { specification } = await convert(api, example.model);
    assert.equal(specification, example.specification.fsPath);
  });

  it('writes a specification where a model has none', async () => {
    const example = copyExample('mnist-rows-plain');
    remove(example.specification.fsPath);
    const run = await convert(api, example.model);
    const { specification } = run;
    assert.equal(specification, path.join(example.folder, `${path.basename(example.folder)}.spikewise.json`));
    const written = JSON.parse(readFileSync(specification, 'utf8')) as Record<string, unknown>;
    assert.deepEqual(written['data'], { inputs: 'digits.npy', labels: 'labels.npy' });
    reportOf(run); // Ordinary gates: a few neurons are fitted to them.
  });

  it('does not write over a specification that cannot be read', async () => {
    const example = copyExample('mnist-rows');
    remove(example.specification.fsPath);
    const file = path.join(example.folder, `${path.basename(example.folder)}.spikewise.json`);
    writeFileSync(file, '{ "model": "model.json", oops');
    failureOf(await convert(api, example.model));
    assert.equal(readFileSync(file, 'utf8'), '{ "model": "model.json", oops');
  });

  it('does not write over the specification of another model', async () => {
    const example = copyExample('mnist-rows');
    remove(example.specification.fsPath);
    const file = path.join(example.folder, `${path.basename(example.folder)}.spikewise.json`);
    const text = '{ "model": "other.json", "data": { "inputs": "digits.npy" } }';
    writeFileSync(file, text);
    const converted = Promise.resolve(vscode.commands.executeCommand('spikewise.convert', example.model));
    await assert.rejects(converted, /another model/);
    assert.equal(readFileSync(file, 'utf8'), text);
  });

  it('saves unsaved edits of the specification first', async () => {
    const example = copyExample('mnist-rows');
    const document = await vscode.workspace.openTextDocument(example.specification);
    const edit = new vscode.WorkspaceEdit();
    const at = document.getText().indexOf('"timesteps": 8') + '"timesteps": '.length;
    edit.replace(document.uri, new vscode.Range(document.positionAt(at), document.positionAt(at + 1)), '5');
    await vscode.workspace.applyEdit(edit);
    assert.ok(document.isDirty);
    assert.equal(reportOf(await convert(api, example.specification)).options.timesteps, 5);
    assert.equal(readSpecification(example)['timesteps'], 5);
  });

  it('opens one panel for a specification', async () => {
    const example = copyExample('mnist-rows');
    reportOf(await convert(api, example.specification));
    reportOf(await convert(api, example.specification));
    const panels = vscode.window.tabGroups.all.flatMap(({ tabs }) =>
      tabs.filter(({ input }) => input instanceof vscode.TabInputWebview),
    );
    assert.equal(panels.length, 1);
  });

  it('runs again from the panel', async () => {
    const example = copyExample('mnist-rows');
    await convert(api, example.specification);
    const finished = nextRun(api);
    await api.sendFromPanel(example.specification, { type: 'runAgain' });
    reportOf(await finished);
  });

  describe('cancelling', () => {
    /** Long enough to be cancelled in. */
    const long = { timesteps: 4096, data: { inputs: 'digits.npy', labels: 'labels.npy' } };

    for (const from of ['the command', 'the panel']) {
      it(`stops within 200 ms from ${from} and leaves the earlier report`, async function () {
        const example = copyExample('mnist-rows');
        reportOf(await convert(api, example.specification));
        const report = (await newestReport(api, example)).fsPath;
        const before = readFileSync(report);

        changeSpecification(example, long);
        const finished = nextRun(api);
        void vscode.commands.executeCommand('spikewise.convert', example.specification);
        await until('the run', () => api.running().length === 1);
        await new Promise((resolve) => setTimeout(resolve, 1000)); // Into the simulation.
        const start = performance.now();
        if (from === 'the panel') await api.sendFromPanel(example.specification, { type: 'cancel' });
        else void vscode.commands.executeCommand('spikewise.cancel');
        const { result } = await finished;
        const milliseconds = performance.now() - start;
        this.test!.title += ` (${milliseconds.toFixed(1)} ms)`;

        assert.equal(result.outcome, 'cancelled');
        assert.ok(milliseconds < 200, `${milliseconds} ms`);
        assert.deepEqual(api.running(), []);
        assert.deepEqual(readFileSync(report), before);
      });
    }

    it('happens to a run that is started again', async () => {
      const example = copyExample('mnist-rows', long);
      const first = nextRun(api);
      void vscode.commands.executeCommand('spikewise.convert', example.specification);
      await until('the run', () => api.running().length === 1);
      changeSpecification(example, { timesteps: 2, data: { inputs: 'digits.npy', limit: 10 } });
      const outcome = vscode.commands.executeCommand('spikewise.convert', example.specification);
      assert.equal((await first).result.outcome, 'cancelled');
      assert.equal(await outcome, 'done');
    });
  });

  it('does not leave a report of a run that never ended', async () => {
    const example = copyExample('mnist-rows', { timesteps: 4096, data: { inputs: 'digits.npy' } });
    const finished = nextRun(api);
    void vscode.commands.executeCommand('spikewise.convert', example.specification);
    await until('the run', () => api.running().length === 1);
    await vscode.commands.executeCommand('spikewise.cancel', example.specification);
    await finished;
    assert.equal(await api.reportFile(example.specification), undefined);
  });
});
