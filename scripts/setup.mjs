// What every other script stands on: the dependencies, the build and a browser, each made when it is missing.
// Runs before node_modules exists, so Node's own modules are all it may import.
import { execFileSync, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { withLock } from './lock.mjs';

export const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
export const cache = path.join(root, '.vscode-test');

const seconds = (since) => `${((Date.now() - since) / 1000).toFixed(1)} s`;
const windows = process.platform === 'win32';

/** Settings that an outer `npm run` exports to its scripts and that must not steer an install they start. */
function npmEnvironment() {
  const leaking = /^npm_config_(omit|include|prefix|global|workspaces?|ignore_scripts|local_prefix)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !leaking.test(name)));
}

/** Runs npm quietly; its output is shown only when it fails. */
export function npm(args, cwd = root) {
  const { status, stdout, stderr, error } = spawnSync(
    'npm',
    [...args, '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd, env: npmEnvironment(), encoding: 'utf8', shell: windows, maxBuffer: 1 << 28 },
  );
  if (error) throw error;
  if (status !== 0) throw new Error(`npm ${args.join(' ')} failed in ${cwd}:\n${stdout}${stderr}`);
}

/**
 * Compares what npm says it installed (its hidden lock file) with package-lock.json. Dates would not do: git gives
 * a file the date of the checkout, and npm writes both lock files within a few milliseconds of each other.
 */
function dependenciesFit() {
  const read = (file) => JSON.parse(fs.readFileSync(path.join(root, file), 'utf8')).packages;
  let installed;
  try {
    installed = read('node_modules/.package-lock.json');
  } catch {
    return false; // Missing, or an install was interrupted: npm writes this file last.
  }
  return Object.entries(read('package-lock.json')).every(([location, wanted]) => {
    if (location === '') return true;
    const found = installed[location];
    return found ? found.version === wanted.version : wanted.optional === true;
  });
}

/** Installs node_modules from package-lock.json when it is missing or does not fit. */
export async function ensureDependencies() {
  if (dependenciesFit()) return;
  await withLock(path.join(cache, 'dependencies.lock'), () => {
    if (dependenciesFit()) return;
    const start = Date.now();
    console.log('Installing the dependencies (npm ci).');
    // No install scripts: those of keytar and vsce-sign fetch from GitHub, and are for publishing, which we do not.
    npm(['ci', '--ignore-scripts']);
    console.log(`Dependencies installed in ${seconds(start)}.`);
  });
}

/** The newest modification time below the given files and folders, in milliseconds. */
function newest(...places) {
  let latest = 0;
  for (const place of places) {
    const stat = fs.statSync(place, { throwIfNoEntry: false });
    if (!stat) continue;
    latest = Math.max(latest, stat.mtimeMs);
    if (stat.isDirectory()) {
      latest = Math.max(latest, newest(...fs.readdirSync(place).map((name) => path.join(place, name))));
    }
  }
  return latest;
}

/** Builds dist/ when it is missing or older than what it is built from; `production` always builds. */
export async function ensureBuild({ production = false } = {}) {
  const at = (file) => path.join(root, file);
  const stamp = at('dist/.built'); // A file of our own: a bundler may leave an output alone that did not change.
  const sources = ['src', 'webview', 'scripts/build.mjs', 'package.json', 'package-lock.json'].map(at);
  const fresh = () => fs.existsSync(at('dist/extension.cjs')) && newest(stamp) >= newest(...sources);
  if (!production && fresh()) return;
  await withLock(path.join(cache, 'build.lock'), () => {
    if (!production && fresh()) return;
    const start = new Date();
    const args = ['scripts/build.mjs', ...(production ? ['--production'] : [])];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
    if (status !== 0) throw new Error(`node ${args.join(' ')} failed:\n${stdout}${stderr}`);
    fs.mkdirSync(at('dist'), { recursive: true });
    fs.writeFileSync(stamp, '');
    fs.utimesSync(stamp, start, start); // So that a source saved while the build ran counts as newer.
    console.log(`Built dist/ in ${seconds(start)}.`);
  });
}

/** The Chromium to test in, or undefined. CHROMIUM_PATH overrides. */
function findChromium() {
  if (process.env.CHROMIUM_PATH) {
    if (!fs.existsSync(process.env.CHROMIUM_PATH))
      throw new Error(`CHROMIUM_PATH does not exist: ${process.env.CHROMIUM_PATH}`);
    return process.env.CHROMIUM_PATH;
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];
  const folders = ['/usr/bin', ...(process.env.PATH ?? '').split(path.delimiter)];
  const candidates = folders.flatMap((folder) => names.map((name) => path.join(folder, name)));
  candidates.push('/Applications/Google Chrome.app/Contents/MacOS/Google Chrome');
  return candidates.find((file) => fs.existsSync(file));
}

const isDebian = () =>
  fs.existsSync('/etc/os-release') && /^ID=debian$/m.test(fs.readFileSync('/etc/os-release', 'utf8'));

/** Finds Chromium, installs Debian's package where that is allowed, else says what to install. */
export async function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  const packages = ['chromium', 'fonts-dejavu-core']; // A font, or screenshots show boxes instead of letters.
  if (!isDebian() || process.getuid() !== 0) {
    throw new Error(
      'The tests need Chromium. Install it (on Debian: sudo apt-get install ' +
        `${packages.join(' ')}), or point CHROMIUM_PATH at one.`,
    );
  }
  await withLock(path.join(cache, 'chromium.lock'), () => {
    if (findChromium()) return;
    const start = Date.now();
    console.log('Installing Chromium (apt-get install chromium fonts-dejavu-core).');
    const apt = (...args) =>
      execFileSync('apt-get', ['-qq', '-o', 'DPkg::Lock::Timeout=300', ...args], {
        env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
        stdio: ['ignore', 'pipe', 'pipe'], // On failure the error carries what apt-get said.
        maxBuffer: 1 << 28,
      });
    apt('update');
    apt('install', '-y', '--no-install-recommends', ...packages);
    console.log(`Chromium installed in ${seconds(start)}.`);
  });
  const installed = findChromium();
  if (!installed)
    throw new Error('apt-get installed the package chromium, but /usr/bin/chromium is not there.');
  return installed;
}
