/** What every file of panel tests starts from: a fresh panel for each test, and no errors after it. */
import type { Browser, Locator } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect } from 'vitest';
import { buildWebview } from '../../scripts/build-webview.mjs';
import type { Report } from '../../src/core/report/types.ts';
import type { ToHost } from '../../src/protocol/webview.ts';
import {
  openPanel,
  servePanel,
  startBrowser,
  type Panel,
  type PanelServer,
  type PanelSetup,
} from './page.ts';

export interface Harness {
  readonly reopen: (setup: PanelSetup) => Promise<void>;
  readonly show: (report: Report) => Promise<void>;
  readonly button: (name: string) => Locator;
  readonly tab: (name: string) => Locator;
  readonly lastPosted: () => Promise<ToHost | undefined>;
  /** What an action has the host save; bytes as an array of numbers. */
  readonly saved: (action: () => Promise<void>) => Promise<{ name: string; content: string | number[] }>;
}

/** Built pages and a browser, while the tests of a file run. @returns opens one of the pages */
export function pageTests(): (page: 'url' | 'modelUrl', setup?: PanelSetup) => Promise<Panel> {
  let server: PanelServer;
  let browser: Browser;

  beforeAll(async () => {
    await buildWebview();
    server = await servePanel();
    browser = await startBrowser();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    server.close();
  });

  return (page, setup) => openPanel(browser, server[page], setup);
}

/**
 * A fresh page for each test, and no errors after it.
 * @param onOpen is given every page that is opened
 * @returns closes the page and opens another
 */
export function freshPages(
  page: 'url' | 'modelUrl',
  onOpen: (panel: Panel) => void,
): (setup: PanelSetup) => Promise<void> {
  const openPage = pageTests();
  let panel: Panel;
  const open = async (setup?: PanelSetup): Promise<void> => {
    panel = await openPage(page, setup);
    onOpen(panel);
  };

  beforeEach(() => open(), 60_000);

  afterEach(async () => {
    expect(panel.errors).toEqual([]);
    expect(await panel.violations()).toEqual([]);
    await panel.page.close();
  }, 60_000);

  return async (setup) => {
    await panel.page.close();
    await open(setup);
  };
}

/** @param onOpen is given every panel that is opened */
export function panelTests(onOpen: (panel: Panel) => void): Harness {
  let panel: Panel;
  const reopen = freshPages('url', (opened) => {
    panel = opened;
    onOpen(opened);
  });
  return {
    reopen,
    show: async (report) => {
      await panel.send({ type: 'report', report });
      await panel.page.locator('.tiles').first().waitFor();
    },
    button: (name) => panel.page.getByRole('button', { name, exact: true }),
    tab: (name) => panel.page.getByRole('tab', { name, exact: true }),
    lastPosted: async () => (await panel.posted()).at(-1),
    saved: async (action) => {
      const before = (await panel.posted()).length;
      await action();
      await panel.page.waitForFunction((count) => globalThis.standin.posted.length > count, before);
      return panel.page.evaluate(() => {
        const message = globalThis.standin.posted.at(-1) as ToHost;
        if (message.type !== 'save') throw new Error('Nothing is to be saved.');
        const { name, content } = message;
        return { name, content: typeof content === 'string' ? content : [...content] };
      });
    },
  };
}
