/** The ladder: its ends are the trained network and the hybrid one, and a rung that changes nothing costs nothing. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rungReports } from '../../src/core/attribute/ladder.ts';
import { appliedRungs, ladderNetworks } from '../../src/core/attribute/rungs.ts';
import { rungNames } from '../../src/core/attribute/types.ts';
import { compareVariants } from '../../src/core/compare/variants.ts';
import { convert } from '../../src/core/convert/convert.ts';
import type { Network } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { runChain } from '../../src/core/simulate/chain.ts';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import { hybridRunner, type SpikingOptions } from '../../src/core/simulate/spiking.ts';
import { chain, dense, hardActivations, lstm, randomSource, randomTrace } from '../support/networks.ts';

const kernel = createTwinKernel();
const base: SpikingOptions = {
  timesteps: 6,
  coding: 'residual',
  arithmetic: 'float',
  activations: hardActivations,
  cellClip: null,
  weightBits: 8,
};

function ladder(network: Network, options: SpikingOptions, seed = 1) {
  const random = randomSource(seed);
  const { cellClip, ...others } = options;
  const { layers } = convert(network, { ...others, ...(cellClip !== null && { cellClip }) }, { third: 1.5 });
  const networks = ladderNetworks(layers, kernel, options);
  const samples = Array.from({ length: 5 }, () => randomTrace(random, 3, 4));
  const variants = networks.slice(1).map(({ links, forcedBy }) => ({
    layers,
    links,
    forcedBy: forcedBy === null ? undefined : networks.findIndex(({ name }) => name === forcedBy) - 1,
  }));
  const sums = compareVariants(networks[0]!.links, variants, 0, samples.length, (n) => samples[n]!);
  const labels = Int32Array.from(samples, (_, n) => n % 3);
  const rungs = rungReports(appliedRungs(layers, options), sums, layers, labels);
  return { rungs, layers, samples, sums };
}

function smallNetwork(seed: number): Network {
  const random = randomSource(seed);
  return chain(
    [4, 3],
    lstm(random, 3, 5, { returnSequences: true, name: 'first' }),
    lstm(random, 5, 4, { name: 'second' }),
    dense(random, 4, 4, 'relu', 'third'),
    dense(random, 4, 3, 'softmax', 'last'),
  );
}

const anyOptions = fc.record({
  timesteps: fc.constantFrom(1, 4, 9),
  coding: fc.constantFrom('residual' as const, 'reset' as const),
  arithmetic: fc.constantFrom('float' as const, 'loihi' as const),
  cellClip: fc.constantFrom(null, 0.7),
});

describe('the ladder', () => {
  it('starts at the trained network and ends at the hybrid one, and its changes add up', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 50 }), anyOptions, (seed, chosen) => {
        const options = { ...base, ...chosen };
        const { rungs, layers, samples, sums } = ladder(smallNetwork(seed), options, seed);
        expect(rungs.map(({ name }) => name)).toEqual(rungNames);
        const link = (run: 'analog' | 'hybrid') =>
          layers.map((layer) => ({
            layer: layer.layer,
            run:
              run === 'analog'
                ? analogRunner(layer.layer, kernel, { ...options, cellClip: null })
                : hybridRunner(layer, kernel, options),
          }));
        const outputs = (run: 'analog' | 'hybrid') =>
          samples.flatMap((sample) => [...runChain(link(run), sample).at(-1)!.output.values]);
        expect([...sums.trained]).toEqual(outputs('analog'));
        expect([...sums.variants.at(-1)!.outputs]).toEqual(outputs('hybrid'));
        const total = rungs.reduce((sum, { change }) => sum + change.mse, 0);
        expect(total).toBeCloseTo(rungs.at(-1)!.mse, 12);
        const points = rungs.reduce((sum, { change }) => sum + change.accuracy!, rungs[0]!.accuracy!);
        expect(points).toBeCloseTo(rungs.at(-1)!.accuracy!, 12);
      }),
      { numRuns: 30 },
    );
  });

  it('is flat up to the weights where the network fits the neurons', () => {
    const network = chain([4, 3], lstm(randomSource(3), 3, 5));
    const { rungs } = ladder(network, base);
    const applied = rungs.filter(({ applies }) => applies).map(({ name }) => name);
    expect(applied).toEqual(['trained', 'inputs', 'counts', 'dynamics', 'feedback']);
    expect(rungs.find(({ name }) => name === 'inputs')!.mse).toBeLessThan(1e-12);
  });

  it('finds each change at its rung', () => {
    const network = chain([4, 3], lstm(randomSource(3), 3, 5, { recurrentActivation: 'sigmoid' }));
    const activations = { ...hardActivations, sigmoid: hardActivations['hard_sigmoid_quarter']! };
    const replaced = ladder(network, { ...base, activations });
    expect(replaced.rungs[1]).toMatchObject({ name: 'activations', applies: true });
    expect(replaced.rungs[1]!.change.mse).toBeGreaterThan(1e-6);
    const hard = chain([4, 3], lstm(randomSource(3), 3, 5));
    const coarse = ladder(hard, { ...base, arithmetic: 'loihi', weightBits: 3, timesteps: 256 });
    const worst = [...coarse.rungs].sort((a, b) => b.change.mse - a.change.mse)[0]!;
    expect(worst.name).toBe('weights');
    const clipped = ladder(hard, { ...base, cellClip: 0.1, timesteps: 256 });
    expect([...clipped.rungs].sort((a, b) => b.change.mse - a.change.mse)[0]!.name).toBe('cell');
  });

  it('rounds to counts without time-steps: up to half a spike from the exact value, before errors come back', () => {
    const network = chain([4, 3], lstm(randomSource(5), 3, 5, { returnSequences: true }));
    for (const timesteps of [4, 16, 64]) {
      const { rungs } = ladder(network, { ...base, timesteps });
      const gates = rungs.find(({ name }) => name === 'counts')!.layers[0]!.gates;
      const generator = gates.find(({ name }) => name === 'generator')!;
      expect(generator.mse).toBeLessThan((0.5 / timesteps) ** 2);
    }
  });
});
