/** Cores on the mesh, and the spikes between them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { builtinChip } from '../../src/core/chips/builtin.ts';
import { mapToChip } from '../../src/core/map/map.ts';
import { coreRules, thresholdsOf } from '../../src/core/map/occupancy.ts';
import { hops, meshOf, place, type Flows, type Mesh } from '../../src/core/map/place.ts';
import type { LayerDemand, MapOptions } from '../../src/core/map/types.ts';
import { activityOf, demand, lstmDemand } from '../support/demands.ts';

const loihi1 = builtinChip('loihi1');
const mesh: Mesh = { columns: 3, rows: 2, coresPerTile: 1, processorTile: 1 };

function way(on: Mesh, from: number, to: number): number {
  const { eastWest, northSouth } = hops(on, from, to);
  return eastWest + northSouth;
}

/** Hops of all spikes, with every core at its slot. */
function cost(on: Mesh, flows: Flows, slots: readonly number[]): number {
  const tile = (core: number): number => Math.floor(slots[core]! / on.coresPerTile);
  return (
    flows.processors.reduce((sum, spikes, core) => sum + spikes * way(on, tile(core), on.processorTile), 0) +
    flows.cores.reduce((sum, { from, to, spikes }) => sum + spikes * way(on, tile(from), tile(to)), 0)
  );
}

/** Every choice of so many of the places, in every order. */
function* orders(count: number, places: readonly number[]): Generator<number[]> {
  if (count === 0) yield [];
  else
    for (const first of places)
      for (const rest of orders(
        count - 1,
        places.filter((other) => other !== first),
      ))
        yield [first, ...rest];
}

const anyProcessors = fc.array(fc.nat(50), { minLength: 1, maxLength: 5 });

describe('hops', () => {
  it('go by row and column', () => {
    const loihi = meshOf(loihi1);
    expect(loihi).toMatchObject({ columns: 8, rows: 4, coresPerTile: 4 });
    expect(hops(loihi, 0, 31)).toEqual({ eastWest: 7, northSouth: 3 });
    expect(hops(loihi, 10, 10)).toEqual({ eastWest: 0, northSouth: 0 });
  });
});

describe('places', () => {
  it('are the best there are, where all spikes go to the processors', () => {
    fc.assert(
      fc.property(anyProcessors, (processors) => {
        const flows = { processors, cores: [] };
        const best = [...orders(processors.length, [0, 1, 2, 3, 4, 5])].reduce(
          (least, slots) => Math.min(least, cost(mesh, flows, slots)),
          Infinity,
        );
        expect(cost(mesh, flows, place(mesh, flows))).toBe(best);
      }),
      { numRuns: 30 },
    );
  });

  it('are no worse than the order of the busiest where cores send to each other, and near the best', () => {
    const pair = fc.tuple(fc.nat(4), fc.nat(4), fc.nat(50));
    let ours = 0;
    let bests = 0;
    fc.assert(
      fc.property(anyProcessors, fc.array(pair, { maxLength: 8 }), (processors, pairs) => {
        const cores = pairs
          .filter(([from, to]) => from !== to && Math.max(from, to) < processors.length)
          .map(([from, to, spikes]) => ({ from, to, spikes }));
        const flows = { processors, cores };
        const slots = place(mesh, flows);
        expect(new Set(slots).size).toBe(processors.length);
        const best = [...orders(processors.length, [0, 1, 2, 3, 4, 5])].reduce(
          (least, other) => Math.min(least, cost(mesh, flows, other)),
          Infinity,
        );
        ours += cost(mesh, flows, slots);
        bests += best;
      }),
      { numRuns: 40, seed: 5 },
    );
    expect(ours).toBeLessThanOrEqual(1.05 * bests);
  });
});

