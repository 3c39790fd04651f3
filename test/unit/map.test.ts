import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { loihi1 } from '../../src/core/map/loihi1.ts';
import { evenSplit, mapToCores } from '../../src/core/map/map.ts';
import { synapseBits } from '../../src/core/map/synapse-memory.ts';
import type { LayerDemand, Resource } from '../../src/core/map/types.ts';

const resources: readonly Resource[] = ['compartments', 'inAxons', 'outAxons', 'synapseBits'];

function layer(name: string, inputs: number, populations: Record<string, [number, boolean]>): LayerDemand {
  return {
    layer: name,
    inputs,
    populations: Object.entries(populations).map(([population, [neurons, dual]]) => ({
      layer: name,
      population,
      neurons,
      dual,
    })),
  };
}

function lstm(features: number, hidden: number, name = 'lstm'): LayerDemand {
  return layer(name, features + hidden, {
    i: [hidden, false],
    f: [hidden, false],
    c: [hidden, true],
    o: [hidden, false],
  });
}

describe('synapse memory of an input axon', () => {
  // Dense 8-bit weights, from nengo-loihi's accounting.
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
    expect(synapseBits(targets, 8)).toBe(bits);
  });

  it('counts index bits of sparse weights', () => {
    // 64 * (8 + 6) + 10 = 906, rounded up to 15 words.
    expect(synapseBits(64, 8, 6)).toBe(960);
  });

  it('never falls when targets are added', () => {
    fc.assert(
      fc.property(fc.nat(2000), fc.integer({ min: 1, max: 8 }), (targets, bits) => {
        expect(synapseBits(targets + 1, bits)).toBeGreaterThanOrEqual(synapseBits(targets, bits));
      }),
    );
  });
});

describe('the worked example: 28 inputs, hidden 128', () => {
  const usage = mapToCores([lstm(28, 128)], { coding: 'residual' });

  it('fills two equal cores', () => {
    expect(usage).toMatchObject({ name: 'Loihi 1', coresUsed: 2, coresAvailable: 128, problems: [] });
    for (const core of usage.cores) {
      expect(core).toMatchObject({
        compartments: 640,
        inAxons: 312,
        outAxons: 320,
        synapseBits: 898_560 + 20_480,
        limitedBy: 'synapseBits',
      });
      expect(core.utilisation.compartments).toBe(0.625);
      expect(core.utilisation.inAxons).toBe(312 / 4096);
      expect((100 * core.utilisation.synapseBits).toFixed(1)).toBe('87.6');
      expect(core.populations.map(({ population, neurons }) => [population, neurons])).toEqual([
        ['i', 64],
        ['f', 64],
        ['c', 64],
        ['o', 64],
      ]);
    }
    expect(usage.cores.map(({ core }) => core)).toEqual([0, 1]);
  });

  it('says what each population needs by itself', () => {
    // 64 targets a core for a single population, 128 for the dual one; both cores need all 312 axons.
    const single = {
      compartments: 256,
      inAxons: 624,
      outAxons: 128,
      synapseBits: 2 * (312 * 576 + 64 * 64),
    };
    const dual = {
      compartments: 512,
      inAxons: 624,
      outAxons: 256,
      synapseBits: 2 * (312 * 1152 + 128 * 64),
    };
    expect(usage.populations).toEqual([
      { layer: 'lstm', population: 'i', ...single },
      { layer: 'lstm', population: 'f', ...single },
      { layer: 'lstm', population: 'c', ...dual },
      { layer: 'lstm', population: 'o', ...single },
    ]);
  });

  it('takes the same cores in both codings, as both reset by subtraction', () => {
    expect(mapToCores([lstm(28, 128)], { coding: 'reset' })).toEqual(usage);
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
    fc.assert(
      fc.property(
        fc.array(fc.nat(300), { minLength: 1 }),
        fc.integer({ min: 1, max: 40 }),
        (sizes, cores) => {
          const split = evenSplit(
            sizes.map((neurons) => ({ neurons })),
            cores,
          );
          sizes.forEach((neurons, p) => {
            const shares = split.map((core) => core[p]!);
            expect(shares.reduce((sum, share) => sum + share, 0)).toBe(neurons);
            expect(spread(shares)).toBeLessThanOrEqual(1);
          });
          expect(
            spread(split.map((core) => core.reduce((sum, share) => sum + share, 0))),
          ).toBeLessThanOrEqual(1);
        },
      ),
    );
  });
});

