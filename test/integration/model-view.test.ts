import assert from 'node:assert/strict';
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { ModelSummary } from '../../src/core/inspect/types.ts';
import type { SpikewiseApi } from '../../src/extension/api.ts';
import { activate, copyExample, nextRun, reportOf, until } from './support.ts';

/** From dist/test/integration, where this runs bundled. */
const golden = path.resolve(__dirname, '../../../test/golden/models');

/** A model of the fixture set in a folder of its own within the workspace, with the samples of all of them. */
function copyModel(name: string): { readonly folder: string; readonly model: vscode.Uri } {
  const folder = mkdtempSync(path.join(vscode.workspace.workspaceFolders![0]!.uri.fsPath, 'model-'));
  const model = path.join(folder, path.basename(name));
  copyFileSync(path.join(golden, name), model);
  copyFileSync(path.join(golden, 'x.npy'), path.join(folder, 'x.npy'));
  return { folder, model: vscode.Uri.file(model) };
}

/** The paper's hard functions in the place of those that it was trained with. */
function writeSpecification(folder: string, model: string): void {
  const specification = {
    model,
    data: { inputs: 'x.npy' },
    activations: {
      sigmoid: { slope: 0.25, offset: 0.5, low: 0, high: 1 },
      tanh: { slope: 0.5, offset: 0, low: -1, high: 1 },
    },
  };
  writeFileSync(path.join(folder, 'state.spikewise.json'), JSON.stringify(specification));
}

/** Zeros in the format of safetensors: an LSTM on the samples' 6 features, and a Linear within the network. */
function openWeights(): Uint8Array {
  const shapes = {
    'lstm.weight_ih_l0': [16, 6],
    'lstm.weight_hh_l0': [16, 4],
    'fc1.weight': [5, 4],
    'fc2.weight': [2, 5],
  };
  let at = 0;
  const tensors = Object.entries(shapes).map(([name, shape]) => {
    const from = at;
    at += 4 * shape[0]! * shape[1]!;
    return [name, { dtype: 'F32', shape, data_offsets: [from, at] }] as const;
  });
  const header = Buffer.from(JSON.stringify(Object.fromEntries(tensors)));
  const size = Buffer.alloc(8);
  size.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([size, header, Buffer.alloc(at)]);
}

