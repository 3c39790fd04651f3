/** What does not fit, and that what is said to help helps. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtinChip } from '../../src/core/chips/builtin.ts';
import type { Chip } from '../../src/core/chips/types.ts';
import { mapToChip } from '../../src/core/map/map.ts';
import type { ChipUsage, LayerDemand, MapOptions, Remedy } from '../../src/core/map/types.ts';
import { demand, lstmDemand } from '../support/demands.ts';

const loihi1 = builtinChip('loihi1');
const options: MapOptions = { chips: 1, fill: 1, weightBits: 8, generators: 'processors' };

function map(layers: readonly LayerDemand[], change: Partial<MapOptions> = {}, chip = loihi1): ChipUsage {
  return mapToChip(layers, null, chip, { ...options, ...change });
}

describe('a layer of which no neuron fits a core', () => {
  const usage = map([lstmDemand(3000, 128), lstmDemand(28, 64, 'second')]);

  it('names the limit, the need, the layer and what would fit', () => {
    expect(usage.problems).toEqual([
      {
        kind: 'core-limit',
        layer: 'lstm',
        resource: 'inAxons',
        message:
          'A single neuron of layer lstm, with 3128 inputs, needs 6256 in-axons; a Loihi 1 core has 4096. ' +
          'It would fit with at most 2048 inputs, so in a model that splits the 3128 over 2 layers.',
        remedies: [{ kind: 'split', parts: 2, inputs: 2048 }],
      },
    ]);
  });

  it('is on no core; the others are', () => {
    const layers = usage.cores.flatMap(({ populations }) => populations.map(({ layer }) => layer));
    expect(new Set(layers)).toEqual(new Set(['second']));
    expect(usage.processors.map(({ layer }) => layer)).toEqual(['second', 'second']);
  });

  it('names the synapse memory too where it is short', () => {
    const { problems } = map([demand('wide', 9000, { relu: [1, false] })]);
    expect(problems.map(({ resource }) => resource)).toEqual(['inAxons', 'synapseBits']);
    expect(problems[1]!.message).toContain(
      'needs 1152064 bits of synapse memory; a Loihi 1 core has 1048576.',
    );
  });

  it('fits exactly at the limit of in-axons', () => {
    const at = map([demand('dense', 2048, { relu: [20, false] })]);
    expect(at).toMatchObject({ coresUsed: 1, problems: [] });
    expect(at.cores[0]).toMatchObject({ limitedBy: 'inAxons', inAxons: 4096 });
    const above = map([demand('dense', 2049, { relu: [20, false] })]);
    expect(above).toMatchObject({ coresUsed: 0, cores: [], populations: [] });
    expect(above.problems).toHaveLength(1);
  });

  it('says what part of a limit may be used', () => {
    const { problems } = map([demand('dense', 2048, { relu: [20, false] })], { fill: 0.9 });
    expect(problems[0]!.message).toContain('a Loihi 1 core has 4096, of which 90 % may be used.');
    expect(problems[0]!.message).toContain('It would fit with all of a core in use (mapping.fill 1).');
    expect(problems[0]!.remedies).toEqual([{ kind: 'fill', fill: 1 }]);
  });

  it('says how many inputs would fit where all of a core would not do either', () => {
    const { problems } = map([demand('dense', 2049, { relu: [20, false] })], { fill: 0.29 });
    expect(problems[0]!.message).toContain('a Loihi 1 core has 4096, of which 29 % may be used.');
    expect(problems[0]!.remedies).toEqual([{ kind: 'split', parts: 4, inputs: 593 }]);
  });

  it('would fit with fewer bits where only the synapse memory is short', () => {
    const small: Chip = {
      ...loihi1,
      core: { ...loihi1.core, synapseBits: { ...loihi1.core.synapseBits, value: 200_000 } },
    };
    const wide = [demand('wide', 1000, { both: [1, true] })];
    // 2000 axons of 2 targets: 64 bits each, whatever the bits of a weight.
    expect(map(wide, {}, small).problems).toEqual([]);
    const words = {
      ...small,
      synapses: { ...small.synapses, wordBits: { ...small.synapses.wordBits, value: 1 } },
    };
    const tight = {
      ...words,
      core: { ...words.core, synapseBits: { ...words.core.synapseBits, value: 45_000 } },
    };
    const [problem] = map(wide, {}, tight).problems;
    expect(problem).toMatchObject({
      resource: 'synapseBits',
      remedies: [{ kind: 'weight-bits', weightBits: 6 }],
    });
    expect(map(wide, { weightBits: 6 }, tight).problems).toEqual([]);
  });
});

describe('a chip that is full', () => {
  it('says which layer finds no room, and how many chips or bits would do', () => {
    const usage = map([lstmDemand(28, 128, 'a'), lstmDemand(1000, 900, 'b'), lstmDemand(28, 64, 'c')]);
    expect(usage.coresUsed).toBeGreaterThan(128);
    expect(usage.cores).toHaveLength(usage.coresUsed);
    expect(usage.problems).toEqual([
      {
        kind: 'chip-full',
        layer: 'b',
        resource: null,
        message:
          `The spiking layers need ${usage.coresUsed} cores, Loihi 1 has 128; layer b is the first for which there is no room. ` +
          'It would fit on 2 chips, or with weights of 6 bits.',
        remedies: [
          { kind: 'chips', chips: 2 },
          { kind: 'weight-bits', weightBits: 6 },
        ],
      },
    ]);
  });

  it('is on several where several are allowed', () => {
    const usage = map([lstmDemand(1024, 1024, 'first'), lstmDemand(1024, 1024, 'second')], { chips: 4 });
    expect(usage).toMatchObject({ chipsUsed: 4, problems: [] });
    expect(Math.max(...usage.cores.map(({ chip }) => chip))).toBe(3);
  });

  it('holds a layer of 100,000 neurons and one of 10 million synapses as far as there are chips', () => {
    const many = map([demand('many', 100, { neurons: [100_000, false] })]);
    expect(many.problems.map(({ kind, layer }) => [kind, layer])).toEqual([['chip-full', 'many']]);
    const [remedy] = many.problems[0]!.remedies;
    expect(remedy).toMatchObject({ kind: 'chips' });
    const dense = map([demand('dense', 2000, { neurons: [5000, false] })]);
    expect(dense.coresUsed).toBeGreaterThan(0);
    expect(dense.cores.reduce((sum, core) => sum + core.outAxons, 0)).toBe(5000);
  });
});

describe('what is said to help', () => {
  const apply = (
    remedy: Remedy,
    layers: readonly LayerDemand[],
    name: string,
    change: Partial<MapOptions>,
  ): ChipUsage => {
    switch (remedy.kind) {
      case 'chips':
        return map(layers, { ...change, chips: remedy.chips });
      case 'weight-bits':
        return map(layers, { ...change, weightBits: remedy.weightBits });
      case 'fill':
        return map(layers, { ...change, fill: remedy.fill });
      case 'split':
        return map(
          layers.map((layer) => (layer.layer === name ? { ...layer, inputs: remedy.inputs } : layer)),
          { ...change, chips: 1000 },
        );
    }
  };

  it('helps', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6000 }),
        fc.integer({ min: 1, max: 1500 }),
        fc.boolean(),
        fc.constantFrom(0.5, 1),
        (inputs, neurons, dual, fill) => {
          const layers = [demand('layer', inputs, { neurons: [neurons, dual] })];
          for (const { kind, layer, resource, remedies } of map(layers, { fill }).problems) {
            for (const remedy of remedies) {
              const after = apply(remedy, layers, layer, { fill });
              expect(after.problems.filter((p) => p.kind === kind && p.resource === resource)).toEqual([]);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

it('finds no problem, and needs no core, where nothing spikes', () => {
  for (const layers of [[], [demand('empty', 28, { relu: [0, true] })]]) {
    expect(map(layers)).toMatchObject({
      coresUsed: 0,
      chipsUsed: 0,
      cores: [],
      problems: [],
      coresLowerBound: 0,
    });
  }
});
