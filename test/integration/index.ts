// The entry of a run inside the extension host: VS Code loads the bundle of this file there and calls run().
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';

export async function run(): Promise<void> {
  // One more try: the editor's file watchers and timers are not ours, and a busy machine makes them late.
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, retries: 1, color: false, reporter: 'spec' });
  for (const name of readdirSync(__dirname)) {
    if (name.endsWith('.test.cjs')) mocha.addFile(path.join(__dirname, name));
  }

  // console.log of the host ends in the browser with its % directives unformatted, so the report goes to a file.
  const lines: string[] = [];
  Mocha.reporters.Base.consoleLog = (...args: unknown[]) => {
    lines.push(format(...args));
  };

  const said: string[] = [];
  const counts = await new Promise<Mocha.Stats>((resolve) => {
    const runner = mocha.run(() => {
      resolve(runner.stats ?? { suites: 0, tests: 0, passes: 0, pending: 0, failures: 1 });
    });
    runner.on('fail', (test, error: Error) =>
      said.push(`${test.fullTitle()}\n${error.stack ?? error.message}`),
    );
  });
  const report = process.env['SPIKEWISE_REPORT'];
  if (report) {
    const { passes: passed, failures: failed, pending: skipped } = counts;
    const told = { passed, failed, skipped, failures: said, text: lines.join('\n') };
    writeFileSync(report, JSON.stringify(told));
  }
  if (counts.failures > 0) throw new Error(`${counts.failures} test(s) failed in the extension host`);
}
