import { chromium } from 'playwright-core';
import { ensureChromium } from '../../scripts/setup.mjs';

/** Starts a headless Chromium of the machine. */
export async function launchBrowser() {
  return chromium.launch({
    executablePath: await ensureChromium(),
    headless: false, // `true` would add Playwright's own headless flag, which Debian's build does not know.
    args: [
      '--headless',
      '--no-sandbox', // Chromium refuses to run as root otherwise, and containers run as root.
      '--disable-gpu',
      '--disable-dev-shm-usage', // The 64 MB /dev/shm of a container is too small for the workbench.
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}
