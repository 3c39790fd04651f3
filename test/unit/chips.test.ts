import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtinChip, builtinChips } from '../../src/core/chips/builtin.ts';
import { chipJsonSchema } from '../../src/core/chips/chip-json-schema.ts';
import { isBuiltinChip } from '../../src/core/chips/names.ts';
import { readChip } from '../../src/core/chips/read.ts';
import { grades, resources, type Chip } from '../../src/core/chips/types.ts';
import { InputFault } from '../../src/core/findings/types.ts';
import { isObject } from '../../src/core/formats/json.ts';
import { faultOf } from './sources.ts';

const root = path.join(import.meta.dirname, '../..');
type Path = readonly (string | number)[];

const textOf = (id: string) => readFile(path.join(root, `src/core/chips/${id}.json`), 'utf8');
const loihi1Text = await textOf('loihi1');
const read = (value: unknown) => readChip(JSON.stringify(value), 'my.spikewise-chip.json', 'my');

/** Every value of a JSON document with its path, the document itself left out. */
function visit(value: unknown, above: Path = []): [Path, unknown][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]: [string, unknown]) => {
    const at = [...above, Array.isArray(value) ? Number(name) : name];
    return [[at, inner] as [Path, unknown], ...visit(inner, at)];
  });
}

/** A copy of Loihi 1's file with one key changed, or without it where the value is undefined. */
function changed(at: Path, value: unknown): unknown {
  const copy = JSON.parse(loihi1Text) as unknown;
  let parent = copy as Record<string | number, unknown>;
  for (const key of at.slice(0, -1)) parent = parent[key] as Record<string | number, unknown>;
  parent[at.at(-1)!] = value;
  return copy;
}

const loihi1Values = visit(JSON.parse(loihi1Text));
const keysOf = (wanted: (value: unknown, at: Path) => boolean): Path[] =>
  loihi1Values.filter(([at, value]) => wanted(value, at)).map(([at]) => at);

describe('built-in chips', () => {
  it('are these', () => {
    expect(builtinChips).toEqual(['loihi1', 'loihi2']);
    expect(isBuiltinChip('loihi3')).toBe(false);
    expect(isBuiltinChip('toString')).toBe(false);
  });

  it.each(builtinChips)('%s is the file that anybody could write', async (id) => {
    expect(builtinChip(id)).toEqual(readChip(await textOf(id), `${id}.json`, id));
    expect(builtinChip(id)).toBe(builtinChip(id));
  });

  it.each(builtinChips)('every figure of %s has a source and a grade', (id) => {
    // Whatever holds a figure: a value, a price, a barrier's time, a calibrated energy.
    const figures = visit(builtinChip(id))
      .map(([, value]) => value)
      .filter(isObject)
      .filter((value) => ['value', 'energy', 'time', 'energyPerEvent'].some((key) => key in value));
    expect(figures.length).toBeGreaterThan(25);
    for (const { source, grade } of figures) {
      expect(typeof source === 'string' && source.length > 10).toBe(true);
      expect(grades).toContain(grade);
    }
  });
});

