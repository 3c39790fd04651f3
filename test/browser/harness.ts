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

/** @param onOpen is given every panel that is opened */
export function panelTests(onOpen: (panel: Panel) => void): Harness {
  let server: PanelServer;
  let browser: Browser;
  let panel: Panel;

  const open = async (setup?: PanelSetup) => {
    panel = await openPanel(browser, server.url, setup);
    onOpen(panel);
  };

  beforeAll(async () => {
    await buildWebview();
    server = await servePanel();
    browser = await startBrowser();
  }, 60_000);

  afterAll(async () => {
    await browser.close();
    server.close();
  });

  beforeEach(() => open(), 60_000);

  afterEach(async () => {
    expect(panel.errors).toEqual([]);
    expect(await panel.violations()).toEqual([]);
    await panel.page.close();
  }, 60_000);

  return {
    reopen: async (setup) => {
      await panel.page.close();
      await open(setup);
    },
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
