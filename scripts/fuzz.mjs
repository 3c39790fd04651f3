// `npm run fuzz [-- --count N --seed S --only FORMAT]`: reads mutated files of every format. Bundles itself first.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ensureDependencies, root } from './setup.mjs';

await ensureDependencies();
const { build } = await import('esbuild');
const bundle = path.join(root, 'dist', 'fuzz.mjs');
await build({
  absWorkingDir: root,
  entryPoints: ['test/fuzz/main.ts'],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  charset: 'utf8', // the wasm of h5wasm is a string
  mainFields: ['module', 'main'],
  banner: {
    js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
  },
  logLevel: 'warning',
});
const { status } = spawnSync(process.execPath, [bundle, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = status ?? 1;
