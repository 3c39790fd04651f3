// The moves a test makes in the workbench, as a person makes them: with the mouse, the keyboard and what is seen.
//
//   const wb = await Workbench.open(browser, server, { width, height, beforeLoad(page) });
//
//   wb.page                            the Playwright page, for what is not here
//   wb.outside                         hosts other than the server that the page asked for; must stay empty
//   await wb.command(title)            runs a command from the palette by its full title, 'Spikewise: Convert'
//   await wb.commands(text)            the titles the palette offers for a text
//   await wb.pick(label)               chooses a row of the open quick pick;  await wb.answer(text) types and confirms
//   await wb.file(path)                the explorer's row of a file, its folders opened first ('a/b/model.json')
//   await wb.openFile(path)            double click on that row, then waits for its tab
//   await wb.contextMenu(path)         right click on it: { items: titles, choose(title), close() }
//   await wb.titleAction(label)        clicks a button of the active editor's title bar
//   wb.tab(name), wb.statusBar(text)   locators
//   await wb.problems()                shows the Problems panel and gives its rows (file rows and problems)
//   await wb.openProblem(text)         double click on a problem: its editor opens with the cursor on it
//   await wb.quickFixes()              the titles offered at the cursor (Ctrl+.);  await wb.quickFix(title) takes one
//   wb.editor(), await wb.text()       the active text editor and its visible text
//   wb.codeLens(text)                  locator;  await wb.hover(text) points at text in the editor, gives the hover
//   await wb.output(channel)           shows an output channel and gives its lines
//   wb.webview(n = 0)                  the document of a visible webview (panel, view or custom editor)
//   wb.notification(text)              locator;  await wb.notificationButton(text, button) clicks a button on it
//   await wb.theme(name)               'Dark Modern', 'Light Modern', 'Dark High Contrast', 'Light High Contrast'
//   await wb.reload()                  reloads the window and waits until it is back
//   await wb.screenshot(file)          writes a PNG, making its folder
//
// What returns a locator has Playwright's waiting built in: `await wb.tab('model.json').waitFor()`.
import fs from 'node:fs';
import path from 'node:path';

const palette = '.quick-input-widget';

