import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { FinetuneProgress } from '../../src/core/finetune/types.ts';
import type { SpikewiseApi } from '../../src/extension/api.ts';
import type { AnalysisRequest, AnalysisState } from '../../src/protocol/analyses.ts';
import {
  activate,
  changeSpecification,
  underlined,
  convert,
  copyExample,
  nextRun,
  panelTab,
  reportOf,
  someIn,
  until,
  type Example,
} from './support.ts';

/** Enough for a tenth of them to have as many as there are classes. */
const data = { inputs: 'digits.npy', labels: 'labels.npy', limit: 120 };
const quick = { epochs: 2, rounding: true, learningRate: 0.002 };
/** More than any test waits for. */
const endless = { ...quick, epochs: 100_000 };

describe('retraining', () => {
  let api: SpikewiseApi;
  before(async () => {
    api = await activate();
  });
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  const plain = (change: object = {}) => copyExample('mnist-rows-plain', { data, timesteps: 4, ...change });
  const outOf = ({ folder }: Example) => path.join(folder, 'tuned');
  const retrain = (example: Example, answers: object) =>
    vscode.commands.executeCommand('spikewise.finetune', example.specification, {
      out: outOf(example),
      ...answers,
    });
  const ask = ({ specification }: Example, request: AnalysisRequest) =>
    api.sendFromPanel(specification, { type: 'analysis', request });
  const messages = ({ specification }: Example) => api.analyses(specification);

  function shown(example: Example): FinetuneProgress | undefined {
    return messages(example).flatMap((message) =>
      message.type === 'finetune' ? [message.retraining] : [],
    )[0];
  }

  function stateOf(example: Example): AnalysisState | undefined {
    return messages(example).flatMap((message) =>
      message.type === 'state' && message.name === 'finetune' ? [message.state] : [],
    )[0];
  }

  const unfinishedOf = (example: Example) =>
    messages(example).flatMap((message) => (message.type === 'unfinished' ? [message.unfinished] : []))[0];

  it('writes a new model, shows how it went, and runs the new model and both', async () => {
    const example = plain();
    const lengths: number[] = [];
    const watch = setInterval(() => lengths.push(shown(example)?.losses.length ?? 0), 20);
    const outcome = await retrain(example, quick);
    clearInterval(watch);
    assert.equal(outcome, 'done');
    assert.deepEqual(stateOf(example), { kind: 'done' });
    const retraining = shown(example)!;
    assert.ok('written' in retraining);
    assert.equal(retraining.epochs.length, 3);
    // It was seen on its way: 4 steps an epoch.
    assert.equal(retraining.losses.length, 8);
    assert.ok(new Set(lengths).size > 2, `losses seen: ${[...new Set(lengths)].join(', ')}`);
    assert.deepEqual(
      readdirSync(example.folder).filter((name) => name.startsWith('tuned')),
      ['tuned'],
    );

    const finished = nextRun(api);
    await ask(example, { type: 'convertRetrained' });
    const report = reportOf(await finished);
    const { after } = retraining.accuracy;
    assert.deepEqual(
      { analog: report.accuracy.analog, spiking: report.accuracy.spiking },
      { analog: after!.analog, spiking: after!.spiking },
    );

    await ask(example, { type: 'compareRetrained' });
    await until('the comparison', () =>
      vscode.window.tabGroups.all
        .flatMap(({ tabs }) => tabs)
        .find(({ label }) => label === 'Spikewise: two runs of mnist-rows-plain'),
    );
  });

  it('goes on where its panel is closed', async () => {
    const example = plain();
    reportOf(await convert(api, example.specification));
    const ended = retrain(example, { ...quick, epochs: 6 });
    await until('the training', () => shown(example));
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    assert.equal(panelTab(example), undefined);
    assert.equal(await ended, 'done');
    assert.equal(shown(example)!.epochs.length, 7);
    assert.ok(existsSync(path.join(outOf(example), 'model.json')));
  });

  it('stops where the panel says so, and writes what it has', async () => {
    const example = plain();
    reportOf(await convert(api, example.specification));
    const ended = retrain(example, endless);
    await until('the first epoch', () => (shown(example)?.epochs.length ?? 0) > 1);
    await ask(example, { type: 'stopFinetune' });
    assert.equal(await ended, 'done');
    assert.match(shown(example)!.stopped!, /stopped (?:in|after) epoch \d+ of 100000/);
    assert.ok(existsSync(path.join(outOf(example), 'model.json')));
    assert.equal(unfinishedOf(example), undefined);
  });

  it('leaves its best epoch where it is cancelled, which becomes the model or goes', async () => {
    const example = plain();
    reportOf(await convert(api, example.specification));
    const cancel = async (end: () => unknown) => {
      const ended = retrain(example, endless);
      await until('a better epoch', () => existsSync(`${outOf(example)}.unfinished`));
      await end();
      assert.equal(await ended, 'cancelled');
      assert.deepEqual(stateOf(example), { kind: 'cancelled' });
      assert.ok(!existsSync(outOf(example)));
      return until('what is left', () => unfinishedOf(example));
    };
    const left = await cancel(() => ask(example, { type: 'cancel', name: 'finetune' }));
    assert.equal(left.epochs, 100_000);
    await ask(example, { type: 'discardUnfinished' });
    assert.equal(unfinishedOf(example), undefined);
    assert.ok(!existsSync(left.folder));

    await cancel(() => vscode.commands.executeCommand('spikewise.cancel'));
    await ask(example, { type: 'useUnfinished' });
    assert.equal(unfinishedOf(example), undefined);
    const tuned = vscode.Uri.file(path.join(outOf(example), 'mnist-rows-plain.spikewise.json'));
    assert.ok(reportOf(await convert(api, tuned)).accuracy.analog! > 0.5);
  });

  it('says what is wrong, in the panel and where it is', async () => {
    const few = plain({ data: { ...data, limit: 20 } });
    assert.equal(await retrain(few, quick), 'failed');
    const state = stateOf(few)!;
    assert.ok(state.kind === 'failed');
    assert.match(state.message, /20 samples are too few/);

    const diverging = plain();
    assert.equal(await retrain(diverging, { ...quick, learningRate: 1e9 }), 'failed');
    const diverged = stateOf(diverging)!;
    assert.ok(diverged.kind === 'failed');
    assert.match(diverged.message, /training diverged in epoch 1: .* nothing was written/);
    assert.ok(!existsSync(outOf(diverging)));

    // Of a specification that has never run, its run says that of the labels already.
    const labels = plain({ data: { ...data, labels: 'digits.npy' } });
    assert.equal(await retrain(labels, quick), undefined);
    assert.ok((await someIn(labels.specification)).length > 0);

    const changed = plain();
    reportOf(await convert(api, changed.specification));
    changeSpecification(changed, { data: { ...data, labels: 'digits.npy' } });
    assert.equal(await retrain(changed, quick), 'failed');
    const [code] = (await underlined(changed.specification)).map(([first]) => first);
    assert.equal(code, 'data-mismatch');
  });
});

describe('the Python modules', () => {
  before(activate);
  afterEach(async () => {
    await vscode.commands.executeCommand('workbench.action.revertAndCloseActiveEditor');
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
  });

  const extension = () => vscode.extensions.getExtension('spikewise.spikewise')!.extensionPath;
  const text = (name: string) => readFileSync(path.join(extension(), 'snippets', name), 'utf8');

  it('stand at the cursor, in the place of what is selected', async () => {
    const document = await vscode.workspace.openTextDocument({
      language: 'python',
      content: 'a = 1\nb = 2\n',
    });
    const editor = await vscode.window.showTextDocument(document);
    editor.selection = new vscode.Selection(1, 0, 1, 5);
    await vscode.commands.executeCommand('spikewise.insertPytorch');
    assert.equal(document.getText(), `a = 1\n${text('constrained_lstm_torch.py')}\n`);
  });

  it('open as a file of their own where no text is edited', async () => {
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await vscode.commands.executeCommand('spikewise.insertKeras');
    const { document } = vscode.window.activeTextEditor!;
    assert.equal(document.languageId, 'python');
    assert.equal(document.getText(), text('constrained_lstm_keras.py'));
  });
});
