// Starts the installed VS Code as a server on 127.0.0.1 with data, extensions and settings of its own.
import { execFileSync, spawn } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

/** Quiet, deterministic user settings. */
const quiet = {
  'workbench.startupEditor': 'none',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'workbench.colorTheme': 'Dark Modern',
  'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off',
  'extensions.autoCheckUpdates': false,
  'extensions.autoUpdate': false,
  'extensions.ignoreRecommendations': true,
  'explorer.compactFolders': false, // One row a folder, so that a test can walk a path.
  'git.enabled': false,
  'window.commandCenter': false,
  'workbench.reduceMotion': 'on',
  'editor.accessibilitySupport': 'off',
};

/**
 * Starts a server and resolves once it listens.
 *
 * - `host`: what ensureHost() gave.
 * - `workspace`: the folder to open. It is copied first, so that a test may write into it, unless `inPlace`.
 * - `vsix`: packaged extensions to install.
 * - `settings`: user settings on top of the quiet ones. `env`: added to the server's environment.
 * - `port`: 0 takes a free one. `secret`: asks for a token, which `url` then carries; for servers that people use,
 *   as any page and program on the machine can reach the port.
 * - `driver`: the test driver, without which runInHost() cannot ask for in-host tests. Off otherwise, because with
 *   it the workbench shows no notifications.
 */
export async function startServer({
  host,
  workspace,
  inPlace = false,
  vsix = [],
  settings = {},
  env = {},
  port = 0,
  secret = false,
  driver = false,
  verbose = Boolean(process.env.E2E_VERBOSE),
}) {
  // Straight below the temporary folder: the server's Unix sockets live here, and their paths may not be long.
  const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'spikewise-host-'));
  const sub = (name) => {
    const folder = path.join(dir, name);
    fs.mkdirSync(folder, { recursive: true });
    return folder;
  };
  const opened = inPlace ? path.resolve(workspace) : path.join(dir, 'workspace');
  if (!inPlace) fs.cpSync(workspace, opened, { recursive: true });
  const user = sub('data/data/User');
  fs.writeFileSync(path.join(user, 'settings.json'), JSON.stringify({ ...quiet, ...settings }, null, 2));

  const common = ['--server-data-dir', sub('data'), '--extensions-dir', sub('extensions')];
  common.push('--accept-server-license-terms', '--telemetry-level', 'off');
  const childEnv = serverEnvironment(sub, env);
  for (const file of vsix) {
    const args = [host.server, ...common, '--install-extension', path.resolve(file), '--force'];
    execFileSync(host.node, args, { env: childEnv, stdio: verbose ? 'inherit' : 'pipe' });
  }

  const token = secret ? crypto.randomBytes(16).toString('hex') : undefined;
  const args = [
    host.server,
    ...common,
    '--host',
    '127.0.0.1',
    '--port',
    String(port),
    '--disable-workspace-trust',
  ];
  args.push(...(token ? ['--connection-token', token] : ['--without-connection-token']));
  if (driver) args.push('--enable-smoke-test-driver');
  // Detached makes it a process group of its own, so that stop() reaches the extension hosts that it starts.
  const child = spawn(host.node, args, {
    env: childEnv,
    cwd: dir,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });

  const signal = (name) => {
    try {
      process.kill(-child.pid, name);
    } catch {
      // The group has ended already.
    }
  };
  const clean = () => fs.rmSync(dir, { recursive: true, force: true, maxRetries: 5 });
  // A group of its own would also outlive a crash or Ctrl-C of the tests.
  const orphaned = () => {
    signal('SIGKILL');
    clean();
  };
  const interrupted = () => process.exit(130);
  process.once('exit', orphaned);
  process.once('SIGINT', interrupted);
  process.once('SIGTERM', interrupted);
  const forget = () => {
    process.off('exit', orphaned);
    process.off('SIGINT', interrupted);
    process.off('SIGTERM', interrupted);
  };

  const exited = new Promise((resolve) => child.once('exit', resolve));
  const stop = async () => {
    signal('SIGTERM');
    const killer = setTimeout(() => signal('SIGKILL'), 5000);
    await exited;
    clearTimeout(killer);
    signal('SIGKILL'); // An extension host that outlived the server.
    forget();
    clean();
  };

  let log = '';
  const listening = new Promise((resolve) => {
    const read = (chunk) => {
      log += chunk;
      if (verbose) process.stderr.write(chunk);
      const match = /Extension host agent listening on (\d+)/.exec(log);
      if (match) resolve(Number(match[1]));
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
  });
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, 60_000, undefined)));
  const actual = await Promise.race([listening, exited.then(() => undefined), late]);
  clearTimeout(timer);
  if (actual === undefined) {
    await stop();
    throw new Error(`The VS Code server did not start:\n${log}`);
  }

  const authority = `127.0.0.1:${actual}`;
  const query = `folder=${encodeURIComponent(opened).replaceAll('%2F', '/')}${token ? `&tkn=${token}` : ''}`;
  return {
    authority,
    version: host.version,
    /** The folder that is open in the editor. */
    workspace: opened,
    url: `http://${authority}/?${query}`,
    /** The address under which the workbench sees a file of this machine. */
    remote: (file) => `vscode-remote://${authority}${file}`,
    /** What the server wrote so far. */
    log: () => log,
    /** Resolves when the server ends. */
    exited,
    stop,
  };
}

/** A home of its own, and nothing of an editor or npm that this process itself may run under. */
function serverEnvironment(sub, extra) {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(VSCODE_|ELECTRON_|npm_)|^NODE_OPTIONS$/.test(name),
  );
  return {
    ...Object.fromEntries(inherited),
    HOME: sub('home'),
    XDG_CONFIG_HOME: sub('home/.config'),
    XDG_DATA_HOME: sub('home/.local/share'),
    XDG_RUNTIME_DIR: sub('run'),
    TMPDIR: sub('tmp'),
    EXTENSIONS_GALLERY: '{}', // No gallery, so no requests to one.
    ...extra,
  };
}
