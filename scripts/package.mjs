// `npm run package`: builds for production and packs spikewise-VERSION.vsix.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuild, ensureDependencies, root } from './setup.mjs';

/** What a user downloads stays small. */
const maximumBytes = 6 * 1024 * 1024;

/**
 * Packs dist/ as it is into `file`. A warning of vsce is an error here: what it warns of (a file too many, a link
 * that leads nowhere, a missing licence) a user would meet.
 */
export function pack(file) {
  const { repository } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const args = ['package', '--no-dependencies', '--out', file]; // Everything is bundled, so no node_modules.
  // Without a repository there is no address that relative links of the README could be turned into.
  if (!repository) args.push('--allow-missing-repository', '--no-rewrite-relative-links');
  const vsce = path.join(root, 'node_modules/@vscode/vsce/vsce');
  const { status, stdout, stderr } = spawnSync(process.execPath, [vsce, ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1', FORCE_COLOR: '0' },
    input: '', // It asks whether to go on after some warnings; an empty answer means no.
  });
  const said = `${stdout}${stderr}`;
  if (status !== 0 || / WARNING /.test(said)) {
    fs.rmSync(file, { force: true });
    throw new Error(`vsce did not pack without a warning:\n${said}`);
  }
  const { size } = fs.statSync(file);
  if (size > maximumBytes) {
    throw new Error(`${file} has ${size} bytes, more than the ${maximumBytes} allowed:\n${said}`);
  }
  return { file, size, listing: stdout };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await ensureDependencies();
  await ensureBuild({ production: true });
  const { name, version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8'));
  const { file, size, listing } = pack(path.join(root, `${name}-${version}.vsix`));
  console.log(listing.trimEnd());
  console.log(`${path.relative(root, file)}: ${(size / 1024 / 1024).toFixed(2)} MB`);
}
