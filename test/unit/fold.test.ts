/** Layers that others take up: what the network computes stays the same. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { foldNetwork } from '../../src/core/network/fold.ts';
import type { Layer, Network } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { runChain } from '../../src/core/simulate/chain.ts';
import { wasmKernel } from '../support/kernels.ts';
import { activation, chain, dense, lstm, passing, randomSource, randomTrace } from '../support/networks.ts';
import { conv, pooling, scale, windows } from '../support/windows.ts';

const kernel = await wasmKernel();

function outputs({ layers }: Network, sample: ReturnType<typeof randomTrace>): Float32Array {
  const links = layers.map((layer) => ({ layer, run: analogRunner(layer, kernel, { cellClip: null }) }));
  return runChain(links, sample).at(-1)!.output.values;
}

type Make = (random: () => number) => Layer[];
const image = [5, 4] as const;
const over = (padding: 'valid' | 'same') => windows([2, 3], { image, channels: 3, padding });

/** Of [5, 4, 3] images or of sequences [7, 3]; which layers are left to compute a scale. */
const networks: Record<string, { make: Make; steps?: number; left: number }> = {
  'a linear convolution before': {
    make: (r) => [conv(r, over('same'), 4, 'linear'), passing('Dropout'), scale(r, 4)],
    left: 0,
  },
  'a convolution before, then an activation': {
    make: (r) => [conv(r, over('same'), 4, 'linear'), scale(r, 4), activation('relu'), passing('Flatten')],
    left: 0,
  },
  'a convolution without padding after': {
    make: (r) => [scale(r, 3), conv(r, over('valid'), 4, 'relu')],
    left: 0,
  },
  'a convolution with padding after': {
    make: (r) => [scale(r, 3), conv(r, over('same'), 4, 'relu')],
    left: 1,
  },
  'a Dense layer behind a flattened image': {
    make: (r) => [
      conv(r, over('valid'), 4, 'relu'),
      scale(r, 4),
      passing('Flatten'),
      dense(r, 4 * 2 * 4, 3, 'tanh'),
    ],
    left: 0,
  },
  'pooling behind an activation': {
    make: (r) => [
      conv(r, over('same'), 4, 'relu'),
      scale(r, 4),
      pooling(windows([2, 2], { image, channels: 4 }), 'max'),
    ],
    left: 1,
  },
  'an LSTM after': { make: (r) => [scale(r, 3), lstm(r, 3, 4, smooth)], steps: 7, left: 0 },
  'a bidirectional LSTM after': {
    make: (r) => [
      scale(r, 3),
      lstm(r, 3, 4, { ...smooth, name: 'forward' }),
      { ...lstm(r, 3, 4, { ...smooth, name: 'backward' }), direction: 'backward' },
    ],
    steps: 7,
    left: 1,
  },
  'two in a row': {
    make: (r) => [dense(r, 3, 4, 'relu'), scale(r, 4, 'a'), scale(r, 4, 'b'), dense(r, 4, 2, 'linear')],
    steps: 7,
    left: 0,
  },
};
const smooth = { activation: 'tanh', recurrentActivation: 'sigmoid' } as const;

describe.each(Object.entries(networks))('a scale with %s', (_, { make, steps, left }) => {
  it('is folded where it can be, without a change of what is computed', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const random = randomSource(seed);
        const network = chain(steps === undefined ? [5, 4, 3] : [steps, 3], ...make(random));
        const folded = foldNetwork(network);
        expect(folded.layers.filter(({ kind }) => kind === 'Scale')).toHaveLength(left);
        expect(folded.layers.some(({ kind }) => kind === 'Activation')).toBe(false);
        expect(folded.layers.map(({ name }) => name)).toEqual(network.layers.map(({ name }) => name));
        const sample = randomTrace(random, steps === undefined ? 60 : 3, steps);
        const [before, after] = [outputs(network, sample), outputs(folded, sample)];
        expect(after.length).toBe(before.length);
        before.forEach((value, k) => {
          expect(Math.abs(after[k]! - value)).toBeLessThan(1e-5 * Math.max(1, Math.abs(value)));
        });
      }),
      { numRuns: 20 },
    );
  });
});

describe('folding', () => {
  it('leaves a network alone that has nothing to fold, with the tensors that it has', () => {
    const random = randomSource(1);
    const network = chain([7, 3], lstm(random, 3, 4), dense(random, 4, 2, 'softmax'));
    expect(foldNetwork(network).layers.every((layer, k) => layer === network.layers[k])).toBe(true);
  });

  it('leaves what a second layer of a graph reads, or what is an output', () => {
    const random = randomSource(4);
    const layers = [
      dense(random, 3, 4, 'linear', 'a'),
      scale(random, 4, 'b'),
      dense(random, 4, 2, 'relu', 'c'),
    ];
    expect(foldNetwork(chain([3], ...layers)).layers[1]!.kind).toBe('Folded');
    const read = { ...layers[2]!, inputs: [0] };
    expect(foldNetwork(chain([3], ...layers.slice(0, 2), read)).layers[1]!.kind).toBe('Scale');
    const twice = {
      ...chain([3], ...layers),
      outputs: [0, 1, 2].map((layer) => ({ name: String(layer), layer })),
    };
    expect(foldNetwork(twice).layers[1]!.kind).toBe('Scale');
  });

  it('leaves a softmax of an image, which is over its channels alone, to itself', () => {
    const random = randomSource(2);
    const network = chain([5, 4, 3], conv(random, over('same'), 4, 'linear'), activation('softmax'));
    expect(foldNetwork(network).layers[1]).toBe(network.layers[1]);
  });

  it('keeps tensors whose values are not known', () => {
    const random = randomSource(3);
    const layer = dense(random, 3, 4, 'linear');
    const unread = { ...layer, kernel: { shape: layer.kernel.shape, values: new Float32Array(0) } };
    const empty = { shape: [4], values: new Float32Array(0) };
    const bn = { ...scale(random, 4), scale: empty, offset: empty };
    const [first, second] = foldNetwork(chain([3], unread, bn)).layers;
    expect(first).toMatchObject({ kernel: unread.kernel });
    expect(second).toMatchObject({ kind: 'Folded', into: 'dense' });
  });
});
