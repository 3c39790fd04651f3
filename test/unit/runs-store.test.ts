import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isRunId, runId } from '../../src/core/runs/run-id.ts';
import { parseManifest } from '../../src/core/runs/manifest.ts';
import { formatDate, formatRun, runDetails } from '../../src/core/runs/format.ts';
import { findRun } from '../../src/node/named-run.ts';
import { hashFile } from '../../src/node/hash.ts';
import {
  clearRuns,
  latestRunOf,
  listRuns,
  readReportFile,
  removeRun,
  runsFolderOf,
  writeRun,
} from '../../src/node/runs-store.ts';
import { madeUpReport } from '../browser/report.ts';
import { temporaryFolder } from '../support/files.ts';
import { manifestOf } from '../support/runs.ts';

let temporary: ReturnType<typeof temporaryFolder>;
let folder: string;
beforeEach(() => {
  temporary = temporaryFolder();
  folder = runsFolderOf(path.join(temporary.folder, 'a.spikewise.json'));
});
afterEach(() => {
  temporary.remove();
});

/** A run of minute `minute`. */
function at(minute: number) {
  const two = String(minute).padStart(2, '0');
  return { ...madeUpReport({ steps: 3 }), createdAt: `2025-01-31T12:${two}:00.000Z` };
}

async function keep(minute: number, bounds?: { runs: number; bytes: number }): Promise<string> {
  const report = at(minute);
  return writeRun(folder, manifestOf(report, `000${minute}`), JSON.stringify(report), bounds);
}

const minutes = async () => (await listRuns(folder)).map(({ id }) => Number(id.slice(11, 13)));

describe('a kept run', () => {
  it('lies in a folder of its own beside the specification, with a manifest and the report', async () => {
    const run = await keep(5);
    expect(run).toBe(path.join(temporary.folder, '.spikewise', 'runs', '20250131T120500Z-mnist-rows-0005'));
    expect(readdirSync(run).sort()).toEqual(['report.json', 'run.json']);
    expect(await readReportFile(path.join(run, 'report.json'))).toEqual({ report: at(5) });
    expect(await listRuns(folder)).toEqual([
      {
        id: path.basename(run),
        folder: run,
        manifest: manifestOf(at(5), '0005'),
        owner: path.join(temporary.folder, 'mnist-rows.spikewise.json'),
        fault: null,
      },
    ]);
  });

  it('is not for git, unless somebody has said otherwise', async () => {
    const file = path.join(temporary.folder, '.spikewise', '.gitignore');
    await keep(1);
    expect(readFileSync(file, 'utf8')).toMatch(/^\*$/m);
    writeFileSync(file, '');
    await keep(2);
    expect(readFileSync(file, 'utf8')).toBe('');
  });

  it('comes newest first, and is found by its specification and its model', async () => {
    for (const minute of [2, 9, 4]) await keep(minute);
    expect(await minutes()).toEqual([9, 4, 2]);
    const specification = path.join(temporary.folder, 'mnist-rows.spikewise.json');
    for (const file of [specification, at(0).model.file]) {
      expect((await latestRunOf(file, folder))?.id).toContain('T120900Z');
    }
    expect(await latestRunOf('/elsewhere/model.json', folder)).toBeNull();
  });

  it('belongs to the specification beside it, also after both have moved', async () => {
    await keep(1);
    const moved = path.join(temporary.folder, 'moved');
    mkdirSync(moved);
    renameSync(path.join(temporary.folder, '.spikewise'), path.join(moved, '.spikewise'));
    const [run] = await listRuns(path.join(moved, '.spikewise', 'runs'));
    expect(run!.owner).toBe(path.join(moved, 'mnist-rows.spikewise.json'));
    expect((await latestRunOf(run!.owner!))?.id).toBe(run!.id);
    // In a storage for many folders it is as it was written.
    const manifest = manifestOf(at(2), '0002');
    await writeRun(path.join(temporary.folder, 'runs'), manifest, '{}');
    const [stored] = await listRuns(path.join(temporary.folder, 'runs'));
    expect(stored!.owner).toBe(manifest.specification!.path);
  });

  it('that was being written when its process ended is none, and goes when it is old', async () => {
    await keep(1);
    const [young, old] = ['.passing-20250131T120200Z-x-1-77', '.passing-20250131T120300Z-x-2-77'].map(
      (name) => path.join(folder, name),
    );
    for (const left of [young!, old!]) {
      mkdirSync(left);
      writeFileSync(path.join(left, 'report.json'), '{"schemaVersion": 2, "lay');
    }
    const yesterday = Date.now() / 1000 - 86400;
    utimesSync(old!, yesterday, yesterday);
    expect(await minutes()).toEqual([1]);
    await keep(4);
    expect(await minutes()).toEqual([4, 1]);
    expect([existsSync(young!), existsSync(old!)]).toEqual([true, false]);
  });

  it('leaves nothing where it cannot be written', async () => {
    const report = at(1);
    const manifest = manifestOf(report, '0001');
    await keep(1);
    // The same id again: the folder is there.
    await expect(writeRun(folder, manifest, JSON.stringify(report))).rejects.toThrow();
    expect(readdirSync(folder)).toEqual([manifest.id]);
    writeFileSync(path.join(temporary.folder, 'file'), '');
    const below = path.join(temporary.folder, 'file', 'runs');
    await expect(writeRun(below, manifest, JSON.stringify(report))).rejects.toThrow();
  });
});

