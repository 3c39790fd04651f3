/** The built view of a model as a user meets it. */
import { describe, expect, test } from 'vitest';
import type { LayerOffer } from '../../src/core/formats/weights/layer-choices.ts';
import { histogram } from '../../src/core/inspect/histogram.ts';
import type { ModelSummary } from '../../src/core/inspect/types.ts';
import type { FromModelView } from '../../src/protocol/model-view.ts';
import { freshPages } from './harness.ts';
import type { Panel } from './page.ts';

const summary: ModelSummary = {
  schemaVersion: 1,
  name: 'digits',
  format: 'Keras 3.15 (.keras)',
  file: '/models/digits.keras',
  bytes: 102_400,
  parameters: 24_458,
  inputShape: [28, 28],
  specification: { file: '/models/digits.spikewise.json', note: null },
  assumptions: ['hard_sigmoid is clip(x/6 + 0.5, 0, 1), as in Keras 3: Keras 3.15 wrote the file.'],
  findings: [
    {
      ...{ code: 'layer-analog', severity: 'info', layer: 'classifier', fixes: [] },
      message: 'Layer "classifier" stays analog.',
      place: { file: 'model', path: [] },
    },
  ],
  layers: [
    {
      name: 'rows',
      kind: 'LSTM',
      runsAs: 'spiking',
      reasons: ['Its activations are linear between two clips.'],
      input: [28, 28],
      output: [64],
      parameters: 23_808,
      activations: [
        { of: 'recurrent_activation', name: 'hard_sigmoid', spiking: 'clip(0.166667 x + 0.5, 0, 1)' },
        { of: 'activation', name: 'hard_tanh', spiking: 'clip(x, -1, 1)' },
      ],
      populations: ['i', 'f', 'c', 'o'].map((name) => ({ name, neurons: 64 })),
      tensors: [
        { name: 'kernel', shape: [28, 256], weights: null },
        { name: 'bias', shape: [256], weights: null },
      ],
    },
    {
      name: 'classifier',
      kind: 'Dense',
      runsAs: 'analog',
      reasons: ['Layer "classifier" stays analog: its activation "softmax" is not linear between two clips.'],
      input: [64],
      output: [10],
      parameters: 650,
      activations: [{ of: 'activation', name: 'softmax', spiking: null }],
      populations: [],
      tensors: [{ name: 'kernel', shape: [64, 10], weights: null }],
    },
    {
      name: 'attention',
      kind: 'MultiHeadAttention',
      runsAs: 'unsupported',
      reasons: ['Layer "attention" (MultiHeadAttention) is not supported: it is no chain.'],
      input: [10],
      output: null,
      parameters: 0,
      activations: [],
      populations: [],
      tensors: [],
    },
  ],
};

const weights = histogram(Float32Array.from({ length: 7168 }, (_, i) => Math.sin(i) ** 3));

let view: Panel;
const reopen = freshPages('modelUrl', (opened) => {
  view = opened;
});

async function show(): Promise<void> {
  await view.send({ type: 'model', summary, counted: false, offer: null });
  await view.page.getByRole('heading', { name: 'digits' }).waitFor();
}

const button = (name: string) => view.page.getByRole('button', { name, exact: true });
const lastPosted = async () => (await view.posted()).at(-1) as FromModelView | undefined;
const names = () =>
  view.page
    .locator('vscode-data-grid[aria-label="Layers"] vscode-data-grid-cell[grid-column="1"]')
    .allInnerTexts()
    .then((texts) => texts.slice(1).map((text) => text.split(' ')[0]!.trim()));
const row = (name: string) => view.page.locator('vscode-data-grid-row.selectable', { hasText: name });
const search = () => view.page.getByRole('textbox', { name: 'Search layers' });