describe('traffic', () => {
  const options: MapOptions = { chips: 4, fill: 1, weightBits: 8, generators: 'processors' };
  const rules = coreRules(loihi1, options);
  const spikes = (k: number): number => 1 + (k % 5);
  const anyLayers = fc
    .array(fc.tuple(fc.integer({ min: 1, max: 400 }), fc.integer({ min: 1, max: 200 })), {
      minLength: 1,
      maxLength: 3,
    })
    .map((sizes) => sizes.map(([features, hidden], index) => lstmDemand(features, hidden, `lstm${index}`)));
  const sum = (values: Float64Array): number => values.reduce((a, b) => a + b, 0);

  function mapped(layers: readonly LayerDemand[], generators: MapOptions['generators']) {
    const activity = activityOf(layers, spikes);
    const usage = mapToChip(layers, activity, loihi1, { ...options, generators });
    const total = (what: 'received' | 'sent' | 'hops' | 'synapticOperations' | 'spikes'): number =>
      usage.cores.reduce((all, { traffic }) => all + traffic![what], 0);
    return { activity, usage, total };
  }

  it('brings every spike of a generator to every core of its layer, and every spike of a neuron to its counter', () => {
    fc.assert(
      fc.property(
        anyLayers,
        fc.constantFrom('processors' as const, 'cores' as const),
        (layers, generators) => {
          const { activity, usage, total } = mapped(layers, generators);
          const received = layers.reduce((all, { layer }, index) => {
            const cores = usage.cores.filter(({ populations }) =>
              populations.some((p) => p.layer === layer && p.population !== 'generator'),
            );
            return all + cores.length * sum(activity[index]!.inputSpikes);
          }, 0);
          const counted = activity.reduce((all, { neuronSpikes }) => all + sum(neuronSpikes), 0);
          expect(total('received')).toBeCloseTo(received, 6);
          expect(usage.traffic!.messages).toBeCloseTo(received + counted, 6);
          expect(total('sent')).toBeCloseTo(counted + (generators === 'cores' ? received : 0), 6);
          const { hopsEastWest, hopsNorthSouth } = usage.traffic!;
          expect(total('hops')).toBeCloseTo(hopsEastWest + hopsNorthSouth, 6);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('makes a synaptic operation of every target that a spike reaches, and of every reset', () => {
    fc.assert(
      fc.property(
        anyLayers,
        fc.constantFrom('processors' as const, 'cores' as const),
        (layers, generators) => {
          const { activity, usage, total } = mapped(layers, generators);
          const targets = ({ populations }: LayerDemand): number =>
            populations.reduce((all, p) => all + p.neurons * thresholdsOf(p, rules), 0);
          const arriving = layers.reduce(
            (all, layer, index) => all + sum(activity[index]!.inputSpikes) * targets(layer),
            0,
          );
          const neurons = activity.reduce((all, { neuronSpikes }) => all + sum(neuronSpikes), 0);
          const chips = layers.map(
            ({ layer }) =>
              new Set(
                usage.cores
                  .filter((c) => c.populations.some((p) => p.layer === layer))
                  .map(({ chip }) => chip),
              ).size,
          );
          // Each chip that holds a part of a layer has generators of its own for it.
          const generated =
            generators === 'cores'
              ? activity.reduce((all, { inputSpikes }, index) => all + chips[index]! * sum(inputSpikes), 0)
              : 0;
          expect(total('synapticOperations')).toBeCloseTo(arriving + neurons + generated, 6);
          expect(total('spikes')).toBeCloseTo(neurons + generated, 6);
        },
      ),
      { numRuns: 40 },
    );
  });

  it('takes no hops on the tile of the processors', () => {
    const { usage } = mapped([lstmDemand(28, 64)], 'processors');
    expect(usage.cores.map(({ tile }) => tile)).toEqual([meshOf(loihi1).processorTile]);
    expect(usage.traffic).toMatchObject({ hopsEastWest: 0, hopsNorthSouth: 0 });
  });

  it('puts the busiest cores nearest', () => {
    const layers = [demand('quiet', 900, { n: [300, false] }), demand('busy', 900, { n: [300, false] })];
    const activity = activityOf(layers, () => 1).map((layer) =>
      layer.layer === 'busy'
        ? { ...layer, inputSpikes: layer.inputSpikes.map((count) => 50 * count) }
        : layer,
    );
    const { cores } = mapToChip(layers, activity, loihi1, options);
    const places = (name: string): number[] =>
      cores
        .filter(({ populations }) => populations.some(({ layer }) => layer === name))
        .map(({ tile }) => way(meshOf(loihi1), tile, meshOf(loihi1).processorTile));
    expect(Math.max(...places('busy'))).toBeLessThanOrEqual(Math.min(...places('quiet')));
  });

  it('is none where nothing was simulated', () => {
    const usage = mapToChip([lstmDemand(28, 128)], null, loihi1, options);
    expect(usage.traffic).toBeNull();
    expect(usage.cores.map(({ traffic }) => traffic)).toEqual([null, null]);
  });
});
