#!/usr/bin/env node
// In the repository: builds what is missing, then runs the command line. Words about the build go to standard error.
import { existsSync } from 'node:fs';

const built = new URL('../dist/cli.mjs', import.meta.url);
if (!existsSync(built)) {
  const { ensureBuild, ensureDependencies } = await import('../scripts/setup.mjs');
  const { log } = console;
  console.log = console.error;
  await ensureDependencies();
  await ensureBuild();
  console.log = log;
}
await import(built.href);
