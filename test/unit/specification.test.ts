import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { specificationJsonSchema } from '../../src/core/convert/specification-json-schema.ts';
import { defaultSpecification, parseSpecification } from '../../src/core/convert/specification.ts';
import { InputFault, findingCodes } from '../../src/core/findings/types.ts';
import { faultOf } from './sources.ts';

const root = path.join(import.meta.dirname, '../..');
const minimal = { model: 'model.json', data: { inputs: 'x.npy' } };
const parse = (value: unknown) => parseSpecification(JSON.stringify(value), 'a.spikewise.json');

describe('reading', () => {
  it('fills in the defaults', () => {
    const mapping = { chips: 1, fill: 1, generators: 'processors' };
    expect(parse(minimal)).toEqual({ ...defaultSpecification('model.json', 'x.npy'), mapping });
    expect(parse({ ...minimal, mapping: { chips: 2 } }).mapping).toEqual({ ...mapping, chips: 2 });
    expect(parse({ ...minimal, input: {} }).input).toEqual({ mean: 0, scale: 1 });
    expect(parse({ ...minimal, tolerance: { mse: 0 } }).tolerance).toEqual({ mse: 0, accuracyDrop: 0.01 });
  });

  it('keeps everything that is written', () => {
    const full = {
      model: 'm/model.json',
      data: { inputs: 'x.npy', labels: 'y.npy', limit: 10 },
      input: { mean: -3.5, scale: 0.1 },
      timesteps: 65536,
      coding: 'reset',
      arithmetic: 'loihi',
      activations: { tanh: { slope: 0.5, offset: 0, low: -1, high: 1 } },
      cellClip: 4,
      percentile: 99.9,
      chip: 'chips/mine.spikewise-chip.json',
      weightBits: 4,
      mapping: { chips: 32, fill: 0.9, generators: 'cores' },
      baseline: { watts: 65 },
      tolerance: { mse: 0, accuracyDrop: 1 },
    };
    expect(parse(full)).toEqual(full);
  });

  it('allows comments', () => {
    const text = '{ // trained yesterday\n "model": "m.json", "data": { "inputs": "x.npy" /* all */ } }';
    expect(parseSpecification(text, 'a').model).toBe('m.json');
  });

  it('a new one can be read again', () => {
    const each = { rows: 'rows.npy', words: 'data/words.csv' };
    expect(parse({ model: 'm', data: { inputs: each } }).data.inputs).toEqual(each);
    expect(parse(defaultSpecification('m.json'))).toMatchObject(defaultSpecification('m.json', 'inputs.npy'));
    const labelled = defaultSpecification('m.json', 'x.npy', 'y.npy');
    expect(parse(labelled)).toMatchObject(labelled);
  });

  it('reads every example', async () => {
    const folders = await readdir(path.join(root, 'examples'));
    for (const name of folders) {
      const file = path.join(root, 'examples', name, `${name}.spikewise.json`);
      const text = await readFile(file, 'utf8').catch(() => null);
      if (text === null) continue;
      const { model } = parseSpecification(text, file);
      expect(await readdir(path.dirname(file))).toContain(model);
    }
  });
});

