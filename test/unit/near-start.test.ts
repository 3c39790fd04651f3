/** Where a retraining begins. */
import { describe, expect, it } from 'vitest';
import { evaluateClippedLinear } from '../../src/core/convert/activations.ts';
import { constrain } from '../../src/core/finetune/constrained.ts';
import { nearestFactor, nearestScale } from '../../src/core/finetune/near-start.ts';
import type { Layer, LstmLayer } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { runChain } from '../../src/core/simulate/chain.ts';
import { wasmKernel } from '../support/kernels.ts';
import { chain, dense, hardActivations, lstm, randomSource, randomTrace } from '../support/networks.ts';

const kernel = await wasmKernel();

describe('where training begins', () => {
  const clip = hardActivations['hard_tanh_half']!;
  const near = evaluateClippedLinear(clip);

  it('has the scale and the factor with which the new function is nearest', () => {
    const a = nearestScale({ smooth: Math.tanh, clip });
    const k = nearestFactor({ smooth: Math.tanh, clip });
    const error = (value: (x: number) => number, width: number): number => {
      const points = Array.from({ length: 801 }, (_, n) => (n - 400) / 100);
      return points.reduce((sum, z) => {
        const x = width * z;
        return sum + Math.exp(-(z ** 2) / 2) * (Math.tanh(x) - value(x)) ** 2;
      }, 0);
    };
    for (const change of [0.95, 1.05]) {
      expect(error((x) => near(a * x), 2)).toBeLessThan(error((x) => near(a * change * x), 2));
      expect(error((c) => k * near(c), 1)).toBeLessThan(error((c) => k * change * near(c), 1));
    }
  });

  /** Squared errors of the network with new functions: with its weights as they were, and as training begins. */
  function errors(seed: number, both: boolean): { readonly unchanged: number; readonly begun: number } {
    const random = randomSource(seed);
    const smoothGates = { activation: 'tanh', recurrentActivation: 'sigmoid', returnSequences: true };
    const first = lstm(random, 3, 6, { ...smoothGates, name: 'first' });
    const back = { ...lstm(random, 3, 6, { ...smoothGates, name: 'back' }), direction: 'backward' as const };
    const second = lstm(random, both ? 12 : 6, 5, { ...smoothGates, returnSequences: false });
    const last = dense(random, 5, 3, 'linear', 'out');
    const trained = chain([4, 3], first, ...(both ? [back] : []), second, last);
    const { network, activations } = constrain(trained, {});
    const unchanged = trained.layers.map((own, n): Layer => {
      const layer = network.layers[n]!;
      if (own.kind !== 'LSTM' || layer.kind !== 'LSTM') return own;
      const { activation, recurrentActivation } = layer;
      return { ...own, activation, recurrentActivation };
    });
    const outputs = (layers: readonly Layer[]) => {
      const links = layers.map((layer) => ({
        layer,
        run: analogRunner(layer, kernel, { cellClip: null, activations }),
      }));
      const samples = Array.from({ length: 12 }, (_, n) => randomTrace(randomSource(seed + n), 3, 4));
      return samples.flatMap((sample) => [...runChain(links, sample).at(-1)!.output.values]);
    };
    const wanted = outputs(trained.layers);
    const error = (layers: readonly Layer[]) =>
      outputs(layers).reduce((sum, value, k) => sum + (value - wanted[k]!) ** 2, 0);
    return { unchanged: error(unchanged), begun: error(network.layers) };
  }

  it.each([false, true])('is nearer to the trained network than its weights are (both ways: %s)', (both) => {
    const all = Array.from({ length: 20 }, (_, seed) => errors(seed, both));
    const total = (key: 'unchanged' | 'begun') => all.reduce((sum, one) => sum + one[key], 0);
    expect(total('begun')).toBeLessThan(0.5 * total('unchanged'));
  });

  it('has one set of weights still where a layer is used twice', () => {
    const random = randomSource(1);
    const used = lstm(random, 3, 4, { activation: 'tanh', recurrentActivation: 'sigmoid', name: 'used' });
    const [a, b] = constrain({
      ...chain([4, 3], used),
      layers: [used, { ...used, name: 'again', inputs: [-1] }],
    }).network.layers as [LstmLayer, LstmLayer];
    expect(b.kernel.values).toBe(a.kernel.values);
    expect(a.kernel.values).not.toEqual(used.kernel.values);
  });
});
