/** Layers with neurons at several places: every place is a block of its own, the report is of the layer. */
import { describe, expect, it } from 'vitest';
import { builtinChip } from '../../src/core/chips/builtin.ts';
import { mapToChip } from '../../src/core/map/map.ts';
import type { LayerActivity, LayerDemand, MapOptions } from '../../src/core/map/types.ts';

const chip = builtinChip('loihi1');
const options: MapOptions = { chips: 128, fill: 1, weightBits: 8, generators: 'processors' };

function demand(copies: number | undefined, inputs: number, neurons: number): LayerDemand {
  const populations = [{ population: 'neurons', neurons, dual: false, thresholdKeys: ['a'] }];
  return { layer: 'conv', inputs, populations, ...(copies !== undefined && { copies }) };
}

function activity(inputs: number, neurons: number): LayerActivity {
  return {
    layer: 'conv',
    windows: 1,
    inputSpikes: Float64Array.from({ length: inputs }, (_, k) => k % 5),
    neuronSpikes: Float64Array.from({ length: neurons }, (_, k) => k % 3),
  };
}

const total = (values: Iterable<number>) => [...values].reduce((a, b) => a + b, 0);

describe('a layer at several places', () => {
  const did = activity(30 * 9, 30 * 7);
  const usage = mapToChip([demand(30, 9, 7)], [did], chip, options);

  it('has all its neurons on cores, each once', () => {
    const shares = usage.cores.flatMap(({ populations }) => populations);
    const seen = shares.flatMap(({ from, neurons }) => Array.from({ length: neurons }, (_, k) => from + k));
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 210 }, (_, k) => k));
    expect(new Set(shares.map(({ layer }) => layer))).toEqual(new Set(['conv']));
    // Neighbouring places of a core are one share.
    expect(shares.length).toBeLessThanOrEqual(2 * usage.coresUsed);
  });

  it('has in-axons for every place, and one synapse configuration for all', () => {
    const one = mapToChip([demand(undefined, 9, 7)], null, chip, options);
    expect(total(usage.cores.map(({ compartments }) => compartments))).toBe(30 * one.cores[0]!.compartments);
    expect(total(usage.cores.map(({ inAxons }) => inAxons))).toBe(30 * one.cores[0]!.inAxons);
    for (const core of usage.cores) {
      expect(core.synapseConfigurations).toBe(one.cores[0]!.synapseConfigurations);
    }
    expect(usage.populations).toMatchObject([{ layer: 'conv', population: 'neurons' }]);
    expect(usage.populations[0]!.inAxons).toBe(total(usage.cores.map(({ inAxons }) => inAxons)));
    expect(usage.processors).toEqual([
      { layer: 'conv', population: 'generator', values: 270 },
      { layer: 'conv', population: 'counter', values: 210 },
    ]);
  });

  it('counts the spikes of each place where its neurons are', () => {
    expect(total(usage.cores.map(({ traffic }) => traffic!.spikes))).toBeCloseTo(total(did.neuronSpikes), 6);
    // A place that is on one core receives its inputs once.
    const received = total(usage.cores.map(({ traffic }) => traffic!.received));
    expect(received).toBeGreaterThanOrEqual(total(did.inputSpikes));
    expect(received).toBeLessThan(total(did.inputSpikes) * 1.5);
  });

  it('maps the places of an image of 28 x 28', () => {
    const image = mapToChip(
      [demand(676, 9, 8), { ...demand(576, 200, 32), layer: 'second' }],
      null,
      chip,
      options,
    );
    expect(image.problems).toEqual([]);
    const shares = image.cores.flatMap(({ populations }) => populations);
    expect(total(shares.map(({ neurons }) => neurons))).toBe(676 * 8 + 576 * 32);
    expect(image.coresUsed).toBeGreaterThanOrEqual(image.coresLowerBound);
  });

  it('has generators of each place on cores where they are asked for there', () => {
    const cores = mapToChip([demand(30, 9, 7)], [did], chip, { ...options, generators: 'cores' });
    const generated = cores.cores
      .flatMap(({ populations }) => populations)
      .filter(({ population }) => population === 'generator');
    expect(total(generated.map(({ neurons }) => neurons))).toBe(270);
  });
});