describe('Loihi 1', () => {
  const chip = builtinChip('loihi1');

  it('has the limits of a core that nengo-loihi codes', () => {
    const limits = Object.fromEntries(resources.map((resource) => [resource, chip.core[resource].value]));
    expect(limits).toEqual({
      compartments: 1024,
      inAxons: 4096,
      outAxons: 4096,
      synapseBits: 16384 * 64,
      compartmentConfigurations: 32,
      thresholdConfigurations: 8,
      synapseConfigurations: 8,
    });
    const { columns, rows, coresPerTile } = chip.mesh;
    expect(columns.value * rows.value * coresPerTile.value).toBe(128);
  });

  it('says where sources disagree', () => {
    const others = ({ otherwise }: { otherwise: readonly { value: unknown }[] }) =>
      otherwise.map(({ value }) => value);
    expect(others(chip.core.thresholdConfigurations)).toEqual([16]);
    expect(others(chip.core.synapseConfigurations)).toEqual([16, 7]);
    expect(others(chip.synapses.entrySynapses)).toEqual([60]);
    expect(others(chip.neuron.reset.subtract.axons)).toEqual([1]);
  });

  it('takes of a core what the worked example takes', () => {
    const { synapses, neuron } = chip;
    expect(synapses.weightBits.value).toEqual([1, 2, 3, 4, 5, 6, 8]);
    expect(synapses.axonsPerInput.value * (28 + 128)).toBe(312);
    const { single, dual } = neuron.thresholds;
    const thresholds = 3 * 128 * single.value + 128 * dual.value;
    expect(thresholds * neuron.reset.subtract.compartments.value).toBe(1280);
    const wordsOf = (targets: number) => {
      const bits = 8 * targets + synapses.entryHeadBits.value;
      return Math.ceil(bits / synapses.wordBits.value);
    };
    const bits = 5 * wordsOf(synapses.entrySynapses.value) * synapses.wordBits.value;
    expect(bits).toBe(2880);
  });

  it('has the prices of Davies et al., in joules and seconds', () => {
    const [davies] = chip.priceTables;
    expect(davies?.name).toBe('Davies et al. 2018');
    expect(energiesAndTimes(davies!)).toEqual({
      synapticOperation: [23.6e-12, 3.5e-9],
      updateActive: [81e-12, 8.4e-9],
      updateInactive: [52e-12, 5.3e-9],
      message: [1.7e-12, 2.1e-9],
      hopEastWest: [3e-12, 4.1e-9],
      hopNorthSouth: [4e-12, 6.5e-9],
    });
    expect(davies?.barrier.map(({ tiles, time }) => [tiles, time])).toEqual([
      [1, 113e-9],
      [32, 465e-9],
    ]);
  });

  it('has the prices that SANA-FE calibrated', () => {
    const table = chip.priceTables[1];
    expect(table?.name).toBe('SANA-FE calibration');
    const prices = energiesAndTimes(table!);
    expect(prices).toEqual({
      synapticOperation: [35.5e-12, 3.8e-9],
      updateActive: [72.8e-12, 9.7e-9],
      updateInactive: [51.2e-12, 6e-9],
      spike: [69.3e-12, 30e-9],
      message: [111e-12, 5.1e-9],
      hopEastWest: [3e-12, 4.1e-9],
      hopNorthSouth: [4.2e-12, 6.5e-9],
    });
    expect(51.2 + 21.6).toBeCloseTo(72.8, 10);
    expect(table?.barrier.map(({ tiles, time }) => [tiles, time])).toEqual([
      [1, 0.6e-6],
      [2, 1e-6],
      [4, 1.4e-6],
      [29, 1.8e-6],
    ]);
  });

  it('has what whole systems were measured at', () => {
    const times = chip.stepTimes.map(({ value }) => value);
    expect(times.slice(0, 3)).toEqual([16.65e-6, 57.4e-6, 6.64e-6]);
    // Table I gives milliseconds of 128 time-steps x 28 rows.
    for (const [row, milliseconds] of [63.1, 122, 106].entries()) {
      expect(Math.abs(times[3 + row]! - (milliseconds * 1e-3) / 3584)).toBeLessThan(0.005e-6);
    }
    expect(times).toHaveLength(6);
    expect(chip.processorPower.map(({ value }) => value)).toEqual([23.2e-3]);
    expect(chip.staticPower.map(({ value }) => value)).toEqual([1.16e-3]);
  });
});

function energiesAndTimes({ prices }: Chip['priceTables'][number]) {
  return Object.fromEntries(
    Object.entries(prices).map(([event, { energy, time }]) => [event, [energy, time]]),
  );
}

