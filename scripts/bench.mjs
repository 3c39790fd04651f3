// `npm run bench [kernel] [throughput] [energy] [estimate] [explain] [untrained] [calibrate] [finetune] [open] [panel] [curve]`: sets up what is missing, bundles the benchmark and runs it.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ensureBuild, ensureDependencies, root } from './setup.mjs';

await ensureDependencies();
await ensureBuild();
const { build } = await import('esbuild');
const { buildCeiling } = await import('./build-kernel.mjs');
await buildCeiling();
const bundle = path.join(root, 'dist', 'bench.mjs');
await build({
  absWorkingDir: root,
  entryPoints: ['test/bench/main.ts'],
  outfile: bundle,
  bundle: true,
  platform: 'node',
  target: 'node20',
  format: 'esm',
  mainFields: ['module', 'main'],
  external: ['h5wasm', 'playwright-core'],
  logLevel: 'warning',
});
const { status } = spawnSync(process.execPath, [bundle, ...process.argv.slice(2)], { stdio: 'inherit' });
process.exitCode = status ?? 1;