describe('bounds', () => {
  it('keep the newest runs', async () => {
    for (const minute of [1, 2, 3, 4]) await keep(minute, { runs: 3, bytes: 1e9 });
    expect(await minutes()).toEqual([4, 3, 2]);
  });

  it('keep what is within the bytes, and the run that is added whatever it takes', async () => {
    await keep(1);
    const [{ length }, manifest] = ['report.json', 'run.json'].map((name) =>
      readFileSync(path.join(folder, readdirSync(folder)[0]!, name)),
    ) as [Buffer, Buffer];
    const size = length + manifest.length;
    await keep(2, { runs: 9, bytes: 2.5 * size });
    await keep(3, { runs: 9, bytes: 2.5 * size });
    expect(await minutes()).toEqual([3, 2]);
    await keep(4, { runs: 9, bytes: 1 });
    expect(await minutes()).toEqual([4]);
  });

  it('leave alone what is no run', async () => {
    await keep(1);
    const others = ['notes', '.passing-20250131T120000Z-x-1-1'].map((name) => path.join(folder, name));
    for (const other of others) mkdirSync(other);
    await keep(2, { runs: 1, bytes: 1e9 });
    expect(await clearRuns(folder)).toBe(1);
    expect(readdirSync(folder).sort()).toEqual(others.map((other) => path.basename(other)).sort());
  });
});

describe('removing', () => {
  it('takes one run, or all', async () => {
    const first = await keep(1);
    for (const minute of [2, 3]) await keep(minute);
    await removeRun(first);
    await removeRun(first); // Gone already.
    expect(await minutes()).toEqual([3, 2]);
    expect(await clearRuns(folder)).toBe(2);
    expect(await clearRuns(path.join(folder, 'none'))).toBe(0);
    expect(readdirSync(folder)).toEqual([]);
  });
});

describe('a damaged run', () => {
  const manifest = JSON.stringify(manifestOf(at(1), '0001'));
  it.each([
    ['half a manifest', manifest.slice(0, 200), /^run\.json is not valid JSON/],
    ['none', null, /^run\.json is not there/],
    ['another version', manifest.replace('"schemaVersion":1', '"schemaVersion":7'), /schemaVersion is not 1/],
    ['the manifest of another', manifest.replaceAll('-0001', '-0002'), /is of run 2025/],
    ['another form', '[]', /not the manifest of a run/],
    [
      'a key of another kind',
      manifest.replace('"timesteps":8,"coding"', '"timesteps":"8","coding"'),
      /options.timesteps/,
    ],
  ])('is listed with what is wrong: %s', async (_, text, words) => {
    const run = await keep(1);
    if (text === null) {
      await removeRun(run);
      mkdirSync(run);
    } else writeFileSync(path.join(run, 'run.json'), text);
    await keep(2);
    const [good, bad] = await listRuns(folder);
    expect(good!.fault).toBeNull();
    expect(bad).toMatchObject({ id: path.basename(run), manifest: null });
    expect(bad!.fault).toMatch(words);
    expect(await latestRunOf(good!.owner!, folder)).toMatchObject({ id: good!.id });
  });

  it('never throws, whatever stands there', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(parseManifest(text, 'x')).toHaveProperty('fault');
      }),
    );
  });
});

