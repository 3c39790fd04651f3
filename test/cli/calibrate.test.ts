/** `spikewise calibrate`: what it says, what it writes, and that a run of what it wrote says the same. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Calibration } from '../../src/core/calibrate/types.ts';
import type { Specification } from '../../src/core/convert/types.ts';
import { parseSpecification } from '../../src/core/convert/specification.ts';
import { chipJson } from '../support/chip-files.ts';
import { bin, spikewise } from '../support/cli.ts';
import { readJson, tinyModel, writeLabels } from '../support/files.ts';
import { convertJson, expectFault, useTiny } from '../support/tiny.ts';

const tiny = useTiny();
const samples = 120;
let folder: string;
const file = (name: string): string => path.join(folder, name);

// Counts that are rounded down are low: biases put that right.
const text = `{
  // made by hand
  "model": "model.json",
  "data": { "inputs": "x.npy", "labels": "y.npy" },
  "timesteps": 8, "coding": "reset",
  "arithmetic": "float"
}
`;

beforeAll(async () => {
  folder = await tiny.folderWith(tinyModel(), [samples, 3, 2]);
  writeLabels(
    file('y.npy'),
    Array.from({ length: samples }, (_, n) => n % 3),
  );
});

async function calibrateJson(args: readonly string[]): Promise<Calibration> {
  const { code, stdout, stderr } = await spikewise(['calibrate', ...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Calibration;
}

/** What a run of the specification says of its outputs. */
async function said(specification: string) {
  const { accuracy, layers } = await convertJson([specification]);
  return { accuracy, mse: layers.at(-1)!.output!.mse };
}

describe('a calibration', () => {
  it('lowers the error, edits the specification in its place, and a run says what was promised', async () => {
    const specification = file('tiny.spikewise.json');
    writeFileSync(specification, text);
    const before = await said(specification);
    const made = await calibrateJson([specification, '--write']);
    expect(made).toMatchObject({
      schemaVersion: 1,
      specification,
      options: { timesteps: 8, coding: 'reset', arithmetic: 'float' },
      samples: { chosenOn: 60, heldOut: 60, all: samples },
      written: { specification, result: null },
    });
    const kept = made.changes.filter((change) => change.kept);
    expect(kept.map(({ kind }) => kind)).toContain('bias');
    for (const { chosenOn, heldOut } of kept) {
      expect(chosenOn.after.outputs).toBeLessThan(chosenOn.before.outputs);
      expect(heldOut.after.outputs).toBeLessThan(heldOut.before.outputs);
    }
    expect(made.heldOut.after.outputs).toBeLessThan(made.heldOut.before.outputs);

    const after = await said(specification);
    expect(made.all.before.mse).toBeCloseTo(before.mse, 9);
    expect(made.all.after.mse).toBeCloseTo(after.mse, 9);
    expect(after.mse).toBeLessThan(before.mse);
    expect(after.accuracy).toMatchObject({
      analog: made.all.after.analogAccuracy,
      spiking: made.all.after.accuracy,
      agreement: made.all.after.agreement,
    });
    const written = readFileSync(specification, 'utf8');
    // Nothing but the corrections has been added.
    for (const line of text.split('\n').slice(0, 5)) expect(written).toContain(line);
    expect(written.split('\n').length).toBeLessThan(30);
    expect(readdirSync(folder).filter((name) => name.includes('calibrat'))).toEqual([]);
  });

  it('goes into a folder of its own, with what was given in the place of the specification', async () => {
    const specification = file('tiny.spikewise.json');
    writeFileSync(specification, text);
    const out = path.join(tiny.empty(), 'calibrated');
    const made = await calibrateJson([specification, '--out', out, '--timesteps', '4']);
    expect(readFileSync(specification, 'utf8')).toBe(text);
    const copy = path.join(out, 'tiny-calibrated.spikewise.json');
    expect(made.written).toEqual({
      specification: copy,
      result: path.join(out, 'tiny.spikewise-calibrate.json'),
    });
    expect(readJson(made.written.result!)).toEqual(made);
    expect(readFileSync(copy, 'utf8')).toContain('// made by hand');
    const report = await convertJson([copy]);
    expect(report.options).toMatchObject({ timesteps: 4, coding: 'reset', samples });
    expect(report.layers.at(-1)!.output!.mse).toBeCloseTo(made.all.after.mse, 9);
  });

  it('names the chip that was given, as a path from where the specification lies', async () => {
    const specification = file('tiny.spikewise.json');
    writeFileSync(specification, text);
    const chip = path.join(tiny.empty(), 'small.spikewise-chip.json');
    writeFileSync(chip, JSON.stringify(chipJson()));
    const out = path.join(tiny.empty(), 'elsewhere', 'deep');
    const made = await calibrateJson([specification, '--chip', chip, '--write', '--out', out]);
    const named = (folder: string) => path.relative(folder, chip).replaceAll('\\', '/');
    expect(made.fix!.edits).toContainEqual({ path: ['chip'], value: named(folder) });
    expect(parseSpecification(readFileSync(specification, 'utf8'), specification).chip).toBe(named(folder));
    const copy = path.join(out, 'tiny-calibrated.spikewise.json');
    expect(parseSpecification(readFileSync(copy, 'utf8'), copy).chip).toBe(named(out));
    for (const written of [specification, copy]) {
      const report = await convertJson([written]);
      expect(report.chip.name).toBe('Small chip');
      expect(report.layers.at(-1)!.output!.mse).toBeCloseTo(made.all.after.mse, 9);
    }
  });

  it('of a model without a specification makes one', async () => {
    const other = await tiny.folderWith(tinyModel(), [samples, 3, 2]);
    const model = path.join(other, 'model.json');
    const made = await calibrateJson([model, '--coding', 'reset', '--write']);
    const specification = path.join(other, 'other.spikewise.json');
    expect(made.written.specification).toBe(specification);
    expect(readJson(specification)).toMatchObject({
      model: 'model.json',
      data: { inputs: 'x.npy' },
      coding: 'reset',
    } satisfies Partial<Specification>);
    expect((await said(specification)).mse).toBeCloseTo(made.all.after.mse, 9);
  });

  it('tells every change with its numbers on both parts', async () => {
    const specification = file('tiny.spikewise.json');
    writeFileSync(specification, text);
    const { code, stdout } = await spikewise(['calibrate', specification]);
    expect(code).toBe(0);
    expect(stdout).toContain('calibrated at T = 8, reset coding, float arithmetic');
    expect(stdout).toMatch(
      /│ lstm, f, forget gate +│ bias of .* │ +\d │ +\d\.\d\de-\d │ .* │ (kept|dropped) /,
    );
    expect(stdout).toMatch(/\d+ of \d+ changes kept, chosen on 60 samples, each held against 60 others/);
    expect(stdout).toContain('│ 60 held out');
    expect(stdout).toContain('│ all 120');
    expect(stdout).toContain('Nothing is written: --write puts what was kept into the specification');
    expect(readFileSync(specification, 'utf8')).toBe(text);
  });

  it('is the same every time', async () => {
    const specification = file('tiny.spikewise.json');
    writeFileSync(specification, text);
    const once = async () => {
      const { changes, all } = await calibrateJson([specification]);
      return { changes, all };
    };
    expect(await once()).toEqual(await once());
  });
});

