import assert from 'node:assert/strict';
import { copyFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { SpikewiseApi } from '../../src/extension/api.ts';
import { activate, convert, copyExample, newestReport, reportOf, until } from './support.ts';

describe('a report file', () => {
  let api: SpikewiseApi;
  before(async () => {
    api = await activate();
  });
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  const active = () => vscode.window.tabGroups.activeTabGroup.activeTab?.input;

  it('opens as a panel', async () => {
    const example = copyExample('mnist-rows');
    reportOf(await convert(api, example.specification));
    const file = path.join(example.folder, 'x.spikewise-report.json');
    copyFileSync((await newestReport(api, example)).fsPath, file);
    const tab = async () => {
      const input = await until('the editor', active);
      return input instanceof vscode.TabInputCustom && input.uri.fsPath === file && input.viewType;
    };
    await vscode.commands.executeCommand('vscode.open', vscode.Uri.file(file));
    assert.equal(await until('the report', tab), 'spikewise.report');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.commands.executeCommand('spikewise.openReport', vscode.Uri.file(file));
    assert.equal(await until('the report', tab), 'spikewise.report');
  });

  it('that is none opens all the same and says so', async () => {
    const { folder } = copyExample('mnist-rows');
    const file = vscode.Uri.file(path.join(folder, 'broken.spikewise-report.json'));
    writeFileSync(file.fsPath, '{"schemaVersion": 1}');
    await vscode.commands.executeCommand('vscode.open', file);
    await until('the editor', () => active() instanceof vscode.TabInputCustom);
  });
});
