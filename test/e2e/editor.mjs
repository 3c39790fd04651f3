import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { ensureHost, launchBrowser, startServer, Workbench } from '../host/index.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');

/**
 * One editor for all tests of a file, with the packed extension installed and a copy of `workspace` open. Gives an
 * object that has `wb` and `server` once the tests run, and screenshot(name). A failed test leaves a screenshot.
 */
export function useEditor({ workspace = path.join(root, 'examples'), settings = {}, ...window } = {}) {
  const editor = {
    wb: undefined,
    server: undefined,
    screenshot: (name) => {
      const folder = process.env.SPIKEWISE_SCREENSHOTS ?? path.join(root, '.vscode-test', 'screenshots');
      return editor.wb.screenshot(path.join(folder, `${name.replaceAll(/[^\w.-]+/g, '-')}.png`));
    },
  };
  let browser;

  beforeAll(async () => {
    const vsix = process.env.SPIKEWISE_VSIX;
    if (!vsix || !fs.existsSync(vsix)) throw new Error('Run the stories by: node scripts/test.mjs e2e');
    editor.server = await startServer({ host: await ensureHost(), workspace, settings, vsix: [vsix] });
    browser = await launchBrowser();
    editor.wb = await Workbench.open(browser, editor.server, window);
  });

  beforeEach(({ task, onTestFailed }) => {
    onTestFailed(async () => {
      await editor.screenshot(`failed-${task.name}`).catch(() => {});
      // A menu or picker that it left open would block the mouse of every test after it.
      for (let n = 0; n < 2; n++) await editor.wb?.page.keyboard.press('Escape').catch(() => {});
    });
  });

  afterAll(async () => {
    await browser?.close();
    await editor.server?.stop();
  });

  return editor;
}
