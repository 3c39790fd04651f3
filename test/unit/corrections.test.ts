/** What a specification says is other than in the model file, and edits of specifications as data. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { convert } from '../../src/core/convert/convert.ts';
import { correctNetwork } from '../../src/core/convert/corrections.ts';
import { withEdits } from '../../src/core/convert/edits.ts';
import { evaluateClippedLinear } from '../../src/core/convert/activations.ts';
import { fitPieces, usualDrives } from '../../src/core/convert/fit.ts';
import { areDual, boundsOf, withBounds } from '../../src/core/convert/pieces.ts';
import { gateNames, type Correction } from '../../src/core/convert/types.ts';
import { InputFault } from '../../src/core/findings/types.ts';
import type { ClippedLinear, LstmLayer } from '../../src/core/network/types.ts';
import { analogRunner } from '../../src/core/simulate/analog.ts';
import { createTwinKernel } from '../../src/core/simulate/kernel/twin.ts';
import { chain, dense, hardActivations, lstm, randomSource, randomTrace } from '../support/networks.ts';

const units = 4;
const random = randomSource(4);
const network = chain([5, 3], lstm(random, 3, units), dense(random, units, 2, 'softmax'));

describe('corrections', () => {
  it('scale the weights of one gate and leave all else', () => {
    fc.assert(
      fc.property(fc.constantFrom(...gateNames), fc.constantFrom(0.25, 0.5, 2, 4), (gate, weightScale) => {
        const [corrected] = correctNetwork(network, [{ layer: 'lstm', gate, weightScale }], '').layers;
        const [before, after] = [network.layers[0], corrected] as [LstmLayer, LstmLayer];
        for (const name of ['kernel', 'recurrentKernel'] as const) {
          const expected = before[name].values.map((value, i) =>
            gateNames[Math.floor((i % (4 * units)) / units)] === gate ? value * weightScale : value,
          );
          expect(after[name].values).toEqual(expected);
        }
        expect(after.bias).toBe(before.bias);
      }),
    );
  });

  it('undo each other, in the outputs too', () => {
    const there: Correction = { layer: 'lstm', gate: 'f', weightScale: 4 };
    const back: Correction = { layer: 'lstm', gate: 'f', weightScale: 0.25 };
    const { layers } = correctNetwork(network, [there, back], '');
    const run = (layer: (typeof layers)[number]) =>
      analogRunner(layer, createTwinKernel(), { activations: hardActivations, cellClip: null })(
        randomTrace(randomSource(9), 3, 5),
      ).output.values;
    expect(run(layers[0]!)).toEqual(run(network.layers[0]!));
    expect(run(correctNetwork(network, [there], '').layers[0]!)).not.toEqual(run(network.layers[0]!));
  });

  it('replace the bias of one neuron', () => {
    const corrections = [
      { layer: 'lstm', gate: 'c', neuron: 1, bias: 3 },
      { layer: 'dense', neuron: 0, bias: -2 },
    ] as const;
    const [first, second] = correctNetwork(network, corrections, '').layers as [LstmLayer, LstmLayer];
    expect([...first.bias.values]).toEqual(
      [...(network.layers[0] as LstmLayer).bias.values].map((value, i) => (i === 2 * units + 1 ? 3 : value)),
    );
    expect(second.bias.values[0]).toBe(-2);
  });

  it.each<[Correction, string]>([
    [{ layer: 'other', weightScale: 2 }, 'none of those with weights: lstm, dense'],
    [{ layer: 'lstm', weightScale: 2 }, 'needs a gate'],
    [{ layer: 'dense', gate: 'i', weightScale: 2 }, 'is a Dense layer'],
    [{ layer: 'lstm', gate: 'i', neuron: units, bias: 1 }, 'names neuron 4, but there are 4'],
  ])('that do not fit are refused, at their place: %j', (correction, words) => {
    try {
      correctNetwork(network, [{ layer: 'dense', weightScale: 1 }, correction], 'a.spikewise.json');
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(InputFault);
      expect((error as InputFault).message).toContain(words);
      expect((error as InputFault).place.path).toEqual(['corrections', 1]);
    }
  });

  it.each<[Correction, string]>([
    [{ layer: 'lstm', gate: 'i', inputRange: 0.5 }, 'has inputRange, which is of a whole layer, beside gate'],
    [{ layer: 'dense', weightExponent: 1, weightScale: 2 }, 'has weightExponent, which is of a whole layer'],
    [{ layer: 'dense', hiddenRange: 0.5 }, 'has no hidden state'],
    [
      { layer: 'lstm', gate: 'i', spikingBias: [1, 2, 3] },
      'has 3 values of spikingBias, but there are 4 neurons',
    ],
  ])('of the spiking network that do not fit are refused: %j', (correction, words) => {
    expect(() => correctNetwork(network, [correction], '')).toThrow(words);
  });

  it('of the spiking network change it alone', () => {
    const corrections: Correction[] = [
      { layer: 'lstm', gate: 'f', low: 0.25, high: 0.75 },
      { layer: 'lstm', gate: 'f', spikingBias: [1, 2, 3, 4] },
      { layer: 'lstm', inputRange: 0.5 },
      { layer: 'lstm', hiddenRange: 0.7, weightExponent: -1 },
    ];
    const options = {
      activations: hardActivations,
      timesteps: 8,
      coding: 'residual',
      arithmetic: 'float',
    } as const;
    const [plain] = convert(network, options, {}).layers;
    const [changed, last] = convert(
      correctNetwork(network, corrections, ''),
      { ...options, corrections },
      {},
    ).layers;
    expect(changed!.layer).toEqual(plain!.layer);
    expect(last!.runsAs).toBe('analog');
    if (plain?.runsAs !== 'spiking' || changed?.runsAs !== 'spiking') expect.unreachable();
    expect(changed).toMatchObject({ inputRange: 0.5, hiddenRange: 0.7, weightExponent: -1 });
    const [i, f] = changed.populations;
    expect(i).toEqual(plain.populations[0]);
    expect(f).toMatchObject({ spikingBias: [1, 2, 3, 4], pieces: [{ slope: 0.25, low: 0.25, high: 0.75 }] });
  });

  it('warn of weights that are beyond the chip with their exponent', () => {
    const clipped = (corrections: readonly Correction[]) =>
      convert(
        network,
        { activations: hardActivations, timesteps: 8, coding: 'residual', arithmetic: 'loihi', corrections },
        {},
      ).findings.filter(({ code }) => code === 'weights-clipped');
    expect(clipped([])).toEqual([]);
    expect(clipped([{ layer: 'lstm', weightExponent: -4 }])).toMatchObject([
      { severity: 'info', layer: 'lstm' },
    ]);
  });
});

describe('pieces that add up', () => {
  const sum = (pieces: readonly ClippedLinear[], x: number) =>
    pieces.reduce((total, piece) => total + evaluateClippedLinear(piece)(x), 0);
  const fits = [Math.tanh, (x: number) => 1 / (1 + Math.exp(-x))].flatMap((f) =>
    [1, 2, 3, 4].map((count) => fitPieces(f, usualDrives(), count).pieces),
  );

  it('are clipped at other bounds, and are as they were between them', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...fits),
        fc.double({ min: 0.05, max: 0.95, noNaN: true }),
        fc.double({ min: 0.1, max: 0.9, noNaN: true }),
        fc.double({ min: -8, max: 8, noNaN: true }),
        (pieces, from, part, x) => {
          const { low, high } = boundsOf(pieces);
          const dual = areDual(pieces);
          const least = dual ? -part * high : low + (high - low) * Math.min(from, part);
          const most = dual ? part * high : low + (high - low) * (Math.min(from, part) + 0.05);
          const clipped = withBounds(pieces, least, most);
          expect(sum(clipped, x)).toBeCloseTo(Math.min(Math.max(sum(pieces, x), least), most), 6);
          expect(areDual(clipped)).toBe(dual);
          expect(clipped.length).toBeLessThanOrEqual(pieces.length);
        },
      ),
    );
  });
});

describe('edits of a specification', () => {
  it('set, replace and remove values at paths, and leave the given object', () => {
    const before = { timesteps: 8, input: { mean: 1, scale: 2 }, cellClip: 3 };
    const edits = [
      { path: ['timesteps'], value: 16 },
      { path: ['input', 'mean'], value: 5 },
      { path: ['activations', 'hard'], value: { slope: 1 } },
      { path: ['cellClip'], value: undefined },
    ];
    expect(withEdits(before, edits)).toEqual({
      timesteps: 16,
      input: { mean: 5, scale: 2 },
      activations: { hard: { slope: 1 } },
    });
    expect(before).toEqual({ timesteps: 8, input: { mean: 1, scale: 2 }, cellClip: 3 });
  });

  it('leave prototypes alone', () => {
    withEdits({}, [{ path: ['__proto__', 'polluted'], value: true }]);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });
});
