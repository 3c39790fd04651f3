// Retraining as a person does it: asked step by step, watched, cancelled, stopped by a window that is closed, done.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { useEditor } from './editor.mjs';

const editor = useEditor();
const example = 'mnist-rows-plain/mnist-rows-plain.spikewise.json';
const inWorkspace = (name) => path.join(editor.server.workspace, name);

/** Answers every question of the command; the folder is the proposed one. */
async function answer({ epochs }) {
  const { wb } = editor;
  await wb.answer(String(epochs));
  await wb.pick('Round counts while training');
  await wb.page.getByText('Learning rate of the first step').first().waitFor();
  await wb.page.keyboard.press('Enter');
  await wb.page.getByText('Folder of the new model').first().waitFor();
  await wb.page.keyboard.press('Enter');
}

const retrainTab = (view) => view.getByRole('tab', { name: 'Retrain', exact: true });

test('retrain from the explorer, and watch the curves grow until it is cancelled', async () => {
  const { wb } = editor;
  const text = fs.readFileSync(inWorkspace(example), 'utf8');
  const specification = JSON.parse(text);
  specification.data.limit = 200;
  // So few that the first epoch is better than where training begins.
  specification.timesteps = 2;
  fs.writeFileSync(inWorkspace(example), `${JSON.stringify(specification, null, 2)}\n`);
  const menu = await wb.contextMenu('mnist-rows-plain/model.json');
  expect(menu.items).toContain('Spikewise: Retrain Under Constraints');
  await menu.choose('Spikewise: Retrain Under Constraints');

  // What is no number is not taken.
  const input = wb.page.locator('.quick-input-widget .quick-input-box input');
  await input.waitFor();
  await input.fill('0');
  await wb.page.getByText('Write a whole number from 1 to').first().waitFor();
  await answer({ epochs: 5000 });

  const view = wb.webview();
  await view
    .getByText(/After [1-9]\d* of 5000 epochs/)
    .first()
    .waitFor({ timeout: 90_000 });
  await retrainTab(view).evaluate((element) => {
    element.scrollIntoView({ block: 'start' });
  });
  await wb.page.waitForTimeout(1500);
  await editor.screenshot('retraining-live-dark');
  await view.getByRole('button', { name: 'Cancel the retraining' }).click();
  await view.getByText('The retraining was cancelled.').first().waitFor();
  await view.getByText('A retraining was interrupted').waitFor();
  expect(fs.existsSync(inWorkspace('mnist-rows-plain/mnist-rows-plain-retrained'))).toBe(false);
  await view.getByRole('button', { name: /^Delete it/ }).click();
  await view.getByText('A retraining was interrupted').waitFor({ state: 'hidden' });
  expect(fs.existsSync(inWorkspace('mnist-rows-plain/mnist-rows-plain-retrained.unfinished'))).toBe(false);
});

test('cancel it in its notification, and use what it has found', async () => {
  const { wb } = editor;
  const view = wb.webview();
  await view.getByRole('button', { name: 'Retrain…' }).click();
  await answer({ epochs: 5000 });
  const folder = inWorkspace('mnist-rows-plain/mnist-rows-plain-retrained');
  await expect.poll(() => fs.existsSync(`${folder}.unfinished`), { timeout: 90_000 }).toBe(true);
  await wb.notificationButton('Retraining mnist-rows-plain', 'Cancel');
  await view.getByText('The retraining was cancelled.').first().waitFor();
  await view.getByRole('button', { name: /^Use it/ }).click();
  await expect.poll(() => fs.existsSync(path.join(folder, 'model.json')), { timeout: 20_000 }).toBe(true);
  fs.rmSync(folder, { recursive: true });
});

test('retrain to the end, convert the new model, and compare it with the old', async () => {
  const { wb } = editor;
  const view = wb.webview();
  await view.getByRole('button', { name: 'Retrain…' }).click();
  // The last answer is remembered.
  const input = wb.page.locator('.quick-input-widget .quick-input-box input');
  await input.waitFor();
  expect(await input.inputValue()).toBe('5000');
  await answer({ epochs: 2 });
  const run = view.getByRole('button', { name: 'Convert the new model' });
  await run.waitFor({ timeout: 90_000 });
  await retrainTab(view).evaluate((element) => {
    element.scrollIntoView({ block: 'start' });
  });
  await wb.page.waitForTimeout(500);
  await editor.screenshot('retrained-dark');
  const cells = await view
    .locator('#view-finetune .number-table tbody tr')
    .last()
    .locator('td')
    .allInnerTexts();
  const [, analog, spiking] = cells;
  await run.click();
  const written = 'mnist-rows-plain/mnist-rows-plain-retrained';
  expect(fs.readdirSync(inWorkspace(written))).toContain('model.json');
  await wb.tab('Spikewise: mnist-rows-plain').nth(1).waitFor();
  const fresh = wb.webview();
  await fresh.locator('.tile', { hasText: 'Spiking accuracy' }).getByText(spiking).waitFor();
  await fresh.locator('.tile', { hasText: 'Analog accuracy' }).getByText(analog).waitFor();

  await wb.tab('Spikewise: mnist-rows-plain').first().click();
  await wb.webview().getByRole('button', { name: 'Compare with the old' }).click();
  await wb.tab('Spikewise: two runs of mnist-rows-plain').waitFor({ timeout: 60_000 });
  const page = wb.webview();
  await page.getByText('hard_tanh_half').or(page.getByText('mnist-rows-plain-retrained')).first().waitFor();
  await editor.screenshot('retraining-compared-dark');
});

test('close the window in the middle, and find the best epoch again', async () => {
  const { wb } = editor;
  await wb.command('View: Close All Editors');
  await wb.openFile(example);
  await wb.command('Spikewise: Retrain Under Constraints');
  await answer({ epochs: 5000 });
  const folder = inWorkspace('mnist-rows-plain/mnist-rows-plain-retrained-2');
  await expect.poll(() => fs.existsSync(`${folder}.unfinished`), { timeout: 90_000 }).toBe(true);
  // With the panel closed it goes on, with a notification.
  await wb.command('View: Close All Editors');
  await wb.notification('Retraining mnist-rows-plain').waitFor();
  await wb.reload();
  expect(fs.existsSync(folder)).toBe(false);
  await wb.openFile(example);
  await wb.command('Spikewise: Convert Model');
  await wb.notification('The retraining of mnist-rows-plain was interrupted').waitFor({ timeout: 60_000 });
  await editor.screenshot('retraining-interrupted-dark');
  await wb.notificationButton('The retraining of mnist-rows-plain was interrupted', 'Use It');
  await expect.poll(() => fs.existsSync(path.join(folder, 'model.json')), { timeout: 20_000 }).toBe(true);
  expect(fs.existsSync(`${folder}.unfinished`)).toBe(false);
  await wb.webview().locator('.tile').first().waitFor();
});

test('insert the PyTorch module at the cursor', async () => {
  const { wb } = editor;
  await wb.command('File: New Untitled Text File');
  await wb.command('Spikewise: Insert PyTorch Module with the Constraints');
  await expect.poll(() => wb.text()).toContain('class Neurons');
});

test('the editor asks nobody but its own server', () => {
  expect([...editor.wb.outside]).toEqual([]);
});