/** A text as a CSS string. */
const quoted = (text) => `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;

export class Workbench {
  constructor(page, server) {
    this.page = page;
    this.server = server;
    this.outside = new Set();
  }

  /** Opens the server's folder. `beforeLoad` may prepare the page (a clock, a script) before the workbench loads. */
  static async open(browser, server, { width = 1400, height = 900, beforeLoad } = {}) {
    const context = await browser.newContext({ viewport: { width, height } });
    const page = await context.newPage();
    const workbench = new Workbench(page, server);
    // Webview resources (*.vscode-cdn.net) come from the service worker, data and blob addresses from memory.
    page.on('request', (request) => {
      const { protocol, host } = new URL(request.url());
      if (/^(http|ws)s?:$/.test(protocol) && host !== server.authority && !host.endsWith('.vscode-cdn.net')) {
        workbench.outside.add(host);
      }
    });
    await beforeLoad?.(page);
    await page.goto(server.url);
    await workbench.ready();
    return workbench;
  }

  async ready() {
    await this.page.locator('.monaco-workbench').waitFor({ timeout: 60_000 });
    await this.page.locator('.explorer-folders-view .monaco-list-row').first().waitFor({ timeout: 60_000 });
  }

  async reload() {
    await this.page.reload();
    await this.ready();
  }

  async close() {
    await this.page.context().close();
  }

  async screenshot(file) {
    fs.mkdirSync(path.dirname(file), { recursive: true });
    await this.page.screenshot({ path: file });
  }

  // Palette, quick picks and input boxes

  async #ask(text) {
    await this.page.keyboard.press('F1');
    const input = this.page.locator(`${palette} .quick-input-box input`);
    await input.waitFor({ state: 'visible' });
    await input.fill(`>${text}`);
  }

  #row(label) {
    const rows = this.page.locator(`${palette} .quick-input-list .monaco-list-row`);
    return rows.filter({ has: this.page.getByText(label, { exact: true }) }).first();
  }

  async command(title, timeout = 30_000) {
    // The command of an extension appears some time after the workbench, so ask until it is there.
    for (const end = Date.now() + timeout; ;) {
      await this.#ask(title);
      const row = this.#row(title);
      try {
        await row.waitFor({ timeout: 2000 });
        await row.click();
        break;
      } catch {
        if (Date.now() > end) throw new Error(`The palette has no command "${title}".`);
        await this.page.keyboard.press('Escape');
      }
    }
    // Gone, or showing what the command asks for: either way it is no longer the list of commands.
    await this.page.waitForFunction((selector) => {
      const widget = document.querySelector(selector);
      const shown = widget && window.getComputedStyle(widget).display !== 'none';
      return !shown || !widget.querySelector('input')?.value.startsWith('>');
    }, palette);
  }

  async commands(text, timeout = 30_000) {
    let found = [];
    // The list follows the text after a moment and an extension's commands come late, so read it until it stays.
    for (const end = Date.now() + timeout; Date.now() < end;) {
      await this.#ask(text);
      await this.page.waitForTimeout(500);
      const labels = await this.page
        .locator(`${palette} .quick-input-list .monaco-list-row .monaco-icon-label .label-name`)
        .allInnerTexts();
      await this.page.keyboard.press('Escape');
      await this.page.locator(palette).waitFor({ state: 'hidden' });
      const now = labels.filter((label) => label.toLowerCase().includes(text.toLowerCase()));
      if (now.length > 0 && now.length === found.length) break;
      found = now;
    }
    return found;
  }

  async pick(label) {
    await this.#row(label).click();
  }

  async answer(text) {
    const input = this.page.locator(`${palette} .quick-input-box input`);
    await input.waitFor({ state: 'visible' });
    await input.fill(text);
    await input.press('Enter');
  }

  // Explorer

  #explorerRow(relative) {
    const full = quoted(path.posix.join(this.server.workspace, relative));
    // A decoration (a problem, say) adds its own words behind the path.
    const label = `.explorer-item[aria-label=${full}], .explorer-item[aria-label^=${full.slice(0, -1)} "]`;
    return this.page.locator('.explorer-folders-view .monaco-list-row', { has: this.page.locator(label) });
  }

  async file(relative) {
    const parts = relative.split('/');
    for (let depth = 1; depth < parts.length; depth++) {
      const folder = this.#explorerRow(parts.slice(0, depth).join('/'));
      await folder.waitFor();
      if ((await folder.getAttribute('aria-expanded')) !== 'true') await folder.click();
    }
    const row = this.#explorerRow(relative);
    await row.waitFor();
    return row;
  }

  async openFile(relative) {
    await (await this.file(relative)).dblclick();
    const name = quoted(path.posix.basename(relative));
    await this.page
      .locator(`.editor-group-container.active .tab.active[data-resource-name=${name}]`)
      .waitFor();
  }

  async contextMenu(relative) {
    await (await this.file(relative)).click({ button: 'right' });
    return this.#menu();
  }

  async #menu() {
    const items = this.page.locator('.monaco-menu .action-menu-item .action-label');
    await items.first().waitFor();
    return {
      items: (await items.allInnerTexts()).filter(Boolean),
      /** Gives when it was clicked, in milliseconds: the click that the menu took. */
      choose: async (title) => {
        // A menu that has only just opened takes a click for the end of the one that opened it.
        for (const end = Date.now() + 30_000; ;) {
          const clicked = Date.now();
          await items.and(this.page.locator(`[aria-label=${quoted(title)}]`)).click();
          try {
            await items.first().waitFor({ state: 'hidden', timeout: 2000 });
            return clicked;
          } catch (error) {
            if (Date.now() > end) throw error;
          }
        }
      },
      close: () => this.page.keyboard.press('Escape'),
    };
  }

  // Editors

  tab(name) {
    return this.page.locator('.tabs-container .tab', { hasText: name });
  }

  async titleAction(label) {
    const bar = this.page.locator('.editor-group-container.active .editor-actions');
    // The label is followed by the key binding, where there is one.
    await bar.locator(`.action-label[aria-label^=${quoted(label)}]`).click();
  }

  editor() {
    return this.page.locator('.editor-group-container.active .editor-instance .monaco-editor').first();
  }

  async text() {
    const lines = this.editor().locator('.view-lines .view-line');
    const placed = await lines.evaluateAll((all) => all.map((line) => [line.offsetTop, line.textContent]));
    // The editor keeps its lines in any order, and writes spaces as no-break spaces.
    return placed
      .sort(([a], [b]) => a - b)
      .map(([, text]) => text.replaceAll('\u00a0', ' '))
      .join('\n');
  }

  codeLens(text) {
    return this.editor().locator('.codelens-decoration a', { hasText: text });
  }

  async hover(text, timeout = 30_000) {
    const hover = this.page.locator('.monaco-hover').filter({ visible: true }).first();
    // A hover that meets a redraw is lost, and only a mouse that moves again brings another.
    for (const end = Date.now() + timeout; ;) {
      await this.editor().locator('.view-line span', { hasText: text }).last().hover();
      try {
        await hover.waitFor({ timeout: 3000 });
        return hover;
      } catch (error) {
        if (Date.now() > end) throw error;
        await this.editor().hover({ position: { x: 5, y: 5 } });
      }
    }
  }

  async quickFixes() {
    const menu = await this.#quickFixMenu();
    const titles = await menu.locator('.title').allInnerTexts();
    await this.page.keyboard.press('Escape');
    await menu.waitFor({ state: 'hidden' });
    return titles;
  }

  async quickFix(title) {
    const menu = await this.#quickFixMenu();
    const row = menu.locator('.monaco-list-row', { has: this.page.getByText(title, { exact: true }) });
    // VS Code 1.100 lays a pane over the menu that goes when the mouse moves.
    await row.hover({ force: true });
    await row.click();
    await menu.waitFor({ state: 'hidden' });
  }

  async #quickFixMenu() {
    const menu = this.page.locator('.action-widget').filter({ visible: true });
    // A key pressed while an editor is still opening goes nowhere, so press it until the menu is there.
    for (const end = Date.now() + 30_000; ;) {
      await this.page.keyboard.press('Control+.');
      try {
        await menu.locator('.monaco-list-row.action').first().waitFor({ timeout: 3000 });
        return menu;
      } catch (error) {
        if (Date.now() > end) throw error;
      }
    }
  }

  webview(n = 0) {
    const frames = this.page.locator('iframe.webview.ready').filter({ visible: true });
    return frames.nth(n).contentFrame().frameLocator('#active-frame');
  }

  // The parts around the editors

  statusBar(text) {
    return this.page.locator('.statusbar-item', { hasText: text });
  }

  async problems() {
    await this.command('Problems: Focus on Problems View');
    return this.page.locator('.markers-panel .monaco-list-row');
  }

  async openProblem(text) {
    const rows = await this.problems();
    await rows.filter({ hasText: text }).first().dblclick();
    await this.editor()
      .locator('textarea.inputarea, .native-edit-context')
      .first()
      .waitFor({ state: 'attached' });
  }

  async output(channel) {
    await this.command('Output: Show Output Channels...');
    await this.pick(channel);
    return this.page.locator('.output-view .view-lines');
  }

  notification(text) {
    return this.page.locator('.notification-toast .notification-list-item', { hasText: text });
  }

  async notificationButton(text, button) {
    const toast = this.notification(text).first();
    await toast.hover(); // Without it the toast may go while the mouse is on its way.
    await toast.locator('.monaco-button', { hasText: button }).click();
  }

  async theme(name, timeout = 30_000) {
    const row = this.#row(name);
    // A list that opens before the themes are known stays empty, so open it until the theme is in it.
    for (const end = Date.now() + timeout; ;) {
      await this.command('Preferences: Color Theme');
      await this.page.locator(`${palette} .quick-input-box input`).fill(name);
      try {
        await row.waitFor({ timeout: 3000 });
        break;
      } catch (error) {
        if (Date.now() > end) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
    await row.click();
    await this.page.locator(palette).waitFor({ state: 'hidden' });
    const light = name.includes('Light');
    const kind = name.includes('High Contrast')
      ? light
        ? 'hc-light'
        : 'hc-black'
      : light
        ? 'vs'
        : 'vs-dark';
    await this.page.locator(`.monaco-workbench.${kind}`).waitFor();
  }
}
