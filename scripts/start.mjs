// `npm start`: sets up what is missing and converts the example on the command line.
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { ensureBuild, ensureDependencies, root } from './setup.mjs';

await ensureDependencies();
await ensureBuild();

const specification = path.join('examples', 'mnist-rows', 'mnist-rows.spikewise.json');
const out = 'spikewise-out';
console.log(`npx spikewise convert ${specification} --out ${out}\n`);
const { status } = spawnSync(
  process.execPath,
  [path.join(root, 'bin', 'spikewise.mjs'), 'convert', specification, '--out', out],
  { cwd: root, stdio: 'inherit' },
);
if (status === 0) {
  console.log(
    '\nOr: npm run editor, then right-click the example\'s model.json, "Spikewise: Convert Model".',
  );
}
process.exitCode = status ?? 1;
