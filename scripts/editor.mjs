// `npm run editor`: opens examples/ in VS Code with this extension.
//   --port N    the port of the served editor (any free one otherwise)
//   --served    the served editor even where a VS Code is installed
//   --no-open   only print the address, start no browser
import { spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { ensureHost } from '../test/host/install.mjs';
import { startServer } from '../test/host/server.mjs';
import { pack } from './package.mjs';
import { cache, ensureBuild, ensureDependencies, root } from './setup.mjs';

const { values: options } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    served: { type: 'boolean', default: false },
    'no-open': { type: 'boolean', default: false },
  },
});
const port = Number(options.port);
if (!Number.isInteger(port) || port < 0 || port > 65535)
  throw new Error(`--port ${options.port} is no port.`);

await ensureDependencies();
await ensureBuild();
const examples = path.join(root, 'examples');

const shell = process.platform === 'win32'; // There `code` is a .cmd file.
const installed =
  !options.served && spawnSync('code', ['--version'], { shell, stdio: 'ignore' }).status === 0;
if (installed) {
  const args = [`--extensionDevelopmentPath=${root}`, examples];
  const { status } = spawnSync('code', shell ? args.map((arg) => `"${arg}"`) : args, {
    shell,
    stdio: 'inherit',
  });
  process.exitCode = status ?? 1;
} else if (process.platform === 'linux') {
  await serve();
} else {
  throw new Error('Install VS Code and its command `code` first: the editor from npm runs on Linux only.');
}

/** The VS Code of the tests, on this machine's own address and with a token, till Ctrl-C. */
async function serve() {
  const host = await ensureHost();
  fs.mkdirSync(cache, { recursive: true });
  const { file } = pack(path.join(cache, 'spikewise-editor.vsix'));
  const server = await startServer({
    host,
    workspace: examples,
    inPlace: true,
    vsix: [file],
    port,
    secret: true,
    settings: {
      'git.enabled': true,
      'workbench.reduceMotion': 'auto',
      'editor.accessibilitySupport': 'auto',
    },
  });
  console.log(
    `VS Code ${host.version} with Spikewise serves examples/ at\n\n  ${server.url}\n\nCtrl-C ends it.`,
  );
  if (!options['no-open'] && (process.env.DISPLAY || process.env.WAYLAND_DISPLAY)) {
    const browser = spawn('xdg-open', [server.url], { stdio: 'ignore', detached: true });
    browser.on('error', () => {}); // No desktop tools here: the address is printed above.
    browser.unref();
  }
  await server.exited;
  process.exitCode = 1; // It should have ended by Ctrl-C only.
  console.error(`The server ended by itself:\n${server.log()}`);
}
