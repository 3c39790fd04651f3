import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import * as vscode from 'vscode';
import type { Finding } from '../../src/core/findings/types.ts';
import type { Report } from '../../src/core/report/types.ts';
import type { SpikewiseApi } from '../../src/extension/api.ts';
import { writeChip, type ChipJson } from '../support/chip-files.ts';
import {
  activate,
  codeOf,
  convert,
  copyExample,
  failureOf,
  quickFixes,
  readSpecification,
  reportOf,
  someIn,
  underlined,
  type Example,
} from './support.ts';

describe('the chip', () => {
  let api: SpikewiseApi;
  before(async () => {
    api = await activate();
  });
  afterEach(() => vscode.commands.executeCommand('workbench.action.closeAllEditors'));

  /** The example on a small chip. Its 320 compartments take two of the cores. */
  function onSmallChip(change: (chip: ChipJson) => unknown, keys: object = {}): Example {
    const example = copyExample('mnist-rows', { chip: 'small.spikewise-chip.json', ...keys });
    writeChip(example.folder, change);
    return example;
  }

  const has = ({ findings }: Report, code: Finding['code']) => findings.some((f) => f.code === code);

  /** Runs, and gives the report with what is underlined for a finding of that code and its fixes. */
  async function diagnosed({ specification }: Example, code: Finding['code']) {
    const report = reportOf(await convert(api, specification));
    assert.ok(has(report, code), report.findings.map((finding) => finding.code).join(', '));
    const diagnostic = (await someIn(specification)).find((found) => codeOf(found) === code);
    assert.ok(diagnostic);
    const text = (await underlined(specification)).find(([found]) => found === code)![1];
    const fixes = (await quickFixes(specification, diagnostic.range)).filter(({ edit }) => edit);
    return { report, diagnostic, text, fixes };
  }

  async function apply({ specification }: Example, fix: vscode.CodeAction | undefined): Promise<Report> {
    assert.ok(fix?.edit);
    assert.ok(await vscode.workspace.applyEdit(fix.edit));
    const document = await vscode.workspace.openTextDocument(specification);
    await document.save();
    return reportOf(await convert(api, specification));
  }

  it('of which a core is nearly full is told at its name, and emptied by the fix', async () => {
    const example = onSmallChip((chip) => (chip.core.compartments.value = 170));
    const { report, diagnostic, text, fixes } = await diagnosed(example, 'core-nearly-full');
    assert.equal(report.chip.coresUsed, 2);
    assert.equal(text, '"small.spikewise-chip.json"');
    assert.equal(diagnostic.severity, vscode.DiagnosticSeverity.Information);
    assert.match(diagnostic.message, /160 of 170 compartments \(94\.1 %\)/);
    const fix = fixes.find(({ title }) => title === 'Fill cores to 90 % only');
    const fixed = await apply(example, fix);
    assert.deepEqual(readSpecification(example)['mapping'], { fill: 0.9 });
    assert.equal(fixed.chip.coresUsed, 3);
    assert.ok(!has(fixed, 'core-nearly-full'));
  });

  for (const [title, keys] of [
    ['Use 2 chips', { mapping: { chips: 2 } }],
    ['Give the weights 4 bits', { weightBits: 4 }],
  ] as const) {
    it(`that is full is told at its name, and fits after "${title}"`, async () => {
      const example = onSmallChip((chip) => {
        chip.mesh.columns.value = chip.mesh.rows.value = 1;
        chip.core.compartments.value = 512;
        chip.core.synapseBits.value = 400_000;
      });
      const { diagnostic, text, fixes } = await diagnosed(example, 'chip-full');
      assert.equal(text, '"small.spikewise-chip.json"');
      assert.equal(diagnostic.severity, vscode.DiagnosticSeverity.Warning);
      assert.match(diagnostic.message, /need 2 cores, Small chip has 1; layer lstm/);
      const before = readSpecification(example);
      const fixed = await apply(
        example,
        fixes.find((fix) => fix.title === title),
      );
      assert.deepEqual(readSpecification(example), { ...before, ...keys });
      assert.deepEqual(fixed.chip.problems, []);
    });
  }

  it('that takes more than the baseline is told at the coding, and takes less after the fix', async () => {
    const example = onSmallChip((chip) => (chip.processorPower[0]!.value = '1e6 W'), {
      coding: 'reset',
      timesteps: 64,
      baseline: { watts: 1 },
    });
    const { report, text, fixes } = await diagnosed(example, 'energy-above-baseline');
    assert.equal(text, '"reset"');
    const fixed = await apply(
      example,
      fixes.find(({ title }) => title === 'Use residual coding with 8 time-steps'),
    );
    const { coding, timesteps } = readSpecification(example);
    assert.deepEqual({ coding, timesteps }, { coding: 'residual', timesteps: 8 });
    assert.ok(fixed.energy!.perInference!.low < report.energy!.perInference!.low / 4);
  });

  for (const [what, change, key, words] of [
    [
      'a negative limit',
      (chip: ChipJson) => (chip.core.inAxons.value = -4),
      '-4',
      /core\.inAxons\.value must be a whole number from 1/,
    ],
    [
      'an unknown unit',
      (chip: ChipJson) => (chip.priceTables[0]!.prices['spike']!.energy = '2 cal'),
      '"2 cal"',
      /has the unknown unit "cal"; energies are in J/,
    ],
  ] as const) {
    it(`file with ${what} is told in that file, at its key`, async () => {
      const example = onSmallChip(change);
      const failure = failureOf(await convert(api, example.specification));
      assert.equal(failure.exitCode, 2);
      assert.match(failure.message, words);
      const file = vscode.Uri.file(path.join(example.folder, 'small.spikewise-chip.json'));
      assert.deepEqual(await underlined(file), [['chip-invalid', key]]);
    });
  }

  it('file without the source of a price is told at the price', async () => {
    const example = onSmallChip((chip) => delete chip.priceTables[0]!.prices['spike']!.source);
    const { message } = failureOf(await convert(api, example.specification));
    assert.match(message, /priceTables\.0\.prices\.spike\.source is missing/);
    const file = vscode.Uri.file(path.join(example.folder, 'small.spikewise-chip.json'));
    const [[code, text]] = (await underlined(file)) as [[string, string]];
    assert.equal(code, 'chip-invalid');
    assert.match(text, /spike|\{/);
  });

  it('file is JSON with comments and has a schema', async () => {
    const extension = vscode.extensions.getExtension('spikewise.spikewise')!;
    const { contributes } = extension.packageJSON as {
      contributes: { jsonValidation: { fileMatch: string; url: string }[] };
    };
    const entry = contributes.jsonValidation.find(({ fileMatch }) => fileMatch === '*.spikewise-chip.json');
    assert.ok(entry);
    const schema = JSON.parse(readFileSync(path.join(extension.extensionPath, entry.url), 'utf8')) as {
      properties: Record<string, unknown>;
    };
    assert.ok('priceTables' in schema.properties);
    const { folder } = onSmallChip(() => undefined);
    const file = vscode.Uri.file(path.join(folder, 'small.spikewise-chip.json'));
    assert.equal((await vscode.workspace.openTextDocument(file)).languageId, 'jsonc');
  });
});