describe('faults', () => {
  const linear = { slope: 1, offset: 0, low: 0, high: 1 };
  const timesteps = 'timesteps must be a whole number from 1 to 65536';
  it.each<[object, (string | number)[], string]>([
    [{ ...minimal, timesteps: 0 }, ['timesteps'], timesteps],
    [{ ...minimal, timesteps: 100000 }, ['timesteps'], timesteps],
    [{ ...minimal, timesteps: 2.5 }, ['timesteps'], timesteps],
    [{ ...minimal, timesteps: '8' }, ['timesteps'], timesteps],
    [{ ...minimal, model: '' }, ['model'], 'model must be the path of a model file'],
    [{ model: 'm' }, ['data'], 'data is missing'],
    [{ model: 'm', data: {} }, ['data', 'inputs'], 'data.inputs is missing'],
    [{ ...minimal, data: 'x.npy' }, ['data'], 'data must be an object'],
    [
      { model: 'm', data: { inputs: 5 } },
      ['data', 'inputs'],
      'data.inputs must be the path of a data file, or an object with one for each input',
    ],
    [
      { model: 'm', data: { inputs: { rows: 'x.npy', words: 5 } } },
      ['data', 'inputs', 'words'],
      'data.inputs.words must be the path of a data file',
    ],
    [
      { model: 'm', data: { inputs: { rows: ' ' } } },
      ['data', 'inputs', 'rows'],
      'data.inputs.rows must be the path of a data file',
    ],
    [{ model: 'm', data: { inputs: {} } }, ['data', 'inputs'], 'data.inputs must name the file of an input'],
    [
      { model: 'm', data: { inputs: 'x', limit: 0 } },
      ['data', 'limit'],
      'data.limit must be a whole number from 1',
    ],
    [
      { ...minimal, timestep: 3 },
      ['timestep'],
      'timestep is unknown; the keys here are model, data, output, input,',
    ],
    [{ model: 'm', daat: {} }, ['daat'], 'daat is unknown'],
    [
      { ...minimal, input: { mean: 0, sclae: 1 } },
      ['input', 'sclae'],
      'input.sclae is unknown; the keys here are mean, scale',
    ],
    [{ ...minimal, input: { scale: 0 } }, ['input', 'scale'], 'input.scale must be a number above 0'],
    [{ ...minimal, coding: 'rate' }, ['coding'], "coding must be 'residual' or 'reset'"],
    [{ ...minimal, arithmetic: 'int8' }, ['arithmetic'], "arithmetic must be 'float' or 'loihi'"],
    [
      { ...minimal, chip: '' },
      ['chip'],
      'chip must be the name of a built-in chip or the path of a chip file',
    ],
    [{ ...minimal, weightBits: 1 }, ['weightBits'], 'weightBits must be a whole number from 2 to 32'],
    [{ ...minimal, weightBits: 33 }, ['weightBits'], 'weightBits must be a whole number from 2 to 32'],
    [
      { ...minimal, corrections: [{ layer: 'lstm', gate: 'g' }] },
      ['corrections', 0, 'gate'],
      'corrections.0.gate must be one of i, f, c, o, z, r, u, h',
    ],
    [
      { ...minimal, corrections: [{ layer: 'lstm', gate: 'i', neuron: 2 }] },
      ['corrections', 0],
      'corrections.0 must have both neuron and bias, or neither',
    ],
    [
      { ...minimal, corrections: [{ layer: 'lstm', gate: 'i', low: 1, high: 1 }] },
      ['corrections', 0],
      'corrections.0 must have low below high, or neither',
    ],
    [
      { ...minimal, corrections: [{ layer: 'lstm', weightScale: 0 }] },
      ['corrections', 0, 'weightScale'],
      'corrections.0.weightScale must be a number above 0',
    ],
    [
      { ...minimal, mapping: { chips: 0 } },
      ['mapping', 'chips'],
      'mapping.chips must be a whole number from 1',
    ],
    [
      { ...minimal, mapping: { fill: 0 } },
      ['mapping', 'fill'],
      'mapping.fill must be a number above 0 and up to 1',
    ],
    [
      { ...minimal, mapping: { fill: 1.1 } },
      ['mapping', 'fill'],
      'mapping.fill must be a number above 0 and up to 1',
    ],
    [
      { ...minimal, mapping: { generators: 'host' } },
      ['mapping', 'generators'],
      "mapping.generators must be 'processors' or 'cores'",
    ],
    [
      { ...minimal, mapping: { core: 1 } },
      ['mapping', 'core'],
      'mapping.core is unknown; the keys here are chips,',
    ],
    [{ ...minimal, baseline: {} }, ['baseline', 'watts'], 'baseline.watts is missing'],
    [
      { ...minimal, baseline: { watts: 0 } },
      ['baseline', 'watts'],
      'baseline.watts must be a number above 0',
    ],
    [{ ...minimal, cellClip: -1 }, ['cellClip'], 'cellClip must be a number above 0'],
    [{ ...minimal, percentile: 0 }, ['percentile'], 'percentile must be a number above 0 and up to 100'],
    [{ ...minimal, percentile: 101 }, ['percentile'], 'percentile must be a number above 0 and up to 100'],
    [{ ...minimal, tolerance: { mse: -1 } }, ['tolerance', 'mse'], 'tolerance.mse must be a number from 0'],
    [
      { ...minimal, activations: { x: { ...linear, slope: 0 } } },
      ['activations', 'x', 'slope'],
      'activations.x.slope must be a number above 0',
    ],
    [
      { ...minimal, activations: { x: { ...linear, low: 1 } } },
      ['activations', 'x'],
      'activations.x must have low below high',
    ],
    [
      { ...minimal, activations: { x: { slope: 1 } } },
      ['activations', 'x', 'offset'],
      'activations.x.offset is missing',
    ],
    [{ ...minimal, activations: { x: 'hard' } }, ['activations', 'x'], 'activations.x must be an object'],
  ])('%j', async (specification, at, words) => {
    const fault = await faultOf(() => parse(specification));
    expect(fault).toMatchObject({
      code: 'specification-invalid',
      place: { file: 'specification', path: at },
    });
    expect(fault.message).toContain(`a.spikewise.json: ${words}`);
    expect(fault.message).not.toContain('\n');
  });

  it.each([
    ['{"model": "m",\n "data"', 'is not valid JSON: colon expected at line 2, column 8'],
    ['{"model": "m", "data": {"inputs": "x"}, "cellClip": 1e999}', 'cellClip must be a number above 0'],
    ['[]', 'must be an object'],
    ['3', 'must be an object'],
    ['', 'is not valid JSON'],
    ['{'.repeat(10) + '['.repeat(500_000), 'is not valid JSON'],
    [' '.repeat(2 ** 20 + 1), 'is longer than 1 MiB'],
  ])('%.40s', async (text, words) => {
    const fault = await faultOf(() => parseSpecification(text, 'a'));
    expect(fault.code).toBe('specification-invalid');
    expect(fault.message).toContain(`a: ${words}`);
  });

  it('damaged text is read or faulted, and nothing else is thrown', () => {
    const text = JSON.stringify(parse({ ...minimal, activations: { x: linear }, input: {} }), null, 2);
    const edit = fc.record({
      at: fc.nat(text.length),
      remove: fc.nat(5),
      insert: fc.string({ maxLength: 4 }),
    });
    fc.assert(
      fc.property(fc.array(edit, { maxLength: 3 }), (edits) => {
        let damaged = text;
        for (const { at, remove, insert } of edits) {
          damaged = damaged.slice(0, at) + insert + damaged.slice(at + remove);
        }
        try {
          parseSpecification(damaged, 'a');
        } catch (error) {
          expect(error).toBeInstanceOf(InputFault);
        }
      }),
      { numRuns: 1000 },
    );
  });
});

it('media/specification.schema.json is what the schema says', async () => {
  const file = path.join(root, 'media/specification.schema.json');
  const text = JSON.stringify(specificationJsonSchema(), null, 2) + '\n';
  // UPDATE_SCHEMA=1 npx vitest run test/unit/specification.test.ts
  if (process.env['UPDATE_SCHEMA'] === '1') await writeFile(file, text);
  expect(await readFile(file, 'utf8')).toBe(text);
});

describe('documentation', () => {
  it.each(findingCodes)('of %s', async (code) => {
    const page = await readFile(path.join(root, 'docs/findings', `${code}.md`), 'utf8');
    expect(page.startsWith(`# ${code}\n`)).toBe(true);
  });

  it('names every key of the specification', async () => {
    const page = await readFile(path.join(root, 'docs/specification.md'), 'utf8');
    const visit = (schema: unknown, above: string): void => {
      const { properties = {} } = schema as { properties?: Record<string, unknown> };
      for (const [key, inner] of Object.entries(properties)) {
        expect(page).toContain(`\`${above}${key}\``);
        visit(inner, `${above}${key}.`);
      }
    };
    visit(specificationJsonSchema(), '');
  });
});
