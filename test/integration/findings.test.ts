import assert from 'node:assert/strict';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { SpikewiseApi } from '../../src/extension/api.ts';
import {
  activate,
  changeSpecification,
  codeOf,
  convert,
  copyExample,
  failureOf,
  nextRun,
  ours,
  quickFixes,
  readSpecification,
  remove,
  reportOf,
  someIn,
  underlined,
  until,
  withUnknownGates,
} from './support.ts';

describe('findings', () => {
  let api: SpikewiseApi;
  before(async () => {
    api = await activate();
  });
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  it('are diagnostics on the keys of a model.json of one line', async () => {
    const example = withUnknownGates(copyExample('mnist-rows-plain'));
    assert.equal(readFileSync(example.model.fsPath, 'utf8').trim().split('\n').length, 1);
    failureOf(await convert(api, example.specification));
    assert.deepEqual(await underlined(example.model), [
      ['activation-unknown', '"my_candidate"'],
      ['activation-unknown', '"my_gate"'],
      ['layer-analog', '"class_name"'],
      ['nothing-to-convert', '{'],
    ]);
  });

  it('have quick fixes that change the specification, and only what they say', async () => {
    const example = withUnknownGates(copyExample('mnist-rows-plain'));
    await convert(api, example.specification);
    const [unknown] = await someIn(example.model);
    const fixes = await quickFixes(example.model, unknown!.range);
    const [fix] = fixes;
    assert.match(fix!.title, /^Define "my_candidate" as the paper's hard sigmoid/);
    assert.equal(fix!.isPreferred, true);
    assert.ok(fixes.some(({ title }) => title.endsWith('and convert again')));

    const before = readSpecification(example);
    assert.ok(await vscode.workspace.applyEdit(fix!.edit!));
    const document = await vscode.workspace.openTextDocument(example.specification);
    await document.save();
    const linear = { slope: 0.25, offset: 0.5, low: 0, high: 1 };
    assert.deepEqual(readSpecification(example), { ...before, activations: { my_candidate: linear } });
  });

  it('are fixed all at once and converted again', async () => {
    const example = withUnknownGates(copyExample('mnist-rows-plain'));
    await convert(api, example.specification);
    const [unknown] = await someIn(example.model);
    const all = (await quickFixes(example.model, unknown!.range)).find(({ title }) =>
      title.startsWith('Apply All 2'),
    );
    const finished = nextRun(api);
    await vscode.commands.executeCommand(all!.command!.command, ...(all!.command!.arguments as unknown[]));
    reportOf(await finished);
    assert.deepEqual(Object.keys(readSpecification(example)['activations'] as object), [
      'my_candidate',
      'my_gate',
    ]);
    await until('other diagnostics', () =>
      ours(example.model).every((diagnostic) => codeOf(diagnostic) !== 'activation-unknown'),
    );
  });

  it('of a chip point at the key of its file, or at its name', async () => {
    const example = copyExample('mnist-rows', { chip: 'mine.spikewise-chip.json' });
    const chip = path.join(example.folder, 'mine.spikewise-chip.json');
    writeFileSync(chip, '{\n  "name": 7\n}\n');
    assert.equal(failureOf(await convert(api, example.specification)).exitCode, 2);
    assert.deepEqual(await underlined(vscode.Uri.file(chip)), [['chip-invalid', '7']]);

    changeSpecification(example, { chip: 'loihi3' });
    assert.equal(failureOf(await convert(api, example.specification)).exitCode, 2);
    assert.deepEqual(await underlined(example.specification), [['chip-invalid', '"loihi3"']]);
    const [diagnostic] = ours(example.specification);
    const titles = (await quickFixes(example.specification, diagnostic!.range)).map(({ title }) => title);
    assert.ok(titles.includes('Use loihi1') && titles.includes('Use loihi2'));
  });

  it('of a specification point at its key and offer the default', async () => {
    const example = copyExample('mnist-rows', { timesteps: 0 });
    assert.equal(failureOf(await convert(api, example.specification)).exitCode, 2);
    assert.deepEqual(await underlined(example.specification), [['specification-invalid', '0']]);

    const [diagnostic] = ours(example.specification);
    const [fix] = await quickFixes(example.specification, diagnostic!.range);
    assert.equal(fix!.title, 'Set timesteps to 8, the default');

    // From the panel the same fix is applied, saved and run.
    const finished = nextRun(api);
    await api.sendFromPanel(example.specification, { type: 'applyFix', index: 0, fix: 0 });
    reportOf(await finished);
    assert.equal(readSpecification(example)['timesteps'], 8);
    await until('the fault to go', () => ours(example.specification).length === 0);
  });

  it('are replaced by those of the next run', async () => {
    const example = copyExample('mnist-rows', { timesteps: 0 });
    await convert(api, example.specification);
    await until('a diagnostic', () => ours(example.specification).length === 1);
    changeSpecification(example, { timesteps: 8, coding: 'rate' });
    await convert(api, example.specification);
    const found = await until('the other diagnostic', () => {
      const all = ours(example.specification);
      return all.some(({ message }) => message.includes('coding')) && all;
    });
    assert.equal(found.length, 1);
  });

  it('go with their file', async () => {
    const example = copyExample('mnist-rows', { timesteps: 0 });
    await convert(api, example.specification);
    await until('a diagnostic', () => ours(example.specification).length === 1);
    // The editor reports nothing of a file that goes before its watcher has seen it come.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    remove(example.specification.fsPath);
    await until('it to go', () => ours(example.specification).length === 0);
  });

  it('name a weight file that is missing', async () => {
    const example = copyExample('mnist-rows');
    renameSync(path.join(example.folder, 'weights.bin'), path.join(example.folder, 'elsewhere.bin'));
    const { message } = failureOf(await convert(api, example.specification));
    assert.match(message, /weights\.bin/);
    assert.deepEqual(await underlined(example.model), [['weights-unreadable', '"weights.bin"']]);
  });

  it('about inputs stand at the key that names them', async () => {
    const example = copyExample('mnist-rows', { data: { inputs: 'missing.npy' } });
    await convert(api, example.specification);
    assert.deepEqual(await underlined(example.specification), [['data-unreadable', '"missing.npy"']]);
  });

  it('are revealed from the panel', async () => {
    const example = copyExample('mnist-rows', { timesteps: 0 });
    await convert(api, example.specification);
    await api.sendFromPanel(example.specification, { type: 'reveal', index: 0 });
    const editor = await until('the editor', () => vscode.window.activeTextEditor);
    assert.equal(editor.document.uri.toString(), example.specification.toString());
    assert.equal(editor.document.getText(editor.selection), '0');
    assert.equal(editor.document.languageId, 'jsonc');
  });

  it('open their page', async () => {
    await vscode.commands.executeCommand('spikewise.openFindingPage', 'layer-analog');
    const opened = () => vscode.window.tabGroups.activeTabGroup.activeTab?.label ?? '';
    await until('the page', () => opened().includes('layer-analog'));
  });

  it('refuse to change anything but a specification', async () => {
    const example = copyExample('mnist-rows');
    const before = readFileSync(example.model.fsPath, 'utf8');
    const edits = [{ path: ['format'], value: 'changed' }];
    await assert.rejects(
      Promise.resolve(vscode.commands.executeCommand('spikewise.applyFix', example.model.toString(), edits)),
      /not a specification/,
    );
    assert.equal(readFileSync(example.model.fsPath, 'utf8'), before);
  });
});