describe('a run by name', () => {
  it('is found by folder, report, id, the start of an id, specification', async () => {
    const run = await keep(3);
    const specification = path.join(temporary.folder, 'a.spikewise.json');
    writeFileSync(specification, '{}');
    const report = { ...at(4), specification };
    await writeRun(folder, manifestOf(report, '0004'), JSON.stringify(report));
    const base = temporary.folder;
    for (const name of [run, path.join(run, 'report.json'), path.basename(run), '20250131T1203']) {
      const found = await findRun(name, base);
      expect([found.report.createdAt, found.manifest?.id]).toEqual([at(3).createdAt, path.basename(run)]);
    }
    expect((await findRun('a.spikewise.json', base)).report.createdAt).toBe(at(4).createdAt);
    const alone = path.join(base, 'x.spikewise-report.json');
    writeFileSync(alone, JSON.stringify(at(7)));
    expect(await findRun(alone, base)).toEqual({ report: at(7), manifest: null, file: alone });
  });

  it('says what is wrong', async () => {
    await keep(1);
    await keep(2);
    const base = temporary.folder;
    writeFileSync(path.join(base, 'b.spikewise.json'), '{}');
    writeFileSync(path.join(base, 'old.json'), '{"schemaVersion": 1}');
    await expect(findRun('nothing', base)).rejects.toThrow(/neither a file or folder nor a run/);
    await expect(findRun('20250131', base)).rejects.toThrow(/may be any of .*0002, .*0001/);
    await expect(findRun('b.spikewise.json', base)).rejects.toThrow(/no run of it is kept/);
    await expect(findRun('old.json', base)).rejects.toThrow(/old\.json: is a report of version 1/);
  });
});

describe('an id', () => {
  it('is the name of a folder, sorts by time and is known again', () => {
    fc.assert(
      fc.property(
        fc.date({ min: new Date('2000-01-01'), max: new Date('2099-01-01'), noInvalidDate: true }),
        fc.date({ min: new Date('2000-01-01'), max: new Date('2099-01-01'), noInvalidDate: true }),
        fc.string({ unit: 'binary' }),
        (a, b, name) => {
          const [one, other] = [a, b].map((date) => runId(date.toISOString(), name, '3fa9')) as [
            string,
            string,
          ];
          expect(isRunId(one)).toBe(true);
          expect(one).toMatch(/^[\w.-]{1,80}$/);
          if (Math.floor(+a / 1000) < Math.floor(+b / 1000)) expect(one < other).toBe(true);
        },
      ),
    );
  });
});

it('hashes a file as sha256sum does', async () => {
  const file = path.join(temporary.folder, 'abc');
  writeFileSync(file, 'abc');
  // FIPS 180-2, appendix B.1.
  const sha256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  expect(await hashFile('inputs', file)).toEqual({ role: 'inputs', path: file, bytes: 3, sha256 });
  expect(await hashFile('model', `${file}-gone`)).toMatchObject({ bytes: null, sha256: null });
});

it('tells runs apart in words', () => {
  const manifest = manifestOf(at(1));
  expect(formatRun(manifest)).toBe('98.20 %, T = 8, residual');
  const loihi = { ...manifest.options, arithmetic: 'loihi' as const };
  const accuracy = { analog: null, spiking: null, agreement: null };
  expect(formatRun({ ...manifest, options: loihi, accuracy })).toBe(
    'not simulated, T = 8, residual, Loihi integers',
  );
  expect(formatDate('2025-01-31T12:05:09Z')).toMatch(/^2025-0[12]-\d\d \d\d:\d5$/);
  expect(formatDate('soon')).toBe('soon');
  expect(runDetails(manifest).join('\n')).toContain(
    'weights: /models/mnist-rows/weights.bin (SHA-256 cdcdcdcdcdcd…)',
  );
});