describe('Loihi 2', () => {
  const chip = builtinChip('loihi2');

  it('borrows no price', () => {
    const { priceTables, stepTimes, processorPower, staticPower, calibrations } = chip;
    expect([priceTables, stepTimes, processorPower, staticPower, calibrations].flat()).toEqual([]);
  });

  it('grades what no primary source says', () => {
    expect(chip.core.compartments).toMatchObject({ value: 8192, grade: 'unofficial' });
    expect(chip.core.synapseBits).toMatchObject({ value: 192 * 1024 * 8, grade: 'unofficial' });
    for (const resource of resources.slice(4)) expect(chip.core[resource].value).toBeNull();
    const { columns, rows, coresPerTile } = chip.mesh;
    expect(columns.value * rows.value * coresPerTile.value).toBe(128);
    expect(columns.grade).toBe('assumed');
  });
});

describe('reading', () => {
  it('puts every unit into SI', () => {
    const prices = (energy: string, time: string) => ({
      spike: { energy, time, source: 's', grade: 'coded' },
    });
    const priced = (energy: string, time: string) =>
      read(changed(['priceTables'], [{ name: 'n', prices: prices(energy, time) }])).priceTables[0]!.prices
        .spike!;
    const energies = { J: 1, mJ: 1e-3, uJ: 1e-6, nJ: 1e-9, pJ: 1e-12, fJ: 1e-15 };
    const times = { s: 1, ms: 1e-3, us: 1e-6, ns: 1e-9, ps: 1e-12 };
    for (const [unit, size] of Object.entries(energies)) expect(priced(`1 ${unit}`, '1 s').energy).toBe(size);
    for (const [unit, size] of Object.entries(times)) expect(priced('1 J', `1 ${unit}`).time).toBe(size);
    const powers = { W: 1, mW: 1e-3, uW: 1e-6, nW: 1e-9 };
    for (const [unit, size] of Object.entries(powers)) {
      const figure = { value: `1 ${unit}`, source: 's', grade: 'coded' };
      expect(read(changed(['staticPower'], [figure])).staticPower[0]!.value).toBe(size);
    }
    expect(priced('2.5e3 fJ', '0ns')).toMatchObject({ energy: 2.5e-12, time: 0 });
  });

  it('reads a quantity as the number that JavaScript would', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.nat(999), (units, thousandths) => {
        const number = `${units}.${String(thousandths).padStart(3, '0')}`;
        const figure = { value: `${number} mW`, source: 's', grade: 'coded' };
        expect(read(changed(['staticPower'], [figure])).staticPower[0]!.value).toBe(Number(`${number}e-3`));
      }),
      { numRuns: 200 },
    );
  });

  it('what may be left out is empty or not given', () => {
    const { priceTables, stepTimes, processorPower, staticPower, calibrations, ...rest } = JSON.parse(
      loihi1Text,
    ) as Record<string, unknown>;
    expect([priceTables, stepTimes, processorPower, staticPower, calibrations]).not.toContain(undefined);
    const chip = read(rest);
    expect(chip).toMatchObject({ id: 'my', name: 'Loihi 1', priceTables: [], stepTimes: [] });
    const table = { name: 'n', prices: { spike: { time: '1 ns', source: 's', grade: 'coded' } } };
    expect(read({ ...rest, priceTables: [table] }).priceTables[0]).toEqual({
      name: 'n',
      prices: { spike: { energy: null, time: 1e-9, source: 's', grade: 'coded' } },
      barrier: [],
    });
  });

  it('reads the example of the documentation', async () => {
    const page = await readFile(path.join(root, 'docs/chips.md'), 'utf8');
    const example = /```jsonc?\n(\{[^]*?)```/.exec(page)?.[1] ?? '';
    expect(readChip(example, 'docs/chips.md', 'example').priceTables).toHaveLength(1);
  });
});

