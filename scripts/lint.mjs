// `npm run lint`: types, rules, format and unused code. Runs them all before it fails, so one run shows everything.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ensureDependencies, root } from './setup.mjs';

await ensureDependencies();

const checks = [
  ['typescript/bin/tsc', '-b'],
  ['eslint/bin/eslint.js', '.'],
  ['prettier/bin/prettier.cjs', '--check', '--log-level', 'warn', '.'],
  ['knip/bin/knip.js'],
];
const failed = [];
for (const [bin, ...args] of checks) {
  const name = [bin.split('/')[0], ...args].join(' ');
  const start = Date.now();
  const { status } = spawnSync(process.execPath, [path.join(root, 'node_modules', bin), ...args], {
    cwd: root,
    stdio: 'inherit',
  });
  console.log(
    `${status === 0 ? 'ok    ' : 'FAILED'} ${name} (${((Date.now() - start) / 1000).toFixed(1)} s)`,
  );
  if (status !== 0) failed.push(name);
}
if (failed.length > 0) process.exit(1);
