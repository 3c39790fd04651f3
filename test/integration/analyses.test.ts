import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Fix } from '../../src/core/findings/types.ts';
import type { SpikewiseApi } from '../../src/extension/api.ts';
import type { AnalysisMessage, AnalysisName, AnalysisRequest } from '../../src/protocol/analyses.ts';
import {
  activate,
  changeSpecification,
  codeOf,
  convert,
  copyExample,
  newestReport,
  nextRun,
  panelTab,
  quickFixes,
  readSpecification,
  remove,
  reportOf,
  someIn,
  until,
  type Example,
} from './support.ts';

type Of<Type extends AnalysisMessage['type']> = Extract<AnalysisMessage, { readonly type: Type }>;

describe('explaining and sweeping', () => {
  let api: SpikewiseApi;
  before(async () => {
    api = await activate();
  });
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  function told<Type extends AnalysisMessage['type']>({ specification }: Example, type: Type) {
    return api.analyses(specification).filter((message): message is Of<Type> => message.type === type);
  }

  const stateOf = (example: Example, name: AnalysisName) =>
    told(example, 'state').find((message) => message.name === name);
  const ask = ({ specification }: Example, request: AnalysisRequest) =>
    api.sendFromPanel(specification, { type: 'analysis', request });

  /** What the fix sets, as the specification has it now. */
  function assertApplied(example: Example, fix: Fix): void {
    const specification = readSpecification(example);
    for (const { path, value } of fix.edits) {
      const now = path.reduce<unknown>(
        (inside, key) => (inside as Record<string, unknown>)[key],
        specification,
      );
      assert.deepEqual(now, value);
    }
  }

  it('explains from the command, of a specification that has not run yet', async () => {
    const example = copyExample('mnist-rows', { timesteps: 2 });
    const outcome = await vscode.commands.executeCommand('spikewise.explain', example.specification);
    assert.equal(outcome, 'done');
    assert.ok(await newestReport(api, example));
    assert.ok(panelTab(example));
    const [{ explanation } = assert.fail('nothing is explained')] = told(example, 'explanation');
    assert.equal(explanation.samples, 10);
    assert.equal(explanation.rungs.length, 8);
    assert.deepEqual(stateOf(example, 'explain'), {
      type: 'state',
      name: 'explain',
      state: { kind: 'done' },
      earlier: false,
    });
  });

  it('applies the fix of a cause to the specification, runs again, and is of an earlier run then', async () => {
    const example = copyExample('mnist-rows', { timesteps: 2 });
    reportOf(await convert(api, example.specification));
    await ask(example, { type: 'startExplain' });
    const [{ explanation } = assert.fail('nothing is explained')] = told(example, 'explanation');
    const index = explanation.causes.findIndex(({ code }) => code === 'timesteps-few');
    assert.ok(index >= 0, 'more than two time-steps help');
    // One that there is not changes nothing.
    const before = readSpecification(example);
    await ask(example, { type: 'applyCause', index: explanation.causes.length });
    assert.deepEqual(readSpecification(example), before);

    const finished = nextRun(api);
    await ask(example, { type: 'applyCause', index });
    const { fix } = explanation.causes[index]!;
    assertApplied(example, fix);
    assert.equal(reportOf(await finished).options.timesteps, readSpecification(example)['timesteps']);
    assert.equal(stateOf(example, 'explain')!.earlier, true);
  });

  it('is of an earlier run once the specification has changed, and not once that is undone', async () => {
    const example = copyExample('mnist-rows', { timesteps: 2 });
    await vscode.commands.executeCommand('spikewise.sweep', example.specification);
    assert.equal(stateOf(example, 'sweep')!.earlier, false);
    changeSpecification(example, { timesteps: 3 });
    await until('the change to be seen', () => stateOf(example, 'sweep')!.earlier);
    changeSpecification(example, { timesteps: 2 });
    await until('the change to be undone', () => !stateOf(example, 'sweep')!.earlier);
  });

  it('sweeps what the panel asks for, once, and applies the least time-steps that meet the tolerance', async () => {
    const example = copyExample('mnist-rows', { timesteps: 128 });
    reportOf(await convert(api, example.specification));
    const choice = { timesteps: [4, 16, 64, 128], codings: ['residual'] } as const;
    await ask(example, { type: 'startSweep', choice });
    const swept = () => told(example, 'sweep')[0]!.sweep;
    assert.deepEqual(
      swept().points.map(({ timesteps, coding }) => [timesteps, coding]),
      choice.timesteps.map((timesteps) => [timesteps, 'residual']),
    );
    assert.equal(swept().complete, true);
    assert.equal(swept().simulated, 40);
    assert.equal(readdirSync(path.join(example.folder, '.spikewise', 'sweeps')).length >= 4, true);
    await ask(example, { type: 'startSweep', choice });
    assert.deepEqual([swept().simulated, swept().reused], [0, 40]);

    const { fix } = swept();
    assert.ok(fix, 'fewer than 128 time-steps are enough');
    const finished = nextRun(api);
    await ask(example, { type: 'applySweep' });
    assertApplied(example, fix);
    assert.ok(reportOf(await finished).options.timesteps < 128);
  });

  it('compares numbers of neurons from a quick fix, and takes one of them', async () => {
    const example = copyExample('mnist-rows-plain');
    const { options } = reportOf(await convert(api, example.specification));
    const fitted = (await someIn(example.model)).find((each) => codeOf(each) === 'activation-fitted');
    assert.equal(fitted!.severity, vscode.DiagnosticSeverity.Information);
    const compare = (await quickFixes(example.model, fitted!.range)).find(({ title }) =>
      title.startsWith('Compare numbers of neurons'),
    );
    const { command, arguments: given } = compare!.command!;
    assert.equal(await vscode.commands.executeCommand(command, ...(given as unknown[])), 'done');
    const { points, automatic } = told(example, 'sweep')[0]!.sweep;
    assert.deepEqual(
      points.map(({ neuronsPerGate, timesteps, coding }) => [neuronsPerGate, timesteps, coding]),
      [1, 2, 3, 4, 5].map((count) => [count, options.timesteps, options.coding]),
    );

    const other = automatic === 1 ? 2 : 1;
    const finished = nextRun(api);
    await ask(example, { type: 'applyNeurons', neuronsPerGate: other });
    const { accuracy, chip } = reportOf(await finished);
    assert.equal(readSpecification(example)['neuronsPerGate'], other);
    const chosen = points.find(({ neuronsPerGate }) => neuronsPerGate === other)!;
    assert.deepEqual([accuracy.spiking, chip.coresUsed], [chosen.accuracy!.value, chosen.cores]);
    // One that was not compared is none of its choices.
    await ask(example, { type: 'applyNeurons', neuronsPerGate: 8 });
    assert.equal(readSpecification(example)['neuronsPerGate'], other);
  });

  it('ends when it is cancelled, from the panel and from the command', async () => {
    const example = copyExample('mnist-rows', {
      data: { inputs: 'digits.npy', labels: 'labels.npy', limit: 10 },
    });
    reportOf(await convert(api, example.specification));
    changeSpecification(example, { data: { inputs: 'digits.npy', labels: 'labels.npy' } });
    const long = { timesteps: [1024, 2048], codings: ['residual'] } as const;
    for (const end of [
      () => ask(example, { type: 'cancel', name: 'sweep' }),
      () => vscode.commands.executeCommand('spikewise.cancel'),
    ]) {
      const started = ask(example, { type: 'startSweep', choice: long });
      await until('the sweep', () => {
        const { state } = stateOf(example, 'sweep') ?? {};
        return state?.kind === 'running' && state.progress.stage === 'simulate';
      });
      await end();
      await started;
      assert.deepEqual(stateOf(example, 'sweep')!.state, { kind: 'cancelled' });
    }
  });

  it('says what is wrong where it cannot be done', async () => {
    const example = copyExample('mnist-rows');
    reportOf(await convert(api, example.specification));
    remove(path.join(example.folder, 'digits.npy'));
    assert.ok(!existsSync(path.join(example.folder, 'digits.npy')));
    await ask(example, { type: 'startExplain' });
    const { state } = stateOf(example, 'explain')!;
    assert.ok(state.kind === 'failed');
    assert.match(state.message, /digits\.npy/);
    assert.deepEqual(told(example, 'explanation'), []);
  });
});