describe('faults', () => {
  const named = async (value: unknown, at: Path, words: string) => {
    const fault = await faultOf(() => read(value));
    expect(fault).toMatchObject({ code: 'chip-invalid', place: { file: 'chip', path: at }, fixes: [] });
    expect(fault.message).toContain(`my.spikewise-chip.json: ${at.join('.')} ${words}`);
    expect(fault.message).not.toContain('\n');
  };
  const leftOut = ['otherwise', 'barrier', 'energy', 'time'];
  const listed = ['priceTables', 'stepTimes', 'processorPower', 'staticPower', 'calibrations'];
  const required = keysOf(
    (_, at) =>
      typeof at.at(-1) === 'string' &&
      at.at(-2) !== 'prices' &&
      !listed.includes(String(at.at(-1))) &&
      (!leftOut.includes(String(at.at(-1))) || at.at(-3) === 'barrier'),
  );

  it('a key that is missing is named, whichever it is', async () => {
    expect(required.length).toBeGreaterThan(150);
    for (const at of required) await named(changed(at, undefined), at, 'is missing');
  });

  it('a number that is negative is named, whichever it is', async () => {
    const numbers = keysOf((value) => typeof value === 'number');
    expect(numbers.length).toBeGreaterThan(30);
    for (const at of numbers) await named(changed(at, -1), at, 'must be');
  });

  const quantities = keysOf((value) => typeof value === 'string' && /^[\d.]+ [a-zA-Z]+$/.test(value));
  it('an unknown unit is named, whichever it is', async () => {
    expect(quantities.length).toBeGreaterThan(30);
    for (const at of quantities) {
      await named(changed(at, '3.5 kWh'), at, 'has the unknown unit "kWh"; ');
      for (const wrong of ['-3.5 pJ', '3.5', 'pJ', '', 3.5, '1e999 J']) {
        await named(changed(at, wrong), at, '');
      }
    }
  });

  it.each<[Path, unknown, string]>([
    [
      ['priceTables', 1, 'prices', 'spike', 'energy'],
      '1 kWh',
      'has the unknown unit "kWh"; energies are in J, mJ, uJ, nJ, pJ or fJ',
    ],
    [['stepTimes', 0, 'value'], '3 min', 'has the unknown unit "min"; times are in s, ms, us, ns or ps'],
    [['staticPower', 0, 'value'], '3 V A', 'has the unknown unit "V A"; powers are in W, mW, uW or nW'],
    [['staticPower', 0, 'value'], '3 pJ', 'has the unknown unit "pJ"; powers are in W, mW, uW or nW'],
    [['stepTimes', 0, 'value'], '16.65', 'must be a number from 0 with its unit, such as "3.5 ns"'],
    [
      ['core', 'inAxons', 'value'],
      '4096',
      'must be a whole number from 1, or null where it is not published',
    ],
    [['core', 'inAxons', 'value'], 0, 'must be a whole number from 1, or null where it is not published'],
    [['core', 'inAxons', 'value'], 1.5, 'must be a whole number from 1, or null where it is not published'],
    [['core', 'inAxons'], 4096, 'must be an object'],
    [['core', 'inAxons', 'grade'], 'guessed', 'must be one of measured, calibrated, simulated, coded,'],
    [['core', 'inAxons', 'source'], '', 'must say where the figure is from'],
    [['core', 'neurons'], 3, 'is unknown; the keys here are compartments, inAxons,'],
    [['neurons'], 3, 'is unknown; the keys here are name, mesh, core,'],
    [
      ['priceTables', 0, 'prices', 'sum'],
      {},
      'is unknown; the keys here are synapticOperation, updateActive,',
    ],
    [['priceTables', 0, 'prices', 'spike'], { source: 's', grade: 'coded' }, 'must have an energy or a time'],
    [['priceTables', 1, 'barrier', 1, 'tiles'], 0, 'must be a whole number from 1'],
    [['mesh', 'processorTile', 'value'], 32, 'must be a tile of the mesh, 0 to 31'],
    [['mesh', 'columns', 'value'], 1e6, 'must be a whole number from 1 to 64'],
    [['synapses', 'weightBits', 'value'], [], 'must not be empty'],
    [['synapses', 'weightBits', 'value'], [8, 4], 'must rise'],
    [['synapses', 'weightBits', 'value'], 8, 'must be a list of whole numbers'],
    [['synapses', 'axonsPerInput', 'value'], 3, 'must be a whole number from 1 to 2'],
    [['core', 'synapseConfigurations', 'otherwise', 0, 'value'], -16, 'must be a whole number from 1'],
  ])('%j = %j', async (at, value, words) => {
    await named(changed(at, value), at, words);
  });

  it('what a calibration lacks', async () => {
    const calibration = {
      name: 'fit',
      event: 'spikes',
      energyPerEvent: '2 nJ',
      leaveOneOutError: 0.1,
      source: 's',
      grade: 'calibrated',
    };
    expect(read(changed(['calibrations'], [calibration])).calibrations[0]?.energyPerEvent).toBe(2e-9);
    for (const key of Object.keys(calibration)) {
      const without = { ...calibration, [key]: undefined };
      await named(changed(['calibrations'], [without]), ['calibrations', 0, key], 'is missing');
    }
    const event = { ...calibration, event: 'hops' };
    const words = 'must be one of spikes, synapticOperations, updates';
    await named(changed(['calibrations'], [event]), ['calibrations', 0, 'event'], words);
  });

  it('tiles of a barrier that do not rise', async () => {
    const at = ['priceTables', 1, 'barrier'];
    await named(changed([...at, 1, 'tiles'], 1), at, 'must have its tiles rising');
  });

  it.each([
    ['[]', 'must be an object'],
    ['3', 'must be an object'],
    ['', 'is not valid JSON'],
    ['{ "name": "x",\n "core" }', 'is not valid JSON: colon expected at line 2, column 9'],
    ['{'.repeat(10) + '['.repeat(500_000), 'is not valid JSON'],
    [' '.repeat(2 ** 20 + 1), 'is longer than 1 MiB'],
  ])('%.40s', async (text, words) => {
    const fault = await faultOf(() => readChip(text, 'a', 'a'));
    expect(fault.message).toContain(`a: ${words}`);
  });

  it('damaged text is read or faulted, and nothing else is thrown', () => {
    const edit = fc.record({
      at: fc.nat(loihi1Text.length),
      remove: fc.nat(5),
      insert: fc.string({ maxLength: 4 }),
    });
    const run = (text: string) => {
      try {
        return readChip(text, 'a', 'a');
      } catch (error) {
        expect(error).toBeInstanceOf(InputFault);
        return null;
      }
    };
    fc.assert(
      fc.property(edit, ({ at, remove, insert }) => {
        run(loihi1Text.slice(0, at) + insert + loihi1Text.slice(at + remove));
      }),
      { numRuns: 300 },
    );
  });
});

it('media/chip.schema.json is what the schema says', async () => {
  const file = path.join(root, 'media/chip.schema.json');
  const text = JSON.stringify(chipJsonSchema(), null, 2) + '\n';
  // UPDATE_SCHEMA=1 npx vitest run test/unit/chips.test.ts
  if (process.env['UPDATE_SCHEMA'] === '1') await writeFile(file, text);
  expect(await readFile(file, 'utf8')).toBe(text);
});

it('the documentation names every key of a chip file', async () => {
  const page = await readFile(path.join(root, 'docs/chips.md'), 'utf8');
  const keys = new Set<string>();
  const collect = (schema: unknown): void => {
    if (!isObject(schema)) return;
    if (isObject(schema['properties'])) {
      for (const [key, inner] of Object.entries(schema['properties'])) {
        keys.add(key);
        collect(inner);
      }
    }
    collect(schema['items']);
    if (Array.isArray(schema['anyOf'])) schema['anyOf'].forEach(collect);
  };
  collect(chipJsonSchema());
  expect(keys.size).toBeGreaterThan(50);
  for (const key of keys) expect(page).toContain(`\`${key}\``);
});
