// The whole story, as a person does it: convert the example by mouse, read the panel, compare it with what the
// command line prints, use the keyboard, reload the window, follow a finding to its fix, convert a network that was never trained for spikes.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { useEditor } from './editor.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const editor = useEditor();
const example = 'mnist-rows/mnist-rows.spikewise.json';

/** What the command line prints for a file of the opened folder. */
function commandLine(file, ...options) {
  return spikewise('convert', file, ...options);
}

function spikewise(command, file, ...options) {
  const args = [path.join(root, 'bin/spikewise.mjs'), command, path.join(editor.server.workspace, file)];
  return execFileSync(process.execPath, [...args, ...options], { encoding: 'utf8', maxBuffer: 1 << 26 });
}

/** Label and value of each tile of the summary. */
async function tiles(view) {
  const terms = await view.locator('.tiles dt').allInnerTexts();
  const values = await view.locator('.tiles .tile-value').allInnerTexts();
  return Object.fromEntries(terms.map((term, n) => [term, values[n]]));
}

/** The cells of the panel's grid, a row an array. */
async function gridRows(view) {
  const rows = view.locator('vscode-data-grid-row:not([row-type="header"]):not([row-type="sticky-header"])');
  return rows.evaluateAll((all) =>
    all.map((row) =>
      [...row.querySelectorAll('vscode-data-grid-cell')].map((cell) =>
        cell.textContent.replace(/\s+/g, ' ').trim(),
      ),
    ),
  );
}

async function panelOf(accuracy) {
  const view = editor.wb.webview();
  await view.locator('.tile', { hasText: accuracy }).first().waitFor();
  return view;
}

test('right-click a trained model, convert it, and read the numbers that the command line prints', async () => {
  await editor.wb.page.waitForTimeout(3000); // The editor's own start takes both cores for a while.
  const menu = await editor.wb.contextMenu('mnist-rows/model.json');
  expect(menu.items).toContain('Spikewise: Convert Model');
  const start = await menu.choose('Spikewise: Convert Model');
  const view = await panelOf('Spiking accuracy');
  console.log(
    `from the command to the painted panel, first time: ${((Date.now() - start) / 1000).toFixed(2)} s`,
  );

  const printed = commandLine(example);
  for (const [label, value] of Object.entries(await tiles(view))) {
    expect(printed).toContain(`${label}: ${value}`);
  }
  const lines = printed.split('\n').filter((line) => line.includes('│'));
  const rows = await gridRows(view);
  expect(rows.length).toBeGreaterThan(5);
  for (const [layer, population, runsAs, ...numbers] of rows) {
    const line = lines.find((text) => numbers.every((number) => text.includes(` ${number} `)));
    expect(line, `${layer} ${population} ${runsAs}: ${numbers.join(' ')}`).toBeDefined();
    expect(line).toContain(layer.split(' ')[0]);
  }
  await editor.screenshot('results-dark');
});

test('sort the table by mouse and by keyboard', async () => {
  const view = editor.wb.webview();
  const spikes = async () =>
    (await gridRows(view)).map((row) => Number(row[5].replaceAll(',', ''))).filter((n) => !Number.isNaN(n));
  const header = view.getByRole('columnheader', { name: /Spikes\/sample/ });
  const sorted = { ascending: (a, b) => a - b, descending: (a, b) => b - a };
  /** The order that the header announces, once the rows stand in it. */
  const order = async () => {
    const announced = await header.getAttribute('aria-sort');
    const compare = sorted[announced];
    return compare && JSON.stringify(await spikes()) === JSON.stringify((await spikes()).toSorted(compare))
      ? announced
      : undefined;
  };
  await header.click();
  await expect.poll(order).toBeDefined();
  const first = await order();
  await header.focus();
  await editor.wb.page.keyboard.press('Enter');
  await expect.poll(order).toBe(first === 'ascending' ? 'descending' : 'ascending');
});

test('walk through the tabs by keyboard: firing rates, error over sequence steps, neurons, cores', async () => {
  const view = editor.wb.webview();
  await view.getByRole('tab', { name: 'Layers' }).focus();
  await editor.wb.page.keyboard.press('ArrowRight');
  await view
    .getByText(/Firing rate/)
    .first()
    .waitFor();
  await editor.screenshot('firing-rates');
  await editor.wb.page.keyboard.press('ArrowRight');
  await view.getByText('Error over sequence steps').first().waitFor();
  await view.locator('canvas').first().waitFor();
  await editor.screenshot('error');
  await editor.wb.page.keyboard.press('ArrowRight');
  await view.locator('.heat-map').waitFor();
  await editor.wb.page.keyboard.press('ArrowRight');
  await view.getByText('Floor plan of Loihi 1').first().waitFor();
  const [report] = [JSON.parse(commandLine(example, '--json'))];
  const text = await view.locator('body').innerText();
  for (const core of report.chip.cores) expect(text).toContain(core.synapseBits.toLocaleString('en-US'));
  await editor.screenshot('cores');
});