describe('problems', () => {
  it('names the in-axons that a single neuron needs', () => {
    const usage = mapToCores([lstm(3000, 128), lstm(28, 64, 'second')], { coding: 'residual' });
    expect(usage.problems).toEqual([
      {
        kind: 'core-limit',
        layer: 'lstm',
        message:
          'A single neuron of layer lstm, with 3128 inputs, needs 6256 in-axons; a Loihi 1 core has 4096.',
      },
    ]);
    expect(new Set(usage.cores.flatMap(({ populations }) => populations.map(({ layer }) => layer)))).toEqual(
      new Set(['second']),
    );
    expect(usage.populations).toHaveLength(4);
    expect(usage.cores[0]?.core).toBe(0);
  });

  it('names the synapse memory too where it is short', () => {
    const { problems } = mapToCores([layer('wide', 9000, { relu: [1, false] })], { coding: 'residual' });
    expect(problems.map(({ message }) => message)).toEqual([
      'A single neuron of layer wide, with 9000 inputs, needs 18000 in-axons; a Loihi 1 core has 4096.',
      'A single neuron of layer wide, with 9000 inputs, needs 1152064 bits of synapse memory; a Loihi 1 core has 1048576.',
    ]);
  });

  it('fits exactly at the limit of in-axons', () => {
    const at = mapToCores([layer('dense', 2048, { relu: [20, false] })], { coding: 'residual' });
    expect(at).toMatchObject({ coresUsed: 1, problems: [] });
    expect(at.cores[0]).toMatchObject({ limitedBy: 'inAxons', inAxons: 4096 });
    const above = mapToCores([layer('dense', 2049, { relu: [20, false] })], { coding: 'residual' });
    expect(above).toMatchObject({ coresUsed: 0, cores: [], populations: [] });
    expect(above.problems).toHaveLength(1);
  });

  it('says which layer finds the chip full', () => {
    const usage = mapToCores([lstm(28, 128, 'a'), lstm(1000, 900, 'b'), lstm(28, 64, 'c')], {
      coding: 'residual',
    });
    expect(usage.coresUsed).toBeGreaterThan(128);
    expect(usage.cores).toHaveLength(usage.coresUsed);
    expect(usage.problems).toEqual([
      {
        kind: 'chip-full',
        layer: 'b',
        message: `The spiking layers need ${usage.coresUsed} cores, Loihi 1 has 128; layer b is the first for which there is no room.`,
      },
    ]);
  });

  it('finds none, and needs no core, where nothing spikes', () => {
    for (const layers of [[], [layer('empty', 28, { relu: [0, true] })]]) {
      expect(mapToCores(layers, { coding: 'residual' })).toMatchObject({
        coresUsed: 0,
        cores: [],
        problems: [],
      });
    }
  });
});

describe('any layers', () => {
  const anyLayer = fc
    .record({
      inputs: fc.integer({ min: 1, max: 2048 }),
      populations: fc.array(fc.tuple(fc.nat(400), fc.boolean()), { minLength: 1, maxLength: 6 }),
    })
    .map(({ inputs, populations }) =>
      layer('any', inputs, Object.fromEntries(populations.map((population, p) => [`p${p}`, population]))),
    );
  const run = (demand: LayerDemand) => mapToCores([demand], { coding: 'residual' });

  /** What the parts would need on one core, written out anew from the accounting in docs/loihi-cores.md. */
  const needs = (inputs: number, thresholds: number): Record<Resource, number> => ({
    compartments: 2 * thresholds,
    inAxons: thresholds > 0 ? 2 * inputs : 0,
    outAxons: thresholds,
    synapseBits: 2 * inputs * synapseBits(thresholds, 8) + 64 * thresholds,
  });
  const thresholds = (demand: LayerDemand, shares: readonly number[]): number =>
    demand.populations.reduce((sum, { dual }, p) => sum + shares[p]! * (dual ? 2 : 1), 0);
  const limit = (resource: Resource): number => loihi1.core[resource].value;

  it('exceed no limit of a core, and name the fullest resource', () => {
    fc.assert(
      fc.property(anyLayer, (demand) => {
        for (const core of run(demand).cores) {
          for (const resource of resources) {
            expect(core[resource]).toBeLessThanOrEqual(limit(resource));
            expect(core.utilisation[resource]).toBe(core[resource] / limit(resource));
            expect(core.utilisation[core.limitedBy]).toBeGreaterThanOrEqual(core.utilisation[resource]);
          }
        }
      }),
    );
  });

  it('keep every neuron and count what each core holds', () => {
    fc.assert(
      fc.property(anyLayer, (demand) => {
        const usage = run(demand);
        const placed = (population: string): number =>
          usage.cores
            .flatMap((core) => core.populations)
            .reduce((sum, part) => sum + (part.population === population ? part.neurons : 0), 0);
        for (const { population, neurons } of demand.populations) expect(placed(population)).toBe(neurons);
        for (const core of usage.cores) {
          const shares = demand.populations.map(
            ({ population }) => core.populations.find((part) => part.population === population)?.neurons ?? 0,
          );
          expect(core).toMatchObject(needs(demand.inputs, thresholds(demand, shares)));
        }
      }),
    );
  });

  it('take at least what each resource asks for, and an even split over one core fewer does not fit', () => {
    fc.assert(
      fc.property(anyLayer, (demand) => {
        const { coresUsed, cores } = run(demand);
        const all = thresholds(
          demand,
          demand.populations.map(({ neurons }) => neurons),
        );
        // Synapses take at least their weights: no rounding, no heads.
        const least = {
          compartments: 2 * all,
          outAxons: all,
          synapseBits: 16 * demand.inputs * all + 64 * all,
        };
        for (const resource of ['compartments', 'outAxons', 'synapseBits'] as const) {
          expect(coresUsed).toBeGreaterThanOrEqual(Math.ceil(least[resource] / limit(resource)));
        }
        expect(cores).toHaveLength(coresUsed);
        if (coresUsed < 2) return;
        for (const fewer of [coresUsed - 1, Math.ceil(coresUsed / 2)]) {
          const tooFull = evenSplit(demand.populations, fewer).some((shares) => {
            const usage = needs(demand.inputs, thresholds(demand, shares));
            return resources.some((resource) => usage[resource] > limit(resource));
          });
          expect(tooFull).toBe(true);
        }
      }),
    );
  });

  it('map the same each time, and a layer the same whatever stands before it', () => {
    fc.assert(
      fc.property(anyLayer, anyLayer, (first, second) => {
        const both = mapToCores([first, second], { coding: 'residual' });
        expect(mapToCores([first, second], { coding: 'residual' })).toEqual(both);
        const before = run(first).coresUsed;
        expect(both.cores.slice(before)).toEqual(
          run(second).cores.map((core) => ({ ...core, core: core.core + before })),
        );
      }),
    );
  });
});

it('every constant names its source', () => {
  const check = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    if ('value' in value) expect(value).toHaveProperty('source', expect.stringMatching(/\S{4}/));
    Object.values(value).forEach(check);
  };
  check(loihi1);
});
