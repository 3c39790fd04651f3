import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import { documentText, runDocument } from '../../src/core/report/document.ts';
import { formatError, formatRate } from '../../src/core/report/format.ts';
import type { Report } from '../../src/core/report/types.ts';
import type { SpikewiseApi } from '../../src/extension/api.ts';
import {
  activate,
  codeOf,
  convert,
  copyExample,
  ours,
  panelTab,
  reportOf,
  until,
  type Example,
} from './support.ts';

describe('a run as text', () => {
  let api: SpikewiseApi;
  let example: Example;
  let report: Report;
  let file: vscode.Uri;

  before(async () => {
    api = await activate();
    // A tolerance that no run keeps: a finding about a gate.
    example = copyExample('mnist-rows', { tolerance: { mse: 1e-9, accuracyDrop: 0.5 } });
    report = reportOf(await convert(api, example.specification));
    file = vscode.Uri.file(path.join(example.folder, 'run.spikewise-report.json'));
    const kept = await until('the report', () => api.reportFile(example.specification));
    copyFileSync(kept.fsPath, file.fsPath);
  });
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  async function open(): Promise<vscode.TextDocument> {
    await vscode.commands.executeCommand('spikewise.openRunText', file);
    return vscode.window.activeTextEditor!.document;
  }

  function lineOf(document: vscode.TextDocument, start: RegExp): number {
    const found = document
      .getText()
      .split('\n')
      .findIndex((line) => start.test(line));
    assert.ok(found >= 0, String(start));
    return found;
  }

  const lstm = () => report.layers.find(({ kind }) => kind === 'LSTM')!;

  it('is read-only, of its own language, and says what the report says', async () => {
    const document = await open();
    assert.equal(document.languageId, 'spikewise-run');
    assert.equal(document.uri.scheme, 'spikewise-run');
    assert.match(document.uri.path, /\/mnist-rows\.spikewise-run$/);
    assert.equal(document.getText(), documentText(runDocument(report)));
    await vscode.commands.executeCommand('type', { text: 'x' });
    assert.equal(document.isDirty, false);
    assert.equal(document.getText(), documentText(runDocument(report)));
  });

  it('has code lenses above layers, which lead into the panel', async () => {
    const document = await open();
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>(
      'vscode.executeCodeLensProvider',
      document.uri,
      100,
    );
    const line = lineOf(document, /^ {2}lstm +LSTM/);
    const above = lenses.filter(({ range }) => range.start.line === line).map(({ command }) => command!);
    assert.equal(above.length, 3);
    assert.match(above[0]!.title, /^firing rate 0\.\d{4}$/);
    assert.equal(above[1]!.title, `MSE ${formatError(lstm().output!.mse)}`);
    assert.match(above[2]!.title, /^\d+ cores?$/);
    // The run's panel is open: it is brought to the front, not another.
    await vscode.commands.executeCommand('spikewise.showResults', example.specification.toString());
    await until('the panel', () => panelTab(example));
    const [rate] = above;
    await vscode.commands.executeCommand(rate!.command, ...(rate!.arguments as unknown[]));
    await until('the panel in front', () => panelTab(example)?.isActive);
  });

  it('has hovers with charts over layers, gates and cores', async () => {
    const document = await open();
    const hoverAt = async (start: RegExp, character: number) => {
      const position = new vscode.Position(lineOf(document, start), character);
      const hovers = await vscode.commands.executeCommand<vscode.Hover[]>(
        'vscode.executeHoverProvider',
        document.uri,
        position,
      );
      return hovers
        .flatMap(({ contents }) => contents)
        .map((content) => (content as vscode.MarkdownString).value)
        .join('\n');
    };
    const charts = (markdown: string) =>
      [...markdown.matchAll(/data:image\/svg\+xml;base64,([\w+/=]+)/g)].map(([, data]) =>
        Buffer.from(data!, 'base64').toString(),
      );
    const [bars, lines] = charts(await hoverAt(/^ {2}lstm +LSTM/, 3));
    for (const { firingRate } of lstm().populations) assert.ok(bars!.includes(`>${formatRate(firingRate)}<`));
    assert.match(lines!, /<polyline points="\d/);
    assert.equal(charts(await hoverAt(/^ {4}f, forget gate/, 6)).length, 2);
    const core = await hoverAt(/^ {2}chip 0 core/, 4);
    assert.equal(charts(core).length, 1);
    assert.match(core, /command:spikewise\.showInResults/);
    assert.equal(await hoverAt(/^options/, 2), '');
  });

  it('folds, has an outline, and its core leads to what lives there', async () => {
    const document = await open();
    const folds = await vscode.commands.executeCommand<vscode.FoldingRange[]>(
      'vscode.executeFoldingRangeProvider',
      document.uri,
    );
    const layer = lineOf(document, /^ {2}lstm +LSTM/);
    assert.ok(folds.some(({ start, end }) => start === layer && end >= layer + 5));

    const symbols = await vscode.commands.executeCommand<vscode.DocumentSymbol[]>(
      'vscode.executeDocumentSymbolProvider',
      document.uri,
    );
    const names = symbols.map(({ name }) => name);
    assert.deepEqual(names, ['model', 'options', 'results', 'layers', 'cores']);
    assert.deepEqual(
      symbols[3]!.children.map(({ name }) => name),
      report.layers.map(({ name }) => name),
    );
    const gates = symbols[3]!.children.find(({ name }) => name === 'lstm')!.children;
    assert.equal(gates.length, lstm().populations.length);
    assert.equal(symbols[4]!.children.length, report.chip.cores.length);

    const core = lineOf(document, /^ {2}chip 0 core/);
    const mention = document.lineAt(core).text.indexOf('lstm/f');
    const definition = (line: number, character: number) =>
      vscode.commands.executeCommand<vscode.Location[]>(
        'vscode.executeDefinitionProvider',
        document.uri,
        new vscode.Position(line, character),
      );
    const [gate] = await definition(core, mention + 2);
    assert.equal(gate!.range.start.line, lineOf(document, /^ {4}f, forget gate/));
    const cores = await definition(layer, 3);
    const lives = report.chip.cores.filter(({ populations }) => populations.some((p) => p.layer === 'lstm'));
    assert.equal(cores.length, lives.length);
    assert.equal(cores[0]!.range.start.line, core);
  });

  it('links the model and the specification', async () => {
    const document = await open();
    const links = await vscode.commands.executeCommand<vscode.DocumentLink[]>(
      'vscode.executeLinkProvider',
      document.uri,
    );
    const paths = links.map(({ target }) => target!.fsPath);
    assert.ok(paths.includes(example.model.fsPath) && paths.includes(example.specification.fsPath));
  });

  it('has its findings on the lines that they are about, with their fixes, until it is closed', async () => {
    const document = await open();
    const found = await until('its findings', () => {
      const all = ours(document.uri);
      return all.length === report.findings.length && all;
    });
    const tolerance = found.find((diagnostic) => codeOf(diagnostic) === 'mse-above-tolerance')!;
    const { population } = report.findings.find(({ code }) => code === 'mse-above-tolerance')!;
    assert.match(document.lineAt(tolerance.range.start).text, new RegExp(`^ {4}${population!}\\b`));
    const [related] = tolerance.relatedInformation ?? [];
    assert.equal(related!.location.uri.fsPath, example.specification.fsPath);
    const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
      'vscode.executeCodeActionProvider',
      document.uri,
      tolerance.range,
      vscode.CodeActionKind.QuickFix.value,
    );
    const fix = actions.find(({ title }) => title.startsWith('Run 16 time-steps'));
    assert.equal(fix?.command?.command, 'spikewise.applyFix');
    // Those of the model and of the specification stay.
    assert.ok(ours(example.specification).length > 0);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await until('them to go', () => ours(document.uri).length === 0);
    // The document may still be there.
    await open();
    await until('them again', () => ours(document.uri).length === found.length);
  });

  it('is opened by the panel at the line that it names, and leads back from there', async () => {
    await vscode.commands.executeCommand('spikewise.showResults', example.specification.toString());
    await until('the panel', () => panelTab(example));
    const about = { kind: 'population', layer: 'lstm', population: 'o' } as const;
    const editor = await until('the text', async () => {
      await api.sendFromPanel(example.specification, { type: 'openRunText', about });
      return vscode.window.activeTextEditor;
    });
    assert.equal(editor.document.getText(editor.selection), 'o, output gate');
    await vscode.commands.executeCommand('spikewise.showInResults');
    await until('the panel in front', () => panelTab(example)?.isActive);
  });

  it('leads to an editor of the report where no panel shows its run', async () => {
    const other = vscode.Uri.file(path.join(example.folder, 'other.spikewise-report.json'));
    const earlier = { ...report, createdAt: '2020-01-01T00:00:00.000Z' };
    writeFileSync(other.fsPath, JSON.stringify(earlier));
    await vscode.commands.executeCommand('spikewise.openRunText', other);
    await vscode.commands.executeCommand('spikewise.showInResults');
    await until('the report', () => {
      const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return input instanceof vscode.TabInputCustom && input.uri.fsPath === other.fsPath;
    });
  });

  it('follows its report, also where that can no longer be read', async () => {
    const document = await open();
    // The editor reports nothing of a file that changes before its watcher has started.
    await new Promise((resolve) => setTimeout(resolve, 2000));
    const text = readFileSync(file.fsPath, 'utf8');
    writeFileSync(file.fsPath, JSON.stringify({ ...report, model: { ...report.model, parameters: 7 } }));
    await until('the other text', () => /parameters +7\n/.test(document.getText()));
    writeFileSync(file.fsPath, '{"schemaVersion": 1}');
    await until('the fault', () =>
      /^# .*run\.spikewise-report\.json cannot be shown: /.test(document.getText()),
    );
    assert.deepEqual(ours(document.uri), []);
    writeFileSync(file.fsPath, text);
    await until('the text again', () => document.getText() === documentText(runDocument(report)));
  });

  it('says so where there is no run to show', async () => {
    await assert.rejects(
      Promise.resolve(vscode.commands.executeCommand('spikewise.openRunText')),
      /There is no run to show as text/,
    );
  });
});
