// Builds everything into dist/: kernel, worker, command line, extension host and webview.
import { cp, mkdir, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { buildKernel } from './build-kernel.mjs';
import { buildWebview } from './build-webview.mjs';
import { noticesFile, noticesText, rememberPackages } from './notices.mjs';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const production = process.argv.includes('--production');
const version = createRequire(import.meta.url)('../package.json').version;

/** Of which something is bundled. */
const packages = new Set();

const shared = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node20',
  mainFields: ['module', 'main'],
  minify: production,
  sourcemap: production ? false : 'linked',
  define: { SPIKEWISE_VERSION: JSON.stringify(version) },
  metafile: true,
  plugins: [rememberPackages(packages)],
  logLevel: 'warning',
};

/** Parts of @tensorflow/tfjs that a worker without a GPU cannot use, or that read files in ways of their own. */
const unused = ['@tensorflow/tfjs-backend-webgl', '@tensorflow/tfjs-converter', '@tensorflow/tfjs-data'];

/** The wasm backend's loader asks for these under Node, which an ES module does not have. */
const commonJsNames = `
import { createRequire as spikewiseRequire } from 'node:module';
const require = spikewiseRequire(import.meta.url);
const __filename = import.meta.filename;
const __dirname = import.meta.dirname;
`;

/** Bundles may not grow unnoticed; in KB, minified. The worker's limit holds for what loads first, without tfjs. */
const budgets = {
  'extension.cjs': 150,
  'worker.mjs': 200,
  'cli.mjs': 200,
  'webview/panel.js': 600,
  'webview/model-view.js': 300,
};

async function main() {
  await mkdir(path.join(root, 'dist'), { recursive: true });
  const [, , worker] = await Promise.all([
    buildKernel(),
    buildWebview({ minify: production, plugins: [rememberPackages(packages)] }),
    // Chunks of their own: tfjs, loaded only by the thread that runs the analog network, and h5wasm,
    // only where a file is HDF5. Its wasm is a string of 3.7 MB, which grows by half if written in ASCII.
    build({
      ...shared,
      charset: 'utf8',
      entryPoints: [{ in: 'src/worker/main.ts', out: 'worker' }],
      outdir: 'dist',
      format: 'esm',
      splitting: true,
      chunkNames: 'chunks/[name]-[hash]',
      outExtension: { '.js': '.mjs' },
      banner: { js: commonJsNames },
      alias: Object.fromEntries(unused.map((part) => [part, './scripts/left-out.mjs'])),
    }),
    build({ ...shared, entryPoints: ['src/cli/main.ts'], outfile: 'dist/cli.mjs', format: 'esm' }),
    build({
      ...shared,
      entryPoints: ['src/extension/main.ts'],
      outfile: 'dist/extension.cjs',
      format: 'cjs',
      external: ['vscode'],
    }),
    copyTfjsWasm(),
  ]);
  await writeFile(noticesFile, noticesText(packages));
  await removeOldChunks(worker.metafile);
  if (production) await checkBudgets();
}

/** Their names carry a hash. Removed last, so that what runs meanwhile still finds those of the build before. */
async function removeOldChunks({ outputs }) {
  const folder = path.join(root, 'dist', 'chunks');
  const written = new Set(Object.keys(outputs).map((file) => path.resolve(root, file)));
  for (const name of await readdir(folder)) {
    const file = path.join(folder, name);
    if (!written.has(file)) await rm(file);
  }
}

/** One variant suffices: every Node that runs this has SIMD, and none has the browser's threads. */
async function copyTfjsWasm() {
  const from = path.dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'));
  for (const file of ['tfjs-backend-wasm-simd.wasm', 'tfjs-backend-wasm.wasm']) {
    await cp(path.join(from, file), path.join(root, 'dist', file));
  }
}

async function checkBudgets() {
  for (const [file, kilobytes] of Object.entries(budgets)) {
    const { size } = await stat(path.join(root, 'dist', file));
    if (size > kilobytes * 1000) throw new Error(`dist/${file} is ${size} bytes, over its ${kilobytes} KB`);
  }
}

await main();
await writeFile(path.join(root, 'dist', '.built'), '');
