/** The built panel in Chromium, under the policy that the editor gives it, with a stand-in for the editor. */
import fs from 'node:fs';
import http from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import { panelHtml, panelPolicy } from '../../src/protocol/panel-html.ts';
import type { ToModelView } from '../../src/protocol/model-view.ts';
import type { ToHost, ToWebview } from '../../src/protocol/webview.ts';
import { themes, type Theme } from './themes.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const nonce = 'bm9uY2UtZm9yLXRlc3Rz';

export interface PanelServer {
  /** Of the results panel. */
  readonly url: string;
  /** Of the view of a model. */
  readonly modelUrl: string;
  close(): void;
}

/** @param folder of the built webview */
export async function servePanel(folder = path.join(root, 'dist/webview')): Promise<PanelServer> {
  const server = http.createServer((request, response) => {
    const { port } = server.address() as AddressInfo;
    const cspSource = `http://127.0.0.1:${port}`;
    const page = { '/': 'panel', '/model': 'model-view' }[request.url ?? ''];
    if (page !== undefined) {
      response.writeHead(200, {
        'Content-Type': 'text/html',
        'Content-Security-Policy': panelPolicy({ cspSource, nonce }),
      });
      response.end(panelHtml({ cspSource, nonce, scriptUri: `/${page}.js`, styleUri: `/${page}.css` }));
      return;
    }
    const name = path.basename(request.url ?? '');
    const file = path.join(folder, name);
    if (!fs.existsSync(file)) {
      response.writeHead(404).end();
      return;
    }
    response.writeHead(200, { 'Content-Type': name.endsWith('.css') ? 'text/css' : 'text/javascript' });
    response.end(fs.readFileSync(file));
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}/`,
    modelUrl: `http://127.0.0.1:${port}/model`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

export function startBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium',
    args: [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** What the stand-in for the editor keeps on the page. */
interface Standin {
  posted: unknown[];
  state: unknown;
  violations: { directive: string; sample: string }[];
}
declare global {
  var standin: Standin;
}

export interface Panel {
  readonly page: Page;
  /** Errors of the page and of its console. */
  readonly errors: string[];
  send(message: ToWebview | ToModelView): Promise<void>;
  posted(): Promise<ToHost[]>;
  state(): Promise<Record<string, unknown> | undefined>;
  violations(): Promise<Standin['violations']>;
  setTheme(name: keyof typeof themes): Promise<void>;
}

export interface PanelSetup {
  readonly width?: number;
  readonly height?: number;
  readonly state?: unknown;
  readonly theme?: keyof typeof themes;
}

/** The editor gives its light high contrast the name of the dark one too. */
function bodyClasses(kind: Theme['kind']): string {
  return kind === 'vscode-high-contrast-light' ? `${kind} vscode-high-contrast` : kind;
}

export async function openPanel(browser: Browser, url: string, setup: PanelSetup = {}): Promise<Panel> {
  const page = await browser.newPage({
    viewport: { width: setup.width ?? 1000, height: setup.height ?? 900 },
  });
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(String(error)));
  page.on('console', (message) => {
    // Violations of the policy are told of here too; they are collected by their own event.
    if (message.type() === 'error' && !message.text().includes('Content Security Policy'))
      errors.push(message.text());
  });
  const theme = themes[setup.theme ?? 'dark'];
  await page.addInitScript(
    ({ state, theme, classes }) => {
      globalThis.standin = { posted: [], state, violations: [] };
      Object.assign(globalThis, {
        acquireVsCodeApi: () => ({
          postMessage: (message: unknown) => globalThis.standin.posted.push(message),
          getState: () => globalThis.standin.state,
          setState: (next: unknown) => {
            globalThis.standin.state = structuredClone(next);
          },
        }),
      });
      document.addEventListener('securitypolicyviolation', ({ effectiveDirective, sample, sourceFile }) => {
        globalThis.standin.violations.push({
          directive: effectiveDirective,
          sample: sample || sourceFile,
        });
      });
      // The editor does so before any script of the page runs.
      const dress = () => {
        for (const [name, value] of Object.entries(theme.colours))
          document.documentElement.style.setProperty(`--vscode-${name}`, value);
        document.body.className = classes;
        document.body.setAttribute('data-vscode-theme-kind', theme.kind);
      };
      new MutationObserver((_, observer) => {
        if (document.querySelector('body') === null) return;
        observer.disconnect();
        dress();
      }).observe(document, { childList: true, subtree: true });
    },
    { state: setup.state, theme, classes: bodyClasses(theme.kind) },
  );
  await page.goto(url);
  await page.waitForFunction(() => globalThis.standin.posted.length > 0);
  return {
    page,
    errors,
    send: (message) =>
      page.evaluate((data) => {
        window.postMessage(data);
      }, message),
    posted: () => page.evaluate(() => globalThis.standin.posted) as Promise<ToHost[]>,
    state: () =>
      page.evaluate(() => globalThis.standin.state) as Promise<Record<string, unknown> | undefined>,
    violations: () => page.evaluate(() => globalThis.standin.violations),
    setTheme: (name) =>
      page.evaluate(
        ({ kind, colours, classes }) => {
          const { style } = document.documentElement;
          for (const property of [...style]) style.removeProperty(property);
          for (const [key, value] of Object.entries(colours)) style.setProperty(`--vscode-${key}`, value);
          document.body.className = classes;
          document.body.setAttribute('data-vscode-theme-kind', kind);
        },
        {
          ...themes[name],
          colours: { ...themes[name].colours },
          classes: bodyClasses(themes[name].kind),
        } as {
          kind: string;
          colours: Record<string, string>;
          classes: string;
        },
      ),
  };
}
