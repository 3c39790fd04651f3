// Installs a real VS Code from the npm registry: the package code-server carries the editor's own server and
// workbench. Nothing is compiled, no root is needed, and Microsoft's and GitHub's downloads are not asked.
import crypto from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { cache, npm } from '../../scripts/setup.mjs';
import { withLock } from '../../scripts/lock.mjs';

const here = path.dirname(fileURLToPath(import.meta.url));

/** The editors to test on: the newest, and the oldest that `engines.vscode` allows. */
export const hosts = { newest: 'pinned-1.139', oldest: 'pinned-1.100' };

/**
 * Installs the VS Code pinned by test/host/<pinned>/ into .vscode-test/ unless it is there, and says where its
 * parts are. Takes 20 to 60 s and 800 MB the first time.
 */
export async function ensureHost(pinned = hosts.newest, log = console.log) {
  const manifests = ['package.json', 'package-lock.json'].map((name) => path.join(here, pinned, name));
  const shim = path.join(here, 'spdlog-shim.cjs');
  // The folder's name carries a hash of everything it is made from, so that a new pin never meets an old install.
  const hash = crypto.createHash('sha256').update(process.arch);
  for (const file of [...manifests, shim]) hash.update(fs.readFileSync(file));
  const folder = path.join(cache, `${pinned}-${hash.digest('hex').slice(0, 8)}`);

  if (!fs.existsSync(folder)) {
    await withLock(path.join(cache, `${pinned}.lock`), () => {
      if (!fs.existsSync(folder)) install({ pinned, manifests, shim, folder, log });
    });
  }

  const vscode = vscodeIn(folder);
  // VS Code 1.139 needs Node 22.15 or newer, which the machine may not have, so each pin brings its own Node.
  const bundled = path.join(folder, 'node_modules', `node-linux-${process.arch}`, 'bin', 'node');
  const { version } = JSON.parse(fs.readFileSync(path.join(vscode, 'package.json'), 'utf8'));
  return {
    node: fs.existsSync(bundled) ? bundled : process.execPath,
    server: path.join(vscode, 'out', 'server-main.js'),
    version,
  };
}

const vscodeIn = (folder) => path.join(folder, 'node_modules', 'code-server', 'lib', 'vscode');

function install({ pinned, manifests, shim, folder, log }) {
  const start = Date.now();
  log(`Installing VS Code (${pinned}) into .vscode-test/.`);
  // What an interrupted install or an earlier pin left behind.
  for (const name of fs.readdirSync(cache)) {
    if (name.startsWith(`${pinned}-`)) fs.rmSync(path.join(cache, name), { recursive: true, force: true });
  }
  const partial = `${folder}.partial`;
  fs.mkdirSync(partial);
  for (const file of manifests) fs.copyFileSync(file, path.join(partial, path.basename(file)));
  // code-server's install script fails without native build headers, so no scripts; the shim makes up for them.
  npm(['ci', '--ignore-scripts', '--engine-strict=false'], partial);
  // `npm install` and not `npm ci`: the shrinkwrap that code-server ships for VS Code lacks the package tslib.
  npm(['install', '--omit=dev', '--ignore-scripts', '--engine-strict=false'], vscodeIn(partial));
  fs.copyFileSync(shim, path.join(vscodeIn(partial), 'node_modules', '@vscode', 'spdlog', 'index.js'));
  fs.renameSync(partial, folder); // The folder exists only once it is complete.
  log(`VS Code (${pinned}) installed in ${((Date.now() - start) / 1000).toFixed(1)} s.`);
}