describe('looking at a model', () => {
  let api: SpikewiseApi;
  before(async () => {
    api = await activate();
  });
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  const activeEditor = () => {
    const input = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
    return input instanceof vscode.TabInputCustom ? input : undefined;
  };
  const painted = (file: vscode.Uri) =>
    until(`the page of ${file.fsPath}`, () => api.paintedModels().has(file.fsPath));
  const counted = async (file: vscode.Uri) => {
    const state = await until('the weights', () => {
      const known = api.modelOf(file);
      return known?.counted === true && known;
    });
    return state.summary;
  };

  for (const [name, format] of [
    ['pytorch/state.pt', 'PyTorch state_dict'],
    ['pytorch/state.safetensors', 'safetensors'],
    ['keras/keras3-network.keras', 'Keras 3.15.1 (.keras)'],
  ] as const) {
    it(`opens ${name} in an editor of its own`, async () => {
      const { model } = copyModel(name);
      await vscode.commands.executeCommand('vscode.open', model);
      assert.equal((await until('the editor', activeEditor)).viewType, 'spikewise.model');
      await painted(model);
      const summary = await counted(model);
      assert.equal(summary?.format, format);
      assert.equal(summary.parameters, 1540);
      assert.ok(
        summary.layers.every(({ tensors }) => tensors.every(({ weights }) => weights && 'bins' in weights)),
      );
    });
  }

  it('leaves model.json a text, and shows the view by a command', async () => {
    const { model } = copyExample('mnist-rows');
    await vscode.commands.executeCommand('vscode.open', model);
    await until('the text', () => vscode.window.activeTextEditor?.document.uri.fsPath === model.fsPath);
    await vscode.commands.executeCommand('spikewise.showModel', model);
    assert.equal((await until('the view', activeEditor)).viewType, 'spikewise.modelView');
    await painted(model);
    const summary = await counted(model);
    assert.deepEqual(
      summary?.layers.map(({ name, runsAs }) => [name, runsAs]),
      [
        ['lstm', 'spiking'],
        ['classifier', 'analog'],
      ],
    );
  });

  it('lists the layers of the active model in the explorer', async () => {
    const { model } = copyModel('pytorch/state.pt');
    await vscode.commands.executeCommand('vscode.open', model);
    await until('the editor', activeEditor);
    await vscode.commands.executeCommand('spikewise.model.focus');
    const lines = await until('the outline', () => {
      const known = api.outline();
      return known.length > 0 && known;
    });
    assert.deepEqual(
      lines.map(({ label, description }) => [label, description]),
      [
        ['lstm', 'LSTM, spiking, 4 × 32 neurons'],
        ['head', 'Dense, analog'],
        ['Assumed', '4'],
      ],
    );
    assert.deepEqual(
      lines[0]!.children.map(({ label, description }) => `${label} ${description}`),
      [
        '[any, 6] → [16] shape of a sample',
        'tanh; sigmoid (gates) activation',
        'i, input gate 32 neurons',
        'f, forget gate 32 neurons',
        'c, candidate 32 neurons',
        'o, output gate 32 neurons',
        'kernel [6, 64]',
        'recurrent kernel [16, 64]',
        'bias [64]',
      ],
    );
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await until('an empty outline', () => api.outline().length === 0);
  });

  it('converts from the view, with the specification beside the model', async () => {
    const { folder, model } = copyModel('pytorch/state.pt');
    writeSpecification(folder, 'state.pt');
    await vscode.commands.executeCommand('vscode.open', model);
    await painted(model);
    const summary = await counted(model);
    assert.equal(summary?.layers[0]?.runsAs, 'spiking');
    const finished = nextRun(api);
    await api.sendFromModel(model, { type: 'convert' });
    const report = reportOf(await finished);
    assert.equal(report.model.format, 'PyTorch state_dict');
    assert.equal(report.options.samples, 8);
  });

  it("writes a specification of the model's own name where there is none", async () => {
    const { folder, model } = copyModel('pytorch/state.pt');
    await vscode.commands.executeCommand('vscode.open', model);
    await painted(model);
    const finished = nextRun(api);
    await api.sendFromModel(model, { type: 'convert' });
    const { specification, result } = await finished;
    assert.equal(specification, path.join(folder, 'state.spikewise.json'));
    // Sigmoid and tanh: neurons are fitted to them.
    assert.equal(result.outcome, 'done');
  });

  it('is read once its order and activations are chosen, in a specification that is made', async () => {
    const { folder } = copyModel('pytorch/state.pt');
    const model = vscode.Uri.file(path.join(folder, 'open.safetensors'));
    writeFileSync(model.fsPath, openWeights());
    await vscode.commands.executeCommand('vscode.open', model);
    await until('the editor', activeEditor);
    const { failure, offer } = await until('the failure', () => {
      const known = api.modelOf(model);
      return known?.failure && known;
    });
    assert.match(failure?.message ?? '', /which activation follows the Linear layer 'fc1'/);
    assert.deepEqual(offer?.orders, [['lstm', 'fc1', 'fc2']]);
    const chosen = [
      { name: 'lstm', recurrentActivation: 'hard_sigmoid_paper', activation: 'hard_tanh_paper' },
      { name: 'fc1', activation: 'relu' },
      { name: 'fc2', activation: 'linear' },
    ];
    await api.sendFromModel(model, { type: 'chooseLayers', layers: chosen });
    const file = path.join(folder, 'open.spikewise.json');
    const written = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    assert.equal(written['model'], 'open.safetensors');
    assert.deepEqual(written['layers'], chosen);
    assert.deepEqual(written['activations'], {
      hard_sigmoid_paper: { slope: 0.25, offset: 0.5, low: 0, high: 1 },
      hard_tanh_paper: { slope: 0.5, offset: 0, low: -1, high: 1 },
    });
    const summary = await until('the model', () => api.modelOf(model)?.summary);
    assert.deepEqual(
      summary.layers.map(({ name, runsAs }) => [name, runsAs]),
      [
        ['lstm', 'spiking'],
        ['fc1', 'spiking'],
        ['fc2', 'analog'],
      ],
    );
    // What was chosen stands in the form, and can be changed.
    assert.deepEqual(api.modelOf(model)?.offer?.chosen, chosen);
    const others = chosen.map((layer) => (layer.name === 'fc1' ? { ...layer, activation: 'linear' } : layer));
    await api.sendFromModel(model, { type: 'chooseLayers', layers: others });
    await until(
      'the other model',
      () => api.modelOf(model)?.summary?.layers[1]?.activations[0]?.name === 'linear',
    );
  });

  it('is read again when a specification changes what it would become', async () => {
    const { folder, model } = copyModel('pytorch/state.pt');
    await vscode.commands.executeCommand('vscode.open', model);
    await painted(model);
    const neuronsOf = (summary: ModelSummary | null | undefined) =>
      summary?.layers[0]?.populations[0]?.neurons;
    assert.equal(neuronsOf(await counted(model)), 32);
    // With hard functions one neuron does for each value.
    writeSpecification(folder, 'state.pt');
    await until('the new summary', () => neuronsOf(api.modelOf(model)?.summary) === 16);
  });

  it('says why a file is no model that can be read', async () => {
    const { model } = copyModel('pytorch/script.pt');
    await vscode.commands.executeCommand('vscode.open', model);
    await until('the editor', activeEditor);
    const failure = await until('the failure', () => api.modelOf(model)?.failure);
    assert.match(failure.message, /TorchScript/);
    assert.equal(failure.exitCode, 2);
  });

  it('ends with its last editor', async () => {
    const { model } = copyModel('pytorch/state.pt');
    await vscode.commands.executeCommand('vscode.open', model);
    await painted(model);
    await vscode.commands.executeCommand('workbench.action.closeAllEditors');
    await until('the end', () => api.modelOf(model) === undefined);
  });
});