describe('a model', () => {
  test('has its layers, what each becomes and why, and what was assumed', async () => {
    await view.page.getByText('Reading the model …').waitFor();
    await show();
    expect(await names()).toEqual(['rows', 'classifier', 'attention']);
    const main = await view.page.locator('main').innerText();
    for (const words of [
      'Keras 3.15 (.keras) · 24,458 parameters · samples of [28, 28] · with digits.spikewise.json',
      'hard_sigmoid is clip(x/6 + 0.5, 0, 1), as in Keras 3',
      'spiking 4 × 64 neurons',
      'not supported: it is no chain',
    ]) {
      expect(main).toContain(words);
    }
    await expect.poll(lastPosted).toEqual({ type: 'painted' });
    expect(await view.page.getByRole('status').innerText()).toBe(
      '3 layers, 24,458 parameters; counting weights',
    );
  });

  test('gets its weights as they come, with a table behind each picture', async () => {
    await show();
    expect(await view.page.getByText('Counting its weights …').count()).toBe(2);
    await view.send({ type: 'weights', counted: { layer: 0, tensor: 'kernel', weights } });
    const picture = view.page.getByRole('img', { name: /^rows: kernel \[28, 256\]: 7,168 weights/ });
    await picture.waitFor();
    expect(await picture.locator('rect').count()).toBe(weights.bins.filter((count) => count > 0).length);
    await view.page.getByRole('img', { name: /^Weights of rows/ }).waitFor();
    await view.page.getByRole('checkbox', { name: 'Show as table' }).first().click();
    const table = view.page.getByRole('table');
    expect(await table.locator('tbody tr').count()).toBe(weights.bins.length);
    expect(await table.locator('tbody td').nth(2).innerText()).toBe(weights.bins[0]!.toLocaleString('en-US'));
    await view.send({
      type: 'weights',
      counted: { layer: 0, tensor: 'bias', weights: { fault: 'is too short' } },
    });
    await view.page.getByText('Its weights cannot be read: the file is too short.').waitFor();
  });

  test('says whose weights a layer has that is used again', async () => {
    const [first] = summary.layers;
    const again = { ...first!, name: 'rows (2)', parameters: 0, tensors: [], weightsOf: 'rows' };
    const shared = { ...summary, layers: [...summary.layers, again] };
    await view.send({ type: 'model', summary: shared, counted: false, offer: null });
    await row('rows (2)').click();
    await view.page.getByText('It has no weights of its own: weights of rows.').waitFor();
    expect(await row('rows (2)').innerText()).toContain('weights of rows');
  });

  test('exports a histogram', async () => {
    await show();
    await view.send({ type: 'weights', counted: { layer: 0, tensor: 'kernel', weights } });
    await button('Export SVG: rows: kernel [28, 256]').click();
    const message = await lastPosted();
    expect(message).toMatchObject({ type: 'save', name: 'digits-rows-kernel.svg' });
    expect((message as { content: string }).content).toMatch(/^<svg [\s\S]*7,168 weights[\s\S]*<\/svg>\n$/);
  });

  test('is converted by its button', async () => {
    await show();
    await button('Convert into a hybrid analog-spiking network and run both').click();
    expect(await lastPosted()).toEqual({ type: 'convert' });
  });

  test('is searched by every word', async () => {
    await show();
    await search().fill('analog softmax');
    await expect.poll(names).toEqual(['classifier']);
    expect(await view.page.getByText('1 of 3 found').count()).toBe(1);
    await search().fill('nothing of that name');
    await view.page.getByText('No layer matches “nothing of that name”.').waitFor();
    await search().press('Escape');
    await expect.poll(names).toEqual(['rows', 'classifier', 'attention']);
  });
});

test('a model of many layers is drawn in part, and all of it can be found', async () => {
  const layers = Array.from({ length: 250 }, (_, i) => ({ ...summary.layers[1]!, name: `dense_${i}` }));
  await view.send({ type: 'model', summary: { ...summary, layers }, counted: true, offer: null });
  await view.page.getByText('50 more are not drawn; the search finds them.').waitFor();
  expect(await view.page.locator('vscode-data-grid-row.selectable').count()).toBe(200);
  await search().fill('dense_249');
  await expect.poll(names).toEqual(['dense_249']);
});

describe('one layer', () => {
  const details = (name: string) => view.page.getByRole('region', { name: `Layer ${name}` });

  test('is chosen by mouse, by keyboard and from the outline, and stays chosen over a reload', async () => {
    await show();
    await details('rows').waitFor();
    await row('classifier').locator('vscode-data-grid-cell').first().click();
    await details('classifier').waitFor();
    await details('classifier').getByText('layer-analog').click();
    expect(await lastPosted()).toEqual({ type: 'openPage', code: 'layer-analog' });
    await row('classifier').locator('vscode-data-grid-cell').first().click();
    await view.page.keyboard.press('ArrowDown');
    await view.page.keyboard.press('Enter');
    await details('attention').waitFor();
    expect(await row('MultiHeadAttention').getAttribute('aria-selected')).toBe('true');
    await view.send({ type: 'select', layer: 1 });
    await details('classifier').waitFor();
    const state = await view.state();
    await reopen({ state });
    await show();
    await details('classifier').waitFor();
  });
});

test('a file that is no model says so, and can be opened as text or read again', async () => {
  const message = '/models/site.pth: is no model of a known kind';
  await view.send({ type: 'failed', message, code: 'model-unreadable', offer: null });
  await view.page.getByText(message).last().waitFor();
  await view.page.getByText('model-unreadable').click();
  expect(await lastPosted()).toEqual({ type: 'openPage', code: 'model-unreadable' });
  await button('Open as text').click();
  expect(await lastPosted()).toEqual({ type: 'openText' });
  await button('Read again').click();
  expect(await lastPosted()).toEqual({ type: 'readAgain' });
});