test('the floor plan: a core by mouse and by keyboard, a population lights its cores', async () => {
  const view = editor.wb.webview();
  const plan = view.getByRole('grid', { name: /Floor plan of Loihi 1/ });
  const details = view.getByRole('region', { name: 'Core' });
  const report = JSON.parse(commandLine(example, '--json'));
  const [used] = report.chip.cores;

  await plan.locator(`[data-core="${used.core}"]`).click();
  await details.getByText(`Core ${used.core}`).waitFor();
  const text = (await details.innerText()).replaceAll(/\s+/g, ' ');
  expect(text).toContain(`${used.synapseBits.toLocaleString('en-US')} of 1,048,576`);
  expect(text).toContain(`${used.compartments.toLocaleString('en-US')} of 1,024`);

  const { keyboard } = editor.wb.page;
  await keyboard.press('ArrowRight');
  const focused = view.locator('[data-core]:focus');
  const next = Number(await focused.getAttribute('data-core'));
  expect(next).not.toBe(used.core);
  await keyboard.press('Enter');
  await details.getByText(`Core ${next}`, { exact: false }).first().waitFor();
  expect(await details.innerText()).toContain('Unused');
  await keyboard.press('Home');

  await view
    .getByRole('row', { name: /lstm.*c, candidate/ })
    .first()
    .click();
  await view.locator('[data-lit]').first().waitFor();
  expect(await view.locator('[data-lit]').count()).toBe(report.chip.coresUsed);
  await editor.screenshot('floor-plan');
});

test('the ledger: the energies that the command line prints', async () => {
  const view = editor.wb.webview();
  const printed = spikewise('energy', example);
  await view.getByRole('tab', { name: 'Energy' }).click();
  await view.getByText('Energy of an inference on Loihi 1').first().waitFor();
  const text = (await view.locator('body').innerText()).replaceAll(/\s+/g, ' ');
  for (const name of ['Energy per inference', 'Energy per step', 'Latency per inference', 'Average power']) {
    const value = await view
      .locator('dl', { hasText: name })
      .locator('dt', { hasText: name })
      .locator('xpath=following-sibling::dd[1]')
      .innerText();
    expect(printed, name).toContain(value);
  }
  expect(text).toContain('Incomplete');
  await editor.screenshot('energy');
  await view.getByRole('tab', { name: 'Chips' }).click();
  await view.getByText('Loihi 2').first().waitFor();
  await editor.screenshot('chips');
  await view.getByRole('tab', { name: 'Layers' }).click();
});

test('single neurons: from the heat map to a membrane potential at a time-step', async () => {
  const view = editor.wb.webview();
  await view.getByRole('tab', { name: 'Neurons' }).click();
  await view.getByText(/^Neuron 0, sequence step 1: mean squared error [\d.e-]+, firing rate/).waitFor();
  await view.getByRole('button', { name: 'Show sample 0' }).click();
  await view
    .getByText(/^Neuron 0 over time: lstm, i, input gate, sample 0$/)
    .first()
    .waitFor();
  await view.locator('.heat-map').focus();
  await editor.wb.page.keyboard.press('PageDown');
  await view
    .getByText(/^Neuron 10 over time/)
    .first()
    .waitFor();
  await editor.screenshot('neurons');
  await view.getByRole('tab', { name: 'Layers' }).click();
});

test('a window reload brings the results back', async () => {
  const before = await tiles(editor.wb.webview());
  await editor.wb.reload();
  const view = await panelOf('Spiking accuracy');
  expect(await tiles(view)).toEqual(before);
});

test.each(['Light Modern', 'Dark High Contrast', 'Light High Contrast', 'Dark Modern'])(
  '%s',
  async (theme) => {
    await editor.wb.theme(theme);
    await editor.wb.tab('Spikewise').first().click();
    await panelOf('Spiking accuracy');
    await editor.wb.page.waitForTimeout(500); // charts draw themselves anew
    await editor.screenshot(`results ${theme}`);
  },
);

