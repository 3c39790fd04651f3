/** The chip on the command line: `spikewise map`, `--chip`, the `chip` of a report, and what does not fit. Needs the build. */
import { readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { resources } from '../../src/core/chips/types.ts';
import type { Finding } from '../../src/core/findings/types.ts';
import { formatCount, formatResource, formatUsage } from '../../src/core/report/format.ts';
import type { Report } from '../../src/core/report/types.ts';
import { writeChip, type ChipJson } from '../support/chip-files.ts';
import { spikewise } from '../support/cli.ts';
import { readJson, saveModel, withWeights } from '../support/files.ts';
import { plantUnbounded } from '../support/planted.ts';
import { convertJson, expectFault, useTiny } from '../support/tiny.ts';

const examples = fileURLToPath(new URL('../../examples', import.meta.url));
const digits = path.join(examples, 'mnist-rows', 'mnist-rows.spikewise.json');
const tiny = useTiny();

async function mapJson(args: readonly string[]): Promise<Report> {
  const { code, stdout, stderr } = await spikewise(['map', ...args, '--json']);
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  return JSON.parse(stdout) as Report;
}

const tinyArgs = () => [tiny.file('model.json'), '--data', tiny.file('x.npy'), '--timesteps', '16'];
const withCode = ({ findings }: Report, code: Finding['code']) => findings.find((f) => f.code === code);

describe('the chip of a report', () => {
  it('has what the documentation says of each core', async () => {
    const { chip } = await convertJson(tinyArgs());
    // Four gates of 4 neurons that fire at one threshold, two compartments each; 2 features and 4 hidden values.
    expect(chip).toMatchObject({
      id: 'loihi1',
      name: 'Loihi 1',
      chipsUsed: 1,
      coresUsed: 1,
      coresPerChip: 128,
      coresLowerBound: 1,
      cores: [
        {
          chip: 0,
          core: 0,
          tile: 0,
          compartments: 32,
          inAxons: 12,
          outAxons: 16,
          // 12 axons to 16 targets of 8 bits and a head of 10, in words of 64; a reset synapse each.
          synapseBits: 12 * 192 + 16 * 64,
          limitedBy: 'synapseConfigurations',
          populations: ['i', 'f', 'c', 'o'].map((population) => ({
            layer: 'lstm',
            population,
            neurons: 4,
            from: 0,
          })),
        },
      ],
      problems: [],
    });
  });

  it("adds up to the layers' neurons, and is limited by its fullest resource", async () => {
    const { chip } = await convertJson([digits, '--limit', '2']);
    for (const population of ['i', 'f', 'c', 'o']) {
      const shares = chip.cores.flatMap((core) => core.populations);
      const neurons = shares.filter((share) => share.population === population).map(({ neurons }) => neurons);
      expect(neurons.reduce((a, b) => a + b, 0)).toBe(64);
    }
    for (const core of chip.cores) {
      const parts = resources.map((resource) => core.utilisation[resource] ?? 0);
      expect(core.utilisation[core.limitedBy]).toBe(Math.max(...parts));
      for (const resource of resources) {
        expect(core.utilisation[resource]).toBe(core[resource] / chip.limits[resource]!);
      }
    }
  });

  it('is the same in map as in convert, with everything else', async () => {
    const [converted, mapped] = [await convertJson(tinyArgs()), await mapJson(tinyArgs())];
    const unmeasured = (report: Report) => {
      const { createdAt, seconds, energy, ...rest } = report;
      expect(createdAt).toMatch(/^\d{4}-/);
      expect(Object.keys(seconds)).toEqual(['read', 'convert', 'simulate', 'map', 'baseline', 'estimate']);
      const { baselines, ...ledger } = energy!;
      return { ...rest, ledger, baselines: baselines.filter(({ kind }) => kind !== 'here') };
    };
    expect(unmeasured(mapped)).toEqual(unmeasured(converted));
  });

  it('is printed with the same numbers', async () => {
    const { chip, chips } = await mapJson(tinyArgs());
    const { code, stdout, stderr } = await spikewise(['map', ...tinyArgs()]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(stdout).not.toMatch(/NaN|undefined|\[object/);
    expect(stdout).toContain('Loihi 1: 1 of 128 cores on 1 chip; no mapping takes fewer than 1');
    const [core] = chip.cores;
    for (const resource of ['compartments', 'inAxons', 'outAxons', 'synapseBits'] as const) {
      expect(stdout).toContain(formatUsage(core![resource], core!.utilisation[resource]));
    }
    for (const resource of resources) {
      const row = stdout.split('\n').find((line) => line.startsWith(`│ ${formatResource(resource)} `));
      expect(row).toContain(` ${formatCount(chip.limits[resource])} `);
    }
    expect(chips.map(({ id }) => id)).toEqual(['loihi1', 'loihi2']);
    for (const { name } of chips) expect(stdout).toContain(`│ ${name} `);
  });

  it('uses what the specification says of mapping and weights', async () => {
    const folder = tiny.copy();
    writeChip(folder);
    const mapping = { chips: 2, fill: 0.9, generators: 'cores' };
    const file = path.join(folder, 'mine.spikewise.json');
    const chip = 'small.spikewise-chip.json';
    const keys = { model: 'model.json', data: { inputs: 'x.npy' }, chip, weightBits: 4, mapping };
    writeFileSync(file, JSON.stringify(keys));
    const report = await mapJson([file]);
    expect(report.options).toMatchObject({ chip, weightBits: 4, mapping, watts: null });
    expect(report.chip).toMatchObject({ id: chip, name: 'Small chip', chipsAllowed: 2, coresUsed: 1 });
    // 16 neurons of one compartment, and 6 generators of two.
    expect(report.chip.cores[0]).toMatchObject({ compartments: 28, outAxons: 16 + 12 });
    expect(report.chip.processors).toEqual([{ layer: 'lstm', population: 'counter', values: 16 }]);
    expect(report.chips.map(({ name }) => name)).toEqual(['Small chip', 'Loihi 1', 'Loihi 2']);
  });

  it("is the command line's, relative to where one is", async () => {
    const folder = tiny.copy();
    writeChip(folder);
    const args = ['model.json', '--data', 'x.npy', '--chip', 'small.spikewise-chip.json'];
    expect((await convertJson(args, folder)).chip.name).toBe('Small chip');
    const loihi2 = await mapJson([...tinyArgs(), '--chip', 'loihi2']);
    expect(loihi2.chip).toMatchObject({ id: 'loihi2', limits: { inAxons: null } });
    expect(withCode(loihi2, 'chip-limit-unknown')!.message).toMatch(/^No limit of Loihi 2 is known for /);
  });
});

describe('without data', () => {
  it('is mapped, and nothing is said that only a simulation knows', async () => {
    const folder = tiny.empty();
    const model = tf.sequential({
      layers: [tf.layers.dense({ name: 'hidden', units: 20, inputShape: [8], activation: 'relu' })],
    });
    await saveModel(folder, withWeights(model));
    const file = path.join(folder, 'model.json');
    const report = await mapJson([file, '--out', path.join(folder, 'out')]);
    expect(report.chip).toMatchObject({ coresUsed: 1, traffic: null, cores: [{ traffic: null }] });
    expect(report).toMatchObject({ energy: null, accuracy: { agreement: null }, findings: [] });
    expect(report.chips.map(({ perInference }) => perInference)).toEqual([null, null]);
    expect(Object.keys(report.seconds)).toEqual(['read', 'map']);
    const written = readdirSync(path.join(folder, 'out'));
    expect(written).toEqual(['empty.spikewise-report.json']);
    expect(readJson(path.join(folder, 'out', written[0]!))).toEqual(report);

    const { stdout } = await spikewise(['map', file]);
    expect(stdout).toContain('Traffic: not simulated');
    expect(stdout).not.toMatch(/NaN|undefined/);
    for (const command of ['convert', 'energy']) {
      expectFault(
        await spikewise([command, file, '--json']),
        file,
        /no sample data: give inputs with --data/,
      );
    }
  });

  it('is listed where nothing can be spiking', async () => {
    const { code, stdout, stderr } = await spikewise(['map', plantUnbounded(tiny.empty())]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^spikewise: [^\n]*model\.json: Layer "lstm" uses softmax [^\n]+\n$/);
    expect(stdout).toContain('No layer is spiking: nothing is mapped');
  });
});

describe('a chip file that is broken', () => {
  const price = (chip: ChipJson) => chip.priceTables[0]!.prices['synapticOperation']!;
  const cases: [what: string, change: (chip: ChipJson) => unknown, words: string][] = [
    [
      'lacks a limit',
      (chip) => delete (chip.core as Partial<ChipJson['core']>).inAxons,
      'core.inAxons is missing',
    ],
    [
      'has a negative limit',
      (chip) => (chip.core.inAxons.value = -4096),
      'core.inAxons.value must be a whole number from 1, or null where it is not published',
    ],
    [
      'has an unknown unit',
      (chip) => (price(chip).energy = '20 cal'),
      'priceTables.0.prices.synapticOperation.energy has the unknown unit "cal"; energies are in J, mJ, uJ, nJ, pJ or fJ',
    ],
    [
      'has a unit of something else',
      (chip) => (price(chip).time = '3 pJ'),
      'priceTables.0.prices.synapticOperation.time has the unknown unit "pJ"; times are in s, ms, us, ns or ps',
    ],
    [
      'has a negative price',
      (chip) => (price(chip).energy = '-20 pJ'),
      'priceTables.0.prices.synapticOperation.energy must be a number from 0 with its unit, such as "23.6 pJ"',
    ],
    [
      'has a price without a source',
      (chip) => delete price(chip).source,
      'priceTables.0.prices.synapticOperation.source is missing',
    ],
    [
      'has a price with an empty source',
      (chip) => (price(chip).source = ' '),
      'priceTables.0.prices.synapticOperation.source must say where the figure is from',
    ],
    [
      'has a grade that is none',
      (chip) => (price(chip).grade = 'good'),
      'priceTables.0.prices.synapticOperation.grade must be one of measured, calibrated, simulated, coded, unofficial, assumed',
    ],
    [
      'prices what does not happen',
      (chip) => (chip.priceTables[0]!.prices['thought'] = price(chip)),
      'priceTables.0.prices.thought is unknown',
    ],
  ];

  it.each(cases)('%s', async (_, change, words) => {
    const file = writeChip(tiny.empty(), change);
    expectFault(await spikewise(['map', ...tinyArgs(), '--chip', file, '--json']), file, words);
  });

  it.each(['convert', 'energy'])('ends %s too, before anything is simulated', async (command) => {
    const file = writeChip(tiny.empty(), (chip) => (chip.core.inAxons.value = 0));
    const words = 'core.inAxons.value must be a whole number from 1';
    expectFault(await spikewise([command, ...tinyArgs(), '--chip', file, '--json']), file, words);
  });

  it.each([
    ['', /is not valid JSON: value expected at line 1, column 1/],
    ['[]', /must be an object/],
    ['{"name": "x", ', /is not valid JSON: .* line 1, column/],
    ['{"name": "x"}', /mesh is missing/],
  ])('%j', async (text, words) => {
    const file = path.join(tiny.empty(), 'broken.spikewise-chip.json');
    writeFileSync(file, text);
    expectFault(await spikewise(['map', ...tinyArgs(), '--chip', file, '--json']), file, words);
  });

  it('is not there', async () => {
    const folder = tiny.empty();
    const missing = path.join(folder, 'missing.spikewise-chip.json');
    expectFault(
      await spikewise(['map', ...tinyArgs(), '--chip', missing, '--json']),
      missing,
      /is neither a built-in chip \(loihi1, loihi2\) nor a file that is there/,
    );
    const args = ['map', ...tinyArgs(), '--chip', folder, '--json'];
    expectFault(await spikewise(args), folder, /is a folder/);
  });
});

describe('a specification of what no chip can do', () => {
  it.each([
    [{ weightBits: 7 }, 'weightBits must be one that Loihi 1 has: '],
    [{ mapping: { fill: 1.5 } }, 'mapping.fill must be a number above 0 and up to 1'],
    [{ mapping: { chips: 0 } }, 'mapping.chips must be a whole number from 1'],
    [{ mapping: { generators: 'host' } }, "mapping.generators must be 'processors' or 'cores'"],
    [{ mapping: { tiles: 4 } }, 'mapping.tiles is unknown'],
    [
      { chip: 'loihi3' },
      'chip "loihi3" is neither a built-in chip (loihi1, loihi2) nor a file that is there',
    ],
  ])('%j: %s', async (change, words) => {
    const file = path.join(tiny.copy(), 'mine.spikewise.json');
    writeFileSync(file, JSON.stringify({ model: 'model.json', data: { inputs: 'x.npy' }, ...change }));
    expectFault(await spikewise(['map', file, '--json']), file, words);
  });
});

describe('models that are too large', () => {
  async function wide(inputs: number, units: number): Promise<string> {
    const model = tf.sequential({
      layers: [
        tf.layers.dense({
          ...{ name: 'wide', units, inputShape: [inputs], activation: 'relu', kernelInitializer: 'zeros' },
        }),
        tf.layers.dense({ name: 'out', units: 2, activation: 'softmax', kernelInitializer: 'zeros' }),
      ],
    });
    return tiny.folderWith(withWeights(model), [2, inputs]);
  }
  const specified = (folder: string, change: object): string => {
    const file = path.join(folder, 'changed.spikewise.json');
    writeFileSync(file, JSON.stringify({ model: 'model.json', data: { inputs: 'x.npy' }, ...change }));
    return file;
  };

  it('a layer of 100,000 neurons: a finding, the whole map, and fixes that make room', async () => {
    const folder = await wide(16, 100_000);
    const report = await convertJson([path.join(folder, 'model.json'), '--timesteps', '1']);
    expect(report.chip).toMatchObject({ chipsUsed: 2, chipsAllowed: 1, coresPerChip: 128 });
    expect(report.chip.coresUsed).toBe(report.chip.coresLowerBound);
    expect(report.energy!.perInference!.low).toBeGreaterThan(0);
    const finding = withCode(report, 'chip-full')!;
    expect(finding).toMatchObject({ severity: 'warning', layer: 'wide', place: { path: ['chip'] } });
    expect(finding.message).toMatch(/need 196 cores, Loihi 1 has 128; layer wide .* on 2 chips\.$/);
    expect(finding.fixes.map(({ title }) => title)).toEqual(['Use 2 chips']);
    // No room left to fill cores less.
    expect(withCode(report, 'core-nearly-full')!.fixes).toEqual([]);
    const fixed = await mapJson([specified(folder, { timesteps: 1, mapping: { chips: 2 } })]);
    expect(fixed.chip).toMatchObject({ chipsUsed: 2, chipsAllowed: 2, problems: [] });
    const { stdout } = await spikewise(['convert', path.join(folder, 'changed.spikewise.json')]);
    expect(stdout).toContain('180 more cores; "spikewise map" lists them');
  });

  it('a layer of 10 million synapses: which limit, of what, and what would fit', async () => {
    const folder = await wide(3163, 3163);
    const report = await convertJson([path.join(folder, 'model.json'), '--timesteps', '1']);
    expect(report.chip).toMatchObject({ coresUsed: 0, chipsUsed: 0, cores: [] });
    expect(withCode(report, 'core-limit-exceeded')).toMatchObject({
      severity: 'warning',
      layer: 'wide',
      message:
        'A single neuron of layer wide, with 3163 inputs, needs 6326 in-axons; a Loihi 1 core has 4096. ' +
        'It would fit with at most 2048 inputs, so in a model that splits the 3163 over 2 layers.',
    });
    // What was simulated is there all the same.
    expect(report.accuracy.agreement).not.toBeNull();
    expect(report.energy).toMatchObject({ complete: false, unmapped: ['wide'] });
    const chips = report.chips.map(({ id, fits }) => [id, fits]);
    expect(chips).toEqual([
      ['loihi1', false],
      ['loihi2', true],
    ]);
    const { code, stdout } = await spikewise(['map', path.join(folder, 'model.json'), '--timesteps', '1']);
    expect(code).toBe(0);
    expect(stdout).toContain('Loihi 1: no spiking layer fits its cores');
  });
});
