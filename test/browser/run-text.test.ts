/** The ways between the panel and the run's text. */
import { expect, test } from 'vitest';
import { panelTests } from './harness.ts';
import type { Panel } from './page.ts';
import { madeUpReport } from './report.ts';

let panel: Panel;
const { show, button, tab, lastPosted } = panelTests((opened) => {
  panel = opened;
});

const selectedRow = () =>
  panel.page.locator('vscode-data-grid[aria-label="Layers and gates"] [aria-selected="true"]');

test('a gate of the text is selected in the table of layers, in sight, and leads back', async () => {
  await panel.page.setViewportSize({ width: 1000, height: 420 });
  await show(madeUpReport());
  await tab('Energy').click();
  const about = { kind: 'population', layer: 'encoder', population: 'o' } as const;
  await panel.send({ type: 'select', tab: 'layers', about });
  await selectedRow().waitFor();
  expect(await tab('Layers').getAttribute('aria-selected')).toBe('true');
  expect(await selectedRow().innerText()).toMatch(/encoder[^]*o, output gate/);
  await expect.poll(() => inSight()).toBe(true);
  await panel.page.getByText('encoder, o, output gate: on', { exact: false }).waitFor();

  await button('Show in text: encoder, o, output gate').click();
  expect(await lastPosted()).toEqual({ type: 'openRunText', about });
});

test('a layer of the text is selected as a whole, in every tab', async () => {
  const report = madeUpReport();
  await show(report);
  const about = { kind: 'layer', layer: 'encoder' } as const;
  await panel.send({ type: 'select', tab: 'errors', about });
  await panel.page.getByText('Error over sequence steps: encoder').first().waitFor();
  await panel.send({ type: 'select', tab: 'cores', about });
  await panel.page.locator('[data-lit]').first().waitFor();
  const cores = report.chip.cores.filter(({ populations }) => populations.some((p) => p.layer === 'encoder'));
  expect(await panel.page.locator('[data-lit]').count()).toBe(cores.length);
  await tab('Layers').click();
  expect(await selectedRow().innerText()).toMatch(/encoder[^]*layer output/);
  await button('Show in text: encoder').click();
  expect(await lastPosted()).toEqual({ type: 'openRunText', about });
});

test('a core of the text is selected on the floor plan, and its details lead back by keyboard', async () => {
  await show(madeUpReport());
  await panel.send({ type: 'select', tab: 'cores', about: { kind: 'core', chip: 0, core: 2 } });
  const details = panel.page.getByRole('region', { name: 'Core' });
  await details.getByText('Core 2').waitFor();
  expect(await panel.page.locator('[data-core="2"]').getAttribute('aria-selected')).toBe('true');
  await details.getByRole('link', { name: 'Show in text' }).focus();
  await panel.page.keyboard.press('Enter');
  expect(await lastPosted()).toEqual({ type: 'openRunText', about: { kind: 'core', chip: 0, core: 2 } });
});

test('without a selection the text is shown from its start', async () => {
  await show(madeUpReport());
  await button('Show the run as text').click();
  expect(await lastPosted()).toEqual({ type: 'openRunText', about: null });
});

test('a selection before there is a report is of nothing', async () => {
  await panel.send({ type: 'select', tab: 'cores', about: null });
  await show(madeUpReport());
  expect(await tab('Layers').getAttribute('aria-selected')).toBe('true');
});

/** Whether the selected row lies within the window. */
async function inSight(): Promise<boolean> {
  const box = await selectedRow().boundingBox();
  const { height } = panel.page.viewportSize()!;
  return box !== null && box.y >= 0 && box.y + box.height <= height + 1;
}