describe('a calibration that is cancelled', () => {
  it('writes nothing', async () => {
    const specification = file('tiny.spikewise.json');
    const slow = text.replace('"timesteps": 8', '"timesteps": 20000');
    writeFileSync(specification, slow);
    const out = path.join(tiny.empty(), 'never');
    const child = spawn(process.execPath, [bin, 'calibrate', specification, '--write', '--out', out]);
    await new Promise<void>((resolve) => {
      child.stdout.on('data', (bytes: Buffer) => {
        if (bytes.toString().includes('Trying')) resolve();
      });
    });
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child.on('exit', resolve));
    expect(code).toBe(130);
    expect(readFileSync(specification, 'utf8')).toBe(slow);
    expect(existsSync(out)).toBe(false);
  });
});

describe('what is refused', () => {
  it('too few samples to split', async () => {
    const copy = tiny.copy();
    const words = /6 samples are too few to calibrate on: .* each needs 16; give at least 32/;
    expectFault(
      await spikewise(['calibrate', path.join(copy, 'model.json'), '--write', '--json']),
      null,
      words,
    );
    expect(existsSync(path.join(copy, 'copy.spikewise.json'))).toBe(false);
  });

  it.each([
    [['calibrate', 'model.json', '--epochs', '2'], /calibrate takes no --epochs/],
    [['calibrate', 'model.json', '--keep'], /calibrate takes no --keep/],
    [['convert', 'model.json', '--write'], /convert takes no --write/],
    [['finetune', 'model.json', '--write'], /finetune takes no --write/],
  ])('%j', async (args, words) => {
    expectFault(await spikewise(args), null, words);
  });
});
