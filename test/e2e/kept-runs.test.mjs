// Kept runs as a person finds them: in the explorer, compared in a page, opened again.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import { useEditor } from './editor.mjs';

const editor = useEditor();
const example = 'mnist-rows/mnist-rows.spikewise.json';

async function convert() {
  const menu = await editor.wb.contextMenu(example);
  await menu.choose('Spikewise: Convert Model');
}

function keptRuns() {
  const folder = path.join(editor.server.workspace, 'mnist-rows/.spikewise/runs');
  return fs.existsSync(folder) ? fs.readdirSync(folder).filter((name) => !name.startsWith('.')) : [];
}

const lines = () => editor.wb.page.locator('.monaco-list[aria-label="Spikewise Runs"] .monaco-list-row');
const runs = () => lines().filter({ hasText: '%, T = ' });

test('every run is in the explorer, newest first', async () => {
  await convert();
  await expect.poll(() => keptRuns().length, { timeout: 60_000 }).toBe(1);
  const file = path.join(editor.server.workspace, example);
  fs.writeFileSync(file, fs.readFileSync(file, 'utf8').replace(/"timesteps": 8/, '"timesteps": 16'));
  await convert();
  await expect.poll(() => keptRuns().length, { timeout: 60_000 }).toBe(2);
  await editor.wb.command('Explorer: Focus on Spikewise Runs View');
  await expect.poll(() => runs().count(), { timeout: 20_000 }).toBe(2);
  const texts = await runs().allInnerTexts();
  expect(texts[0]).toContain('T = 16');
  expect(texts[1]).toContain('T = 8');
});

test('two are compared in a page that looks like the editor', async () => {
  const { wb } = editor;
  const [newer, older] = [runs().first(), runs().nth(1)];
  await newer.click();
  await older.click({ modifiers: ['Control'] });
  await editor.screenshot('kept-runs-dark');
  await wb.command('Spikewise: Compare Kept Runs');
  const page = wb.webview();
  await page.getByRole('heading', { name: /^mnist.rows: two runs/ }).waitFor();
  const options = page.getByRole('region', { name: 'Options', exact: true });
  expect((await options.innerText()).replaceAll(/\s+/g, ' ')).toContain('time-steps T = 8 T = 16');
  const ground = () => page.locator('body').evaluate((body) => window.getComputedStyle(body).backgroundColor);
  await editor.screenshot('comparison-dark');
  const dark = await ground();
  await wb.theme('Light Modern');
  await expect.poll(ground).toBe('rgb(255, 255, 255)');
  expect(dark).toBe('rgb(31, 31, 31)');
  await editor.screenshot('comparison-light');
  await wb.theme('Dark Modern');
});

test('two are asked for where none are selected', async () => {
  const { wb } = editor;
  await wb.command('View: Close All Editors');
  await runs().first().click();
  await wb.webview().locator('.options').getByText('T = 16').waitFor();
  await wb.command('Spikewise: Compare Kept Runs');
  for (const question of ['Compare which run?', 'With which other run?']) {
    await wb.page.getByPlaceholder(question).waitFor();
    await wb.page.locator('.quick-input-list .monaco-list-row').first().waitFor();
    await wb.page.keyboard.press('Enter');
  }
  await wb
    .webview()
    .getByRole('heading', { name: /^mnist.rows: two runs/ })
    .waitFor();
});

test('a press opens an earlier run in the panel', async () => {
  const { wb } = editor;
  await runs().nth(1).click();
  const view = wb.webview();
  await view.locator('.options').getByText('T = 8').waitFor();
});

test('the editor asks nobody but its own server', () => {
  expect([...editor.wb.outside]).toEqual([]);
});
