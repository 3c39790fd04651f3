import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.resolve(here, '../..');

/** Bundles the tests for the extension host, which loads CommonJS; gives the file that exports run(). */
export async function bundleIntegrationTests() {
  const outdir = path.join(root, 'dist/test/integration');
  fs.rmSync(outdir, { recursive: true, force: true }); // A test that was deleted must not run on.
  const tests = fs.readdirSync(here).filter((name) => name.endsWith('.test.ts'));
  await build({
    entryPoints: ['index.ts', ...tests].map((name) => path.join(here, name)),
    outdir,
    outExtension: { '.js': '.cjs' }, // The package is an ES module, where .js would be one too.
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    sourcemap: 'inline',
    external: ['vscode', 'mocha'], // Mocha loads its parts by computed names.
    logLevel: 'warning',
  });
  return path.join(outdir, 'index.cjs');
}