describe('a file of weights alone', () => {
  const linear = (name: string): LayerOffer['blocks'][number] => ({
    ...{ name, className: 'nn.Linear', roles: ['linear'] },
    parameters: [{ name: 'weight', shape: [4, 4] }],
  });
  const offer: LayerOffer = {
    blocks: [
      {
        ...{ name: 'rnn', className: 'nn.LSTM', roles: ['gates', 'cell'] },
        parameters: [{ name: 'weight_ih_l0', shape: [16, 3] }],
      },
      linear('fc'),
      linear('head'),
    ],
    orders: [
      ['rnn', 'fc', 'head'],
      ['rnn', 'head', 'fc'],
    ],
    complete: true,
    chosen: [
      { name: 'rnn', activation: 'tanh', recurrentActivation: 'sigmoid' },
      { name: 'fc' },
      { name: 'head', activation: 'linear' },
    ],
  };
  const write = () => button('Write into the specification');
  const dropdown = (name: string) => view.page.getByRole('combobox', { name, exact: true });
  const fail = async () => {
    const message = '/models/state.pt: does not say which activation follows the Linear layer';
    await view.send({ type: 'failed', message, code: 'model-unreadable', offer });
    await write().waitFor();
  };
  /** By the keyboard alone. */
  const pick = async (name: string, text: string) => {
    await dropdown(name).focus();
    await view.page.keyboard.press('Enter');
    const options = dropdown(name).locator('vscode-option');
    const texts = await options.allTextContents();
    const now = await dropdown(name).locator('vscode-option[aria-selected="true"]').textContent();
    const steps = texts.findIndex((option) => option.includes(text)) - texts.indexOf(now ?? '');
    const key = steps > 0 ? 'ArrowDown' : 'ArrowUp';
    for (let i = 0; i < Math.abs(steps); i++) await view.page.keyboard.press(key);
    await view.page.keyboard.press('Enter');
  };

  test('that cannot be read is given its order and activations with the keyboard', async () => {
    await fail();
    const form = view.page.getByRole('region', { name: 'Order and activations' });
    const rows = await form.locator('tbody tr').allInnerTexts();
    expect(rows).toEqual([
      expect.stringMatching(/^rnn nn\.LSTM\s+weight_ih_l0 \[16, 3\]/),
      expect.stringMatching(/^fc nn\.Linear/),
      expect.stringMatching(/^head nn\.Linear/),
    ]);
    const before = (await view.posted()).length;
    await write().focus();
    await view.page.keyboard.press('Enter');
    await view.page.getByRole('alert').getByText('Choose what follows fc first.').waitFor();
    expect(await view.posted()).toHaveLength(before);

    await pick('activation after fc', 'relu: max(x, 0)');
    await pick('gates of rnn', 'clip(x/4 + 1/2, 0, 1)');
    await pick('Order in which they compute', 'rnn → head → fc');
    expect(await view.page.getByRole('alert').count()).toBe(0);
    await write().focus();
    await view.page.keyboard.press('Enter');
    expect(await lastPosted()).toEqual({
      type: 'chooseLayers',
      layers: [
        { name: 'rnn', activation: 'tanh', recurrentActivation: 'hard_sigmoid_paper' },
        { name: 'head', activation: 'linear' },
        { name: 'fc', activation: 'relu' },
      ],
    });
  });

  test('says what each choice is', async () => {
    await fail();
    expect(await dropdown('gates of rnn').locator('vscode-option').allTextContents()).toEqual([
      "sigmoid: PyTorch's own for gates",
      "clip(x/4 + 1/2, 0, 1): the paper's hard sigmoid (eq. 7)",
      'clip(x/6 + 1/2, 0, 1): nn.Hardsigmoid',
    ]);
  });

  test('that can be read offers others all the same', async () => {
    await view.send({ type: 'model', summary, counted: true, offer });
    const others = view.page.getByText('Other order or activations …');
    await others.waitFor();
    expect(await write().isVisible()).toBe(false);
    await others.focus();
    await view.page.keyboard.press('Enter');
    await write().waitFor();
  });

  test('fits a narrow editor', async () => {
    await reopen({ width: 320 });
    await fail();
    const widths = await view.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
    expect(widths[0]).toBeLessThanOrEqual(widths[1]!);
  });
});

test('a model that names its own layers offers no others', async () => {
  await show();
  expect(await view.page.getByText('Other order or activations …').count()).toBe(0);
});

test('fits a narrow editor', async () => {
  await reopen({ width: 320 });
  await show();
  const widths = await view.page.evaluate(() => [document.documentElement.scrollWidth, innerWidth]);
  expect(widths[0]).toBeLessThanOrEqual(widths[1]!);
});

for (const theme of ['dark', 'light', 'high-contrast', 'high-contrast-light'] as const) {
  test(`draws with the colours of the theme: ${theme}`, async () => {
    await show();
    await view.setTheme(theme);
    await view.send({ type: 'weights', counted: { layer: 0, tensor: 'kernel', weights } });
    const bar = view.page
      .getByRole('img', { name: /^rows: kernel/ })
      .locator('rect')
      .first();
    const [fill, blue] = [
      await bar.getAttribute('fill'),
      await view.page.evaluate(() => getComputedStyle(document.body).getPropertyValue('--chart-blue').trim()),
    ];
    expect(fill).toBe(blue.toLowerCase());
    if (process.env['SPIKEWISE_PICTURES']) {
      await view.page.screenshot({
        path: `${process.env['SPIKEWISE_PICTURES']}/model-${theme}.png`,
        fullPage: true,
      });
    }
  });
}
