/** Kept runs on the command line: --keep, report, compare. Needs the build. */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ReportComparison } from '../../src/core/report/compare.ts';
import type { Report } from '../../src/core/report/types.ts';
import type { RunManifest } from '../../src/core/runs/manifest.ts';
import { spikewise } from '../support/cli.ts';
import { readJson } from '../support/files.ts';
import { expectFault, useTiny } from '../support/tiny.ts';

const tiny = useTiny();
/** With specifications, and without. */
let [home, bare] = ['', ''];
beforeAll(() => {
  [home, bare] = [tiny.copy('home'), tiny.copy('bare')];
});
const at = (name: string) => path.join(home, name);

/** The specification of the tiny model, written anew. */
function specify(name: string, more: object = {}): string {
  const file = at(`${name}.spikewise.json`);
  const data = { inputs: 'x.npy', labels: 'y.npy' };
  writeFileSync(file, JSON.stringify({ model: 'model.json', data, timesteps: 4, ...more }));
  return file;
}

const runs = () => path.join(home, '.spikewise', 'runs');
const sha256 = (file: string) =>
  createHash('sha256')
    .update(readFileSync(at(file)))
    .digest('hex');

/** Runs and keeps. @returns the run's folder, as it is printed */
async function keep(args: readonly string[], command = 'convert'): Promise<string> {
  const { code, stdout, stderr } = await spikewise([command, ...args, '--keep']);
  expect([code, stderr]).toEqual([0, '']);
  return /^Kept: (.*)$/m.exec(stdout)![1]!;
}

describe('--keep', () => {
  it('keeps the specification, the hashes of what was read, versions and results', async () => {
    const specification = specify('kept');
    const folder = await keep([specification, '--timesteps', '16']);
    expect(path.dirname(folder)).toBe(runs());
    expect(path.basename(folder)).toMatch(/^\d{8}T\d{6}Z-kept-[0-9a-f]{4}$/);
    expect(readdirSync(folder).sort()).toEqual(['report.json', 'run.json']);
    const manifest = readJson(path.join(folder, 'run.json')) as RunManifest;
    const report = readJson(path.join(folder, 'report.json')) as Report;
    expect(report.options.timesteps).toBe(16);
    expect(manifest).toMatchObject({
      schemaVersion: 1,
      id: path.basename(folder),
      name: 'kept',
      createdAt: report.createdAt,
      versions: { spikewise: report.spikewiseVersion, node: process.versions.node },
      specification: { path: specification, text: readFileSync(specification, 'utf8') },
      overrides: { timesteps: 16 },
      options: { timesteps: 16, coding: 'residual', arithmetic: 'float', samples: report.options.samples },
      accuracy: report.accuracy,
    });
    expect(manifest.files.map(({ role, path: file, sha256 }) => [role, path.basename(file), sha256])).toEqual(
      [
        ['model', 'model.json', sha256('model.json')],
        ['weights', 'weights.bin', sha256('weights.bin')],
        ['inputs', 'x.npy', sha256('x.npy')],
        ['labels', 'y.npy', sha256('y.npy')],
      ],
    );
    expect(readFileSync(path.join(home, '.spikewise', '.gitignore'), 'utf8')).toMatch(/^\*$/m);
  });

  it('is of map and energy too, of a model without a specification, and beside --json', async () => {
    const args = [path.join(bare, 'model.json'), '--data', path.join(bare, 'x.npy'), '--limit', '1'];
    for (const command of ['map', 'energy']) {
      const folder = await keep([...args, '--chip', 'loihi2'], command);
      const manifest = readJson(path.join(folder, 'run.json')) as RunManifest;
      expect(manifest.specification).toBeNull();
      expect(manifest.overrides).toMatchObject({
        chip: 'loihi2',
        limit: 1,
        inputs: path.join(bare, 'x.npy'),
      });
    }
    const kept = path.join(bare, '.spikewise', 'runs');
    const before = readdirSync(kept).length;
    expect(before).toBe(2);
    const { stdout } = await spikewise(['convert', ...args, '--keep', '--json']);
    expect((JSON.parse(stdout) as Report).options.samples).toBe(1);
    expect(readdirSync(kept)).toHaveLength(before + 1);
  });

  it('is not without being asked for, and of no run that failed', async () => {
    const specification = specify('failing', { data: { inputs: 'none.npy' } });
    await spikewise(['convert', specification, '--keep']);
    await spikewise(['convert', specify('unkept')]);
    expect(readdirSync(runs()).filter((id) => /failing|unkept/.test(id))).toEqual([]);
  });

  it('says in one line where it cannot', async () => {
    const folder = at('elsewhere');
    const specification = path.join(folder, 'a.spikewise.json');
    mkdirSync(folder);
    writeFileSync(path.join(folder, '.spikewise'), 'a file in the way');
    const data = { inputs: '../x.npy' };
    writeFileSync(specification, JSON.stringify({ model: '../model.json', data, timesteps: 2 }));
    const { code, stdout, stderr } = await spikewise(['convert', specification, '--keep']);
    expect(code).toBe(0);
    expect(stdout).toContain('Agreement');
    expect(stderr).toMatch(/^spikewise: the run was not kept: .*elsewhere.*\n$/);
  });
});

