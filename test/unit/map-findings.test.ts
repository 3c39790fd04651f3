/** Between the hybrid network and the mapper: demands, and what the map has to say. */
import { describe, expect, it } from 'vitest';
import { builtinChip } from '../../src/core/chips/builtin.ts';
import type { Chip } from '../../src/core/chips/types.ts';
import { convert } from '../../src/core/convert/convert.ts';
import { layerDemands, mapFindings } from '../../src/core/map/findings.ts';
import { fitsChip, mapToChip } from '../../src/core/map/map.ts';
import type { LayerDemand, MapOptions } from '../../src/core/map/types.ts';
import { demand, lstmDemand } from '../support/demands.ts';
import { chain, dense, hardActivations, lstm, passing, randomSource } from '../support/networks.ts';

const random = randomSource(9);
const options = {
  timesteps: 8,
  coding: 'residual',
  arithmetic: 'float',
  activations: hardActivations,
} as const;
const loihi1 = builtinChip('loihi1');
const mapping: MapOptions = { chips: 1, fill: 1, weightBits: 8, generators: 'processors' };

function findings(layers: readonly LayerDemand[], change: Partial<MapOptions> = {}, chip: Chip = loihi1) {
  const options = { ...mapping, ...change };
  const fitsAt = (fill: number): boolean => fitsChip(layers, chip, { ...options, fill });
  return mapFindings(mapToChip(layers, null, chip, options), fitsAt);
}

describe('demands', () => {
  const network = chain(
    [4, 3],
    lstm(random, 3, 5, { name: 'lstm' }),
    passing('Dropout'),
    dense(random, 5, 7, 'hard_tanh_half', 'hidden'),
    dense(random, 7, 2, 'softmax', 'classifier'),
  );
  const demands = layerDemands(convert(network, options, {}).layers);

  it('are made of the layers that spike', () => {
    expect(demands.map(({ layer, inputs }) => [layer, inputs])).toEqual([
      ['lstm', 8], // three features and five hidden values
      ['hidden', 5],
    ]);
  });

  it('say of each population how many neurons it has, of which kind, and whose threshold it shares', () => {
    const populations = demands.flatMap(({ layer, populations }) =>
      populations.map((p) => [layer, p.population, p.neurons, p.dual, ...p.thresholdKeys]),
    );
    expect(populations).toEqual([
      ['lstm', 'i', 5, false, '4'],
      ['lstm', 'f', 5, false, '4'],
      ['lstm', 'c', 5, true, '2'],
      ['lstm', 'o', 5, false, '4'],
      ['hidden', 'neurons', 7, true, 'hidden 2'],
    ]);
  });
});

describe('findings', () => {
  it('name the layer that no core can hold, as a warning on the chip', () => {
    const found = findings([demand('wide', 3000, { relu: [1, false] })]);
    expect(found.map(({ code, layer, severity }) => [code, layer, severity])).toEqual([
      ['core-limit-exceeded', 'wide', 'warning'],
    ]);
    expect(found[0]).toMatchObject({ place: { file: 'specification', path: ['chip'] }, fixes: [] });
  });

  it('offer the chips and the bits that make room, and those do', () => {
    const layers = [lstmDemand(1000, 900)];
    const full = findings(layers).find(({ code }) => code === 'chip-full');
    expect(full?.fixes.map(({ edits }) => edits)).toEqual([
      [{ path: ['mapping', 'chips'], value: 2 }],
      [{ path: ['weightBits'], value: 6 }],
    ]);
    const codes = (change: Partial<MapOptions>) => findings(layers, change).map(({ code }) => code);
    expect(codes({ chips: 2 })).not.toContain('chip-full');
    expect(codes({ weightBits: 6 })).not.toContain('chip-full');
  });

  it('say once for a layer which of its cores are over 90 % full, and of what', () => {
    const layers = [lstmDemand(28, 256, 'lstm')];
    const { cores } = mapToChip(layers, null, loihi1, mapping);
    const full = cores.filter(({ utilisation }) => utilisation.synapseBits! > 0.9);
    const [finding, ...others] = findings(layers);
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code: 'core-nearly-full', severity: 'info', layer: 'lstm' });
    expect(finding!.message).toContain(
      `${full.length} of ${cores.length} cores of layer lstm are over 90 % full`,
    );
    expect(finding!.message).toContain('bits of synapse memory');
    const part = (core: (typeof full)[number]) => core.utilisation.synapseBits!;
    const fullest = full.reduce((a, b) => (part(b) > part(a) ? b : a));
    expect(finding!.core).toEqual({ chip: fullest.chip, core: fullest.core });
    expect(finding!.message).toContain(`core ${fullest.core} uses`);
    expect(finding!.fixes.flatMap(({ edits }) => edits)).toEqual([{ path: ['mapping', 'fill'], value: 0.9 }]);
    expect(findings(layers, { fill: 0.9 })).toEqual([]);
  });

  it('offer emptier cores only where everything would still fit', () => {
    // 4096 in-axons, whatever else is on the core.
    const [inAxons, ...others] = findings([lstmDemand(1984, 64, 'wide')]);
    expect(inAxons!.message).toContain('in-axons');
    expect([inAxons, ...others].flatMap((finding) => finding!.fixes)).toEqual([]);
    expect(findings([lstmDemand(1984, 64, 'wide')], { fill: 0.9 })[0]!.code).toBe('core-limit-exceeded');
    // 61 cores that would be 68.
    const layers = [lstmDemand(512, 650)];
    const ofColumns = (columns: number): Chip => ({
      ...loihi1,
      mesh: { ...loihi1.mesh, columns: { ...loihi1.mesh.columns, value: columns } },
    });
    const fixes = (chip: Chip) => findings(layers, {}, chip).flatMap((finding) => finding.fixes);
    expect(fixes(ofColumns(8)).map(({ title }) => title)).toContain('Fill cores to 90 % only');
    expect(fixes(ofColumns(4)).map(({ title }) => title)).not.toContain('Fill cores to 90 % only');
  });

  it('offer all of each core where only a part of it may be used', () => {
    const layers = [demand('dense', 2048, { relu: [20, false] })];
    const [found] = findings(layers, { fill: 0.9 });
    expect(found!.fixes.map(({ edits }) => edits)).toEqual([[{ path: ['mapping', 'fill'], value: 1 }]]);
    expect(findings(layers).map(({ code }) => code)).not.toContain('core-limit-exceeded');
  });

  it('say when the chip is nearly full', () => {
    const small = { ...loihi1, mesh: { ...loihi1.mesh, columns: { ...loihi1.mesh.columns, value: 1 } } };
    const rows = { ...small, mesh: { ...small.mesh, rows: { ...small.mesh.rows, value: 1 } } };
    const layers = ['a', 'b', 'c', 'd'].map((name) => lstmDemand(28, 64, name));
    const codes = findings(layers, { fill: 0.7 }, rows).map(({ code }) => code);
    expect(codes).toEqual(['chip-nearly-full']);
    expect(findings(layers.slice(1), { fill: 0.7 }, rows)).toEqual([]);
  });

  it('say which limits nobody has published', () => {
    const found = findings([lstmDemand(28, 64)], {}, builtinChip('loihi2'));
    expect(found.map(({ code }) => code)).toEqual(['chip-limit-unknown']);
    expect(found[0]!.message).toContain('in-axons');
  });

  it('are none for a network that fits', () => {
    const { layers } = convert(chain([4, 3], lstm(random, 3, 5)), options, {});
    expect(findings(layerDemands(layers))).toEqual([]);
  });
});
