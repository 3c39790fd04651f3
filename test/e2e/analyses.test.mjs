// From a run to the reason of its mismatch, and to the time-steps that it needs, as a person finds them.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { useEditor } from './editor.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const editor = useEditor();
const file = () => path.join(editor.server.workspace, 'mnist-rows/mnist-rows.spikewise.json');
const specification = () => JSON.parse(fs.readFileSync(file(), 'utf8'));

function commandLine(command) {
  const args = [path.join(root, 'bin/spikewise.mjs'), command, file()];
  return execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 1 << 26 });
}

/** The tab over the whole width, from its top on. */
async function picture(name, tab) {
  const { wb } = editor;
  const view = wb.webview();
  const title = view.getByRole('tab', { name: tab, exact: true });
  await title.click();
  await wb.command('View: Move Editor into First Group').catch(() => undefined);
  await view.getByRole('tab', { name: tab, exact: true }).evaluate((element) => {
    element.scrollIntoView({ block: 'start' });
  });
  await wb.page.waitForTimeout(500); // charts draw themselves anew
  await editor.screenshot(name);
}

test('explain a mismatch, and follow the first cause to its fix', async () => {
  const { wb } = editor;
  fs.writeFileSync(file(), fs.readFileSync(file(), 'utf8').replace(/"timesteps": 8/, '"timesteps": 3'));
  await wb.openFile('mnist-rows/mnist-rows.spikewise.json');
  await wb.command('Spikewise: Explain Mismatch');
  const view = wb.webview();
  await view.locator('.explanation').waitFor({ timeout: 60_000 });
  await picture('explain-dark', 'Explain');
  const summary = await view.locator('.explanation').innerText();
  expect(commandLine('explain').trimEnd().split('\n').at(-1)).toBe(summary);

  await view.getByRole('button', { name: /^Apply and run again: Run \d+ time-steps instead of 3$/ }).click();
  await expect.poll(() => specification().timesteps, { timeout: 20_000 }).toBeGreaterThan(3);
  await view.getByText('has changed or run again since this explanation').waitFor();
  await view.getByText(`T = ${specification().timesteps}`).first().waitFor();
});

test('sweep time-steps, and use the fewest that meet the tolerance', async () => {
  const { wb } = editor;
  const view = wb.webview();
  await view.getByRole('tab', { name: 'Sweep', exact: true }).click();
  await view.getByRole('button', { name: 'Start sweep' }).click();
  const use = view.getByRole('button', { name: /^Use T = \d+, and run again/ });
  await use.waitFor({ timeout: 90_000 });
  await picture('sweep-dark', 'Sweep');
  const least = (await view.locator('.least p').innerText()).trim();
  expect(commandLine('sweep')).toContain(least);
  const [, timesteps] = /Use T = (\d+)/.exec(await use.getAttribute('aria-label'));
  expect(least).toContain(`from T = ${timesteps} on`);
  await use.click();
  await expect.poll(() => specification().timesteps, { timeout: 20_000 }).toBe(Number(timesteps));
});

test('results are there again after the window is loaded again', async () => {
  const { wb } = editor;
  const shown = wb.webview();
  // The workbench stores which tabs there are every now and then.
  await wb.page.waitForTimeout(3000);
  const text = async (view, tab, part) => {
    await view.getByRole('tab', { name: tab, exact: true }).click();
    return view.locator(part).first().innerText({ timeout: 20_000 });
  };
  const [explained, least] = [
    await text(shown, 'Explain', '.explanation'),
    await text(shown, 'Sweep', '.least p'),
  ];
  await wb.reload();
  const view = wb.webview();
  await view.locator('.tile').first().waitFor({ timeout: 60_000 });
  expect(await text(view, 'Explain', '.explanation')).toBe(explained);
  // It has run again since, and still has.
  await view.getByText('has changed or run again since this explanation').waitFor();
  expect(await text(view, 'Sweep', '.least p')).toBe(least);
});

test('the editor asks nobody but its own server', () => {
  expect([...editor.wb.outside]).toEqual([]);
});