describe('report', () => {
  it('prints a kept run again, by folder, id, specification or report file', async () => {
    const specification = specify('again');
    const folder = await keep([specification]);
    const report = readFileSync(path.join(folder, 'report.json'), 'utf8');
    const once = await spikewise(['report', folder]);
    expect(once.stdout).toMatch(/forget gate[^]*Agreement: \d/);
    for (const name of [path.basename(folder), specification, path.join(folder, 'report.json')]) {
      expect(await spikewise(['report', name], home)).toEqual(once);
      expect((await spikewise(['report', name, '--json'], home)).stdout).toBe(report);
    }
  });

  it('writes one HTML file', async () => {
    const folder = await keep([specify('page')]);
    const html = at('deep/er/page.html');
    const { code, stdout, stderr } = await spikewise(['report', folder, '--html', html]);
    expect([code, stdout, stderr]).toEqual([0, `Report: ${html}\n`, '']);
    const page = readFileSync(html, 'utf8');
    expect(page).toMatch(/^<!doctype html>[^]*<\/html>\n$/);
    expect(page).toContain(sha256('weights.bin'));
    const json = await spikewise(['report', folder, '--html', html, '--json']);
    expect(JSON.parse(json.stdout)).toMatchObject({ schemaVersion: 2 });
  });

  it.each([
    ['nothing', ['nothing-like-that'], /nothing-like-that: is neither a file or folder nor a run/],
    ['no run', [], /report needs a run, a report file or a specification/],
    ['two runs', ['a', 'b'], /unexpected argument "b"/],
    ['an option of a run', ['a', '--timesteps', '4'], /report takes no --timesteps/],
    ['a file that is none', ['not.json'], /not\.json: is not a report of Spikewise/],
    ['a specification that never ran', ['never.spikewise.json'], /no run of it is kept/],
    ['a page in the place of a folder', ['a', '--html', '.'], /is a folder/],
  ])('refuses %s', async (_, args, words) => {
    writeFileSync(at('not.json'), '{"a": 1}');
    specify('never');
    expectFault(await spikewise(['report', ...args], home), null, words);
  });

  it('reads a damaged report to the first fault and no further', async () => {
    const folder = await keep([specify('damaged')]);
    const file = path.join(folder, 'report.json');
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.slice(0, text.length / 2));
    expectFault(await spikewise(['report', folder]), null, /report\.json: is not valid JSON/);
    writeFileSync(file, text.replace('"layers":[', '"layers":[7,'));
    expectFault(await spikewise(['report', folder]), null, /layers\.0 must be an object/);
  });
});

describe('compare', () => {
  it('prints in what two runs differ', async () => {
    const specification = specify('pair');
    const [a, b] = [await keep([specification]), await keep([specification, '--timesteps', '32'])];
    const { code, stdout, stderr } = await spikewise(['compare', a, b]);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/time-steps +│ T = 4 +│ T = 32/);
    expect(stdout).toMatch(/lstm +│ f, forget gate/);
    const json = await spikewise(['compare', a, path.basename(b), '--json'], home);
    const comparison = JSON.parse(json.stdout) as ReportComparison;
    const [before, after] = [a, b].map((folder) => readJson(path.join(folder, 'report.json')) as Report);
    expect(comparison.options).toEqual([{ name: 'time-steps', a: 'T = 4', b: 'T = 32' }]);
    const { mse } = comparison.layers[0]!.populations[1]!;
    const [one, other] = [before!, after!].map(({ layers }) => layers[0]!.populations[1]!.mse) as [
      number,
      number,
    ];
    expect(mse).toEqual({ a: one, b: other, difference: other - one, ratio: other / one });
    const html = at('pair.html');
    await spikewise(['compare', a, b, '--html', html]);
    expect(readFileSync(html, 'utf8')).toContain('T = 32');
  });

  it.each([
    ['one run', ['a'], /compare needs two runs/],
    ['three', ['a', 'b', 'c'], /unexpected argument "c"/],
    ['what is not there', ['a', 'b'], /a: is neither/],
    ['options of a run', ['a', 'b', '--keep'], /compare takes no --keep/],
  ])('refuses %s', async (_, args, words) => {
    expectFault(await spikewise(['compare', ...args], home), null, words);
  });
});

it('convert takes no --html', async () => {
  const ended = await spikewise(['convert', at('model.json'), '--html', at('x.html')]);
  expectFault(ended, null, /convert takes no --html/);
  expect(existsSync(at('x.html'))).toBe(false);
});
