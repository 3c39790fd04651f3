// A run as text, as a person reads it: from the panel to its text, a chart under the mouse, and back into the panel.
import { expect, test } from 'vitest';
import { useEditor } from './editor.mjs';

const editor = useEditor();

/** Text and colour of each part of a line of the active editor. */
function parts(line) {
  const found = editor.wb.editor().locator('.view-line', { hasText: line }).first();
  return found
    .locator('span > span')
    .evaluateAll((spans) =>
      spans.map((span) => [span.textContent, span.ownerDocument.defaultView.getComputedStyle(span).color]),
    );
}

test('from the panel to the line of a gate', async () => {
  const { wb } = editor;
  await wb.page.waitForTimeout(3000); // The editor's own start takes both cores for a while.
  const menu = await wb.contextMenu('mnist-rows/model.json');
  await menu.choose('Spikewise: Convert Model');
  const view = wb.webview();
  await view.locator('.tile', { hasText: 'Spiking accuracy' }).first().waitFor();
  await view
    .getByRole('row', { name: /lstm.*f, forget gate/ })
    .first()
    .click();
  await view.getByRole('button', { name: 'Show in text: lstm, f, forget gate' }).click();
  await wb.tab('mnist-rows.spikewise-run').waitFor();
  await expect.poll(() => wb.text()).toContain('f, forget gate');
  await expect.poll(() => wb.statusBar('selected').first().innerText()).toContain('14 selected');
});

test('a layer is coloured by what stands on its line, with its numbers above', async () => {
  const { wb } = editor;
  await wb
    .codeLens(/^firing rate 0\.\d{4}$/)
    .first()
    .waitFor();
  await wb.codeLens(/^MSE /).first().waitFor();
  const colours = new Map((await parts('forget gate')).map(([text, colour]) => [text.trim(), colour]));
  expect(new Set(colours.values()).size).toBeGreaterThan(2);
  await editor.screenshot('run-text');
});

test.each(['Light Modern', 'Dark Modern'])('a chart under the mouse: %s', async (theme) => {
  const { wb } = editor;
  await wb.theme(theme);
  await wb.tab('mnist-rows.spikewise-run').first().click();
  const hover = await wb.hover('lstm');
  await expect.poll(() => hover.locator('img').count()).toBe(2);
  for (const image of await hover.locator('img').all()) {
    await expect
      .poll(() => image.evaluate(({ complete, naturalWidth }) => complete && naturalWidth))
      .toBe(400);
  }
  await editor.screenshot(`run-text hover ${theme}`);
  await wb.page.keyboard.press('Escape');
});

test('from a code lens back into the panel', async () => {
  const { wb } = editor;
  await wb
    .codeLens(/^\d+ cores?$/)
    .first()
    .click();
  const view = wb.webview();
  await view.getByText('Floor plan of Loihi 1').first().waitFor();
  await view.locator('[data-lit]').first().waitFor();
  await editor.screenshot('run-text panel');
});
