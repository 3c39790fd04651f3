// `npm test`: everything, or one suite with `node scripts/test.mjs unit|host|e2e`.
//   unit  vitest, without an editor; includes the panel's tests in a bare browser
//   host  Mocha inside the extension host of the newest VS Code and of the oldest supported one
//   e2e   stories in the newest VS Code as a person sees it, with the packed extension installed
// At the end stands what failed, whole, and as the last line `N passed, M failed[, K skipped]` over all suites that ran.
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { cache, ensureBuild, ensureChromium, ensureDependencies, root } from './setup.mjs';

const reports = path.join(cache, 'reports');
const screenshots = path.join(cache, 'screenshots');

/** Runs vitest and counts from its own report. A file that does not even load has no tests, but is a failure. */
function vitest(name, args, env = {}) {
  const report = path.join(reports, `${name}.json`);
  fs.rmSync(report, { force: true });
  const bin = path.join(root, 'node_modules/vitest/vitest.mjs');
  const { status } = spawnSync(
    process.execPath,
    [bin, 'run', ...args, '--passWithNoTests', '--reporter=json', `--outputFile.json=${report}`],
    { cwd: root, stdio: 'inherit', env: { ...process.env, ...env } },
  );
  if (!fs.existsSync(report)) return { passed: 0, failed: 1, skipped: 0 };
  const counts = JSON.parse(fs.readFileSync(report, 'utf8'));
  const failures = counts.testResults.flatMap(failuresOf);
  return {
    passed: counts.numPassedTests,
    failed: Math.max(failures.length, status === 0 ? 0 : 1),
    skipped: counts.numPendingTests + counts.numTodoTests,
    failures,
  };
}

/** @param file of vitest's report */
function failuresOf({ name, status, message, assertionResults }) {
  const failed = assertionResults.filter((test) => test.status === 'failed');
  const said = failed.map((test) => `${test.fullName}\n${test.failureMessages.join('\n')}`);
  // A file that did not load has no test that failed.
  if (said.length === 0 && status === 'failed') said.push(message);
  return said.map((text) => `${path.relative(root, name)}: ${text}`);
}

function unit() {
  // The files of the other two suites are named *.test.* as well.
  return [vitest('unit', ['--reporter=default', '--exclude=test/{integration,e2e}/**'])];
}

async function host() {
  const { bundleIntegrationTests } = await import('../test/integration/bundle.mjs');
  const { ensureHost, hosts, launchBrowser, runInHost, startServer } = await import('../test/host/index.mjs');
  const tests = await bundleIntegrationTests();
  const results = [];
  for (const pinned of Object.values(hosts)) {
    const report = path.join(reports, `host-${pinned}.json`);
    fs.rmSync(report, { force: true });
    const server = await startServer({
      host: await ensureHost(pinned),
      workspace: path.join(root, 'examples'),
      env: { SPIKEWISE_REPORT: report },
      driver: true,
    });
    const browser = await launchBrowser();
    try {
      const ended = await runInHost(browser, server, { extension: root, tests }).catch((error) => error);
      if (fs.existsSync(report)) {
        const counts = JSON.parse(fs.readFileSync(report, 'utf8'));
        console.log(`\nIn the extension host of VS Code ${server.version}\n${counts.text}`);
        results.push(counts);
      } else {
        const said = (ended.output ?? []).map(({ level, args }) => `${level}: ${args}`).join('\n');
        console.log(`\nNo report from VS Code ${server.version}: ${ended.message ?? `code ${ended.code}`}`);
        console.log(`${said}\n${server.log()}`);
        results.push({ passed: 0, failed: 1, skipped: 0 });
      }
    } finally {
      await browser.close();
      await server.stop();
    }
  }
  return results;
}

async function e2e() {
  const { pack } = await import('./package.mjs');
  await ensureBuild({ production: true }); // Smaller files load faster, and times are printed.
  const { file } = pack(path.join(cache, 'spikewise-e2e.vsix')); // What a user installs is what the stories use.
  fs.rmSync(screenshots, { recursive: true, force: true });
  const result = vitest('e2e', ['--config=test/e2e/vitest.config.mjs', '--reporter=verbose'], {
    SPIKEWISE_VSIX: file,
    SPIKEWISE_SCREENSHOTS: screenshots,
  });
  if (result.failed) console.log(`Screenshots: ${path.relative(root, screenshots)}/`);
  return [result];
}

const suites = { unit, host, e2e };
const { positionals } = parseArgs({ allowPositionals: true });
const unknown = positionals.find((name) => !(name in suites));
if (unknown) throw new Error(`There is no suite "${unknown}", only ${Object.keys(suites).join(', ')}.`);
const chosen = positionals.length > 0 ? positionals : Object.keys(suites);

await ensureDependencies();
await ensureBuild();
// All that is installed is installed first, one at a time, so that no test's time limit includes it.
await ensureChromium();
if (chosen.some((name) => name !== 'unit')) {
  const { ensureHost, hosts } = await import('../test/host/install.mjs');
  await ensureHost(hosts.newest);
  if (chosen.includes('host')) await ensureHost(hosts.oldest);
}
fs.mkdirSync(reports, { recursive: true });

const total = { passed: 0, failed: 0, skipped: 0 };
const failures = [];
for (const name of chosen) {
  const start = Date.now();
  let results;
  try {
    results = await suites[name]();
  } catch (error) {
    console.error(error);
    results = [{ passed: 0, failed: 1, skipped: 0 }];
  }
  for (const key of Object.keys(total)) total[key] += results.reduce((sum, result) => sum + result[key], 0);
  failures.push(...results.flatMap((result) => result.failures ?? []));
  console.log(`${name}: ${((Date.now() - start) / 1000).toFixed(1)} s`);
}
const { passed, failed, skipped } = total;
if (failures.length > 0) console.log(`\nFailed:\n\n${failures.join('\n\n')}`);
console.log(`\n${passed} passed, ${failed} failed${skipped ? `, ${skipped} skipped` : ''}`);
if (failed > 0 || passed === 0) process.exitCode = 1;
