/** Exported pages as a browser without the editor shows them: accessible, legible, complete, alone. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compareReports } from '../../src/core/report/compare.ts';
import { comparisonPage } from '../../src/core/report/html/comparison-page.ts';
import { reportPage } from '../../src/core/report/html/report-page.ts';
import { temporaryFolder } from '../support/files.ts';
import { manifestOf } from '../support/runs.ts';
import { startBrowser } from './page.ts';
import { madeUpReport } from './report.ts';

const report = madeUpReport();
const other = madeUpReport({ cores: { lstm: 130, encoder: 7 } });
const nonce = 'bm9uY2UtZm9yLXRlc3Rz';
const pages = {
  report: reportPage(report, manifestOf(report)),
  comparison: comparisonPage(
    compareReports(report, { ...other, options: { ...other.options, timesteps: 16 } }),
  ),
};

let browser: Browser;
let temporary: ReturnType<typeof temporaryFolder>;
beforeAll(async () => {
  browser = await startBrowser();
  temporary = temporaryFolder();
}, 60_000);
afterAll(async () => {
  await browser.close();
  temporary.remove();
});

interface Opened {
  readonly page: Page;
  /** Whatever it asked for beside itself, and errors of its console. */
  readonly asked: readonly string[];
}

/** From a file, as a person opens it. */
async function open(html: string, colorScheme: 'light' | 'dark', width = 1100): Promise<Opened> {
  const file = path.join(temporary.folder, 'page.html');
  writeFileSync(file, html);
  const page = await browser.newPage({ colorScheme, viewport: { width, height: 900 } });
  const address = pathToFileURL(file).href;
  const asked: string[] = [];
  page.on('request', (request) => {
    if (request.url() !== address) asked.push(request.url());
  });
  page.on('console', (message) => {
    if (message.type() === 'error') asked.push(message.text());
  });
  await page.goto(address);
  return { page, asked };
}

/** Faults that axe finds, with where. */
async function faults(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  return violations.flatMap(({ id, nodes }) => nodes.map(({ target }) => `${id}: ${target.join(' ')}`));
}
declare global {
  var axe: typeof import('axe-core');
}

describe.each(Object.entries(pages))('the page of a %s', (name, html) => {
  it.each(['light', 'dark'] as const)('has nothing that axe objects to: %s', async (scheme) => {
    const { page, asked } = await open(html, scheme);
    // What is folded is checked too.
    await page.evaluate(() => {
      for (const details of document.querySelectorAll('details')) details.open = true;
    });
    expect(await faults(page)).toEqual([]);
    expect(asked).toEqual([]);
    if (process.env['SCREENSHOTS']) {
      const folder = fileURLToPath(new URL('../../dist/screenshots', import.meta.url));
      mkdirSync(folder, { recursive: true });
      await page.evaluate(() => {
        for (const details of document.querySelectorAll('details')) details.open = false;
      });
      await page.screenshot({ path: path.join(folder, `page-${name}-${scheme}.png`), fullPage: true });
    }
    await page.close();
  });

  it('is dark on a dark screen', async () => {
    const grounds = [];
    for (const scheme of ['light', 'dark'] as const) {
      const { page } = await open(html, scheme);
      grounds.push(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
      await page.close();
    }
    expect(grounds).toEqual(['rgb(255, 255, 255)', 'rgb(15, 19, 24)']);
  });

  it('needs no sideways scrolling on a phone, but within its tables', async () => {
    const { page } = await open(html, 'light', 380);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(380);
    await page.close();
  });

  it('brings tables that are too wide into view by keyboard', async () => {
    const { page } = await open(html, 'light', 380);
    const wide = page.locator('.scroll').filter({ hasText: 'spikes/sample' }).first();
    await wide.focus();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => wide.evaluate(({ scrollLeft }) => scrollLeft)).toBeGreaterThan(0);
    await page.close();
  });
});

it('a page in the editor takes its colours, under its policy', async () => {
  const page = await browser.newPage();
  await page.setContent(reportPage(report, null, { nonce }));
  // As the editor's own script does.
  await page.evaluate(() => {
    const { style } = document.documentElement;
    style.setProperty('--vscode-editor-background', '#272822');
    style.setProperty('--vscode-editor-foreground', '#f8f8f2');
  });
  expect(await page.evaluate(() => getComputedStyle(document.body).backgroundColor)).toBe('rgb(39, 40, 34)');
  expect(await page.evaluate(() => getComputedStyle(document.body).color)).toBe('rgb(248, 248, 242)');
  await page.close();
});

it('a page shows the whole report', async () => {
  const { page } = await open(pages.report, 'light');
  const headings = await page.getByRole('heading', { level: 2 }).allInnerTexts();
  expect(headings.map((words) => words.replace(/ \(.*/, ''))).toEqual([
    ...['Findings', 'Options', 'Layers and gates', 'Error over sequence steps'],
    ...['Cores: Loihi 1', 'Energy and latency, an estimate', 'Chips side by side', 'How it was made'],
  ]);
  const rows = page.getByRole('region', { name: /^Layers and gates: errors/ }).getByRole('row');
  expect(await rows.count()).toBe(
    1 + report.layers.reduce((sum, { populations }) => sum + populations.length + 1, 0),
  );
  await page.getByText('Numbers: lstm: mean squared error').click();
  await page.getByRole('region', { name: 'lstm: mean squared error by sequence step' }).waitFor();
  await page.getByRole('img', { name: /^Floor plan of Loihi 1, chip 0: \d+ of 128 cores used$/ }).waitFor();
  await page.close();
});
