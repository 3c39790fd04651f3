import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { SpikewiseApi } from '../../src/extension/api.ts';
import type { RunGroup, RunNode } from '../../src/extension/runs-view.ts';
import {
  activate,
  changeSpecification,
  convert,
  copyExample,
  newestReport,
  panelTab,
  reportOf,
  until,
  type Example,
} from './support.ts';

describe('kept runs', () => {
  let api: SpikewiseApi;
  before(async () => {
    api = await activate();
  });
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  /** Those of an example in the list, newest first. */
  async function runsOf({ specification }: Example): Promise<readonly RunNode[]> {
    const groups = (await api.keptRuns()) as readonly RunGroup[];
    return groups.find(({ file }) => file === specification.fsPath)?.runs ?? [];
  }

  const descriptionOf = (node: RunNode) => api.keptRunItem(node).description;
  const folderOf = ({ folder }: Example) => path.join(folder, '.spikewise', 'runs');

  /** Ids are of the second, and sort by it. */
  const nextSecond = () => new Promise((resolve) => setTimeout(resolve, 1010));

  async function twoRuns(): Promise<Example> {
    const example = copyExample('mnist-rows', { timesteps: 4 });
    reportOf(await convert(api, example.specification));
    await nextSecond();
    changeSpecification(example, { timesteps: 6 });
    reportOf(await convert(api, example.specification));
    return example;
  }

  it('are listed by specification, newest first, with what tells them apart', async () => {
    const example = await twoRuns();
    const runs = await runsOf(example);
    assert.deepEqual(
      runs.map((run) => String(descriptionOf(run)).replace(/^[\d.]+ %/, '%')),
      ['%, T = 6, residual', '%, T = 4, residual'],
    );
    assert.deepEqual(
      readdirSync(folderOf(example)).sort().reverse(),
      runs.map(({ run }) => run.id),
    );
    const item = api.keptRunItem(runs[0]!);
    assert.equal(item.contextValue, 'spikewise.run');
    assert.match(item.tooltip as string, /weights: .*weights\.bin \(SHA-256/);
    assert.equal((await newestReport(api, example)).fsPath, path.join(runs[0]!.run.folder, 'report.json'));
  });

  it('open again in the panel', async () => {
    const example = await twoRuns();
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    const [, older] = await runsOf(example);
    const { createdAt } = older!.run.manifest!;
    await vscode.commands.executeCommand('spikewise.openRun', older);
    await until('the panel', () => panelTab(example));
    assert.notEqual(createdAt, (await runsOf(example))[0]!.run.manifest!.createdAt);
  });

  it('open as text', async () => {
    const example = await twoRuns();
    const [newer] = await runsOf(example);
    await vscode.commands.executeCommand('spikewise.showRunText', newer);
    const scheme = () => vscode.window.activeTextEditor?.document.uri.scheme;
    await until('the text', () => scheme() === 'spikewise-run');
  });

  it('are compared in a page', async () => {
    const example = await twoRuns();
    const [newer, older] = await runsOf(example);
    const page = () =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .find(({ label }) => label === `Spikewise: two runs of mnist-rows`);
    await vscode.commands.executeCommand('spikewise.compareRuns', newer, [newer, older]);
    await vscode.window.tabGroups.close(await until('the page', page));
    await vscode.commands.executeCommand('spikewise.selectRunForCompare', older);
    await vscode.commands.executeCommand('spikewise.compareWithSelected', newer);
    await until('the page', page);
  });

  it('are exported as one HTML file, from the list and from the panel', async () => {
    const example = await twoRuns();
    const [, older] = await runsOf(example);
    const target = vscode.Uri.file(path.join(example.folder, 'older.html'));
    await vscode.commands.executeCommand('spikewise.exportReport', older, target);
    const page = readFileSync(target.fsPath, 'utf8');
    assert.match(page, /^<!doctype html>/);
    assert.match(page, /T = 4/);
    assert.ok(page.includes(older!.run.id));

    await vscode.commands.executeCommand('spikewise.openRun', older);
    await until('the panel in front', () => panelTab(example)?.isActive);
    const other = vscode.Uri.file(path.join(example.folder, 'panel.html'));
    await vscode.commands.executeCommand('spikewise.exportReport', undefined, other);
    assert.equal(readFileSync(other.fsPath, 'utf8'), page);
  });

  it('that are damaged are listed as such', async () => {
    const example = await twoRuns();
    const [newer] = await runsOf(example);
    const file = path.join(newer!.run.folder, 'run.json');
    writeFileSync(file, readFileSync(file, 'utf8').slice(0, 100));
    assert.equal((await runsOf(example)).length, 1);
    const groups = (await api.keptRuns()) as readonly RunGroup[];
    const damaged = groups.flatMap(({ runs }) => runs).find(({ run }) => run.id === newer!.run.id)!;
    const item = api.keptRunItem(damaged);
    assert.deepEqual([item.description, item.contextValue], ['damaged', 'spikewise.damagedRun']);
    assert.match(item.tooltip as string, /run\.json is not valid JSON/);
    await vscode.commands.executeCommand('spikewise.deleteRun', damaged);
    assert.equal(existsSync(newer!.run.folder), false);
  });

  it('are as many as the settings say', async () => {
    const settings = vscode.workspace.getConfiguration('spikewise.runs');
    await settings.update('keep', 1, vscode.ConfigurationTarget.Global);
    try {
      assert.equal((await runsOf(await twoRuns())).length, 1);
    } finally {
      await settings.update('keep', undefined, vscode.ConfigurationTarget.Global);
    }
  });

  it('go to the storage of the extension where their folder cannot be written', async () => {
    const example = copyExample('mnist-rows');
    writeFileSync(path.join(example.folder, '.spikewise'), 'in the way');
    const report = reportOf(await convert(api, example.specification));
    const file = await newestReport(api, example);
    assert.ok(!file.fsPath.startsWith(example.folder));
    assert.equal((await runsOf(example))[0]!.run.manifest!.createdAt, report.createdAt);
  });

  it('are deleted one by one, and cleared', async () => {
    const example = await twoRuns();
    const [newer] = await runsOf(example);
    await vscode.commands.executeCommand('spikewise.deleteRun', newer);
    assert.equal((await runsOf(example)).length, 1);
    await vscode.commands.executeCommand('spikewise.clearRuns', true);
    assert.deepEqual(await api.keptRuns(), []);
    assert.deepEqual(readdirSync(folderOf(example)), []);
    rmSync(example.folder, { recursive: true });
  });
});
