import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { SpikewiseApi } from '../../src/extension/api.ts';
import {
  activate,
  changeSpecification,
  convert,
  copyExample,
  failureOf,
  newestReport,
  panelTab,
  reportOf,
} from './support.ts';

describe('failures', () => {
  let api: SpikewiseApi;
  before(async () => {
    api = await activate();
  });
  afterEach(async () => {
    api.useWorker();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  for (const [how, script] of [
    ['exits', 'setTimeout(() => process.exit(7), 50);'],
    ['throws', 'throw new Error("out of memory");'],
  ] as const) {
    it(`of a worker that ${how} are told, and the next run works`, async () => {
      const example = copyExample('mnist-rows');
      reportOf(await convert(api, example.specification));
      const report = (await newestReport(api, example)).fsPath;
      const before = readFileSync(report);

      const worker = path.join(example.folder, 'dying.mjs');
      writeFileSync(worker, script);
      api.useWorker(vscode.Uri.file(worker));
      const failure = failureOf(await convert(api, example.specification));
      assert.equal(failure.exitCode, 3);
      assert.match(failure.message, /ended unexpectedly/);
      assert.deepEqual(readFileSync(report), before);
      assert.deepEqual(api.running(), []);

      api.useWorker();
      reportOf(await convert(api, example.specification));
    });
  }

  it('leave the earlier report and its panel', async () => {
    const example = copyExample('mnist-rows');
    reportOf(await convert(api, example.specification));
    const report = (await newestReport(api, example)).fsPath;
    const before = readFileSync(report);
    changeSpecification(example, { model: 'gone.json' });
    failureOf(await convert(api, example.specification));
    assert.deepEqual(readFileSync(report), before);
    assert.ok(panelTab(example));
  });
});
