/** Blocks, packing, chips and the map as a whole; docs/cores.md is what is tested. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtinChip } from '../../src/core/chips/builtin.ts';
import { resources, type Chip } from '../../src/core/chips/types.ts';
import { boundByResource } from '../../src/core/map/lower-bound.ts';
import { mapToChip } from '../../src/core/map/map.ts';
import { axonBits, coreRules, fits, occupancy } from '../../src/core/map/occupancy.ts';
import { evenSplit } from '../../src/core/map/pack.ts';
import type { ChipUsage, CoreUsage, LayerDemand, MapOptions } from '../../src/core/map/types.ts';
import { demand, lstmDemand } from '../support/demands.ts';

const loihi1 = builtinChip('loihi1');
const options: MapOptions = { chips: 1, fill: 1, weightBits: 8, generators: 'processors' };
const rules = coreRules(loihi1, options);

function map(layers: readonly LayerDemand[], change: Partial<MapOptions> = {}, chip = loihi1): ChipUsage {
  return mapToChip(layers, null, chip, { ...options, ...change });
}

describe('synapse memory of an in-axon', () => {
  // Dense 8-bit weights, from loihi.md's and nengo-loihi's accounting.
  it.each([
    [0, 0],
    [1, 64],
    [64, 576],
    [65, 640],
    [256, 2304],
    [320, 2880],
    [512, 4608],
    [1024, 9216],
  ])('%d targets take %d bits', (targets, bits) => {
    expect(axonBits(targets, rules)).toBe(bits);
  });

  it('takes 2752 bits for 320 targets in entries of 60, as NxTF counts', () => {
    expect(axonBits(320, rules, 60)).toBe(2752);
  });

  it('never falls when targets are added, with any width of the weights', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.integer({ min: 1, max: 8 }), (targets, weightBits) => {
        const at = (n: number): number => axonBits(n, { ...rules, weightBits });
        expect(at(targets + 1)).toBeGreaterThanOrEqual(at(targets));
      }),
    );
  });
});

describe('a plain block', () => {
  // Single threshold, hard reset, dense 8-bit synapses, inputs without a sign.
  const { synapses } = loihi1;
  const unsigned: Chip = {
    ...loihi1,
    synapses: { ...synapses, axonsPerInput: { ...synapses.axonsPerInput, value: 1 } },
  };
  const golden = readGolden();
  const plain = coreRules(unsigned, { ...options, reset: 'zero' });
  const blockOf = (inputs: number, neurons: number) => ({
    layers: [demand('block', inputs, { neurons: [neurons, false] })],
    core: { neurons: [{ layer: 0, neurons: [neurons] }], generators: [] },
  });

  it("takes what nengo-loihi's utilisation says, over random sizes", () => {
    const shared = ['compartments', 'inAxons', 'outAxons', 'synapseBits'] as const;
    expect(golden.fit.length).toBeGreaterThan(300);
    for (const [inputs, neurons, ...expected] of [...golden.fit, ...golden.beyond]) {
      const { layers, core } = blockOf(inputs as number, neurons as number);
      const usage = occupancy(core, layers, plain);
      expect(shared.map((resource) => usage[resource])).toEqual(expected.slice(0, 4));
      const percents = shared.map((resource) => (100 * usage[resource]) / loihi1.core[resource].value!);
      percents.forEach((percent, k) => {
        // Printed with one digit after the point.
        expect(Math.abs(percent - (expected[4 + k] as number))).toBeLessThanOrEqual(0.05 + 1e-9);
      });
    }
  });

  it('fits a core where nengo-loihi says that it does', () => {
    // NxTF's entries of 60 must fit too: nengo-loihi alone is the question here.
    const nengo = { ...plain, entrySynapses: [64] };
    const fit = ([inputs, neurons]: GoldenRow): boolean => {
      const { layers, core } = blockOf(inputs as number, neurons as number);
      return fits(core, layers, nengo);
    };
    expect(golden.fit.filter((row) => !fit(row))).toEqual([]);
    expect(golden.beyond.filter(fit)).toEqual([]);
  });

  it('counts an axon as nengo-loihi does, with every width of the weights', () => {
    for (const [weightBits, entrySynapses, weights, bits] of golden.axons) {
      expect(axonBits(weights!, { ...rules, weightBits: weightBits! }, entrySynapses)).toBe(bits);
    }
  });
});

type GoldenRow = readonly (number | string)[];

/** Written by test/golden/nengo-occupancy/write.py. */
function readGolden() {
  const file = new URL('../golden/nengo-occupancy/blocks.json', import.meta.url);
  return JSON.parse(readFileSync(file, 'utf8')) as {
    /** inputs, neurons, compartments, in-axons, out-axons, synapse bits, and the percentages of the four. */
    fit: GoldenRow[];
    beyond: GoldenRow[];
    axons: number[][];
  };
}

