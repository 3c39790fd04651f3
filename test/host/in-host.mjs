/**
 * Runs `tests` (the absolute path of a CommonJS file that exports run()) inside the extension host, with the
 * extension under development in the folder `extension`. Resolves to { code, output }: what run() ended with
 * (0, or 1 when it threw) and the console lines that the host sent meanwhile. The server needs `driver: true`.
 */
export async function runInHost(browser, server, { extension, tests, timeout = 180_000 }) {
  const context = await browser.newContext({ viewport: { width: 1400, height: 900 } });
  try {
    const page = await context.newPage();
    const output = [];
    let exit;
    const exited = new Promise((resolve) => (exit = resolve));
    // The workbench calls these two where it finds them; they have to be there before it loads.
    await page.exposeFunction('codeAutomationLog', (level, args) => void output.push({ level, args }));
    await page.exposeFunction('codeAutomationExit', (code) => exit(code));
    const payload = JSON.stringify([
      ['extensionDevelopmentPath', server.remote(extension)],
      ['extensionTestsPath', server.remote(tests)],
      ['skipWelcome', 'true'],
    ]);
    await page.goto(`${server.url}&payload=${encodeURIComponent(payload)}`);
    let timer;
    const late = new Promise((resolve) => (timer = setTimeout(resolve, timeout, undefined)));
    const code = await Promise.race([exited, late]);
    clearTimeout(timer);
    if (code === undefined)
      throw new Error(`The tests in the extension host took longer than ${timeout / 1000} s.`);
    return { code, output };
  } finally {
    await context.close();
  }
}
