/** Between the hybrid network and the mapper. */
import { describe, expect, it } from 'vitest';
import { convert } from '../../src/core/convert/convert.ts';
import { layerDemands, mapFindings } from '../../src/core/map/findings.ts';
import { mapToCores } from '../../src/core/map/map.ts';
import type { ChipUsage } from '../../src/core/map/types.ts';
import { chain, dense, hardActivations, lstm, passing, randomSource } from '../support/networks.ts';

const random = randomSource(9);
const options = {
  timesteps: 8,
  coding: 'residual',
  arithmetic: 'float',
  activations: hardActivations,
} as const;

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

  it('say of each population how many neurons it has, and of which kind', () => {
    const populations = demands.flatMap((demand) =>
      demand.populations.map(({ layer, population, neurons, dual }) => [layer, population, neurons, dual]),
    );
    expect(populations).toEqual([
      ['lstm', 'i', 5, false],
      ['lstm', 'f', 5, false],
      ['lstm', 'c', 5, true],
      ['lstm', 'o', 5, false],
      ['hidden', 'neurons', 7, true],
    ]);
  });
});

describe('findings', () => {
  it('are the problems of the chip, as warnings', () => {
    const [limit, full] = mapFindings({
      problems: [
        { kind: 'core-limit', layer: 'a', message: 'too wide' },
        { kind: 'chip-full', layer: 'b', message: 'no room' },
      ],
    } as unknown as ChipUsage);
    expect(limit).toEqual({
      code: 'core-limit-exceeded',
      severity: 'warning',
      layer: 'a',
      message: 'too wide',
      place: { file: 'specification', path: ['chip'] },
      fixes: [],
    });
    expect(full).toMatchObject({ code: 'chip-full', layer: 'b', message: 'no room' });
  });

  it('are none for a network that fits', () => {
    const { layers } = convert(chain([4, 3], lstm(random, 3, 5)), options, {});
    expect(mapFindings(mapToCores(layerDemands(layers), { coding: 'residual' }))).toEqual([]);
  });

  it('name the layer that no core can hold', () => {
    const { layers } = convert(
      chain(
        [3000],
        dense(() => 0, 3000, 1, 'relu', 'wide'),
      ),
      options,
      {},
    );
    const findings = mapFindings(mapToCores(layerDemands(layers), { coding: 'residual' }));
    expect(findings.map(({ code, layer }) => [code, layer])).toEqual([['core-limit-exceeded', 'wide']]);
  });
});