describe('the worked example: 28 inputs, hidden 128', () => {
  const usage = map([lstmDemand(28, 128)]);

  it('fills two equal cores', () => {
    expect(usage).toMatchObject({
      name: 'Loihi 1',
      chipsUsed: 1,
      coresUsed: 2,
      coresPerChip: 128,
      problems: [],
    });
    for (const core of usage.cores) {
      expect(core).toMatchObject({
        chip: 0,
        compartments: 640,
        inAxons: 312,
        outAxons: 320,
        synapseBits: 898_560 + 20_480,
        limitedBy: 'synapseBits',
      });
      expect(core.utilisation.compartments).toBe(0.625);
      expect((100 * core.utilisation.synapseBits!).toFixed(1)).toBe('87.6');
      expect(core.populations.map(({ population, neurons }) => [population, neurons])).toEqual([
        ['i', 64],
        ['f', 64],
        ['c', 64],
        ['o', 64],
      ]);
    }
    expect(usage.cores.map(({ core }) => core)).toEqual([0, 1]);
    expect(usage.cores.map(({ populations }) => populations[0]!.from)).toEqual([0, 64]);
  });

  it('says what each population needs by itself', () => {
    // 64 targets a core for a single population, 128 for the dual one; both cores need all 312 axons.
    const [i, , c] = usage.populations;
    expect(i).toMatchObject({
      population: 'i',
      compartments: 256,
      inAxons: 624,
      outAxons: 128,
      synapseBits: 2 * (312 * 576 + 64 * 64),
    });
    expect(c).toMatchObject({
      population: 'c',
      compartments: 512,
      inAxons: 624,
      outAxons: 256,
      synapseBits: 2 * (312 * 1152 + 128 * 64),
    });
  });

  it('counts the registers that compartments and synapses share', () => {
    expect(usage.cores[0]).toMatchObject({
      compartmentConfigurations: 2, // one receives, one fires
      thresholdConfigurations: 2, // hard sigmoid and hard tanh
      synapseConfigurations: 2, // weights and resets
    });
  });

  it('leaves generators and counters to the embedded processors', () => {
    expect(usage.processors).toEqual([
      { layer: 'lstm', population: 'generator', values: 156 },
      { layer: 'lstm', population: 'counter', values: 512 },
    ]);
  });
});

