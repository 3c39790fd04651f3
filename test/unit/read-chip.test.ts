/** Which chip a run reads, from files in a folder. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtinChip } from '../../src/core/chips/builtin.ts';
import type { InputFault } from '../../src/core/findings/types.ts';
import type { Files, Overrides } from '../../src/protocol/worker.ts';
import { readModelInputs } from '../../src/worker/read.ts';
import { saveModel, temporaryFolder, tinyModel } from '../support/files.ts';
import { faultOf } from './sources.ts';

const { folder, remove } = temporaryFolder();
const specificationFile = path.join(folder, 'mine.spikewise.json');
const chipFile = path.join(folder, 'chips', 'mine.spikewise-chip.json');
const loihi1 = JSON.parse(
  readFileSync(path.join(import.meta.dirname, '../../src/core/chips/loihi1.json'), 'utf8'),
) as Record<string, unknown>;

beforeAll(async () => {
  await saveModel(folder, tinyModel());
  mkdirSync(path.dirname(chipFile));
  writeFileSync(chipFile, JSON.stringify({ ...loihi1, name: 'Mine' }));
});
afterAll(remove);

function read(keys: object, overrides: Overrides = {}) {
  writeFileSync(
    specificationFile,
    JSON.stringify({ model: 'model.json', data: { inputs: 'x.npy' }, ...keys }),
  );
  return readModelInputs({ file: specificationFile, overrides, purpose: 'convert' });
}

describe('the chip of a run', () => {
  it('is Loihi 1 where none is named, with its widest weights', async () => {
    const { chip, weightBits, files, specification } = await read({});
    expect(chip).toBe(builtinChip('loihi1'));
    expect(weightBits).toBe(8);
    expect(files.chip).toBeNull();
    expect(specification.mapping).toEqual({ chips: 1, fill: 1, generators: 'processors' });
  });

  it('is the one that the specification names, relative to it', async () => {
    expect((await read({ chip: 'loihi2' })).chip.name).toBe('Loihi 2');
    const name = 'chips/mine.spikewise-chip.json';
    const { chip, files } = await read({ chip: name, weightBits: 4 });
    expect(chip).toEqual({ ...builtinChip('loihi1'), id: name, name: 'Mine' });
    expect(files.chip).toBe(chipFile);
  });

  it("is the command line's before the specification's", async () => {
    const { chip, specification } = await read({ chip: 'loihi3' }, { chip: 'loihi2', watts: 15 });
    expect(chip.id).toBe('loihi2');
    expect(specification).toMatchObject({ chip: 'loihi2', baseline: { watts: 15 } });
    expect((await read({}, { chip: chipFile })).files.chip).toBe(chipFile);
  });
});

describe('faults', () => {
  it('a name that is nothing points at the specification', async () => {
    const fault = await faultOf(() => read({ chip: 'loihi3' }));
    expect(fault).toMatchObject({
      code: 'chip-invalid',
      file: specificationFile,
      place: { file: 'specification', path: ['chip'] },
    });
    expect(fault.fault).toBe(
      'chip "loihi3" is neither a built-in chip (loihi1, loihi2) nor a file that is there',
    );
    expect(fault.fixes.map(({ edits }) => edits)).toEqual(
      ['loihi1', 'loihi2'].map((value) => [{ path: ['chip'], value }]),
    );
  });

  it('a file of the command line that is not there does not blame the specification', async () => {
    const missing = path.join(folder, 'none.spikewise-chip.json');
    const fault = await faultOf(() => read({}, { chip: missing }));
    expect(fault).toMatchObject({ file: missing, place: { file: 'chip', path: [] }, fixes: [] });
  });

  it('a fault of a chip file points into it, and says which file that is', async () => {
    const file = path.join(folder, 'bad.spikewise-chip.json');
    writeFileSync(file, JSON.stringify({ ...loihi1, core: {} }));
    const fault = (await faultOf(() => read({ chip: 'bad.spikewise-chip.json' }))) as InputFault & {
      readonly files: Files;
    };
    expect(fault).toMatchObject({
      code: 'chip-invalid',
      file,
      place: { file: 'chip', path: ['core', 'compartments'] },
    });
    expect(fault.files).toMatchObject({ chip: file, specification: specificationFile });
  });

  it('what is no text file', async () => {
    expect((await faultOf(() => read({ chip: 'chips' }))).message).toContain('is a folder, not a file');
    expect((await faultOf(() => read({ chip: 'weights.bin' }))).code).toBe('chip-invalid');
    expect((await faultOf(() => read({ chip: 'a\0b' }))).code).toBe('chip-invalid');
  });

  it('bits that the chip does not have', async () => {
    const fault = await faultOf(() => read({ weightBits: 7 }));
    expect(fault).toMatchObject({
      code: 'specification-invalid',
      place: { file: 'specification', path: ['weightBits'] },
      fault: 'weightBits must be one that Loihi 1 has: 1, 2, 3, 4, 5, 6, 8',
      fixes: [{ title: 'Set weightBits to 8', edits: [{ path: ['weightBits'], value: 8 }] }],
    });
    const narrow = path.join(folder, 'narrow.spikewise-chip.json');
    const weightBits = { value: [2, 4], source: 'made up for a test', grade: 'assumed' };
    const synapses = { ...(loihi1['synapses'] as object), weightBits };
    writeFileSync(narrow, JSON.stringify({ ...loihi1, synapses }));
    const [fix] = (await faultOf(() => read({ chip: path.basename(narrow), weightBits: 6 }))).fixes;
    expect(fix?.edits[0]?.value).toBe(4);
    expect((await read({ chip: path.basename(narrow) })).weightBits).toBe(4);
  });
});