test('gates of unknown functions: errors in the Problems view, a quick fix, and a run that then succeeds', async () => {
  const { wb, server } = editor;
  const model = path.join(server.workspace, 'mnist-rows-plain/model.json');
  const plain = fs.readFileSync(model, 'utf8');
  fs.writeFileSync(model, plain.replaceAll('"sigmoid"', '"my_gate"').replaceAll('"tanh"', '"my_candidate"'));
  const menu = await wb.contextMenu('mnist-rows-plain/model.json');
  await menu.choose('Spikewise: Convert Model');
  await wb.webview().getByText('The run failed').waitFor();
  const rows = await wb.problems();
  await rows.filter({ hasText: 'which the specification does not define' }).first().waitFor();
  await editor.screenshot('problems');
  for (const name of ['my_candidate', 'my_gate']) {
    await wb.openProblem(`custom activation "${name}"`);
    await wb.quickFix(
      (await wb.quickFixes()).find((title) =>
        title.startsWith(`Define "${name}" as the paper's hard sigmoid`),
      ),
    );
  }
  const file = path.join(server.workspace, 'mnist-rows-plain/mnist-rows-plain.spikewise.json');
  await wb.command('File: Save All').catch(() => undefined);
  await expect
    .poll(() => Object.keys(JSON.parse(fs.readFileSync(file, 'utf8')).activations ?? {}), { timeout: 10_000 })
    .toEqual(['my_candidate', 'my_gate']);
  const again = await wb.contextMenu('mnist-rows-plain/mnist-rows-plain.spikewise.json');
  await again.choose('Spikewise: Convert Model');
  await panelOf('Spiking accuracy');
  await expect
    .poll(async () => tiles(wb.webview()), { timeout: 30_000 })
    .toMatchObject({ 'Analog accuracy': expect.stringMatching(/^\d+\.\d\d %$/) });
  const printed = commandLine('mnist-rows-plain/mnist-rows-plain.spikewise.json');
  for (const [label, value] of Object.entries(await tiles(wb.webview()))) {
    expect(printed).toContain(`${label}: ${value}`);
  }
});

test('the plain example converts as it is: two neurons compute each value of a gate', async () => {
  const { wb, server } = editor;
  const folder = path.join(server.workspace, 'mnist-rows-plain');
  fs.cpSync(path.join(root, 'examples/mnist-rows-plain'), folder, { recursive: true });
  const menu = await wb.contextMenu('mnist-rows-plain/mnist-rows-plain.spikewise.json');
  await menu.choose('Spikewise: Convert Model');
  await wb.webview().getByText('which no neuron computes exactly').waitFor();
  const printed = commandLine('mnist-rows-plain/mnist-rows-plain.spikewise.json');
  const { 'Spiking accuracy': spiking } = await tiles(wb.webview());
  expect(printed).toContain(`Spiking accuracy: ${spiking}`);
  expect(Number.parseFloat(spiking)).toBeGreaterThan(97);
  await editor.screenshot('plain');
});

test('a bad specification is a squiggle on the key, and earlier results stay', async () => {
  const { wb, server } = editor;
  const file = path.join(server.workspace, example);
  const text = fs.readFileSync(file, 'utf8');
  fs.writeFileSync(file, text.replace(/"timesteps": 8/, '"timesteps": 0'));
  const menu = await wb.contextMenu(example);
  await menu.choose('Spikewise: Convert Model');
  const rows = await wb.problems();
  await rows.filter({ hasText: 'must be a whole number from 1 to 65536' }).first().waitFor();
  await editor.screenshot('bad-specification');
  fs.writeFileSync(file, text);
});

test('look at a model before converting: from its text to its layers, its weights and the outline', async () => {
  const { wb } = editor;
  await wb.command('View: Close All Editors');
  await wb.openFile('mnist-rows/model.json');
  await wb.titleAction('Spikewise: Show Model');
  const view = wb.webview();
  const grid = view.locator('vscode-data-grid[aria-label="Layers"]');
  await grid.getByText('spiking 4 × 64 neurons').waitFor();
  const printed = spikewise('inspect', 'mnist-rows/model.json');
  for (const [layer, input, output, parameters] of await gridRows(view)) {
    const line = printed.split('\n').find((text) => text.includes(`│ ${layer.split(' ')[0]} `));
    for (const cell of [input, output, parameters]) expect(line, layer).toContain(` ${cell} `);
  }
  const weights = view.getByRole('img', { name: /^lstm: recurrent kernel \[64, 256\]: 16,384 weights/ });
  await weights.waitFor();

  await wb.command('Explorer: Focus on Spikewise Model View');
  const outline = wb.page.locator('.monaco-list[aria-label="Spikewise Model"] .monaco-list-row');
  await outline.filter({ hasText: 'classifier' }).click();
  await view.getByRole('region', { name: 'Layer classifier' }).waitFor();
  await editor.screenshot('model');
  await view.getByRole('button', { name: /^Convert/ }).click();
  await panelOf('Spiking accuracy');
});