describe('an even split', () => {
  it('lets each population begin where the remainder of the one before it ended', () => {
    expect(evenSplit([{ neurons: 4 }, { neurons: 5 }, { neurons: 3 }], 3)).toEqual([
      [2, 1, 1],
      [1, 2, 1],
      [1, 2, 1],
    ]);
  });

  it('differs by at most one neuron, in each population and in all of them', () => {
    const spread = (counts: readonly number[]): number => Math.max(...counts) - Math.min(...counts);
    const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
    fc.assert(
      fc.property(
        fc.array(fc.nat(300), { minLength: 1 }),
        fc.integer({ min: 1, max: 40 }),
        (sizes, cores) => {
          const populations = sizes.map((neurons) => ({ neurons }));
          const split = evenSplit(populations, cores);
          sizes.forEach((neurons, p) => {
            const shares = split.map((core) => core[p]!);
            expect(total(shares)).toBe(neurons);
            expect(spread(shares)).toBeLessThanOrEqual(1);
          });
          expect(spread(split.map(total))).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

/** Layers that fit a core a neuron at a time. */
const anyLayer = fc
  .record({
    inputs: fc.integer({ min: 1, max: 1500 }),
    populations: fc.array(fc.tuple(fc.nat(300), fc.boolean()), { minLength: 1, maxLength: 5 }),
  })
  .map(
    ({ inputs, populations }) =>
      (name: string) =>
        demand(name, inputs, Object.fromEntries(populations.map((p, index) => [`p${index}`, p]))),
  );
const anyLayers = fc
  .array(anyLayer, { minLength: 1, maxLength: 4 })
  .map((layers) => layers.map((make, index) => make(`layer${index}`)));
const anyOptions = fc.record({
  chips: fc.integer({ min: 1, max: 3 }),
  fill: fc.constantFrom(1, 0.9, 0.75),
  weightBits: fc.constantFrom(8, 6, 4),
  generators: fc.constantFrom('processors' as const, 'cores' as const),
});

describe('any layers', () => {
  it('exceed no limit of a core, and each core names its fullest resource', () => {
    fc.assert(
      fc.property(anyLayers, anyOptions, (layers, change) => {
        for (const core of map(layers, change).cores) expectWithinLimits(core, change.fill);
      }),
    );
  });

  it('are placed whole: every neuron on one core, every core at a place of its own', () => {
    fc.assert(
      fc.property(anyLayers, anyOptions, (layers, change) => {
        const usage = map(layers, change);
        for (const { layer, populations } of layers) {
          for (const { population, neurons } of populations) {
            expect(indices(usage.cores, layer, population)).toEqual(
              Array.from({ length: neurons }, (_, k) => k),
            );
          }
        }
        const places = usage.cores.map(({ chip, core }) => `${chip}/${core}`);
        expect(new Set(places).size).toBe(places.length);
        for (const { core, tile } of usage.cores) {
          expect(core).toBeLessThan(usage.coresPerChip);
          expect(tile).toBe(Math.floor(core / usage.mesh.coresPerTile));
        }
      }),
    );
  });

  it('have their generators on every chip that holds them, where generators are on cores', () => {
    fc.assert(
      fc.property(anyLayers, (layers) => {
        const usage = map(layers, { generators: 'cores' });
        for (let chip = 0; chip < usage.chipsUsed; chip++) {
          const cores = usage.cores.filter((core) => core.chip === chip);
          for (const { layer, inputs } of layers) {
            const holds = cores.some(({ populations }) =>
              populations.some((p) => p.layer === layer && p.population !== 'generator'),
            );
            expect(indices(cores, layer, 'generator')).toHaveLength(holds ? inputs : 0);
          }
        }
      }),
    );
  });

  it('map the same each time', () => {
    fc.assert(
      fc.property(anyLayers, anyOptions, (layers, change) => {
        expect(map(layers, change)).toEqual(map(layers, change));
      }),
      { numRuns: 20 },
    );
  });

  it('take no more cores than a greedy first fit, a neuron at a time, and no fewer than the lower bound', () => {
    fc.assert(
      fc.property(anyLayers, (layers) => {
        const { coresUsed, coresLowerBound } = map(layers);
        expect(coresUsed).toBeLessThanOrEqual(greedyFirstFit(layers));
        expect(coresUsed).toBeGreaterThanOrEqual(coresLowerBound);
      }),
      { numRuns: 40 },
    );
  });
});

function expectWithinLimits(core: CoreUsage, fill: number): void {
  for (const resource of resources) {
    const limit = loihi1.core[resource].value!;
    expect(core[resource]).toBeLessThanOrEqual(limit * fill);
    expect(core.utilisation[resource]).toBe(core[resource] / limit);
    expect(core.utilisation[core.limitedBy]!).toBeGreaterThanOrEqual(core.utilisation[resource]!);
  }
}

/** Of a population's neurons on these cores, sorted. */
function indices(cores: readonly CoreUsage[], layer: string, population: string): number[] {
  return cores
    .flatMap(({ populations }) => populations)
    .filter((share) => share.layer === layer && share.population === population)
    .flatMap(({ from, neurons }) => Array.from({ length: neurons }, (_, k) => from + k))
    .sort((a, b) => a - b);
}

/** Written out anew: each neuron goes to the first core on which it fits. */
function greedyFirstFit(layers: readonly LayerDemand[]): number {
  const cores: Map<number, number>[] = []; // thresholds by layer
  const room = (core: Map<number, number>): boolean => {
    let [compartments, inAxons, bits, bits60] = [0, 0, 0, 0];
    for (const [layer, thresholds] of core) {
      const axons = 2 * layers[layer]!.inputs;
      compartments += 2 * thresholds;
      inAxons += axons;
      bits += axons * axonBits(thresholds, rules) + 64 * thresholds;
      bits60 += axons * axonBits(thresholds, rules, 60) + 64 * thresholds;
    }
    return compartments <= 1024 && inAxons <= 4096 && Math.max(bits, bits60) <= 1_048_576 && core.size < 8;
  };
  layers.forEach(({ populations }, layer) => {
    for (const { neurons, dual } of populations) {
      for (let neuron = 0; neuron < neurons; neuron++) {
        for (let at = 0; ; at++) {
          const core = new Map(cores[at] ?? []);
          core.set(layer, (core.get(layer) ?? 0) + (dual ? 2 : 1));
          if (!room(core)) continue;
          cores[at] = core;
          break;
        }
      }
    }
  });
  return cores.length;
}

describe('LSTMs of 64 to 1024', () => {
  const sizes = [64, 65, 100, 128, 192, 200, 256, 300, 384, 512, 650, 700, 768, 900, 1000, 1024];
  const features = [1, 28, 64, 128, 256, 512, 1024];
  const cases = sizes.flatMap((hidden) => features.map((inputs) => ({ hidden, inputs })));

  it('take the fewest cores that hold them: one less could not, however the neurons are dealt', () => {
    for (const { hidden, inputs } of cases) {
      const { coresUsed, coresLowerBound } = map([lstmDemand(inputs, hidden)]);
      // Every core needs all in-axons, so what it holds depends on the number of its thresholds alone.
      let most = 0;
      const single = demand('lstm', inputs + hidden, { all: [5 * hidden, false] });
      while (fits({ neurons: [{ layer: 0, neurons: [most + 1] }], generators: [] }, [single], rules)) most++;
      const fewest = Math.ceil((5 * hidden) / most);
      expect([hidden, inputs, coresUsed, coresLowerBound]).toEqual([hidden, inputs, fewest, fewest]);
    }
  });

  it('are often within 10 % even of the totals of their resources, which no whole words of memory reach', () => {
    const within = cases.filter(({ hidden, inputs }) => {
      const layer = lstmDemand(inputs, hidden);
      return map([layer]).coresUsed <= 1.1 * boundByResource([layer], 'processors', rules);
    });
    console.log(`within 10 % of the tightest resource's total: ${within.length} of ${cases.length} LSTMs`);
    expect(within.length).toBeGreaterThan(cases.length / 2);
  });
});
